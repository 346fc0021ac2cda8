//! The only place that reads a clock.
//!
//! Everything that depends on time takes a [`Timestamp`] as an argument; the wiring asks a
//! [`Clock`] once and hands the answer down. That is what lets the tests move the clock.

use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// Where the wiring gets "now" from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment. Never goes backwards within one process, and never jumps.
    fn now(&self) -> Timestamp;

    /// What the machine's clock shows: for log lines, and for whoever else has a clock.
    fn wall(&self) -> Timestamp {
        self.now()
    }

    /// How far the machine's clock is ahead of [`Clock::now`], in tenths of a second: not at all
    /// until somebody sets it by a second or more. What is less is also what lies between two looks
    /// at a clock.
    fn ahead(&self) -> SignedDuration {
        let ahead = self.wall().duration_since(self.now());
        let tenths = i64::try_from((ahead.as_millis() + 50).div_euclid(100)).unwrap_or_default();
        if tenths.abs() < 10 {
            return SignedDuration::ZERO;
        }
        SignedDuration::from_millis(tenths.saturating_mul(100))
    }

    /// Waits until `at`; not at all where that has passed. A clock that can be moved ends the
    /// wait when it is moved there, which is what lets a test live through hours.
    fn reach(&self, at: Timestamp) -> Reached<'_> {
        Box::pin(tokio::time::sleep(elapsed(self.now(), at)))
    }
}

/// Ends when a time has come: see [`Clock::reach`].
pub type Reached<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

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

/// `at` moved by what the wall clock is ahead: see [`Clock::ahead`].
#[must_use]
pub fn shifted(at: Timestamp, ahead: SignedDuration) -> Timestamp {
    at.saturating_add(ahead).unwrap_or(at)
}

/// `at` plus `by`, held at the end of time instead of failing.
#[must_use]
pub fn advance(at: Timestamp, by: Duration) -> Timestamp {
    at.saturating_add(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX))
        .unwrap_or(Timestamp::MAX)
}

/// The time from `earlier` to `later`; zero where `later` is not later.
#[must_use]
pub fn elapsed(earlier: Timestamp, later: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
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
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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

    #[test]
    fn elapsed_is_never_negative() {
        let later = advance(Timestamp::UNIX_EPOCH, Duration::from_secs(5));
        assert_eq!(elapsed(later, Timestamp::UNIX_EPOCH), Duration::ZERO);
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
