//! Into the past, about in it, and back.

use super::*;
use crate::past::PastWish;
use model::snapshot::{PastView, Seen};

fn looking_back() -> State {
    let mut state = state(80, 24);
    state.looks_back = true;
    state
}

fn moment() -> Timestamp {
    fixture::now() - jiff::SignedDuration::from_mins(10)
}

fn past(speed: u32, live: bool) -> Msg {
    let mut snapshot = fixture::snapshot();
    snapshot.seen = Seen::Past(PastView {
        moment: moment(),
        speed,
        lack: None,
        live,
    });
    Msg::Snapshot(Arc::new(snapshot))
}

fn in_the_past() -> State {
    let mut state = looking_back();
    update(&mut state, past(0, true), fixture::now());
    state
}

fn said(state: &State) -> &str {
    state.notice.as_ref().map_or("", |said| &said.text)
}

#[test]
fn one_key_leads_into_the_past_and_back() {
    let mut state = looking_back();
    assert_eq!(type_keys(&mut state, "b"), [Effect::Past(PastWish::Begin)]);
    update(&mut state, past(0, true), fixture::now());
    assert_eq!(type_keys(&mut state, "b"), [Effect::Past(PastWish::Live)]);
    let live = Arc::new(fixture::snapshot());
    update(&mut state, Msg::Snapshot(live), fixture::now());
    assert!(state.past().is_none());
}

#[rstest]
#[case(".", PastWish::Event { forward: true })]
#[case(",", PastWish::Event { forward: false })]
#[case(")", PastWish::Problem { forward: true })]
#[case("(", PastWish::Problem { forward: false })]
#[case(" ", PastWish::Play)]
#[case("v", PastWish::Faster)]
fn keys_move_about_in_it(#[case] key: &str, #[case] wish: PastWish) {
    let mut state = in_the_past();
    assert_eq!(type_keys(&mut state, key), [Effect::Past(wish)]);
    assert!(!state.is_frozen());
}

#[test]
fn a_time_is_read_from_the_moment_that_is_shown() {
    let mut state = in_the_past();
    let to = fixture::now() - jiff::SignedDuration::from_secs(90);
    assert_eq!(
        type_keys(&mut state, "J90s ago⏎"),
        [Effect::Past(PastWish::To(to))]
    );
    assert!(state.prompt.is_none());
    assert_eq!(type_keys(&mut state, "Jsoon⏎"), []);
    assert!(said(&state).starts_with("\"soon\" is no time"));
    let typed = state.prompt.as_ref().map(|prompt| prompt.input.text());
    assert_eq!(typed.as_deref(), Some("soon"), "it can be mended");
}

#[rstest]
#[case("r")]
#[case("R")]
#[case("+")]
#[case("-")]
#[case("w")]
#[case("W")]
#[case("x")]
#[case("X")]
fn a_command_is_refused_in_words(#[case] key: &str) {
    let mut state = in_the_past();
    assert_eq!(type_keys(&mut state, key), []);
    assert!(state.question.is_none());
    assert!(said(&state).contains("takes commands only live"));
}

#[test]
fn without_a_recording_it_is_said() {
    let mut state = state(80, 24);
    for key in ["b", ".", "J"] {
        assert_eq!(type_keys(&mut state, key), []);
        assert!(said(&state).contains("no recording"), "{key}");
    }
}

#[test]
fn a_recording_alone_has_no_live_to_come_back_to() {
    let mut state = looking_back();
    update(&mut state, past(0, false), fixture::now());
    assert_eq!(type_keys(&mut state, "b"), []);
    assert!(said(&state).contains("no live picture"));
}

#[test]
fn the_past_has_its_log_and_live_lines_wait() {
    let mut state = in_the_past();
    let before = state.ours.len();
    let line = fixture::log_lines().remove(0);
    update(&mut state, Msg::PastLog(vec![line.clone()]), fixture::now());
    assert_eq!(state.ours.len(), 1);
    update(&mut state, Msg::Log(line), fixture::now());
    assert_eq!(state.ours.len(), 1);
    let back = Arc::new(fixture::snapshot());
    update(&mut state, Msg::Snapshot(back), fixture::now());
    assert_eq!(state.ours.len(), before + 1);
}

/// Whoever quits in the past still ends the bridge of this process.
#[test]
fn leaving_asks_for_what_is_live() {
    let mut state = in_the_past();
    assert_eq!(type_keys(&mut state, "q"), []);
    assert!(state.question.is_some());
}

#[test]
fn nothing_rings_in_the_past() {
    let mut state = looking_back();
    state.alerts.events = crate::alerts::AlertEvent::ALL.into();
    let rung = update(&mut state, past(0, true), fixture::now());
    assert_eq!(rung, []);
}
