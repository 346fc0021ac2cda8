//! Finding one's way: from user to user in why?, sorting by choosing, the list of all actions.

use super::*;
use crate::actions::matching;
use crate::columns::COLUMNS;

#[rstest]
#[case::next("⏎>", "bernd.kowalski@corp.example", "")]
#[case::and_back("⏎>><", "bernd.kowalski@corp.example", "")]
#[case::in_the_order_of_the_table("Og⏎>", "karl.lange@corp.example", "")]
#[case::last(
    "G⏎>",
    "zoe.nguyen@corp.example",
    "That was the last user of the table."
)]
#[case::first(
    "⏎<",
    "anna.becker@corp.example",
    "That was the first user of the table."
)]
fn why_goes_from_user_to_user(#[case] keys: &str, #[case] user: &str, #[case] said: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, keys);
    assert_eq!(selected(&state), user);
    assert_eq!(state.screen(), Some(Screen::Detail));
    let notice = state.notice.as_ref().map_or("", |notice| &notice.text);
    assert_eq!(notice, said);
}

#[test]
fn why_goes_only_to_users_that_the_filter_shows_and_begins_at_the_top() {
    let mut state = state(80, 24);
    type_keys(&mut state, "2⏎");
    let mut seen = vec![selected(&state).to_owned()];
    for _ in 0..4 {
        state.scroll = 5;
        press_code(&mut state, KeyCode::Right);
        assert_eq!(state.scroll, 0);
        seen.push(selected(&state).to_owned());
    }
    let shown: Vec<String> = (0..5)
        .map(|at| state.row_at(at).unwrap().1.user_name.as_str().to_owned())
        .collect();
    assert_eq!(seen, shown);
    press_code(&mut state, KeyCode::Right);
    assert_eq!(selected(&state), shown[4]);
}

#[test]
fn users_are_walked_through_on_no_other_screen() {
    let mut state = state(80, 24);
    type_keys(&mut state, "u>");
    assert_eq!(selected(&state), "anna.becker@corp.example");
    assert!(state.notice.is_some());
}

#[test]
fn a_column_is_chosen_to_sort_by_and_chosen_again_reverses() {
    let mut state = state(80, 24);
    let sort = |state: &State| (COLUMNS[state.sort.column].id, state.sort.reversed);
    type_keys(&mut state, "S");
    assert_eq!(state.menu.unwrap().at, 1, "on the column in force");
    type_keys(&mut state, "j⏎");
    assert_eq!(
        (sort(&state), state.menu.is_none()),
        (("user", false), true)
    );
    type_keys(&mut state, "S⏎");
    assert_eq!(sort(&state), ("user", true));
    type_keys(&mut state, "S  ");
    assert_eq!((sort(&state), state.menu.is_some()), (("user", true), true));
    type_keys(&mut state, "␛");
    assert!(state.menu.is_none());
}

fn palette_first(state: &State, typed: &str) -> String {
    let mut offers = matching(state, typed).into_iter();
    offers
        .next()
        .map_or_else(String::new, |offer| offer.action.name())
}

#[rstest]
#[case("freeze", "freeze")]
#[case("FREEZE", "freeze")]
#[case("Bild einfrieren", "freeze")]
#[case("clear_all", "clear_all")]
#[case("selected lease", "clear")]
#[case("x", "clear")]
#[case("Ctrl-l", "redraw")]
#[case("no such thing", "")]
fn an_action_is_found_by_its_words_its_name_and_its_key(#[case] typed: &str, #[case] action: &str) {
    assert_eq!(palette_first(&state(80, 24), typed), action);
}

/// Every action of the table of keys stands in the list wherever one is.
#[rstest]
#[case("")]
#[case("⇥")]
#[case("⏎")]
#[case("u")]
#[case("L")]
fn every_action_is_offered_everywhere(#[case] keys: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, keys);
    let offers = matching(&state, "");
    for (row, _) in state.look().keymap.rows() {
        let there = offers.iter().any(|offer| offer.action == row.action);
        let no_line = [Action::Commands, Action::NamedFilter].contains(&row.action);
        assert_ne!(there, no_line, "{:?}", row.action);
    }
}

#[rstest]
#[case::on_the_table(":topology⏎", Some(Screen::Topology), Focus::Table)]
#[case::of_the_log_from_the_table(":wrap⏎", None, Focus::Log(LogFocus::Ours))]
#[case::of_the_table_from_a_page("t:columns⏎", None, Focus::Table)]
#[case::of_why_from_the_table(":next user⏎", Some(Screen::Detail), Focus::Table)]
#[case::nothing_fits(":qqqq⏎␛", None, Focus::Table)]
fn enter_does_the_chosen_action_where_it_holds(
    #[case] keys: &str,
    #[case] screen: Option<Screen>,
    #[case] focus: Focus,
) {
    let mut state = state(80, 24);
    type_keys(&mut state, keys);
    assert_eq!((state.screen(), state.focus), (screen, focus));
    assert!(state.palette.is_none());
}

#[test]
fn the_list_of_actions_is_walked_and_left() {
    let mut state = state(80, 24);
    type_keys(&mut state, ":show");
    let offers = matching(&state, "show");
    for code in [KeyCode::Down, KeyCode::Down, KeyCode::Up] {
        press_code(&mut state, code);
    }
    assert_eq!(state.palette.as_ref().unwrap().at, 1);
    press_code(&mut state, KeyCode::PageDown);
    press_code(&mut state, KeyCode::PageDown);
    assert_eq!(state.palette.as_ref().unwrap().at, offers.len() - 1);
    update(&mut state, Msg::Paste("n".into()), fixture::now());
    let palette = state.palette.as_ref().unwrap();
    assert_eq!((palette.input.text(), palette.at), ("shown".into(), 0));
    type_keys(&mut state, "␛");
    assert!(state.palette.is_none() && state.filter.text.is_empty());
}

#[test]
fn what_asks_asks_from_the_list_too_and_what_cannot_be_done_is_not_offered_as_possible() {
    let mut state = state(80, 24);
    assert_eq!(type_keys(&mut state, ":clear_all⏎"), []);
    assert!(state.question.is_some());
    type_keys(&mut state, "␛");
    let clear = |state: &State| matching(state, "x").swap_remove(0).possible;
    assert!(!clear(&state), "anna has no lease");
    type_keys(&mut state, "j");
    assert!(clear(&state), "bernd has one");
}
