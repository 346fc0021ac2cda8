//! When the next cycle is due. Pure.

use std::time::Duration;

use jiff::Timestamp;

use model::clock::{advance, elapsed};

/// Requests under way at once, at most. More would only wait in Graph's queue: eight times 650 users
/// in one round trip is 5,200 users, and the budget bounds the sum anyway.
const MOST_AT_ONCE: usize = 8;

/// At least: where one hangs, the others go on.
const FEWEST_AT_ONCE: usize = 2;

/// A request takes no longer, mostly: Graph answers within some hundred milliseconds.
const SLOW: Duration = Duration::from_secs(1);

/// Due times on a fixed raster, so that a slow cycle makes the next one late, never early, and
/// two never overlap.
#[derive(Debug)]
pub(super) struct Schedule {
    interval: Duration,
    due: Timestamp,
}

impl Schedule {
    /// The first cycle is due at once.
    pub(super) fn new(interval: Duration, now: Timestamp) -> Self {
        Self { interval, due: now }
    }

    /// From one due time to the next.
    pub(super) const fn interval(&self) -> Duration {
        self.interval
    }

    /// When the next cycle is due.
    pub(super) fn due(&self) -> Timestamp {
        self.due
    }

    /// When half of the cycle's time is over: what was not sent until then is in a hurry.
    pub(super) fn hurry_at(&self) -> Timestamp {
        advance(self.due, self.interval / 2)
    }

    /// How many requests of a cycle of so many are under way at once: no more than it takes to have
    /// all answers within half of the interval, where each is slow. With HTTP/1 each takes a
    /// connection, which then keeps a buffer as large as an answer for as long as it is open.
    pub(super) fn requests_at_once(&self, requests: usize, now: Timestamp) -> usize {
        if now >= self.hurry_at() {
            return MOST_AT_ONCE;
        }
        let one_by_one = SLOW.saturating_mul(u32::try_from(requests).unwrap_or(u32::MAX));
        let needed = one_by_one
            .as_nanos()
            .div_ceil((self.interval / 2).as_nanos().max(1));
        usize::try_from(needed)
            .unwrap_or(MOST_AT_ONCE)
            .clamp(FEWEST_AT_ONCE, MOST_AT_ONCE)
    }

    /// The cycle that was due has ended at `now`: the next one is due an interval after it was
    /// due. Where several due times have passed meanwhile, only the last of them counts: cycles
    /// that were missed are not made up for.
    pub(super) fn cycle_ended(&mut self, now: Timestamp) {
        let behind = elapsed(self.due, now);
        let missed = (behind.as_nanos() / self.interval.as_nanos().max(1)).max(1);
        let by = self
            .interval
            .saturating_mul(u32::try_from(missed).unwrap_or(u32::MAX));
        self.due = advance(self.due, by);
    }

    /// The next cycle is due no sooner than this.
    pub(super) fn hold(&mut self, until: Timestamp) {
        self.due = self.due.max(until);
    }

    /// Now there is somebody to poll: the raster begins here.
    pub(super) fn start(&mut self, now: Timestamp) {
        self.due = now;
    }

    /// A refresh by hand: due now; the raster starts anew from here.
    pub(super) fn refresh(&mut self, now: Timestamp) {
        self.due = self.due.min(now);
    }

    /// Another interval: the next cycle is due an interval after the last one began.
    pub(super) fn set_interval(
        &mut self,
        interval: Duration,
        last_began: Timestamp,
        now: Timestamp,
    ) {
        self.interval = interval;
        self.due = advance(last_began, interval).max(now);
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(seconds: u64) -> Timestamp {
        advance(Timestamp::UNIX_EPOCH, Duration::from_secs(seconds))
    }

    /// Due at 100, interval 5: the end of the cycle and when the next one is due.
    #[rstest]
    #[case::quick(101, 105)]
    #[case::just_in_time(105, 105)]
    #[case::a_little_late(107, 105)]
    #[case::two_missed(112, 110)]
    #[case::many_missed(149, 145)]
    fn the_raster_is_kept(#[case] ended: u64, #[case] due: u64) {
        let mut schedule = Schedule::new(Duration::from_secs(5), at(100));
        schedule.cycle_ended(at(ended));
        assert_eq!(schedule.due(), at(due));
    }

    /// So many requests in so many seconds, and how many of them at once, so many seconds after they
    /// were due.
    #[rstest]
    #[case::one(1, 5, 0, 2)]
    #[case::there_is_time(8, 10, 0, 2)]
    #[case::less_time(8, 5, 0, 4)]
    #[case::no_time(8, 1, 0, 8)]
    #[case::many(31, 5, 0, 8)]
    #[case::half_of_the_time_is_over(8, 10, 5, 8)]
    fn no_more_requests_at_once_than_the_interval_asks_for(
        #[case] requests: usize,
        #[case] interval: u64,
        #[case] after: u64,
        #[case] at_once: usize,
    ) {
        let schedule = Schedule::new(Duration::from_secs(interval), at(100));
        let now = at(100 + after);
        assert_eq!(schedule.requests_at_once(requests, now), at_once);
    }

    #[test]
    fn a_refresh_starts_the_raster_anew() {
        let mut schedule = Schedule::new(Duration::from_secs(5), at(100));
        schedule.cycle_ended(at(101));
        schedule.refresh(at(103));
        assert_eq!(schedule.due(), at(103));
        schedule.cycle_ended(at(104));
        assert_eq!(schedule.due(), at(108));
    }

    #[test]
    fn a_shorter_interval_counts_from_the_last_beginning() {
        let mut schedule = Schedule::new(Duration::from_mins(1), at(100));
        schedule.cycle_ended(at(101));
        schedule.set_interval(Duration::from_secs(5), at(100), at(130));
        assert_eq!(schedule.due(), at(130));
        schedule.set_interval(Duration::from_mins(1), at(130), at(131));
        assert_eq!(schedule.due(), at(190));
    }
}
