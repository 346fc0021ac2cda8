//! What rings when a snapshot brings news: problems that were not there, what pinned users do.

use std::time::Duration;

use jiff::Timestamp;

use super::Effect;
use crate::alerts::{AlertEvent, AlertWay};
use crate::problems::{Problem, Severity};
use crate::state::State;
use model::clock::{advance, elapsed};
use model::presence::{TeamsPresence, UserName};
use words::fill;

/// Something that rings without end is switched off: it rings at most this often.
const APART: Duration = Duration::from_secs(10);

/// What was known before the snapshot.
pub(super) struct Before {
    problems: Vec<Problem>,
    pinned: Vec<Known>,
}

#[derive(PartialEq, Eq)]
struct Known {
    user: UserName,
    calls: bool,
    teams: Option<TeamsPresence>,
}

/// Nothing where nothing rings, and while the picture is frozen or of the past.
pub(super) fn before(state: &State) -> Option<Before> {
    let rings = !state.alerts.events.is_empty() && !state.is_frozen() && state.past().is_none();
    rings.then(|| Before {
        problems: state.problems.clone(),
        pinned: pinned(state),
    })
}

fn pinned(state: &State) -> Vec<Known> {
    if !state.alerts.events.contains(&AlertEvent::Pinned) {
        return Vec::new();
    }
    let snapshot = state.snapshot();
    let rows = state.order.pins.rows(snapshot).into_iter();
    rows.filter_map(|at| {
        let row = snapshot.rows.get(at)?;
        Some(Known {
            user: row.user_name.clone(),
            calls: !row.calls.is_empty(),
            teams: row.teams.clone(),
        })
    })
    .collect()
}

/// Rings for the first thing that is new and that somebody has chosen.
pub(super) fn news(state: &mut State, before: Option<Before>, now: Timestamp) -> Vec<Effect> {
    let Some(before) = before.filter(|_| state.past().is_none()) else {
        return Vec::new();
    };
    let said = new_problem(state, &before.problems).or_else(|| of_pinned(state, &before.pinned));
    said.map_or_else(Vec::new, |said| ring(state, &said, now))
}

/// The bridge has ended.
pub(super) fn ended(state: &mut State, now: Timestamp) -> Vec<Effect> {
    if !state.alerts.events.contains(&AlertEvent::Outage) {
        return Vec::new();
    }
    let said = state.look().texts.status.ended.to_owned();
    ring(state, &said, now)
}

fn new_problem(state: &State, before: &[Problem]) -> Option<String> {
    let rings = |problem: &&Problem| {
        let event = match problem.severity {
            Severity::Dead => [AlertEvent::Outage, AlertEvent::Problem].as_slice(),
            Severity::Hint => &[],
            Severity::Bad | Severity::Warning => &[AlertEvent::Problem],
        };
        let chosen = |event: &AlertEvent| state.alerts.events.contains(event);
        event.iter().any(chosen) && !before.iter().any(|known| problem.is_still(known))
    };
    let problem = state.problems.iter().find(rings)?;
    let what = state.shown_words(&problem.what);
    let user = problem.user.as_ref().map(|user| state.shown_user(user));
    Some(user.map_or_else(|| what.to_string(), |user| format!("{user}: {what}")))
}

fn of_pinned(state: &State, before: &[Known]) -> Option<String> {
    let t = &state.look().texts.alerts;
    pinned(state).into_iter().find_map(|now| {
        let known = before.iter().find(|known| known.user == now.user)?;
        let user = state.shown_user(&now.user);
        if known.calls != now.calls {
            let words = if now.calls { &t.call } else { &t.call_over };
            return Some(fill(words, &[("user", &user)]));
        }
        let teams = now.teams.as_ref().filter(|_| known.teams != now.teams)?;
        let values: [(&str, &dyn std::fmt::Display); 2] = [("user", &user), ("detail", teams)];
        Some(fill(t.presence, &values))
    })
}

fn ring(state: &mut State, said: &str, now: Timestamp) -> Vec<Effect> {
    let quiet_until = state.rang_at.map(|at| advance(at, APART));
    if quiet_until.is_some_and(|until| elapsed(now, until) > Duration::ZERO) {
        return Vec::new();
    }
    state.rang_at = Some(now);
    match state.alerts.way {
        AlertWay::Bell => vec![Effect::Bell],
        AlertWay::Notification => vec![Effect::Notify(format!("lampfield: {said}"))],
    }
}
