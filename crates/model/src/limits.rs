//! What Microsoft's side takes, and from where on our clock is off: each limit once.

use std::time::Duration;

use jiff::SignedDuration;

/// Ids of one `getPresencesByUserId` (Graph reference: "up to 650 user ids").
pub const IDS_PER_REQUEST: usize = 650;

/// Users of one page of the directory (Graph reference, list users: `$top` is 1 to 999).
pub const USERS_PER_PAGE: usize = 999;

/// What `expirationDuration` of `setPresence` may be at least, and is where nobody says (Graph
/// reference: PT5M).
pub const SHORTEST_EXPIRATION: Duration = Duration::from_mins(5);

/// What it may be at most (Graph reference: PT4H).
pub const LONGEST_EXPIRATION: Duration = Duration::from_hours(4);

/// Requests for presence of one application and tenant in 30 s (Graph throttling limits, cloud
/// communications).
pub const REQUESTS_PER_30S: u32 = 1_500;

/// From here on, this far from Microsoft's time, a clock is worth a word: NTP keeps a machine within a second,
/// and `Date` has whole ones.
pub const CLOCK_ODD: Duration = Duration::from_secs(30);

/// Further off, a clock is wrong: Entra takes signed assertions within five minutes of its own
/// time, but before that every wait, lease and log line is off as well.
pub const CLOCK_WRONG: Duration = Duration::from_mins(2);

/// Whether a clock that is so far ahead (negative: behind) is worth a word.
#[must_use]
pub fn is_clock_odd(ahead: SignedDuration) -> bool {
    ahead.unsigned_abs() >= CLOCK_ODD
}

/// Whether a clock that is so far ahead (negative: behind) is wrong.
#[must_use]
pub fn is_clock_wrong(ahead: SignedDuration) -> bool {
    ahead.unsigned_abs() > CLOCK_WRONG
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(0, false, false)]
    #[case(29, false, false)]
    #[case(30, true, false)]
    #[case(-31, true, false)]
    #[case(-120, true, false)]
    #[case(121, true, true)]
    #[case(i64::MIN, true, true)]
    fn a_clock_is_judged_by_its_distance(
        #[case] seconds: i64,
        #[case] odd: bool,
        #[case] wrong: bool,
    ) {
        let ahead = SignedDuration::from_secs(seconds);
        assert_eq!((is_clock_odd(ahead), is_clock_wrong(ahead)), (odd, wrong));
    }
}
