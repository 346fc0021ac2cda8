use std::sync::Arc;

use jiff::tz::TimeZone;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use rstest::rstest;

use super::*;
use crate::fixture;
use crate::screen::{Focus, LogSize};
use crate::settings::ConsoleSettings;
use crate::state::{Appearance, LogFocus};
use crate::theme::{Depth, ThemeName};
use crate::view::view;
use model::command::Command;
use model::presence::{Lang, UserName};
use model::snapshot::{Mode, ObserveReason};

mod alerts;
mod choosing;
mod finding;
mod grouping;
mod leaving;
mod past;
mod pointer;
mod problems;
mod property;
mod said;

fn state(width: u16, height: u16) -> State {
    let look = Appearance::new(
        Lang::En,
        false,
        ThemeName::Dark,
        Depth::Sixteen,
        TimeZone::UTC,
    );
    let snapshot = Arc::new(fixture::snapshot());
    let mut state = State::new(look, Size { width, height }, Arc::clone(&snapshot));
    update(&mut state, Msg::Snapshot(snapshot), fixture::now());
    for line in fixture::log_lines() {
        update(&mut state, Msg::Log(line), fixture::now());
    }
    state
}

fn press_code(state: &mut State, code: KeyCode) -> Vec<Effect> {
    let key = KeyEvent::new(code, KeyModifiers::NONE);
    update(state, Msg::Key(key), fixture::now())
}

fn type_keys(state: &mut State, keys: &str) -> Vec<Effect> {
    keys.chars()
        .flat_map(|c| match c {
            '⏎' => press_code(state, KeyCode::Enter),
            '␛' => press_code(state, KeyCode::Esc),
            '⇥' => press_code(state, KeyCode::Tab),
            c => press_code(state, KeyCode::Char(c)),
        })
        .collect()
}

/// The screen line by line.
fn draw_text(state: &State, now: Timestamp) -> String {
    let mut buf = Buffer::empty(Rect::new(0, 0, state.size.width, state.size.height));
    view(state, now, &mut buf);
    let lines = buf.content.chunks(usize::from(buf.area.width));
    let lines = lines.map(|line| line.iter().map(Cell::symbol).collect::<String>());
    lines.collect::<Vec<_>>().join("\n")
}

fn selected(state: &State) -> &str {
    state.selected.as_ref().map_or("", UserName::as_str)
}

#[rstest]
#[case("", "anna.becker@corp.example")]
#[case("j", "bernd.kowalski@corp.example")]
#[case("jjk", "bernd.kowalski@corp.example")]
#[case("G", "zoe.nguyen@corp.example")]
#[case("Gjj", "zoe.nguyen@corp.example")]
#[case("Gg", "anna.becker@corp.example")]
#[case("n", "fatima.rahimi@corp.example")]
#[case("nn", "fatima.rahimi@corp.example")]
#[case("nnn", "carla.mueller@corp.example")]
#[case("NN", "helga.thoma@corp.example")]
#[case("/carla⏎n", "carla.mueller@corp.example")]
#[case("/karl⏎", "karl.lange@corp.example")]
#[case("4", "carla.mueller@corp.example")]
fn keys_select(#[case] keys: &str, #[case] user: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, keys);
    assert_eq!(selected(&state), user);
}

#[rstest]
#[case(
    "r",
    Effect::Send(Command::Refresh(UserName::new("anna.becker@corp.example")))
)]
#[case("R", Effect::Send(Command::RefreshAll))]
#[case("+", Effect::Send(Command::SetInterval(Duration::from_secs(2))))]
#[case("-", Effect::Send(Command::SetInterval(Duration::from_secs(10))))]
#[case("wy", Effect::Send(Command::PauseWriting))]
#[case(
    "Wy",
    Effect::Send(Command::PauseUser(UserName::new("anna.becker@corp.example")))
)]
#[case(
    "jxy",
    Effect::Send(Command::ClearLease(UserName::new("bernd.kowalski@corp.example")))
)]
#[case("Xy", Effect::Send(Command::ClearAllLeases))]
#[case("w⏎", Effect::Send(Command::PauseWriting))]
#[case("wjky", Effect::Send(Command::PauseWriting))]
fn keys_order(#[case] keys: &str, #[case] effect: Effect) {
    assert_eq!(type_keys(&mut state(80, 24), keys), [effect]);
}

#[rstest]
#[case("wn")]
#[case("Xj")]
#[case("wq")]
#[case("w␛")]
#[case("x")]
fn nothing_is_written_without_a_clear_yes(#[case] keys: &str) {
    assert_eq!(type_keys(&mut state(80, 24), keys), []);
}

#[rstest]
#[case("wy")]
#[case("Wy")]
#[case("jxy")]
#[case("Xy")]
fn observing_makes_writing_impossible(#[case] keys: &str) {
    let mut observing = state(80, 24);
    let mut snapshot = fixture::snapshot();
    snapshot.mode = Mode::Observing(ObserveReason::Flag);
    update(
        &mut observing,
        Msg::Snapshot(Arc::new(snapshot)),
        fixture::now(),
    );
    let sent = type_keys(&mut observing, keys);
    assert!(
        !sent.iter().any(|effect| matches!(effect, Effect::Send(_))),
        "{sent:?}"
    );
}

#[test]
fn the_selection_follows_the_user_not_the_row() {
    let mut state = state(80, 24);
    type_keys(&mut state, "jj");
    let before = selected(&state).to_owned();
    let at = state.selected_at;
    type_keys(&mut state, "O");
    assert_eq!(selected(&state), before);
    assert_ne!(state.selected_at, at);
}

#[test]
fn a_filter_that_does_not_read_keeps_the_last_good_one() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/is:call");
    assert_eq!(state.order.shown().len(), 5);
    type_keys(&mut state, " \"");
    assert!(state.filter.error.is_some());
    assert_eq!(state.order.shown().len(), 5);
    type_keys(&mut state, "⏎");
    assert_eq!(state.filter.text, "is:call");
    type_keys(&mut state, "␛");
    assert_eq!(state.order.shown().len(), 12);
}

#[test]
fn escape_while_typing_clears_the_filter() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/karl␛");
    assert!(state.filter.typing.is_none() && state.filter.text.is_empty());
    assert_eq!(state.order.shown().len(), 12);
}

#[test]
fn a_frozen_snapshot_stands_still() {
    let mut state = state(80, 24);
    type_keys(&mut state, " ");
    update(
        &mut state,
        Msg::Snapshot(Arc::new(fixture::crowd(50))),
        fixture::now(),
    );
    assert_eq!(state.snapshot().rows.len(), 12);
    type_keys(&mut state, " ");
    assert_eq!(state.snapshot().rows.len(), 50);
}

#[test]
fn escape_and_a_key_in_one_go_are_two_keys() {
    let mut state = state(80, 24);
    type_keys(&mut state, "u");
    let both = KeyEvent::new(KeyCode::Char('R'), KeyModifiers::ALT);
    let effects = update(&mut state, Msg::Key(both), fixture::now());
    let read = vec![Effect::Send(Command::RefreshAll)];
    assert_eq!((state.screen(), effects), (None, read));
}

#[test]
fn screens_are_a_stack() {
    let mut state = state(80, 24);
    type_keys(&mut state, "ut");
    assert_eq!(state.screens, [Screen::Unmatched, Screen::Topology]);
    type_keys(&mut state, "⏎␛");
    assert_eq!(state.screen(), Some(Screen::Unmatched));
    type_keys(&mut state, "u");
    assert_eq!(state.screen(), None);
}

#[test]
fn the_log_has_its_own_keys() {
    let mut state = state(80, 24);
    type_keys(&mut state, "⇥<");
    assert_eq!(state.ours.level, tracing::Level::WARN);
    type_keys(&mut state, ">⏎");
    assert_eq!(selected(&state), "carla.mueller@corp.example");
    assert_eq!(state.focus, Focus::Table);
}

#[test]
fn columns_are_hidden_moved_and_sorted_in_their_new_order() {
    let mut state = state(80, 24);
    let ids = |state: &State| -> Vec<usize> { state.shown_columns() };
    let before = ids(&state);
    type_keys(&mut state, "Cj ");
    assert_eq!(ids(&state), [&before[..1], &before[2..]].concat());
    type_keys(&mut state, " ");
    assert_eq!(ids(&state), before);
    type_keys(&mut state, "<␛");
    let moved = ids(&state);
    assert_eq!(moved[..2], [before[1], before[0]]);
    type_keys(&mut state, "o");
    assert_eq!(state.sort.column, moved[1]);
    assert!(state.menu.is_none());
}

#[test]
fn named_filters_have_a_list_and_keys() {
    let text = "[filters]\ncalls = \"is:call\"\nred = \"lamp:red\"";
    let settings = ConsoleSettings::read(&text.parse().unwrap(), |_| None).unwrap();
    let look = Appearance::new(
        Lang::En,
        false,
        ThemeName::Dark,
        Depth::Sixteen,
        TimeZone::UTC,
    );
    let size = Size {
        width: 80,
        height: 24,
    };
    let mut state = State::new(look.with(settings), size, Arc::new(fixture::snapshot()));
    type_keys(&mut state, "6");
    assert_eq!(state.filter.text, "lamp:red");
    type_keys(&mut state, "F⏎");
    assert_eq!(
        (&*state.filter.text, state.order.shown().len()),
        ("is:call", 5)
    );
    type_keys(&mut state, "9");
    assert_eq!(state.filter.text, "is:call", "no such filter");
    assert!(state.notice.unwrap().text.contains("see F"));
}

#[rstest]
#[case("a.csv", "bernd.kowalski@corp.example,")]
#[case("a.JSON", "\"bernd.kowalski@corp.example\"")]
fn the_visible_rows_are_exported(#[case] name: &str, #[case] wanted: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, "2e");
    update(
        &mut state,
        Msg::Key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL)),
        fixture::now(),
    );
    type_keys(&mut state, name);
    let effects = type_keys(&mut state, "⏎");
    let [Effect::Write { file, text }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(file, name);
    assert!(text.contains(wanted), "{text}");
    assert!(!text.contains("anna.becker"), "{text}");
    update(
        &mut state,
        Msg::Wrote(Ok("/tmp/a.csv".into())),
        fixture::now(),
    );
    assert_eq!(state.notice.take().unwrap().text, "Written: /tmp/a.csv");
}

#[test]
fn what_cannot_be_exported_is_said() {
    let mut state = state(80, 24);
    assert_eq!(type_keys(&mut state, "e.txt⏎"), []);
    assert!(
        state
            .notice
            .take()
            .unwrap()
            .text
            .contains("must end in .csv")
    );
    type_keys(&mut state, "␛Pe");
    assert!(state.prompt.is_none());
    assert!(state.notice.unwrap().text.contains("Names are hidden"));
}

/// A key that does nothing looks broken: it says where it holds.
#[rstest]
#[case("to", "Only in Table: sort by the next column")]
#[case("t2", "Only in Table: only who is on the phone")]
#[case("T/", "Only in Table: filter as you type (in the log: search)")]
#[case("f", "Only in Log pane: follow the end, or hold")]
#[case("⇥o", "Only in Table: sort by the next column")]
#[case("u⏎", "No function here")]
#[case("/nobody⏎⏎", "No user selected.")]
fn a_key_that_holds_elsewhere_says_where(#[case] keys: &str, #[case] said: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, keys);
    assert_eq!(state.notice.as_ref().unwrap().text, said);
    assert_ne!(state.screen(), Some(Screen::Detail));
}

#[test]
fn the_shortest_interval_says_that_it_is() {
    let mut state = state(80, 24);
    let mut snapshot = fixture::snapshot();
    let mut poll = (*snapshot.poll).clone();
    poll.interval = Duration::from_secs(1);
    snapshot.poll = Arc::new(poll);
    update(
        &mut state,
        Msg::Snapshot(Arc::new(snapshot)),
        fixture::now(),
    );
    assert_eq!(type_keys(&mut state, "+"), Vec::new());
    let said = &state.notice.as_ref().unwrap().text;
    assert_eq!(said, "Interval: 1s, it goes no further");
}

#[test]
fn escape_leads_from_the_log_back_to_why_and_the_log_is_as_large_as_before() {
    let mut state = state(80, 24);
    type_keys(&mut state, "j⏎l");
    assert_eq!(state.log_size, LogSize::Large);
    type_keys(&mut state, "␛");
    assert_eq!(state.log_size, LogSize::Small);
    assert_eq!(state.screen(), Some(Screen::Detail));
    type_keys(&mut state, "␛");
    assert_eq!(state.screen(), None);
}

#[test]
fn from_why_one_key_leads_to_the_log_of_the_user() {
    let mut state = state(80, 24);
    type_keys(&mut state, "jl");
    assert_eq!(state.ours.user, None);
    type_keys(&mut state, "⏎l");
    assert_eq!(state.screen(), None);
    assert_eq!(state.focus, Focus::Log(LogFocus::Ours));
    assert_eq!(state.ours.user.as_ref().unwrap().as_str(), selected(&state));
    type_keys(&mut state, "␛");
    assert_eq!((state.focus, &state.ours.user), (Focus::Table, &None));
}

#[test]
fn the_sorted_value_is_copied() {
    let mut state = state(80, 24);
    assert_eq!(
        type_keys(&mut state, "joY"),
        [Effect::Copy("Busy/InACall".into())]
    );
    assert_eq!(
        state.notice.unwrap().text,
        "Sent to the terminal: Busy/InACall"
    );
}

#[test]
fn the_help_is_searched() {
    let mut state = state(80, 24);
    type_keys(&mut state, "?/lease");
    assert_eq!(state.help_search, "lease");
    type_keys(&mut state, "⏎");
    assert!(state.prompt.is_none() && state.help_search == "lease");
    type_keys(&mut state, "␛?");
    assert_eq!(state.help_search, "");
}
