//! What goes into the log, and how much of it: never 20,000 lines at once.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::Effect;
use super::super::line::{LineValues, LogLine, LogTarget, Notice};
use super::Core;
use graph::RequestId;
use model::presence::UserName;
use model::snapshot::UserEventKind;
use model::text::harmless;

/// Lines about presence in one poll cycle; what is beyond is counted and told in one line.
const PRESENCE_LINES_PER_CYCLE: u32 = 200;

/// How many lines about presence were written and left out in this cycle.
#[derive(Debug, Default)]
pub(super) struct Journal {
    written: u32,
    left_out: usize,
    first_reads: usize,
}

impl Journal {
    /// Whether one more line about presence is written.
    fn admit(&mut self) -> bool {
        if self.written < PRESENCE_LINES_PER_CYCLE {
            self.written += 1;
            return true;
        }
        self.left_out += 1;
        false
    }

    /// A user was read for the first time: told in one line for all.
    pub(super) const fn first_read(&mut self) {
        self.first_reads += 1;
    }

    /// The cycle ended: what was left out in it, in a line each, and the next begins.
    fn end_cycle(&mut self) -> impl Iterator<Item = String> + use<> {
        let ended = std::mem::take(self);
        let first = (ended.first_reads > 0)
            .then(|| format!("first reading of {}", several(ended.first_reads, "user")));
        let more = (ended.left_out > 0).then(|| {
            let changes = several(ended.left_out, "more presence change");
            format!("{changes} in this cycle, not listed")
        });
        first.into_iter().chain(more)
    }
}

impl Core {
    pub(super) fn log(
        &mut self,
        level: Level,
        target: LogTarget,
        user: Option<&UserName>,
        message: impl Into<String>,
    ) {
        self.log_of(LineValues::NONE, level, target, user, message);
    }

    /// A line with values that others look for.
    pub(super) fn log_of(
        &mut self,
        values: impl Into<LineValues>,
        level: Level,
        target: LogTarget,
        user: Option<&UserName>,
        message: impl Into<String>,
    ) {
        let message = message.into();
        let message = harmless(&message).into_owned();
        self.out.push(Effect::Log(LogLine {
            level,
            target,
            user: user.cloned(),
            message,
            values: values.into(),
        }));
    }

    /// A line about what Teams shows or ProCall is told, unless there were too many already.
    pub(super) fn log_presence(&mut self, user: &UserName, message: impl FnOnce() -> String) {
        if self.journal.admit() {
            self.log(Level::INFO, LogTarget::Presence, Some(user), message());
        }
    }

    /// At the end of a cycle: the lines that were left out, in one.
    pub(super) fn log_what_was_left_out(&mut self) {
        for message in self.journal.end_cycle() {
            self.log(Level::INFO, LogTarget::Presence, None, message);
        }
    }

    pub(super) fn notify(&mut self, level: Level, message: impl Into<String>) {
        self.notify_of(None, level, message);
    }

    /// What is also a line of the log, at the level of that.
    pub(super) fn notify_logged(&mut self, line: Level, level: Level, message: impl Into<String>) {
        self.notify_of(Some(line), level, message);
    }

    fn notify_of(&mut self, line: Option<Level>, level: Level, message: impl Into<String>) {
        let message = message.into();
        let message = harmless(&message).into_owned();
        self.out.push(Effect::Notify(Notice {
            level,
            message,
            line,
        }));
    }

    /// One more link in a user's chain of causes.
    pub(super) fn record(&mut self, ix: usize, at: Timestamp, kind: UserEventKind) {
        if let Some(user) = self.roster.at_mut(ix) {
            user.record(at, kind);
            self.touch(ix);
        }
    }
}

/// `412 ms` or `3.1 s`, as an administrator says it.
pub(super) fn span(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return format!("{} ms", duration.as_millis());
    }
    format!("{:.1} s", duration.as_secs_f64())
}

/// `1 lease`, `2 leases`.
pub(super) fn several(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

/// ` (request-id …)`, or nothing.
pub(super) fn request(id: Option<&RequestId>) -> String {
    let mut words = String::new();
    if let Some(id) = id {
        // Writing into a String cannot fail.
        let _ = write!(words, " (request-id {id})");
    }
    words
}
