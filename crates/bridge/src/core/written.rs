//! How a write ended, and what that means for what is in Teams. The result of an order that was
//! superseded changes what is known and nothing else.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::{WriteOp, WriteOutcome, WriteResult};
use super::super::line::{LineKind, LineValues, LogTarget};
use super::Core;
use super::journal::{request, span};
use super::lease::Times;
use super::reconcile::words;
use super::retry::RetryPace;
use graph::{Accepted, Failure, FailureKind};
use model::clock::elapsed;
use model::snapshot::UserEventKind;

impl Core {
    pub(super) fn written(&mut self, result: &WriteResult, now: Timestamp) {
        self.write_link(result);
        let id = result.order.entra_id;
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        let Some(newest) = lease.take_order(result.order.id) else {
            return;
        };
        match &result.outcome {
            WriteOutcome::Accepted(accepted) => self.accepted(result, accepted, now),
            WriteOutcome::NotSent => self.not_sent(result, newest, now),
            WriteOutcome::Failed(failure) if is_gone(result.order.op, failure) => {
                let accepted = Accepted {
                    request_id: failure.request_id.clone(),
                    already_gone: true,
                };
                self.accepted(result, &accepted, now);
            }
            WriteOutcome::Failed(failure) => self.failed(result, failure, newest, now),
        }
        self.reconcile(id, now);
    }

    const fn pace(&self) -> RetryPace {
        if self.permission.is_stopping() {
            RetryPace::Farewell
        } else {
            RetryPace::Usual
        }
    }

    fn times(&self, result: &WriteResult) -> Times {
        Times {
            sent: result.sent_at.unwrap_or(result.finished_at),
            finished: result.finished_at,
            expiration: self.settings.expiration,
        }
    }

    fn accepted(&mut self, result: &WriteResult, accepted: &Accepted, now: Timestamp) {
        let times = self.times(result);
        let id = result.order.entra_id;
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        lease.drop_retry();
        let happened = match result.order.op {
            WriteOp::Clear => {
                self.lease_gone(id, times.finished);
                UserEventKind::LeaseCleared(accepted.request_id.clone())
            }
            op @ (WriteOp::Set(activity) | WriteOp::Renew(activity)) => {
                lease.accept((op, activity), accepted.request_id.as_ref(), times);
                if let Some(end) = lease.outlasts_ledger() {
                    self.keep_on_disk(id, end);
                }
                taken(op, activity, accepted)
            }
        };
        self.log_accepted(result, accepted);
        if let Some(ix) = self.roster.index_of(id) {
            self.record(ix, now, happened);
        }
    }

    fn log_accepted(&mut self, result: &WriteResult, accepted: &Accepted) {
        let sent = result.sent_at.unwrap_or(result.finished_at);
        let message = format!(
            "{} accepted in {}{}{}",
            words(result.order.op),
            span(elapsed(sent, result.finished_at)),
            if accepted.already_gone {
                ", nothing was there any more"
            } else {
                ""
            },
            request(accepted.request_id.as_ref())
        );
        let name = &result.order.user_name;
        let values = LineValues::from(kind_of(result.order.op));
        let values = values.of_request(accepted.request_id.as_ref());
        self.log_of(values, Level::INFO, LogTarget::Set, Some(name), message);
    }

    fn not_sent(&mut self, result: &WriteResult, newest: bool, now: Timestamp) {
        let pace = self.pace();
        let Some(lease) = self.leases.get_mut(result.order.entra_id) else {
            return;
        };
        if newest && !lease.is_done(result.order.op) {
            // Nothing took its place, and yet it was not sent: not at once again.
            lease.try_again((result.order.op, None), pace, now);
        }
    }

    fn failed(&mut self, result: &WriteResult, failure: &Failure, newest: bool, now: Timestamp) {
        let (times, pace) = (self.times(result), self.pace());
        let id = result.order.entra_id;
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        lease.failed(result.order.op, failure, result.sent_at.is_some(), times);
        let failure = Arc::new(failure.clone());
        if newest {
            let again = (result.order.op, Some(Arc::clone(&failure)));
            lease.try_again(again, pace, now);
        }
        let waiting = lease.waiting(now);
        if let Some(end) = lease.outlasts_ledger() {
            self.keep_on_disk(id, end);
        }
        self.log_failed(result, &failure, waiting);
        if let Some(ix) = self.roster.index_of(id) {
            self.record(ix, now, UserEventKind::WriteFailed(failure));
        }
    }

    fn log_failed(&mut self, result: &WriteResult, failure: &Failure, waiting: Option<Duration>) {
        let again = waiting.map_or_else(String::new, |wait| {
            format!("; tried again in {} if still wanted", span(wait))
        });
        let message = format!("{} failed: {}{again}", words(result.order.op), failure);
        let name = &result.order.user_name;
        let values = LineValues::from(LineKind::LeaseRefused);
        let values = values.of_request(failure.request_id.as_ref());
        self.log_of(values, Level::WARN, LogTarget::Set, Some(name), message);
    }
}

/// A renewal changes nothing that anybody would look for.
const fn kind_of(op: WriteOp) -> Option<LineKind> {
    match op {
        WriteOp::Set(_) => Some(LineKind::LeaseSet),
        WriteOp::Renew(_) => None,
        WriteOp::Clear => Some(LineKind::LeaseCleared),
    }
}

fn taken(
    op: WriteOp,
    activity: model::presence::CallActivity,
    accepted: &Accepted,
) -> UserEventKind {
    let request_id = accepted.request_id.clone();
    match op {
        WriteOp::Renew(_) => UserEventKind::LeaseRenewed(activity, request_id),
        WriteOp::Set(_) | WriteOp::Clear => UserEventKind::LeaseAccepted(activity, request_id),
    }
}

/// `clearPresence` answers 404 where there is no session: that is what was wanted.
fn is_gone(op: WriteOp, failure: &Failure) -> bool {
    op == WriteOp::Clear && failure.kind == FailureKind::NotFound
}
