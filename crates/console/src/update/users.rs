//! From user to user inside why?, in the order and filter of the table.

use jiff::Timestamp;

use super::{act, say};
use crate::state::{Screen, State};
use crate::theme::Role;

/// The next or the previous user of the table, without leaving the page.
pub(super) fn step(state: &mut State, forward: bool, now: Timestamp) {
    if state.screen() != Some(Screen::Detail) {
        return act::nothing_here(state, now);
    }
    let next = if forward {
        Some(state.selected_at + 1).filter(|at| *at < state.order.shown().len())
    } else {
        state.selected_at.checked_sub(1)
    };
    let Some(at) = next else {
        return at_the_end(state, forward, now);
    };
    state.select(at);
    state.scroll = 0;
}

fn at_the_end(state: &mut State, forward: bool, now: Timestamp) {
    let t = &state.look().texts.status;
    let text = if forward { &t.last_user } else { &t.first_user };
    let text = text.clone();
    say(state, text, Role::Muted, now);
}
