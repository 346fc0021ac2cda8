//! How far our clock is off, from the `Date` header of every answer.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::retry_after::http_date;
use super::wire::{Answer, Times};
use model::clock::shifted;

/// A changed value is published when it moved by at least this.
const WORTH_SAYING: i64 = 500;

/// The latest difference, ours minus theirs, in milliseconds.
pub(super) struct Skew(watch::Sender<Option<i64>>);

impl Skew {
    pub(super) fn new() -> Self {
        Self(watch::channel(None).0)
    }

    pub(super) fn watch(&self) -> watch::Receiver<Option<i64>> {
        self.0.subscribe()
    }

    pub(super) fn latest(&self) -> Option<i64> {
        *self.0.borrow()
    }

    /// `ahead`: how far the machine's clock is ahead of the one that `times` go by.
    pub(super) fn observe(&self, times: &Times, answer: &Answer, ahead: SignedDuration) {
        let seen = answer.header("date").and_then(http_date);
        let (Some(theirs), Some(first_byte)) = (seen, times.first_byte) else {
            return;
        };
        let (started, first_byte) = (shifted(times.started, ahead), shifted(first_byte, ahead));
        let now = least_skew(started, first_byte, theirs);
        self.0.send_if_modified(|known| {
            let moved = known.is_none_or(|known| (known - now).abs() >= WORTH_SAYING);
            if moved {
                *known = Some(now);
            }
            moved
        });
    }
}

/// The least difference that explains a `Date` (whole seconds) written between the beginning and
/// the first byte: zero where the clocks may well agree.
fn least_skew(started: Timestamp, first_byte: Timestamp, theirs: Timestamp) -> i64 {
    let next = theirs
        .saturating_add(SignedDuration::from_secs(1))
        .unwrap_or(Timestamp::MAX);
    let (ours_early, ours_late) = (started.as_millisecond(), first_byte.as_millisecond());
    let (theirs_early, theirs_late) = (theirs.as_millisecond(), next.as_millisecond());
    if ours_early > theirs_late {
        ours_early - theirs_late
    } else if ours_late < theirs_early {
        ours_late - theirs_early
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("12:00:00.100", "12:00:00.300", "12:00:00", 0)]
    #[case("12:00:00.900", "12:00:01.200", "12:00:00", 0)]
    #[case("11:59:59.000", "12:00:03.000", "12:00:02", 0)]
    #[case("12:05:00.000", "12:05:00.100", "12:00:00", 299_000)]
    #[case("11:55:00.000", "11:55:00.100", "12:00:00", -299_900)]
    fn the_skew_is_what_latency_cannot_explain(
        #[case] started: &str,
        #[case] first_byte: &str,
        #[case] theirs: &str,
        #[case] expected: i64,
    ) {
        let at = |time: &str| format!("2026-03-02T{time}Z").parse().unwrap();
        assert_eq!(
            least_skew(at(started), at(first_byte), at(theirs)),
            expected
        );
    }
}
