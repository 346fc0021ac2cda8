use proptest::prelude::*;
use rstest::rstest;

use super::*;

const APP: Holder = Holder::App(Uuid::from_u128(1));
const PC: Holder = Holder::Client(0);
const PHONE: Holder = Holder::Client(1);

fn at(seconds: u64) -> Timestamp {
    advance(Timestamp::UNIX_EPOCH, Duration::from_secs(seconds))
}

fn user_with(sessions: &[(Holder, Pair, u64, Option<u64>)]) -> PresenceSessions {
    let mut user = PresenceSessions::default();
    for &(holder, pair, set_at, lasting) in sessions {
        user.set(holder, pair, lasting.map(Duration::from_secs), at(set_at));
    }
    user
}

#[rstest]
#[case::nobody_signed_in(&[], 0, Pair::OFFLINE)]
#[case::one_client(&[(PC, Pair::AVAILABLE, 0, None)], 9_000, Pair::AVAILABLE)]
#[case::own_call_over_available(&[(PC, Pair::AVAILABLE, 0, None), (APP, Pair::CALL, 5, Some(300))], 10, Pair::CALL)]
#[case::own_call_expired(&[(PC, Pair::AVAILABLE, 0, None), (APP, Pair::CALL, 5, Some(300))], 305, Pair::AVAILABLE)]
#[case::the_only_session_expired(&[(APP, Pair::CALL, 5, Some(300))], 305, Pair::OFFLINE)]
#[case::client_available_over_own_away(&[(PC, Pair::AVAILABLE, 0, None), (APP, Pair::AWAY, 5, Some(300))], 10, Pair::AVAILABLE)]
#[case::presenting_over_own_call(&[(PC, Pair::PRESENTING, 0, None), (APP, Pair::CALL, 5, Some(300))], 10, Pair::PRESENTING)]
#[case::tie_goes_to_the_latest(&[(APP, Pair::CALL, 5, Some(300)), (PC, Pair::CONFERENCE, 7, None)], 10, Pair::CONFERENCE)]
#[case::tie_the_other_way(&[(PC, Pair::CONFERENCE, 5, None), (APP, Pair::CALL, 7, Some(300))], 10, Pair::CALL)]
#[case::available_at_4_59(&[(APP, Pair::AVAILABLE, 0, Some(3_600))], 299, Pair::AVAILABLE)]
#[case::inactive_after_5(&[(APP, Pair::AVAILABLE, 0, Some(3_600))], 300, Pair::FADED)]
#[case::away_after_10(&[(APP, Pair::AVAILABLE, 0, Some(3_600))], 600, Pair::AWAY)]
#[case::gone_after_the_hour(&[(APP, Pair::AVAILABLE, 0, Some(3_600))], 3_600, Pair::OFFLINE)]
#[case::a_set_resets_the_fading(&[(APP, Pair::AVAILABLE, 0, Some(3_600)), (APP, Pair::AVAILABLE, 299, Some(3_600))], 590, Pair::AVAILABLE)]
#[case::faded_loses_to_phone(&[(APP, Pair::AVAILABLE, 0, Some(3_600)), (PHONE, Pair::AVAILABLE, 1, None)], 700, Pair::AVAILABLE)]
fn sessions_make_one_presence(
    #[case] sessions: &[(Holder, Pair, u64, Option<u64>)],
    #[case] now: u64,
    #[case] expected: Pair,
) {
    assert_eq!(user_with(sessions).shown(at(now)), expected);
}

#[rstest]
#[case::hides_the_call(Pair::AWAY, 100, Pair::AWAY)]
#[case::until_it_expires(Pair::AWAY, 1_000, Pair::CALL)]
#[case::appear_offline(Pair::OFF_WORK, 100, Pair::OFF_WORK)]
fn a_choice_by_hand_beats_every_session(
    #[case] chosen: Pair,
    #[case] now: u64,
    #[case] expected: Pair,
) {
    let mut sessions = user_with(&[(APP, Pair::CALL, 0, Some(14_400))]);
    sessions.preferred = Some(Preferred {
        pair: chosen,
        until: at(1_000),
    });
    assert_eq!(sessions.shown(at(now)), expected);
}

#[test]
fn a_choice_by_hand_needs_a_session() {
    let mut sessions = PresenceSessions {
        preferred: Some(Preferred {
            pair: Pair::DND,
            until: at(1_000),
        }),
        ..PresenceSessions::default()
    };
    assert_eq!(sessions.shown(at(1)), Pair::OFFLINE);
    sessions.set(PC, Pair::AVAILABLE, None, at(1));
    assert_eq!(sessions.shown(at(1)), Pair::DND);
}

#[test]
fn an_appointment_is_busy_and_shows_only_with_a_session() {
    let mut sessions = PresenceSessions {
        appointment: Some((Pair::MEETING, at(0))),
        ..PresenceSessions::default()
    };
    assert_eq!(sessions.shown(at(1)), Pair::OFFLINE);
    sessions.set(PC, Pair::AVAILABLE, None, at(1));
    assert_eq!(sessions.shown(at(1)), Pair::MEETING);
    sessions.set(APP, Pair::CALL, Some(FADE), at(2));
    assert_eq!(sessions.shown(at(2)), Pair::CALL);
}

#[test]
fn out_of_office_shows_only_over_available() {
    let mut sessions = user_with(&[(PC, Pair::AVAILABLE, 0, None)]);
    sessions.out_of_office = Some("Urlaub".into());
    assert_eq!(sessions.shown(at(1)), Pair::OUT_OF_OFFICE);
    sessions.set(PC, Pair::CALL, None, at(2));
    assert_eq!(sessions.shown(at(2)), Pair::CALL);
}

#[test]
fn clearing_a_session_that_ran_out_finds_none() {
    let mut sessions = user_with(&[(APP, Pair::CALL, 0, Some(300))]);
    assert!(sessions.clear(APP, at(10)));
    assert!(!sessions.clear(APP, at(10)));
    sessions.set(APP, Pair::CALL, Some(FADE), at(20));
    assert!(!sessions.clear(APP, at(400)));
}

fn any_session() -> impl Strategy<Value = (Holder, Pair, u64, Option<u64>)> {
    let holder = prop_oneof![Just(APP), Just(PC), Just(PHONE)];
    let pair = proptest::sample::select(Pair::SETTABLE.to_vec());
    (
        holder,
        pair,
        0u64..2_000,
        proptest::option::of(300u64..4_000),
    )
}

proptest! {
    #[test]
    fn what_is_shown_has_the_highest_rank_of_all_that_live(
        mut sessions in proptest::collection::vec(any_session(), 0..6), now in 2_000u64..5_000,
    ) {
        sessions.sort_by_key(|s| s.2);
        let user = user_with(&sessions);
        let highest = user.live(at(now)).map(|s| s.pair_at(at(now)).rank()).max();
        match highest {
            None => prop_assert_eq!(user.shown(at(now)), Pair::OFFLINE),
            Some(rank) => prop_assert_eq!(user.shown(at(now)).rank(), rank),
        }
    }

    #[test]
    fn nothing_changes_before_the_announced_moment(
        mut sessions in proptest::collection::vec(any_session(), 0..6), now in 2_000u64..5_000,
    ) {
        sessions.sort_by_key(|s| s.2);
        let user = user_with(&sessions);
        let until = user.next_change(at(now)).unwrap_or(at(100_000));
        let just_before = until.saturating_sub(jiff::SignedDuration::from_millis(1)).unwrap();
        prop_assert_eq!(user.shown(at(now)), user.shown(just_before.max(at(now))));
    }

    #[test]
    fn one_holder_has_one_session(
        mut sessions in proptest::collection::vec(any_session(), 0..8), now in 2_000u64..5_000,
    ) {
        sessions.sort_by_key(|s| s.2);
        let user = user_with(&sessions);
        let mut holders: Vec<_> = user.live(at(now)).map(|s| s.holder).collect();
        let all = holders.len();
        holders.dedup();
        holders.sort_by_key(|h| format!("{h:?}"));
        holders.dedup();
        prop_assert_eq!(holders.len(), all);
    }
}
