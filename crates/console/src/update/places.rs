//! Moving about: rows, lines, from a line of the log or a problem to its row.

use jiff::Timestamp;

use super::{others, say, typing};
use crate::input::Input;
use crate::keys::{Action, BINDINGS, Scope, scopes};
use crate::problems::{Leads, Severity};
use crate::state::{Focus, Prompt, Prompted, Screen, State};
use crate::theme::Role;
use model::presence::UserName;
use words::fill;

fn page(state: &State) -> usize {
    let height = match (state.screen(), state.focus) {
        (None, Focus::Table) => state.rows(),
        (None, Focus::Log(_)) => usize::from(state.areas().log.height),
        (Some(_), _) => usize::from(state.size.height.saturating_sub(2)),
    };
    height.saturating_sub(1).max(1)
}

/// A list that starts at the top: how far down it is after this key.
pub(super) fn moved(at: usize, action: Action, page: usize) -> usize {
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at.saturating_add(1),
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at.saturating_add(page),
        Action::Bottom => usize::MAX,
        _ => 0,
    }
}

pub(super) fn go(state: &mut State, action: Action) {
    let page = page(state);
    match (state.screen(), state.focus) {
        (Some(Screen::Problems), _) => {
            let last = state.problems.len().saturating_sub(1);
            state.problem_at = moved(state.problem_at, action, page / 3).min(last);
            state.scroll = crate::view::scroll_to_problem(state);
        }
        (Some(Screen::Unmatched), _) => others::go(state, action, page),
        (Some(_), _) => {
            let last = crate::view::screen_length(state).saturating_sub(page + 1);
            state.scroll = moved(state.scroll.min(last), action, page).min(last);
        }
        (None, Focus::Table) => {
            let at = moved(state.selected_at, action, page);
            state.select(at);
            if action == Action::Top {
                // Also below pinned rows, the first of which is selected now.
                state.top = 0;
            }
        }
        (None, Focus::Log(_)) => scroll_log(state, action, page),
    }
}

fn scroll_log(state: &mut State, action: Action, page: usize) {
    let page = isize::try_from(page).unwrap_or(1);
    let by = match action {
        Action::Up => 1,
        Action::Down => -1,
        Action::PageUp => page,
        Action::PageDown => -page,
        Action::Top => isize::MAX,
        _ => isize::MIN,
    };
    state.focused_pane().scroll(by);
}

/// The filter; in a log, and in the help, a search.
pub(super) fn start_typing(state: &mut State, now: Timestamp) {
    let (what, text) = match (state.screen(), state.focus) {
        (Some(Screen::Help), _) => (Prompted::HelpSearch, state.help_search.clone()),
        (Some(Screen::Unmatched), _) => (Prompted::OtherSearch, state.others.search.clone()),
        (Some(_), _) => return elsewhere(state, Scope::Table, Action::Filter, now),
        (None, Focus::Log(_)) => (Prompted::LogSearch, state.focused_pane().search.clone()),
        (None, Focus::Table) => {
            typing::begin(state);
            return;
        }
    };
    state.prompt = Some(Prompt {
        what,
        input: Input::new(&text),
    });
}

/// Says where a key holds that does nothing here.
pub(super) fn elsewhere(state: &mut State, scope: Scope, action: Action, now: Timestamp) {
    let t = state.look().texts;
    let place = scopes(t).into_iter().find(|(it, _)| *it == scope);
    let binding = BINDINGS
        .iter()
        .find(|row| row.scope == scope && row.action == action);
    let (Some((_, place)), Some(binding)) = (place, binding) else {
        return;
    };
    let values: [(&str, &dyn std::fmt::Display); 2] =
        [("place", &place), ("detail", &(binding.help)(t))];
    let text = fill(t.status.elsewhere, &values);
    say(state, text, Role::Muted, now);
}

/// Selects this user; `false` where no shown row is the user's.
fn select_user(state: &mut State, user: &UserName) -> bool {
    let place = state.place_of(user);
    if let Some(at) = place {
        state.select(at);
    }
    place.is_some()
}

/// Goes where the chosen problem leads; says the screen that is to be opened for it.
pub(super) fn to_problem(state: &mut State, now: Timestamp) -> Option<Screen> {
    let chosen = state.problems.get(state.problem_at)?;
    match (chosen.leads, chosen.user.clone()) {
        (Leads::Why, Some(user)) => {
            why_of(state, &user, now);
            Some(Screen::Detail)
        }
        (Leads::Page(page), _) => Some(page),
        (Leads::Rows(filter), _) => {
            state.screens.clear();
            typing::set_filter(state, filter, now);
            state.select(0);
            None
        }
        (Leads::Why | Leads::Log, _) => {
            super::log_panes::to_log(state, false);
            None
        }
    }
}

/// Selects this user, and shows everybody where the filter hides the row.
fn why_of(state: &mut State, user: &UserName, now: Timestamp) {
    if !select_user(state, user) {
        typing::set_filter(state, "", now);
        select_user(state, user);
    }
}

/// Goes to the chosen problem, without leaving the screen, and says what it is.
pub(super) fn show_problem(state: &mut State, now: Timestamp) {
    let Some(problem) = state.problems.get(state.problem_at).cloned() else {
        return;
    };
    let mut detail = state.shown_words(&problem.what).into_owned();
    if let Some(user) = &problem.user {
        detail = format!("{}: {detail}", state.shown_user(user));
    }
    let user = problem.user.clone();
    if let Some(user) = user.or_else(|| state.first_with(&problem)) {
        select_user(state, &user);
    }
    if state.screen() == Some(Screen::Problems) {
        state.scroll = crate::view::scroll_to_problem(state);
    }
    let (n, all) = state.place_of_problem();
    let values: [(&str, &dyn std::fmt::Display); 3] =
        [("n", &n), ("all", &all), ("detail", &detail)];
    let text = fill(state.look().texts.status.problem_of, &values);
    let role = if problem.severity <= Severity::Bad {
        Role::Bad
    } else {
        Role::Warning
    };
    say(state, text, role, now);
}

/// To the row of the newest shown line that names a user.
pub(super) fn jump(state: &mut State) {
    let user = state
        .focused_pane()
        .upwards()
        .find_map(|line| line.user.clone());
    let Some(user) = user else {
        return;
    };
    if select_user(state, &user) {
        state.focus = Focus::Table;
    }
}
