//! A failed write that is tried again: soon where the failure goes away by itself, slowly where
//! somebody has to put something right.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::event::WriteOp;
use graph::Failure;
use model::clock::advance;

/// Waits after a failure that goes away by itself; the last one for all that follow.
const TRANSIENT_WAITS: [u64; 6] = [1, 2, 4, 8, 16, 30];

/// Waits, in seconds, after a failure that somebody has to put right.
const SLOW_WAITS: [u64; 3] = [120, 240, 300];

/// A failed write that is tried again.
#[derive(Clone, Debug)]
pub(super) struct Retry {
    pub(super) op: WriteOp,
    tries: usize,
    pub(super) at: Timestamp,
    pub(super) failure: Option<Arc<Failure>>,
}

impl Retry {
    /// The next try after this failure (or after not having been sent at all).
    pub(super) fn plan(
        op: WriteOp,
        before: Option<&Self>,
        failure: Option<Arc<Failure>>,
        now: Timestamp,
    ) -> Self {
        let tries = before
            .filter(|retry| retry.op == op)
            .map_or(0, |retry| retry.tries);
        let transient = failure.as_ref().is_none_or(|it| it.kind.is_transient());
        let asked = failure.as_ref().and_then(|it| it.retry_after);
        let wait = wait_after(transient, tries).max(asked.unwrap_or_default());
        Self {
            op,
            tries: tries + 1,
            at: advance(now, wait),
            failure,
        }
    }
}

fn wait_after(transient: bool, tries: usize) -> Duration {
    let waits = if transient {
        &TRANSIENT_WAITS[..]
    } else {
        &SLOW_WAITS[..]
    };
    let seconds = waits.get(tries).or(waits.last()).copied();
    Duration::from_secs(seconds.unwrap_or_default())
}
