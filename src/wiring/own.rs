//! A bridge of this process, with everything around it: the tenant, the log, the followed log, the
//! recording, the socket for those who look.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use attach::{LogRecord, LogTail};
use eyre::Report;
use jiff::tz::TimeZone;
use tracing::Level;

use super::attach::{Showing, followed_record, record, show};
use super::history::{Recorded, Recording, record as record_shown};
use super::journal::JournalSink;
use super::log_sinks::{LAST_LINES, LevelInForce, LineSink, LogSinks, last_lines};
use super::output::complain_of;
use super::said::Told;
use super::signals::Signals;
use super::site::{May, Site};
use crate::bridge::{Bridge, Farewell, LineKind, LogLine, LogSink as _};
use crate::clock::Clock;
use crate::clocks::OtherClock;
use crate::config::{Config, Difference, Environment};
use crate::esplog::{FollowGuard, FollowedLine, Follower, LogHandle, OwnedLine};
use crate::graph::{Graph, SetupError};
use crate::monitoring::Monitoring;
use crate::presence::{Lang, UserName};
use crate::words::Words;

/// How often the followed log is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// What becomes of log lines in this process, besides the log on disk and those who look from other
/// processes.
pub(crate) struct Lines {
    /// Our own.
    pub(crate) ours: LineSink,
    /// Those of the followed log; nothing where nobody sees them here.
    pub(crate) theirs: Option<Box<dyn Fn(LogRecord) + Send>>,
    /// Where `ours` go there: what else an operator must know does too.
    pub(crate) journal: Option<JournalSink>,
}

impl Lines {
    /// Nobody sees them here: the log on disk has them.
    pub(crate) fn unseen() -> Self {
        Self {
            ours: Box::new(|_| {}),
            theirs: None,
            journal: None,
        }
    }
}

/// A running bridge of this process.
pub(crate) struct OwnBridge {
    pub(crate) bridge: Bridge,
    /// The clock that what it shows goes by.
    pub(crate) clock: Arc<dyn Clock>,
    site: Site,
    disk: Option<LogHandle>,
    journal: Option<JournalSink>,
    following: Option<FollowGuard>,
    showing: Option<Showing>,
    monitoring: Monitoring,
    graph: Graph,
    level: LevelInForce,
    recording: Option<Recording>,
}

impl OwnBridge {
    /// Starts it. Call it inside a tokio runtime.
    pub(crate) fn start(
        site: Site,
        env: &Environment,
        lang: Lang,
        lines: Lines,
    ) -> Result<Self, Report> {
        let tail = LogTail::new();
        let seen = lines.theirs.is_some();
        let sink = tail_too(lines.ours, tail.clone());
        let journal = lines.journal;
        let now = site.clock.now();
        let mut sinks = LogSinks::open(&site.config, now, sink, journal.clone())?;
        let disk = sinks.disk();
        let following = match follow_log(&site, lines.theirs, tail.clone()) {
            Err(error) if seen => return Err(error),
            followed => followed.ok().flatten(),
        };
        if let Some(words) = unfollowed(&site.config).filter(|_| !seen) {
            let line = LogLine::of_bridge(Level::WARN, words);
            sinks.log(site.clock.wall(), line);
        }
        let (tell, troubles) = channel();
        sinks.tell_of_recording(troubles);
        let level = sinks.level();
        let parts = site.parts(May::Write, lang, Box::new(sinks))?;
        let graph = parts.graph.clone();
        let bridge = Bridge::start(parts);
        let recorded = Recorded {
            snapshots: bridge.snapshots.clone(),
            logs: tail.clone(),
            clock: Arc::clone(&site.clock),
            tell,
        };
        let recording = record_shown(&site.config, recorded);
        let showing = site
            .is_shown()
            .then(|| show(&site.config, env, &bridge, tail))
            .flatten();
        let monitoring = Monitoring::start(&site.config, &bridge, &site.clock, lang);
        Ok(Self {
            clock: Arc::<OtherClock>::clone(&bridge.clock),
            bridge,
            site,
            disk,
            journal,
            following,
            showing,
            recording,
            monitoring,
            graph,
            level,
        })
    }

    /// Takes over what a running bridge can of a new configuration; the log names it, and what holds
    /// only from the next start on.
    ///
    /// # Errors
    /// A credential that cannot work: then nothing was taken over.
    pub(crate) async fn reload(&mut self, new: Config) -> Result<(), SetupError> {
        let difference = Difference::between(&self.site.config, &new);
        let old = &self.site.config;
        self.graph.replace_credential(&new.tenant.credential)?;
        self.level.set(new.log.level.into());
        if old.poll.interval != new.poll.interval {
            // Fails where the bridge has ended.
            let _ = self.bridge.intervals.send(new.poll.interval).await;
        }
        self.monitoring.reload((old, &new), &self.bridge);
        let config = &mut self.site.config;
        config.tenant.credential = new.tenant.credential;
        config.log.level = new.log.level;
        config.poll.interval = new.poll.interval;
        config.metrics = new.metrics;
        config.alerts = new.alerts;
        self.say_reloaded(&difference).await;
        if difference.new.contains(&Difference::CREDENTIAL) {
            let graph = self.graph.clone();
            // What comes of it is shown as with any other token.
            tokio::spawn(async move { drop(graph.renew_token().await) });
        }
        Ok(())
    }

    async fn say_reloaded(&self, difference: &Difference) {
        let Difference { new, later } = difference;
        let message = match &**new {
            [] => "the configuration was read anew: nothing that can change has".to_owned(),
            new => format!(
                "the configuration was read anew: {} changed",
                new.join(", ")
            ),
        };
        let line = LogLine::of_bridge(Level::INFO, message);
        self.say(line.with(LineKind::ConfigurationReloaded)).await;
        if !later.is_empty() {
            let later = later.join(", ");
            let message = format!("cannot change while it runs, the old stays in force: {later}");
            self.say(LogLine::of_bridge(Level::WARN, message)).await;
        }
    }

    /// A line of the log.
    pub(crate) async fn say(&self, line: LogLine) {
        // Fails where the bridge has ended.
        let _ = self.bridge.lines.send(line).await;
    }

    /// Gives back what was set in Teams and ProCall; the users whose leases stay in Teams.
    pub(crate) async fn stop(self, farewell: Farewell) -> Vec<UserName> {
        drop(self.following);
        drop(self.monitoring);
        let left = self.bridge.stop_within(farewell).await;
        if let Some(recording) = self.recording {
            recording.end().await;
        }
        if let Some(showing) = self.showing {
            showing.end().await;
        }
        last_lines(self.disk.as_ref());
        if let Some(journal) = &self.journal {
            journal.last_lines(LAST_LINES);
        }
        self.site.close().await;
        left
    }
}

/// Gives back what was set in Teams and ProCall. Whoever is in a hurry says so a second time: then
/// the next start clears what is left.
pub(crate) async fn give_back(bridge: OwnBridge, signals: &mut Signals) {
    tokio::select! {
        _ = bridge.stop(Farewell::SERVICE) => {}
        _ = signals.end(None) => ended_at_once(),
    }
}

/// Says that nothing was waited for.
pub(crate) fn ended_at_once() {
    complain_of(&Words::say(|t| t.commands.ended_at_once, &[]));
}

fn tail_too(ours: LineSink, tail: LogTail) -> LineSink {
    Box::new(move |line: &OwnedLine| {
        ours(line);
        tail.push(record(line));
    })
}

/// The log of a real UCServer, for the second pane.
fn follow_log(
    site: &Site,
    theirs: Option<Box<dyn Fn(LogRecord) + Send>>,
    tail: LogTail,
) -> Result<Option<FollowGuard>, Report> {
    let Some(glob) = &site.config.log.follow else {
        return Ok(None);
    };
    let follower = Follower::new(Path::new(glob), TimeZone::system())?;
    let sink = move |line: FollowedLine| {
        let line = followed_record(line);
        if let Some(theirs) = &theirs {
            theirs(line.clone());
        }
        tail.push(line);
    };
    let guard = follower
        .spawn(sink, Arc::clone(&site.clock), FOLLOW_EVERY)
        .map_err(|why| Told::over(|t| t.errors.follow_start, why))?;
    Ok(Some(guard))
}

/// What nobody can follow is worth a word where nobody sees the pane.
fn unfollowed(config: &Config) -> Option<String> {
    let follower = Follower::new(Path::new(config.log.follow.as_ref()?), TimeZone::system());
    follower.ok()?.oddity()
}
