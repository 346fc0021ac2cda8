//! What the keys of the log panes do, and the way to the log and back.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use tui_logger::TuiWidgetEvent;

use super::say;
use crate::screen::LogSize;
use crate::state::{Detour, Focus, LogFocus, Screen, State};
use crate::theme::Role;
use words::fill;

/// The log panes larger, or from another screen to the log.
pub(super) fn logs(state: &mut State) {
    if let Some(screen) = state.screen() {
        return to_log(state, screen == Screen::Detail);
    }
    state.detour = None;
    state.log_size = state.log_size.next();
    if state.log_size == LogSize::Off {
        state.focus = Focus::Table;
    }
}

/// To where the log was looked into from, and the log as large as it was.
pub(super) fn return_from_log(state: &mut State) {
    if let Some(detour) = state.detour.take() {
        state.screens = detour.screens;
        state.log_size = detour.log_size;
    }
}

/// From another screen to the log; from *why?* to the lines of its user.
pub(super) fn to_log(state: &mut State, of_user: bool) {
    state.detour = Some(Detour {
        screens: std::mem::take(&mut state.screens),
        log_size: state.log_size,
    });
    state.focus = Focus::Log(LogFocus::Ours);
    state.ours.back = 0;
    if state.log_size == LogSize::Off {
        state.log_size = LogSize::Large;
    }
    if of_user {
        state.log_size = LogSize::Large;
        state.ours.user.clone_from(&state.selected);
    }
}

/// Back to the table and the log panes; the log is as large as it was.
pub(super) fn close_screens(state: &mut State) {
    state.screens.clear();
    if let Some(detour) = state.detour.take() {
        state.log_size = detour.log_size;
    }
}

/// Table, our log, the followed one where there is one, and round.
pub(super) fn pane(state: &mut State) {
    close_screens(state);
    state.focus = match state.focus {
        Focus::Table => Focus::Log(LogFocus::Ours),
        Focus::Log(LogFocus::Ours) if !state.followed.is_empty() => Focus::Log(LogFocus::Followed),
        Focus::Log(_) => Focus::Table,
    };
}

/// More levels; one that the bridge does not record stays empty, whatever is pressed here.
pub(super) fn more_levels(state: &mut State, now: Timestamp) {
    let pane = state.focused_pane();
    pane.shift_level(1);
    let wanted = pane.level;
    let followed = state.focus == Focus::Log(LogFocus::Followed);
    let Some(recorded) = state.recorded_level().filter(|_| !followed) else {
        return;
    };
    if wanted > recorded {
        let [level, recorded] = [wanted, recorded].map(|level| level.as_str().to_lowercase());
        let values: [(&str, &dyn std::fmt::Display); 2] =
            [("level", &level), ("recorded", &recorded)];
        let text = fill(state.look().texts.log.not_recorded, &values);
        say(state, text, Role::Warning, now);
    }
}

/// To the newest line, and from there one back.
pub(super) fn follow(state: &mut State) {
    let pane = state.focused_pane();
    if pane.back > 0 {
        pane.back = 0;
    } else {
        pane.scroll(1);
    }
}

/// Only the lines of the selected user, or of everybody again.
pub(super) fn only_user(state: &mut State) {
    let selected = state.selected.clone();
    let pane = state.focused_pane();
    pane.user = match pane.user {
        Some(_) => None,
        None => selected,
    };
    pane.back = 0;
}

/// Keys that tui-logger's explorer takes; `false` for those that stay ours.
pub(super) fn explorer_key(state: &mut State, key: &KeyEvent) -> bool {
    let event = match key.code {
        KeyCode::Up => TuiWidgetEvent::UpKey,
        KeyCode::Down => TuiWidgetEvent::DownKey,
        KeyCode::Left => TuiWidgetEvent::LeftKey,
        KeyCode::Right => TuiWidgetEvent::RightKey,
        KeyCode::Char('+') => TuiWidgetEvent::PlusKey,
        KeyCode::Char('-') => TuiWidgetEvent::MinusKey,
        KeyCode::Char('h') => TuiWidgetEvent::HideKey,
        KeyCode::Char('f') => TuiWidgetEvent::FocusKey,
        KeyCode::Char(' ') => TuiWidgetEvent::SpaceKey,
        KeyCode::PageUp => TuiWidgetEvent::PrevPageKey,
        KeyCode::PageDown => TuiWidgetEvent::NextPageKey,
        KeyCode::End => TuiWidgetEvent::EscapeKey,
        _ => return false,
    };
    state.explorer.0.transition(event);
    true
}
