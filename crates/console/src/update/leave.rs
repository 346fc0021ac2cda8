//! Ending the console: `q` goes back from whatever is in front and ends on the table; it asks first
//! where the bridge of this process would take calls out of Teams. Ctrl-C twice always ends.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, act};
use crate::state::{Focus, Question, State};

/// Whether this is Ctrl-C.
pub(super) fn is_interrupt(key: &KeyEvent) -> bool {
    key.modifiers.contains(KeyModifiers::CONTROL) && matches!(key.code, KeyCode::Char('c' | 'C'))
}

/// Ctrl-C: ends whatever is in front, or asks; the second time it is not asked.
pub(super) fn interrupt(state: &mut State) -> Vec<Effect> {
    let asked = state.question.take();
    if asked == Some(Question::Leave) {
        return vec![Effect::Quit];
    }
    leave(state)
}

/// `q`: back, as in a pager; from the table it ends the console.
pub(super) fn quit(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if state.screen().is_some() || state.focus != Focus::Table {
        act::back(state, now);
        return Vec::new();
    }
    leave(state)
}

/// Whether there is nothing more to go back from but the console itself, and somewhere to come back to.
pub(super) fn comes_back(state: &State) -> bool {
    let at_table = state.screen().is_none() && state.focus == Focus::Table;
    state.comes_back && at_table && state.filter.text.is_empty()
}

fn leave(state: &mut State) -> Vec<Effect> {
    if state.leases_that_end_with_us() == 0 {
        return vec![Effect::Quit];
    }
    state.question = Some(Question::Leave);
    Vec::new()
}
