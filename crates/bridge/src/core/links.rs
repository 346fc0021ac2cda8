//! Every hop of the way: how it is, when it last worked, what it last said.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tracing::Level;

use super::super::event::{ChunkRead, CycleEnd, LogTarget, WriteOutcome, WriteResult};
use super::Core;
use super::journal::span;
use super::watch::Right;
use graph::{BudgetView, Failure, FailureKind, TokenView};
use model::cause::{Cause, Trouble};
use model::clock::elapsed;
use model::limits::is_clock_wrong;
use model::snapshot::{Link, LinkStatus};

/// Failures in a row that make a link count as down rather than degraded.
const DOWN_AFTER: u32 = 3;

impl Core {
    pub(super) fn read_link(&mut self, read: &ChunkRead) {
        let link = &mut Arc::make_mut(&mut self.links).graph_read;
        link.latency = Some(read.timing.latency());
        match &read.outcome {
            Ok(_) => {
                link.last_ok = link.last_ok.max(Some(read.timing.finished));
                if link.status != LinkStatus::Degraded {
                    link.status = LinkStatus::Up;
                }
                self.watch_right(Right::Read, None);
            }
            Err(failure) => {
                fail(link, read.timing.finished, failure.trouble());
                self.watch_right(Right::Read, Some(failure));
            }
        }
    }

    pub(super) fn cycle_link(&mut self, end: &CycleEnd) {
        if end.requests == 0 {
            return;
        }
        let link = &mut Arc::make_mut(&mut self.links).graph_read;
        link.status = match end.errors {
            0 => LinkStatus::Up,
            errors if errors >= end.requests => LinkStatus::Down,
            _ => LinkStatus::Degraded,
        };
    }

    pub(super) fn write_link(&mut self, result: &WriteResult) {
        let at = result.finished_at;
        let link = &mut Arc::make_mut(&mut self.links).graph_write;
        if let Some(sent) = result.sent_at {
            link.latency = Some(elapsed(sent, at));
        }
        match &result.outcome {
            WriteOutcome::NotSent => {}
            WriteOutcome::Accepted(_) => {
                work(link, at);
                self.watch.write_failures = 0;
                self.watch_right(Right::Write, None);
            }
            // One user that Graph does not know says nothing about the link.
            WriteOutcome::Failed(failure) if failure.kind == FailureKind::NotFound => {}
            WriteOutcome::Failed(failure) => {
                fail(link, at, failure.trouble());
                self.watch.write_failures += 1;
                if self.watch.write_failures >= DOWN_AFTER {
                    link.status = LinkStatus::Down;
                }
                self.watch_right(Right::Write, Some(failure));
            }
        }
    }

    pub(super) fn take_token(&mut self, view: TokenView, now: Timestamp) {
        let link = &mut Arc::make_mut(&mut self.links).entra;
        match &view.failure {
            None => {
                work(link, now);
                self.watch_right(Right::Token, None);
                self.retry_now(now);
            }
            Some(failure) => {
                fail(link, now, failure.trouble());
                if !failure.kind.is_transient() {
                    link.status = LinkStatus::Down;
                }
                self.log_token(failure);
                self.watch_right(Right::Token, Some(failure));
            }
        }
        if let (Some(expires), true) = (
            view.expires_at,
            view.renewed_at != self.token.renewed_at && view.failure.is_none(),
        ) {
            let message = format!("token renewed, valid until {:.0}", self.wall(expires));
            self.log(Level::INFO, LogTarget::Token, None, message);
        }
        self.token = view;
    }

    fn log_token(&mut self, failure: &Failure) {
        let known = self.token.failure.as_ref();
        if known.is_some_and(|known| known.is_like(failure)) {
            return;
        }
        let message = format!("no token: {failure}");
        self.log(Level::ERROR, LogTarget::Token, None, message);
    }

    /// After a new token: writes that failed for want of one need not wait for minutes.
    fn retry_now(&mut self, now: Timestamp) {
        if self.token.failure.is_none() {
            return;
        }
        self.leases.retry_now(now);
        self.reconcile_all(now);
    }

    pub(super) fn take_budget(&mut self, view: BudgetView) {
        if view.throttled_total > self.budget.throttled_total {
            let until = view.throttled_until.map_or_else(String::new, |until| {
                format!(", nothing is sent before {:.3}", self.wall(until))
            });
            let message = format!(
                "Graph throttles us (429 number {}){until}",
                view.throttled_total
            );
            self.log(Level::WARN, LogTarget::Poll, None, message);
        }
        self.budget = view;
    }

    /// Our clock minus Microsoft's: said when it becomes wrong, and when it is right again.
    pub(super) fn take_clock_skew(&mut self, ms: i64) {
        let wrong = |ms: i64| is_clock_wrong(SignedDuration::from_millis(ms));
        let was_wrong = self.clock_skew_ms.replace(ms).is_some_and(wrong);
        let (level, message) = match (was_wrong, wrong(ms)) {
            (false, true) => {
                let off = span(SignedDuration::from_millis(ms).unsigned_abs());
                let side = if ms > 0 { "ahead of" } else { "behind" };
                let advice = "Set it (NTP): tokens and expiry times depend on it";
                let message = format!("this machine's clock is {off} {side} Microsoft's. {advice}");
                (Level::WARN, message)
            }
            (true, false) => (
                Level::INFO,
                "this machine's clock is right again".to_owned(),
            ),
            _ => return,
        };
        self.log(level, LogTarget::Bridge, None, message);
    }

    pub(super) fn procall_up(&mut self, now: Timestamp) {
        let link = &mut Arc::make_mut(&mut self.links).procall;
        let recovered = matches!(link.status, LinkStatus::Degraded | LinkStatus::Down);
        work(link, now);
        if recovered {
            self.log(
                Level::INFO,
                LogTarget::Procall,
                None,
                "the ProCall source works again",
            );
        }
    }

    /// The source has trouble: calls stay as they were last told.
    pub(super) fn procall_trouble(&mut self, trouble: Trouble, now: Timestamp) {
        let link = &mut Arc::make_mut(&mut self.links).procall;
        let message = trouble.message.to_string();
        fail(link, now, trouble);
        self.log(Level::WARN, LogTarget::Procall, None, message);
    }

    /// One line of the source that was passed over: no state of the link.
    pub(super) fn procall_warning(&mut self, words: &Arc<str>) {
        self.log(Level::WARN, LogTarget::Procall, None, words.as_ref());
    }

    pub(super) fn storage(
        &mut self,
        what: &'static str,
        trouble: Option<Arc<str>>,
        now: Timestamp,
    ) {
        let troubles = self.watch.storage_trouble.len();
        self.watch.storage_trouble.retain(|it| *it != what);
        let was_in_trouble = self.watch.storage_trouble.len() < troubles;
        let link = &mut Arc::make_mut(&mut self.links).storage;
        if let Some(words) = trouble {
            self.watch.storage_trouble.push(what);
            let trouble = Trouble::new(Cause::Storage, Arc::clone(&words));
            link.last_error = Some((now, trouble));
            link.status = LinkStatus::Down;
            let message = format!("the {what} cannot be written: {words}");
            return self.log(Level::ERROR, LogTarget::Bridge, None, message);
        }
        if self.watch.storage_trouble.is_empty() {
            work(link, now);
        } else {
            link.status = LinkStatus::Degraded;
        }
        if was_in_trouble {
            let message = format!("the {what} is written again");
            self.log(Level::INFO, LogTarget::Bridge, None, message);
        }
    }
}

fn work(link: &mut Link, at: Timestamp) {
    link.status = LinkStatus::Up;
    link.last_ok = Some(at);
}

fn fail(link: &mut Link, at: Timestamp, trouble: Trouble) {
    link.last_error = Some((at, trouble));
    if link.status != LinkStatus::Down {
        link.status = LinkStatus::Degraded;
    }
}
