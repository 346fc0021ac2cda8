//! From user to user inside why?, in the order and filter of the table; who stays on top of it, and
//! its groups.

use jiff::Timestamp;

use super::{act, say};
use crate::pins::MOST_PINS;
use crate::state::{Screen, State};
use crate::theme::Role;
use words::fill;

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
    let text = if forward { t.last_user } else { t.first_user };
    say(state, text, Role::Muted, now);
}

/// Groups the table by department, or no longer.
pub(super) fn group(state: &mut State, now: Timestamp) {
    state.order.by_department ^= true;
    state.reorder(now);
    let t = &state.look().texts.groups;
    let text = if state.order.by_department {
        t.on
    } else {
        t.off
    };
    say(state, text, Role::Text, now);
}

/// Pins the selected user to the top, or lets go.
pub(super) fn pin(state: &mut State, now: Timestamp) {
    let Some((_, row)) = state.selected_row() else {
        return act::nothing_here(state, now);
    };
    let user = row.user_name.clone();
    if state.order.pins.is_full() && !state.order.pins.has(&user) {
        let text = fill(state.look().texts.groups.pins_full, &[("n", &MOST_PINS)]);
        return say(state, text, Role::Warning, now);
    }
    let pinned = state.order.pins.toggle(&user);
    state.reorder(now);
    let t = &state.look().texts.groups;
    let words = if pinned { &t.pin_on } else { &t.pin_off };
    let text = fill(words, &[("user", &state.shown_user(&user))]);
    say(state, text, Role::Text, now);
}
