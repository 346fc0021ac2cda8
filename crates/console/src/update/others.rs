//! The list of the users without a row: the keys of the table do there what they do in the table.

use jiff::Timestamp;

use super::places::moved;
use super::{Effect, export, places, say};
use crate::keys::{Action, Scope};
use crate::others::Other;
use crate::others_list::OtherSort;
use crate::state::{Screen, State};
use crate::theme::Role;
use words::fill;

/// What only this list has among the screens.
const OWN: [Action; 5] = [
    Action::Sort,
    Action::SortReverse,
    Action::Copy,
    Action::CopyCell,
    Action::Export,
];

/// Does what a key means in the list; nothing where it is not for the list. On the other screens
/// its own keys say where they hold.
pub(super) fn act(state: &mut State, action: Action, now: Timestamp) -> Option<Vec<Effect>> {
    let screen = state.screen()?;
    if !OWN.contains(&action) {
        return None;
    }
    if screen != Screen::Unmatched {
        places::elsewhere(state, Scope::Table, action, now);
        return Some(Vec::new());
    }
    match action {
        Action::Copy => return Some(copy(state, now, whole)),
        Action::CopyCell => return Some(copy(state, now, sorted_value)),
        Action::Sort => state.others.sort_by_next(),
        Action::SortReverse => state.others.reversed ^= true,
        _ => export::ask(state, now),
    }
    follow(state);
    Some(Vec::new())
}

/// Opens with what the filter of the table has found.
pub(super) fn search_as_found(state: &mut State) {
    let found = !state.found.is_empty();
    let text = if found {
        state.filter.good.clone()
    } else {
        String::new()
    };
    state.others.search_for(&text);
}

/// Moves the choice.
pub(super) fn go(state: &mut State, action: Action, page: usize) {
    let last = state
        .others
        .listed(state.snapshot())
        .len()
        .saturating_sub(1);
    state.others.at = moved(state.others.at.min(last), action, page).min(last);
    follow(state);
}

/// Scrolls to the chosen one.
pub(super) fn follow(state: &mut State) {
    state.scroll = crate::view::scroll_to_other(state);
}

fn copy(state: &mut State, now: Timestamp, what: fn(&State, Other<'_>) -> String) -> Vec<Effect> {
    let Some(chosen) = state.others.chosen(state.snapshot()) else {
        super::act::nothing_here(state, now);
        return Vec::new();
    };
    let (line, user) = (
        what(state, chosen),
        state.shown_user(&chosen.procall.user_name),
    );
    let text = fill(state.look().texts.status.copied, &[("detail", &user)]);
    say(state, text, Role::Text, now);
    vec![Effect::Copy(line)]
}

/// User name, name, reason, and who was probably meant.
fn whole(state: &State, other: Other<'_>) -> String {
    let near = other.near.filter(|_| !state.private);
    let near = near.map_or("", |near| near.as_str());
    let user = state.shown_user(&other.procall.user_name);
    let (why, _) = other.why(state.look().texts);
    [&user, &name(state, other), why, near].join("\t")
}

fn name(state: &State, other: Other<'_>) -> String {
    if state.private {
        return String::new();
    }
    other.procall.display_name.to_string()
}

fn sorted_value(state: &State, other: Other<'_>) -> String {
    match state.others.sort {
        OtherSort::Reason => other.why(state.look().texts).0.to_owned(),
        OtherSort::Name => name(state, other),
        OtherSort::User => state.shown_user(&other.procall.user_name),
    }
}
