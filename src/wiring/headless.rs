//! `run`, `snapshot` and `watch`: the bridge without a screen.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Report, eyre};
use jiff::tz::TimeZone;
use lampfield::bridge::{Bridge, Change, Farewell, LogLine, LogSink as _, LogTarget, Snapshot};
use lampfield::config::{
    Cli, Config, Environment, Exit, RunArgs, SnapshotArgs, SnapshotFormat, WatchArgs, WatchFormat,
};
use lampfield::esplog::{Follower, OwnedLine};
use lampfield::report::{self, Look};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tracing::Level;

use super::log_sinks::{LineSink, LogSinks, last_lines};
use super::output::{Printer, complain, say};
use super::signals::Signals;
use super::site::{May, Site};
use super::{configuration, nothing_configured, run_to_end};

/// How long one full cycle may take before `snapshot` gives up: longer than the longest time-out
/// of a request, the token and the directory of a large tenant included.
const CYCLE_WITHIN: Duration = Duration::from_mins(2);

/// How long a snapshot may take to show a change: published are twenty a second.
const SETTLED_WITHIN: Duration = Duration::from_secs(1);

/// Runs `lampfield run`; returns how the program ends.
pub(crate) fn run(cli: &Cli, env: &Environment, args: &RunArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let lang = cli.global.lang.unwrap_or_else(|| env.lang());
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let site = Site::open(config, cli).await?;
        let mut sinks = LogSinks::open(&site.config, site.clock.now(), to_stderr())?;
        let disk = sinks.disk();
        if let Some(words) = unfollowed(&site.config) {
            sinks.log(site.clock.wall(), warning(words));
        }
        let bridge = Bridge::start(site.parts(May::Write, lang, Box::new(sinks))?);
        let exit = signals.end(args.for_).await;
        give_back(bridge, &mut signals).await;
        last_lines(disk.as_ref());
        site.close().await;
        Ok(exit)
    })
}

/// Only the dashboard follows a log, yet what nobody can follow is worth a word here too.
fn unfollowed(config: &Config) -> Option<String> {
    let follower = Follower::new(Path::new(config.log.follow.as_ref()?), TimeZone::system());
    follower.ok()?.oddity()
}

const fn warning(message: String) -> LogLine {
    LogLine {
        level: Level::WARN,
        target: LogTarget::Bridge,
        user: None,
        message,
    }
}

/// Gives back what was set in Teams and ProCall. Whoever is in a hurry says so a second time: then
/// the next start clears what is left.
pub(super) async fn give_back(bridge: Bridge, signals: &mut Signals) {
    tokio::select! {
        _ = bridge.stop_within(Farewell::SERVICE) => {}
        _ = signals.end(None) => complain(
            "lampfield: ended at once; leases that stay in Teams run out within five minutes, or the \
             next start clears them",
        ),
    }
}

/// Runs `lampfield snapshot`; returns how the program ends.
pub(crate) fn snapshot(cli: &Cli, env: &Environment, args: &SnapshotArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let look = look(cli, env);
    run_to_end(async {
        let mut signals = Signals::listen()?;
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
            // Ctrl-C before there is anything to show: no success.
            Err(Exit::Ok) => return Ok(Exit::Failure),
            Err(exit) => return Ok(exit),
        };
        say(&match args.format {
            SnapshotFormat::Table => report::table(&snapshot, now, &look),
            SnapshotFormat::Json => report::json(&snapshot, now)?,
            SnapshotFormat::Csv => report::csv(&snapshot, now)?,
        })?;
        Ok(verdict(&snapshot))
    })
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

/// Runs `lampfield watch`; returns how the program ends.
pub(crate) fn watch(cli: &Cli, env: &Environment, args: &WatchArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let look = look(cli, env);
    let format = args.format(std::io::stdout().is_terminal());
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let site = Site::open(config, cli).await?;
        let sinks = LogSinks::none(site.clock.now(), to_stderr());
        let out = Printer::start()?;
        let bridge = Bridge::start(site.parts(May::OnlyRead, look.lang, Box::new(sinks))?);
        let exit = tokio::select! {
            exit = signals.end(args.for_) => Ok(exit),
            exit = print_changes(&bridge, &out, format, &look) => exit,
        };
        bridge.stop().await;
        site.close().await;
        out.last_words();
        exit
    })
}

/// Prints until nobody reads it any more. Whoever reads slowly misses changes: see [`Bridge::changes`].
async fn print_changes(
    bridge: &Bridge,
    out: &Printer,
    format: WatchFormat,
    look: &Look,
) -> Result<Exit, Report> {
    let mut changes = bridge.changes();
    loop {
        match changes.recv().await {
            Ok(change) if says_nothing(&change) => {}
            Ok(change) => {
                if !out.print(change_line(&change, format, look)?).await {
                    return Ok(Exit::Ok);
                }
            }
            Err(RecvError::Lagged(missed)) => {
                complain(&format!(
                    "lampfield: {missed} changes were too fast for this output; everybody follows \
                     as they are now"
                ));
                changes = bridge.changes();
                let snapshot = settled(bridge.snapshots.clone()).await;
                if !print_everybody(&snapshot, out, format, look).await? {
                    return Ok(Exit::Ok);
                }
            }
            Err(RecvError::Closed) => return Ok(Exit::Failure),
        }
    }
}

/// A user who was matched and of whom nothing is known yet: neither a reading nor a call.
fn says_nothing(change: &Change) -> bool {
    let row = &change.row;
    let nothing_of_ours = row.calls.is_empty() && row.lease.is_none() && row.history.is_empty();
    change.read.read_at.is_none() && change.read.failures == 0 && nothing_of_ours
}

/// The snapshot that has every change up to now: the next one, or this one where none comes.
async fn settled(mut snapshots: watch::Receiver<Arc<Snapshot>>) -> Arc<Snapshot> {
    snapshots.mark_unchanged();
    // Ends early where the bridge has ended, too: then this is the last snapshot.
    let _ = tokio::time::timeout(SETTLED_WITHIN, snapshots.changed()).await;
    Arc::clone(&snapshots.borrow())
}

/// Everybody as a change of their own, so that whoever follows is right again; whether anybody
/// still reads it.
async fn print_everybody(
    snapshot: &Snapshot,
    out: &Printer,
    format: WatchFormat,
    look: &Look,
) -> Result<bool, Report> {
    for (row, read) in snapshot.rows.iter().zip(snapshot.reads.iter()) {
        let change = Change {
            at: snapshot.at,
            row: Arc::clone(row),
            read,
            interval: snapshot.poll.interval,
        }
        .shifted(snapshot.wall_ahead);
        if !out.print(change_line(&change, format, look)?).await {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One change as one line.
pub(super) fn change_line(
    change: &Change,
    format: WatchFormat,
    look: &Look,
) -> Result<String, Report> {
    let Change {
        at,
        row,
        read,
        interval,
    } = change;
    Ok(match format {
        WatchFormat::Lines => report::watch_line_text(row, *read, *at, *interval, look),
        WatchFormat::Json => report::watch_line_json(row, *read, *at, *interval)?,
    })
}

/// How reports look on this stdout.
pub(super) fn look(cli: &Cli, env: &Environment) -> Look {
    let terminal = std::io::stdout().is_terminal();
    let columns = ratatui::crossterm::terminal::size()
        .ok()
        .map(|(columns, _)| columns.into());
    Look {
        width: columns.filter(|_| terminal),
        lang: cli.global.lang.unwrap_or_else(|| env.lang()),
        color: cli.global.color.is_on(
            terminal && !env.is_dumb_terminal(),
            env.get("NO_COLOR").is_some(),
        ),
        ascii: cli.global.ascii,
        zone: TimeZone::system(),
    }
}

/// Every line to stderr, in local time, as it stands in the log.
fn to_stderr() -> LineSink {
    let zone = TimeZone::system();
    Box::new(move |line: &OwnedLine| {
        let at = line.at.to_zoned(zone.clone());
        complain(line.as_line().layout(&at).trim_end());
    })
}
