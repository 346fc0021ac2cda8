//! Log lines on their way to the screen.
//!
//! In: lines, pushed from any thread into a [`LogInbox`], which never waits: when nobody takes
//! them the oldest are dropped and counted. Out: the lines a pane shows, by level, target, user
//! and search.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use tracing::Level;

use model::presence::UserName;
use words::Words;

/// Lines that wait for the screen.
const INBOX_LENGTH: usize = 2_048;
/// Lines that a pane keeps.
const PANE_LENGTH: usize = 8_000;

/// The log that a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LogSource {
    /// The one that lampfield writes.
    Ours,
    /// The one of a UCServer that is followed.
    UcServer,
}

/// A line of a log, as the pane shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The log that it is from.
    pub source: LogSource,
    /// When; for a followed line without a readable time, when it was read.
    pub at: Timestamp,
    /// How bad; `INFO` where a followed line does not say.
    pub level: Level,
    /// Which part it is about; empty where a followed line does not say.
    pub target: Arc<str>,
    /// Whom it is about.
    pub user: Option<UserName>,
    /// The message, without control characters and without secrets.
    pub text: Arc<str>,
}

type Wake = Box<dyn Fn() + Send + Sync>;

#[derive(Default)]
struct Shared {
    lines: Mutex<Waiting>,
    wake: OnceLock<Wake>,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<LogEntry>,
    dropped: u64,
    aside: Aside,
}

/// What comes beside the lines.
#[derive(Debug, Default)]
pub(crate) struct Aside {
    /// The log up to the moment of the past that is shown, in place of the one before.
    pub(crate) past: Option<Vec<LogEntry>>,
    /// What became of what was asked for.
    pub(crate) said: Option<Words>,
}

/// Where lines are pushed. Clones push into the same inbox.
#[derive(Clone, Default)]
pub struct LogInbox(Arc<Shared>);

impl std::fmt::Debug for LogInbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogInbox")
    }
}

impl LogInbox {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Hands a line over. Never waits.
    pub fn push(&self, line: LogEntry) {
        let first = {
            let mut waiting = self.lock();
            if waiting.lines.len() >= INBOX_LENGTH {
                waiting.lines.pop_front();
                waiting.dropped += 1;
            }
            waiting.lines.push_back(line);
            waiting.lines.len() == 1
        };
        if first {
            self.wake();
        }
    }

    /// Shows these lines while a moment of the past is shown. What is pushed meanwhile waits.
    pub fn show_past(&self, lines: Vec<LogEntry>) {
        self.lock().aside.past = Some(lines);
        self.wake();
    }

    /// Says in the status line what became of what was asked for: why a command, or a wish for another
    /// moment, was not met.
    pub fn say(&self, words: Words) {
        self.lock().aside.said = Some(words);
        self.wake();
    }

    fn wake(&self) {
        if let Some(wake) = self.0.wake.get() {
            wake();
        }
    }

    /// What has come beside the lines.
    pub(crate) fn take_aside(&self) -> Aside {
        std::mem::take(&mut self.lock().aside)
    }

    /// Calls `wake` whenever the first line comes into an empty inbox. Only the first call counts.
    pub(crate) fn on_arrival(&self, wake: impl Fn() + Send + Sync + 'static) {
        let _ = self.0.wake.set(Box::new(wake));
    }

    /// Takes everything that waits, and how many lines were dropped since the last time.
    pub(crate) fn take(&self) -> (VecDeque<LogEntry>, u64) {
        let mut waiting = self.lock();
        (
            std::mem::take(&mut waiting.lines),
            std::mem::take(&mut waiting.dropped),
        )
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One log pane: what it has, and what of it is shown.
#[derive(Debug)]
pub(crate) struct LogPane {
    lines: VecDeque<LogEntry>,
    /// The live lines, while those of the past are shown.
    live: Option<VecDeque<LogEntry>>,
    /// Lines dropped before they came here.
    pub(crate) dropped: u64,
    /// The least severe level that is shown.
    pub(crate) level: Level,
    /// Only this target.
    pub(crate) target: Option<Arc<str>>,
    /// Only this user.
    pub(crate) user: Option<UserName>,
    /// Only lines with this text.
    pub(crate) search: String,
    /// How many shown lines are below the lower edge; 0 follows the end.
    pub(crate) back: usize,
    /// Whether long lines go on in the next row.
    pub(crate) wrap: bool,
}

impl Default for LogPane {
    fn default() -> Self {
        Self {
            lines: VecDeque::new(),
            live: None,
            dropped: 0,
            level: Level::INFO,
            target: None,
            user: None,
            search: String::new(),
            back: 0,
            wrap: false,
        }
    }
}

/// The levels, worst first.
const LEVELS: [Level; 5] = [
    Level::ERROR,
    Level::WARN,
    Level::INFO,
    Level::DEBUG,
    Level::TRACE,
];

impl LogPane {
    /// Takes a line; the oldest goes when there are too many.
    pub(crate) fn push(&mut self, line: LogEntry) {
        if self.live.is_none() && self.back > 0 && self.shows(&line) {
            self.back += 1;
        }
        let lines = self.live.as_mut().unwrap_or(&mut self.lines);
        if lines.len() >= PANE_LENGTH {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Shows these lines of the past, and keeps the live ones.
    pub(crate) fn show_past(&mut self, lines: impl IntoIterator<Item = LogEntry>) {
        let before = std::mem::replace(&mut self.lines, lines.into_iter().collect());
        self.live.get_or_insert(before);
        self.back = 0;
    }

    /// The live lines again.
    pub(crate) fn leave_past(&mut self) {
        if let Some(live) = self.live.take() {
            self.lines = live;
            self.back = 0;
        }
    }

    /// How many lines there are, shown or not.
    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The shown lines from the newest above the lower edge, upwards.
    pub(crate) fn upwards(&self) -> impl Iterator<Item = &LogEntry> {
        self.lines
            .iter()
            .rev()
            .filter(|line| self.shows(line))
            .skip(self.back)
    }

    /// The last warnings and errors, the newest first, whatever is shown.
    pub(crate) fn trouble(&self) -> impl Iterator<Item = &LogEntry> {
        let lines = self.lines.iter().rev();
        lines.filter(|line| line.level <= Level::WARN)
    }

    /// Shows more (`1`) or fewer (`-1`) levels.
    pub(crate) fn shift_level(&mut self, by: isize) {
        let at = LEVELS
            .iter()
            .position(|level| *level == self.level)
            .unwrap_or(2);
        if let Some(level) = LEVELS.get(at.saturating_add_signed(by)) {
            self.level = *level;
        }
        self.back = 0;
    }

    /// The next target of those that have been seen; after the last one, all.
    pub(crate) fn next_target(&mut self) {
        let mut seen: Vec<&Arc<str>> = self
            .lines
            .iter()
            .map(|line| &line.target)
            .filter(|target| !target.is_empty())
            .collect();
        seen.sort_unstable();
        seen.dedup();
        let next = match &self.target {
            None => seen.first(),
            Some(now) => seen.iter().find(|target| **target > now),
        };
        self.target = next.map(|target| Arc::clone(target));
        self.back = 0;
    }

    /// Goes up (positive) or down; never beyond the oldest shown line.
    pub(crate) fn scroll(&mut self, by: isize) {
        let shown = self.lines.iter().filter(|line| self.shows(line)).count();
        self.back = self
            .back
            .saturating_add_signed(by)
            .min(shown.saturating_sub(1));
    }

    fn shows(&self, line: &LogEntry) -> bool {
        line.level <= self.level
            && self
                .target
                .as_ref()
                .is_none_or(|target| line.target == *target)
            && self.user.as_ref().is_none_or(|user| is_about(line, user))
            && (self.search.is_empty() || super::filter::contains(&line.text, &self.search))
    }
}

/// A followed log does not say whom a line is about: there the name in the text counts.
fn is_about(line: &LogEntry, user: &UserName) -> bool {
    match &line.user {
        Some(named) => named == user,
        None => super::filter::contains(&line.text, user.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(level: Level, target: &str, text: &str) -> LogEntry {
        LogEntry {
            source: LogSource::Ours,
            at: Timestamp::UNIX_EPOCH,
            level,
            target: target.into(),
            user: None,
            text: text.into(),
        }
    }

    #[test]
    fn a_full_inbox_drops_the_oldest_and_counts() {
        let inbox = LogInbox::new();
        for n in 0..INBOX_LENGTH + 3 {
            inbox.push(line(Level::INFO, "poll", &n.to_string()));
        }
        let (lines, dropped) = inbox.take();
        assert_eq!((lines.len(), dropped), (INBOX_LENGTH, 3));
        assert_eq!(&*lines[0].text, "3");
        assert_eq!(inbox.take().1, 0);
    }

    #[test]
    fn a_pane_shows_by_level_target_user_and_search() {
        let mut pane = LogPane::default();
        pane.push(line(Level::DEBUG, "poll", "chunk 0"));
        pane.push(line(Level::INFO, "poll", "cycle 7 anna@corp.example"));
        pane.push(line(Level::WARN, "set", "masked"));
        let shown = |pane: &LogPane| {
            pane.upwards()
                .map(|l| l.text.to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&pane), ["masked", "cycle 7 anna@corp.example"]);
        pane.shift_level(1);
        assert_eq!(shown(&pane).len(), 3);
        pane.next_target();
        assert_eq!(pane.target.as_deref(), Some("poll"));
        pane.search = "ANNA".to_lowercase();
        assert_eq!(shown(&pane), ["cycle 7 anna@corp.example"]);
        pane.search.clear();
        pane.user = Some(UserName::new("anna@corp.example"));
        assert_eq!(shown(&pane).len(), 1);
        pane.next_target();
        pane.next_target();
        assert_eq!(pane.target, None);
    }

    #[test]
    fn a_held_pane_stands_still_while_lines_arrive() {
        let mut pane = LogPane::default();
        for n in 0..10 {
            pane.push(line(Level::INFO, "poll", &n.to_string()));
        }
        pane.scroll(3);
        let before = pane.upwards().next().map(|line| line.text.clone());
        pane.push(line(Level::INFO, "poll", "new"));
        assert_eq!(pane.upwards().next().map(|line| line.text.clone()), before);
        pane.scroll(1_000);
        assert_eq!(pane.upwards().count(), 1);
    }
}
