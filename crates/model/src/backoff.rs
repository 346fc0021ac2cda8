//! How long to wait before another try: longer with each failure in a row, and not in step with
//! everybody else.
//!
//! Pure: chance is handed in, so that a test knows what comes.

use std::time::Duration;

/// More doublings than that are no longer counted: 2^16 times any first wait is beyond its longest.
const MOST_DOUBLINGS: u32 = 16;

/// A wait that doubles with each failure in a row, up to a longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
}

impl Backoff {
    /// `first` after the first failure, never more than `longest`.
    #[must_use]
    pub const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest }
    }

    /// The wait after so many failures in a row; 1 is the first.
    #[must_use]
    pub fn wait(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(MOST_DOUBLINGS);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

/// Chance, in thousandths: what keeps clients apart that have failed at the same moment and would
/// all come back at the same moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter(u32);

impl Jitter {
    /// None at all.
    pub const NONE: Self = Self(0);

    /// The most that there is.
    pub const FULL: Self = Self(1_000);

    /// From any random number.
    #[must_use]
    pub fn from_random(number: u64) -> Self {
        Self(u32::try_from(number % 1_000).unwrap_or_default())
    }

    /// `wait`, made up to a quarter longer.
    #[must_use]
    pub fn stretch(self, wait: Duration) -> Duration {
        wait.saturating_add(self.share(wait / 4))
    }

    /// A random part of `whole`.
    #[must_use]
    pub fn share(self, whole: Duration) -> Duration {
        whole.saturating_mul(self.0) / 1_000
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[rstest]
    #[case::not_failed_yet(0, 1)]
    #[case(1, 1)]
    #[case(2, 2)]
    #[case(5, 16)]
    #[case(6, 30)]
    #[case(u32::MAX, 30)]
    fn waits_double_up_to_the_longest(#[case] failures: u32, #[case] seconds: u64) {
        let backoff = Backoff::new(SECOND, SECOND * 30);
        assert_eq!(backoff.wait(failures), Duration::from_secs(seconds));
    }

    #[test]
    fn chance_adds_a_quarter_at_most() {
        assert_eq!(Jitter::NONE.stretch(SECOND * 8), SECOND * 8);
        assert_eq!(Jitter::FULL.stretch(SECOND * 8), SECOND * 10);
        assert_eq!(Jitter::from_random(1_500).stretch(SECOND * 8), SECOND * 9);
        assert_eq!(
            Jitter::from_random(u64::MAX).stretch(Duration::ZERO),
            Duration::ZERO
        );
        assert_eq!(Jitter::FULL.stretch(Duration::MAX), Duration::MAX);
    }
}
