//! While a filter or a search is being typed.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, export};
use crate::filter::parse;
use crate::state::{Prompt, Prompted, State};

/// A key goes into the line that is being typed.
pub(super) fn key(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match (control, key.code) {
        (true, KeyCode::Char('z')) => return vec![Effect::Suspend],
        (true, KeyCode::Char('l')) => return vec![Effect::Redraw],
        (_, KeyCode::Enter) => return keep(state, now),
        (_, KeyCode::Esc) => drop_line(state, now),
        (_, KeyCode::Up | KeyCode::Down) if state.filter.typing.is_some() => {
            let at = match key.code {
                KeyCode::Up => state.selected_at.saturating_sub(1),
                _ => state.selected_at + 1,
            };
            state.select(at);
        }
        _ => edit(state, key, now),
    }
    Vec::new()
}

/// Pasted text goes into the line; without one it is ignored.
pub(super) fn paste(state: &mut State, text: &str, now: Timestamp) {
    if let Some(input) = &mut state.filter.typing {
        input.paste(text);
        return read_filter(state, now);
    }
    if let Some(prompt) = &mut state.prompt {
        prompt.input.paste(text);
        read_search(state);
    }
}

fn edit(state: &mut State, key: &KeyEvent, now: Timestamp) {
    if let Some(input) = &mut state.filter.typing {
        if input.key(key) {
            read_filter(state, now);
        }
        return;
    }
    if let Some(prompt) = &mut state.prompt
        && prompt.input.key(key)
    {
        read_search(state);
    }
}

fn keep(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if let Some(prompt) = state.prompt.take() {
        return match prompt.what {
            Prompted::Export => export::write(state, &prompt.input.text(), now),
            Prompted::LogSearch | Prompted::HelpSearch => Vec::new(),
        };
    }
    state.filter.typing = None;
    // What does not read is not in force, so it is not kept either.
    if state.filter.error.take().is_some() {
        state.filter.text = state.filter.expr.to_string();
    }
    Vec::new()
}

fn drop_line(state: &mut State, now: Timestamp) {
    if let Some(prompt) = state.prompt.take() {
        return match prompt.what {
            Prompted::LogSearch => state.focused_pane().search.clear(),
            Prompted::HelpSearch => state.help_search.clear(),
            Prompted::Export => {}
        };
    }
    set_filter(state, "", now);
    state.filter.typing = None;
}

fn read_filter(state: &mut State, now: Timestamp) {
    if let Some(input) = &state.filter.typing {
        let text = input.text();
        set_filter(state, &text, now);
    }
}

fn read_search(state: &mut State) {
    let Some(Prompt { what, input }) = &state.prompt else {
        return;
    };
    let text = input.text();
    match what {
        Prompted::LogSearch => {
            let pane = state.focused_pane();
            pane.search = text;
            pane.back = 0;
        }
        Prompted::HelpSearch => {
            state.help_search = text;
            state.scroll = 0;
        }
        Prompted::Export => {}
    }
}

/// Puts a filter in force and begins at its first row.
pub(super) fn show_only(state: &mut State, filter: &str, now: Timestamp) {
    set_filter(state, filter, now);
    state.select(0);
}

/// Puts a filter in force; where it does not read, the last good one stays.
pub(super) fn set_filter(state: &mut State, text: &str, now: Timestamp) {
    text.clone_into(&mut state.filter.text);
    match parse(text) {
        Ok(expr) => {
            state.filter.error = None;
            state.filter.expr = expr;
            state.refilter(now);
        }
        Err(error) => state.filter.error = Some(error),
    }
}
