//! How a write ended, and what may be in Teams after it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::retry::{Retry, RetryPace};
use super::super::verdict::{Check, Evidence, Finding};
use super::{Known, Lease};
use crate::event::WriteOp;
use graph::{Failure, FailureKind, RequestId, RequestTiming};
use model::clock::{advance, elapsed};
use model::presence::{CallActivity, Rule, TeamsPresence};
use model::snapshot::Verdict;

/// When a write went out and was answered, and what a lease lasts.
#[derive(Clone, Copy, Debug)]
pub(in crate::core) struct Times {
    pub(in crate::core) sent: Timestamp,
    pub(in crate::core) finished: Timestamp,
    pub(in crate::core) expiration: Duration,
}

impl Lease {
    /// Graph accepted a set or a renewal.
    pub(in crate::core) fn accept(
        &mut self,
        (op, activity): (WriteOp, CallActivity),
        request_id: Option<&RequestId>,
        times: Times,
    ) {
        let again = self.known == Known::Held(activity);
        self.known = Known::Held(activity);
        self.settle_until = None;
        self.expires_at = advance(times.sent, times.expiration);
        self.latest_end = advance(times.finished, times.expiration);
        self.request_id = request_id.cloned();
        if matches!(op, WriteOp::Renew(_)) {
            self.renewals += 1;
        }
        if again {
            self.check.sent_again(op, times.finished);
        } else {
            self.set_at = times.finished;
            self.check = Check::starting(times.finished);
        }
    }

    /// Nothing of ours is in Teams any more, as of `from`.
    pub(in crate::core) fn settle(&mut self, from: Timestamp, window: Duration) -> Timestamp {
        self.known = Known::Cleared;
        let until = advance(from, window);
        self.settle_until = Some(until);
        until
    }

    /// A write failed: what may be in Teams now.
    pub(in crate::core) fn failed(
        &mut self,
        op: WriteOp,
        failure: &Failure,
        sent: bool,
        times: Times,
    ) {
        let may_be_applied = sent && may_be_applied(failure.kind);
        if !may_be_applied {
            return;
        }
        match op {
            WriteOp::Clear if self.known == Known::Cleared => {}
            WriteOp::Clear => self.known = Known::Uncertain,
            WriteOp::Set(activity) | WriteOp::Renew(activity) => {
                if self.known != Known::Held(activity) {
                    self.known = Known::Uncertain;
                    self.expires_at = advance(times.sent, times.expiration);
                }
                let end = advance(times.finished, times.expiration);
                self.latest_end = self.latest_end.max(end);
            }
        }
    }

    /// Plans another try.
    pub(in crate::core) fn try_again(
        &mut self,
        (op, failure): (WriteOp, Option<Arc<Failure>>),
        pace: RetryPace,
        now: Timestamp,
    ) {
        let before = self.retry.as_ref();
        self.retry = Some(Retry::plan((op, failure), before, pace, now));
    }

    /// Graph accepted a write: what failed before it need not be tried again.
    pub(in crate::core) fn drop_retry(&mut self) {
        self.retry = None;
    }

    /// How long it is until the next try.
    pub(in crate::core) fn waiting(&self, now: Timestamp) -> Option<Duration> {
        self.retry.as_ref().map(|retry| elapsed(now, retry.at))
    }

    /// What a read says about the lease, and what the lease asserts; nothing where there is none in
    /// Teams, or it is on its way to something else: what is read now is soon out of date.
    pub(in crate::core) fn judge(
        &mut self,
        presence: &TeamsPresence,
        rule: &Rule,
        started: Timestamp,
    ) -> Option<(CallActivity, Finding)> {
        let Known::Held(activity) = self.known else {
            return None;
        };
        if self.wanted != Some(activity) || !self.under_way.is_empty() {
            return None;
        }
        let evidence = Evidence::from_presence(presence, rule);
        let finding = self.check.find(evidence, started);
        if self.check.is_contradicted(evidence, started) {
            self.check.reopen();
        }
        Some((activity, finding))
    }

    /// It is being sent once more, because Teams does not show it.
    pub(in crate::core) fn send_again(&mut self, now: Timestamp) {
        self.check.send_again(now);
    }

    /// Takes a verdict; how long it took where it is a new one.
    pub(in crate::core) fn conclude(
        &mut self,
        verdict: Verdict,
        by: &TeamsPresence,
        timing: &RequestTiming,
    ) -> Option<Duration> {
        self.check.conclude(verdict, by, timing.finished)
    }
}

/// Whether a request that failed in this way may have been carried out all the same.
const fn may_be_applied(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Server | FailureKind::Network | FailureKind::Timeout | FailureKind::Garbled
    )
}
