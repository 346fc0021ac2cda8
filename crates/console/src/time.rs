//! Durations and times of day as they are shown, and when a shown duration changes next.
//!
//! Everything on the screen counts in whole seconds of the wall clock, so all ages and countdowns
//! change at the same moment and one wake serves them all. What is shown coarser (minutes, hours)
//! changes less often, and the console sleeps until then.

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use words::{measured, short};

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

/// A countdown to the second: `4:38`, `1:02:03`.
pub(crate) fn countdown(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        return format!("{hours}:{minutes:02}:{rest:02}");
    }
    format!("{minutes}:{rest:02}")
}

/// Time of day, to the second, in the time zone of the machine.
pub(crate) fn clock_time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use std::time::Duration;

    use super::*;
    use model::presence::Lang;
    use words::texts;

    #[rstest]
    #[case(0, "0s")]
    #[case(59, "59s")]
    #[case(60, "1m")]
    #[case(3_599, "59m")]
    #[case(7_200, "2h")]
    #[case(200_000, "2d")]
    fn ages_are_short(#[case] seconds: u64, #[case] shown: &str) {
        assert_eq!(short(seconds), shown);
    }

    #[rstest]
    #[case(41, "41ms")]
    #[case(1_249, "1.2s")]
    #[case(34_000, "34s")]
    #[case(720_000, "12m")]
    fn durations_have_at_most_two_digits_too_many(#[case] millis: u64, #[case] shown: &str) {
        let measured = |lang| measured(Duration::from_millis(millis), texts(lang));
        assert_eq!(measured(Lang::En), shown);
        assert_eq!(measured(Lang::De), shown.replace('.', ","));
    }

    #[test]
    fn a_countdown_shows_every_second() {
        assert_eq!(countdown(278), "4:38");
        assert_eq!(countdown(3_723), "1:02:03");
    }

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
