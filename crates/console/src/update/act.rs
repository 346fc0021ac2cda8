//! What each key does.

use jiff::Timestamp;

use super::{
    Effect, ask, export, leave, log_panes, menu, others, palette, past, places, pointer,
    read_again, say, typing, users,
};
use crate::columns::{COLUMNS, Row, WidthClass};
use crate::keys::Action;
use crate::msg::INTERVALS;
use crate::state::{Focus, List, Screen, State};
use crate::theme::Role;
use crate::time::short;
use crate::view::context::Context;
use model::command::Command;
use words::fill;

/// Carries out what a key or the menu asks for; returns what must happen outside.
pub(super) fn act(state: &mut State, action: Action, now: Timestamp) -> Vec<Effect> {
    if let Some(effects) = past::act(state, action, now) {
        return effects;
    }
    if let Some(effects) = others::act(state, action, now) {
        return effects;
    }
    if action.is_command() && state.latest().is_cut_off_from_leader() {
        let text = state.look().texts.attach.no_leader_heard;
        say(state, text, Role::Warning, now);
        return Vec::new();
    }
    match action {
        Action::Quit => return leave::quit(state, now),
        Action::Back if leave::comes_back(state) => return leave::quit(state, now),
        Action::Redraw => return vec![Effect::Redraw],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Copy => return copy(state, now),
        Action::CopyCell => return copy_cell(state, now),
        Action::Mouse => return pointer::toggle(state, now),
        Action::Refresh => return read_again::refresh(state, now),
        Action::RefreshAll => return read_again::refresh_all(state, now),
        Action::Faster => return interval(state, false, now),
        Action::Slower => return interval(state, true, now),
        Action::Up
        | Action::Down
        | Action::Top
        | Action::Bottom
        | Action::PageUp
        | Action::PageDown => places::go(state, action),
        Action::Pause => ask::pause(state, now),
        Action::PauseUser => ask::pause_user(state, now),
        Action::Clear => ask::clear(state, now),
        Action::ClearAll => ask::clear_all(state, now),
        Action::ShowAll => typing::show_only(state, "", now),
        Action::ShowCalls => typing::show_only(state, "is:call", now),
        Action::ShowLeases => typing::show_only(state, "is:lease", now),
        Action::ShowWrong => typing::show_only(state, "is:wrong", now),
        Action::Sort => sort(state, now),
        Action::SortReverse => {
            state.sort.reversed ^= true;
            state.reorder(now);
        }
        Action::Group => users::group(state, now),
        Action::Pin => users::pin(state, now),
        Action::NextUser => users::step(state, true, now),
        Action::PreviousUser => users::step(state, false, now),
        Action::Freeze => freeze(state, now),
        Action::NextProblem => problem(state, true, now),
        Action::PreviousProblem => problem(state, false, now),
        Action::Privacy => privacy(state, now),
        Action::Theme => theme(state, now),
        other => look_at(state, other, now),
    }
    Vec::new()
}

/// Screens, panes and the log.
fn look_at(state: &mut State, action: Action, now: Timestamp) {
    match action {
        Action::Filter => places::start_typing(state, now),
        Action::Back => back(state, now),
        Action::Detail => detail(state, now),
        Action::Unmatched => unmatched(state),
        Action::Problems => open(state, Screen::Problems),
        Action::Topology => open(state, Screen::Topology),
        Action::Timing => open(state, Screen::Timing),
        Action::Explorer => open(state, Screen::Explorer),
        Action::Help => open(state, Screen::Help),
        Action::Logs => log_panes::logs(state),
        Action::Pane => log_panes::pane(state),
        Action::LevelLess => state.focused_pane().shift_level(-1),
        Action::LevelMore => log_panes::more_levels(state, now),
        Action::Target => state.focused_pane().next_target(),
        Action::Follow => log_panes::follow(state),
        Action::Wrap => state.focused_pane().wrap ^= true,
        Action::OnlyUser => log_panes::only_user(state),
        Action::Jump => places::jump(state),
        Action::Columns => menu::open(state, List::Columns),
        Action::Ring => menu::open(state, List::Alerts),
        Action::SortBy => menu::open(state, List::Sort),
        Action::Commands => palette::open(state),
        Action::Filters => menu::open(state, List::Filters),
        Action::Export => export::ask(state, now),
        _ => {}
    }
}

/// Opens a screen, or closes it where it is in front.
fn open(state: &mut State, screen: Screen) {
    state.scroll = 0;
    if state.screen() == Some(screen) {
        state.screens.pop();
        return;
    }
    state.screens.retain(|open| *open != screen);
    state.screens.push(screen);
}

/// From the table with what its filter has found.
fn unmatched(state: &mut State) {
    if state.screen() != Some(Screen::Unmatched) {
        others::search_as_found(state);
    }
    open(state, Screen::Unmatched);
}

/// To what is behind the front screen or the focused log; on the table to all users.
pub(super) fn back(state: &mut State, now: Timestamp) {
    state.scroll = 0;
    if state.screens.pop().is_some() {
        state.help_search.clear();
        return;
    }
    if state.focus != Focus::Table {
        let pane = state.focused_pane();
        pane.search.clear();
        pane.user = None;
        pane.back = 0;
        state.focus = Focus::Table;
        log_panes::return_from_log(state);
        return;
    }
    typing::set_filter(state, "", now);
}

/// Why? From the list of problems: for the user of the chosen one, or the page of one of the whole.
/// On the other screens there is nothing to ask it of.
fn detail(state: &mut State, now: Timestamp) {
    match state.screen() {
        None if state.selected.is_none() && !state.found.is_empty() => unmatched(state),
        None if state.selected.is_none() => {
            let text = state.look().texts.detail.nobody;
            say(state, text, Role::Muted, now);
        }
        None => open(state, Screen::Detail),
        Some(Screen::Problems) => {
            if let Some(page) = places::to_problem(state, now) {
                open(state, page);
            }
        }
        Some(_) => nothing_here(state, now),
    }
}

/// A key that has a use on this screen, but not now.
pub(super) fn nothing_here(state: &mut State, now: Timestamp) {
    let text = state.look().texts.status.nothing_here;
    say(state, text, Role::Muted, now);
}

/// The next column on the screen.
fn sort(state: &mut State, now: Timestamp) {
    let shown = state.shown_columns();
    let current = shown.iter().position(|at| *at == state.sort.column);
    let next = current.map_or(0, |at| (at + 1) % shown.len().max(1));
    if let Some(column) = shown.get(next) {
        state.sort.column = *column;
        state.sort.reversed = false;
    }
    state.reorder(now);
}

fn freeze(state: &mut State, now: Timestamp) {
    state.toggle_freeze(now);
    let t = &state.look().texts.status;
    let text = if state.is_frozen() { t.frozen } else { t.live };
    say(state, text, Role::Text, now);
}

fn privacy(state: &mut State, now: Timestamp) {
    state.private ^= true;
    let t = &state.look().texts.status;
    let text = if state.private {
        t.private_on
    } else {
        t.private_off
    };
    say(state, text, Role::Text, now);
}

/// The next theme; it is kept.
fn theme(state: &mut State, now: Timestamp) {
    let look = state.look_mut();
    if !look.colors {
        let text = look.texts.status.no_colors;
        return say(state, text, Role::Muted, now);
    }
    let choice = look.choice.next();
    look.choose(choice);
    let text = fill(look.texts.status.theme, &[("name", &choice.as_str())]);
    state.kept_theme = Some(choice);
    say(state, text, Role::Text, now);
}

fn problem(state: &mut State, forward: bool, now: Timestamp) {
    let Some(at) = state.next_problem(forward) else {
        let text = state.look().texts.status.no_problem;
        return say(state, text, Role::Muted, now);
    };
    state.walking = true;
    state.problem_at = at;
    places::show_problem(state, now);
}

/// The next longer or shorter interval of those that make sense.
fn interval(state: &mut State, longer: bool, now: Timestamp) -> Vec<Effect> {
    let current = state.snapshot().poll.interval;
    let next = if longer {
        INTERVALS.iter().find(|step| **step > current)
    } else {
        INTERVALS.iter().rev().find(|step| **step < current)
    };
    let Some(next) = next.copied() else {
        let age = short(current.as_secs());
        let end = &state.look().texts.status.interval_end;
        let text = fill(end, &[("age", &age)]);
        say(state, text, Role::Muted, now);
        return Vec::new();
    };
    let age = short(next.as_secs());
    let text = fill(state.look().texts.status.interval, &[("age", &age)]);
    say(state, text, Role::Text, now);
    vec![Effect::Send(Command::SetInterval(next))]
}

fn copy(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let Some((_, row)) = state.selected_row() else {
        return Vec::new();
    };
    let teams = row
        .teams
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    let line = [
        state.shown_user(&row.user_name),
        state.shown_name(row),
        teams,
        row.procall.as_str().to_owned(),
    ]
    .join("\t");
    let shown = state.shown_user(&row.user_name);
    let text = fill(state.look().texts.status.copied, &[("detail", &shown)]);
    say(state, text, Role::Text, now);
    vec![Effect::Copy(line)]
}

/// The value in the column that is sorted by.
fn copy_cell(state: &mut State, now: Timestamp) -> Vec<Effect> {
    let Some(text) = selected_cell(state, now) else {
        return Vec::new();
    };
    let text = text.trim().to_owned();
    let said = fill(state.look().texts.status.copied, &[("detail", &text)]);
    say(state, said, Role::Text, now);
    vec![Effect::Copy(text)]
}

fn selected_cell(state: &State, now: Timestamp) -> Option<String> {
    let (index, user) = state.selected_row()?;
    let column = COLUMNS.get(state.sort.column)?;
    let snapshot = state.snapshot();
    let read = snapshot.read_mark(index);
    let row = Row {
        user,
        read,
        stale: read.is_stale(now, snapshot.poll.interval),
        ctx: &Context::new(state, now),
        class: WidthClass::Wide,
    };
    Some((column.cell)(&row).text)
}
