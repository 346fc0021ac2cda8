//! The mouse, where somebody has switched it on: the wheel moves, a press selects.

use jiff::Timestamp;
use ratatui::layout::{Position, Rect};

use super::{Effect, places, say};
use crate::groups::TableLine;
use crate::keys::Action;
use crate::layout::Form;
use crate::pointer::{Pointer, PointerAct};
use crate::state::{Focus, LogFocus, State};
use crate::theme::Role;

/// Rows or lines that one step of the wheel moves by.
const STEP: usize = 3;

/// Reports the mouse, or gives it back to the terminal.
pub(super) fn toggle(state: &mut State, now: Timestamp) -> Vec<Effect> {
    state.mouse ^= true;
    let t = &state.look().texts.status;
    let text = if state.mouse { t.mouse_on } else { t.mouse_off };
    say(state, text, Role::Text, now);
    vec![Effect::Mouse(state.mouse)]
}

/// A report; a late one of a mouse that is ours no more is nothing.
pub(super) fn take(state: &mut State, pointer: Pointer) {
    let busy = state.question.is_some() || state.menu.is_some() || state.palette.is_some();
    if !state.mouse || busy {
        return;
    }
    match pointer.act {
        PointerAct::Press => press(state, pointer),
        PointerAct::WheelUp => wheel(state, pointer, Action::Up),
        PointerAct::WheelDown => wheel(state, pointer, Action::Down),
    }
}

/// What lies under the pointer moves, whatever has the keys.
fn wheel(state: &mut State, pointer: Pointer, action: Action) {
    let focus = state.focus;
    if state.screen().is_none() {
        state.focus = under(state, pointer);
    }
    for _ in 0..STEP {
        places::go(state, action);
    }
    state.focus = focus;
}

fn under(state: &State, pointer: Pointer) -> Focus {
    let place = Position::new(pointer.column, pointer.row);
    match (state.areas().log.contains(place), state.focus) {
        (false, _) => Focus::Table,
        (true, Focus::Log(pane)) => Focus::Log(pane),
        (true, Focus::Table) => Focus::Log(LogFocus::Ours),
    }
}

/// Selects the row under the pointer; the table or the log has the keys then.
fn press(state: &mut State, pointer: Pointer) {
    if state.screen().is_some() {
        return;
    }
    let place = Position::new(pointer.column, pointer.row);
    let (areas, rows) = (state.areas(), rows(state));
    if areas.log.contains(place) {
        state.focus = under(state, pointer);
        return;
    }
    if !rows.contains(place) {
        return;
    }
    let line = state.line_at(usize::from(pointer.row - rows.y));
    if let Some(TableLine::Row(place)) = line {
        state.focus = Focus::Table;
        state.select(place);
    }
}

/// Where the rows of the table are: below its titles.
fn rows(state: &State) -> Rect {
    let areas = state.areas();
    let titles = u16::from(areas.form == Some(Form::Full)).min(areas.table.height);
    Rect {
        y: areas.table.y + titles,
        height: areas.table.height - titles,
        ..areas.table
    }
}
