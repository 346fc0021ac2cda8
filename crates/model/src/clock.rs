//! The only place that reads a clock.
//!
//! Everything that depends on time takes a [`Timestamp`] as an argument; the wiring asks a
//! [`Clock`] once and hands the answer down. That is what lets the tests move the clock.

use std::pin::Pin;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Where the wiring gets "now" from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment. Never goes backwards within one process.
    fn now(&self) -> Timestamp;

    /// Waits until `at`; not at all where that has passed. A clock that can be moved ends the
    /// wait when it is moved there, which is what lets a test live through hours.
    fn reach(&self, at: Timestamp) -> Reached<'_> {
        Box::pin(tokio::time::sleep(elapsed(self.now(), at)))
    }
}

/// Ends when a time has come: see [`Clock::reach`].
pub type Reached<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// How far the wall clock may run ahead of the steady one before we believe it: more than any
/// NTP slew, less than the shortest suspend that matters for a five-minute lease.
const BELIEVE_WALL_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// Wall time that never goes backwards.
///
/// It is anchored at the wall clock once and then advanced by the monotonic clock, so that an
/// administrator who sets the clock back does not prolong every lease. When the wall clock is
/// found well ahead (the machine slept, the clock was set forward), it is believed: leases that
/// expired meanwhile are expired.
#[derive(Debug)]
pub struct SystemClock {
    anchor: Mutex<(Timestamp, Instant)>,
}

impl SystemClock {
    /// Anchors at the wall clock.
    #[must_use]
    #[allow(clippy::disallowed_methods)]
    pub fn new() -> Self {
        Self {
            anchor: Mutex::new((Timestamp::now(), Instant::now())),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)]
    fn now(&self) -> Timestamp {
        let mut anchor = self
            .anchor
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let (wall, steady) = (Timestamp::now(), Instant::now());
        let derived = advance(anchor.0, steady.saturating_duration_since(anchor.1));
        let now = believed(derived, wall);
        if now != derived {
            *anchor = (now, steady);
        }
        now
    }
}

/// The time by the steady clock, or by the wall clock where that is well ahead.
fn believed(steady: Timestamp, wall: Timestamp) -> Timestamp {
    if wall.duration_since(steady) > BELIEVE_WALL_AFTER {
        return wall;
    }
    steady
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
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Starts at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock forward and returns the new time.
    pub fn advance(&self, by: Duration) -> Timestamp {
        let mut now = self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *now = advance(*now, by);
        *now
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_clock_that_is_set_back_prolongs_nothing_and_a_sleep_is_believed() {
        let steady = Timestamp::from_second(10_000).unwrap();
        let wall = |off: i64| Timestamp::from_second(10_000 + off).unwrap();
        for slewed in [-7_200, -1, 0, 1, 20] {
            assert_eq!(believed(steady, wall(slewed)), steady, "{slewed}");
        }
        for slept in [21, 300, 86_400] {
            assert_eq!(believed(steady, wall(slept)), wall(slept), "{slept}");
        }
    }

    #[test]
    fn the_system_clock_does_not_go_backwards() {
        let clock = SystemClock::new();
        let first = clock.now();
        assert!(clock.now() >= first);
    }
}
