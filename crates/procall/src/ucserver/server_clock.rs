//! UCServer's clock beside ours: the ends of our manual presences are written in its time.

use jiff::{SignedDuration, Timestamp};

use model::limits::is_clock_wrong;
use model::source_fault::SourceWarning;

/// What the two clocks may differ by without a reason: `Date` has whole seconds, and travels.
const CLOCK_NOISE: SignedDuration = SignedDuration::from_secs(3);

/// How far UCServer's clock is ahead of the one that we go by, by its time when the session was opened.
pub(super) fn clock_ahead(opened: Option<Timestamp>, now: Timestamp) -> SignedDuration {
    let Some(theirs) = opened else {
        return SignedDuration::ZERO;
    };
    let ahead = theirs.duration_since(now);
    if ahead.abs() <= CLOCK_NOISE {
        return SignedDuration::ZERO;
    }
    ahead
}

/// Where UCServer's clock and the machine's are far apart.
pub(super) fn warning_of_clock(
    opened: Option<Timestamp>,
    wall: Timestamp,
) -> Option<SourceWarning> {
    let ahead = opened?.duration_since(wall);
    is_clock_wrong(ahead).then_some(SourceWarning::ServerClock { ahead })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_clock_that_is_wrong_is_named() {
        let now = Timestamp::UNIX_EPOCH;
        let warning = |ahead| {
            let ahead = SignedDuration::from_secs(ahead);
            (warning_of_clock(Some(now + ahead), now), ahead)
        };
        for (said, ahead) in [warning(-3_600), warning(3_600)] {
            assert_eq!(said, Some(SourceWarning::ServerClock { ahead }));
        }
        assert_eq!(warning(2).0, None);
        assert_eq!(warning_of_clock(None, now), None);
    }

    #[rstest]
    #[case::not_said(None, 0)]
    #[case::on_time(Some(0), 0)]
    #[case::whole_seconds(Some(-3), 0)]
    #[case::behind(Some(-4), -4)]
    #[case::far_ahead(Some(3_600), 3_600)]
    fn the_servers_clock_is_taken_as_it_is(#[case] theirs: Option<i64>, #[case] ahead: i64) {
        let now = Timestamp::UNIX_EPOCH;
        let opened = theirs.map(|seconds| now + SignedDuration::from_secs(seconds));
        assert_eq!(clock_ahead(opened, now).as_secs(), ahead);
    }
}
