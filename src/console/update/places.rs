//! Moving about: rows, lines, from a line of the log or a problem to its row.

use jiff::Timestamp;

use super::typing;
use crate::console::input::Input;
use crate::console::keys::Action;
use crate::console::layout::Areas;
use crate::console::state::{Focus, Prompt, Prompted, Screen, State};
use crate::presence::UserName;

fn page(state: &State) -> usize {
    let height = match (state.screen(), state.focus) {
        (None, Focus::Table) => Areas::of(state).rows(),
        (None, Focus::Log(_)) => Areas::of(state).log.height,
        (Some(_), _) => state.size.height.saturating_sub(2),
    };
    usize::from(height).saturating_sub(1).max(1)
}

/// A list that starts at the top: how far down it is after this key.
fn moved(at: usize, action: Action, page: usize) -> usize {
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
            state.scroll = crate::console::view::scroll_to_problem(state);
        }
        (Some(_), _) => {
            let last = crate::console::view::screen_length(state).saturating_sub(page + 1);
            state.scroll = moved(state.scroll.min(last), action, page).min(last);
        }
        (None, Focus::Table) => {
            let at = moved(state.selected_at, action, page);
            state.select(at);
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
pub(super) fn start_typing(state: &mut State) {
    let (what, text) = match (state.screen(), state.focus) {
        (Some(Screen::Help), _) => (Prompted::HelpSearch, state.help_search.clone()),
        (Some(_), _) => return,
        (None, Focus::Log(_)) => (Prompted::LogSearch, state.focused_pane().search.clone()),
        (None, Focus::Table) => {
            state.filter.typing = Some(Input::new(&state.filter.text));
            return;
        }
    };
    state.prompt = Some(Prompt {
        what,
        input: Input::new(&text),
    });
}

/// Selects this user; `false` where no shown row is the user's.
fn select_user(state: &mut State, user: &UserName) -> bool {
    let place = (0..state.order.shown().len()).find(|at| {
        state
            .row_at(*at)
            .is_some_and(|(_, row)| row.user_name == *user)
    });
    if let Some(at) = place {
        state.select(at);
    }
    place.is_some()
}

/// Selects the user of the chosen problem, and shows everybody where the filter hides the row;
/// `false` where the problem is nobody's in particular.
pub(super) fn to_problem(state: &mut State, now: Timestamp) -> bool {
    let chosen = state.problems.get(state.problem_at);
    let Some(user) = chosen.and_then(|problem| problem.user.clone()) else {
        return false;
    };
    if select_user(state, &user) {
        return true;
    }
    typing::set_filter(state, "", now);
    select_user(state, &user)
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
