//! `run`, `snapshot` and `watch`: the bridge without a screen.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Report, eyre};
use jiff::tz::TimeZone;
use lampfield::bridge::{Bridge, Change, Farewell, LogLine, LogTarget, Snapshot, Witness as _};
use lampfield::config::{
    Cli, Config, Environment, Exit, RunArgs, SnapshotArgs, SnapshotFormat, WatchArgs, WatchFormat,
};
use lampfield::esplog::{Follower, OwnedLine};
use lampfield::report::{self, Look};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;
use tracing::Level;

use super::output::{Printer, complain, say};
use super::signals::Signals;
use super::site::{May, Site};
use super::witness::{Books, Ear, last_lines};
use super::{configuration, nothing_configured, run_to_end};

/// How long one full cycle may take before `snapshot` gives up: longer than the longest time-out
/// of a request, the token and the directory of a large tenant included.
const CYCLE_WITHIN: Duration = Duration::from_mins(2);

/// How long a picture may take to show a change: published are twenty a second.
const SETTLED_WITHIN: Duration = Duration::from_secs(1);

/// `lampfield run`.
pub(crate) fn run(cli: &Cli, env: &Environment, args: &RunArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let lang = cli.global.lang.unwrap_or_else(|| env.lang());
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let site = Site::open(config, cli).await?;
        let mut books = Books::open(&site.config, site.clock.now(), to_stderr())?;
        let disk = books.disk();
        if let Some(words) = unfollowed(&site.config) {
            books.log(site.clock.wall(), warning(words));
        }
        let bridge = Bridge::start(site.parts(May::Write, lang, Box::new(books))?);
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

/// `lampfield snapshot`.
pub(crate) fn snapshot(cli: &Cli, env: &Environment, args: &SnapshotArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let look = look(cli, env);
    run_to_end(async {
        let site = Site::open(config, cli).await?;
        let books = Books::none(site.clock.now(), to_stderr());
        let mut bridge = Bridge::start(site.parts(May::OnlyRead, look.lang, Box::new(books))?);
        let picture = full_cycle(&mut bridge.snapshots).await;
        let now = site.clock.now();
        bridge.stop().await;
        site.close().await;
        let Some(picture) = picture else {
            return Err(no_cycle());
        };
        say(&match args.format {
            SnapshotFormat::Table => report::table(&picture, now, &look),
            SnapshotFormat::Json => report::json(&picture, now)?,
            SnapshotFormat::Csv => report::csv(&picture, now)?,
        })?;
        Ok(verdict(&picture))
    })
}

/// The first picture with a whole cycle in it, or with the reason why there can be none.
async fn full_cycle(pictures: &mut watch::Receiver<Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
    let done =
        |picture: &Arc<Snapshot>| picture.poll.started_at.is_some() || trouble(picture).is_some();
    let waited = tokio::time::timeout(CYCLE_WITHIN, pictures.wait_for(done)).await;
    waited.ok()?.ok().map(|picture| Arc::clone(&picture))
}

fn no_cycle() -> Report {
    eyre!(
        "no poll cycle within {} s: the ProCall source named no users, or Graph did not answer",
        CYCLE_WITHIN.as_secs()
    )
}

/// Why there is nobody to poll.
fn trouble(picture: &Snapshot) -> Option<String> {
    let failure = picture.token.failure.as_ref();
    if let Some(failure) = failure.or(picture.directory.failure.as_deref()) {
        return Some(failure.to_string());
    }
    let users = picture.coverage.procall_users;
    if users == 0 {
        let (_, words) = picture.links.procall.last_error.as_ref()?;
        return Some(words.to_string());
    }
    let nobody = picture.coverage.matched == 0 && picture.directory.full_at.is_some();
    nobody.then(|| {
        format!(
            "none of the {users} ProCall users is matched: a user name in ProCall must be the \
             user principal name of exactly one user in Entra"
        )
    })
}

/// A cycle with a failed request is a failed cycle; why is said on stderr.
fn verdict(picture: &Snapshot) -> Exit {
    if let Some(words) = trouble(picture) {
        complain(&format!("lampfield: {words}"));
        return Exit::Failure;
    }
    let chunks = picture.poll.chunks.iter();
    for failure in chunks.filter_map(|chunk| chunk.failure.as_deref()) {
        complain(&format!("lampfield: {failure}"));
    }
    if picture.poll.errors > 0 {
        Exit::Failure
    } else {
        Exit::Ok
    }
}

/// `lampfield watch`.
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
        let books = Books::none(site.clock.now(), to_stderr());
        let out = Printer::start()?;
        let bridge = Bridge::start(site.parts(May::OnlyRead, look.lang, Box::new(books))?);
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
                let picture = settled(bridge.snapshots.clone()).await;
                if !print_everybody(&picture, out, format, look).await? {
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

/// The picture that has every change up to now: the next one, or this one where none comes.
async fn settled(mut pictures: watch::Receiver<Arc<Snapshot>>) -> Arc<Snapshot> {
    pictures.mark_unchanged();
    // Ends early where the bridge has ended, too: then this is the last picture.
    let _ = tokio::time::timeout(SETTLED_WITHIN, pictures.changed()).await;
    Arc::clone(&pictures.borrow())
}

/// Everybody as a change of their own, so that whoever follows is right again; whether anybody
/// still reads it.
async fn print_everybody(
    picture: &Snapshot,
    out: &Printer,
    format: WatchFormat,
    look: &Look,
) -> Result<bool, Report> {
    for (row, read) in picture.rows.iter().zip(picture.reads.iter()) {
        let change = Change {
            at: picture.at,
            row: Arc::clone(row),
            read,
            interval: picture.poll.interval,
        }
        .shifted(picture.wall_ahead);
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
fn to_stderr() -> Ear {
    let zone = TimeZone::system();
    Box::new(move |line: &OwnedLine| {
        let at = line.at.to_zoned(zone.clone());
        complain(line.as_line().layout(&at).trim_end());
    })
}
