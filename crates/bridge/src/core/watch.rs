//! What an operator must know, in the system's log: authorisation lost and regained, polling
//! failing or late for a minute. Each once, and once when it is over.

use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::CycleEnd;
use super::Core;
use super::journal::{several, span};
use graph::{Failure, FailureKind};
use model::clock::elapsed;
use model::snapshot::CycleView;

/// Trouble that lasts this long is told.
const TELL_AFTER: Duration = Duration::from_mins(1);

/// Lateness below this is nobody's concern, whatever the interval.
const LATE: Duration = Duration::from_secs(1);

/// What we must be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// Get a token.
    Token,
    /// Read presence in Graph.
    Read,
    /// Set and clear presence in Graph.
    Write,
}

/// What was told already, and what is brewing.
#[derive(Debug, Default)]
pub(super) struct Watch {
    lost: Vec<Right>,
    bad_since: Option<Timestamp>,
    poll_told: bool,
    pub(super) write_failures: u32,
    pub(super) storage_trouble: Vec<&'static str>,
}

impl Core {
    /// A use of this right worked, or failed.
    pub(super) fn watch_right(&mut self, right: Right, failure: Option<&Failure>) {
        match failure {
            None if self.watch.lost.contains(&right) => self.regain(right),
            Some(failure) if is_refusal(failure.kind) => self.lose(right, failure),
            None | Some(_) => {}
        }
    }

    fn lose(&mut self, right: Right, failure: &Failure) {
        if self.watch.lost.contains(&right) {
            return;
        }
        self.watch.lost.push(right);
        let message = format!("authorisation lost, {}: {}", right.words(), failure.message);
        self.notify(Level::ERROR, message);
    }

    fn regain(&mut self, right: Right) {
        self.watch.lost.retain(|lost| *lost != right);
        let message = format!("authorisation regained: {}", right.words());
        self.notify(Level::INFO, message);
    }

    pub(super) fn watch_cycle(&mut self, end: &CycleEnd, cycle: &CycleView, now: Timestamp) {
        let failing = end.requests > 0 && end.errors >= end.requests;
        let late = cycle.late > LATE.max(self.settings.interval / 2);
        if !failing && !late {
            return self.poll_is_well();
        }
        let since = *self.watch.bad_since.get_or_insert(cycle.started);
        let what = if failing {
            let requests = several(end.requests as usize, "request");
            format!("all that was asked in the last cycle failed ({requests})")
        } else {
            format!("the last cycle began {} late", span(cycle.late))
        };
        self.tell_poll_trouble(since, &what, now);
    }

    /// No cycle ended for a while: is anything read at all?
    pub(super) fn poll_overdue(&mut self, now: Timestamp) {
        let since = self.polling.last_good_at().unwrap_or(self.started_at);
        let quiet = self.settings.interval.saturating_mul(3);
        if elapsed(since, now) > quiet.max(TELL_AFTER) {
            self.tell_poll_trouble(since, "nothing was read well since", now);
        }
    }

    fn tell_poll_trouble(&mut self, since: Timestamp, what: &str, now: Timestamp) {
        if self.watch.poll_told || elapsed(since, now) < TELL_AFTER {
            return;
        }
        self.watch.poll_told = true;
        let words = self.links.graph_read.last_error.clone();
        let why = words.map_or_else(String::new, |(_, why)| format!("; last error: {why}"));
        let since = self.wall(since);
        let message = format!("polling Teams presence is in trouble since {since:.0}: {what}{why}");
        self.notify(Level::ERROR, message);
    }

    fn poll_is_well(&mut self) {
        self.watch.bad_since = None;
        if std::mem::take(&mut self.watch.poll_told) {
            self.notify(Level::INFO, "polling Teams presence works again");
        }
    }
}

impl Right {
    const fn words(self) -> &'static str {
        match self {
            Self::Token => "token from Entra",
            Self::Read => "reading presence",
            Self::Write => "writing presence",
        }
    }
}

const fn is_refusal(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Credentials | FailureKind::Unauthorized | FailureKind::Permission
    )
}
