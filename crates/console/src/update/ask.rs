//! What changes something in Teams is asked first, and impossible while observing.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, say};
use crate::state::{AskedFor, Question, State};
use crate::theme::Role;
use model::command::Command;
use model::presence::UserName;
use model::snapshot::Mode;
use words::fill;

/// Yes or no. The letters are the same in both languages and move nothing: whoever goes on pressing
/// `j` has not said "ja". Any other key leaves the question open.
pub(super) fn answer(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return Vec::new();
    }
    match key.code {
        KeyCode::Enter | KeyCode::Char('y' | 'Y') => yes(state, now),
        KeyCode::Esc | KeyCode::Char('n' | 'N' | 'q') => {
            state.question = None;
            let text = state.look().texts.status.cancelled.clone();
            say(state, text, Role::Muted, now);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn yes(state: &mut State, now: Timestamp) -> Vec<Effect> {
    match state.question.take().map(|question| question.asks_for) {
        Some(AskedFor::Order { command, done }) => {
            say(state, done, Role::Text, now);
            vec![Effect::Send(command)]
        }
        Some(AskedFor::Leave) => vec![Effect::Quit],
        None => Vec::new(),
    }
}

/// Pause for everybody, or write again.
pub(super) fn pause(state: &mut State, now: Timestamp) {
    let t = state.look().texts;
    let (text, command, done) = if state.snapshot().mode == Mode::Paused {
        (
            &t.confirm.resume,
            Command::ResumeWriting,
            &t.status.writing_resumed,
        )
    } else {
        (
            &t.confirm.pause,
            Command::PauseWriting,
            &t.status.writing_paused,
        )
    };
    ask(state, text.clone(), command, done.clone(), now);
}

/// Pause for the selected user, or write again.
pub(super) fn pause_user(state: &mut State, now: Timestamp) {
    let Some((_, row)) = state.selected_row() else {
        return;
    };
    let (user, paused) = (row.user_name.clone(), row.paused);
    let t = state.look().texts;
    let (text, command, done) = if paused {
        (
            &t.confirm.resume_user,
            Command::ResumeUser(user.clone()),
            &t.status.user_resumed,
        )
    } else {
        (
            &t.confirm.pause_user,
            Command::PauseUser(user.clone()),
            &t.status.user_paused,
        )
    };
    let (text, done) = (named(state, text, &user), named(state, done, &user));
    ask(state, text, command, done, now);
}

/// Clear the lease of the selected user.
pub(super) fn clear(state: &mut State, now: Timestamp) {
    let Some((_, row)) = state.selected_row() else {
        return;
    };
    let user = row.user_name.clone();
    if row.lease.is_none() {
        let text = named(state, &state.look().texts.status.no_lease, &user);
        return say(state, text, Role::Muted, now);
    }
    let t = state.look().texts;
    let text = named(state, &t.confirm.clear, &user);
    let done = t.status.clear_ordered.clone();
    ask(state, text, Command::ClearLease(user), done, now);
}

/// Clear all leases.
pub(super) fn clear_all(state: &mut State, now: Timestamp) {
    let t = state.look().texts;
    if state.snapshot().leases.held == 0 && !state.is_observing() {
        let text = t.status.no_leases.clone();
        return say(state, text, Role::Muted, now);
    }
    let text = fill(
        &t.confirm.clear_all,
        &[("n", &state.snapshot().leases.held)],
    );
    let done = t.status.clear_ordered.clone();
    ask(state, text, Command::ClearAllLeases, done, now);
}

fn named(state: &State, template: &str, user: &UserName) -> String {
    fill(template, &[("user", &state.shown_user(user))])
}

fn ask(state: &mut State, text: String, command: Command, done: String, now: Timestamp) {
    if state.is_observing() {
        let text = state.look().texts.status.observing.clone();
        return say(state, text, Role::Warning, now);
    }
    state.question = Some(Question {
        text,
        asks_for: AskedFor::Order { command, done },
    });
}
