//! Waiting for the next cycle.

use jiff::Timestamp;

use model::clock::Clock;

/// Waits for a time that is still to come. A timer takes a millisecond for no time at all, which is
/// a sixth of a whole cycle.
pub(super) async fn until(clock: &dyn Clock, at: Timestamp) {
    if at > clock.now() {
        clock.reach(at).await;
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use super::*;
    use clocks::ManualClock;
    use model::clock::advance;

    #[tokio::test]
    async fn what_is_due_waits_for_no_timer() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        let now = clock.now();
        let reached = |at| {
            let mut wait = std::pin::pin!(until(&clock, at));
            wait.as_mut().poll(&mut Context::from_waker(Waker::noop()))
        };
        assert_eq!(reached(now), Poll::Ready(()));
        let later = advance(now, Duration::from_mins(1));
        assert_eq!(reached(later), Poll::Pending);
    }
}
