//! What the administrator wants, and the modes in which less is written.

use std::time::Duration;

use rstest::rstest;

use super::scene::{
    ANNA, BEN, IN_A_CALL, Scene, call, changes, entry, id_of, lines, notices, secs, told, writes,
};
use crate::{
    Command, Effect, Event, LeasePhase, Mode, ObserveReason, PollScope, UserEventKind, WriteOp,
};
use model::presence::{CallActivity, CallKind, ProcallPresence, UserName};
use procall::{CallState, ProcallEvent};

#[test]
fn refresh_polls_at_once() {
    let mut scene = Scene::new();
    let all = scene.command(Command::RefreshAll);
    assert!(matches!(all[..], [Effect::PollNow(PollScope::All), ..]));
    let one = scene.command(Command::Refresh(UserName::new("Anna@Corp.Example")));
    assert!(matches!(one[..], [Effect::PollNow(PollScope::One(id)), ..] if id == id_of(ANNA)));
}

#[rstest]
#[case(Command::Refresh(UserName::new("nobody")))]
#[case(Command::PauseUser(UserName::new("nobody")))]
#[case(Command::ResumeUser(UserName::new("nobody")))]
#[case(Command::ClearLease(UserName::new("nobody")))]
fn an_unknown_name_is_a_line_in_the_log(#[case] command: Command) {
    let mut scene = Scene::new();
    let effects = scene.command(command);
    assert_eq!(lines(&effects).len(), 1);
    assert!(lines(&effects)[0].contains("no matched user has this name"));
}

#[rstest]
#[case(0, 1)]
#[case(30, 30)]
#[case(86_400, 600)]
fn the_interval_stays_within_bounds(#[case] wish: u64, #[case] seconds: u64) {
    let mut scene = Scene::new();
    let effects = scene.command(Command::SetInterval(Duration::from_secs(wish)));
    let told = effects.iter().find_map(|effect| match effect {
        Effect::SetInterval(interval) => Some(*interval),
        _ => None,
    });
    assert_eq!(told, Some(Duration::from_secs(seconds)));
    assert_eq!(scene.snapshot().poll.interval, Duration::from_secs(seconds));
}

#[test]
fn paused_nothing_is_set_or_renewed_but_the_end_of_a_call_is_cleared() {
    let mut scene = Scene::with_lease();
    scene.command(Command::PauseWriting);
    assert_eq!(scene.snapshot().mode, Mode::Paused);
    assert!(writes(&scene.connect(BEN)).is_empty());
    assert!(scene.note_codes(BEN).contains(&"would_write"));
    assert!(writes(&scene.wait(200)).is_empty(), "no renewal");
    assert_eq!(writes(&scene.hang_up(ANNA)), [WriteOp::Clear]);
    assert_eq!(writes(&scene.command(Command::ResumeWriting)), [IN_A_CALL]);
    assert!(!scene.note_codes(BEN).contains(&"would_write"));
}

#[test]
fn one_user_can_be_paused() {
    let mut scene = Scene::new();
    scene.command(Command::PauseUser(UserName::new(ANNA)));
    assert!(scene.row(ANNA).paused);
    assert!(scene.has_note("paused"));
    assert!(writes(&scene.connect(ANNA)).is_empty());
    assert_eq!(writes(&scene.connect(BEN)), [IN_A_CALL]);
    assert_eq!(
        writes(&scene.command(Command::ResumeUser(UserName::new(ANNA)))),
        [IN_A_CALL]
    );
}

#[test]
fn a_cleared_lease_stays_cleared_until_the_next_call_begins() {
    let mut scene = Scene::with_lease();
    assert_eq!(
        writes(&scene.command(Command::ClearLease(UserName::new(ANNA)))),
        [WriteOp::Clear]
    );
    scene.accept();
    assert!(writes(&scene.wait(300)).is_empty());
    let next = scene.call(ANNA, "2", CallKind::Tapi, CallState::Connected);
    assert_eq!(writes(&next), [IN_A_CALL]);
}

#[test]
fn all_leases_can_be_cleared() {
    let mut scene = Scene::with_lease();
    scene.connect(BEN);
    scene.accept();
    let effects = scene.command(Command::ClearAllLeases);
    assert_eq!(writes(&effects), [WriteOp::Clear, WriteOp::Clear]);
}

#[test]
fn an_observer_writes_nothing_and_shows_what_it_would_write() {
    let mut scene = Scene::in_mode(Mode::Observing(ObserveReason::Flag));
    let effects = scene.connect(ANNA);
    assert!(writes(&effects).is_empty());
    assert!(
        !effects
            .iter()
            .any(|effect| matches!(effect, Effect::LedgerPut(_)))
    );
    let lease = scene.row(ANNA).lease.clone().expect("the wish is shown");
    assert_eq!(
        (lease.phase, lease.activity),
        (LeasePhase::Observed, CallActivity::InACall)
    );
    assert!(scene.has_note("would_write"));
    assert_eq!(scene.snapshot().leases.held, 0);
    assert!(told(&scene.shows(ANNA, "DoNotDisturb/DoNotDisturb")).is_empty());
    assert!(writes(&scene.hang_up(ANNA)).is_empty());
    assert!(scene.happened(ANNA, &UserEventKind::WouldWrite(None)));
    assert!(scene.row(ANNA).lease.is_none());
}

#[test]
fn with_the_set_side_switched_off_procall_still_learns_what_teams_shows() {
    let mut scene = Scene::in_mode(Mode::Observing(ObserveReason::Config));
    assert_eq!(
        told(&scene.shows(ANNA, "DoNotDisturb/DoNotDisturb")),
        ["do_not_disturb red"]
    );
    assert!(writes(&scene.connect(ANNA)).is_empty());
}

#[test]
fn the_lock_comes_and_goes() {
    let mut scene = Scene::in_mode(Mode::Observing(ObserveReason::OtherWriter { pid: Some(7) }));
    scene.shows(BEN, "Busy/Busy");
    scene.connect(ANNA);
    scene.shows(ANNA, "Busy/InACall");
    assert!(
        scene.has_note("echo_held"),
        "the other writer's lease is no Teams call"
    );
    let effects = scene.step(Event::Write);
    assert_eq!(writes(&effects), [IN_A_CALL]);
    assert_eq!(changes(&effects)[0].user_name.as_str(), BEN);
    let effects = scene.step(Event::Observe(ObserveReason::OtherWriter { pid: None }));
    assert!(notices(&effects)[0].starts_with("writer lock lost: observing only"));
    assert!(writes(&scene.hang_up(ANNA)).is_empty());
}

#[test]
fn beside_another_writer_nothing_is_a_teams_call_before_procall_has_told_its_calls() {
    let other = ObserveReason::OtherWriter { pid: Some(7) };
    let mut scene = Scene::blank(Mode::Observing(other));
    scene.users(&[ANNA, BEN]);
    scene.directory(&[ANNA, BEN]);
    for name in [ANNA, BEN] {
        scene.shows(name, "Busy/InACall");
        assert_eq!(scene.row(name).procall, ProcallPresence::Unchanged);
    }
    let anna = call(ANNA, "7", CallKind::Tapi, CallState::Connected);
    scene.procall(ProcallEvent::Calls(vec![anna]));
    for (name, shown) in [
        (ANNA, ProcallPresence::Unchanged),
        (BEN, ProcallPresence::BusyInACall),
    ] {
        scene.shows(name, "Busy/InACall");
        assert_eq!(scene.row(name).procall, shown, "{name}");
    }
}

#[test]
fn a_lease_in_the_ledger_of_whoever_writes_is_no_teams_call() {
    let mut scene = Scene::blank(Mode::Observing(ObserveReason::ReadOnlyCommand));
    let ends = scene.now + secs(300);
    let lease = entry(ANNA, CallActivity::InACall, ends);
    scene.step(Event::OthersLeases(vec![lease]));
    scene.users(&[ANNA, BEN]);
    scene.directory(&[ANNA, BEN]);
    for (name, shown) in [
        (ANNA, ProcallPresence::Unchanged),
        (BEN, ProcallPresence::BusyInACall),
    ] {
        scene.shows(name, "Busy/InACall");
        assert_eq!(scene.row(name).procall, shown, "{name}");
    }
    scene.step(Event::OthersLeases(Vec::new()));
    scene.wait(1);
    scene.shows(ANNA, "Busy/InACall");
    assert_eq!(scene.row(ANNA).procall, ProcallPresence::BusyInACall);
}

#[rstest]
#[case::beside_another(ObserveReason::OtherWriter { pid: Some(7) }, "observing only, nothing is written: another lampfield")]
#[case::no_place(ObserveReason::NoState("read-only".into()), "observing only, nothing is written: the state directory")]
fn a_lock_that_was_never_ours_is_not_lost(#[case] reason: ObserveReason, #[case] words: &str) {
    let mut scene = Scene::blank(Mode::Writing);
    let effects = scene.step(Event::Observe(reason));
    let told = notices(&effects);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with(words), "{told:?}");
}
