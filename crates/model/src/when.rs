//! A moment of the past as people write it: `14:03`, `2026-11-25T14:03`, `10m ago`. Everybody who asks
//! for one asks here.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};

/// The words around a duration that say that it is one of the past.
const AGO: [(&str, &str); 2] = [("", "ago"), ("vor", "")];

/// The moment that `text` names, seen from `now` in this time zone: a time of day is the last one that
/// has been; a date with a time (also RFC 3339) is that one; `10m ago` counts from now. Nothing where
/// it says none of these.
#[must_use]
pub fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(exact) = text.parse::<Timestamp>() {
        return Some(exact);
    }
    ago(text, now).or_else(|| {
        let now = now.to_zoned(zone.clone());
        of_date(text, zone).or_else(|| of_day(text, &now))
    })
}

fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.to_lowercase();
    let span = AGO.iter().find_map(|(before, after)| {
        let span = text.strip_prefix(before)?.strip_suffix(after)?;
        span.trim().parse::<SignedDuration>().ok()
    })?;
    let forward = span.is_negative();
    now.checked_sub(span).ok().filter(|_| !forward)
}

/// Today, or where that is still to come, yesterday.
fn of_day(text: &str, now: &Zoned) -> Option<Timestamp> {
    // Without a colon it could be anything.
    let time: Time = text.parse().ok().filter(|_| text.contains(':'))?;
    let on = |day: jiff::civil::Date| {
        let at = day.to_datetime(time).to_zoned(now.time_zone().clone());
        at.ok().map(|at| at.timestamp())
    };
    let today = on(now.date())?;
    if today <= now.timestamp() {
        return Some(today);
    }
    on(now.date().checked_sub(1.day()).ok()?)
}

fn of_date(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let date: DateTime = text.parse().ok().filter(|_| text.contains(':'))?;
    Some(date.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    /// 15:30 in Berlin.
    const NOW: &str = "2026-11-25T14:30:00Z";

    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    #[rstest]
    #[case("14:03", "2026-11-25T13:03:00Z")]
    #[case(" 14:03:20 ", "2026-11-25T13:03:20Z")]
    #[case::yesterday("16:00", "2026-11-24T15:00:00Z")]
    #[case("2026-11-25T14:03", "2026-11-25T13:03:00Z")]
    #[case("2026-11-24 14:03:09", "2026-11-24T13:03:09Z")]
    #[case::summer("2026-07-01T14:03", "2026-07-01T12:03:00Z")]
    #[case("2026-11-25T14:03:00Z", "2026-11-25T14:03:00Z")]
    #[case("2026-11-25T14:03:00+01:00", "2026-11-25T13:03:00Z")]
    #[case("10m ago", "2026-11-25T14:20:00Z")]
    #[case("1h 30m ago", "2026-11-25T13:00:00Z")]
    #[case("1h30m ago", "2026-11-25T13:00:00Z")]
    #[case("10M AGO", "2026-11-25T14:20:00Z")]
    #[case("vor 10m", "2026-11-25T14:20:00Z")]
    fn moments_as_people_write_them(#[case] text: &str, #[case] meant: &str) {
        let now = NOW.parse().unwrap();
        assert_eq!(moment(text, now, &berlin()), Some(meant.parse().unwrap()));
    }

    #[rstest]
    #[case("")]
    #[case("ago")]
    #[case("14")]
    #[case("25:00")]
    #[case("2026-11-25")]
    #[case("10m")]
    #[case("-10m ago")]
    #[case("yesterday")]
    #[case("99999999999h ago")]
    fn anything_else_is_none(#[case] text: &str) {
        assert_eq!(moment(text, NOW.parse().unwrap(), &berlin()), None);
    }
}
