//! Going back, and ending the console.

use super::*;
use model::snapshot::{Seen, Snapshot};

const CTRL_C: KeyEvent = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);

fn show(state: &mut State, snapshot: Snapshot) {
    update(state, Msg::Snapshot(Arc::new(snapshot)), fixture::now());
}

fn interrupt(state: &mut State) -> Vec<Effect> {
    update(state, Msg::Key(CTRL_C), fixture::now())
}

/// Its bridge holds four leases.
fn own() -> State {
    state(80, 24)
}

fn attached() -> State {
    let mut state = state(80, 24);
    let mut snapshot = fixture::snapshot();
    snapshot.seen = Seen::Attached { watchers: 1 };
    show(&mut state, snapshot);
    state
}

#[rstest]
#[case::help("?")]
#[case::searched_help("?/lease⏎")]
#[case::why("⏎")]
#[case::unmatched("u")]
#[case::problems("!")]
#[case::topology("t")]
#[case::timing("T")]
#[case::explorer("L")]
#[case::log("⇥")]
#[case::log_of_why("⏎l")]
fn q_on_a_page_goes_back_and_ends_nothing(#[case] keys: &str) {
    let (mut by_q, mut by_escape) = (attached(), attached());
    for (state, key) in [(&mut by_q, "q"), (&mut by_escape, "␛")] {
        type_keys(state, keys);
        assert_eq!(type_keys(state, key), []);
    }
    assert_eq!(by_q.screens, by_escape.screens);
    assert_eq!(by_q.focus, by_escape.focus);
    assert_ne!(type_keys(&mut by_q, "qqq"), [], "from the table it ends");
}

#[test]
fn escape_leads_back_to_the_screen_that_has_opened_the_console_and_only_there() {
    let mut state = attached();
    assert_eq!(type_keys(&mut state, "␛"), []);
    state.comes_back = true;
    assert_eq!(type_keys(&mut state, "?␛/a⏎␛"), []);
    assert_eq!(state.filter.text, "");
    assert_eq!(type_keys(&mut state, "␛"), [Effect::Quit]);
}

#[test]
fn where_another_process_is_the_bridge_nothing_is_asked() {
    assert_eq!(type_keys(&mut attached(), "q"), [Effect::Quit]);
    assert_eq!(interrupt(&mut attached()), [Effect::Quit]);
}

#[test]
fn where_nothing_would_end_nothing_is_asked() {
    let mut without = fixture::snapshot();
    without.leases.held = 0;
    let mut observing = fixture::snapshot();
    observing.mode = Mode::Observing(ObserveReason::Flag);
    let mut lost = fixture::snapshot();
    lost.seen = Seen::Lost {
        since: fixture::now(),
    };
    for snapshot in [without, observing, lost] {
        let mut state = own();
        show(&mut state, snapshot);
        assert_eq!(type_keys(&mut state, "q"), [Effect::Quit]);
    }
}

#[rstest]
#[case("q⏎", true)]
#[case("qy", true)]
#[case("qn", false)]
#[case("q␛", false)]
#[case("qq", false)]
#[case("qj", false)]
#[case("qjkx y", true)]
fn a_bridge_with_leases_asks_first(#[case] keys: &str, #[case] ends: bool) {
    let mut state = own();
    let wanted: &[Effect] = if ends { &[Effect::Quit] } else { &[] };
    assert_eq!(type_keys(&mut state, keys), wanted);
}

#[rstest]
#[case(4, "4 calls that Teams shows would be cleared")]
#[case(1, "1 call that Teams shows would be cleared")]
fn the_question_says_what_would_end(#[case] held: usize, #[case] wanted: &str) {
    let mut state = own();
    let mut snapshot = fixture::snapshot();
    snapshot.leases.held = held;
    // What is frozen on the screen does not matter.
    type_keys(&mut state, " ");
    show(&mut state, snapshot);
    type_keys(&mut state, "q");
    let screen = draw_text(&state, fixture::now());
    assert!(screen.contains(wanted), "{screen}");
}

/// Calls begin and end while it is asked.
#[test]
fn the_question_says_what_would_end_now() {
    let mut state = own();
    let mut snapshot = fixture::snapshot();
    snapshot.leases.held = 4;
    show(&mut state, snapshot.clone());
    type_keys(&mut state, "q");
    snapshot.leases.held = 9;
    show(&mut state, snapshot);
    let screen = draw_text(&state, fixture::now());
    assert!(screen.contains("9 calls that Teams shows"), "{screen}");
}

#[rstest]
#[case::table("")]
#[case::page("!")]
#[case::typing("/anna")]
#[case::export("e")]
#[case::menu("C")]
#[case::log("⇥")]
#[case::question_of_something_else("X")]
#[case::this_question("q")]
fn ctrl_c_twice_always_ends(#[case] keys: &str) {
    let mut state = own();
    assert_eq!(type_keys(&mut state, keys), []);
    let mut effects = interrupt(&mut state);
    effects.extend(interrupt(&mut state));
    assert_eq!(effects.first(), Some(&Effect::Quit));
}

#[test]
fn ctrl_c_once_asks_as_q_does() {
    let mut state = own();
    assert_eq!(interrupt(&mut state), []);
    assert!(state.question.is_some());
    assert_eq!(type_keys(&mut state, "n"), []);
    assert!(state.question.is_none());
}

/// German "ja" is no key: `j` moves.
#[test]
fn questions_are_answered_by_the_same_keys_in_german() {
    let look = Appearance::new(
        Lang::De,
        false,
        ThemeName::Dark,
        Depth::Sixteen,
        TimeZone::UTC,
    );
    let snapshot = Arc::new(fixture::snapshot());
    let size = Size::new(80, 24);
    let mut state = State::new(look, size, Arc::clone(&snapshot));
    update(&mut state, Msg::Snapshot(snapshot), fixture::now());
    assert_eq!(type_keys(&mut state, "Xj"), []);
    assert!(state.question.is_some(), "it is still asked");
    let cleared = Effect::Send(Command::ClearAllLeases);
    assert_eq!(type_keys(&mut state, "y"), [cleared]);
}
