//! While a filter or a search is being typed.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, export, naming, offering, others, past};
use crate::filter::{Expr, parse};
use crate::input::Input;
use crate::recall::{Recall, remember};
use crate::state::{Prompt, Prompted, State};

/// A key goes into the line that is being typed.
pub(super) fn key(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match (control, key.code) {
        (true, KeyCode::Char('z')) => return vec![Effect::Suspend],
        (true, KeyCode::Char('l')) => return vec![Effect::Redraw],
        (_, KeyCode::Enter) => return keep(state, now),
        (_, KeyCode::Esc) => drop_line(state, now),
        _ if state.filter.typing.is_some() && filter_key(state, key, now) => {}
        _ => edit(state, key, now),
    }
    Vec::new()
}

/// The line of the filter begins with what is in force.
pub(super) fn begin(state: &mut State) {
    let filter = &mut state.filter;
    filter.recall = Recall::begin(&filter.history, &filter.text);
    filter.typing = Some(Input::new(&filter.text));
}

/// Keys that only the line of the filter has: history, completion, and the selected row.
fn filter_key(state: &mut State, key: &KeyEvent, now: Timestamp) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    match (control, key.code) {
        (false, KeyCode::Up | KeyCode::Down) => recall(state, key.code == KeyCode::Up, now),
        (false, KeyCode::Tab | KeyCode::BackTab) => {
            if offering::tab(state, key.code == KeyCode::Tab) {
                read_filter(state, now);
            }
        }
        (true, KeyCode::Char('p')) => state.select(state.selected_at.saturating_sub(1)),
        (true, KeyCode::Char('n')) => state.select(state.selected_at + 1),
        _ => {
            state.filter.offer = None;
            return false;
        }
    }
    true
}

/// An older or a newer filter; what is typed now is there again on the way back.
fn recall(state: &mut State, older: bool, now: Timestamp) {
    state.filter.offer = None;
    let typed = state.filter.typing.as_ref().map(Input::text);
    let typed = typed.unwrap_or_default();
    if let Some(line) = state.filter.recall.step(&typed, older) {
        state.filter.typing = Some(Input::new(line));
        read_filter(state, now);
    }
}

/// Pasted text goes into the line; without one it is ignored.
pub(super) fn paste(state: &mut State, text: &str, now: Timestamp) {
    if let Some(palette) = &mut state.palette {
        palette.at = 0;
        return palette.input.paste(text);
    }
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
            Prompted::OtherSearch => {
                state.others.keep_what_reads();
                Vec::new()
            }
            Prompted::PastTime => past::go_to(state, &prompt.input.text(), now),
            Prompted::FilterName => {
                naming::save(state, &prompt.input.text(), now);
                Vec::new()
            }
        };
    }
    let filter = &mut state.filter;
    (filter.typing, filter.offer) = (None, None);
    remember(&mut filter.history, &filter.text);
    // What does not read is not in force, so it is not kept either.
    if filter.error.take().is_some() {
        filter.text.clone_from(&filter.good);
    }
    Vec::new()
}

fn drop_line(state: &mut State, now: Timestamp) {
    if let Some(prompt) = state.prompt.take() {
        return match prompt.what {
            Prompted::LogSearch => state.focused_pane().search.clear(),
            Prompted::HelpSearch => state.help_search.clear(),
            Prompted::OtherSearch => state.others.search_for(""),
            Prompted::Export | Prompted::FilterName | Prompted::PastTime => {}
        };
    }
    let filter = &mut state.filter;
    (filter.typing, filter.offer) = (None, None);
    remember(&mut filter.history, &filter.text);
    set_filter(state, "", now);
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
        Prompted::OtherSearch => {
            state.others.search_for(&text);
            others::follow(state);
        }
        Prompted::Export | Prompted::FilterName | Prompted::PastTime => {}
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
        Ok(expr) => put_in_force(state, text, expr, now),
        Err(error) => {
            let before = without_the_field(&state.filter.good, text, error.start);
            state.filter.error = Some(error);
            if let Some((before, expr)) = before {
                let error = state.filter.error.take();
                put_in_force(state, before, expr, now);
                state.filter.error = error;
            }
        }
    }
}

fn put_in_force(state: &mut State, text: &str, expr: Expr, now: Timestamp) {
    text.trim_end().clone_into(&mut state.filter.good);
    state.filter.error = None;
    state.filter.expr = expr;
    state.refilter(now);
}

/// A field whose operator is being typed was a word a moment ago, and nobody has looked for that
/// word: the filter before it is the last good one.
fn without_the_field<'t>(good: &str, text: &'t str, start: usize) -> Option<(&'t str, Expr)> {
    let rest = text.strip_prefix(good)?;
    let is_operator = rest.starts_with([':', '<', '>', '=']);
    if !is_operator || good.len() <= start {
        return None;
    }
    let before = text.get(..start)?;
    parse(before).ok().map(|expr| (before, expr))
}
