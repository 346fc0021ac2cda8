//! The only place that reads a clock, waits for one, or rolls dice.
//!
//! What a clock is stands in [`model::clock`]: whoever depends on time takes a [`Timestamp`] or a
//! [`Clock`], and only whoever puts the program together takes one of these.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::backoff::Jitter;
use model::clock::{Clock, Reached, advance, elapsed, shifted};
use rustix::time::{ClockId, clock_gettime};

/// Sleeps as long as it is from `now` to `at`, on a clock that nobody moves.
#[must_use]
pub fn sleep(now: Timestamp, at: Timestamp) -> Reached<'static> {
    Box::pin(tokio::time::sleep(elapsed(now, at)))
}

/// Another one each time. Not for secrets.
#[must_use]
pub fn jitter() -> Jitter {
    Jitter::from_random(RandomState::new().build_hasher().finish())
}

/// The machine's time at the start, advanced by a clock that nobody can set.
///
/// The wall clock may be put forward or back at any moment (a machine that starts before NTP, an
/// administrator). No lease, age or countdown may notice that, so they go by this clock. It counts
/// the time in which the machine slept (Linux: `CLOCK_BOOTTIME`): leases that ran out meanwhile
/// have run out. What is shown or kept as a time of day is converted: see [`Clock::ahead`].
#[derive(Debug)]
pub struct SystemClock {
    wall: Timestamp,
    steady: Duration,
}

impl SystemClock {
    /// Anchors at the wall clock.
    #[must_use]
    pub fn new() -> Self {
        Self {
            wall: wall(),
            steady: steady(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        advance(self.wall, steady().saturating_sub(self.steady))
    }

    fn wall(&self) -> Timestamp {
        wall()
    }

    fn reach(&self, at: Timestamp) -> Reached<'_> {
        sleep(self.now(), at)
    }
}

#[allow(clippy::disallowed_methods)]
fn wall() -> Timestamp {
    Timestamp::now()
}

/// Since the machine started, sleep included where the system counts it.
fn steady() -> Duration {
    #[cfg(target_os = "linux")]
    const CLOCK: ClockId = ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    const CLOCK: ClockId = ClockId::Monotonic;
    Duration::try_from(clock_gettime(CLOCK)).unwrap_or_default()
}

/// What messages take on their way: a clock that is further ahead or behind by less is not put right.
const ON_THE_WAY: SignedDuration = SignedDuration::from_millis(200);

/// The clock of another process: all its times go by it, and it may be ahead of ours or behind, because
/// each is anchored at what its machine's clock showed at its start.
pub struct OtherClock {
    ours: Arc<dyn Clock>,
    ahead: Mutex<SignedDuration>,
}

impl OtherClock {
    /// Shows the same as `ours` until [`OtherClock::set`].
    #[must_use]
    pub fn new(ours: Arc<dyn Clock>) -> Self {
        Self {
            ours,
            ahead: Mutex::default(),
        }
    }

    /// The other clock shows this at the present moment.
    pub fn set(&self, theirs: Timestamp) {
        *self.lock() = theirs.duration_since(self.ours.now());
    }

    /// The same where it is told again and again, and each time was some moments on its way.
    pub fn follow(&self, theirs: Timestamp) {
        self.follow_at(theirs, self.ours.now());
    }

    /// The same of a moment that ours has shown as `ours`.
    pub fn follow_at(&self, theirs: Timestamp, ours: Timestamp) {
        let ahead = theirs.duration_since(ours);
        let mut known = self.lock();
        if (ahead - *known).abs() > ON_THE_WAY {
            *known = ahead;
        }
    }

    /// It shows the same as ours.
    pub fn be_ours(&self) {
        *self.lock() = SignedDuration::ZERO;
    }

    /// How far it is ahead of ours.
    #[must_use]
    pub fn ahead_of_ours(&self) -> SignedDuration {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, SignedDuration> {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for OtherClock {
    fn now(&self) -> Timestamp {
        shifted(self.ours.now(), *self.lock())
    }

    fn wall(&self) -> Timestamp {
        self.ours.wall()
    }

    fn reach(&self, at: Timestamp) -> Reached<'_> {
        sleep(self.now(), at)
    }
}

/// The clock of somebody who looks at the past now and then: live it shows the same as another one, in the
/// past the moment that is looked at, which stands still or goes by at some speed.
pub struct PastClock {
    live: Arc<dyn Clock>,
    past: Mutex<Option<PastTime>>,
}

/// A moment of the past, and since when it goes by how fast.
#[derive(Clone, Copy)]
struct PastTime {
    moment: Timestamp,
    since: Timestamp,
    speed: u32,
}

impl PastClock {
    /// Shows what `live` shows.
    #[must_use]
    pub fn new(live: Arc<dyn Clock>) -> Self {
        Self {
            live,
            past: Mutex::default(),
        }
    }

    /// Shows `moment`, and goes on at so many seconds a second; 0: stands still.
    pub fn show(&self, moment: Timestamp, speed: u32) {
        let since = self.live.now();
        *self.lock() = Some(PastTime {
            moment,
            since,
            speed,
        });
    }

    /// Live again.
    pub fn live(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<PastTime>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for PastClock {
    fn now(&self) -> Timestamp {
        let now = self.live.now();
        let past = *self.lock();
        past.map_or(now, |past| {
            let gone_by = elapsed(past.since, now).saturating_mul(past.speed);
            advance(past.moment, gone_by)
        })
    }

    fn wall(&self) -> Timestamp {
        self.live.wall()
    }

    fn reach(&self, at: Timestamp) -> Reached<'_> {
        sleep(self.now(), at)
    }
}

/// A clock for tests and simulations: stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<(Timestamp, SignedDuration)>);

impl ManualClock {
    /// Starts at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new((now, SignedDuration::ZERO)))
    }

    /// Moves the clock forward and returns the new time.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let mut now = self.lock();
        now.0 = advance(now.0, by);
        now.0
    }

    /// Somebody sets the machine's clock: it is so far ahead from now on.
    pub fn set_ahead(&self, ahead: SignedDuration) {
        self.lock().1 = ahead;
    }

    fn lock(&self) -> MutexGuard<'_, (Timestamp, SignedDuration)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        self.lock().0
    }

    fn wall(&self) -> Timestamp {
        let (now, ahead) = *self.lock();
        shifted(now, ahead)
    }

    fn reach(&self, at: Timestamp) -> Reached<'_> {
        sleep(self.now(), at)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn the_past_stands_still_or_goes_by_and_live_is_live_again() {
        let live = Arc::new(ManualClock::at(
            Timestamp::from_second(2_000_000_000).unwrap(),
        ));
        let clock = PastClock::new(live.clone());
        let moment = Timestamp::from_second(1_900_000_000).unwrap();
        clock.show(moment, 0);
        live.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), moment);
        clock.show(moment, 10);
        live.advance(Duration::from_secs(5));
        assert_eq!(clock.now(), advance(moment, Duration::from_secs(50)));
        clock.live();
        assert_eq!(clock.now(), live.now());
    }

    #[test]
    fn a_manual_clock_moves_only_when_moved() {
        let clock = ManualClock::at(Timestamp::UNIX_EPOCH);
        assert_eq!(clock.now(), Timestamp::UNIX_EPOCH);
        clock.advance(Duration::from_secs(90));
        assert_eq!(
            elapsed(Timestamp::UNIX_EPOCH, clock.now()),
            Duration::from_secs(90)
        );
    }

    /// balena-os/balena-supervisor#488, OctoPrint/OctoPrint#3266: the clock is put right after the
    /// start, by hours or by years, forward or back.
    #[rstest]
    #[case::put_back(-7_200)]
    #[case::a_little(-1)]
    #[case::a_second(1)]
    #[case::not_at_all(0)]
    #[case::put_forward(7_200)]
    #[case::no_battery(1_800_000_000)]
    #[case::into_the_past(-1_800_000_000)]
    fn a_clock_that_is_set_moves_the_time_of_day_and_no_age(#[case] seconds: i64) {
        let clock = ManualClock::at(Timestamp::from_second(2_000_000_000).unwrap());
        let began = clock.now();
        clock.set_ahead(SignedDuration::from_secs(seconds));
        clock.advance(Duration::from_secs(7));
        assert_eq!(elapsed(began, clock.now()), Duration::from_secs(7));
        assert_eq!(clock.wall().as_second(), 2_000_000_007 + seconds);
        assert_eq!(shifted(clock.now(), clock.ahead()), clock.wall());
    }

    #[test]
    fn the_system_clock_shows_the_time_of_the_machine() {
        let clock = SystemClock::new();
        let apart = clock.wall().duration_since(clock.now()).abs();
        assert!(apart < SignedDuration::from_secs(2), "{apart:?}");
    }

    #[test]
    fn the_system_clock_does_not_go_backwards() {
        let clock = SystemClock::new();
        let first = clock.now();
        assert!(clock.now() >= first);
    }
}
