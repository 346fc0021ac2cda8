use rstest::rstest;

use super::super::presence::Spelling;
use super::super::times::TimeForm;
use super::super::version::Generation;
use super::*;

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const NEWER: Spelling = Spelling {
    generation: Generation::Newer,
    times: TimeForm::Text,
};

fn user(change: impl FnOnce(&mut User)) -> User {
    let mut user = User::new(SimulatedUser::new("anna@corp.example", "Anna", "+49 1"));
    change(&mut user);
    user
}

const fn manual(state: i64) -> ManualPresence {
    ManualPresence { state, until: None }
}

fn call(phase: CallPhase) -> (String, LineCall) {
    let call = LineCall {
        medium: Medium::Tapi,
        phase,
        outbound: false,
        number: "+49 2".to_owned(),
    };
    ("c1".to_owned(), call)
}

#[rstest]
#[case::free(user(|_| ()), 1)]
#[case::away(user(|u| u.online = false), OFFLINE)]
#[case::rings(user(|u| u.calls.extend([call(CallPhase::Offering)])), 1 | RINGING)]
#[case::talks(user(|u| u.calls.extend([call(CallPhase::Hold)])), BUSY | CALL)]
#[case::meets(user(|u| u.meeting = true), BUSY | CONFERENCING)]
#[case::absent_by_hand(user(|u| u.manual = Some(manual(1))), 3)]
#[case::a_call_beats_absent(
    user(|u| { u.manual = Some(manual(1)); u.calls.extend([call(CallPhase::Connected)]); }),
    BUSY | CALL
)]
#[case::do_not_disturb_beats_a_call(
    user(|u| { u.manual = Some(manual(3)); u.calls.extend([call(CallPhase::Connected)]); }),
    4 | CALL
)]
#[case::a_call_in_teams(user(|u| u.external = Some(CALL | BUSY)), BUSY | CALL)]
fn the_state_follows_from_what_goes_on(#[case] user: User, #[case] state: i64) {
    assert_eq!(user.presence_state(NOW), state);
}

#[test]
fn calls_are_not_among_the_members_that_public_sees() {
    let user = user(|_| ());
    assert!(
        !user
            .members(Level::Public, NEWER, NOW)
            .contains_key("seqPhoneLines")
    );
    assert!(
        user.members(Level::Team, NEWER, NOW)
            .contains_key("seqPhoneLines")
    );
}
