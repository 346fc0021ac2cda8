//! What changes something in Teams is asked first, and impossible while observing.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Effect, say};
use crate::state::{Question, State};
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
            let text = state.look().texts.status.cancelled;
            say(state, text, Role::Muted, now);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

fn yes(state: &mut State, now: Timestamp) -> Vec<Effect> {
    match state.question.take() {
        Some(Question::Order(command)) => {
            let text = done(state, &command);
            say(state, text, Role::Text, now);
            vec![Effect::Send(command)]
        }
        Some(Question::Leave) => vec![Effect::Quit],
        None => Vec::new(),
    }
}

/// What is said once it is told to the bridge.
fn done(state: &State, command: &Command) -> String {
    let t = &state.look().texts.status;
    match command {
        Command::PauseWriting => t.writing_paused.to_owned(),
        Command::ResumeWriting => t.writing_resumed.to_owned(),
        Command::PauseUser(user) => named(state, t.user_paused, user),
        Command::ResumeUser(user) => named(state, t.user_resumed, user),
        Command::ClearLease(_) | Command::ClearAllLeases => t.clear_ordered.to_owned(),
        // Never asked.
        Command::RefreshAll | Command::Refresh(_) | Command::SetInterval(_) => String::new(),
    }
}

/// Pause for everybody, or write again.
pub(super) fn pause(state: &mut State, now: Timestamp) {
    let command = if state.snapshot().mode == Mode::Paused {
        Command::ResumeWriting
    } else {
        Command::PauseWriting
    };
    ask(state, command, now);
}

/// Pause for the selected user, or write again.
pub(super) fn pause_user(state: &mut State, now: Timestamp) {
    let Some((_, row)) = state.selected_row() else {
        return;
    };
    let user = row.user_name.clone();
    let command = if row.paused {
        Command::ResumeUser(user)
    } else {
        Command::PauseUser(user)
    };
    ask(state, command, now);
}

/// Clear the lease of the selected user.
pub(super) fn clear(state: &mut State, now: Timestamp) {
    let Some((_, row)) = state.selected_row() else {
        return;
    };
    let user = row.user_name.clone();
    if row.lease.is_none() {
        let text = named(state, state.look().texts.status.no_lease, &user);
        return say(state, text, Role::Muted, now);
    }
    ask(state, Command::ClearLease(user), now);
}

/// Clear all leases.
pub(super) fn clear_all(state: &mut State, now: Timestamp) {
    if state.snapshot().leases.held == 0 && !state.is_observing() {
        let text = state.look().texts.status.no_leases;
        return say(state, text, Role::Muted, now);
    }
    ask(state, Command::ClearAllLeases, now);
}

fn named(state: &State, template: &str, user: &UserName) -> String {
    fill(template, &[("user", &state.shown_user(user))])
}

fn ask(state: &mut State, command: Command, now: Timestamp) {
    if state.is_observing() {
        let text = state.look().texts.status.observing;
        return say(state, text, Role::Warning, now);
    }
    state.question = Some(Question::Order(command));
}
