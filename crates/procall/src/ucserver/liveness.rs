//! Whether UCServer still lives: what it told of calls is stale once nothing was heard of it for
//! three signs of life, in a session or between two.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::signs::SILENT_SIGNS;
use crate::ProcallEvent;
use model::clock::{Clock, advance, elapsed};

/// When UCServer was last heard, and whether the bridge knows that this is long ago.
pub(super) struct Liveness {
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<ProcallEvent>,
    limit: Duration,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    heard: Timestamp,
    /// The bridge was told that nothing is heard.
    told: bool,
}

impl Liveness {
    /// Counts from now on; `keep_alive` lies between two signs of life.
    pub(super) fn new(
        clock: Arc<dyn Clock>,
        events: mpsc::Sender<ProcallEvent>,
        keep_alive: Duration,
    ) -> Self {
        let state = State {
            heard: clock.now(),
            told: false,
        };
        Self {
            clock,
            events,
            limit: keep_alive.saturating_mul(SILENT_SIGNS),
            state: Mutex::new(state),
        }
    }

    /// A session that has told all calls hears the server.
    pub(super) fn heard(&self, now: Timestamp) {
        *self.lock() = State {
            heard: now,
            told: false,
        };
    }

    /// Waits until nothing was heard for too long; for ever where the bridge knows it already.
    pub(super) async fn overdue(&self) {
        let State { heard, told } = *self.lock();
        if told {
            return std::future::pending().await;
        }
        self.clock.reach(advance(heard, self.limit)).await;
    }

    /// Tells the bridge.
    pub(super) async fn tell(&self) {
        let heard = {
            let mut state = self.lock();
            state.told = true;
            state.heard
        };
        let silent = elapsed(heard, self.clock.now());
        // Whoever listens no more needs not to know.
        let _ = self.events.send(ProcallEvent::Silent(silent)).await;
    }

    /// Waits for something, and tells the bridge meanwhile when it is time to.
    pub(super) async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = self.overdue() => self.tell().await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
