//! The leases of an earlier run.

use rstest::rstest;

use super::scene::{ANNA, BEN, IN_A_CALL, Scene, call, entry, secs, told, writes};
use crate::{Effect, Event, LeasePhase, Mode, ObserveReason, UserEventKind, WriteOp};
use model::clock::advance;
use model::presence::{CallActivity, CallKind};
use procall::{CallState, ProcallEvent};

fn restarted(remaining: u64) -> Scene {
    let mut scene = Scene::blank(Mode::Writing);
    let ends = advance(scene.now, secs(remaining));
    let anna = entry(ANNA, CallActivity::InACall, ends);
    let ben = entry(BEN, CallActivity::InACall, ends);
    let effects = scene.step(Event::Ledger(vec![anna, ben]));
    assert!(writes(&effects).is_empty(), "calls are not known yet");
    scene
}

fn anna_talks(kind: CallKind) -> ProcallEvent {
    ProcallEvent::Calls(vec![call(ANNA, "1", kind, CallState::Connected)])
}

#[rstest]
#[case::calls_first(true)]
#[case::lists_first(false)]
fn leases_with_a_call_are_adopted_and_the_others_cleared(#[case] calls_first: bool) {
    let mut scene = restarted(250);
    let mut effects = Vec::new();
    if calls_first {
        effects.extend(scene.procall(anna_talks(CallKind::Tapi)));
        assert_eq!(
            writes(&effects),
            [WriteOp::Clear],
            "no directory is needed for that"
        );
    }
    effects.extend(scene.users(&[ANNA, BEN]));
    effects.extend(scene.directory(&[ANNA, BEN]));
    if !calls_first {
        effects.extend(scene.procall(anna_talks(CallKind::Tapi)));
    }
    assert_eq!(writes(&effects), [WriteOp::Clear]);
    assert_eq!(scene.orders[0].user_name.as_str(), BEN);
    assert!(scene.happened(ANNA, &UserEventKind::LeaseAdopted(CallActivity::InACall)));
    let row = scene.row(ANNA);
    assert_eq!(
        row.lease.as_ref().map(|lease| lease.phase),
        Some(LeasePhase::Held)
    );
    assert_eq!(
        writes(&scene.wait(131)),
        [WriteOp::Renew(CallActivity::InACall)]
    );
}

#[test]
fn a_lease_that_remembers_another_activity_is_set_anew() {
    let mut scene = restarted(250);
    scene.users(&[ANNA, BEN]);
    scene.directory(&[ANNA, BEN]);
    let effects = scene.procall(anna_talks(CallKind::Meeting));
    assert!(writes(&effects).contains(&WriteOp::Set(CallActivity::InAConferenceCall)));
}

#[test]
fn a_lease_that_never_reached_teams_is_found_out_and_sent_again() {
    let mut scene = restarted(250);
    scene.users(&[ANNA, BEN]);
    scene.directory(&[ANNA, BEN]);
    scene.procall(anna_talks(CallKind::Tapi));
    scene.wait(11);
    assert_eq!(
        writes(&scene.shows(ANNA, "Available/Available")),
        [IN_A_CALL]
    );
}

#[test]
fn an_entry_that_expired_long_ago_is_dropped() {
    let mut scene = Scene::blank(Mode::Writing);
    let past = scene
        .now
        .saturating_sub(jiff::SignedDuration::from_secs(60))
        .expect("a time");
    let effects = scene.step(Event::Ledger(vec![entry(
        ANNA,
        CallActivity::InACall,
        past,
    )]));
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::LedgerRemove(_)))
    );
    assert!(writes(&scene.procall(ProcallEvent::Calls(Vec::new()))).is_empty());
}

#[test]
fn leases_run_out_by_themselves_where_procall_never_answers() {
    let mut scene = restarted(30);
    let effects = scene.wait(60);
    assert!(writes(&effects).is_empty());
    let removed = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::LedgerRemove(_)));
    assert_eq!(removed.count(), 2);
}

#[test]
fn what_was_written_before_the_clock_was_set_back_is_not_believed() {
    let mut scene = restarted(7_200);
    scene.users(&[ANNA, BEN]);
    scene.directory(&[ANNA, BEN]);
    let effects = scene.procall(anna_talks(CallKind::Tapi));
    assert_eq!(writes(&effects), [WriteOp::Clear, IN_A_CALL]);
    scene.accept();
    scene.accept();
    assert_eq!(
        writes(&scene.wait(181)),
        [WriteOp::Renew(CallActivity::InACall)]
    );
}

#[test]
fn a_thousand_leases_are_cleared_at_once() {
    let mut scene = Scene::blank(Mode::Writing);
    let ends = advance(scene.now, secs(200));
    let entries = (0..1000)
        .map(|n| {
            entry(
                &format!("user{n}@corp.example"),
                CallActivity::InACall,
                ends,
            )
        })
        .collect();
    scene.step(Event::Ledger(entries));
    let effects = scene.procall(ProcallEvent::Calls(Vec::new()));
    assert_eq!(writes(&effects), vec![WriteOp::Clear; 1000]);
}

#[test]
fn an_observer_touches_none_of_them() {
    let mut scene = Scene::blank(Mode::Observing(ObserveReason::Flag));
    let ends = advance(scene.now, secs(200));
    scene.step(Event::Ledger(vec![entry(
        ANNA,
        CallActivity::InACall,
        ends,
    )]));
    assert!(writes(&scene.procall(ProcallEvent::Calls(Vec::new()))).is_empty());
    assert!(writes(&scene.wait(300)).is_empty());
}

#[test]
fn the_echo_of_a_lease_that_was_cleared_just_before_the_restart_is_held() {
    let mut first = Scene::with_lease();
    first.hang_up(ANNA);
    first.accept();
    let kept = first.effects.iter().rev().find_map(|effect| match effect {
        Effect::LedgerPut(entry) => Some(entry.clone()),
        _ => None,
    });
    let mut scene = Scene::blank(Mode::Writing);
    scene.now = advance(first.now, secs(2));
    scene.step(Event::Ledger(vec![kept.expect("the ledger keeps it")]));
    scene.users(&[ANNA]);
    scene.directory(&[ANNA]);
    scene.procall(ProcallEvent::Calls(Vec::new()));
    assert!(told(&scene.shows(ANNA, "Busy/InACall")).is_empty());
    assert!(scene.has_note("echo_held"));
}

/// A ledger that was written by a clock that was put forward since says that nothing is left.
#[test]
fn a_clock_that_is_set_has_the_ledger_written_anew() {
    let mut scene = Scene::with_lease();
    let ledger = |effects: &[Effect]| {
        let put = |effect: &&Effect| matches!(effect, Effect::LedgerPut(_));
        effects.iter().filter(put).count()
    };
    assert_eq!(ledger(&scene.step(Event::Woke)), 0);
    let ahead = jiff::SignedDuration::from_hours(2);
    scene.core.set_wall_ahead(ahead);
    assert_eq!(ledger(&scene.step(Event::Woke)), 1);
    scene
        .core
        .set_wall_ahead(ahead - jiff::SignedDuration::from_millis(100));
    assert_eq!(ledger(&scene.step(Event::Woke)), 0);
}
