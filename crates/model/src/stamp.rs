//! A time in eight bytes: a [`Timestamp`] takes sixteen, and 24 where there may be none.

use std::num::NonZeroU64;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A time to the nanosecond, for what is kept of 20,000 users: also an [`Option`] of it takes eight bytes. Times before
/// 1677 and after 2262 are held at these. For serde it is the nanoseconds since 1970, which are read and written in a
/// tenth of the time that a [`Timestamp`]'s text takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub struct Stamp(NonZeroU64);

/// 1970 in the middle of the range, so that the order is that of the times.
const EPOCH: u64 = 1 << 63;

impl Stamp {
    /// Before all others.
    pub const MIN: Self = Self(NonZeroU64::MIN);
}

impl From<Timestamp> for Stamp {
    fn from(at: Timestamp) -> Self {
        let nanoseconds = at.as_nanosecond() + i128::from(EPOCH);
        let held = nanoseconds.clamp(1, u64::MAX.into());
        let held = u64::try_from(held).ok().and_then(NonZeroU64::new);
        Self(held.unwrap_or(NonZeroU64::MIN))
    }
}

impl From<Stamp> for Timestamp {
    fn from(Stamp(at): Stamp) -> Self {
        let nanoseconds = i128::from(at.get()) - i128::from(EPOCH);
        Self::from_nanosecond(nanoseconds).unwrap_or_default()
    }
}

impl From<i64> for Stamp {
    fn from(nanoseconds: i64) -> Self {
        let at = nanoseconds.cast_unsigned() ^ EPOCH;
        Self(NonZeroU64::new(at).unwrap_or(NonZeroU64::MIN))
    }
}

impl From<Stamp> for i64 {
    fn from(Stamp(at): Stamp) -> Self {
        (at.get() ^ EPOCH).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn none_takes_no_room() {
        assert_eq!(size_of::<Option<Stamp>>(), 8);
    }

    #[test]
    fn what_is_far_away_is_held() {
        let [first, last] = [Timestamp::MIN, Timestamp::MAX].map(Stamp::from);
        assert_eq!(first, Stamp::MIN);
        assert!(Stamp::from(Timestamp::UNIX_EPOCH) > first);
        assert!(Stamp::from(Timestamp::UNIX_EPOCH) < last);
    }

    proptest! {
        #[test]
        fn a_time_is_as_it_was(a in any::<i64>(), b in any::<i64>()) {
            let [a, b] = [a.max(1 - i64::MAX), b.max(1 - i64::MAX)]
                .map(|at| Timestamp::from_nanosecond(at.into()).expect("a time"));
            prop_assert_eq!(Timestamp::from(Stamp::from(a)), a);
            prop_assert_eq!(Stamp::from(i64::from(Stamp::from(a))), Stamp::from(a));
            prop_assert_eq!(Stamp::from(a).cmp(&Stamp::from(b)), a.cmp(&b));
        }
    }
}
