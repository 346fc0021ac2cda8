use std::sync::Arc;

use super::*;
use crate::fixture;
use model::presence::Lang;
use model::snapshot::{Mode, ObserveReason};
use words::texts;

fn found(snapshot: &Snapshot) -> Vec<Problem> {
    find(snapshot, texts(Lang::En), fixture::now())
}

#[test]
fn the_worst_comes_first() {
    let problems = found(&fixture::snapshot());
    let order: Vec<Severity> = problems.iter().map(|problem| problem.severity).collect();
    assert!(order.is_sorted());
    assert_eq!(
        problems[0].user.as_ref().unwrap().as_str(),
        "fatima.rahimi@corp.example"
    );
}

#[test]
fn every_problem_has_a_remedy() {
    for problem in found(&fixture::snapshot()) {
        assert!(!problem.remedy.is_empty(), "{problem:?}");
    }
}

#[test]
fn silence_comes_before_everything() {
    let mut snapshot = fixture::snapshot();
    let mut poll = (*snapshot.poll).clone();
    poll.last_good_at = Some(snapshot.started_at);
    snapshot.poll = Arc::new(poll);
    assert_eq!(found(&snapshot)[0].severity, Severity::Dead);
}

#[test]
fn while_nothing_answers_one_line_speaks_for_all_stale_rows() {
    let mut snapshot = fixture::snapshot();
    let rows = snapshot.rows.iter().map(|row| {
        let mut row = (**row).clone();
        row.notes = [Note::Stale].into();
        Arc::new(row)
    });
    snapshot.rows = Arc::new(rows.collect());
    let of_users = |snapshot: &Snapshot| {
        let found = found(snapshot).into_iter();
        let told = found.filter(|problem| problem.leads == Leads::Rows("note:stale"));
        told.map(|problem| problem.what).collect::<Vec<_>>()
    };
    let told = of_users(&snapshot);
    assert_eq!(
        told.len(),
        1,
        "reading goes on: what they share is said once"
    );
    assert!(told[0].starts_with("12 users: No good answer"), "{told:?}");
    let mut poll = (*snapshot.poll).clone();
    poll.last_good_at = Some(snapshot.started_at);
    snapshot.poll = Arc::new(poll);
    assert!(of_users(&snapshot).is_empty());
    assert!(found(&snapshot)[0].what.contains("all 12 users"));
}

#[test]
fn a_missing_permission_is_named() {
    let mut snapshot = fixture::snapshot();
    snapshot.token.roles = Arc::from(["Presence.Read.All".into()]);
    let named = |snapshot: &Snapshot| {
        found(snapshot)
            .iter()
            .any(|problem| problem.what.contains("Presence.ReadWrite.All"))
    };
    assert!(named(&snapshot));
    snapshot.mode = Mode::Observing(ObserveReason::Flag);
    assert!(!named(&snapshot));
}
