//! A clock that runs by itself and can be moved forward.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lampfield::clock::{Clock, Reached, advance, elapsed, shifted};
use lampfield::clocks::SystemClock;
use tokio::sync::Notify;

/// The machine's time plus whatever a test has added.
#[derive(Default)]
pub struct MovedClock {
    real: SystemClock,
    ahead_ms: AtomicU64,
    moved: Notify,
    /// By how many seconds somebody has put the machine's clock forward.
    wall_s: AtomicI64,
}

impl MovedClock {
    pub fn pass(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap();
        self.ahead_ms.fetch_add(ms, Ordering::AcqRel);
        self.moved.notify_waiters();
    }
}

impl MovedClock {
    /// Somebody sets the machine's clock.
    pub fn set_wall(&self, ahead_s: i64) {
        self.wall_s.store(ahead_s, Ordering::Release);
    }
}

impl Clock for MovedClock {
    fn wall(&self) -> Timestamp {
        let ahead = self.wall_s.load(Ordering::Acquire);
        shifted(self.now(), SignedDuration::from_secs(ahead))
    }

    fn now(&self) -> Timestamp {
        let ahead = Duration::from_millis(self.ahead_ms.load(Ordering::Acquire));
        advance(self.real.now(), ahead)
    }

    fn reach(&self, at: Timestamp) -> Reached<'_> {
        Box::pin(async move {
            loop {
                let moved = self.moved.notified();
                tokio::pin!(moved);
                moved.as_mut().enable();
                let rest = elapsed(self.now(), at);
                if rest.is_zero() {
                    return;
                }
                tokio::select! {
                    () = tokio::time::sleep(rest) => {}
                    () = moved => {}
                }
            }
        })
    }
}
