//! What was seen, counted: the first of a kind is told, and tests look at all of it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use model::source_fault::OddRecord;

/// So many odd records are named.
const NAMED: usize = 100;

/// Counts since the start.
#[derive(Debug, Default)]
pub struct Counters {
    /// Sessions that were opened.
    pub sessions: Count,
    /// Frames that arrived.
    pub frames: Count,
    /// Frames, or parts of frames, that were no message: no JSON, binary, no envelope.
    pub bad_frames: Count,
    /// Records of a list or frames that were left out, or read but for a part.
    pub odd_records: Count,
    /// What was named of them.
    named: Mutex<BTreeSet<OddRecord>>,
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

impl Counters {
    /// Counts an odd record; whether it has not been named yet.
    pub(crate) fn is_news(&self, odd: &OddRecord) -> bool {
        self.odd_records.add(1);
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        named.len() < NAMED && named.insert(odd.clone())
    }
}

/// A counter that can be read while the connector works.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// The count so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// `more` more; the new count.
    pub(crate) fn add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, Ordering::Relaxed) + more
    }
}
