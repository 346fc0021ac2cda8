//! The picture that `snapshot` and `metrics` show: the running bridge's, or that of one full cycle.

use std::sync::Arc;
use std::time::Duration;

use attach::Attachment;
use color_eyre::eyre::Report;
use jiff::Timestamp;
use tokio::sync::watch;

use crate::bridge::{Bridge, Snapshot};
use crate::clock::Clock as _;
use crate::config::{Cli, Config, Exit};
use crate::presence::Lang;
use crate::wiring::log_sinks::{LogSinks, to_stderr};
use crate::wiring::output::{complain_of, say};
use crate::wiring::said::Told;
use crate::wiring::signals::Signals;
use crate::wiring::site::{May, Site};
use crate::words::Words;

/// How long one full cycle may take before it is given up: longer than the longest time-out
/// of a request, the token and the directory of a large tenant included.
const CYCLE_WITHIN: Duration = Duration::from_mins(2);

/// A picture with a whole cycle in it, or with the reason why there can be none.
pub(super) struct Picture {
    pub(super) snapshot: Arc<Snapshot>,
    /// The present moment by the clock of the bridge that it is of.
    pub(super) now: Timestamp,
}

/// The picture of a running bridge; how the program ends where a signal came first.
pub(super) async fn of_running(
    mut attached: Attachment,
    signals: &mut Signals,
) -> Result<Result<Picture, Exit>, Report> {
    let snapshot = tokio::select! {
        snapshot = full_cycle(&mut attached.snapshots) => snapshot.ok_or_else(no_cycle)?,
        exit = signals.end(None) => return Ok(Err(interrupted(exit))),
    };
    let now = attached.clock.now();
    Ok(Ok(Picture { snapshot, now }))
}

/// The picture of a cycle of our own; how the program ends where a signal came first.
pub(super) async fn of_own_cycle(
    (cli, config, lang): (&Cli, Option<Config>, Lang),
    signals: &mut Signals,
) -> Result<Result<Picture, Exit>, Report> {
    let site = Site::open(config, cli).await?;
    let sinks = LogSinks::none(site.clock.now(), to_stderr());
    let mut bridge = Bridge::start(site.parts(May::OnlyRead, lang, Box::new(sinks))?);
    let taken = tokio::select! {
        snapshot = full_cycle(&mut bridge.snapshots) => Ok(snapshot),
        exit = signals.end(None) => Err(interrupted(exit)),
    };
    let now = site.clock.now();
    // Whoever is in a hurry still leaves no session behind.
    bridge.stop().await;
    site.close().await;
    match taken {
        Err(exit) => Ok(Err(exit)),
        Ok(None) => Err(no_cycle()),
        Ok(Some(snapshot)) => Ok(Ok(Picture { snapshot, now })),
    }
}

/// Prints what was made of a picture and judges it.
pub(super) async fn print(
    text: String,
    snapshot: &Snapshot,
    signals: &mut Signals,
) -> Result<Exit, Report> {
    // Nobody may read it, and the end waits for no reader.
    let printing = tokio::task::spawn_blocking(move || say(&text));
    tokio::select! {
        said = printing => { said??; }
        exit = signals.end(None) => return Ok(interrupted(exit)),
    }
    Ok(verdict(snapshot))
}

/// Ctrl-C before everything was shown is no success.
const fn interrupted(exit: Exit) -> Exit {
    match exit {
        Exit::Ok => Exit::Failure,
        exit => exit,
    }
}

/// The first snapshot with a whole cycle in it, or with the reason why there can be none.
async fn full_cycle(snapshots: &mut watch::Receiver<Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
    let done = |snapshot: &Arc<Snapshot>| {
        snapshot.poll.started_at.is_some() || trouble(snapshot).is_some()
    };
    let waited = tokio::time::timeout(CYCLE_WITHIN, snapshots.wait_for(done)).await;
    waited.ok()?.ok().map(|snapshot| Arc::clone(&snapshot))
}

fn no_cycle() -> Report {
    let within = CYCLE_WITHIN.as_secs();
    Told::alone(Words::say(|t| &t.commands.no_cycle, &[("n", &within)])).into()
}

/// Why there is nobody to poll.
fn trouble(snapshot: &Snapshot) -> Option<Words> {
    let failure = snapshot.token.failure.as_ref();
    if let Some(failure) = failure.or(snapshot.directory.failure.as_deref()) {
        return Some(Words::told(&failure.trouble()));
    }
    let users = snapshot.coverage.procall_users;
    if users == 0 {
        let (_, why) = snapshot.links.procall.last_error.as_ref()?;
        return Some(Words::told(why));
    }
    let nobody = snapshot.coverage.matched == 0 && snapshot.directory.full_at.is_some();
    nobody.then(|| Words::say(|t| &t.commands.nobody_matched, &[("n", &users)]))
}

/// A cycle with a failed request is a failed cycle; why is said on stderr.
fn verdict(snapshot: &Snapshot) -> Exit {
    if let Some(words) = trouble(snapshot) {
        complain_of(&words);
        return Exit::Failure;
    }
    let chunks = snapshot.poll.chunks.iter();
    for failure in chunks.filter_map(|chunk| chunk.failure.as_deref()) {
        complain_of(&Words::told(&failure.trouble()));
    }
    if snapshot.poll.errors > 0 {
        Exit::Failure
    } else {
        Exit::Ok
    }
}
