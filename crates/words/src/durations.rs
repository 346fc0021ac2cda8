//! Durations as people read them.

use std::time::Duration;

use crate::texts::Texts;

/// An age in at most three cells: `7s`, `12m`, `3h`, `9d`.
#[must_use]
pub fn short(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{}m", seconds / 60),
        3600..86_400 => format!("{}h", seconds / 3600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// A countdown to the second: `4:38`, `1:02:03`.
#[must_use]
pub fn countdown(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        return format!("{hours}:{minutes:02}:{rest:02}");
    }
    format!("{minutes}:{rest:02}")
}

/// A measured duration in at most five cells: `41ms`, `1.2s` (in German `1,2s`), `34s`, `12m`.
#[must_use]
pub fn measured(duration: Duration, t: &Texts) -> String {
    let millis = duration.as_millis();
    match millis {
        0..1000 => format!("{millis}ms"),
        1000..10_000 => {
            let (whole, tenths) = (millis / 1000, millis % 1000 / 100);
            format!("{whole}{}{tenths}s", t.numbers.decimal)
        }
        _ => short(duration.as_secs()),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::texts;
    use model::presence::Lang;

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
}
