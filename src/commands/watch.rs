//! `watch`: one line a change.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use attach::{Attachment, CommitStage};
use eyre::Report;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::bridge::{Bridge, Change, ReadMark, Snapshot, UserRow};
use crate::config::{Cli, Environment, Exit, WatchArgs, WatchFormat};
use crate::report::{self, Look};
use crate::wiring::attach::{attached_words, not_seen, running};
use crate::wiring::log_sinks::{LogSinks, to_stderr};
use crate::wiring::output::{Printer, complain_of, look};
use crate::wiring::signals::Signals;
use crate::wiring::site::{May, Site};
use crate::wiring::{configuration, configuration_to_look, nothing_configured, run_to_end};
use crate::words::Words;

/// How long a snapshot may take to show a change: published are twenty a second.
const SETTLED_WITHIN: Duration = Duration::from_secs(1);

/// Runs `lampfield watch`; returns how the program ends.
pub(super) fn watch(cli: &Cli, env: &Environment, args: &WatchArgs) -> Result<Exit, Report> {
    let config = match args.source.socket {
        Some(_) => None,
        None => configuration_to_look(cli, env)?,
    };
    let look = look(cli, env);
    let format = args.format(std::io::stdout().is_terminal());
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let source = args.source.in_demo(cli.global.demo);
        let attached = running(config.as_ref(), &source, env, CommitStage::Whole).await;
        if let Some(attached) = attached.map_err(|why| not_seen(&why, config.as_ref()))? {
            let out = Printer::start()?;
            let exit = tokio::select! {
                exit = signals.end(args.for_) => Ok(exit),
                exit = print_attached(attached, &out, format, &look) => exit,
            };
            out.last_words();
            return exit;
        }
        if config.is_none() && !cli.global.demo {
            return Ok(nothing_configured());
        }
        let site = Site::open(configuration(cli, env)?, cli).await?;
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
                complain_of(&Words::say(
                    |t| t.commands.too_fast_everybody,
                    &[("n", &missed)],
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

/// Everybody as the running bridge knows them, then what changes there. The picture comes twenty times
/// a second at most, or as fast as it is read: of several changes in between the last one is told.
async fn print_attached(
    mut attached: Attachment,
    out: &Printer,
    format: WatchFormat,
    look: &Look,
) -> Result<Exit, Report> {
    let mut shown = Arc::clone(&attached.snapshots.borrow_and_update());
    if format == WatchFormat::Lines {
        complain_of(&attached_words(&shown));
    }
    if !print_everybody(&shown, out, format, look).await? {
        return Ok(Exit::Ok);
    }
    while attached.snapshots.changed().await.is_ok() {
        let latest = Arc::clone(&attached.snapshots.borrow_and_update());
        match (shown.seen.is_lost(), latest.seen.is_lost()) {
            (false, true) => complain_of(&Words::of_attach(|t| t.lost, &[])),
            (true, false) => complain_of(&Words::of_attach(|t| t.back, &[])),
            _ => {}
        }
        for change in changes_between(&shown, &latest) {
            if !out.print(change_line(&change, format, look)?).await {
                return Ok(Exit::Ok);
            }
        }
        shown = latest;
    }
    Ok(Exit::Failure)
}

/// The rows that are not what they were; all of those of users who are new.
fn changes_between<'a>(
    before: &'a Snapshot,
    now: &'a Snapshot,
) -> impl Iterator<Item = Change> + 'a {
    let moved = !Arc::ptr_eq(&before.rows, &now.rows);
    let rows = now.rows.iter().enumerate().filter(move |_| moved);
    let changed = rows.filter(|(at, row)| {
        let same_place = before.rows.get(*at);
        let same_place = same_place.filter(|old| old.user_name == row.user_name);
        let old = same_place.or_else(|| before.row(&row.user_name).map(|(_, old)| old));
        old.is_none_or(|old| !Arc::ptr_eq(old, row) && old != *row)
    });
    changed.map(|(at, row)| change(now, row, now.read_mark(at)))
}

fn change(snapshot: &Snapshot, row: &Arc<UserRow>, read: ReadMark) -> Change {
    Change {
        at: snapshot.at,
        row: Arc::clone(row),
        read,
        interval: snapshot.poll.interval,
    }
    .shifted(snapshot.wall_ahead)
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
        let change = change(snapshot, row, read);
        if !out.print(change_line(&change, format, look)?).await {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One change as one line.
fn change_line(change: &Change, format: WatchFormat, look: &Look) -> Result<String, Report> {
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
