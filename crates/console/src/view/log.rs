//! The log panes: ours, and a followed UCServer's where there is one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tracing::Level;

use super::context::Context;
use super::rule::rule;
use crate::logs::{LogEntry, LogPane};
use crate::state::{Focus, LogFocus};
use crate::theme::Role;
use report::cells::{Align, fit, width, wrap};
use words::fill;

/// From this width on both panes stand side by side.
const BOTH_FROM: u16 = 120;
/// From this width on a line says the whole user name.
const FULL_FROM: usize = 100;

/// Draws what there is room for.
pub(super) fn draw(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    if area.height < 2 || area.width < 4 {
        return;
    }
    let followed = !ctx.state.followed.is_empty();
    if followed && area.width >= BOTH_FROM {
        let half = area.width / 2;
        let left = Rect {
            width: half - 1,
            ..area
        };
        let right = Rect {
            x: area.x + half,
            width: area.width - half,
            ..area
        };
        pane(ctx, &ctx.state.ours, LogFocus::Ours, left, buf);
        return pane(ctx, &ctx.state.followed, LogFocus::Followed, right, buf);
    }
    match ctx.state.focus {
        Focus::Log(LogFocus::Followed) => {
            pane(ctx, &ctx.state.followed, LogFocus::Followed, area, buf);
        }
        _ => pane(ctx, &ctx.state.ours, LogFocus::Ours, area, buf),
    }
}

fn pane(ctx: &Context<'_>, pane: &LogPane, which: LogFocus, area: Rect, buf: &mut Buffer) {
    let t = &ctx.t.log;
    let name = match which {
        LogFocus::Ours => &t.title,
        LogFocus::Followed => &t.followed,
    };
    let focused = ctx.state.focus == Focus::Log(which);
    let mark = if focused { ctx.glyphs.selected } else { "" };
    rule(
        ctx,
        &format!("{mark}{name}"),
        &settings(ctx, pane),
        area,
        buf,
    );
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width - 1,
        height: area.height - 1,
    };
    let lines = lines(ctx, pane, inner);
    if lines.is_empty() {
        let room = usize::from(inner.width);
        buf.set_stringn(inner.x, inner.y, t.empty, room, ctx.style(Role::Muted));
    }
    // They were made upwards, the newest first; few lines stand at the top.
    for (line, y) in lines.iter().rev().zip(inner.top()..inner.bottom()) {
        buf.set_line(inner.x, y, line, inner.width);
    }
}

fn settings(ctx: &Context<'_>, pane: &LogPane) -> String {
    let t = &ctx.t.log;
    // What narrows the lines comes first: it stays longest where there is little room.
    let mut parts = Vec::new();
    if !pane.search.is_empty() {
        parts.push(format!("/{}", pane.search));
    }
    if let Some(user) = &pane.user {
        let user = ctx.state.shown_user(user);
        let user = user.split('@').next().unwrap_or(&user);
        parts.push(fill(t.only, &[("user", &user)]));
    }
    let level = pane.level.as_str().to_lowercase();
    let ours = std::ptr::eq(pane, &raw const ctx.state.ours);
    let recorded = ctx.state.recorded_level().filter(|_| ours);
    let template = match recorded {
        Some(recorded) if pane.level > recorded => &t.level_not_recorded,
        _ => &t.level,
    };
    parts.push(fill(template, &[("level", &level)]));
    parts.push(pane.target.as_deref().unwrap_or(t.everything).to_owned());
    if pane.dropped > 0 {
        parts.push(fill(t.dropped, &[("n", &pane.dropped)]));
    }
    parts.push(fill(t.lines, &[("n", &pane.len())]));
    parts.push(if pane.back == 0 {
        t.follow.to_owned()
    } else {
        t.hold.to_owned()
    });
    parts.join(&format!(" {} ", ctx.glyphs.dot))
}

/// The lines of the pane from the lower edge upwards; no more than fit.
fn lines(ctx: &Context<'_>, pane: &LogPane, area: Rect) -> Vec<Line<'static>> {
    let (room, height) = (usize::from(area.width), usize::from(area.height));
    let who = Who::for_pane(pane, room);
    let mut lines = Vec::with_capacity(height);
    for entry in pane.upwards() {
        if lines.len() >= height {
            break;
        }
        let mut rows = rows(ctx, entry, room, who, pane.wrap);
        rows.reverse();
        lines.extend(rows);
    }
    lines.truncate(height);
    lines
}

/// The last warnings and errors of our log, the newest last; no more than `height` lines.
pub(super) fn trouble(ctx: &Context<'_>, room: usize, height: usize) -> Vec<Line<'static>> {
    let newest = ctx.state.ours.trouble().take(height);
    let mut lines: Vec<_> = newest
        .flat_map(|entry| rows(ctx, entry, room, Who::Short, false))
        .collect();
    lines.reverse();
    lines
}

/// How much of the user is said in a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The title says it: the pane has only this user's lines.
    Nothing,
    /// Without the domain, which most users share.
    Short,
    Full,
}

impl Who {
    fn for_pane(pane: &LogPane, room: usize) -> Self {
        match (&pane.user, room) {
            (Some(_), _) => Self::Nothing,
            (None, ..FULL_FROM) => Self::Short,
            (None, _) => Self::Full,
        }
    }
}

fn rows(
    ctx: &Context<'_>,
    entry: &LogEntry,
    room: usize,
    who: Who,
    wrapped: bool,
) -> Vec<Line<'static>> {
    let role = level_role(entry.level);
    let head = [
        ctx.span(format!("{} ", ctx.wall_clock(entry.at)), Role::Muted),
        ctx.span(format!("{:<5} ", entry.level.as_str()), role),
        ctx.span(
            fit(&entry.target, target_room(entry), Align::Left, ""),
            Role::Muted,
        ),
    ];
    let text = text(ctx, entry, who);
    let indent: usize = head.iter().map(Span::width).sum();
    let left = room.saturating_sub(indent);
    let body_role = if entry.level <= Level::WARN {
        role
    } else {
        Role::Text
    };
    let bodies = if wrapped {
        wrap(&text, left)
    } else {
        vec![ctx.cut(&text, left)]
    };
    let mut rows = Vec::with_capacity(bodies.len());
    for (at, body) in bodies.into_iter().enumerate() {
        let mut spans: Vec<Span<'static>> = if at == 0 {
            head.to_vec()
        } else {
            vec![Span::raw(" ".repeat(indent))]
        };
        spans.push(ctx.span(body, body_role));
        rows.push(Line::from(spans));
    }
    rows
}

fn target_room(entry: &LogEntry) -> usize {
    if entry.target.is_empty() {
        0
    } else {
        10.max(width(&entry.target) + 1)
    }
}

/// With names hidden, whole lines are: any of them may hold a name.
fn text(ctx: &Context<'_>, entry: &LogEntry, who: Who) -> String {
    if ctx.state.private {
        return entry.user.as_ref().map_or_else(
            || ctx.glyphs.cut.repeat(3),
            |user| ctx.state.shown_user(user),
        );
    }
    let Some(user) = entry.user.as_ref().filter(|_| who != Who::Nothing) else {
        return entry.text.to_string();
    };
    let user = user.as_str();
    let user = match who {
        Who::Short => user.split('@').next().unwrap_or(user),
        _ => user,
    };
    format!("{user}  {}", entry.text)
}

fn level_role(level: Level) -> Role {
    match level {
        Level::ERROR => Role::Bad,
        Level::WARN => Role::Warning,
        Level::INFO => Role::Text,
        _ => Role::Muted,
    }
}
