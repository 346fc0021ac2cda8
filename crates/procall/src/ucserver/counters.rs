//! What was seen, counted: for the console, the log and the tests.

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

    /// Anything that came and was no part of the conversation, in one line; nothing where all was
    /// as it should be.
    pub(crate) fn log_what_was_odd(&self) {
        let odd = [
            (
                &self.bad_frames,
                "frames or parts of frames that are no message",
            ),
            (
                &self.odd_records,
                "records that could not be read as they came",
            ),
            (&self.unknown_events, "events of unknown operations"),
            (&self.stray_answers, "answers to nothing that was asked"),
            (
                &self.foreign_updates,
                "presences of contacts that nobody subscribed",
            ),
            (
                &self.doubts,
                "contacts read again because call and flag contradicted each other",
            ),
        ];
        let odd = odd.iter().filter(|(count, _)| count.get() > 0);
        let odd: Vec<_> = odd
            .map(|(count, what)| format!("{} {what}", count.get()))
            .collect();
        if !odd.is_empty() {
            let (odd, frames) = (odd.join(", "), self.frames.get());
            tracing::info!(
                target: "procall",
                "UCServer sent {frames} frames since the start; among them, and passed over: {odd}"
            );
        }
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
