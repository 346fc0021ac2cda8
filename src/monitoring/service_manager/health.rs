//! Whether polls are as late as they never are by themselves. Pure.

use std::time::Duration;

use jiff::Timestamp;

use crate::bridge::Snapshot;
use crate::clock::{advance, elapsed};

/// A cycle that waits for answers, retries and splits its chunks may take minutes; nothing that Graph or
/// the network does makes it take this long beside a throttle, whose end is known.
const LONGEST_CYCLE: Duration = Duration::from_mins(10);

/// By how much the next cycle is overdue; nothing while it may still be under way.
pub(super) fn overdue(snapshot: &Snapshot, now: Timestamp) -> Option<Duration> {
    // Before the first cycle there may be nobody to poll.
    let due = snapshot.poll.next_at?;
    let due = due.max(snapshot.budget.throttled_until.unwrap_or(due));
    let last = advance(due, LONGEST_CYCLE);
    (now > last).then(|| elapsed(due, now))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;

    use super::*;

    const T0: Timestamp = Timestamp::UNIX_EPOCH;

    fn at(minutes: u64) -> Timestamp {
        advance(T0, Duration::from_mins(minutes))
    }

    #[rstest]
    #[case::before_the_first(None, None, 600, false)]
    #[case::to_come(Some(5), None, 4, false)]
    #[case::under_way(Some(5), None, 14, false)]
    #[case::overdue(Some(5), None, 16, true)]
    #[case::throttled(Some(5), Some(10), 19, false)]
    #[case::after_a_throttle(Some(5), Some(10), 21, true)]
    #[case::after_an_old_throttle(Some(5), Some(2), 16, true)]
    fn a_poll_is_overdue_when_nothing_explains_it(
        #[case] due: Option<u64>,
        #[case] throttled: Option<u64>,
        #[case] now: u64,
        #[case] is_overdue: bool,
    ) {
        let mut snapshot = Snapshot::empty(Arc::default(), T0);
        Arc::make_mut(&mut snapshot.poll).next_at = due.map(at);
        snapshot.budget.throttled_until = throttled.map(at);
        assert_eq!(overdue(&snapshot, at(now)).is_some(), is_overdue);
    }
}
