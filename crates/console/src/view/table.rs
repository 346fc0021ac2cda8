//! The table. Only the rows on the screen become cells.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};

use super::context::Context;
use super::unmatched;
use crate::columns::{COLUMNS, Column, Row, WidthClass, pair};
use crate::filter::{Expr, Kind};
use crate::groups::{Group, GroupName, TableLine};
use crate::layout::split_bottom;
use crate::numbers::grouped;
use crate::state::Focus;
use crate::theme::Role;
use model::snapshot::UserRow;
use report::cells::{self, Align, fit};
use words::fill;

/// Draws titles and rows.
pub(super) fn draw(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 || area.width < 2 {
        return;
    }
    let class = WidthClass::for_width(area.width);
    let columns = ctx.state.columns.shown(area.width - 1, class);
    titles(ctx, area, &columns, buf);
    let rows = with_found(
        ctx,
        Rect {
            y: area.y + 1,
            height: area.height - 1,
            ..area
        },
        buf,
    );
    if ctx.state.order.shown().is_empty() {
        return nobody(ctx, rows, buf);
    }
    lines(ctx, rows, buf, |index, user, line, buf| {
        draw_row(ctx, &row(ctx, index, user, class), &columns, line, buf);
    });
}

/// The lines on the screen: headings here, rows by `draw_one`.
fn lines(
    ctx: &Context<'_>,
    area: Rect,
    buf: &mut Buffer,
    draw_one: impl Fn(usize, &UserRow, Rect, &mut Buffer),
) {
    for (at, y) in (0..).zip(area.top()..area.bottom()) {
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        match ctx.state.line_at(at) {
            Some(TableLine::Heading(group)) => heading(ctx, group, line, buf),
            Some(TableLine::Row(place)) => {
                if let Some((index, user)) = ctx.state.row_at(place) {
                    draw_one(index, user, line, buf);
                }
            }
            None => break,
        }
    }
}

/// `Sales  3/12  2 on the phone  1 wrong`
fn heading(ctx: &Context<'_>, group: &Group, line: Rect, buf: &mut Buffer) {
    let g = &ctx.t.groups;
    let name = match &group.name {
        GroupName::Pinned => g.pinned.to_owned(),
        GroupName::Department(Some(name)) => name.to_string(),
        GroupName::Department(None) => g.no_department.to_owned(),
    };
    let [shown, all] = [group.shown, group.all].map(|count| grouped(count, ctx.t));
    let mut text = if group.shown == group.all {
        format!("{name}  {all}")
    } else {
        format!("{name}  {shown}/{all}")
    };
    for (count, words) in [(group.calls, &g.calls), (group.wrong, &g.wrong)] {
        if count > 0 {
            text.push_str("  ");
            text.push_str(&fill(words, &[("n", &grouped(count, ctx.t))]));
        }
    }
    let room = usize::from(line.width.saturating_sub(2));
    let style = ctx.style(Role::Heading);
    buf.set_stringn(line.x + 1, line.y, ctx.cut(&text, room), room, style);
}

/// Draws those that are found without a row right below the rows; the room that is left for rows.
fn with_found(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) -> Rect {
    let lines = u16::try_from(ctx.state.found_lines())
        .unwrap_or(0)
        .min(area.height);
    let (rows, _) = split_bottom(area, lines);
    let shown = u16::try_from(ctx.state.order.lines().count()).unwrap_or(u16::MAX);
    let below = Rect {
        y: area.y + shown.max(1).min(rows.height),
        height: lines,
        ..area
    };
    unmatched::found(ctx, below, buf);
    rows
}

fn row<'a>(ctx: &'a Context<'a>, index: usize, user: &'a UserRow, class: WidthClass) -> Row<'a> {
    let snapshot = ctx.state.snapshot();
    let read = snapshot.read_mark(index);
    Row {
        user,
        read,
        stale: read.is_stale(ctx.now, snapshot.poll.interval),
        ctx,
        class,
    }
}

fn titles(ctx: &Context<'_>, area: Rect, columns: &[(usize, u16)], buf: &mut Buffer) {
    let style = ctx.style(Role::Heading);
    let mut x = area.x + 1;
    for (at, width) in columns {
        let Some(column) = COLUMNS.get(*at) else {
            continue;
        };
        let title = title(ctx, *at, column);
        let text = fit(&title, usize::from(*width), column.align, "");
        buf.set_stringn(x, area.y, text, usize::from(*width), style);
        x += width + 1;
    }
}

fn title(ctx: &Context<'_>, at: usize, column: &Column) -> String {
    let title = (column.title)(ctx.t);
    if ctx.state.sort.column != at {
        return title.to_owned();
    }
    let arrow = if ctx.state.sort.reversed {
        ctx.glyphs.descending
    } else {
        ctx.glyphs.ascending
    };
    format!("{}{arrow}", title.trim())
}

fn draw_row(
    ctx: &Context<'_>,
    row: &Row<'_>,
    columns: &[(usize, u16)],
    line: Rect,
    buf: &mut Buffer,
) {
    let mut x = line.x + 1;
    for (at, width) in columns {
        let Some(column) = COLUMNS.get(*at) else {
            continue;
        };
        let cell = (column.cell)(row);
        let text = fit(
            &cell.text,
            usize::from(*width),
            column.align,
            ctx.glyphs.cut,
        );
        let style = if row.stale && cell.role != Role::Bad {
            ctx.style(cell.role)
                .remove_modifier(Modifier::BOLD)
                .patch(ctx.style(Role::Stale))
        } else {
            ctx.style(cell.role)
        };
        buf.set_stringn(x, line.y, &text, usize::from(*width), style);
        if cell.changed && !row.stale {
            mark(ctx, &text, Position::new(x, line.y), buf);
        }
        x += width + 1;
    }
    select(ctx, row.user, line, buf);
}

/// Marks a text in a cell, not the blanks around it.
fn mark(ctx: &Context<'_>, text: &str, at: Position, buf: &mut Buffer) {
    let blank = text.len() - text.trim_start().len();
    let x = at.x.saturating_add(u16::try_from(blank).unwrap_or(0));
    let cells = u16::try_from(cells::width(text.trim())).unwrap_or(0);
    let area = Rect::new(x, at.y, cells, 1).intersection(buf.area);
    buf.set_style(area, ctx.style(Role::Changed));
}

fn select(ctx: &Context<'_>, user: &UserRow, line: Rect, buf: &mut Buffer) {
    if ctx.state.selected.as_ref() != Some(&user.user_name) {
        if ctx.state.order.pins.has(&user.user_name) {
            buf.set_string(line.x, line.y, ctx.glyphs.pinned, ctx.style(Role::Title));
        }
        return;
    }
    buf.set_string(line.x, line.y, ctx.glyphs.selected, ctx.style(Role::Title));
    if ctx.state.focus == Focus::Table {
        bar(ctx, line, buf);
    }
}

/// The selected row is one bar. Reversed, it has no colours of its own, for each of them would be a
/// patch of another ground. On a ground of its own what has no colour gets the ink that belongs to it:
/// the terminal's own may be anything.
fn bar(ctx: &Context<'_>, line: Rect, buf: &mut Buffer) {
    let style = ctx.style(Role::Selected);
    let (Some(ground), Some(ink)) = (style.bg, style.fg) else {
        buf.set_style(line, Style::new().fg(Color::Reset).patch(style));
        return;
    };
    for at in line.positions() {
        let Some(cell) = buf.cell_mut(at) else {
            continue;
        };
        cell.set_bg(ground);
        if cell.fg == Color::Reset {
            cell.set_fg(ink);
        }
    }
}

fn nobody(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    let filtered = !ctx.state.snapshot().rows.is_empty();
    let s = &ctx.t.status;
    let text = match &ctx.state.filter.expr {
        _ if !filtered => &s.empty,
        Expr::Is(Kind::Wrong) => &s.nobody_wrong,
        Expr::Is(Kind::Call) => &s.nobody_calls,
        Expr::Is(Kind::Lease) => &s.nobody_leases,
        _ => &s.no_match,
    };
    let room = usize::from(area.width.saturating_sub(2));
    let lines = cells::wrap(text, room);
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        buf.set_stringn(area.x + 2, y, line, room, ctx.style(Role::Muted));
    }
}

/// Lamp, name, Teams and lease, nothing else.
pub(super) fn draw_small(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    let area = with_found(ctx, area, buf);
    if ctx.state.order.shown().is_empty() {
        return nobody(ctx, area, buf);
    }
    lines(ctx, area, buf, |index, user, line, buf| {
        small_row(&row(ctx, index, user, WidthClass::Narrow), line, buf);
        select(ctx, user, line, buf);
    });
}

fn small_row(row: &Row<'_>, line: Rect, buf: &mut Buffer) {
    let ctx = row.ctx;
    let lamp = row.user.rule.lamp;
    let sign = ctx.glyphs.lamp_of(row.user);
    let width = usize::from(line.width);
    let pair = row
        .user
        .teams
        .as_ref()
        .map_or_else(String::new, |teams| pair(teams, row.class));
    let lease = row.user.lease.as_ref();
    let lease = lease.map_or("", |lease| ctx.glyphs.lease(lease));
    let name_room = (width.saturating_sub(5) / 2).max(1);
    let pair_room = width.saturating_sub(name_room + 6);
    let name = fit(
        &ctx.names.name(row.user),
        name_room,
        Align::Left,
        ctx.glyphs.cut,
    );
    let pair = fit(&pair, pair_room, Align::Left, ctx.glyphs.cut);
    let role = if row.stale { Role::Stale } else { Role::Text };
    buf.set_stringn(
        line.x + 1,
        line.y,
        sign,
        1,
        ctx.style(crate::columns::lamp_role(lamp)),
    );
    let text = format!("{name} {pair} {lease}");
    buf.set_stringn(
        line.x + 3,
        line.y,
        text,
        width.saturating_sub(3),
        ctx.style(role),
    );
}
