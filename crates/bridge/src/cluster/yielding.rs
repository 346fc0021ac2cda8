//! When a leader leaves the lead to another member. Pure.

use std::sync::Arc;
use std::time::Duration;

use cluster::MemberId;
use jiff::Timestamp;
use model::cause::Trouble;
use model::clock::elapsed;

use super::about::About;

/// How long a leader lacks something at least before another member that lacks nothing is to lead: longer than most routers
/// take to change their way.
const YIELDS_AFTER: Duration = Duration::from_secs(15);

/// How long that other one must have lacked nothing: where a UCServer starts anew, both hear it again, the one a little
/// earlier than the other; and who has just started does not know yet what it lacks.
const ABLE_FOR: Duration = Duration::from_secs(6);

/// What a member lacks to lead.
#[derive(Clone)]
pub(super) struct Lack {
    pub(super) trouble: Trouble,
    /// Since when it has lacked this or something else.
    pub(super) since: Timestamp,
    /// From one look to the next: a lack that one look has found may be over.
    pub(super) looks_every: Duration,
}

/// Another member, which lacks nothing to lead.
pub(super) struct Able {
    pub(super) name: Arc<str>,
    /// Since when there has been such a one.
    pub(super) since: Timestamp,
}

impl Able {
    /// The first of `members` but `ourselves`; `before`: the one that was found last.
    pub(super) fn among(
        members: &[(MemberId, About)],
        ourselves: MemberId,
        before: Option<Self>,
        now: Timestamp,
    ) -> Option<Self> {
        let mut others = members.iter().filter(|(id, _)| *id != ourselves);
        let (_, able) = others.find(|(_, about)| about.trouble.is_none())?;
        Some(Self {
            name: Arc::clone(&able.name),
            since: before.map_or(now, |it| it.since),
        })
    }
}

/// Whether a leader that lacks this is to leave the lead to that other one.
pub(super) fn is_to_yield(lack: &Lack, able: &Able, now: Timestamp) -> bool {
    let patience = YIELDS_AFTER.max(lack.looks_every.saturating_mul(2));
    elapsed(lack.since, now) >= patience && elapsed(able.since, now) >= ABLE_FOR
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn about(name: &str, trouble: Option<&str>) -> About {
        About {
            name: name.into(),
            since: at(0),
            leads: None,
            trouble: trouble.map(Trouble::from),
        }
    }

    #[rstest]
    #[case::both_for_long(0, 9, 15, 5, true)]
    #[case::the_lack_may_be_over_soon(0, 0, 14, 5, false)]
    #[case::the_other_one_may_not_know_yet(0, 10, 15, 5, false)]
    #[case::one_look_at_a_long_interval(0, 0, 59, 30, false)]
    #[case::two_looks_at_a_long_interval(0, 0, 60, 30, true)]
    fn a_leader_yields_when_both_have_been_so_for_long(
        #[case] lacks_since: i64,
        #[case] able_since: i64,
        #[case] now: i64,
        #[case] looks_every: u64,
        #[case] yields: bool,
    ) {
        let lack = Lack {
            trouble: "no way to Microsoft".into(),
            since: at(lacks_since),
            looks_every: Duration::from_secs(looks_every),
        };
        let able = Able {
            name: "other".into(),
            since: at(able_since),
        };
        assert_eq!(is_to_yield(&lack, &able, at(now)), yields);
    }

    #[test]
    fn who_lacks_nothing_is_able_and_nobody_yields_to_themselves() {
        let ourselves = MemberId(1);
        let among = |members: &[(MemberId, About)], before, now| {
            Able::among(members, ourselves, before, at(now))
        };
        let lacks = [
            (ourselves, about("one", None)),
            (MemberId(2), about("two", Some("no token"))),
        ];
        assert!(among(&lacks, None, 1).is_none());
        let one_is_able = [
            (MemberId(2), about("two", Some("no token"))),
            (MemberId(3), about("three", None)),
        ];
        let able = among(&one_is_able, None, 2).unwrap();
        assert_eq!((&*able.name, able.since), ("three", at(2)));
        // Another one may come in its place meanwhile.
        let another = [(MemberId(4), about("four", None))];
        let able = among(&another, Some(able), 9).unwrap();
        assert_eq!((&*able.name, able.since), ("four", at(2)));
        assert!(among(&lacks, Some(able), 10).is_none());
    }
}
