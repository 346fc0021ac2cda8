//! What a cycle remembers of the ones before it: whether Graph answers anybody. Pure.
//!
//! A service that is down is asked ever more seldom, by one small request a cycle, and by each
//! installation at another moment: whoever comes back is met by all its clients at once. The group
//! that is asked for shrinks from cycle to cycle and is another each time, so that bad ids in every
//! chunk are not taken for an outage for ever.

use std::ops::Range;
use std::time::Duration;

use model::backoff::{Backoff, Jitter};
use model::limits::IDS_PER_REQUEST;

/// Probes without an answer in a cycle that had one: at first, and at most.
const PROBES: (u32, u32) = (8, 32);
/// Extra requests (retries, halves) that are saved up: at most so many, and as many as find one bad
/// id of 650 before any is spent. A cycle adds as many as it has chunks, so that in the long run
/// Graph is asked no more than twice as often as usual, whatever it does.
const SAVED: usize = 64;
const ENOUGH: usize = 24;
/// Longest wait from cycle to cycle, in intervals and absolutely.
const LONGEST_WAIT: (u32, Duration) = (8, Duration::from_mins(1));
/// Any odd number: neighbouring cycles ask for groups far from each other.
const STRIDE: usize = 7_919;

/// What a cycle showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CycleVerdict {
    /// Nobody was asked for.
    Nothing,
    /// All was answered, or the bad ids are found.
    Good,
    /// Something fails and is not found yet.
    Unresolved,
    /// Requests fail that are answered when sent again.
    Flaky,
    /// Nobody was answered.
    Down,
}

/// What is known before a cycle begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outlook {
    /// Cycles in a row in which nobody was answered.
    down: u32,
    /// How often the group that is asked for first was halved; 0: everybody is asked for at once.
    halved: u32,
    /// Counts the cycles with such a group.
    turn: usize,
    /// The last cycle was [`CycleVerdict::Flaky`].
    flaky: bool,
    probes: u32,
    /// Extra requests saved up.
    saved: usize,
}

impl Default for Outlook {
    fn default() -> Self {
        Self {
            down: 0,
            halved: 0,
            turn: 0,
            flaky: false,
            probes: PROBES.0,
            saved: SAVED,
        }
    }
}

impl Outlook {
    /// After one more cycle.
    pub(super) fn after(self, verdict: CycleVerdict) -> Self {
        let rested = Self {
            saved: self.saved,
            ..Self::default()
        };
        match verdict {
            CycleVerdict::Nothing => self,
            CycleVerdict::Good => rested,
            CycleVerdict::Unresolved => Self {
                down: 0,
                flaky: false,
                turn: self.turn.wrapping_add(1),
                probes: (self.probes * 2).clamp(PROBES.0, PROBES.1),
                ..self
            },
            CycleVerdict::Flaky => Self {
                flaky: true,
                probes: 1,
                ..rested
            },
            CycleVerdict::Down => Self {
                down: self.down.saturating_add(1),
                halved: self.halved.saturating_add(1),
                turn: self.turn.wrapping_add(1),
                flaky: false,
                ..self
            },
        }
    }

    /// After a cycle of so many chunks that has cost so many extra requests.
    pub(super) fn paid(self, extra: usize, chunks: usize) -> Self {
        let saved = self.saved.saturating_sub(extra) + chunks.max(1);
        Self {
            saved: saved.min(SAVED),
            ..self
        }
    }

    /// How many extra requests a cycle may cost.
    pub(super) const fn extra(self) -> usize {
        if self.saved < ENOUGH { 0 } else { self.saved }
    }

    /// Whether nobody was answered in the last cycle.
    pub(super) const fn is_down(self) -> bool {
        self.down > 0
    }

    /// How many probes in a row may fail in a cycle in which something was answered.
    pub(super) const fn probes(self) -> u32 {
        self.probes
    }

    /// From how many parts on that were answered when asked again Graph counts as flaky.
    pub(super) const fn flakes(self) -> u32 {
        if self.flaky { 1 } else { 2 }
    }

    /// Whom of `users` to ask for first, and alone.
    pub(super) fn probe(self, users: usize) -> Option<Range<usize>> {
        if self.halved == 0 || users == 0 {
            return None;
        }
        let size = (users.min(IDS_PER_REQUEST) >> self.halved.saturating_add(1).min(16)).max(1);
        let groups = users.div_ceil(size);
        let from = self.turn.wrapping_mul(STRIDE) % groups * size;
        Some(from..(from + size).min(users))
    }

    /// How long to wait from the beginning of the last cycle, where that is longer than
    /// `interval`. `jitter` makes it up to a quarter longer.
    pub(super) fn wait(self, interval: Duration, jitter: Jitter) -> Option<Duration> {
        if self.down == 0 {
            return None;
        }
        let (intervals, longest) = LONGEST_WAIT;
        let most = interval
            .saturating_mul(intervals)
            .min(longest.max(interval));
        Some(jitter.stretch(Backoff::new(interval, most).wait(self.down)))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn down(cycles: u32) -> Outlook {
        (0..cycles).fold(Outlook::default(), |outlook, _| {
            outlook.after(CycleVerdict::Down)
        })
    }

    #[rstest]
    #[case::it_answers(0, 5_000, None)]
    #[case::first(1, 5_000, Some(5_000))]
    #[case::second(2, 5_000, Some(10_000))]
    #[case::fourth(4, 5_000, Some(40_000))]
    #[case::for_hours(9_999, 5_000, Some(40_000))]
    #[case::a_long_interval(9_999, 600_000, Some(600_000))]
    #[case::half_a_minute(9_999, 30_000, Some(60_000))]
    fn whoever_is_down_is_asked_ever_more_seldom(
        #[case] cycles: u32,
        #[case] interval: u64,
        #[case] wait: Option<u64>,
    ) {
        let interval = Duration::from_millis(interval);
        let plain = down(cycles).wait(interval, Jitter::NONE);
        assert_eq!(plain.map(|wait| wait.as_millis()), wait.map(u128::from));
        let late = down(cycles).wait(interval, Jitter::FULL);
        assert_eq!(late, plain.map(|wait| wait + wait / 4));
    }

    #[test]
    fn the_group_shrinks_to_one_and_is_another_each_time() {
        let mut before = None;
        for cycles in 1..40 {
            let probe = down(cycles).probe(650).unwrap();
            assert!(probe.end <= 650 && !probe.is_empty());
            assert_ne!(Some(&probe), before.as_ref());
            assert!(cycles < 9 || probe.len() == 1);
            before = Some(probe);
        }
        assert_eq!(down(0).probe(650), None);
        assert_eq!(down(3).probe(0), None);
        assert_eq!(down(3).probe(1), Some(0..1));
    }

    #[test]
    fn one_answer_ends_it() {
        let outlook = down(7).after(CycleVerdict::Good);
        assert_eq!(outlook, Outlook::default());
    }
}
