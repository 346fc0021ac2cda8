//! `snapshot`: what the running bridge knows; where none runs, one poll cycle of its own.

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Report, eyre};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::bridge::{Bridge, Snapshot};
use crate::clock::Clock as _;
use crate::config::{Cli, Environment, Exit, SnapshotArgs, SnapshotFormat};
use crate::report::{self, Look};
use crate::wiring::attach::{attached_words, running};
use crate::wiring::log_sinks::{LogSinks, to_stderr};
use crate::wiring::output::{complain, look, say};
use crate::wiring::signals::Signals;
use crate::wiring::site::{May, Site};
use crate::wiring::{configuration, nothing_configured, run_to_end};

/// How long one full cycle may take before `snapshot` gives up: longer than the longest time-out
/// of a request, the token and the directory of a large tenant included.
const CYCLE_WITHIN: Duration = Duration::from_mins(2);

/// Runs `lampfield snapshot`; returns how the program ends.
pub(super) fn snapshot(cli: &Cli, env: &Environment, args: &SnapshotArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let look = look(cli, env);
    run_to_end(async {
        let t = look.texts();
        let mut signals = Signals::listen()?;
        if let Some(mut attached) = running(config.as_ref(), args.direct, env, t).await? {
            let taken = tokio::select! {
                snapshot = full_cycle(&mut attached.snapshots) => snapshot,
                exit = signals.end(None) => return Ok(interrupted(exit)),
            };
            let snapshot = taken.ok_or_else(no_cycle)?;
            if args.format == SnapshotFormat::Table {
                complain(&format!("lampfield: {}", attached_words(&snapshot, t)));
            }
            let (now, as_wanted) = (attached.clock.now(), (args.format, &look));
            return print(&snapshot, now, as_wanted, &mut signals).await;
        }
        let site = Site::open(config, cli).await?;
        let sinks = LogSinks::none(site.clock.now(), to_stderr());
        let mut bridge = Bridge::start(site.parts(May::OnlyRead, look.lang, Box::new(sinks))?);
        let taken = tokio::select! {
            snapshot = full_cycle(&mut bridge.snapshots) => Ok(snapshot),
            exit = signals.end(None) => Err(exit),
        };
        let now = site.clock.now();
        // Whoever is in a hurry still leaves no session behind.
        bridge.stop().await;
        site.close().await;
        let snapshot = match taken {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Err(no_cycle()),
            Err(exit) => return Ok(interrupted(exit)),
        };
        print(&snapshot, now, (args.format, &look), &mut signals).await
    })
}

/// Ctrl-C before everything was shown is no success.
const fn interrupted(exit: Exit) -> Exit {
    match exit {
        Exit::Ok => Exit::Failure,
        exit => exit,
    }
}

/// Prints it. Nobody may read it, and the end waits for no reader.
async fn print(
    snapshot: &Snapshot,
    now: Timestamp,
    (format, look): (SnapshotFormat, &Look),
    signals: &mut Signals,
) -> Result<Exit, Report> {
    let text = match format {
        SnapshotFormat::Table => report::table(snapshot, now, look),
        SnapshotFormat::Json => report::json(snapshot, now)?,
        SnapshotFormat::Csv => report::csv(snapshot, now)?,
    };
    let printing = tokio::task::spawn_blocking(move || say(&text));
    tokio::select! {
        said = printing => { said??; }
        exit = signals.end(None) => return Ok(interrupted(exit)),
    }
    Ok(verdict(snapshot))
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
    eyre!(
        "no poll cycle within {} s: the ProCall source named no users, or Graph did not answer",
        CYCLE_WITHIN.as_secs()
    )
}

/// Why there is nobody to poll.
fn trouble(snapshot: &Snapshot) -> Option<String> {
    let failure = snapshot.token.failure.as_ref();
    if let Some(failure) = failure.or(snapshot.directory.failure.as_deref()) {
        return Some(failure.to_string());
    }
    let users = snapshot.coverage.procall_users;
    if users == 0 {
        let (_, words) = snapshot.links.procall.last_error.as_ref()?;
        return Some(words.to_string());
    }
    let nobody = snapshot.coverage.matched == 0 && snapshot.directory.full_at.is_some();
    nobody.then(|| {
        format!(
            "none of the {users} ProCall users is matched: a user name in ProCall must be the \
             user principal name of exactly one user in Entra"
        )
    })
}

/// A cycle with a failed request is a failed cycle; why is said on stderr.
fn verdict(snapshot: &Snapshot) -> Exit {
    if let Some(words) = trouble(snapshot) {
        complain(&format!("lampfield: {words}"));
        return Exit::Failure;
    }
    let chunks = snapshot.poll.chunks.iter();
    for failure in chunks.filter_map(|chunk| chunk.failure.as_deref()) {
        complain(&format!("lampfield: {failure}"));
    }
    if snapshot.poll.errors > 0 {
        Exit::Failure
    } else {
        Exit::Ok
    }
}
