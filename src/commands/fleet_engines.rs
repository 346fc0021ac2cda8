//! The part of the fleet that no socket of this machine shows: tenants whose bridges run on other machines, as
//! the engines of the configuration know them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::{Engine, EngineError};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::fleet_sockets::{Tracked, now};
use crate::bridge::{Onlooker, Sight, Snapshot, Wanted, file_stem};
use crate::report::{FleetPlace, FleetSite};
use crate::wiring::attach::new_clock;
use crate::wiring::engines::EngineToLook;
use crate::words::{Value, Words};

/// How long an engine may take to name its tenants: others may keep millions of keys there.
const NAMES_WITHIN: Duration = Duration::from_secs(10);

/// So many tenants are looked at at a time.
const AT_A_TIME: usize = 8;

/// From one look to the next.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// After so many looks the engine is asked again which tenants it knows.
const NAMES_EVERY: u32 = 10;

/// The tenants that are seen at sockets of this machine, as the keys of an engine have them.
pub(super) type Here = BTreeSet<String>;

/// The tenants of what is seen.
pub(super) fn here<'a>(seen: impl Iterator<Item = &'a (Arc<Snapshot>, Timestamp)>) -> Here {
    seen.map(|(shown, _)| file_stem(&shown.tenant.tenant_id))
        .collect()
}

/// What is seen through these engines now, of tenants that are not `here`.
pub(super) async fn seen_through(
    engines: Vec<EngineToLook>,
    here: &Here,
    wanted: Wanted,
) -> Vec<FleetSite> {
    let mut seen = Vec::new();
    for engine in engines {
        let name = Arc::clone(&engine.name);
        let shown = match Tracker::new(engine, wanted) {
            Ok(mut tracker) => tracker.look(here).await,
            Err(why) => EngineSeen::unasked(why),
        };
        seen.extend(shown.sites(&name));
    }
    seen
}

/// All of them, a few at a time.
async fn a_few_at_a_time<F>(mut work: impl Iterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (mut running, mut done) = (JoinSet::new(), Vec::new());
    loop {
        while running.len() < AT_A_TIME
            && let Some(next) = work.next()
        {
            running.spawn(next);
        }
        match running.join_next().await {
            Some(ended) => done.extend(ended),
            None => return done,
        }
    }
}

/// What an engine shows.
#[derive(Clone)]
pub(super) struct EngineSeen {
    /// Why it cannot be asked.
    error: Option<Words>,
    tenants: BTreeMap<Arc<str>, Tracked>,
}

impl EngineSeen {
    fn unasked(why: Words) -> Self {
        Self {
            error: Some(why),
            tenants: BTreeMap::new(),
        }
    }

    /// The engine's own row where it cannot be asked, and one for each tenant.
    pub(super) fn sites(&self, engine: &Arc<str>) -> Vec<FleetSite> {
        let own = self.error.as_ref().map(|why| FleetSite {
            place: FleetPlace::Engine(Arc::clone(engine)),
            seen: Err(unasked_words(why)),
        });
        let tenants = self.tenants.iter().map(|(tenant, seen)| {
            let place = FleetPlace::Tenant {
                engine: Arc::clone(engine),
                tenant: Arc::clone(tenant),
            };
            now(place, seen)
        });
        own.into_iter().chain(tenants).collect()
    }
}

fn unasked_words(why: &Words) -> Words {
    let values: [(&str, &dyn Value); 1] = [("why", why)];
    Words::of_fleet(|t| t.unasked, &values)
}

fn words_of(why: &EngineError) -> Words {
    Words::of_cause(&why.trouble().cause).0
}

/// Follows what an engine shows as long as somebody looks.
pub(super) async fn track(
    engine: EngineToLook,
    here: watch::Receiver<Here>,
    to: watch::Sender<Option<EngineSeen>>,
) {
    let mut tracker = match Tracker::new(engine, Wanted::Summary) {
        Ok(tracker) => tracker,
        Err(why) => {
            to.send_replace(Some(EngineSeen::unasked(why)));
            return to.closed().await;
        }
    };
    while !to.is_closed() {
        let here = here.borrow().clone();
        let seen = tracker.look(&here).await;
        to.send_replace(Some(seen));
        sleep(LOOK_EVERY).await;
    }
}

/// Looks at all tenants of an engine.
struct Tracker {
    engine: Engine,
    wanted: Wanted,
    onlookers: BTreeMap<String, Onlooker>,
    /// After so many looks it is asked which tenants it knows.
    names_in: u32,
}

impl Tracker {
    fn new(engine: EngineToLook, wanted: Wanted) -> Result<Self, Words> {
        Ok(Self {
            engine: engine.engine?,
            wanted,
            onlookers: BTreeMap::new(),
            names_in: 0,
        })
    }

    async fn look(&mut self, here: &Here) -> EngineSeen {
        if self.names_in == 0
            && let Err(why) = self.ask_names().await
        {
            // What was seen until then is not true any more, and nothing else is known.
            let unseen = self.onlookers.keys().filter(|it| !here.contains(*it));
            return EngineSeen {
                tenants: unseen
                    .map(|it| (it.as_str().into(), Err(why.clone())))
                    .collect(),
                error: Some(why),
            };
        }
        self.names_in -= 1;
        let (seen, rest): (BTreeMap<_, _>, BTreeMap<_, _>) = std::mem::take(&mut self.onlookers)
            .into_iter()
            .partition(|(tenant, _)| here.contains(tenant));
        // Those are seen at their sockets; should they end there, they are looked at anew.
        let new = seen.into_keys().map(|tenant| self.onlooker(tenant));
        self.onlookers = new.collect();
        let looks = rest.into_iter().map(|(tenant, mut onlooker)| async move {
            let sight = onlooker.look().await;
            (tenant, onlooker, sight)
        });
        let looked = a_few_at_a_time(looks).await;
        let mut tenants = BTreeMap::new();
        for (tenant, onlooker, sight) in looked {
            if sight.is_err() {
                self.names_in = 0;
            }
            if let Some(seen) = tracked(sight, &onlooker) {
                tenants.insert(tenant.as_str().into(), seen);
            }
            self.onlookers.insert(tenant, onlooker);
        }
        EngineSeen {
            error: None,
            tenants,
        }
    }

    fn onlooker(&self, tenant: String) -> (String, Onlooker) {
        let engine = self.engine.of_tenant(&tenant);
        (tenant, Onlooker::new(engine, self.wanted, new_clock()))
    }

    async fn ask_names(&mut self) -> Result<(), Words> {
        let named = timeout(NAMES_WITHIN, self.engine.tenants()).await;
        let late = |_| Words::of_fleet(|t| t.no_answer, &[("n", &NAMES_WITHIN.as_secs())]);
        let named = named.map_err(late)?.map_err(|why| words_of(&why))?;
        self.onlookers.retain(|tenant, _| named.contains(tenant));
        for tenant in named {
            if !self.onlookers.contains_key(&tenant) {
                let (tenant, onlooker) = self.onlooker(tenant);
                self.onlookers.insert(tenant, onlooker);
            }
        }
        self.names_in = NAMES_EVERY;
        Ok(())
    }
}

/// Nothing where a tenant has ended in good order.
fn tracked(sight: Result<Sight, EngineError>, onlooker: &Onlooker) -> Option<Tracked> {
    Some(match sight {
        Ok(Sight::Picture(shown)) => Ok((shown, Arc::clone(onlooker.clock()))),
        Ok(Sight::Unreadable(leader)) => {
            Err(Words::of_fleet(|t| t.unreadable, &[("leader", &leader)]))
        }
        Ok(Sight::Ended) => return None,
        Err(why) => Err(words_of(&why)),
    })
}
