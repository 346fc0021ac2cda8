//! What rings: nothing until it was chosen, and then only news.

use super::*;
use crate::alerts::{AlertEvent, AlertWay};
use model::clock::advance;
use model::presence::TeamsPresence;
use model::snapshot::{Note, Snapshot, UserRow};

const ANNA: &str = "anna.becker@corp.example";

/// The snapshot in which this has become of Anna.
fn with(change: impl FnOnce(&mut UserRow)) -> Msg {
    let mut snapshot = fixture::snapshot();
    let mut rows = (*snapshot.rows).clone();
    change(Arc::make_mut(&mut rows[0]));
    snapshot.rows = Arc::new(rows);
    Msg::Snapshot(Arc::new(snapshot))
}

fn unlicensed(row: &mut UserRow) {
    row.notes = [Note::NoEffect].into();
}

fn away(row: &mut UserRow) {
    row.teams = Some(TeamsPresence::parse("Away", "Away"));
}

fn on_the_phone(row: &mut UserRow) {
    row.calls = fixture::snapshot().rows[1].calls.clone();
}

fn gone() -> Msg {
    let mut snapshot: Snapshot = fixture::snapshot();
    let mut poll = (*snapshot.poll).clone();
    poll.last_good_at = Some(fixture::now() - jiff::SignedDuration::from_secs(95));
    snapshot.poll = Arc::new(poll);
    Msg::Snapshot(Arc::new(snapshot))
}

/// What rings, in a console in which these were chosen.
fn rung(chosen: &[AlertEvent], msg: Msg) -> Vec<Effect> {
    let mut state = state(80, 24);
    state.alerts.events.extend(chosen);
    state.alerts.way = AlertWay::Notification;
    state.order.pins.toggle(&UserName::new(ANNA));
    update(&mut state, msg, fixture::now())
}

#[rstest]
#[case::nothing_chosen(&[], with(unlicensed), "")]
#[case::a_problem(&[AlertEvent::Problem], with(unlicensed), "anna.becker")]
#[case::no_news(&[AlertEvent::Problem, AlertEvent::Outage, AlertEvent::Pinned], with(|_| {}), "")]
#[case::a_problem_is_no_outage(&[AlertEvent::Outage], with(unlicensed), "")]
#[case::an_outage(&[AlertEvent::Outage], gone(), "Graph")]
#[case::an_outage_is_a_problem(&[AlertEvent::Problem], gone(), "Graph")]
#[case::the_end(&[AlertEvent::Outage], Msg::BridgeEnded, "has ended")]
#[case::another_presence(&[AlertEvent::Pinned], with(away), "anna.becker@corp.example: Teams shows Away")]
#[case::a_call(&[AlertEvent::Pinned], with(on_the_phone), "anna.becker@corp.example is on the phone")]
#[case::presence_is_no_problem(&[AlertEvent::Problem], with(away), "")]
fn what_was_chosen_rings(#[case] chosen: &[AlertEvent], #[case] msg: Msg, #[case] said: &str) {
    match &rung(chosen, msg)[..] {
        [Effect::Notify(text)] => {
            assert!(!said.is_empty() && text.contains(said), "{text}");
            assert!(text.starts_with("lampfield: "), "{text}");
        }
        other => assert!(said.is_empty() && other.is_empty(), "{other:?}"),
    }
}

#[test]
fn somebody_who_is_not_pinned_does_not_ring() {
    let mut state = state(80, 24);
    state.alerts.events.insert(AlertEvent::Pinned);
    assert_eq!(update(&mut state, with(away), fixture::now()), []);
}

#[test]
fn it_rings_every_ten_seconds_at_most_and_not_while_frozen() {
    let mut state = state(80, 24);
    state.alerts.events.insert(AlertEvent::Pinned);
    state.order.pins.toggle(&UserName::new(ANNA));
    let at = |seconds| advance(fixture::now(), Duration::from_secs(seconds));
    assert_eq!(update(&mut state, with(away), at(0)), [Effect::Bell]);
    assert_eq!(update(&mut state, with(|_| {}), at(9)), []);
    assert_eq!(update(&mut state, with(away), at(10)), [Effect::Bell]);
    type_keys(&mut state, " ");
    assert_eq!(update(&mut state, with(|_| {}), at(60)), []);
}

#[test]
fn with_names_hidden_it_says_none() {
    let mut state = state(80, 24);
    type_keys(&mut state, "*P");
    state.alerts.events.insert(AlertEvent::Pinned);
    state.alerts.way = AlertWay::Notification;
    let effects = update(&mut state, with(away), fixture::now());
    let [Effect::Notify(text)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(!text.contains("anna") && text.contains("user-"), "{text}");
}

#[test]
fn what_rings_is_chosen_from_a_list() {
    let mut state = state(80, 24);
    type_keys(&mut state, "E jj jj ␛");
    assert!(state.menu.is_none());
    let chosen: Vec<_> = state.alerts.events.iter().copied().collect();
    assert_eq!(chosen, [AlertEvent::Problem, AlertEvent::Pinned]);
    assert_eq!(state.alerts.way, AlertWay::Notification);
    type_keys(&mut state, "E ␛");
    assert_eq!(state.alerts.events.len(), 1);
}
