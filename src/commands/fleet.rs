//! `fleet`: all bridges of this machine. One that does not answer is a row, and hides none of the others.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use attach::{AttachError, CommitStage, attach_to_summary};
use color_eyre::eyre::Report;
use report::check::{Blind, Checked, Outcome, State, Thresholds};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::clock::Clock as _;
use crate::config::{Cli, Environment, Exit, FleetArgs, FleetFormat};
use crate::report::{FleetSite, fleet_json, fleet_table};
use crate::wiring::attach::{attach_alone, fleet_places, new_clock};
use crate::wiring::output::{look, say};
use crate::wiring::said::Told;
use crate::wiring::{configuration_to_look, run_to_end};
use crate::words::Words;

/// A bridge that takes longer to show itself is stuck.
const WITHIN: Duration = Duration::from_secs(3);

/// Runs `lampfield fleet`; returns how the program ends.
pub(super) fn fleet(cli: &Cli, env: &Environment, args: &FleetArgs) -> Result<Exit, Report> {
    let look = look(cli, env);
    let places = if args.socket.is_empty() {
        places(cli, env)
    } else {
        args.socket.clone()
    };
    if places.is_empty() {
        return Err(none_found().into());
    }
    let sites = run_to_end(async { Ok(looked_at(places, site).await) })?;
    let text = match args.format {
        FleetFormat::Table => fleet_table(&sites, &look),
        FleetFormat::Json => fleet_json(&sites)?,
    };
    say(&text)?;
    let all = sites.iter().all(|site| site.seen.is_ok());
    Ok(if all { Exit::Ok } else { Exit::Failure })
}

/// Where bridges may be; a configuration that cannot be read names none.
fn places(cli: &Cli, env: &Environment) -> Vec<PathBuf> {
    let config = configuration_to_look(cli, env).ok().flatten();
    fleet_places(config.as_ref(), env)
}

fn none_found() -> Told {
    let places = "/run/lampfield*, /run/user/*/lampfield, $XDG_RUNTIME_DIR/lampfield";
    Told::alone(Words::of_fleet(|t| &t.none, &[("places", &places)]))
}

/// All at the same time, in the order of the places.
async fn looked_at<T, F>(places: Vec<PathBuf>, look: fn(PathBuf) -> F) -> Vec<T>
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
    seen.sort_by_key(|(at, _)| *at);
    seen.into_iter().map(|(_, seen)| seen).collect()
}

async fn site(socket: PathBuf) -> FleetSite {
    let clock = new_clock();
    let seen = match timeout(WITHIN, attach_to_summary(&socket, Arc::clone(&clock))).await {
        Ok(Ok(attached)) => {
            let snapshot = Arc::clone(&attached.snapshots.borrow());
            Ok((snapshot, clock.now()))
        }
        Ok(Err(why)) => Err(why.words()),
        Err(_) => Err(no_answer()),
    };
    FleetSite { socket, seen }
}

fn no_answer() -> Words {
    Words::of_fleet(|t| &t.no_answer, &[("n", &WITHIN.as_secs())])
}

/// How every bridge of this machine stands, with its socket: for `check`.
pub(super) async fn checked(
    cli: &Cli,
    env: &Environment,
    bounds: &Thresholds,
) -> Vec<(PathBuf, Outcome)> {
    let outcomes = looked_at(places(cli, env), whole).await;
    let judged = |(socket, seen)| {
        let seen: Seen = seen;
        let outcome = seen.map(|(shown, now)| Checked::new(shown, now, bounds));
        (socket, outcome)
    };
    let mut outcomes: Vec<_> = outcomes.into_iter().map(judged).collect();
    if outcomes.is_empty() {
        let why = none_found();
        outcomes.push((PathBuf::new(), Err(blind("no_bridge", why.into_words()))));
    }
    outcomes
}

type Seen = Result<(Arc<crate::bridge::Snapshot>, jiff::Timestamp), Blind>;

async fn whole(socket: PathBuf) -> (PathBuf, Seen) {
    let seen = timeout(WITHIN, see(&socket)).await;
    let seen = seen.unwrap_or_else(|_| Err(blind("timed_out", no_answer())));
    (socket, seen)
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
const fn blind(code: &'static str, why: Words) -> Blind {
    Blind {
        state: State::Critical,
        code,
        why,
    }
}
