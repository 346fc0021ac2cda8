//! What happens, happens to the state here. Pure: no clock, no terminal, no bridge; what must be
//! done outside comes back as [`Effect`]s.

mod act;
mod alert;
mod ask;
mod export;
mod leave;
mod log_panes;
mod menu;
mod naming;
mod offering;
mod others;
mod palette;
mod past;
mod places;
mod pointer;
mod read_again;
mod typing;
mod users;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use super::keys::{Action, Scope};
use super::logs::LogSource;
use super::msg::{Effect, Msg};
use super::state::{Screen, State, StatusLine};
use super::theme::Role;
use model::clock::advance;
use model::snapshot::{Seen, Snapshot};

/// How long a notice stays.
const NOTICE_FOR: Duration = Duration::from_secs(5);

/// Takes one message.
pub(crate) fn update(state: &mut State, msg: Msg, now: Timestamp) -> Vec<Effect> {
    let effects = apply(state, msg, now);
    state.keep_visible();
    effects
}

fn apply(state: &mut State, msg: Msg, now: Timestamp) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => return press(state, &key, now),
        Msg::Paste(text) => typing::paste(state, &text, now),
        Msg::Resize(width, height) => state.size = Size { width, height },
        Msg::Pointer(pointer) => pointer::take(state, pointer),
        Msg::Snapshot(snapshot) => {
            let before = alert::before(state);
            take(state, snapshot, now);
            return alert::news(state, before, now);
        }
        Msg::Log(line) => state.pane_mut(line.source).push(line),
        Msg::PastLog(lines) => {
            let (ours, followed) = lines
                .into_iter()
                .partition::<Vec<_>, _>(|line| line.source == LogSource::Ours);
            state.ours.show_past(ours);
            state.followed.show_past(followed);
        }
        Msg::Said(words) => {
            let text = words.in_lang(state.look().lang).to_owned();
            say(state, text, Role::Warning, now);
        }
        Msg::LogDropped(count) => state.ours.dropped += count,
        Msg::SlowTerminal(slow) => state.slow_terminal = slow,
        Msg::Fitting(theme) => state.look_mut().fit(theme),
        Msg::QueueFull => {
            let text = state.look().texts.status.queue_full;
            say(state, text, Role::Warning, now);
        }
        Msg::Wrote(outcome) => export::wrote(state, &outcome, now),
        Msg::BridgeEnded => {
            state.ended = true;
            let text = state.look().texts.status.ended;
            say(state, text, Role::Bad, now);
            return alert::ended(state, now);
        }
    }
    Vec::new()
}

/// The last picture of a bridge in another process says that it is one.
fn take(state: &mut State, snapshot: Arc<Snapshot>, now: Timestamp) {
    let lost = snapshot.seen.is_lost();
    let was_lost = std::mem::replace(&mut state.ended, lost);
    let seen = snapshot.seen;
    state.take(snapshot, now);
    let t = &state.look().texts.attach;
    match (was_lost, seen) {
        (false, Seen::Lost { .. }) => say(state, t.lost, Role::Bad, now),
        (true, Seen::Attached { .. } | Seen::ThroughEngine) => {
            say(state, t.back, Role::Good, now);
        }
        (true, Seen::Own) => say(state, t.taken_over, Role::Warning, now),
        _ => {}
    }
}

/// Over a slow line Esc and the next key arrive together and look like one key with Alt; nothing
/// is bound to Alt, so they are two keys.
fn press(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    if !key.modifiers.contains(KeyModifiers::ALT) {
        return press_one(state, key, now);
    }
    let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
    let second = KeyEvent::new(key.code, key.modifiers - KeyModifiers::ALT);
    let mut effects = press_one(state, &escape, now);
    effects.extend(press_one(state, &second, now));
    effects
}

fn press_one(state: &mut State, key: &KeyEvent, now: Timestamp) -> Vec<Effect> {
    if state.past().is_some() {
        // Where time stands still, what was said would stay.
        state.notice = None;
    }
    if leave::is_interrupt(key) {
        return leave::interrupt(state);
    }
    if state.question.is_some() {
        return ask::answer(state, key, now);
    }
    if state.palette.is_some() {
        return palette::key(state, key, now);
    }
    if state.menu.is_some() {
        return menu::key(state, key, now);
    }
    if state.filter.typing.is_some() || state.prompt.is_some() {
        return typing::key(state, key, now);
    }
    if state.screen() == Some(Screen::Explorer) && log_panes::explorer_key(state, key) {
        return Vec::new();
    }
    match state.look().keymap.action(state.scope(), key) {
        Some((Action::NamedFilter, at)) => {
            menu::apply_named(state, at, now);
            Vec::new()
        }
        Some((action, _)) => act::act(state, action, now),
        None => {
            not_here(state, key, now);
            Vec::new()
        }
    }
}

/// A key that only holds in another place says so: a key that does nothing looks broken.
fn not_here(state: &mut State, key: &KeyEvent, now: Timestamp) {
    let here = state.scope();
    let others = [Scope::Table, Scope::Log, Scope::Screen];
    let keymap = &state.look().keymap;
    let bound = |scope| Some((scope, keymap.action(scope, key)?.0));
    let mut others = others.into_iter().filter(|scope| *scope != here);
    if let Some((scope, action)) = others.find_map(bound) {
        places::elsewhere(state, scope, action, now);
    }
}

/// Says a word that goes away by itself.
fn say(state: &mut State, text: impl Into<String>, role: Role, now: Timestamp) {
    state.notice = Some(StatusLine {
        text: text.into(),
        role,
        until: advance(
            now,
            NOTICE_FOR * state.past().map_or(1, |past| past.speed.max(1)),
        ),
    });
}

#[cfg(test)]
mod tests;
