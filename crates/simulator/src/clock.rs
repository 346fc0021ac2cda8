//! Two times: the virtual one that all timers follow and that can be moved forward, and the
//! one on the wire (`Date`, `Retry-After`, assertions), which stays the machine's own.
//!
//! Were the wire time moved too, every jump would look to a client like a wrong clock; that is
//! a fault of its own ([`super::FaultKind::ClockSkew`]).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Notify;

use clocks::SystemClock;
use model::clock::{Clock, advance};

/// The tenant's clock.
#[derive(Debug, Default)]
pub(super) struct SimClock {
    real: SystemClock,
    ahead_ms: AtomicU64,
    moved: Notify,
}

impl SimClock {
    /// The machine's time.
    pub(super) fn wire(&self) -> Timestamp {
        self.real.now()
    }

    /// The tenant's time.
    pub(super) fn now(&self) -> Timestamp {
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Acquire));
        advance(self.wire(), ahead)
    }

    /// Moves the tenant's time forward.
    pub(super) fn advance(&self, by: Duration) -> Timestamp {
        let ms = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.ahead_ms.fetch_add(ms, Ordering::AcqRel);
        self.moved.notify_waiters();
        self.now()
    }

    /// Waits until the tenant's time is `at`, whoever moves it.
    pub(super) async fn reach(&self, at: Timestamp) {
        loop {
            let moved = self.moved.notified();
            tokio::pin!(moved);
            moved.as_mut().enable();
            let rest = model::clock::elapsed(self.now(), at);
            if rest.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = moved => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn moving_the_clock_ends_a_wait() {
        let clock = std::sync::Arc::new(SimClock::default());
        let hour = advance(clock.now(), Duration::from_hours(1));
        let waiter = tokio::spawn({
            let clock = std::sync::Arc::clone(&clock);
            async move { clock.reach(hour).await }
        });
        tokio::task::yield_now().await;
        clock.advance(Duration::from_secs(3_601));
        tokio::time::timeout(Duration::from_secs(20), waiter)
            .await
            .unwrap()
            .unwrap();
        assert!(clock.wire() < hour);
    }
}
