//! `Retry-After` in every form that servers send.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::budget::LONGEST_FREEZE;
use model::clock::elapsed;

/// How long to wait: a number of seconds, whole or decimal, or an HTTP date. Rounded up to whole
/// seconds, at least one, at most five minutes. Nothing where the header is absent or no such.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let raw = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = seconds(raw).or_else(|| Some(elapsed(now, http_date(raw)?)))?;
    let up = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    Some(Duration::from_secs(up.max(1)).min(LONGEST_FREEZE))
}

/// An HTTP date (RFC 9110, the preferred form).
pub(super) fn http_date(raw: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(raw.trim()).ok()
}

fn seconds(raw: &str) -> Option<Duration> {
    let number: f64 = raw.parse().ok()?;
    if number.is_nan() {
        return None;
    }
    Some(Duration::try_from_secs_f64(number.max(0.0)).unwrap_or(Duration::from_hours(24)))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("10", Some(10))]
    #[case(" 7 ", Some(7))]
    #[case("0.5", Some(1))]
    #[case("2.01", Some(3))]
    #[case("0", Some(1))]
    #[case("-3", Some(1))]
    #[case("86400", Some(300))]
    #[case("1e300", Some(300))]
    #[case("inf", Some(300))]
    #[case("NaN", None)]
    #[case("soon", None)]
    #[case("", None)]
    #[case("Sun, 06 Nov 1994 08:50:07 GMT", Some(30))]
    #[case("Sun, 06 Nov 1994 08:49:00 GMT", Some(1))]
    #[case("Mon, 07 Nov 1994 08:49:00 GMT", Some(300))]
    fn every_form_is_understood(#[case] raw: &str, #[case] expected: Option<u64>) {
        let now: Timestamp = "1994-11-06T08:49:37Z".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, raw.parse().unwrap());
        assert_eq!(
            retry_after(&headers, now).map(|wait| wait.as_secs()),
            expected
        );
    }

    #[test]
    fn an_absent_header_is_nothing() {
        assert_eq!(retry_after(&HeaderMap::new(), Timestamp::UNIX_EPOCH), None);
    }
}
