//! Where the bridge writes what happened: the ExternalServiceProvider log, the console's pane or
//! stderr, and the system's log.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use color_eyre::eyre::{Report, WrapErr as _};
use jiff::Timestamp;
use lampfield::bridge::{Event, LogLine, Notice, Witness};
use lampfield::config::{Config, Log};
use lampfield::esplog::{LogHandle, LogSettings, LogWriter, OwnedLine, SystemLog, TroubleChange};
use lampfield::redact::redacted;
use tracing::Level;

/// How long the end of the program waits for the last lines to reach the disk.
const LAST_LINES: Duration = Duration::from_millis(500);

/// What else hears every line: the console's pane, or stderr.
pub(super) type Ear = Box<dyn Fn(&OwnedLine) + Send>;

/// See the module.
pub(super) struct Books {
    disk: Option<LogHandle>,
    troubles: Receiver<TroubleChange>,
    system: Option<SystemLog>,
    level: Level,
    ear: Ear,
    now: Timestamp,
}

impl Books {
    /// For commands that run: everything.
    pub(super) fn open(config: &Config, now: Timestamp, ear: Ear) -> Result<Self, Report> {
        let (tell, troubles) = channel();
        let on_trouble = move |change| {
            // Fails only when the bridge is gone already.
            let _ = tell.send(change);
        };
        let disk = LogHandle::start(LogWriter::open(log_settings(&config.log)), on_trouble)
            .wrap_err("the log cannot be started")?;
        let system = SystemLog::connect(config.log.system_log);
        let level = config.log.level.into();
        Ok(Self {
            disk: Some(disk),
            troubles,
            system,
            level,
            ear,
            now,
        })
    }

    /// For commands that only look: nothing on disk, warnings to whoever listens.
    pub(super) fn none(now: Timestamp, ear: Ear) -> Self {
        let (_, troubles) = channel();
        Self {
            disk: None,
            troubles,
            system: None,
            level: Level::WARN,
            ear,
            now,
        }
    }

    /// A handle for the last lines: see [`last_lines`].
    pub(super) fn disk(&self) -> Option<LogHandle> {
        self.disk.clone()
    }
}

impl Witness for Books {
    fn log(&mut self, at: Timestamp, line: LogLine) {
        self.now = at;
        if line.level > self.level {
            return;
        }
        let line = OwnedLine {
            at,
            level: line.level,
            target: line.target.as_str(),
            user: line.user.map(|user| user.as_str().into()),
            message: redacted(&line.message).into_owned(),
        };
        (self.ear)(&line);
        if let Some(disk) = &self.disk {
            disk.log(line);
        }
    }

    fn notify(&mut self, notice: &Notice) {
        if let Some(system) = &mut self.system {
            system.notice(self.now, notice.level, &notice.message);
        }
    }

    fn trouble(&mut self) -> Option<Event> {
        let trouble = self.troubles.try_iter().last()?;
        Some(Event::StorageTrouble {
            what: "log",
            trouble,
        })
    }
}

/// Waits for the last lines to reach the disk.
pub(super) fn last_lines(disk: Option<&LogHandle>) {
    if let Some(disk) = disk {
        // Lines that do not get there in time are lost: the end does not wait for a sick disk.
        let _ = disk.flush(LAST_LINES);
    }
}

fn log_settings(log: &Log) -> LogSettings {
    LogSettings {
        directory: log.directory.clone(),
        max_size_mb: log.max_size_mb.into(),
        keep: usize::try_from(log.keep).unwrap_or(usize::MAX),
        archive: log.archive,
        level: log.level.into(),
    }
}
