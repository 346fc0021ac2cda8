//! A ProCall that is not heard decides nothing (design, rule 15).

use super::scene::*;
use crate::{Command, Effect, LinkStatus, UserEventKind, WriteOp};
use model::clock::advance;
use model::presence::{CallActivity, CallKind};
use procall::{CallState, ProcallEvent};

const RENEWAL: WriteOp = WriteOp::Renew(CallActivity::InACall);

/// Anna talks, her lease is in Teams, and nothing was heard of ProCall for a minute.
fn silent() -> Scene {
    let mut scene = Scene::with_lease();
    scene.procall(ProcallEvent::Interrupted);
    scene.procall(ProcallEvent::Trouble("no route".into()));
    scene.wait(60);
    scene.procall(ProcallEvent::Silent(secs(60)));
    scene
}

fn sets(scene: &Scene) -> usize {
    let sets = scene.effects.iter().filter(|effect| match effect {
        Effect::Write(order) => order.op != WriteOp::Clear,
        _ => false,
    });
    sets.count()
}

#[test]
fn no_lease_is_renewed_for_calls_of_a_source_that_is_not_heard() {
    let mut scene = silent();
    let before = sets(&scene);
    scene.wait(400);
    assert_eq!(sets(&scene), before, "set once, and never again");
    assert!(scene.happened(ANNA, &UserEventKind::CallsStale));
    assert!(scene.happened(ANNA, &UserEventKind::LeaseExpired));
}

/// A connection that is back before anybody missed it costs no lease: what was due is made up for.
#[test]
fn a_renewal_waits_for_a_connection_that_is_lost_for_a_moment() {
    let mut scene = Scene::with_lease();
    scene.wait(175);
    scene.procall(ProcallEvent::Interrupted);
    assert!(writes(&scene.wait(30)).is_empty());
    assert_eq!(scene.row(ANNA).calls[0].stale_since, None);
    let lasts = call(ANNA, "1", CallKind::Tapi, CallState::Connected);
    let effects = scene.procall(ProcallEvent::Calls(vec![lasts]));
    assert_eq!(writes(&effects), [RENEWAL]);
    assert!(!scene.happened(ANNA, &UserEventKind::CallsStale));
}

/// It waits for the budget, and must not go out on what nobody knows any more.
#[test]
fn what_was_ordered_and_has_not_gone_out_is_withdrawn() {
    let mut scene = Scene::new();
    scene.connect(ANNA);
    let effects = scene.procall(ProcallEvent::Interrupted);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Withdraw(_))),
        "{effects:?}"
    );
}

#[test]
fn the_hop_is_broken_and_the_calls_have_the_age_of_what_is_known() {
    let mut scene = silent();
    let since = scene.now - jiff::SignedDuration::from_secs(60);
    let links = scene.snapshot().links.clone();
    assert_eq!(links.procall.status, LinkStatus::Down);
    assert_eq!(links.procall_silent_since, Some(since));
    let row = scene.row(ANNA);
    assert_eq!(row.calls[0].stale_since, Some(since));
    assert_eq!(row.lease.as_ref().unwrap().renew_at, None, "nobody renews");
    let would_write = |note: &crate::Note| matches!(note, crate::Note::WouldWrite(_));
    assert!(!row.notes.iter().any(would_write), "nobody observes");
    // More trouble, or the same once more, changes nothing.
    scene.procall(ProcallEvent::Trouble("still no route".into()));
    scene.procall(ProcallEvent::Silent(secs(70)));
    let links = scene.snapshot().links.clone();
    assert_eq!(links.procall.status, LinkStatus::Down);
    assert_eq!(links.procall_silent_since, Some(since));
}

/// The call that lasts is in Teams again, the one that ended is not, and a new one is.
#[test]
fn one_resync_puts_everything_right() {
    let mut scene = silent();
    scene.wait(400);
    let lasts = call(ANNA, "1", CallKind::Tapi, CallState::Connected);
    let new = call(BEN, "7", CallKind::Tapi, CallState::Connected);
    let effects = scene.procall(ProcallEvent::Calls(vec![lasts, new]));
    assert_eq!(writes(&effects), [IN_A_CALL, IN_A_CALL]);
    let links = scene.snapshot().links.clone();
    assert_eq!(links.procall.status, LinkStatus::Up);
    assert_eq!(links.procall_silent_since, None);
    assert_eq!(scene.row(ANNA).calls[0].stale_since, None);
    assert!(scene.happened(ANNA, &UserEventKind::CallsFresh));

    let mut scene = silent();
    let effects = scene.procall(ProcallEvent::Calls(Vec::new()));
    assert_eq!(writes(&effects), [WriteOp::Clear]);
    assert!(scene.row(ANNA).calls.is_empty());
}

/// What the administrator wants needs no ProCall, and an end that was heard still counts.
#[test]
fn a_lease_can_still_be_given_back() {
    let mut scene = silent();
    let name = model::presence::UserName::new(ANNA);
    let effects = scene.command(Command::ClearLease(name));
    assert_eq!(writes(&effects), [WriteOp::Clear]);
}

/// Another lampfield's ledger comes with the lock while our ProCall is silent: its leases may be of
/// calls that began since, so nothing is given back on what we do not know.
#[test]
fn a_ledger_that_comes_meanwhile_waits_for_the_calls() {
    let mut scene = silent();
    let mut entry = crate::LedgerEntry {
        entra_id: id_of(BEN),
        user_name: model::presence::UserName::new(BEN),
        activity: CallActivity::InACall,
        set_at: scene.now,
        expires_at: advance(scene.now, secs(300)),
    };
    let before = scene.effects.len();
    scene.step(crate::Event::Ledger(vec![entry.clone()]));
    scene.wait(10);
    assert!(writes(&scene.effects[before..]).is_empty());
    let lasts = call(BEN, "7", CallKind::Tapi, CallState::Connected);
    let effects = scene.procall(ProcallEvent::Calls(vec![lasts]));
    assert!(writes(&effects).is_empty(), "adopted");

    let mut scene = silent();
    entry.set_at = scene.now;
    scene.step(crate::Event::Ledger(vec![entry]));
    let effects = scene.procall(ProcallEvent::Calls(Vec::new()));
    assert_eq!(writes(&effects), [WriteOp::Clear]);
}
