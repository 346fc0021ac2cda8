//! The life of a lease: set, renewed, cleared; and what becomes of it when a write fails.

use rstest::rstest;

use super::scene::{ANNA, IN_A_CALL, Scene, secs, writes};
use crate::{Effect, LeasePhase, LinkStatus, UserEventKind, WriteOp};
use graph::FailureKind;
use model::clock::advance;
use model::presence::CallActivity;

const RENEW: WriteOp = WriteOp::Renew(CallActivity::InACall);

fn phase(scene: &mut Scene) -> Option<LeasePhase> {
    scene.row(ANNA).lease.as_ref().map(|lease| lease.phase)
}

#[test]
fn a_lease_from_the_call_to_the_end_of_the_settling_window() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    assert_eq!(phase(&mut scene), Some(LeasePhase::Setting));
    scene.accept();
    assert_eq!(phase(&mut scene), Some(LeasePhase::Held));
    scene.hang_up(ANNA);
    assert_eq!(phase(&mut scene), Some(LeasePhase::Clearing));
    scene.accept();
    assert_eq!(phase(&mut scene), Some(LeasePhase::Settling));
    scene.wait(19);
    assert_eq!(phase(&mut scene), Some(LeasePhase::Settling));
    let end = scene.wait(1);
    assert_eq!(phase(&mut scene), None);
    assert!(
        end.iter()
            .any(|effect| matches!(effect, Effect::LedgerRemove(_)))
    );
}

#[test]
fn it_is_renewed_two_minutes_before_it_runs_out_as_long_as_the_call_lasts() {
    let mut scene = Scene::with_lease();
    assert!(writes(&scene.wait(179)).is_empty());
    assert_eq!(writes(&scene.wait(1)), [RENEW]);
    scene.accept();
    let row = scene.row(ANNA);
    let lease = row.lease.as_ref().expect("a lease");
    assert_eq!(lease.renewals, 1);
    assert_eq!(lease.expires_at, advance(scene.now, secs(300)));
}

#[test]
fn it_is_never_renewed_after_the_call() {
    let mut scene = Scene::with_lease();
    scene.wait(179);
    scene.hang_up(ANNA);
    scene.accept();
    assert!(writes(&scene.wait(600)).is_empty());
}

#[test]
fn a_call_that_ends_before_its_set_was_sent_needs_no_clear() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    scene.hang_up(ANNA);
    assert!(scene.orders[1].only_if_sent);
    scene.drop_order();
    scene.drop_order();
    assert_eq!(phase(&mut scene), None);
    assert!(writes(&scene.wait(60)).is_empty());
}

#[test]
fn a_clear_of_a_lease_that_is_held_is_sent_in_any_case() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    assert!(!scene.orders[0].only_if_sent);
}

#[test]
fn the_result_of_a_superseded_set_leads_to_a_clear() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    scene.hang_up(ANNA);
    // The set was on the wire already; the clear behind it goes out afterwards.
    scene.accept();
    scene.accept();
    assert_eq!(phase(&mut scene), Some(LeasePhase::Settling));
    assert!(scene.orders.is_empty());
}

#[rstest]
#[case::transient(FailureKind::Server, vec![1, 2, 4, 8, 16, 30, 30])]
#[case::not_found(FailureKind::NotFound, vec![120, 240, 300])]
#[case::permission(FailureKind::Permission, vec![120, 240])]
fn a_failed_set_is_tried_again(#[case] kind: FailureKind, #[case] waits: Vec<u64>) {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    for wait in waits {
        scene.fail(kind);
        assert!(scene.has_note("write_failing"));
        assert!(writes(&scene.wait(wait - 1)).is_empty(), "too early");
        assert_eq!(writes(&scene.wait(1)), [IN_A_CALL]);
    }
}

#[test]
fn a_retry_is_dropped_when_the_call_is_over() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    scene.fail(FailureKind::Throttled);
    assert!(writes(&scene.hang_up(ANNA)).is_empty());
    assert!(writes(&scene.wait(60)).is_empty());
    assert_eq!(phase(&mut scene), None);
    assert!(!scene.has_note("write_failing"));
}

#[test]
fn a_set_without_an_answer_may_have_been_applied() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    scene.fail(FailureKind::Timeout);
    assert_eq!(writes(&scene.hang_up(ANNA)), [WriteOp::Clear]);
    assert!(!scene.orders[0].only_if_sent);
}

#[test]
fn a_failed_clear_is_tried_again() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    scene.fail(FailureKind::Network);
    assert_eq!(writes(&scene.wait(1)), [WriteOp::Clear]);
    scene.accept();
    assert_eq!(phase(&mut scene), Some(LeasePhase::Settling));
}

#[test]
fn a_clear_that_finds_nobody_is_a_success() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    scene.fail(FailureKind::NotFound);
    assert_eq!(phase(&mut scene), Some(LeasePhase::Settling));
}

#[test]
fn after_a_clear_without_an_answer_a_new_call_is_set_anew() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    scene.fail(FailureKind::Timeout);
    assert_eq!(writes(&scene.connect(ANNA)), [IN_A_CALL]);
}

#[test]
fn a_call_that_begins_while_the_last_lease_is_cleared_is_set_anew() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    assert_eq!(writes(&scene.connect(ANNA)), [IN_A_CALL]);
    scene.accept();
    scene.accept();
    assert_eq!(phase(&mut scene), Some(LeasePhase::Held));
}

#[test]
fn a_lease_that_cannot_be_renewed_runs_out_and_is_set_anew() {
    let mut scene = Scene::with_lease();
    scene.wait(180);
    for _ in 0..300 {
        if !scene.orders.is_empty() {
            scene.fail(FailureKind::Throttled);
        }
        scene.wait(1);
    }
    assert!(scene.happened(ANNA, &UserEventKind::LeaseExpired));
    while scene.orders.is_empty() {
        scene.wait(1);
    }
    assert_eq!(scene.orders[0].op, IN_A_CALL);
    scene.accept();
    assert_eq!(phase(&mut scene), Some(LeasePhase::Held));
}

#[test]
fn an_order_that_was_not_sent_and_not_replaced_is_given_again_but_not_at_once() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    assert!(writes(&scene.drop_order()).is_empty());
    assert_eq!(writes(&scene.wait(1)), [IN_A_CALL]);
}

#[test]
fn only_failures_in_a_row_take_the_link_down() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    scene.fail(FailureKind::Server);
    let status = |scene: &mut Scene| scene.snapshot().links.graph_write.status;
    assert_eq!(status(&mut scene), LinkStatus::Degraded);
    scene.wait(1);
    scene.fail(FailureKind::Server);
    scene.wait(2);
    scene.fail(FailureKind::Server);
    assert_eq!(status(&mut scene), LinkStatus::Down);
    scene.wait(4);
    scene.accept();
    assert_eq!(status(&mut scene), LinkStatus::Up);
}

#[test]
fn a_result_nobody_waits_for_is_ignored() {
    let mut scene = Scene::with_lease();
    scene.hang_up(ANNA);
    let order = scene.orders[0].clone();
    scene.accept();
    scene.orders.push_back(order);
    scene.accept();
    assert_eq!(phase(&mut scene), Some(LeasePhase::Settling));
}
