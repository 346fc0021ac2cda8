//! Stepping into the past, about in it and back.

use jiff::Timestamp;

use super::{Effect, say};
use crate::input::Input;
use crate::keys::Action;
use crate::past::PastWish;
use crate::state::{Prompt, Prompted, State};
use crate::theme::Role;
use model::clock::shifted;
use model::when::moment;
use words::fill;

/// Carries out what has to do with the past; nothing where `action` has not.
pub(super) fn act(state: &mut State, action: Action, now: Timestamp) -> Option<Vec<Effect>> {
    if action.is_command() && state.past().is_some() {
        let text = state.look().texts.replay.refused;
        say(state, text, Role::Warning, now);
        return Some(Vec::new());
    }
    let wish = match action {
        Action::Past => begin_or_end(state),
        Action::PastTime => return Some(ask(state, now)),
        Action::PastEvent => PastWish::Event { forward: true },
        Action::PastEventBefore => PastWish::Event { forward: false },
        Action::PastProblem => PastWish::Problem { forward: true },
        Action::PastProblemBefore => PastWish::Problem { forward: false },
        Action::PastFaster => PastWish::Faster,
        Action::Freeze if state.past().is_some() => PastWish::Play,
        _ => return None,
    };
    Some(send(state, wish, now))
}

fn begin_or_end(state: &State) -> PastWish {
    if state.past().is_some() {
        PastWish::Live
    } else {
        PastWish::Begin
    }
}

/// A wish that can be met; otherwise why not.
fn send(state: &mut State, wish: PastWish, now: Timestamp) -> Vec<Effect> {
    let texts = &state.look().texts.replay;
    let why_not = match state.past() {
        None if !state.looks_back => Some(&texts.nothing_recorded),
        None if is_about_in_it(wish) => Some(&texts.not_in_the_past),
        Some(past) if wish == PastWish::Live && !past.live => Some(&texts.no_live),
        _ => None,
    };
    if let Some(text) = why_not.copied() {
        say(state, text, Role::Muted, now);
        return Vec::new();
    }
    state.thaw(now);
    vec![Effect::Past(wish)]
}

/// Whether it means something only where one is in the past already.
const fn is_about_in_it(wish: PastWish) -> bool {
    matches!(wish, PastWish::Live | PastWish::Play | PastWish::Faster)
}

/// Asks for a time.
fn ask(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if state.past().is_none() && !state.looks_back {
        let text = state.look().texts.replay.nothing_recorded;
        say(state, text, Role::Muted, now);
        return Vec::new();
    }
    state.prompt = Some(Prompt {
        what: Prompted::PastTime,
        input: Input::default(),
    });
    Vec::new()
}

/// A time was typed: seen from the moment that is shown.
pub(super) fn go_to(state: &mut State, typed: &str, now: Timestamp) -> Vec<Effect> {
    if typed.trim().is_empty() {
        return Vec::new();
    }
    let shown = shifted(now, state.snapshot().wall_ahead);
    let zone = state.look().zone.clone();
    if let Some(at) = moment(typed, shown, &zone) {
        return send(state, PastWish::To(at), now);
    }
    // What was typed stays: it lacks a few letters.
    state.prompt = Some(Prompt {
        what: Prompted::PastTime,
        input: Input::new(typed),
    });
    let why = &state.look().texts.replay.not_a_moment;
    let text = fill(why, &[("text", &typed)]);
    say(state, text, Role::Bad, now);
    Vec::new()
}
