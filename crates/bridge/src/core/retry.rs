//! A failed write that is tried again: soon where the failure goes away by itself, slowly where
//! somebody has to put something right.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::event::WriteOp;
use graph::Failure;
use model::clock::advance;

/// Waits, in milliseconds, after a failure that goes away by itself; the last one for all that
/// follow.
const TRANSIENT_WAITS: [u64; 6] = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];

/// The same at the end of the program, which lasts some seconds.
const FAREWELL_WAITS: [u64; 3] = [500, 1_000, 2_000];

/// Waits, in milliseconds, after a failure that somebody has to put right.
const SLOW_WAITS: [u64; 3] = [120_000, 240_000, 300_000];

/// How soon something is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryPace {
    /// As long as the program runs.
    Usual,
    /// At its end.
    Farewell,
}

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
        (op, failure): (WriteOp, Option<Arc<Failure>>),
        before: Option<&Self>,
        pace: RetryPace,
        now: Timestamp,
    ) -> Self {
        let tries = before
            .filter(|retry| retry.op == op)
            .map_or(0, |retry| retry.tries);
        let transient = failure.as_ref().is_none_or(|it| it.kind.is_transient());
        let asked = failure.as_ref().and_then(|it| it.retry_after);
        let wait = wait_after(transient, pace, tries).max(asked.unwrap_or_default());
        Self {
            op,
            tries: tries + 1,
            at: advance(now, wait),
            failure,
        }
    }

    /// Microsoft has said how long to wait.
    pub(super) fn was_asked_to_wait(&self) -> bool {
        let failure = self.failure.as_ref();
        failure.is_some_and(|failure| failure.retry_after.is_some())
    }

    /// Nobody has to put anything right, and nobody has asked to wait.
    pub(super) fn waits_for_time_alone(&self) -> bool {
        let transient = |failure: &Arc<Failure>| failure.kind.is_transient();
        self.failure.as_ref().is_none_or(transient) && !self.was_asked_to_wait()
    }
}

fn wait_after(transient: bool, pace: RetryPace, tries: usize) -> Duration {
    let waits = match (transient, pace) {
        (true, RetryPace::Usual) => &TRANSIENT_WAITS[..],
        (true, RetryPace::Farewell) => &FAREWELL_WAITS[..],
        (false, _) => &SLOW_WAITS[..],
    };
    let milliseconds = waits.get(tries).or(waits.last()).copied();
    Duration::from_millis(milliseconds.unwrap_or_default())
}
