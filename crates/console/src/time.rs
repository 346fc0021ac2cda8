//! Durations and times of day as they are shown, and when a shown duration changes next.
//!
//! Everything on the screen counts in whole seconds of the wall clock, so all ages and countdowns
//! change at the same moment and one wake serves them all. What is shown coarser (minutes, hours)
//! changes less often, and the console sleeps until then.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use words::{countdown, measured, short};

/// The whole second that `at` lies in.
pub(crate) fn second_of(at: Timestamp) -> i64 {
    at.as_second()
}

/// Whole seconds from `earlier` to `later`; zero where `later` is not later.
pub(crate) fn seconds_between(earlier: Timestamp, later: Timestamp) -> u64 {
    u64::try_from(second_of(later) - second_of(earlier)).unwrap_or(0)
}

/// In how many seconds the text of [`short`] changes when the age grows.
pub(crate) const fn short_grows_in(seconds: u64) -> u64 {
    let unit = match seconds {
        0..60 => 1,
        60..3600 => 60,
        3600..86_400 => 3600,
        _ => 86_400,
    };
    unit - seconds % unit
}

/// In how many seconds the text of [`short`] changes when the time that is left shrinks.
pub(crate) const fn short_shrinks_in(seconds: u64) -> u64 {
    match seconds {
        0..=60 => 1,
        61..=3600 => seconds % 60 + 1,
        3601..=86_400 => seconds % 3600 + 1,
        _ => seconds % 86_400 + 1,
    }
}

/// Time of day, to the second, in the time zone of the machine.
pub(crate) fn clock_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_age_keeps_its_text_until_it_is_said_to_change(age in 0_u64..400_000) {
            let after = short_grows_in(age);
            prop_assert_eq!(short(age), short(age + after - 1));
            prop_assert_ne!(short(age), short(age + after));
        }

        #[test]
        fn what_is_left_keeps_its_text_until_it_is_said_to_change(left in 1_u64..400_000) {
            let after = short_shrinks_in(left);
            prop_assert_eq!(short(left), short(left + 1 - after));
            prop_assert!(after > left || short(left) != short(left - after));
        }
    }
}
