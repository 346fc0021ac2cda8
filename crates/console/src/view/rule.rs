//! The level line that is the head of a page, a pane or a list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::context::Context;
use crate::theme::Role;

/// A level line with a title in it, and a word at its right end.
pub(super) fn rule(ctx: &Context<'_>, title: &str, right: &str, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width);
    let muted = ctx.style(Role::Muted);
    buf.set_stringn(area.x, area.y, ctx.glyphs.rule.repeat(room), room, muted);
    let title = ctx.cut(&format!(" {title} "), room.saturating_sub(2));
    // Dim and bold at once is drawn differently from terminal to terminal: the title is not dim.
    let style = Style::reset().patch(ctx.style(Role::Title));
    buf.set_stringn(area.x + 1, area.y, &title, room.saturating_sub(1), style);
    let taken = report::cells::width(&title) + 3;
    let left = room.saturating_sub(taken);
    let right = if report::cells::width(right) + 2 <= left {
        format!(" {right} ")
    } else {
        // The first word says most: how many lines there are, or from which level on.
        ctx.cut(&format!(" {} ", first_words(right, left)), left)
    };
    let width = u16::try_from(report::cells::width(&right)).unwrap_or(0);
    if !right.trim().is_empty() && width + 1 < area.width {
        let x = area.right() - width - 1;
        buf.set_stringn(x, area.y, &right, usize::from(width), muted);
    }
}

/// As many whole words as there are cells for, at least one.
fn first_words(text: &str, room: usize) -> &str {
    let ends = text.match_indices(' ').map(|(at, _)| at).rev();
    let fits = |part: &&str| report::cells::width(part) + 2 <= room;
    let mut parts = ends.filter_map(|at| text.get(..at));
    parts
        .find(fits)
        .or_else(|| text.split(' ').next())
        .unwrap_or(text)
}
