//! Whether the file of calls can still be read: what it told is stale once it could not for a
//! minute. One that is there and idle is alive; one that was never there has told nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::health::trouble;
use crate::ProcallEvent;
use model::source_fault::SourceFault;

/// A file that is rotated, or a share that hangs for a moment, is back within that.
pub(super) const SILENT_AFTER: Duration = Duration::from_mins(1);

/// Between two tries to tell a bridge that takes nothing in.
const TELL_AGAIN: Duration = Duration::from_secs(1);

/// Shared by the thread that reads, which may hang, and the task that does not.
#[derive(Clone)]
pub(super) struct Liveness {
    state: Arc<Mutex<State>>,
    limit: Duration,
}

struct State {
    /// When the file was last looked at with success.
    good: Instant,
    /// When it was last looked at at all.
    looked: Instant,
    /// The bridge was told that nothing is heard.
    silent: bool,
}

impl Liveness {
    /// Counts from now on.
    pub(super) fn new(limit: Duration) -> Self {
        let now = Instant::now();
        let state = State {
            good: now,
            looked: now,
            silent: false,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            limit,
        }
    }

    /// The file was looked at. Whether the bridge takes what it knows of calls for stale, and is to
    /// be told all of them anew: only where the look was good.
    pub(super) fn looked(&self, good: bool) -> bool {
        let mut state = self.lock();
        state.looked = Instant::now();
        if !good {
            return false;
        }
        state.good = state.looked;
        std::mem::take(&mut state.silent)
    }

    /// Whether the bridge was told that nothing is heard.
    pub(super) fn is_silent(&self) -> bool {
        self.lock().silent
    }

    /// Tells the bridge whenever it is time to.
    pub(super) async fn watch(&self, events: &mpsc::Sender<ProcallEvent>) {
        loop {
            self.tell_if_due(events);
            let due = self.due();
            sleep_until(due).await;
        }
    }

    fn due(&self) -> Instant {
        let state = self.lock();
        if state.silent {
            // When it is good again the reader says so.
            return Instant::now() + self.limit;
        }
        let due = state.good + self.limit;
        if due > Instant::now() {
            due
        } else {
            Instant::now() + TELL_AGAIN.min(self.limit)
        }
    }

    /// Under the lock, so that no good look can come between the judgement and the telling.
    fn tell_if_due(&self, events: &mpsc::Sender<ProcallEvent>) {
        let mut state = self.lock();
        let silent = state.good.elapsed();
        if state.silent || silent < self.limit {
            return;
        }
        let hangs = state.looked.elapsed() >= self.limit.min(TELL_AGAIN * 5);
        let told = events.try_send(ProcallEvent::Silent(silent)).is_ok();
        if told && hangs {
            let trouble = trouble([SourceFault::Hangs]);
            // Full: that nothing is heard was said.
            let _ = events.try_send(ProcallEvent::Trouble(trouble));
        }
        // Where the bridge takes nothing in, it is told later.
        state.silent = told;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
