//! What changes something in Teams is asked first, and impossible while observing.

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, say};
use crate::state::{Question, State};
use crate::theme::Role;
use model::command::Command;
use model::presence::{Lang, UserName};
use model::snapshot::Mode;
use words::fill;

/// Yes or no.
pub(super) fn answer(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    let yes = match key.code {
        KeyCode::Char('y' | 'Y') => true,
        KeyCode::Char('j' | 'J') => state.look().lang == Lang::De,
        _ => false,
    };
    let Some(question) = state.question.take() else {
        return Vec::new();
    };
    if !yes {
        let text = state.look().texts.status.cancelled.clone();
        say(state, text, Role::Muted, now);
        return Vec::new();
    }
    say(state, question.done, Role::Text, now);
    vec![Effect::Send(question.command)]
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
    if row.lease.is_none() {
        return;
    }
    let user = row.user_name.clone();
    let t = state.look().texts;
    let text = named(state, &t.confirm.clear, &user);
    let done = t.status.clear_ordered.clone();
    ask(state, text, Command::ClearLease(user), done, now);
}

/// Clear all leases.
pub(super) fn clear_all(state: &mut State, now: Timestamp) {
    let t = state.look().texts;
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
        command,
        done,
    });
}
