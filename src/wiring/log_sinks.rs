//! Where the bridge writes what happened: the ExternalServiceProvider log, the console's pane or
//! stderr, and the system's log.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::bridge::{Event, LineValues, LogLine, LogSink, LogTarget, Notice};
use crate::config::{Config, Log, LogFormat};
use crate::esplog::{
    Layout, LogHandle, LogSettings, LogWriter, OwnedLine, SystemLog, TroubleChange, log_trouble,
};
use crate::redact::redacted;
use crate::sink::{Delivery, Gone, Sink};
use crate::text::harmless;
use eyre::Report;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::file_fault::FileRefusal;
use tokio::sync::watch;
use tracing::Level;

use super::journal::JournalSink;
use super::output::complain;
use super::said::Told;

/// How long the end of the program waits for the last lines to reach the disk.
pub(super) const LAST_LINES: Duration = Duration::from_millis(500);

/// So many notices may wait for the system's log.
const NOTICES: usize = 256;

/// What gets every line besides the log on disk: the console's pane, or stderr.
pub(crate) type LineSink = Box<dyn Fn(&OwnedLine) + Send>;

/// Every sink of the log, and the troubles of the one on disk.
pub(crate) struct LogSinks {
    disk: Option<LogHandle>,
    troubles: Receiver<TroubleChange>,
    /// Those of the recording.
    recording: Option<Receiver<TroubleChange>>,
    system: Option<Sink<SystemNotice>>,
    /// Where systemd has connected us with its journal: then that is the system's log.
    journal: Option<JournalSink>,
    tenant: Option<Arc<str>>,
    level: LevelInForce,
    line_sink: LineSink,
    now: Timestamp,
    /// Where the log is; told when it takes nothing in.
    directory: PathBuf,
    stuck: bool,
}

/// The least that is logged, which may change while lines are written.
#[derive(Clone)]
pub(crate) struct LevelInForce(watch::Sender<Level>);

impl LevelInForce {
    fn new(level: Level) -> Self {
        Self(watch::Sender::new(level))
    }

    fn get(&self) -> Level {
        *self.0.borrow()
    }

    pub(crate) fn set(&self, level: Level) {
        self.0.send_replace(level);
    }
}

/// A line for the system's log.
struct SystemNotice {
    at: Timestamp,
    level: Level,
    message: String,
}

impl LogSinks {
    /// For commands that run: everything.
    pub(crate) fn open(
        config: &Config,
        now: Timestamp,
        line_sink: LineSink,
        journal: Option<JournalSink>,
    ) -> Result<Self, Report> {
        let (tell, troubles) = channel();
        let on_trouble = move |change| {
            // Fails only when the bridge is gone already.
            let _ = tell.send(change);
        };
        let disk = LogHandle::start(LogWriter::open(log_settings(&config.log)), on_trouble)
            .map_err(|why| Told::over(|t| t.errors.log_start, why))?;
        let system = system_log(config.log.system_log && journal.is_none());
        let tenant = harmless(&config.tenant.tenant_id);
        let level = LevelInForce::new(config.log.level.into());
        Ok(Self {
            disk: Some(disk),
            troubles,
            recording: None,
            system,
            journal: journal.filter(|_| config.log.system_log),
            tenant: Some(tenant.into()),
            level,
            line_sink,
            now,
            directory: config.log.directory.clone(),
            stuck: false,
        })
    }

    /// For commands that only look: nothing on disk, warnings to whoever listens.
    pub(crate) fn none(now: Timestamp, line_sink: LineSink) -> Self {
        let (_, troubles) = channel();
        Self {
            disk: None,
            troubles,
            recording: None,
            system: None,
            journal: None,
            tenant: None,
            level: LevelInForce::new(Level::WARN),
            line_sink,
            now,
            directory: PathBuf::new(),
            stuck: false,
        }
    }

    /// Tells of the troubles of the recording as well.
    pub(crate) fn tell_of_recording(&mut self, troubles: Receiver<TroubleChange>) {
        self.recording = Some(troubles);
    }

    /// The log takes nothing in, or does again; nothing while that stays as it is.
    fn stuck(&mut self) -> Option<TroubleChange> {
        let stuck = self.disk.as_ref().is_some_and(LogHandle::is_stuck);
        if std::mem::replace(&mut self.stuck, stuck) == stuck {
            return None;
        }
        Some(stuck.then(|| log_trouble(&self.directory, FileRefusal::Silent)))
    }

    fn as_line(&self, notice: &Notice) -> OwnedLine {
        OwnedLine {
            at: self.now,
            level: notice.level,
            target: LogTarget::Bridge.as_str(),
            user: None,
            message: redacted(&notice.message).into_owned(),
            tenant: self.tenant.clone(),
            values: LineValues::NONE,
        }
    }

    /// What changes the level.
    pub(crate) fn level(&self) -> LevelInForce {
        self.level.clone()
    }

    /// A handle for the last lines: see [`last_lines`].
    pub(crate) fn disk(&self) -> Option<LogHandle> {
        self.disk.clone()
    }
}

impl LogSink for LogSinks {
    fn log(&mut self, at: Timestamp, line: LogLine) {
        self.now = at;
        if line.level > self.level.get() {
            return;
        }
        let line = OwnedLine {
            at,
            level: line.level,
            target: line.target.as_str(),
            user: line.user,
            message: redacted(&line.message).into_owned(),
            tenant: self.tenant.clone(),
            values: line.values,
        };
        (self.line_sink)(&line);
        if let Some(disk) = &self.disk {
            disk.log(line);
        }
    }

    fn notify(&mut self, notice: &Notice) {
        if let Some(journal) = &self.journal {
            let line = notice.line.filter(|level| *level <= self.level.get());
            if line.is_none() {
                journal.say(self.as_line(notice));
            }
        }
        let notice = SystemNotice {
            at: self.now,
            level: notice.level,
            message: notice.message.clone(),
        };
        if let Some(system) = &self.system {
            // Where too many wait, it is counted.
            system.offer(notice, 1);
        }
    }

    fn trouble(&mut self) -> Option<Event> {
        let told = self.troubles.try_iter().last();
        let log = self.stuck().or(told).map(|trouble| ("log", trouble));
        let recording = || self.recording.as_ref()?.try_iter().last();
        let (what, trouble) = log.or_else(|| Some(("recording", recording()?)))?;
        Some(Event::StorageTrouble { what, trouble })
    }

    fn lines_lost(&self) -> u64 {
        self.disk.as_ref().map_or(0, LogHandle::lines_lost)
    }
}

/// Waits for the last lines to reach the disk.
pub(crate) fn last_lines(disk: Option<&LogHandle>) {
    if let Some(disk) = disk {
        // Lines that do not get there in time are lost: the end does not wait for a sick disk.
        let _ = disk.flush(LAST_LINES);
    }
}

/// Every line to stderr, in local time, as it stands in the log.
pub(crate) fn to_stderr() -> LineSink {
    to_stderr_as(LogFormat::Text)
}

/// The same in this format.
pub(crate) fn to_stderr_as(format: LogFormat) -> LineSink {
    let zone = TimeZone::system();
    let layout = layout(format);
    Box::new(move |line: &OwnedLine| {
        let at = line.at.to_zoned(zone.clone());
        complain(line.as_line().laid_out(layout, &at).trim_end());
    })
}

/// The same for one of the sites of this process, which each line names; the JSON names the tenant.
pub(crate) fn to_stderr_of_site(format: LogFormat, site: &str) -> LineSink {
    if format == LogFormat::Json {
        return to_stderr_as(format);
    }
    let (zone, site) = (TimeZone::system(), site.to_owned());
    Box::new(move |line: &OwnedLine| {
        let at = line.at.to_zoned(zone.clone());
        let text = line.as_line().layout(&at);
        complain(&format!("{site}: {}", text.trim_end()));
    })
}

/// The system's log behind a thread of its own, for connecting may wait as well; nothing where it is
/// not wanted, or where the system has no thread for it.
fn system_log(wanted: bool) -> Option<Sink<SystemNotice>> {
    if !wanted {
        return None;
    }
    let mut log: Option<Option<SystemLog>> = None;
    let write = move |delivery| {
        let Some(log) = log.get_or_insert_with(|| SystemLog::connect(true)) else {
            return Err(Gone);
        };
        match delivery {
            Delivery::Item(SystemNotice { at, level, message }) => log.notice(at, level, &message),
            Delivery::Dropped(notices) => log.note_dropped(notices),
        }
        Ok(())
    };
    Sink::start("system-log", NOTICES, write).ok()
}

const fn layout(format: LogFormat) -> Layout {
    match format {
        LogFormat::Text => Layout::Text,
        LogFormat::Json => Layout::Json,
    }
}

fn log_settings(log: &Log) -> LogSettings {
    LogSettings {
        directory: log.directory.clone(),
        max_size_mb: log.max_size_mb.into(),
        keep: usize::try_from(log.keep).unwrap_or(usize::MAX),
        archive: log.archive,
        // What is logged is decided before: the level may change meanwhile.
        level: Level::TRACE,
        layout: layout(log.format),
    }
}
