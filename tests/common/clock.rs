//! A clock that runs by itself and can be moved forward.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use lampfield::clock::{Clock, Reached, SystemClock, advance, elapsed};
use tokio::sync::Notify;

/// The machine's time plus whatever a test has added.
#[derive(Default)]
pub struct MovedClock {
    real: SystemClock,
    ahead_ms: AtomicU64,
    moved: Notify,
}

impl MovedClock {
    pub fn pass(&self, by: Duration) {
        let ms = u64::try_from(by.as_millis()).unwrap();
        self.ahead_ms.fetch_add(ms, Ordering::AcqRel);
        self.moved.notify_waiters();
    }
}

impl Clock for MovedClock {
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
