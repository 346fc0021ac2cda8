//! The part of the fleet that sockets of this machine show.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use attach::{AttachError, CommitStage, attach_to_summary};
use jiff::Timestamp;
use report::check::{Blind, State};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::bridge::Snapshot;
use crate::clock::Clock as _;
use crate::clocks::OtherClock;
use crate::config::{Cli, Environment};
use crate::report::{FleetPlace, FleetSite};
use crate::wiring::attach::{attach_alone, new_clock};
use crate::wiring::places::fleet_places;
use crate::wiring::{broken_sites, configurations_to_look};
use crate::words::Words;

/// A bridge that takes longer to show itself is stuck.
const WITHIN: Duration = Duration::from_secs(3);

/// From one look to the next try, where nothing is seen.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What is seen of a tenant, and the clock that it goes by.
pub(super) type Tracked = Result<(Arc<Snapshot>, Arc<OtherClock>), Words>;

/// Where bridges may be; a configuration that cannot be read names none.
pub(super) fn places(cli: &Cli, env: &Environment) -> Vec<PathBuf> {
    fleet_places(&configurations_to_look(cli, env), env)
}

/// The tenants of the configuration that cannot be read.
pub(super) fn broken(cli: &Cli, env: &Environment) -> Vec<FleetSite> {
    let site = |(name, why): (String, Words)| FleetSite {
        place: FleetPlace::Site(name.into()),
        seen: Err(why),
    };
    broken_sites(cli, env).into_iter().map(site).collect()
}

/// The sites of the configuration among what is seen.
pub(super) fn running<'a>(
    seen: impl Iterator<Item = &'a (Arc<Snapshot>, Timestamp)>,
) -> Vec<Arc<str>> {
    seen.filter_map(|(shown, _)| shown.tenant.site.clone())
        .collect()
}

/// What is seen of these.
pub(super) fn seen_of(sites: &[FleetSite]) -> impl Iterator<Item = &(Arc<Snapshot>, Timestamp)> {
    sites.iter().filter_map(|site| site.seen.as_ref().ok())
}

/// Those that do not run: one that does goes on with what the configuration was.
pub(super) fn not_running(broken: Vec<FleetSite>, running: &[Arc<str>]) -> Vec<FleetSite> {
    let runs = |site: &FleetSite| running.iter().any(|name| **name == *site.place.name());
    broken.into_iter().filter(|site| !runs(site)).collect()
}

/// All at the same time, in the order of the places.
pub(super) async fn looked_at<T, F>(places: Vec<PathBuf>, look: fn(PathBuf) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut looks = JoinSet::new();
    for (at, place) in places.into_iter().enumerate() {
        let look = look(place);
        looks.spawn(async move { (at, look.await) });
    }
    let mut seen = looks.join_all().await;
    seen.sort_unstable_by_key(|(at, _)| *at);
    seen.into_iter().map(|(_, seen)| seen).collect()
}

/// What a bridge shows now.
pub(super) async fn site(socket: PathBuf) -> FleetSite {
    let clock = new_clock();
    let seen = match timeout(WITHIN, attach_to_summary(&socket, Arc::clone(&clock))).await {
        Ok(Ok(attached)) => {
            let snapshot = Arc::clone(&attached.snapshots.borrow());
            Ok((snapshot, clock.now()))
        }
        Ok(Err(why)) => Err(why.words()),
        Err(_) => Err(no_answer()),
    };
    FleetSite {
        place: FleetPlace::Socket(socket),
        seen,
    }
}

fn no_answer() -> Words {
    Words::of_fleet(|t| t.no_answer, &[("n", &WITHIN.as_secs())])
}

/// What is tracked at this place, as it is seen at this moment.
pub(super) fn now(place: FleetPlace, seen: &Tracked) -> FleetSite {
    let seen = seen.as_ref().map_err(Clone::clone);
    FleetSite {
        place,
        seen: seen.map(|(shown, clock)| (Arc::clone(shown), clock.now())),
    }
}

/// Follows one bridge until nobody looks any more.
pub(super) async fn track(socket: PathBuf, to: watch::Sender<Option<Tracked>>) {
    while !to.is_closed() {
        let clock = new_clock();
        let attached = timeout(WITHIN, attach_to_summary(&socket, Arc::clone(&clock))).await;
        match attached {
            Ok(Ok(attached)) => follow(attached.snapshots, &clock, &to).await,
            Ok(Err(why)) => drop(to.send_replace(Some(Err(why.words())))),
            Err(_) => drop(to.send_replace(Some(Err(no_answer())))),
        }
        tokio::time::sleep(AGAIN_AFTER).await;
    }
}

/// Until the bridge has ended, or nobody looks any more.
async fn follow(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    clock: &Arc<OtherClock>,
    to: &watch::Sender<Option<Tracked>>,
) {
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        if snapshot.seen.is_lost() {
            return drop(to.send_replace(Some(Err(Words::of_attach(|t| t.lost, &[])))));
        }
        drop(to.send_replace(Some(Ok((snapshot, Arc::clone(clock))))));
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return;
            },
            () = to.closed() => return,
        }
    }
}

/// What a bridge shows, and when; or why nothing is seen.
pub(super) type Seen = Result<(Arc<Snapshot>, Timestamp), Blind>;

/// All that a bridge shows now.
pub(super) async fn whole(socket: PathBuf) -> (FleetPlace, Seen) {
    let seen = timeout(WITHIN, see(&socket)).await;
    let seen = seen.unwrap_or_else(|_| Err(blind("timed_out", no_answer())));
    (FleetPlace::Socket(socket), seen)
}

async fn see(socket: &Path) -> Seen {
    let attached = attach_alone(socket, CommitStage::Rows).await;
    let attached = attached.map_err(|why| blind(code(&why), why.words()))?;
    let snapshot = Arc::clone(&attached.snapshots.borrow());
    Ok((snapshot, attached.clock.now()))
}

const fn code(why: &AttachError) -> &'static str {
    if why.is_absence() {
        "no_bridge"
    } else {
        "not_seen"
    }
}

/// A bridge that should be there and is not seen is what somebody wants to be told of.
pub(super) const fn blind(code: &'static str, why: Words) -> Blind {
    Blind {
        state: State::Critical,
        code,
        why,
    }
}
