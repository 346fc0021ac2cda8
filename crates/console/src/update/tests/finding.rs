//! Finding somebody: the filter as it is typed, and those without a row.

use super::*;

fn shown(state: &State) -> usize {
    state.order.shown().len()
}

fn press_held(state: &mut State, c: char) -> Vec<Effect> {
    let key = KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
    update(state, Msg::Key(key), fixture::now())
}

fn typed(state: &State) -> String {
    state.filter.typing.as_ref().unwrap().text()
}

/// The last good filter stays in force; a word that turns out to be a field never was one.
#[rstest]
#[case("/is:call lat", 0)]
#[case("/is:call lat>", 5)]
#[case("/is:call lat>5", 5)]
#[case("/is:call lat>500", 5)]
#[case("/is:call lat>500m", 0)]
#[case("/is:call lat>500ms", 0)]
#[case("/lat>", 12)]
#[case("/lamp:", 12)]
#[case("/lamp:red", 5)]
#[case("/is:", 12)]
#[case("/is:cal", 12)]
#[case("/is:call", 5)]
#[case("/is:call |", 5)]
#[case("/is:call !", 5)]
#[case("/is:call \"", 5)]
fn an_unfinished_operator_leaves_what_is_shown(#[case] keys: &str, #[case] count: usize) {
    let mut state = state(80, 24);
    type_keys(&mut state, keys);
    assert_eq!(shown(&state), count, "{:?}", state.filter.error);
}

#[test]
fn the_last_good_one_stays_while_letters_are_taken_back() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/is:call");
    press_code(&mut state, KeyCode::Backspace);
    assert_eq!((typed(&state).as_str(), shown(&state)), ("is:cal", 5));
    type_keys(&mut state, "⏎");
    assert_eq!(state.filter.text, "is:call");
}

#[test]
fn arrows_walk_through_the_history_and_lose_nothing() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/anna⏎␛/is:call⏎␛/kar");
    press_code(&mut state, KeyCode::Up);
    assert_eq!((typed(&state).as_str(), shown(&state)), ("is:call", 5));
    press_code(&mut state, KeyCode::Up);
    assert_eq!(typed(&state), "anna");
    press_code(&mut state, KeyCode::Up);
    type_keys(&mut state, "x");
    assert_eq!(typed(&state), "annax");
    for line in ["is:call", "kar", "kar"] {
        press_code(&mut state, KeyCode::Down);
        assert_eq!(typed(&state), line);
    }
    for line in ["is:call", "annax"] {
        press_code(&mut state, KeyCode::Up);
        assert_eq!(typed(&state), line);
    }
}

#[test]
fn what_escape_takes_away_comes_back_with_an_arrow() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/half a na␛/");
    press_code(&mut state, KeyCode::Up);
    assert_eq!(typed(&state), "half a na");
}

#[test]
fn the_row_is_chosen_while_typing() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/");
    press_held(&mut state, 'n');
    press_held(&mut state, 'n');
    press_held(&mut state, 'p');
    assert_eq!(selected(&state), "bernd.kowalski@corp.example");
}

#[test]
fn tab_completes_fields_then_values() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/lam⇥");
    assert_eq!(typed(&state), "lamp:");
    type_keys(&mut state, "re⇥");
    assert_eq!((typed(&state).as_str(), shown(&state)), ("lamp:red", 5));
}

#[test]
fn tab_goes_through_what_fits_by_turns() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/lamp:⇥");
    assert_eq!(typed(&state), "lamp:", "nothing is common to all");
    for (text, count) in [("lamp:red", 5), ("lamp:yellow", 2), ("lamp:neutral", 5)] {
        type_keys(&mut state, "⇥");
        assert_eq!((typed(&state).as_str(), shown(&state)), (text, count));
    }
    press_code(&mut state, KeyCode::BackTab);
    assert_eq!(typed(&state), "lamp:yellow");
    type_keys(&mut state, " ");
    assert!(state.filter.offer.is_none());
    type_keys(&mut state, "⏎");
    assert_eq!(state.filter.text.trim(), "lamp:yellow");
}

#[test]
fn a_filter_is_saved_under_a_name_used_and_forgotten() {
    let mut state = state(80, 24);
    type_keys(&mut state, "Fs");
    assert!(state.prompt.is_none(), "there is none to save");
    type_keys(&mut state, "/lamp:red⏎Fsred ones⏎");
    let said = &state.notice.as_ref().unwrap().text;
    assert!(said.contains("red ones"), "{said}");
    type_keys(&mut state, "␛");
    assert_eq!(shown(&state), 12);
    type_keys(&mut state, "5");
    assert_eq!((&*state.filter.text, shown(&state)), ("lamp:red", 5));
    type_keys(&mut state, "␛/is:call⏎Fsred ones⏎␛F⏎");
    assert_eq!(
        state.filter.text, "is:call",
        "the same name, another filter"
    );
    assert_eq!(state.filter.saved.len(), 1);
    type_keys(&mut state, "Fd");
    assert_eq!(state.filter.saved, []);
}

#[test]
fn a_filter_of_the_configuration_is_not_changed_here() {
    let settings = "[filters]\nred = \"lamp:red\"".parse().unwrap();
    let settings = ConsoleSettings::read(&settings, |_| None).unwrap();
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
    for keys in ["/is:call⏎Fsred⏎", "Fd"] {
        type_keys(&mut state, keys);
        let said = state.notice.take().unwrap().text;
        assert!(said.contains("configuration"), "{said}");
        assert_eq!(state.filter.saved, []);
    }
}

/// A name without a row is found from the table, and one key leads to it.
#[rstest]
#[case("/lager nord⏎", "u")]
#[case("/lager nord⏎", "⏎")]
#[case("/tursprech⏎", "u")]
fn who_has_no_row_is_found_from_the_table(#[case] keys: &str, #[case] further: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, keys);
    assert_eq!((shown(&state), state.found.len()), (0, 1));
    type_keys(&mut state, further);
    assert_eq!(state.screen(), Some(Screen::Unmatched));
    let snapshot = Arc::clone(state.snapshot());
    assert_eq!(state.others.listed(&snapshot).len(), 1);
    assert!(state.others.chosen(&snapshot).is_some());
}

#[test]
fn rows_stay_where_others_are_found_beside_them() {
    let mut state = state(80, 24);
    type_keys(&mut state, "/corp⏎");
    assert_eq!((shown(&state), state.found.len()), (12, 7));
    assert!(state.rows() >= state.found_lines());
    type_keys(&mut state, "G");
    let rows = state.rows();
    assert!((state.top..state.top + rows).contains(&state.selected_at));
}

#[test]
fn the_list_of_those_without_a_row_is_searched_and_sorted() {
    let mut state = state(80, 24);
    type_keys(&mut state, "u/gast⏎");
    let copied = "extern.gast@corp.example\tExtern Gast\tthe Entra user is a guest\t";
    assert_eq!(type_keys(&mut state, "y"), [Effect::Copy(copied.into())]);
    type_keys(&mut state, "/");
    press_held(&mut state, 'u');
    type_keys(&mut state, "⏎oOg");
    assert_eq!(type_keys(&mut state, "Y"), [Effect::Copy("Uwe Alt".into())]);
    type_keys(&mut state, "j");
    assert_eq!(
        type_keys(&mut state, "Y"),
        [Effect::Copy("Türsprechanlage".into())]
    );
    type_keys(&mut state, "G");
    assert_eq!(type_keys(&mut state, "Y"), [Effect::Copy("Empfang".into())]);
}

#[test]
fn who_was_probably_meant_is_copied_too() {
    let mut state = state(80, 24);
    let copied = type_keys(&mut state, "uy");
    let [Effect::Copy(text)] = &copied[..] else {
        panic!("{copied:?}");
    };
    assert!(text.ends_with("\tlagernord@corp.example"), "{text}");
}

#[rstest]
#[case(
    "csv",
    "lager.nord@corp.example,Lager Nord,,no_entra_user,lagernord@corp.example"
)]
#[case("json", "\"near_upn\":\"lagernord@corp.example\"")]
fn the_list_of_those_without_a_row_is_exported(#[case] ending: &str, #[case] wanted: &str) {
    let mut state = state(80, 24);
    type_keys(&mut state, "u/lager⏎e");
    press_held(&mut state, 'u');
    let effects = type_keys(&mut state, &format!("a.{ending}⏎"));
    let [Effect::Write { text, .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(text.contains(wanted), "{text}");
    assert!(!text.contains("Empfang"), "{text}");
}

#[test]
fn with_names_hidden_nothing_of_those_without_a_row_is_copied_or_exported() {
    let mut state = state(80, 24);
    type_keys(&mut state, "Pu");
    let copied = type_keys(&mut state, "y");
    let [Effect::Copy(text)] = &copied[..] else {
        panic!("{copied:?}");
    };
    assert!(!text.contains("ager") && !text.contains('@'), "{text}");
    type_keys(&mut state, "e");
    assert!(state.prompt.is_none());
}

#[test]
fn a_search_that_does_not_read_keeps_the_last_one() {
    let mut state = state(80, 24);
    type_keys(&mut state, "u/gast \"");
    assert!(state.others.error.is_some());
    let snapshot = Arc::clone(state.snapshot());
    assert_eq!(state.others.listed(&snapshot).len(), 1);
    type_keys(&mut state, "␛");
    assert_eq!(state.others.listed(&snapshot).len(), 7);
}
