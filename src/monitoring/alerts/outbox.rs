//! What waits for one way, in its order, and when it is tried again. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use model::backoff::{Backoff, Jitter};
use model::clock::{advance, elapsed};

use super::alert::Alert;

/// Longest wait between two tries: whoever is there again is told soon.
const BACKOFF: Backoff = Backoff::new(Duration::from_secs(2), Duration::from_mins(5));

/// So many may wait; then the oldest go.
const LIMIT: usize = 200;

/// What is older than that is told to nobody any more.
const KEEP: Duration = Duration::from_hours(24);

/// See the head of the file.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Alert>,
    failures: u32,
    not_before: Option<Timestamp>,
    under_way: bool,
}

impl Outbox {
    /// With what waited before the process ended.
    pub(super) fn holding(waiting: VecDeque<Alert>) -> Self {
        Self {
            waiting,
            ..Self::default()
        }
    }

    /// What waits, the one under way included.
    pub(super) const fn waiting(&self) -> &VecDeque<Alert> {
        &self.waiting
    }

    /// Waits from now on.
    pub(super) fn put(&mut self, alert: Alert) {
        self.waiting.push_back(alert);
    }

    /// When there is something to do, where nothing is under way.
    pub(super) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let idle = !self.under_way && !self.waiting.is_empty();
        idle.then(|| self.not_before.unwrap_or(now))
    }

    /// What to send now; [`Outbox::ended`] says how it went.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<&Alert> {
        if self.due(now).is_none_or(|due| due > now) {
            return None;
        }
        self.under_way = true;
        self.waiting.front()
    }

    /// How it went. A failure is tried again later: after `pause`, where one was asked for, at least.
    pub(super) fn ended(
        &mut self,
        outcome: Result<(), Option<Duration>>,
        now: Timestamp,
        jitter: Jitter,
    ) {
        // Sent for a queue that was given up meanwhile.
        if !std::mem::take(&mut self.under_way) {
            return;
        }
        match outcome {
            Ok(()) => {
                self.waiting.pop_front();
                (self.failures, self.not_before) = (0, None);
            }
            Err(pause) => {
                self.failures += 1;
                let wait = jitter.stretch(BACKOFF.wait(self.failures));
                let wait = wait.max(pause.unwrap_or_default());
                self.not_before = Some(advance(now, wait));
            }
        }
    }

    /// Another try at once: whoever is told is another one now.
    pub(super) const fn try_now(&mut self) {
        self.not_before = None;
    }

    /// Drops what is too old, or too much; how many. `wall` is the machine's time. Never what is
    /// under way.
    pub(super) fn drop_stale(&mut self, wall: Timestamp) -> usize {
        if self.under_way {
            return 0;
        }
        let before = self.waiting.len();
        let too_many = before.saturating_sub(LIMIT);
        self.waiting.drain(..too_many);
        self.waiting.retain(|alert| elapsed(alert.at, wall) < KEEP);
        before - self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::alert::{Lasting, Turn};
    use super::super::finding::Weight;
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_439_047 + seconds).unwrap()
    }

    fn alert(n: i64) -> Alert {
        Alert {
            event: Turn::Begin,
            at: at(n),
            problem: Lasting {
                id: n.to_string(),
                code: "a".to_owned(),
                severity: Weight::Error,
                began: at(n),
                affected: 0,
                cause: None,
                what: String::new(),
                remedy: String::new(),
            },
        }
    }

    fn next(outbox: &mut Outbox, now: i64) -> Option<String> {
        let next = outbox.next(at(now))?;
        Some(next.problem.id.clone())
    }

    #[test]
    fn one_goes_after_the_other() {
        let mut outbox = Outbox::default();
        assert_eq!(outbox.due(at(0)), None);
        outbox.put(alert(1));
        outbox.put(alert(2));
        assert_eq!(next(&mut outbox, 5).as_deref(), Some("1"));
        assert_eq!(next(&mut outbox, 5), None, "one is under way");
        outbox.ended(Ok(()), at(6), Jitter::NONE);
        assert_eq!(next(&mut outbox, 6).as_deref(), Some("2"));
        outbox.ended(Ok(()), at(6), Jitter::NONE);
        assert_eq!(outbox.due(at(6)), None);
    }

    #[test]
    fn what_fails_is_tried_again_ever_more_seldom_and_in_its_order() {
        let mut outbox = Outbox::default();
        outbox.put(alert(1));
        outbox.put(alert(2));
        let mut now = 0;
        for wait in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            assert_eq!(next(&mut outbox, now).as_deref(), Some("1"));
            outbox.ended(Err(None), at(now), Jitter::NONE);
            assert_eq!(next(&mut outbox, now + wait - 1), None);
            now += wait;
        }
        outbox.try_now();
        assert_eq!(next(&mut outbox, now - 1).as_deref(), Some("1"));
        outbox.ended(Ok(()), at(now), Jitter::NONE);
        assert_eq!(next(&mut outbox, now).as_deref(), Some("2"));
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept() {
        let mut outbox = Outbox::default();
        outbox.put(alert(1));
        next(&mut outbox, 0);
        outbox.ended(Err(Some(Duration::from_secs(90))), at(0), Jitter::FULL);
        assert_eq!(outbox.due(at(1)), Some(at(90)));
    }

    #[test]
    fn what_is_too_much_or_too_old_goes_and_is_counted() {
        let mut outbox = Outbox::holding((0..250).map(alert).collect());
        next(&mut outbox, 0);
        assert_eq!(outbox.drop_stale(at(0)), 0, "one is under way");
        outbox.ended(Err(None), at(0), Jitter::NONE);
        assert_eq!(outbox.drop_stale(at(0)), 50);
        assert_eq!(outbox.waiting().front(), Some(&alert(50)));
        assert_eq!(outbox.drop_stale(at(24 * 3600 + 100)), 51);
        assert_eq!(outbox.waiting().len(), 149);
    }
}
