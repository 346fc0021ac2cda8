//! What was seen, counted: for the console, the log and the tests.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Sessions that were opened.
    pub sessions: Count,
    /// Frames that arrived.
    pub frames: Count,
    /// Frames, or parts of frames, that were no message: no JSON, binary, no envelope.
    pub bad_frames: Count,
    /// Events of an operation that we do not know.
    pub unknown_events: Count,
    /// Answers to a question that we did not ask (any more).
    pub stray_answers: Count,
    /// Presence updates that were taken.
    pub updates: Count,
    /// Presence updates about nobody we know.
    pub foreign_updates: Count,
    /// Contacts that were read again because their call and their flag contradicted each other.
    pub doubts: Count,
    /// Manual presences that were set or renewed.
    pub presences_set: Count,
    /// Manual presences that were taken back.
    pub presences_reset: Count,
}

/// One count.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// So many.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// `more` more; the new count.
    pub(crate) fn add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, Ordering::Relaxed) + more
    }
}
