//! Contacts whose calls contradict the flag "in a call", and when each is read again.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use model::clock::advance;
use model::presence::MatchKey;

/// When each doubtful contact is to be read again; none for one that was: it is read once, until
/// something changes.
#[derive(Debug, Default)]
pub(super) struct Doubts(BTreeMap<MatchKey, Option<Timestamp>>);

impl Doubts {
    /// The contact is doubtful, and to be read again after `wait` unless that was said before.
    pub(super) fn add(&mut self, key: &MatchKey, wait: Duration, now: Timestamp) {
        self.0
            .entry(key.clone())
            .or_insert(Some(advance(now, wait)));
    }

    /// There is no doubt about the contact (any more).
    pub(super) fn remove(&mut self, key: &MatchKey) {
        self.0.remove(key);
    }

    /// Takes those that are to be read now.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<MatchKey> {
        let due = |at: &mut Option<Timestamp>| at.take_if(|at| *at <= now).is_some();
        self.0
            .iter_mut()
            .filter_map(|(key, at)| due(at).then(|| key.clone()))
            .collect()
    }

    /// When the next is to be read.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.0.values().flatten().copied().min()
    }
}
