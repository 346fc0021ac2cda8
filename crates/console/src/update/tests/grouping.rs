//! Groups by department, and users who stay on top.

use super::*;
use crate::groups::{Group, GroupName, TableLine};
use crate::pins::MOST_PINS;

/// Departments and user names as they stand on the screen, from top to bottom.
fn screen(state: &State) -> Vec<String> {
    let rows = usize::from(state.areas().rows());
    let lines = (0..rows).map_while(|y| state.line_at(y));
    let name = |group: &Group| match &group.name {
        GroupName::Pinned => "PINNED".to_owned(),
        GroupName::Department(name) => name.as_deref().unwrap_or("NONE").to_uppercase(),
    };
    let text = |line| match line {
        TableLine::Heading(group) => name(group),
        TableLine::Row(place) => {
            let (_, row) = state.row_at(place).unwrap();
            let user = row.user_name.as_str();
            user.split('.').next().unwrap_or_default().to_owned()
        }
    };
    lines.map(text).collect()
}

fn counts(state: &State) -> Vec<[usize; 4]> {
    let groups = state.order.lines().groups.iter();
    groups
        .map(|group| [group.shown, group.all, group.calls, group.wrong])
        .collect()
}

#[test]
fn departments_stand_together_each_under_a_heading_and_who_has_none_comes_last() {
    let mut state = state(80, 40);
    type_keys(&mut state, "D");
    let wanted = [
        "IT", "carla", "fatima", "ines", "zoe", "VERSAND", "bernd", "emil", "karl", "VERTRIEB",
        "anna", "dora", "gustav", "juergen", "NONE", "helga",
    ];
    assert_eq!(screen(&state), wanted);
    assert_eq!(selected(&state), "anna.becker@corp.example", "as before");
    type_keys(&mut state, "gjjjj");
    assert_eq!(
        selected(&state),
        "bernd.kowalski@corp.example",
        "no heading is selected"
    );
    type_keys(&mut state, "D");
    assert_eq!(screen(&state).len(), 12);
}

#[test]
fn the_sort_holds_within_a_department() {
    let mut state = state(80, 40);
    type_keys(&mut state, "DO");
    assert_eq!(
        screen(&state)[..5],
        ["IT", "zoe", "ines", "fatima", "carla"]
    );
}

#[test]
fn headings_count_what_is_shown_and_what_there_is() {
    let mut state = state(80, 40);
    type_keys(&mut state, "D");
    assert_eq!(
        counts(&state),
        [[4, 4, 3, 2], [3, 3, 1, 1], [4, 4, 1, 0], [1, 1, 0, 1]]
    );
    type_keys(&mut state, "2");
    assert_eq!(counts(&state), [[3, 4, 3, 2], [1, 3, 1, 0], [1, 4, 1, 0]]);
    let shown: usize = counts(&state).iter().map(|group| group[0]).sum();
    assert_eq!(shown, state.order.shown().len());
}

#[test]
fn the_pinned_stay_on_top_in_the_order_of_the_table() {
    let mut state = state(80, 24);
    type_keys(&mut state, "G*");
    assert_eq!(
        selected(&state),
        "zoe.nguyen@corp.example",
        "the selection follows"
    );
    assert_eq!(state.selected_at, 0);
    assert!(
        state
            .notice
            .as_ref()
            .unwrap()
            .text
            .contains("zoe.nguyen@corp.example")
    );
    type_keys(&mut state, "jj*");
    assert_eq!(screen(&state)[..3], ["bernd", "zoe", "anna"]);
    type_keys(&mut state, "O");
    assert_eq!(screen(&state)[..3], ["zoe", "bernd", "karl"]);
    type_keys(&mut state, "Og**");
    assert_eq!(screen(&state)[..3], ["bernd", "zoe", "anna"]);
    type_keys(&mut state, "*");
    assert_eq!(screen(&state)[..3], ["zoe", "anna", "bernd"]);
}

#[test]
fn the_pinned_stay_on_the_screen_while_the_others_are_scrolled() {
    let mut state = state(80, 12);
    update(
        &mut state,
        Msg::Snapshot(Arc::new(fixture::crowd(200))),
        fixture::now(),
    );
    type_keys(&mut state, "gjj*");
    let pinned = selected(&state).to_owned();
    type_keys(&mut state, "G");
    let (_, first) = state.row_at(0).unwrap();
    assert_eq!(first.user_name.as_str(), pinned);
    assert_eq!(state.line_at(0), Some(TableLine::Row(0)));
    assert_ne!(state.line_at(1), Some(TableLine::Row(1)), "scrolled");
    let rows = usize::from(state.areas().rows());
    assert_eq!(state.line_at(rows - 1), Some(TableLine::Row(199)));
    assert_eq!(state.selected_at, 199);
    type_keys(&mut state, "g");
    assert_eq!(state.line_at(1), Some(TableLine::Row(1)));
}

/// A row without a heading above it would look like one of the group before.
#[rstest]
#[case(80, 12)]
#[case(80, 24)]
#[case(40, 10)]
#[case(39, 9)]
fn every_row_on_the_screen_stands_below_its_own_heading(#[case] width: u16, #[case] height: u16) {
    let mut state = state(width, height);
    let mut crowd = fixture::crowd(120);
    let rows = crowd.rows.iter().enumerate().map(|(at, row)| {
        let department = ["IT", "Sales", "Stores"][at % 3];
        Arc::new(model::snapshot::UserRow {
            department: Some(department.into()),
            ..(**row).clone()
        })
    });
    crowd.rows = Arc::new(rows.collect());
    update(&mut state, Msg::Snapshot(Arc::new(crowd)), fixture::now());
    type_keys(&mut state, "gj*D");
    for key in "gjjjjjjjjjjjjjjjjGkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk".chars() {
        type_keys(&mut state, &key.to_string());
        let mut above = "";
        let mut selected_is_seen = false;
        let screen = screen_departments(&state);
        for (heading, row) in &screen {
            match row {
                None => above = heading,
                Some(place) => {
                    assert_eq!(heading, above, "{screen:?}");
                    selected_is_seen |= *place == state.selected_at;
                }
            }
        }
        assert!(selected_is_seen, "{} in {screen:?}", state.selected_at);
    }
}

/// The department of every line; of a row, also its place.
fn screen_departments(state: &State) -> Vec<(String, Option<usize>)> {
    let rows = usize::from(state.areas().rows());
    let lines = (0..rows).map_while(|y| state.line_at(y));
    let one = |line| match line {
        TableLine::Heading(Group { name, .. }) => (format!("{name:?}"), None),
        TableLine::Row(place) => {
            let (_, row) = state.row_at(place).unwrap();
            let pinned = state.order.pins.has(&row.user_name);
            let name = if pinned {
                GroupName::Pinned
            } else {
                GroupName::Department(row.department.clone())
            };
            (format!("{name:?}"), Some(place))
        }
    };
    lines.map(one).collect()
}

#[test]
fn more_pins_than_half_the_screen_are_all_reached() {
    let mut state = state(80, 12);
    update(
        &mut state,
        Msg::Snapshot(Arc::new(fixture::crowd(30))),
        fixture::now(),
    );
    for _ in 0..20 {
        type_keys(&mut state, "G*");
    }
    let rows = usize::from(state.areas().rows());
    type_keys(&mut state, "g");
    for place in 0..30 {
        assert_eq!(state.selected_at, place);
        let mut seen = (0..rows).filter_map(|y| state.line_at(y));
        assert!(seen.any(|line| line == TableLine::Row(place)), "{place}");
        type_keys(&mut state, "j");
    }
}

#[test]
fn the_filter_holds_for_the_pinned_and_groups_have_them_first() {
    let mut state = state(80, 40);
    type_keys(&mut state, "*gj*D");
    assert_eq!(screen(&state)[..4], ["PINNED", "anna", "bernd", "IT"]);
    type_keys(&mut state, "2");
    assert_eq!(screen(&state)[..3], ["PINNED", "bernd", "IT"]);
    assert_eq!(counts(&state)[0], [1, 2, 1, 0]);
}

#[test]
fn pins_are_as_many_as_fit_and_stay_when_their_user_is_away() {
    let mut state = state(80, 24);
    update(
        &mut state,
        Msg::Snapshot(Arc::new(fixture::crowd(60))),
        fixture::now(),
    );
    for _ in 0..MOST_PINS {
        type_keys(&mut state, "G*");
    }
    type_keys(&mut state, "G*");
    assert!(
        state
            .notice
            .as_ref()
            .unwrap()
            .text
            .contains("50 users are pinned")
    );
    assert_eq!(state.order.pins.names().count(), MOST_PINS);
    update(
        &mut state,
        Msg::Snapshot(Arc::new(fixture::crowd(3))),
        fixture::now(),
    );
    assert_eq!(state.order.pins.names().count(), MOST_PINS);
}

#[test]
fn with_names_hidden_a_pin_is_said_with_the_stand_in() {
    let mut state = state(80, 24);
    type_keys(&mut state, "P*");
    let said = &state.notice.as_ref().unwrap().text;
    assert!(said.contains("user-") && !said.contains("anna"), "{said}");
}

#[rstest]
#[case("department:versand", 3)]
#[case("dept:VERSAND", 0)]
#[case("dept:IT", 4)]
#[case("abteilung:vertr", 4)]
#[case("versand", 3)]
#[case("!dept:~.", 1)]
#[case("since<1m", 1)]
#[case("seit>=1m", 11)]
fn departments_and_durations_are_filtered_by(#[case] typed: &str, #[case] count: usize) {
    let mut state = state(80, 24);
    type_keys(&mut state, &format!("/{typed}"));
    assert!(state.filter.error.is_none(), "{:?}", state.filter.error);
    assert_eq!(state.order.shown().len(), count);
}
