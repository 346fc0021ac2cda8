//! The journal of systemd instead of stderr, where systemd has connected the two.

use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::Level;

use crate::bridge::LineValues;
use crate::config::Environment;
use crate::esplog::{JOURNAL_SOCKET, Journal, Layout, Line, OwnedLine, is_journal_stream};
use crate::sink::{Delivery, Sink};

use super::log_sinks::LineSink;
use super::output::complain;

/// So many lines may wait for the journal; more are dropped and counted.
const WAITING: usize = 8_192;

/// The journal behind a thread of its own: it may be slow, or gone.
#[derive(Clone)]
pub(crate) struct JournalSink {
    sink: Sink<Entry>,
    /// Of which site of this process, where there are several.
    site: Option<Arc<str>>,
}

#[derive(Clone)]
struct Entry {
    line: OwnedLine,
    site: Option<Arc<str>>,
}

impl Entry {
    fn as_line(&self) -> Line<'_> {
        Line {
            site: self.site.as_deref(),
            ..self.line.as_line()
        }
    }
}

impl JournalSink {
    /// Where systemd has connected stderr with the journal, and that listens.
    pub(crate) fn of_stderr(env: &Environment) -> Option<Self> {
        let named = env.get("JOURNAL_STREAM");
        let is_ours = is_journal_stream(named, io::stderr());
        is_ours.then(|| Self::at(Path::new(JOURNAL_SOCKET)))?
    }

    /// The journal that listens here; nothing where none does, or where the system has no thread for it.
    fn at(place: &Path) -> Option<Self> {
        let journal = Journal::connect(place).ok()?;
        let write = move |delivery| {
            let entry = match delivery {
                Delivery::Item(entry) => entry,
                Delivery::Dropped(lines) => dropped(lines),
            };
            if journal.send(&entry.as_line()).is_err() {
                // Gone: perhaps what systemd has connected to stderr is not.
                complain(in_text(&entry).trim_end());
            }
            Ok(())
        };
        let sink = Sink::start("journal", WAITING, write).ok()?;
        Some(Self { sink, site: None })
    }

    /// The same for one of the sites of this process.
    pub(crate) fn of_site(&self, name: &str) -> Self {
        Self {
            sink: self.sink.clone(),
            site: Some(name.into()),
        }
    }

    /// Hands a line over and waits for nobody.
    pub(crate) fn say(&self, line: OwnedLine) {
        // Where too many wait, it is counted.
        let site = self.site.clone();
        self.sink.offer(Entry { line, site }, 1);
    }

    /// Every line to the journal.
    pub(crate) fn lines(&self) -> LineSink {
        let journal = self.clone();
        Box::new(move |line: &OwnedLine| journal.say(line.clone()))
    }

    /// Waits a moment until everything is handed over: at the end of the program.
    pub(crate) fn last_lines(&self, within: std::time::Duration) {
        // What is not by then is lost: the end waits for nobody.
        let _ = self.sink.flush(within);
    }
}

fn dropped(lines: u64) -> Entry {
    let line = OwnedLine {
        at: Timestamp::UNIX_EPOCH,
        level: Level::WARN,
        target: "bridge",
        user: None,
        message: format!("{lines} lines dropped: the journal took nothing in"),
        tenant: None,
        values: LineValues::NONE,
    };
    Entry { line, site: None }
}

fn in_text(entry: &Entry) -> String {
    let at = entry.line.at.to_zoned(TimeZone::system());
    entry.as_line().laid_out(Layout::Text, &at)
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
