//! The help: made from the key table.

use ratatui::text::Line;

use super::context::Context;
use crate::console::cells::{Align, fit, wrap};
use crate::console::keys::{BINDINGS, all_spelled, scopes};
use crate::console::texts::fill;
use crate::console::theme::Role;

/// Cells of the keys at the left.
const KEYS: usize = 16;

/// All lines.
pub(super) fn lines(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let g = ctx.glyphs;
    lines.push(heading(ctx, &ctx.t.help.lamps_title));
    let signs = fill(
        &ctx.t.help.lamps_lines,
        &[
            ("red", &g.red),
            ("yellow", &g.yellow),
            ("neutral", &g.neutral),
            ("confirmed", &g.confirmed),
            ("pending", &g.pending),
            ("masked", &g.masked),
            ("no_effect", &g.no_effect),
            ("observed", &g.observed),
        ],
    );
    lines.extend(text(ctx, &signs, room));
    lines.extend(text(ctx, &ctx.t.advice.call_rings_anyway, room));
    for (scope, title) in scopes(ctx.t) {
        lines.push(Line::default());
        lines.push(heading(ctx, title));
        for binding in BINDINGS.iter().filter(|binding| binding.scope == scope) {
            let keys = fit(&all_spelled(binding, g), KEYS, Align::Left, g.cut);
            let what = ctx.cut((binding.help)(ctx.t), room.saturating_sub(KEYS));
            lines.push(Line::from(vec![
                ctx.span(keys, Role::Key),
                ctx.span(what, Role::Text),
            ]));
        }
    }
    lines.push(Line::default());
    lines.push(heading(ctx, &ctx.t.help.filter_title));
    for line in ctx.t.help.filter_lines.lines() {
        lines.push(Line::from(ctx.span(ctx.cut(line, room), Role::Text)));
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
