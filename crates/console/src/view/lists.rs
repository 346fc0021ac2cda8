//! Two lists: who is not matched, and what is wrong.

use ratatui::text::Line;

use super::context::Context;
use crate::problems::{Problem, Severity};
use crate::theme::Role;
use model::presence::{UnmatchedReason, UnmatchedUser};
use report::cells::{Align, fit, width, wrap};

/// What stands in one line of the list of unmatched users.
enum Entry<'a> {
    Words(Line<'static>),
    User(&'a UnmatchedUser),
    Gap,
}

/// By reason, with the remedy once. Only the lines on the screen are made.
pub(super) fn unmatched(
    ctx: &Context<'_>,
    room: usize,
    scroll: usize,
    height: usize,
) -> (Vec<Line<'static>>, usize) {
    let users = &ctx.state.snapshot().unmatched;
    if users.is_empty() {
        let none = ctx.t.unmatched.none.clone();
        return (vec![Line::from(ctx.span(none, Role::Good))], 1);
    }
    let mut entries = Vec::with_capacity(users.len() + 3 * UnmatchedReason::ALL.len());
    for reason in UnmatchedReason::ALL {
        let of_reason = users.iter().filter(|user| user.reason == reason);
        let count = of_reason.clone().count();
        if count == 0 {
            continue;
        }
        entries.extend(reason_lines(ctx, reason, count, room).map(Entry::Words));
        entries.extend(of_reason.map(Entry::User));
        entries.push(Entry::Gap);
    }
    let length = entries.len();
    let scroll = scroll.min(length.saturating_sub(height));
    let window = entries.iter().skip(scroll).take(height);
    (
        window.map(|entry| entry_line(ctx, entry, room)).collect(),
        length,
    )
}

/// How many, why, and what to do.
fn reason_lines(
    ctx: &Context<'_>,
    reason: UnmatchedReason,
    count: usize,
    room: usize,
) -> impl Iterator<Item = Line<'static>> {
    let (what, remedy) = words::unmatched(reason, ctx.t);
    let what = bullet(
        ctx,
        (ctx.glyphs.warning, Role::Warning),
        (&format!("{count} {what}"), Role::Title),
        room,
    );
    let remedy = bullet(
        ctx,
        (ctx.glyphs.arrow, Role::Text),
        (remedy, Role::Text),
        room,
    );
    what.into_iter().chain(remedy)
}

/// A sign, and words beside it in as many lines as they need.
fn bullet(
    ctx: &Context<'_>,
    (sign, sign_role): (&str, Role),
    (words, role): (&str, Role),
    room: usize,
) -> Vec<Line<'static>> {
    let indent = width(sign) + 1;
    let lines = wrap(words, room.saturating_sub(indent));
    let start = |at| if at == 0 { sign } else { "" };
    let spans = |(at, line)| {
        vec![
            ctx.span(fit(start(at), indent, Align::Left, ""), sign_role),
            ctx.span(line, role),
        ]
    };
    lines
        .into_iter()
        .enumerate()
        .map(spans)
        .map(Line::from)
        .collect()
}

fn entry_line(ctx: &Context<'_>, entry: &Entry<'_>, room: usize) -> Line<'static> {
    match entry {
        Entry::Gap => Line::default(),
        Entry::Words(line) => line.clone(),
        Entry::User(user) => {
            let name_room = (room / 3).min(32);
            let procall = &user.procall;
            let name = if ctx.state.private {
                ""
            } else {
                &*procall.display_name
            };
            let name = fit(name, name_room, Align::Left, ctx.glyphs.cut);
            let user_name = ctx.cut(
                &ctx.state.shown_user(&procall.user_name),
                room.saturating_sub(name_room + 3),
            );
            Line::from(vec![
                ctx.span(format!("  {name} "), Role::Text),
                ctx.span(user_name, Role::Muted),
            ])
        }
    }
}

/// Everything that is wrong, worst first, each with what to do.
pub(super) fn problems(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    if ctx.state.problems.is_empty() {
        let none = ctx.t.problems.none.clone();
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
