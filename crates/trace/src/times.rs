//! Points in time, moved so that the recording began at midnight of the year 2000: how far apart
//! they are is told, and when it was is not.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::members::is_time;

/// When every recording begins.
pub const BEGINNING: Timestamp = Timestamp::constant(946_684_800, 0);

/// What is further away from the recording is no time that belongs to it: a birthday, perhaps.
const WITHIN: SignedDuration = SignedDuration::from_hours(24 * 400);

/// ASN.1's variant time counts days from 30 December 1899: that is so many seconds before 1970.
const VARIANT_EPOCH: f64 = 2_209_161_600.0;
const DAY: f64 = 86_400.0;

/// The time as it was written, moved by whole seconds; nothing where it is no time near `began`.
pub(crate) fn moved(text: &str, began: Timestamp) -> Option<String> {
    shifted(text, began, -by(began))
}

/// The same for a number of days.
pub(crate) fn moved_days(days: f64, began: Timestamp) -> Option<f64> {
    let seconds = days * DAY - VARIANT_EPOCH;
    let at = Timestamp::from_duration(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()?;
    is_near(at, began).then(|| days - by(began).as_secs_f64() / DAY)
}

/// A time of a recording as if the recording had begun at `began`; nothing where it is no time.
#[must_use]
pub fn back_to(text: &str, began: Timestamp) -> Option<String> {
    shifted(text, BEGINNING, by(began))
}

/// Everything in a message that is a time, as if the recording had begun at `began`.
pub fn all_back_to(value: &mut Value, began: Timestamp) {
    match value {
        Value::String(text) => {
            if let Some(moved) = back_to(text, began) {
                *text = moved;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| all_back_to(item, began)),
        Value::Object(members) => {
            for (name, value) in members {
                match value.as_f64().filter(|_| is_time(name)) {
                    Some(days) => *value = (days + by(began).as_secs_f64() / DAY).into(),
                    None => all_back_to(value, began),
                }
            }
        }
        _ => {}
    }
}

/// How far `began` is behind the beginning of every recording, in whole seconds.
fn by(began: Timestamp) -> SignedDuration {
    SignedDuration::from_secs(began.as_second() - BEGINNING.as_second())
}

fn shifted(text: &str, near: Timestamp, by: SignedDuration) -> Option<String> {
    let at: Timestamp = text.parse().ok()?;
    if !is_near(at, near) || !is_plain(text) {
        return None;
    }
    let moved = at.checked_add(by).ok()?;
    let digits = text.find('.').map_or(0, |dot| {
        let fraction = text.get(dot + 1..).unwrap_or_default();
        fraction.bytes().take_while(u8::is_ascii_digit).count()
    });
    Some(format!("{moved:.digits$}"))
}

/// No comment, no zone: nothing but a time in UTC.
fn is_plain(text: &str) -> bool {
    text.ends_with('Z')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"-:.TZ".contains(&byte))
}

fn is_near(at: Timestamp, near: Timestamp) -> bool {
    at.duration_since(near).abs() <= WITHIN
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn began() -> Timestamp {
        "2026-11-26T07:30:00.25Z".parse().unwrap()
    }

    #[rstest]
    #[case("2026-11-26T07:40:00.000Z", Some("2000-01-01T00:10:00.000Z"))]
    #[case("2026-11-26T07:40:00Z", Some("2000-01-01T00:10:00Z"))]
    #[case("2026-11-26T07:29:59.5Z", Some("1999-12-31T23:59:59.5Z"))]
    #[case("1971-05-02T00:00:00Z", None)]
    #[case("2026-11-26T07:40:00+01:00", None)]
    #[case("Anna", None)]
    #[case("", None)]
    fn a_time_is_moved_as_it_was_written(#[case] text: &str, #[case] expected: Option<&str>) {
        assert_eq!(moved(text, began()).as_deref(), expected);
    }

    #[test]
    fn a_time_comes_back_at_another_day() {
        let other: Timestamp = "2027-01-01T12:00:00Z".parse().unwrap();
        let there = moved("2026-11-26T07:40:00.125Z", began()).unwrap();
        assert_eq!(
            back_to(&there, other).as_deref(),
            Some("2027-01-01T12:10:00.125Z")
        );
    }

    #[test]
    fn days_are_moved_alike() {
        // Half an hour after the beginning, as UCServer writes it where it is not built for Windows.
        let began: Timestamp = "2026-11-26T07:30:00Z".parse().unwrap();
        let days = (began.as_duration().as_secs_f64() + 1_800.0 + VARIANT_EPOCH) / DAY;
        let moved = moved_days(days, began).unwrap();
        let seconds = moved * DAY - VARIANT_EPOCH;
        let expected = BEGINNING.as_duration().as_secs_f64() + 1_800.0;
        assert!((seconds - expected).abs() < 0.01, "{seconds}");
        assert_eq!(moved_days(4_930_123_456.0, began), None);
        let mut back = serde_json::json!({"stTimeTo": moved, "u8sNumber": 7});
        all_back_to(&mut back, began);
        let seconds = back["stTimeTo"].as_f64().unwrap() * DAY - VARIANT_EPOCH;
        assert!((seconds - began.as_duration().as_secs_f64() - 1_800.0).abs() < 0.01);
        assert_eq!(back["u8sNumber"], 7);
    }
}
