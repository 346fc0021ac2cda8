//! The last log lines, and those to come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stream::LogRecord;
use tokio::sync::broadcast;

/// So many lines are kept for whoever comes: as many as the console's pane shows.
const KEPT: usize = 1_000;

/// So many lines may wait for a slow reader.
const WAITING: usize = 1_024;

/// Where log lines are put for those who look. Never waits.
#[derive(Clone, Debug)]
pub struct LogTail(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    kept: Mutex<Kept>,
    live: broadcast::Sender<LogRecord>,
}

#[derive(Debug, Default)]
struct Kept {
    lines: VecDeque<LogRecord>,
    /// How many there ever were.
    count: u64,
}

impl LogTail {
    /// Without any line.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            kept: Mutex::default(),
            live: broadcast::Sender::new(WAITING),
        }))
    }

    /// One more line; the oldest goes where there are too many.
    pub fn push(&self, line: LogRecord) {
        let mut kept = self.kept();
        if kept.lines.len() >= KEPT {
            kept.lines.pop_front();
        }
        kept.lines.push_back(line.clone());
        kept.count += 1;
        // Under the lock: whoever subscribes has each line once. Fails where nobody looks.
        let _ = self.0.live.send(line);
    }

    /// The lines that are kept, and a place where the next ones arrive.
    #[must_use]
    pub fn follow(&self) -> (Vec<LogRecord>, broadcast::Receiver<LogRecord>) {
        let kept = self.kept();
        (
            kept.lines.iter().cloned().collect(),
            self.0.live.subscribe(),
        )
    }

    /// How many lines there were, and a place where the next ones arrive.
    pub(super) fn follow_on(&self) -> (u64, broadcast::Receiver<LogRecord>) {
        let kept = self.kept();
        (kept.count, self.0.live.subscribe())
    }

    /// Of the first `count` lines those that are kept.
    pub(super) fn of_first(&self, count: u64) -> Vec<LogRecord> {
        let kept = self.kept();
        let later = usize::try_from(kept.count.saturating_sub(count)).unwrap_or(usize::MAX);
        let until = kept.lines.len().saturating_sub(later);
        kept.lines.iter().take(until).cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for LogTail {
    fn default() -> Self {
        Self::new()
    }
}
