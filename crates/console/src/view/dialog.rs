//! What stands in the middle of the screen, in front of everything: a question that waits for yes
//! or no, or a list to choose from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::context::Context;
use super::rule::rule;
use crate::columns::{COLUMNS, WidthClass};
use crate::state::{List, Menu};
use crate::theme::Role;
use report::cells::wrap;

/// Widest box, in cells.
const WIDTH: u16 = 60;

/// Draws it, if there is one.
pub(super) fn draw(ctx: &Context<'_>, buf: &mut Buffer) {
    if let Some(question) = &ctx.state.question {
        let room = usize::from(WIDTH.min(buf.area.width).saturating_sub(4));
        let lines = wrap(&question.text, room);
        let style = ctx.style(Role::Text);
        let lines = lines.into_iter().map(|line| (line, style)).collect();
        let t = &ctx.t.confirm;
        frame(ctx, (&t.title, &t.keys), lines, None, buf);
    } else if let Some(menu) = ctx.state.menu {
        draw_menu(ctx, menu, buf);
    }
}

fn draw_menu(ctx: &Context<'_>, menu: Menu, buf: &mut Buffer) {
    let t = &ctx.t.menu;
    let (title, keys, lines) = match menu.list {
        List::Columns => (&t.columns, &t.columns_keys, columns(ctx)),
        List::Filters => (&t.filters, &t.filters_keys, filters(ctx)),
    };
    frame(ctx, (title, keys), lines, Some(menu.at), buf);
}

/// All columns in their order; those on the screen are marked.
fn columns(ctx: &Context<'_>) -> Vec<(String, Style)> {
    let table = ctx.state.areas().table.width.saturating_sub(1);
    let shown = ctx
        .state
        .columns
        .shown(table, WidthClass::for_width(table + 1));
    let line = |at: usize| {
        let column = COLUMNS.get(at)?;
        let on = shown.iter().any(|(column, _)| *column == at);
        let (mark, role) = if on {
            ("x", Role::Text)
        } else {
            (" ", Role::Muted)
        };
        let title = (column.title)(ctx.t);
        Some((
            format!("[{mark}] {title:<12} {}", column.id),
            ctx.style(role),
        ))
    };
    ctx.state.columns.columns().filter_map(line).collect()
}

/// The named filters, the first of them with their keys.
fn filters(ctx: &Context<'_>) -> Vec<(String, Style)> {
    let filters = ctx.state.named_filters();
    if ctx.state.named_filters().next().is_none() {
        let room = usize::from(WIDTH - 4);
        let lines = wrap(&ctx.t.menu.no_filters, room).into_iter();
        return lines.map(|line| (line, ctx.style(Role::Muted))).collect();
    }
    let keys = ["5", "6", "7", "8", "9"]
        .into_iter()
        .chain(std::iter::repeat(" "));
    let lines = keys.zip(filters).map(|(key, filter)| {
        let text = format!("{key} {:<16} {}", filter.name, filter.text);
        (text, ctx.style(Role::Text))
    });
    lines.collect()
}

/// A box with a title above and the keys below; scrolled so that the chosen line is in it.
fn frame(
    ctx: &Context<'_>,
    (title, keys): (&str, &str),
    lines: Vec<(String, Style)>,
    chosen: Option<usize>,
    buf: &mut Buffer,
) {
    let all = buf.area;
    let width = WIDTH.min(all.width);
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
    rule(ctx, title, "", area, buf);
    let bottom = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    rule(ctx, keys, "", bottom, buf);
    let top = if area.height > 4 {
        area.y + 2
    } else {
        area.y + 1
    };
    let visible = usize::from((area.bottom() - 1).saturating_sub(top));
    let first = chosen.map_or(0, |at| (at + 1).saturating_sub(visible));
    let room = usize::from(width.saturating_sub(4));
    let window = lines.into_iter().enumerate().skip(first);
    for ((at, (line, style)), y) in window.zip(top..area.bottom() - 1) {
        let text = report::cells::fit(&line, room, report::cells::Align::Left, ctx.glyphs.cut);
        let style = if chosen == Some(at) {
            ctx.style(Role::Selected)
        } else {
            style
        };
        buf.set_stringn(area.x + 2, y, text, room, style);
    }
}
