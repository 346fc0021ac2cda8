//! A question that waits for yes or no, in the middle of the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::context::Context;
use super::page::rule;
use crate::console::cells::wrap;
use crate::console::theme::Role;

/// Widest question, in cells.
const WIDTH: u16 = 60;

/// Draws it, if there is one.
pub(super) fn draw(ctx: &Context<'_>, buf: &mut Buffer) {
    let Some(question) = &ctx.state.question else {
        return;
    };
    let all = buf.area;
    let width = WIDTH.min(all.width);
    let lines = wrap(&question.text, usize::from(width.saturating_sub(4)));
    let height = u16::try_from(lines.len() + 4)
        .unwrap_or(u16::MAX)
        .min(all.height);
    let area = Rect {
        x: all.x + (all.width - width) / 2,
        y: all.y + (all.height - height) / 2,
        width,
        height,
    };
    if area.height < 3 || area.width < 6 {
        return;
    }
    Clear.render(area, buf);
    rule(ctx, &ctx.t.confirm.title, "", area, buf);
    let bottom = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    rule(ctx, &ctx.t.confirm.keys, "", bottom, buf);
    let room = usize::from(width.saturating_sub(4));
    for (line, y) in lines.iter().zip(area.y + 2..area.bottom() - 1) {
        buf.set_stringn(area.x + 2, y, line, room, ctx.style(Role::Text));
    }
}
