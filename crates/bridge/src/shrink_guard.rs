//! Whether a full list of the directory is believed: one odd answer must not let go of 20,000
//! matched users, and a real change must not be refused for ever.
//!
//! A list with less than half of the users that the last one had is doubted: the last one stays
//! in force, and the list is read again and again. It is believed when every list of
//! [`CONFIRMED_AFTER`] has been so short. What Graph names as removed in a delta is never doubted:
//! there each removal is said outright.

use std::time::Duration;

use jiff::Timestamp;

use model::cause::{Cause, Trouble};
use model::clock::{advance, elapsed};
use model::permission::USER_READ;

/// For how long lists must say the same before a doubted one is believed. Long enough for a
/// fault of a service to be noticed and mended, short enough for an administrator who has just
/// moved half of the company to another tenant.
pub(super) const CONFIRMED_AFTER: Duration = Duration::from_mins(15);

/// What to think of a full list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is in force from now on.
    Believed,
    /// Nobody at all: in force, as there is none before it, but hardly the truth. Read again soon.
    Empty,
    /// The last one stays in force.
    Doubted(Trouble),
}

/// The size of the list in force, and since when lists are doubted.
#[derive(Debug, Default)]
pub(super) struct ShrinkGuard {
    in_force: usize,
    doubted_since: Option<Timestamp>,
}

impl ShrinkGuard {
    /// Takes the size of a full list.
    pub(super) fn judge(&mut self, size: usize, now: Timestamp) -> Judgement {
        if size >= self.in_force.div_ceil(2) {
            return self.believe(size);
        }
        let since = *self.doubted_since.get_or_insert(now);
        if elapsed(since, now) >= CONFIRMED_AFTER {
            return self.believe(size);
        }
        let cause = Cause::Shrunk {
            before: u32::try_from(self.in_force).unwrap_or(u32::MAX),
            now: u32::try_from(size).unwrap_or(u32::MAX),
        };
        let message = format!(
            "Graph listed {size} users where there were {} before. That is not believed at once: \
             the list of before stays in force and the directory is read again. If it stays so \
             until {:.0} it is believed. Look at the application's permissions ({USER_READ}) \
             and at Entra",
            self.in_force,
            rounded(advance(since, CONFIRMED_AFTER))
        );
        Judgement::Doubted(Trouble::new(cause, message))
    }

    /// Changes were merged: so many users there are now.
    pub(super) fn merged(&mut self, size: usize) {
        self.believe(size);
    }

    fn believe(&mut self, size: usize) -> Judgement {
        *self = Self {
            in_force: size,
            doubted_since: None,
        };
        match size {
            0 => Judgement::Empty,
            _ => Judgement::Believed,
        }
    }
}

/// To the second: what is told must not differ from one look to the next.
fn rounded(at: Timestamp) -> Timestamp {
    at.round(jiff::Unit::Second).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use rstest::rstest;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn guard_after(size: usize) -> ShrinkGuard {
        let mut guard = ShrinkGuard::default();
        guard.judge(size, at(0));
        guard
    }

    #[rstest]
    #[case::the_same(20_000, 20_000)]
    #[case::more(20_000, 50_000)]
    #[case::half(20_000, 10_000)]
    #[case::one_of_three_left_the_company(3, 2)]
    #[case::the_first(0, 1)]
    fn an_ordinary_list_is_believed(#[case] before: usize, #[case] now: usize) {
        assert_eq!(guard_after(before).judge(now, at(1)), Judgement::Believed);
    }

    #[rstest]
    #[case::empty(20_000, 0)]
    #[case::one_page_of_many(20_000, 999)]
    #[case::less_than_half(20_000, 9_999)]
    #[case::the_only_one(1, 0)]
    fn a_list_that_has_lost_most_users_is_doubted_until_it_is_confirmed(
        #[case] before: usize,
        #[case] now: usize,
    ) {
        let mut guard = guard_after(before);
        for minute in 1..16 {
            let judgement = guard.judge(now, at(minute));
            assert!(matches!(judgement, Judgement::Doubted(_)), "{judgement:?}");
        }
        let confirmed = guard.judge(now, at(16));
        assert!(matches!(confirmed, Judgement::Believed | Judgement::Empty));
    }

    #[test]
    fn one_good_list_ends_the_doubt() {
        let mut guard = guard_after(20_000);
        assert!(matches!(guard.judge(0, at(1)), Judgement::Doubted(_)));
        assert_eq!(guard.judge(19_990, at(10)), Judgement::Believed);
        assert!(matches!(guard.judge(0, at(17)), Judgement::Doubted(_)));
    }

    #[test]
    fn an_empty_first_list_is_read_again_soon() {
        assert_eq!(ShrinkGuard::default().judge(0, at(0)), Judgement::Empty);
    }

    #[test]
    fn what_the_changes_removed_is_not_missed_in_the_next_list() {
        let mut guard = guard_after(20_000);
        guard.merged(100);
        assert_eq!(guard.judge(100, at(1)), Judgement::Believed);
    }
}
