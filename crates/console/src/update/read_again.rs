//! Reading again by hand, and what is said of it.

use jiff::Timestamp;

use super::{Effect, say};
use crate::state::State;
use crate::theme::Role;
use crate::time::{countdown, seconds_between};
use model::command::Command;
use words::fill;

/// Polls the selected user now.
pub(super) fn refresh(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let Some((_, row)) = state.selected_row() else {
        return Vec::new();
    };
    let user = row.user_name.clone();
    let shown = state.shown_user(&user);
    let text = fill(state.look().texts.status.refresh_one, &[("user", &shown)]);
    say_read(state, text, now);
    vec![Effect::Send(Command::Refresh(user))]
}

/// Polls everybody now.
pub(super) fn refresh_all(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let text = state.look().texts.status.refresh_all.to_owned();
    say_read(state, text, now);
    vec![Effect::Send(Command::RefreshAll)]
}

/// What is read again; while Microsoft throttles it waits, and that is said.
fn say_read(state: &mut State, text: String, now: Timestamp) {
    let until = state.latest().budget.throttled_until;
    let Some(until) = until.filter(|until| *until > now) else {
        return say(state, text, Role::Text, now);
    };
    let age = countdown(seconds_between(now, until));
    let values: [(&str, &dyn std::fmt::Display); 2] = [("age", &age), ("detail", &text)];
    let text = fill(state.look().texts.status.refresh_waits, &values);
    say(state, text, Role::Warning, now);
}
