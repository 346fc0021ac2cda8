//! What a command that looks once looks at: the running bridge's picture, or where none runs one
//! full cycle of its own.

use std::sync::Arc;
use std::time::Duration;

use attach::{Attachment, CommitStage};
use eyre::Report;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

use crate::bridge::{Bridge, Snapshot};
use crate::clock::Clock as _;
use crate::config::{Cli, Config, Environment, Exit, SourceArgs};
use crate::wiring::attach::{attached_words, not_seen, running};
use crate::wiring::log_sinks::{LogSinks, to_stderr};
use crate::wiring::output::complain_of;
use crate::wiring::said::Told;
use crate::wiring::signals::Signals;
use crate::wiring::site::{May, Site};
use crate::wiring::{configuration, configuration_to_look, nothing_configured, run_to_end};
use crate::words::{Value, Words};

/// How long one full cycle may take before a command gives up: longer than the longest time-out
/// of a request, the token and the directory of a large tenant included.
const CYCLE_WITHIN: Duration = Duration::from_mins(2);

/// A snapshot with a whole cycle in it, or with the reason why there can be none.
pub(super) struct Picture {
    pub(super) snapshot: Arc<Snapshot>,
    /// By the clock that the snapshot goes by.
    pub(super) now: Timestamp,
    /// It is the running bridge's.
    pub(super) attached: bool,
}

impl Picture {
    /// Says on stderr whose picture it is, where that is another process.
    pub(super) fn say_whose(&self) {
        if self.attached {
            complain_of(&attached_words(&self.snapshot));
        }
        if let Some(words) = past_words(self) {
            complain_of(&words);
        }
    }
}

/// A picture, or how the program ends without one.
pub(super) type Taken = Result<Picture, Exit>;

/// Looks once, and has `tell` make of it how the program ends; somebody may end it before.
///
/// # Errors
/// A configuration that cannot be used; a bridge that is there and cannot be seen; parts that cannot
/// be made of the configuration; no cycle in time; what `tell` fails with.
pub(super) fn look_once(
    cli: &Cli,
    env: &Environment,
    source: &SourceArgs,
    tell: impl AsyncFnOnce(&Picture, &mut Signals) -> Result<Exit, Report>,
) -> Result<Exit, Report> {
    run_to_end(async {
        let mut signals = Signals::listen()?;
        match picture(cli, env, source, &mut signals).await? {
            Ok(picture) => tell(&picture, &mut signals).await,
            Err(exit) => Ok(exit),
        }
    })
}

async fn picture(
    cli: &Cli,
    env: &Environment,
    source: &SourceArgs,
    signals: &mut Signals,
) -> Result<Taken, Report> {
    // Whoever names a socket needs no configuration, and none that is broken either.
    let config = match source.socket {
        Some(_) => None,
        None => configuration_to_look(cli, env)?,
    };
    let source = source.in_demo(cli.global.demo);
    let attached = tokio::select! {
        attached = of_other(env, config.as_ref(), &source) => attached?,
        exit = signals.end(None) => return Ok(Err(interrupted(exit))),
    };
    match attached {
        Some(picture) => Ok(Ok(picture)),
        None if config.is_none() && !cli.global.demo => Ok(Err(nothing_configured())),
        None => {
            let config = configuration(cli, env)?;
            own_cycle(cli, env, config, signals, CYCLE_WITHIN).await
        }
    }
}

/// The picture of the bridge that runs already; nothing where none does.
async fn of_other(
    env: &Environment,
    config: Option<&Config>,
    source: &SourceArgs,
) -> Result<Option<Picture>, Report> {
    let seen = async {
        let attached = running(config, source, env, CommitStage::Whole).await;
        let Some(attached) = attached.map_err(|why| not_seen(&why, config))? else {
            return Ok(None);
        };
        let Attachment {
            mut snapshots,
            clock,
            ..
        } = attached;
        let snapshot = full_cycle(&mut snapshots)
            .await
            .ok_or_else(|| no_cycle(CYCLE_WITHIN))?;
        Ok(Some(Picture {
            snapshot,
            now: clock.now(),
            attached: true,
        }))
    };
    // A bridge that is stuck shows nothing, for ever.
    let seen = tokio::time::timeout(CYCLE_WITHIN, seen).await;
    seen.unwrap_or_else(|_| Err(no_cycle(CYCLE_WITHIN)))
}

/// One full cycle of its own, within this time.
///
/// # Errors
/// Parts that cannot be made of the configuration; no cycle in time.
pub(super) async fn own_cycle(
    cli: &Cli,
    env: &Environment,
    config: Option<Config>,
    signals: &mut Signals,
    within: Duration,
) -> Result<Taken, Report> {
    let site = Site::open(config, cli).await?;
    let sinks = LogSinks::none(site.clock.now(), to_stderr());
    let parts = site.parts(May::OnlyRead, cli.lang(env), Box::new(sinks))?;
    let mut bridge = Bridge::start(parts);
    let taken = tokio::select! {
        snapshot = tokio::time::timeout(within, full_cycle(&mut bridge.snapshots)) => Ok(snapshot),
        exit = signals.end(None) => Err(interrupted(exit)),
    };
    let now = site.clock.now();
    // Whoever is in a hurry still leaves no session behind.
    bridge.stop().await;
    site.close().await;
    let snapshot = match taken {
        Ok(snapshot) => snapshot.ok().flatten().ok_or_else(|| no_cycle(within))?,
        Err(exit) => return Ok(Err(exit)),
    };
    Ok(Ok(Picture {
        snapshot,
        now,
        attached: false,
    }))
}

/// Ctrl-C before everything was shown is no success.
pub(super) const fn interrupted(exit: Exit) -> Exit {
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
    let snapshot = snapshots.wait_for(done).await;
    snapshot.ok().map(|snapshot| Arc::clone(&snapshot))
}

fn no_cycle(within: Duration) -> Report {
    let seconds = within.as_secs();
    Told::alone(Words::say(|t| t.commands.no_cycle, &[("n", &seconds)])).into()
}

/// Why there is nobody to poll.
pub(super) fn trouble(snapshot: &Snapshot) -> Option<Words> {
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
    nobody.then(|| Words::say(|t| t.commands.nobody_matched, &[("n", &users)]))
}

/// A time of day with its date, as everywhere on stderr.
pub(super) fn clock_time(at: Timestamp) -> String {
    let at = at.to_zoned(TimeZone::system());
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Whose picture it is and of when, in words.
fn past_words(picture: &Picture) -> Option<Words> {
    let past = picture.snapshot.seen.past()?;
    let bridge = &picture.snapshot.tenant.bridge;
    let at = clock_time(past.moment);
    let values: [(&str, &dyn Value); 3] =
        [("pid", &bridge.pid), ("host", &bridge.host), ("at", &at)];
    Some(Words::of_replay(|t| t.as_shown, &values))
}
