//! The list of problems, and walking through them.

use super::*;
use crate::keys::Scope;
use model::snapshot::{Note, PollView, Snapshot};

#[test]
fn a_problem_leads_to_its_row_and_why() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/anna⏎!");
    let users =
        |state: &State| -> Vec<_> { state.problems.iter().map(|it| it.user.clone()).collect() };
    let at = users(&state).iter().rposition(Option::is_some).unwrap();
    type_keys(&mut state, &"j".repeat(at));
    let user = users(&state)[at].clone().unwrap();
    type_keys(&mut state, "⏎");
    assert_eq!(state.screen(), Some(Screen::Detail));
    assert_eq!(selected(&state), user.as_str());
    type_keys(&mut state, "␛");
    assert_eq!(
        (state.screen(), state.problem_at),
        (Some(Screen::Problems), at)
    );
}

/// What belongs to nobody has a page that says more.
#[test]
fn a_problem_of_the_whole_leads_to_its_page() {
    let mut snapshot = fixture::snapshot();
    snapshot.poll = Arc::new(PollView {
        errors_last_minute: 3,
        ..(*snapshot.poll).clone()
    });
    let mut state = state(80, 24);
    show(&mut state, snapshot);
    for (said, page) in [
        ("write fails now and then", Screen::Topology),
        ("failed requests", Screen::Timing),
        ("are not matched", Screen::Unmatched),
    ] {
        type_keys(&mut state, "!g");
        let at = state.problems.iter().position(|it| it.what.contains(said));
        type_keys(&mut state, &"j".repeat(at.unwrap()));
        type_keys(&mut state, "⏎");
        assert_eq!(state.screens, [Screen::Problems, page], "{said}");
        type_keys(&mut state, "␛␛");
    }
}

#[test]
fn walking_through_the_problems_says_what_each_is() {
    let mut state = state(80, 24);
    let mut said = |keys: &str| {
        type_keys(&mut state, keys);
        state.notice.take().unwrap().text
    };
    let first = "1 of 6: fatima.rahimi@corp.example: Graph accepted";
    assert!(said("n").starts_with(first));
    assert_eq!(
        said("n"),
        "2 of 6: write fails now and then: 503 Service Unavailable"
    );
    assert!(said("NN").starts_with("6 of 6: 6 ProCall users are not matched"));
    assert!(said("n").starts_with(first), "round the end");
}

#[test]
fn the_chosen_problem_stays_chosen_while_others_come_and_go() {
    let mut state = state(80, 24);
    type_keys(&mut state, "nn");
    let mut snapshot = fixture::snapshot();
    snapshot.poll = Arc::new(PollView {
        last_good_at: Some(snapshot.started_at),
        ..(*snapshot.poll).clone()
    });
    show(&mut state, snapshot);
    assert!(state.problems[state.problem_at].what.contains("503"));
}

/// One cause of several users leads to their rows; what the log has more of leads there.
#[test]
fn enter_leads_to_the_rows_or_to_the_log() {
    let mut snapshot = fixture::snapshot();
    let fails = Note::WriteFailing(Arc::new("no licence".into()));
    let mut rows = (*snapshot.rows).clone();
    for row in rows.iter_mut().take(3) {
        Arc::make_mut(row).notes = [fails.clone()].into();
    }
    snapshot.rows = Arc::new(rows);
    snapshot.odd_records = Arc::new(vec![("a user without a name".into(), 2)]);
    let mut state = state(160, 50);
    show(&mut state, snapshot);
    type_keys(&mut state, "!g⏎");
    assert!(state.screens.is_empty());
    assert_eq!(state.filter.text, "note:write_failing");
    assert_eq!(state.order.shown().len(), 3);
    assert_eq!(state.selected_at, 0);
    type_keys(&mut state, "!G⏎");
    assert_eq!(state.scope(), Scope::Log);
}

/// What was the worst before something worse came is not where `Enter` leads.
#[test]
fn whoever_opens_the_list_is_at_the_worst() {
    let mut state = state(80, 24);
    let mut snapshot = fixture::snapshot();
    snapshot.poll = Arc::new(PollView {
        last_good_at: Some(snapshot.started_at),
        ..(*snapshot.poll).clone()
    });
    show(&mut state, snapshot);
    type_keys(&mut state, "!⏎");
    assert_eq!(state.screens, [Screen::Problems, Screen::Topology]);
}

fn show(state: &mut State, snapshot: Snapshot) {
    update(state, Msg::Snapshot(Arc::new(snapshot)), fixture::now());
}
