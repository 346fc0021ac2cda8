//! The help: made from the key table.

use ratatui::text::Line;

use super::context::Context;
use super::signs;
use crate::filter::{FIELDS, Kind, contains};
use crate::keys::{all_spelled, scopes};
use crate::theme::Role;
use report::cells::{Align, fit, wrap};
use words::fill;

/// Cells of the keys at the left.
const KEYS: usize = 16;

/// All lines; while something is searched for, those that have it.
pub(super) fn lines(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let wanted = &ctx.state.help_search;
    let mut lines = all(ctx, room);
    if wanted.is_empty() {
        return lines;
    }
    lines.retain(|line| contains(&line.to_string(), wanted));
    if lines.is_empty() {
        let none = fill(ctx.t.help.nothing, &[("detail", wanted)]);
        lines.push(Line::from(ctx.span(none, Role::Muted)));
    }
    lines
}

fn all(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let g = ctx.glyphs;
    lines.push(heading(ctx, ctx.t.help.signs_title));
    lines.extend(signs::lines(ctx, room));
    lines.extend(text(ctx, ctx.t.advice.call_rings_anyway, room));
    for (scope, title) in scopes(ctx.t) {
        lines.push(Line::default());
        lines.push(heading(ctx, title));
        let rows = ctx.state.look().keymap.rows();
        for (binding, keys) in rows.filter(|(binding, _)| binding.scope == scope) {
            let keys = fit(&all_spelled(keys, g), KEYS, Align::Left, g.cut);
            let what = ctx.cut((binding.help)(ctx.t), room.saturating_sub(KEYS));
            lines.push(Line::from(vec![
                ctx.span(keys, Role::Key),
                ctx.span(what, Role::Text),
            ]));
        }
    }
    lines.push(Line::default());
    lines.push(heading(ctx, ctx.t.help.filter_title));
    let fields: Vec<&str> = FIELDS.iter().map(|row| row.word).collect();
    let kinds: Vec<String> = Kind::ALL.map(|kind| format!("is:{}", kind.word())).into();
    let values: [(&str, &dyn std::fmt::Display); 2] =
        [("fields", &fields.join(" ")), ("kinds", &kinds.join(" "))];
    for line in fill(ctx.t.help.filter_lines, &values).lines() {
        lines.extend(text(ctx, line, room));
    }
    lines
}

fn heading(ctx: &Context<'_>, title: &str) -> Line<'static> {
    Line::from(ctx.span(title.to_owned(), Role::Heading))
}

fn text(ctx: &Context<'_>, text: &str, room: usize) -> Vec<Line<'static>> {
    wrap(text, room)
        .into_iter()
        .map(|line| Line::from(ctx.span(line, Role::Text)))
        .collect()
}
