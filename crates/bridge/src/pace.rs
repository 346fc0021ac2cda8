//! When the next snapshot is due. Pure.
//!
//! In: what happened, and when. Out: the time of the next snapshot. Whatever somebody may wait for
//! is shown at once, at most twenty times a second. The requests of a cycle are shown together
//! when it ends, or after a twentieth of a second where it takes longer: a snapshot of each would
//! cost more than the cycle, and nobody could look so fast.

use std::time::Duration;

use jiff::Timestamp;

use super::event::Event;
use model::clock::advance;

/// Shortest time from one published snapshot to the next: faster than anybody can look, slow
/// enough that a storm of events costs no more than twenty snapshots a second.
const PUBLISH_EVERY: Duration = Duration::from_millis(50);

/// A cycle is said to be running from here on: shorter than what is shown in whole seconds.
const RUNNING_SHOWN: Duration = Duration::from_secs(1);

/// When the last snapshot was published, and when the next one is due.
#[derive(Debug)]
pub(super) struct Pace {
    published_at: Timestamp,
    due: Option<Timestamp>,
}

impl Pace {
    /// The first snapshot is due at once.
    pub(super) const fn new(now: Timestamp) -> Self {
        Self {
            published_at: now,
            due: Some(now),
        }
    }

    /// Takes note of an event that the snapshot may show.
    pub(super) fn happened(&mut self, event: &Event, now: Timestamp) {
        let at = match event {
            // Whoever has refreshed by hand waits for it; there is one a second at most.
            Event::CycleEnded(_) => now,
            Event::Read(_) | Event::Budget(_) => advance(now, PUBLISH_EVERY),
            // A cycle is over before anybody could look, mostly.
            Event::PollMoved {
                running_since: Some(_),
                ..
            } => advance(now, RUNNING_SHOWN),
            _ => advance(self.published_at, PUBLISH_EVERY).max(now),
        };
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// When the next snapshot is due; nothing while there is nothing new.
    pub(super) const fn due(&self) -> Option<Timestamp> {
        self.due
    }

    /// Whether it is due now.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        self.due.is_some_and(|due| now >= due)
    }

    /// A snapshot was published.
    pub(super) const fn published(&mut self, now: Timestamp) {
        self.published_at = now;
        self.due = None;
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::CycleEnd;
    use super::*;
    use graph::BudgetView;

    fn at(ms: u64) -> Timestamp {
        advance(Timestamp::UNIX_EPOCH, Duration::from_millis(ms))
    }

    fn cycle_ended() -> Event {
        Event::CycleEnded(CycleEnd {
            cycle: 1,
            scheduled: at(0),
            started: at(0),
            finished: at(0),
            requests: 1,
            errors: 0,
            next_at: at(0),
        })
    }

    /// A snapshot was published at 1,000.
    fn rested() -> Pace {
        let mut pace = Pace::new(at(0));
        pace.published(at(1_000));
        pace
    }

    #[test]
    fn nothing_new_is_never_due() {
        assert_eq!(rested().due(), None);
    }

    #[test]
    fn an_event_after_a_rest_is_shown_at_once() {
        let mut pace = rested();
        pace.happened(&Event::Woke, at(2_000));
        assert!(pace.is_due(at(2_000)));
    }

    #[test]
    fn a_storm_is_shown_twenty_times_a_second() {
        let mut pace = rested();
        pace.happened(&Event::Woke, at(1_001));
        pace.happened(&Event::Woke, at(1_010));
        assert_eq!(pace.due(), Some(at(1_050)));
    }

    #[test]
    fn a_cycle_is_said_to_run_only_where_it_takes_a_while() {
        let mut pace = rested();
        let began = Event::PollMoved {
            running_since: Some(at(2_000)),
            next_at: at(2_000),
        };
        pace.happened(&began, at(2_000));
        assert_eq!(pace.due(), Some(at(3_000)));
        pace.happened(&cycle_ended(), at(2_040));
        assert!(pace.is_due(at(2_040)));
    }

    #[test]
    fn the_requests_of_a_cycle_are_shown_when_it_ends() {
        let mut pace = rested();
        pace.happened(&Event::Budget(BudgetView::default()), at(2_000));
        assert_eq!(pace.due(), Some(at(2_050)));
        pace.happened(&cycle_ended(), at(2_007));
        assert!(pace.is_due(at(2_007)));
    }

    #[test]
    fn a_call_in_the_middle_of_a_cycle_does_not_wait_for_its_end() {
        let mut pace = rested();
        pace.happened(&Event::Budget(BudgetView::default()), at(2_000));
        pace.happened(&Event::Woke, at(2_001));
        assert!(pace.is_due(at(2_001)));
    }
}
