//! `fleet`: all bridges of this machine. One that does not answer is a row, and hides none of the others.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use attach::{AttachError, CommitStage, attach_to_summary};
use clap::ValueEnum as _;
use color_eyre::eyre::Report;
use report::check::{Blind, Checked, Outcome, State, Thresholds};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::back::this_program_with_way_back;
use super::dashboard::{exit_of, options};
use super::fleet_demo::fleet_demo;
use crate::bridge::Snapshot;
use crate::clocks::OtherClock;
use crate::console::{self, FleetEnd, FleetSites};
use crate::presence::Lang;

use crate::clock::Clock as _;
use crate::config::{Cli, Environment, Exit, FleetArgs, FleetFormat};
use crate::report::{FleetSite, fleet_json, fleet_table};
use crate::wiring::attach::{attach_alone, new_clock};
use crate::wiring::output::{look, say, spoken};
use crate::wiring::places::fleet_places;
use crate::wiring::said::Told;
use crate::wiring::{configurations_to_look, run_to_end, runtime};
use crate::words::Words;

/// A bridge that takes longer to show itself is stuck.
const WITHIN: Duration = Duration::from_secs(3);

/// Runs `lampfield fleet`; returns how the program ends.
pub(super) fn fleet(cli: &Cli, env: &Environment, args: &FleetArgs) -> Result<Exit, Report> {
    let look = look(cli, env);
    if cli.global.demo {
        return fleet_demo(cli, env, args);
    }
    let places = if args.socket.is_empty() {
        places(cli, env)
    } else {
        args.socket.clone()
    };
    let draws = std::io::stdout().is_terminal() && !env.is_dumb_terminal();
    if args.format.is_none() && draws && !cli.global.plain {
        return screen(cli, env, args);
    }
    if places.is_empty() {
        return Err(none_found().into());
    }
    let sites = run_to_end(async { Ok(looked_at(places, site).await) })?;
    let text = match args.format.unwrap_or_default() {
        FleetFormat::Table => fleet_table(&sites, &look),
        FleetFormat::Json => fleet_json(&sites)?,
    };
    say(&text)?;
    let all = sites.iter().all(|site| site.seen.is_ok());
    Ok(if all { Exit::Ok } else { Exit::Failure })
}

/// The live screen; a bridge that is opened takes the place of this process, and gives it back.
fn screen(cli: &Cli, env: &Environment, args: &FleetArgs) -> Result<Exit, Report> {
    let configs = configurations_to_look(cli, env);
    let options = options(cli, env, configs.first())?;
    let runtime = runtime()?;
    let sites = {
        let _inside = runtime.enter();
        live(cli.clone(), env.clone(), args.socket.clone())
    };
    let end = console::run_fleet(&options, sites)?;
    runtime.shutdown_background();
    match end {
        FleetEnd::Exit(exit) => Ok(exit_of(exit)),
        FleetEnd::Open(socket) => Err(open(cli, &socket).into()),
    }
}

/// Becomes `attach` at this socket; returns only where that fails.
fn open(cli: &Cli, socket: &Path) -> Told {
    let mut command = this_program_with_way_back();
    let lang = match spoken() {
        Lang::De => "de",
        Lang::En => "en",
    };
    command.args(["--lang", lang]);
    if cli.global.ascii {
        command.arg("--ascii");
    }
    if let Some(theme) = cli.global.theme.and_then(|theme| theme.to_possible_value()) {
        command.args(["--theme", theme.get_name()]);
    }
    if let Some(config) = &cli.global.config {
        command.arg("--config").arg(config);
    }
    command.arg("attach").arg("--socket").arg(socket);
    Told::over(|t| &t.errors.again, command.exec())
}

/// From one look to the next; ages are shown in whole seconds.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How often it is looked for bridges that have come.
const SEARCH_EVERY: u32 = 3;

/// What is seen of a bridge, by its clock.
type Tracked = Result<(Arc<Snapshot>, Arc<OtherClock>), Words>;

/// Follows all bridges, those to come as well.
fn live(cli: Cli, env: Environment, named: Vec<PathBuf>) -> watch::Receiver<Option<FleetSites>> {
    let (to, sites) = watch::channel(None);
    tokio::spawn(async move {
        let mut tracked: BTreeMap<PathBuf, watch::Receiver<Tracked>> = BTreeMap::new();
        let mut trackers = JoinSet::new();
        let mut looks = 0_u32;
        while !to.is_closed() {
            if looks.is_multiple_of(SEARCH_EVERY) {
                let found = if named.is_empty() {
                    search(&cli, &env).await
                } else {
                    named.clone()
                };
                // A socket that was removed belongs to a bridge that has ended.
                tracked.retain(|place, _| found.contains(place));
                for place in found {
                    tracked.entry(place.clone()).or_insert_with(|| {
                        let (tell, seen) = watch::channel(Err(Words::default()));
                        trackers.spawn(track(place, tell));
                        seen
                    });
                }
            }
            looks = looks.wrapping_add(1);
            let seen = tracked
                .iter()
                .map(|(place, seen)| now(place, &seen.borrow()));
            to.send_replace(Some(Arc::new(seen.collect())));
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
    sites
}

/// The disk may be a share that hangs.
async fn search(cli: &Cli, env: &Environment) -> Vec<PathBuf> {
    let (cli, env) = (cli.clone(), env.clone());
    let searched = tokio::task::spawn_blocking(move || places(&cli, &env)).await;
    searched.unwrap_or_default()
}

fn now(socket: &Path, seen: &Tracked) -> FleetSite {
    let seen = seen.as_ref().map_err(Clone::clone);
    FleetSite {
        socket: socket.to_path_buf(),
        seen: seen.map(|(snapshot, clock)| (Arc::clone(snapshot), clock.now())),
    }
}

/// Follows one bridge until nobody looks any more.
async fn track(socket: PathBuf, to: watch::Sender<Tracked>) {
    while !to.is_closed() {
        let clock = new_clock();
        let attached = timeout(WITHIN, attach_to_summary(&socket, Arc::clone(&clock))).await;
        match attached {
            Ok(Ok(attached)) => follow(attached.snapshots, &clock, &to).await,
            Ok(Err(why)) => drop(to.send_replace(Err(why.words()))),
            Err(_) => drop(to.send_replace(Err(no_answer()))),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Until the bridge has ended, or nobody looks any more.
async fn follow(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    clock: &Arc<OtherClock>,
    to: &watch::Sender<Tracked>,
) {
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        if snapshot.seen.is_lost() {
            return drop(to.send_replace(Err(Words::of_attach(|t| &t.lost, &[]))));
        }
        drop(to.send_replace(Ok((snapshot, Arc::clone(clock)))));
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return;
            },
            () = to.closed() => return,
        }
    }
}

/// Where bridges may be; a configuration that cannot be read names none.
fn places(cli: &Cli, env: &Environment) -> Vec<PathBuf> {
    fleet_places(&configurations_to_look(cli, env), env)
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

type Seen = Result<(Arc<Snapshot>, jiff::Timestamp), Blind>;

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
