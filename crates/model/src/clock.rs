//! What a clock is, and how to reckon with time. Pure: the clocks themselves are elsewhere.
//!
//! Everything that depends on time takes a [`Timestamp`] as an argument; the wiring asks a
//! [`Clock`] once and hands the answer down. That is what lets the tests move the clock.

use std::pin::Pin;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

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
    fn reach(&self, at: Timestamp) -> Reached<'_>;
}

/// Ends when a time has come: see [`Clock::reach`].
pub type Reached<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elapsed_is_never_negative() {
        let later = advance(Timestamp::UNIX_EPOCH, Duration::from_secs(5));
        assert_eq!(elapsed(later, Timestamp::UNIX_EPOCH), Duration::ZERO);
    }
}
