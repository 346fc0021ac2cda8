//! A list to choose from: columns, named filters, what to sort by, what rings. In that of the filters
//! they are also saved and forgotten.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, naming, say, typing};
use crate::alerts::{AlertEvent, AlertWay};
use crate::order::Sort;
use crate::state::{List, Menu, State};
use crate::theme::Role;
use words::fill;

/// Opens the menu on its first line; that of the sort on the column in force.
pub(super) fn open(state: &mut State, list: List) {
    let mut columns = state.columns.columns();
    let sorted = columns.position(|column| column == state.sort.column);
    drop(columns);
    let at = match list {
        List::Sort => sorted.unwrap_or(0),
        List::Columns | List::Filters | List::Alerts => 0,
    };
    state.menu = Some(Menu { list, at });
}

/// A key while it is open.
pub(super) fn key(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    let Some(Menu { list, at }) = state.menu else {
        return Vec::new();
    };
    let last = length(state, list).saturating_sub(1);
    let at = match key.code {
        KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => (at + 1).min(last),
        KeyCode::Home | KeyCode::Char('g') => 0,
        KeyCode::End | KeyCode::Char('G') => last,
        code => return choose(state, list, at, code, now),
    };
    state.menu = Some(Menu { list, at });
    Vec::new()
}

fn length(state: &State, list: List) -> usize {
    match list {
        List::Columns | List::Sort => state.columns.columns().count(),
        List::Filters => state.named_filters().count(),
        List::Alerts => AlertEvent::ALL.len() + AlertWay::ALL.len(),
    }
}

fn choose(state: &mut State, list: List, at: usize, code: KeyCode, now: Timestamp) -> Vec<Effect> {
    match (list, code) {
        (List::Columns, KeyCode::Char(' ')) => {
            let shown = state.shown_columns();
            state.columns.toggle(at, &shown);
        }
        (List::Columns, KeyCode::Char('<') | KeyCode::Left) => shift(state, at, false),
        (List::Columns, KeyCode::Char('>') | KeyCode::Right) => shift(state, at, true),
        (List::Alerts, KeyCode::Enter | KeyCode::Char(' ')) => state.alerts.choose(at),
        (List::Sort, KeyCode::Enter | KeyCode::Char(' ')) => {
            sort_by(state, at, now);
            if code == KeyCode::Enter {
                state.menu = None;
            }
        }
        (List::Filters, KeyCode::Enter | KeyCode::Char(' ')) => {
            state.menu = None;
            apply_named(state, at, now);
        }
        (List::Filters, KeyCode::Char('s')) => {
            state.menu = None;
            naming::ask(state, now);
        }
        (List::Filters, KeyCode::Char('d') | KeyCode::Delete) => naming::forget(state, at, now),
        _ => state.menu = None,
    }
    Vec::new()
}

fn shift(state: &mut State, at: usize, later: bool) {
    let at = state.columns.shift(at, later);
    state.menu = Some(Menu {
        list: List::Columns,
        at,
    });
}

/// Sorts by the column at this place of the order; by the one in force, the other way round.
fn sort_by(state: &mut State, at: usize, now: Timestamp) {
    let Some(column) = state.columns.columns().nth(at) else {
        return;
    };
    let reversed = state.sort.column == column && !state.sort.reversed;
    state.sort = Sort { column, reversed };
    state.reorder(now);
}

/// Puts the named filter at this place in force.
pub(super) fn apply_named(state: &mut State, at: usize, now: Timestamp) {
    let t = &state.look().texts.status;
    let Some(filter) = state.named_filters().nth(at) else {
        let text = t.no_named_filter;
        return say(state, text, Role::Muted, now);
    };
    let text = fill(t.named_filter, &[("detail", &filter.name)]);
    let filter = filter.text.clone();
    typing::show_only(state, &filter, now);
    say(state, text, Role::Text, now);
}
