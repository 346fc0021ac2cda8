//! All bridges as they are seen from one second to the next, for the screen: those to come as well.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use super::fleet_engines::{self, EngineSeen, Here, here};
use super::fleet_sockets::{self, Tracked, now, places};
use crate::config::{Cli, Environment};
use crate::console::FleetSites;
use crate::report::{FleetPlace, FleetSite};
use crate::wiring::engines::{EngineToLook, engines_to_look};
use crate::words::Words;

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
    bridges: BTreeMap<PathBuf, watch::Receiver<Tracked>>,
    engines: BTreeMap<Arc<str>, watch::Receiver<EngineSeen>>,
    here: watch::Sender<Here>,
    trackers: JoinSet<()>,
}

/// What was found on the disk.
#[derive(Default)]
struct Found {
    places: Vec<PathBuf>,
    engines: Vec<EngineToLook>,
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
            trackers: JoinSet::new(),
        }
    }

    /// Whoever has come is followed, whoever has gone no longer.
    async fn search(&mut self) {
        let Found { places, engines } = self.found().await;
        // A socket that was removed belongs to a bridge that has ended.
        self.bridges.retain(|place, _| places.contains(place));
        for place in places {
            let trackers = &mut self.trackers;
            self.bridges.entry(place.clone()).or_insert_with(|| {
                let (tell, seen) = watch::channel(Err(Words::default()));
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
                    let (tell, seen) = watch::channel(EngineSeen::default());
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
                engines: Vec::new(),
            };
        }
        let (cli, env) = (self.cli.clone(), self.env.clone());
        let search = move || Found {
            places: places(&cli, &env),
            engines: engines_to_look(&cli, &env),
        };
        let searched = tokio::task::spawn_blocking(search).await;
        searched.unwrap_or_default()
    }

    fn seen(&self) -> Vec<FleetSite> {
        let bridges = self.bridges.iter();
        let mut sites: Vec<_> = bridges
            .map(|(place, seen)| now(place, &seen.borrow()))
            .collect();
        let here = here(&sites);
        let engines = self.engines.iter();
        let engines = engines.flat_map(|(name, seen)| seen.borrow().sites(name));
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

fn is_here(site: &FleetSite, here: &Here) -> bool {
    matches!(&site.place, FleetPlace::Tenant { tenant, .. } if here.contains(&**tenant))
}
