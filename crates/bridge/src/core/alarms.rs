//! When to be woken: one heap of deadlines, so that no event ever scans all users.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;

use model::presence::EntraId;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// Look whether all values are still fresh.
    Freshness,
    /// Something about this user's lease: renewal, retry, expiry, end of the settling window.
    Lease(EntraId),
}

/// The deadlines. An alarm that lost its reason is recognised when it rings.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    heap: BinaryHeap<Reverse<(Timestamp, Alarm)>>,
    told: Option<Timestamp>,
    freshness: Option<Timestamp>,
}

impl Alarms {
    /// Rings at `at`.
    pub(super) fn set(&mut self, at: Timestamp, alarm: Alarm) {
        self.heap.push(Reverse((at, alarm)));
    }

    /// Moves the one check of freshness.
    pub(super) fn check_freshness_at(&mut self, at: Timestamp) {
        // While one is queued, it is moved when it rings: no cycle leaves an entry behind.
        if self.freshness.is_none() {
            self.set(at, Alarm::Freshness);
        }
        self.freshness = Some(at);
    }

    /// The next alarm that is due, with the time it was set for.
    pub(super) fn due(&mut self, now: Timestamp) -> Option<(Timestamp, Alarm)> {
        loop {
            let Reverse((at, alarm)) = *self.heap.peek()?;
            if at > now {
                return None;
            }
            self.heap.pop();
            if alarm != Alarm::Freshness {
                return Some((at, alarm));
            }
            match self.freshness {
                Some(later) if later > now => self.set(later, alarm),
                _ => {
                    self.freshness = None;
                    return Some((at, alarm));
                }
            }
        }
    }

    /// The time to ask to be woken at, where it is not the one last asked for.
    pub(super) fn untold(&mut self, now: Timestamp) -> Option<Timestamp> {
        let Reverse((at, _)) = *self.heap.peek()?;
        let pending = self.told.filter(|told| *told > now);
        if pending == Some(at) {
            return None;
        }
        self.told = Some(at);
        Some(at)
    }
}
