//! Whose presence is still to be asked for: contacts in batches, some of them at a time.

use std::collections::VecDeque;

use super::request::Batch;
use model::presence::ContactUri;

/// How often a batch is asked for that nobody answers.
const TRIES: u8 = 3;

/// The batches of contacts that wait to be subscribed, and how many are being asked for.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    waiting: VecDeque<Batch>,
    in_flight: usize,
}

impl Subscriptions {
    /// Forgets who waits; what is being asked for is still answered.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }

    /// Adds contacts, at most `batch` of them to a request.
    pub(super) fn add(&mut self, contacts: &[ContactUri], batch: usize) {
        let batches = contacts.chunks(batch.max(1)).map(|some| Batch {
            contacts: some.to_vec(),
            tries: 0,
        });
        self.waiting.extend(batches);
    }

    /// The next batch to ask for, where fewer than `parallel` are being asked for.
    pub(super) fn next(&mut self, parallel: usize) -> Option<Batch> {
        if self.in_flight >= parallel.max(1) {
            return None;
        }
        let batch = self.waiting.pop_front()?;
        self.in_flight += 1;
        Some(batch)
    }

    /// A batch was answered.
    pub(super) const fn answered(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A batch was refused, one of its contacts may be at fault: each half is asked for by itself.
    /// A single contact comes back.
    pub(super) fn refused(&mut self, batch: Batch) -> Option<ContactUri> {
        self.answered();
        let mut first = batch.contacts;
        if first.len() < 2 {
            return first.pop();
        }
        let second = first.split_off(first.len() / 2);
        for contacts in [second, first] {
            self.waiting.push_front(Batch { contacts, tries: 0 });
        }
        None
    }

    /// Nobody answered in time: whether the batch is asked for once more.
    pub(super) fn unanswered(&mut self, batch: Batch) -> bool {
        let tries = batch.tries + 1;
        if tries >= TRIES {
            return false;
        }
        self.answered();
        self.waiting.push_front(Batch { tries, ..batch });
        true
    }

    /// Nobody waits and nothing is being asked for.
    pub(super) fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0
    }
}
