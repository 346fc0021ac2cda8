//! The mouse.

use super::*;
use crate::pointer::{Pointer, PointerAct};

fn point(state: &mut State, act: PointerAct, row: u16) {
    let pointer = Pointer {
        act,
        column: 5,
        row,
    };
    update(state, Msg::Pointer(pointer), fixture::now());
}

fn with_mouse(width: u16, height: u16) -> State {
    let mut state = state(width, height);
    assert_eq!(type_keys(&mut state, "M"), [Effect::Mouse(true)]);
    state
}

#[test]
fn it_is_off_until_it_is_switched_on_and_gives_back() {
    let mut state = state(80, 24);
    point(&mut state, PointerAct::Press, 6);
    point(&mut state, PointerAct::WheelDown, 6);
    assert_eq!(selected(&state), "anna.becker@corp.example");
    assert_eq!(type_keys(&mut state, "M"), [Effect::Mouse(true)]);
    point(&mut state, PointerAct::Press, 6);
    assert_eq!(selected(&state), "carla.mueller@corp.example");
    assert_eq!(type_keys(&mut state, "M"), [Effect::Mouse(false)]);
    point(&mut state, PointerAct::Press, 4);
    assert_eq!(selected(&state), "carla.mueller@corp.example");
}

#[rstest]
#[case::titles((80, 24), 3, "anna.becker@corp.example")]
#[case::first((80, 24), 4, "anna.becker@corp.example")]
#[case::second((80, 24), 5, "bernd.kowalski@corp.example")]
#[case::below_the_last((80, 24), 16, "anna.becker@corp.example")]
#[case::header((80, 24), 0, "anna.becker@corp.example")]
#[case::far_away((80, 24), 999, "anna.becker@corp.example")]
#[case::without_titles((39, 9), 1, "bernd.kowalski@corp.example")]
fn a_click_selects_the_row_under_it(
    #[case] size: (u16, u16),
    #[case] row: u16,
    #[case] user: &str,
) {
    let mut state = with_mouse(size.0, size.1);
    point(&mut state, PointerAct::Press, row);
    assert_eq!(selected(&state), user);
}

#[test]
fn a_click_counts_headings_and_what_is_scrolled() {
    let mut state = with_mouse(80, 12);
    let crowd = Arc::new(fixture::crowd(200));
    update(&mut state, Msg::Snapshot(crowd), fixture::now());
    type_keys(&mut state, "G*D");
    let rows = usize::from(state.areas().rows());
    let top = state.areas().table.y + 1;
    let Some(crate::groups::TableLine::Row(place)) = state.line_at(rows - 1) else {
        panic!("no row");
    };
    point(
        &mut state,
        PointerAct::Press,
        top + u16::try_from(rows).unwrap() - 1,
    );
    assert_eq!(state.selected_at, place);
    let before = state.selected.clone();
    point(&mut state, PointerAct::Press, top);
    assert_eq!(state.selected, before, "a heading is no row");
}

#[test]
fn the_wheel_moves_what_lies_under_it() {
    let mut state = with_mouse(80, 24);
    point(&mut state, PointerAct::WheelDown, 8);
    assert_eq!(state.selected_at, 3);
    point(&mut state, PointerAct::WheelUp, 8);
    assert_eq!(state.selected_at, 0);
    let log = state.areas().log;
    point(&mut state, PointerAct::WheelUp, log.y + 1);
    assert_eq!((state.selected_at, state.focus), (0, Focus::Table));
    assert!(state.ours.back > 0);
    point(&mut state, PointerAct::Press, log.y + 1);
    assert_eq!(state.focus, Focus::Log(LogFocus::Ours));
    point(&mut state, PointerAct::Press, 5);
    assert_eq!((state.focus, state.selected_at), (Focus::Table, 1));
}

#[test]
fn the_wheel_scrolls_a_page_and_nothing_behind_a_question() {
    let mut state = with_mouse(80, 24);
    type_keys(&mut state, "?");
    point(&mut state, PointerAct::WheelDown, 8);
    assert_eq!((state.scroll, state.selected_at), (3, 0));
    point(&mut state, PointerAct::Press, 8);
    assert_eq!(state.selected_at, 0);
    type_keys(&mut state, "␛w");
    point(&mut state, PointerAct::WheelDown, 8);
    point(&mut state, PointerAct::Press, 8);
    assert!(state.question.is_some());
    assert_eq!(state.selected_at, 0);
}
