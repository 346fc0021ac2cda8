//! The list of all actions: what is typed searches it, Enter does the chosen one.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, act, log_panes, menu};
use crate::actions::{self, Offer};
use crate::keys::{Action, Scope};
use crate::state::{Focus, LogFocus, Palette, Screen, State};

/// Lines that a page key moves by.
const PAGE: usize = 10;

/// A key while the list is open.
pub(super) fn key(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        KeyCode::Char('c') if control => {
            state.palette = None;
            return act::act(state, Action::Quit, now);
        }
        KeyCode::Char('z') if control => return vec![Effect::Suspend],
        KeyCode::Char('l') if control => return vec![Effect::Redraw],
        KeyCode::Enter => return choose(state, now),
        KeyCode::Esc => state.palette = None,
        code => go(state, code, key),
    }
    Vec::new()
}

fn go(state: &mut State, code: KeyCode, key: &KeyEvent) {
    let count = offers(state).len();
    let Some(palette) = &mut state.palette else {
        return;
    };
    let at = match code {
        KeyCode::Up | KeyCode::BackTab => palette.at.saturating_sub(1),
        KeyCode::Down | KeyCode::Tab => palette.at + 1,
        KeyCode::PageUp => palette.at.saturating_sub(PAGE),
        KeyCode::PageDown => palette.at + PAGE,
        _ => {
            if palette.input.key(key) {
                palette.at = 0;
            }
            return;
        }
    };
    palette.at = at.min(count.saturating_sub(1));
}

fn offers(state: &State) -> Vec<Offer> {
    let typed = state.palette.as_ref().map(|palette| palette.input.text());
    actions::matching(state, &typed.unwrap_or_default())
}

/// Nothing fits: the list stays open for another word.
fn choose(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let at = state.palette.as_ref().map_or(0, |palette| palette.at);
    let Some(offer) = offers(state).into_iter().nth(at) else {
        return Vec::new();
    };
    state.palette = None;
    go_to(state, offer.scope);
    if offer.action == Action::NamedFilter {
        menu::apply_named(state, offer.nth, now);
        return Vec::new();
    }
    act::act(state, offer.action, now)
}

/// Opens the list with everything in it.
pub(super) fn open(state: &mut State) {
    state.palette = Some(Palette::default());
}

/// To where an action holds.
fn go_to(state: &mut State, scope: Scope) {
    if scope == state.scope() {
        return;
    }
    match scope {
        Scope::Everywhere => {}
        Scope::Table => {
            log_panes::close_screens(state);
            state.focus = Focus::Table;
        }
        Scope::Log => {
            log_panes::close_screens(state);
            state.focus = Focus::Log(LogFocus::Ours);
        }
        Scope::Screen => state.screens.push(Screen::Detail),
    }
}
