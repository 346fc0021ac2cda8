//! All bridges as they are seen from one second to the next, for the screen: those to come as well.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::fleet_engines::{self, EngineSeen, Here, here};
use super::fleet_sockets::{self, Tracked, broken, not_running, now, places, running, seen_of};
use crate::config::{Cli, Environment};
use crate::console::FleetSites;
use crate::report::{FleetPlace, FleetSite};
use crate::wiring::engines::{EngineToLook, engines_to_look};

/// From one look to the next; ages are shown in whole seconds.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often it is looked for bridges that have come, in looks.
const SEARCH_EVERY: u32 = 3;

/// Follows all bridges, those to come as well.
pub(super) fn live(
    cli: Cli,
    env: Environment,
    named: Vec<PathBuf>,
) -> watch::Receiver<Option<FleetSites>> {
    let (to, sites) = watch::channel(None);
    tokio::spawn(async move {
        let mut fleet = Fleet::new(cli, env, named);
        let mut looks = 0_u32;
        while !to.is_closed() {
            if looks.is_multiple_of(SEARCH_EVERY) {
                fleet.search().await;
            }
            looks = looks.wrapping_add(1);
            fleet.until_answered().await;
            to.send_replace(Some(Arc::new(fleet.seen())));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    sites
}

struct Fleet {
    cli: Cli,
    env: Environment,
    /// The sockets that alone are wanted; none: all that there are.
    named: Vec<PathBuf>,
    bridges: BTreeMap<PathBuf, watch::Receiver<Option<Tracked>>>,
    engines: BTreeMap<Arc<str>, watch::Receiver<Option<EngineSeen>>>,
    here: watch::Sender<Here>,
    /// Tenants of the configuration that cannot be read.
    broken: Vec<FleetSite>,
    trackers: JoinSet<()>,
}

/// What was found on the disk.
#[derive(Default)]
struct Found {
    places: Vec<PathBuf>,
    engines: Vec<EngineToLook>,
    broken: Vec<FleetSite>,
}

impl Fleet {
    fn new(cli: Cli, env: Environment, named: Vec<PathBuf>) -> Self {
        Self {
            cli,
            env,
            named,
            bridges: BTreeMap::new(),
            engines: BTreeMap::new(),
            here: watch::Sender::default(),
            broken: Vec::new(),
            trackers: JoinSet::new(),
        }
    }

    /// Whoever has come is followed, whoever has gone no longer.
    async fn search(&mut self) {
        let Found {
            places,
            engines,
            broken,
        } = self.found().await;
        self.broken = broken;
        // A socket that was removed belongs to a bridge that has ended.
        self.bridges.retain(|place, _| places.contains(place));
        for place in places {
            let trackers = &mut self.trackers;
            self.bridges.entry(place.clone()).or_insert_with(|| {
                let (tell, seen) = watch::channel(None);
                trackers.spawn(fleet_sockets::track(place, tell));
                seen
            });
        }
        let named = |name: &Arc<str>| engines.iter().any(|it| it.name == *name);
        self.engines.retain(|name, _| named(name));
        for engine in engines {
            let (trackers, here) = (&mut self.trackers, self.here.subscribe());
            self.engines
                .entry(Arc::clone(&engine.name))
                .or_insert_with(|| {
                    let (tell, seen) = watch::channel(None);
                    trackers.spawn(fleet_engines::track(engine, here, tell));
                    seen
                });
        }
    }

    /// The disk may be a share that hangs.
    async fn found(&self) -> Found {
        if !self.named.is_empty() {
            return Found {
                places: self.named.clone(),
                ..Found::default()
            };
        }
        let (cli, env) = (self.cli.clone(), self.env.clone());
        let search = move || Found {
            places: places(&cli, &env),
            engines: engines_to_look(&cli, &env),
            broken: broken(&cli, &env),
        };
        let searched = tokio::task::spawn_blocking(search).await;
        searched.unwrap_or_default()
    }

    /// Until all have shown something, or why they do not, or this takes too long.
    async fn until_answered(&mut self) {
        let bridges = self.bridges.values_mut().map(answered);
        let engines = self.engines.values_mut().map(answered);
        let all = async {
            for answer in bridges {
                answer.await;
            }
            for answer in engines {
                answer.await;
            }
        };
        // Who has not answered by then is not shown yet.
        let _ = timeout(LOOK_EVERY, all).await;
    }

    fn seen(&self) -> Vec<FleetSite> {
        let bridges = self.bridges.iter();
        let mut sites: Vec<_> = bridges
            .filter_map(|(socket, seen)| {
                let place = FleetPlace::Socket(socket.clone());
                Some(now(place, seen.borrow().as_ref()?))
            })
            .collect();
        let here = here(seen_of(&sites));
        sites.extend(not_running(self.broken.clone(), &running(seen_of(&sites))));
        let engines = self.engines.iter();
        let engines = engines.filter_map(|(name, seen)| Some(seen.borrow().as_ref()?.sites(name)));
        let engines = engines.flatten();
        // One that was seen at a socket just now may still be looked at through its engine.
        sites.extend(engines.filter(|site| !is_here(site, &here)));
        self.here.send_if_modified(|known| {
            let changed = *known != here;
            *known = here;
            changed
        });
        sites
    }
}

async fn answered<T>(seen: &mut watch::Receiver<Option<T>>) {
    // Fails where it is followed no longer.
    let _ = seen.wait_for(Option::is_some).await;
}

fn is_here(site: &FleetSite, here: &Here) -> bool {
    matches!(&site.place, FleetPlace::Tenant { tenant, .. } if here.contains(&**tenant))
}
