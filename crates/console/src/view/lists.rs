//! The list of what is wrong.

use ratatui::text::Line;

use super::context::Context;
use crate::problems::{Problem, Severity};
use crate::theme::Role;
use report::cells::{Align, fit, width, wrap};

/// Everything that is wrong, worst first, each with what to do.
pub(super) fn problems(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    if ctx.state.problems.is_empty() {
        let none = ctx.t.problems.none.to_owned();
        return vec![Line::from(ctx.span(none, Role::Good))];
    }
    ctx.state
        .problems
        .iter()
        .enumerate()
        .flat_map(|(at, problem)| {
            let mut lines = problem_lines(ctx, problem, room);
            if let Some(first) = lines.first_mut().filter(|_| at == ctx.state.problem_at) {
                *first = std::mem::take(first).patch_style(ctx.style(Role::Selected));
            }
            lines
        })
        .collect()
}

/// The first line of the chosen problem, and the one after its last.
pub(super) fn place_of_chosen(ctx: &Context<'_>, room: usize) -> (usize, usize) {
    let (mut from, mut to) = (0, 0);
    for problem in ctx.state.problems.iter().take(ctx.state.problem_at + 1) {
        from = to;
        to += problem_lines(ctx, problem, room).len();
    }
    (from, to)
}

fn problem_lines(ctx: &Context<'_>, problem: &Problem, room: usize) -> Vec<Line<'static>> {
    let (sign, role) = match problem.severity {
        Severity::Dead => (ctx.glyphs.no_effect, Role::Bad),
        Severity::Bad => (ctx.glyphs.warning, Role::Bad),
        Severity::Warning => (ctx.glyphs.warning, Role::Warning),
        Severity::Hint => (ctx.glyphs.dot, Role::Muted),
    };
    let who = problem
        .user
        .as_ref()
        .map(|user| format!("{}: ", ctx.state.shown_user(user)))
        .unwrap_or_default();
    let indent = width(sign) + 1;
    let limit = room.saturating_sub(indent);
    let what = ctx.state.shown_words(&problem.what);
    let mut lines = Vec::new();
    for (at, line) in wrap(&format!("{who}{what}"), limit).into_iter().enumerate() {
        let start = if at == 0 {
            format!("{sign} ")
        } else {
            " ".repeat(indent)
        };
        lines.push(Line::from(ctx.span(format!("{start}{line}"), role)));
    }
    for (at, line) in wrap(&problem.remedy, limit.saturating_sub(2))
        .into_iter()
        .enumerate()
    {
        let start = if at == 0 { ctx.glyphs.arrow } else { "" };
        let start = fit(start, width(ctx.glyphs.arrow) + 1, Align::Left, "");
        lines.push(Line::from(vec![
            ctx.span(format!("{}{start}", " ".repeat(indent)), Role::Muted),
            ctx.span(line, Role::Text),
        ]));
    }
    lines
}
