//! UCServer's clock beside ours: the ends of our manual presences are written in its time.

use jiff::{SignedDuration, Timestamp};

use model::limits::is_clock_wrong;

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

/// Says where UCServer's clock and the machine's are far apart.
pub(super) fn warn_of_clock(opened: Option<Timestamp>, wall: Timestamp) {
    let Some(theirs) = opened else { return };
    let ahead = theirs.duration_since(wall);
    if is_clock_wrong(ahead) {
        let side = if ahead.is_positive() {
            "ahead of"
        } else {
            "behind"
        };
        let seconds = ahead.unsigned_abs().as_secs();
        tracing::warn!(
            target: "procall",
            "UCServer's clock is {seconds} s {side} this machine's. The ends of our presences \
             are written in its time; set the one that is wrong (NTP)"
        );
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

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
