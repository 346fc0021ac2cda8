//! ProCall -> Teams: which calls ask for what, and what is written for them.

use rstest::rstest;

use super::scene::{ANNA, BEN, IN_A_CALL, IN_A_CONFERENCE, Scene, call, writes};
use crate::{Effect, Event, UserEventKind, WriteOp};
use model::presence::{CallKind, UserName};
use procall::{CallEvent, CallState, ProcallEvent};

#[rstest]
#[case::tapi(CallKind::Tapi, CallState::Connected, vec![IN_A_CALL])]
#[case::softphone(CallKind::Softphone, CallState::Connected, vec![IN_A_CALL])]
#[case::av_chat(CallKind::AvChat, CallState::Connected, vec![IN_A_CALL])]
#[case::meeting(CallKind::Meeting, CallState::Connected, vec![IN_A_CONFERENCE])]
#[case::ringing(CallKind::Tapi, CallState::Ringing, vec![])]
#[case::ended_unheard_of(CallKind::Tapi, CallState::Ended, vec![])]
#[case::manual_busy(CallKind::Manual, CallState::Busy, vec![])]
#[case::manual_dnd(CallKind::Manual, CallState::DoNotDisturb, vec![])]
#[case::manual_connected(CallKind::Manual, CallState::Connected, vec![])]
fn a_call_is_written_from_connected(
    #[case] kind: CallKind,
    #[case] state: CallState,
    #[case] expected: Vec<WriteOp>,
) {
    let mut scene = Scene::new();
    assert_eq!(writes(&scene.call(ANNA, "1", kind, state)), expected);
}

#[test]
fn a_meeting_wins_over_another_call_and_gives_way_when_it_ends() {
    let mut scene = Scene::with_lease();
    let begins = scene.call(ANNA, "2", CallKind::Meeting, CallState::Connected);
    assert_eq!(writes(&begins), [IN_A_CONFERENCE]);
    scene.accept();
    let ends = scene.call(ANNA, "2", CallKind::Meeting, CallState::Ended);
    assert_eq!(writes(&ends), [IN_A_CALL]);
}

#[test]
fn two_calls_of_one_user_have_two_keys_and_the_lease_lasts_as_long_as_either() {
    let mut scene = Scene::with_lease();
    assert!(writes(&scene.call(ANNA, "2", CallKind::Softphone, CallState::Connected)).is_empty());
    assert!(writes(&scene.hang_up(ANNA)).is_empty());
    let last = scene.call(ANNA, "2", CallKind::Softphone, CallState::Ended);
    assert_eq!(writes(&last), [WriteOp::Clear]);
}

#[test]
fn the_ledger_is_written_before_the_order_is_given() {
    let mut scene = Scene::new();
    let effects = scene.connect(ANNA);
    let position = |wanted: fn(&Effect) -> bool| effects.iter().position(wanted);
    let put = position(|effect| matches!(effect, Effect::LedgerPut(_)));
    let write = position(|effect| matches!(effect, Effect::Write(_)));
    assert!(put.is_some() && put < write);
}

#[test]
fn a_resync_replaces_everything_said_before() {
    let mut scene = Scene::with_lease();
    let ben = call(BEN, "9", CallKind::Tapi, CallState::Connected);
    let effects = scene.procall(ProcallEvent::Calls(vec![ben]));
    assert_eq!(writes(&effects), [WriteOp::Clear, IN_A_CALL]);
    assert!(scene.row(ANNA).calls.is_empty());
    assert_eq!(scene.row(BEN).calls.len(), 1);
}

#[test]
fn a_resync_that_says_the_same_writes_nothing() {
    let mut scene = Scene::with_lease();
    let same = call(ANNA, "1", CallKind::Tapi, CallState::Connected);
    assert!(writes(&scene.procall(ProcallEvent::Calls(vec![same]))).is_empty());
}

#[test]
fn calls_may_be_told_before_anybody_is_known() {
    let mut scene = Scene::blank(crate::Mode::Writing);
    let connected = call(
        "ANNA@corp.example",
        "1",
        CallKind::Tapi,
        CallState::Connected,
    );
    assert!(writes(&scene.procall(ProcallEvent::Calls(vec![connected]))).is_empty());
    assert!(writes(&scene.users(&[ANNA])).is_empty());
    assert_eq!(writes(&scene.directory(&[ANNA])), [IN_A_CALL]);
}

#[test]
fn calls_of_somebody_unknown_are_no_panic_and_no_write() {
    let mut scene = Scene::new();
    let event = CallEvent {
        user_name: UserName::new("nobody@corp.example"),
        ..call(ANNA, "1", CallKind::Tapi, CallState::Connected)
    };
    assert!(writes(&scene.procall(ProcallEvent::Call(event))).is_empty());
}

#[test]
fn trouble_with_the_source_leaves_calls_as_they_were() {
    let mut scene = Scene::with_lease();
    let effects = scene.procall(ProcallEvent::Trouble("calls.jsonl is gone".into()));
    assert!(writes(&effects).is_empty());
    assert_eq!(scene.row(ANNA).calls.len(), 1);
    scene.wait(200);
    assert!(scene.orders.iter().all(|order| order.op != WriteOp::Clear));
}

#[test]
fn the_chain_of_causes_is_kept() {
    let mut scene = Scene::new();
    scene.call(ANNA, "1", CallKind::Tapi, CallState::Ringing);
    scene.connect(ANNA);
    scene.hang_up(ANNA);
    for kind in [
        UserEventKind::CallRinging(CallKind::Tapi),
        UserEventKind::CallConnected(CallKind::Tapi),
        UserEventKind::CallEnded(CallKind::Tapi),
    ] {
        assert!(scene.happened(ANNA, &kind), "{kind:?}");
    }
    for _ in 0..50 {
        scene.connect(BEN);
        scene.hang_up(BEN);
    }
    assert!(scene.row(BEN).history.len() <= crate::HISTORY_LENGTH);
}

#[test]
fn stopping_gives_all_leases_back_and_sets_nothing_new() {
    let mut scene = Scene::with_lease();
    assert_eq!(writes(&scene.step(Event::Stopping)), [WriteOp::Clear]);
    assert!(writes(&scene.connect(BEN)).is_empty());
}
