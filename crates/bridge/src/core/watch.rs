//! What an operator must know, in the system's log: authorisation lost and regained, polling
//! failing or late for a minute. Each once, and once when it is over.

use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::CycleEnd;
use super::super::line::Notice;
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
}

/// What is to be told of polling.
#[derive(Debug)]
pub(super) enum PollNews {
    /// It has been in trouble for a minute.
    Trouble {
        /// Since when.
        since: Timestamp,
        /// What is wrong.
        what: String,
    },
    /// It works again.
    Well,
}

impl Watch {
    /// A use of this right worked, or failed.
    fn right(&mut self, right: Right, failure: Option<&Failure>) -> Option<Notice> {
        match failure {
            None => self.regain(right),
            Some(failure) if is_refusal(failure.kind) => self.lose(right, failure),
            Some(_) => None,
        }
    }

    fn lose(&mut self, right: Right, failure: &Failure) -> Option<Notice> {
        if self.lost.contains(&right) {
            return None;
        }
        self.lost.push(right);
        Some(Notice {
            level: Level::ERROR,
            line: None,
            message: format!("authorisation lost, {}: {}", right.words(), failure.message),
        })
    }

    fn regain(&mut self, right: Right) -> Option<Notice> {
        let at = self.lost.iter().position(|lost| *lost == right)?;
        self.lost.remove(at);
        Some(Notice {
            level: Level::INFO,
            line: None,
            message: format!("authorisation regained: {}", right.words()),
        })
    }

    /// A poll cycle ended.
    fn cycle(
        &mut self,
        end: &CycleEnd,
        cycle: &CycleView,
        interval: Duration,
        now: Timestamp,
    ) -> Option<PollNews> {
        let failing = end.requests > 0 && end.errors >= end.requests;
        let late = cycle.late > LATE.max(interval / 2);
        if !failing && !late {
            self.bad_since = None;
            return std::mem::take(&mut self.poll_told).then_some(PollNews::Well);
        }
        let since = *self.bad_since.get_or_insert(cycle.started);
        let what = if failing {
            let requests = several(end.requests as usize, "request");
            format!("all that was asked in the last cycle failed ({requests})")
        } else {
            format!("the last cycle began {} late", span(cycle.late))
        };
        self.trouble(since, what, now)
    }

    /// No cycle ended for a while: is anything read at all?
    fn overdue(
        &mut self,
        last_good_at: Timestamp,
        interval: Duration,
        now: Timestamp,
    ) -> Option<PollNews> {
        let quiet = interval.saturating_mul(3);
        if elapsed(last_good_at, now) <= quiet.max(TELL_AFTER) {
            return None;
        }
        self.trouble(last_good_at, "nothing was read well since".to_owned(), now)
    }

    fn trouble(&mut self, since: Timestamp, what: String, now: Timestamp) -> Option<PollNews> {
        if self.poll_told || elapsed(since, now) < TELL_AFTER {
            return None;
        }
        self.poll_told = true;
        Some(PollNews::Trouble { since, what })
    }
}

impl Core {
    /// A use of this right worked, or failed.
    pub(super) fn watch_right(&mut self, right: Right, failure: Option<&Failure>) {
        if let Some(Notice { level, message, .. }) = self.watch.right(right, failure) {
            self.notify(level, message);
        }
    }

    pub(super) fn watch_cycle(&mut self, end: &CycleEnd, cycle: &CycleView, now: Timestamp) {
        let news = self.watch.cycle(end, cycle, self.settings.interval, now);
        self.tell_poll(news);
    }

    /// No cycle ended for a while.
    pub(super) fn poll_overdue(&mut self, now: Timestamp) {
        let since = self.polling.last_good_at().unwrap_or(self.started_at);
        let news = self.watch.overdue(since, self.settings.interval, now);
        self.tell_poll(news);
    }

    fn tell_poll(&mut self, news: Option<PollNews>) {
        match news {
            None => {}
            Some(PollNews::Well) => {
                self.notify(Level::INFO, "polling Teams presence works again");
            }
            Some(PollNews::Trouble { since, what }) => {
                let why = self.links.read_error();
                let why = why.map_or_else(String::new, |why| format!("; last error: {why}"));
                let since = self.wall(since);
                let message =
                    format!("polling Teams presence is in trouble since {since:.0}: {what}{why}");
                self.notify(Level::ERROR, message);
            }
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
