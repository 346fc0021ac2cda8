//! When the list of users is read, and when what was removed from it is told.

use std::time::Duration;

use jiff::Timestamp;

use model::clock::advance;

/// Users that are removed within this time are told as one change of the list.
const TOGETHER: Duration = Duration::from_millis(200);

/// When the list of users was read, and when it is read again.
#[derive(Debug)]
pub(super) struct ListTimes {
    /// It is being read.
    reading: bool,
    /// When it was last asked for.
    asked_at: Timestamp,
    /// When it is asked for again.
    due: Timestamp,
    /// When the bridge is told who was removed.
    removals_due: Option<Timestamp>,
}

impl ListTimes {
    /// Nothing was read yet; `again` after `now` at the latest.
    pub(super) fn new(again: Duration, now: Timestamp) -> Self {
        Self {
            reading: false,
            asked_at: now,
            due: advance(now, again),
            removals_due: None,
        }
    }

    /// The list is asked for, and once more `again` later.
    pub(super) fn begin(&mut self, again: Duration, now: Timestamp) {
        *self = Self {
            reading: true,
            removals_due: self.removals_due,
            ..Self::new(again, now)
        };
    }

    /// The list came, or will not.
    pub(super) const fn end(&mut self) {
        self.reading = false;
    }

    /// The list is being read.
    pub(super) const fn is_reading(&self) -> bool {
        self.reading
    }

    /// Reads the list before its time, but not within `between` of the last time: whoever edits a
    /// group of a thousand one by one would otherwise have everybody subscribed a thousand times.
    pub(super) fn hasten(&mut self, wait: Duration, between: Duration, now: Timestamp) {
        let free = advance(self.asked_at, between);
        self.due = self.due.min(advance(now, wait).max(free));
    }

    /// When it is to be read; not while it is being read.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        (!self.reading).then_some(self.due)
    }

    /// Somebody was removed: told together, since a list of everybody for each of a thousand would
    /// be a million rows.
    pub(super) fn removed(&mut self, now: Timestamp) {
        self.removals_due.get_or_insert(advance(now, TOGETHER));
    }

    /// Whether it is time to tell who was removed; asked once.
    pub(super) fn take_removals(&mut self, now: Timestamp) -> bool {
        self.removals_due.take_if(|due| *due <= now).is_some()
    }

    /// When to tell who was removed.
    pub(super) const fn removals_due(&self) -> Option<Timestamp> {
        self.removals_due
    }
}

#[cfg(test)]
impl ListTimes {
    pub(super) const fn due(&self) -> Timestamp {
        self.due
    }

    pub(super) const fn asked_at(&self) -> Timestamp {
        self.asked_at
    }
}
