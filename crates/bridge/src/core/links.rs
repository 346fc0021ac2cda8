//! What is said of the hops of the way, where one fails or works again.

use jiff::{SignedDuration, Timestamp};
use tracing::Level;

use super::super::event::{ChunkRead, WriteOutcome, WriteResult};
use super::super::line::LogTarget;
use super::Core;
use super::journal::span;
use super::tenant::{ClockNews, TokenNews};
use super::watch::Right;
use graph::{BudgetView, Failure, FailureKind, TokenView};
use model::cause::Trouble;
use model::source_fault::SourceWarning;
use words::{Lang, source_warning, texts};

impl Core {
    pub(super) fn read_link(&mut self, read: &ChunkRead) {
        self.links.read(read);
        self.watch_right(Right::Read, read.outcome.as_ref().err());
    }

    pub(super) fn write_link(&mut self, result: &WriteResult) {
        self.links.write(result);
        match &result.outcome {
            WriteOutcome::NotSent => {}
            WriteOutcome::Accepted(_) => self.watch_right(Right::Write, None),
            WriteOutcome::Failed(failure) if failure.kind == FailureKind::NotFound => {}
            WriteOutcome::Failed(failure) => self.watch_right(Right::Write, Some(failure)),
        }
    }

    pub(super) fn take_token(&mut self, view: TokenView, now: Timestamp) {
        self.links.token(&view, now);
        match self.tenant.take_token(view) {
            TokenNews::Works {
                again,
                renewed_until,
            } => self.token_works(again, renewed_until, now),
            TokenNews::Fails { failure, known } => self.token_fails(&failure, known),
        }
    }

    fn token_works(&mut self, again: bool, renewed_until: Option<Timestamp>, now: Timestamp) {
        self.watch_right(Right::Token, None);
        if again {
            // Writes that failed for want of a token need not wait for minutes.
            self.leases.retry_now(now);
            self.reconcile_all(now);
        }
        if let Some(until) = renewed_until {
            let message = format!("token renewed, valid until {:.0}", self.wall(until));
            self.log(Level::INFO, LogTarget::Token, None, message);
        }
    }

    fn token_fails(&mut self, failure: &Failure, known: bool) {
        if !known {
            let message = format!("no token: {failure}");
            self.log_of(failure, Level::ERROR, LogTarget::Token, None, message);
        }
        self.watch_right(Right::Token, Some(failure));
    }

    pub(super) fn take_budget(&mut self, view: BudgetView) {
        if !self.tenant.take_budget(view) {
            return;
        }
        let view = self.tenant.budget();
        let until = view.throttled_until.map_or_else(String::new, |until| {
            format!(", nothing is sent before {:.3}", self.wall(until))
        });
        let message = format!(
            "Graph throttles us (429 number {}){until}",
            view.throttled_total
        );
        self.log(Level::WARN, LogTarget::Poll, None, message);
    }

    /// Our clock minus Microsoft's: said when it becomes wrong, and when it is right again.
    pub(super) fn take_clock_skew(&mut self, ms: i64) {
        let (level, message) = match self.tenant.take_clock_skew(ms) {
            Some(ClockNews::Wrong) => {
                let off = span(SignedDuration::from_millis(ms).unsigned_abs());
                let side = if ms > 0 { "ahead of" } else { "behind" };
                let advice = "Set it (NTP): tokens and expiry times depend on it";
                let message = format!("this machine's clock is {off} {side} Microsoft's. {advice}");
                (Level::WARN, message)
            }
            Some(ClockNews::Right) => (
                Level::INFO,
                "this machine's clock is right again".to_owned(),
            ),
            None => return,
        };
        self.log(level, LogTarget::Bridge, None, message);
    }

    pub(super) fn procall_up(&mut self, now: Timestamp) {
        if self.links.procall_works(now) {
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
        let message = trouble.message.to_string();
        self.links.procall_fails(trouble, now);
        self.log(Level::WARN, LogTarget::Procall, None, message);
    }

    /// One line of the source that was passed over: no state of the link.
    pub(super) fn procall_warning(&mut self, warning: &SourceWarning) {
        let message = source_warning(warning, texts(Lang::En));
        let level = if warning.is_notice() {
            Level::INFO
        } else {
            Level::WARN
        };
        self.log(level, LogTarget::Procall, None, message);
    }

    pub(super) fn storage(&mut self, what: &'static str, trouble: Option<Trouble>, now: Timestamp) {
        if let Some(trouble) = trouble {
            let message = format!("the {what} cannot be written: {trouble}");
            self.links.storage_fails(what, trouble, now);
            self.log(Level::ERROR, LogTarget::Bridge, None, message);
        } else if self.links.storage_works(what, now) {
            let message = format!("the {what} is written again");
            self.log(Level::INFO, LogTarget::Bridge, None, message);
        }
    }

    /// Once where alerts begin to fail or fail otherwise, and once where they get out again.
    pub(super) fn alerts(&mut self, trouble: Option<Trouble>, now: Timestamp) {
        if let Some(trouble) = trouble {
            let message = trouble.message.to_string();
            if self.links.alerts_fail(trouble, now) {
                self.log(Level::WARN, LogTarget::Bridge, None, message);
            }
        } else if self.links.alerts_work(now) {
            self.log(
                Level::INFO,
                LogTarget::Bridge,
                None,
                "alerts are sent again",
            );
        }
    }
}
