//! The end of the program: what is given back, and what stays.

use graph::FailureKind;
use model::clock::advance;
use rstest::rstest;

use super::scene::{ANNA, BEN, Scene, entry, lines, notices, secs, writes};
use crate::{Event, GivingBack, WriteOp};
use model::presence::{CallActivity, UserName};
use model::snapshot::Mode;
use procall::ProcallEvent;

/// With Anna on the phone, and the program told to end.
fn stopping() -> Scene {
    let mut scene = Scene::with_lease();
    assert_eq!(writes(&scene.step(Event::Stopping)), [WriteOp::Clear]);
    assert_eq!(scene.core.giving_back(), GivingBack::UnderWay);
    scene
}

#[test]
fn what_was_given_back_is_over() {
    let mut scene = stopping();
    scene.accept();
    assert_eq!(scene.core.giving_back(), GivingBack::Over);
    assert!(scene.core.leave_behind().is_empty());
}

#[rstest]
fn a_hiccup_costs_a_second(
    #[values(
        FailureKind::Server,
        FailureKind::Network,
        FailureKind::Timeout,
        FailureKind::Throttled,
        FailureKind::Garbled
    )]
    kind: FailureKind,
    #[values(1, 2, 3)] times: usize,
) {
    let mut scene = stopping();
    for _ in 0..times {
        scene.fail(kind);
        let GivingBack::Waiting(at) = scene.core.giving_back() else {
            panic!("it waits for another try");
        };
        assert!(
            at <= advance(scene.now, secs(2)),
            "{at} after {}",
            scene.now
        );
        assert_eq!(writes(&scene.wait(2)), [WriteOp::Clear]);
    }
    scene.accept();
    assert_eq!(scene.core.giving_back(), GivingBack::Over);
}

#[rstest]
#[case(FailureKind::Permission)]
#[case(FailureKind::Unauthorized)]
#[case(FailureKind::Credentials)]
fn what_somebody_must_put_right_is_not_waited_for_and_named(#[case] kind: FailureKind) {
    let mut scene = stopping();
    scene.fail(kind);
    let GivingBack::Waiting(at) = scene.core.giving_back() else {
        panic!("it waits for somebody");
    };
    assert!(at > advance(scene.now, secs(60)));
    let names = scene.core.leave_behind();
    assert_eq!(names, [UserName::new(ANNA)]);
    let effects = scene.step(Event::Woke);
    for said in [lines(&effects), notices(&effects)] {
        let said = said.join("\n");
        assert!(said.contains("1 lease could not be given back"), "{said}");
        assert!(said.contains(ANNA), "{said}");
    }
}

#[test]
fn a_clear_that_waits_for_its_next_try_is_tried_at_once() {
    let mut scene = Scene::with_lease();
    assert_eq!(writes(&scene.hang_up(ANNA)), [WriteOp::Clear]);
    for wait in [1, 2, 4, 8] {
        scene.fail(FailureKind::Server);
        assert_eq!(writes(&scene.wait(wait)), [WriteOp::Clear]);
    }
    scene.fail(FailureKind::Server);
    assert_eq!(writes(&scene.step(Event::Stopping)), [WriteOp::Clear]);
}

#[test]
fn what_an_earlier_run_has_left_is_given_back_as_well() {
    let mut scene = Scene::blank(Mode::Writing);
    let ends = advance(scene.now, secs(250));
    let left = [ANNA, BEN].map(|name| entry(name, CallActivity::InACall, ends));
    scene.step(Event::Ledger(left.to_vec()));
    let clears = writes(&scene.step(Event::Stopping));
    assert_eq!(clears, [WriteOp::Clear, WriteOp::Clear]);
    assert!(writes(&scene.procall(ProcallEvent::Calls(Vec::new()))).is_empty());
}
