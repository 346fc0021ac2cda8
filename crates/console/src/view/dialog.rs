//! What stands in the middle of the screen, in front of everything: a question that waits for yes
//! or no, or a list to choose from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::context::Context;
use super::rule::rule;
use crate::alerts::{AlertEvent, AlertWay};
use crate::columns::{COLUMNS, WidthClass};
use crate::state::{List, Menu, Question};
use crate::theme::Role;
use model::command::Command;
use report::cells::wrap;
use words::fill;

/// Widest box, in cells.
const WIDTH: u16 = 60;
/// The same of one that takes what room there is.
const TALL_WIDTH: u16 = 76;
/// From this height on it leaves the header and the foot visible.
const ROOMY: u16 = 16;

/// Draws it, if there is one.
pub(super) fn draw(ctx: &Context<'_>, buf: &mut Buffer) {
    if let Some(text) = question(ctx) {
        let room = usize::from(WIDTH.min(buf.area.width).saturating_sub(4));
        let lines = wrap(&text, room);
        let style = ctx.style(Role::Text);
        let lines = lines.into_iter().map(|line| (line, style)).collect();
        let t = &ctx.t.confirm;
        boxed(ctx, (t.title, t.keys), lines, None, buf);
    } else if let Some(menu) = ctx.state.menu {
        draw_menu(ctx, menu, buf);
    }
}

/// What is asked, with what is so while it is asked: calls go on meanwhile.
pub(super) fn question(ctx: &Context<'_>) -> Option<String> {
    let (t, latest) = (&ctx.t.confirm, ctx.state.latest());
    let named = |template, user| fill(template, &[("user", &ctx.state.shown_user(user))]);
    Some(match ctx.state.question.as_ref()? {
        Question::Leave => fill(t.leave, &[("n", &ctx.state.leases_that_end_with_us())]),
        Question::Order(command) => match command {
            Command::PauseWriting => t.pause.to_owned(),
            Command::ResumeWriting => t.resume.to_owned(),
            Command::PauseUser(user) => named(t.pause_user, user),
            Command::ResumeUser(user) => named(t.resume_user, user),
            Command::ClearLease(user) => named(t.clear, user),
            Command::ClearAllLeases => fill(t.clear_all, &[("n", &latest.leases.held)]),
            // Done without a question.
            Command::RefreshAll | Command::Refresh(_) | Command::SetInterval(_) => return None,
        },
    })
}

fn draw_menu(ctx: &Context<'_>, menu: Menu, buf: &mut Buffer) {
    let t = &ctx.t.menu;
    let (title, keys, lines) = match menu.list {
        List::Columns => (&t.columns, &t.columns_keys, columns(ctx)),
        List::Filters => (&t.filters, &t.filters_keys, filters(ctx)),
        List::Sort => (&t.sort, &t.sort_keys, sort(ctx)),
        List::Alerts => (&ctx.t.alerts.title, &ctx.t.alerts.keys, alerts(ctx)),
    };
    boxed(ctx, (title, keys), lines, Some(menu.at), buf);
}

fn boxed(
    ctx: &Context<'_>,
    (title, keys): (&str, &str),
    lines: Vec<(String, Style)>,
    chosen: Option<usize>,
    buf: &mut Buffer,
) {
    let all = Frame {
        title,
        keys,
        typed: None,
        lines,
        chosen,
        tall: false,
    };
    frame(ctx, &all, buf);
}

/// What rings, then how.
fn alerts(ctx: &Context<'_>) -> Vec<(String, Style)> {
    let (t, alerts) = (&ctx.t.alerts, &ctx.state.alerts);
    let events = AlertEvent::ALL.into_iter().map(|event| {
        let words = match event {
            AlertEvent::Problem => &t.problem,
            AlertEvent::Outage => &t.outage,
            AlertEvent::Pinned => &t.pinned,
        };
        let mark = if alerts.events.contains(&event) {
            "x"
        } else {
            " "
        };
        format!("[{mark}] {words}")
    });
    let ways = AlertWay::ALL.into_iter().map(|way| {
        let words = match way {
            AlertWay::Bell => &t.bell,
            AlertWay::Notification => &t.notification,
        };
        let mark = if alerts.way == way { "x" } else { " " };
        format!("({mark}) {words}")
    });
    let style = ctx.style(Role::Text);
    events.chain(ways).map(|line| (line, style)).collect()
}

/// All columns in their order; the one that is sorted by has its direction.
fn sort(ctx: &Context<'_>) -> Vec<(String, Style)> {
    let sort = ctx.state.sort;
    let line = |at: usize| {
        let column = COLUMNS.get(at)?;
        let mark = match (sort.column == at, sort.reversed) {
            (false, _) => " ",
            (true, false) => ctx.glyphs.ascending,
            (true, true) => ctx.glyphs.descending,
        };
        let title = (column.title)(ctx.t);
        let text = format!("{mark} {title:<12} {}", column.id);
        Some((text, ctx.style(Role::Text)))
    };
    ctx.state.columns.columns().filter_map(line).collect()
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
        let lines = wrap(ctx.t.menu.no_filters, room).into_iter();
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

/// What stands in a box.
pub(super) struct Frame<'t> {
    pub(super) title: &'t str,
    /// What the keys do, below.
    pub(super) keys: &'t str,
    /// A line that is being typed, above the others.
    pub(super) typed: Option<String>,
    pub(super) lines: Vec<(String, Style)>,
    pub(super) chosen: Option<usize>,
    /// As high as the screen has room for, whatever is in it.
    pub(super) tall: bool,
}

impl Frame<'_> {
    /// In the middle of the screen.
    fn area(&self, all: Rect) -> Rect {
        let widest = if self.tall { TALL_WIDTH } else { WIDTH };
        let width = widest.min(all.width);
        let left_over = if all.height < ROOMY { 1 } else { 4 };
        let wanted = if self.tall {
            usize::from(all.height.saturating_sub(left_over))
        } else {
            self.lines.len() + 4
        };
        let height = u16::try_from(wanted).unwrap_or(u16::MAX);
        let height = height.max(5).min(all.height);
        Rect {
            x: all.x + (all.width - width) / 2,
            y: all.y + (all.height - height) / 2,
            width,
            height,
        }
    }
}

/// A box with a title above and the keys below; scrolled so that the chosen line is in it. Where
/// the typed line stands, or the first; none where there is no room.
pub(super) fn frame(ctx: &Context<'_>, frame: &Frame<'_>, buf: &mut Buffer) -> Option<Rect> {
    let area = frame.area(buf.area);
    if area.height < 3 || area.width < 6 {
        return None;
    }
    Clear.render(area, buf);
    rule(ctx, frame.title, "", area, buf);
    let bottom = Rect {
        y: area.bottom() - 1,
        height: 1,
        ..area
    };
    rule(ctx, frame.keys, "", bottom, buf);
    let above = u16::from(area.height > 4);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1 + above,
        width: area.width.saturating_sub(4),
        height: area.height - 2 - above,
    };
    let Some(typed) = &frame.typed else {
        list(ctx, frame, inner, buf);
        return Some(inner);
    };
    let head = Rect {
        y: area.y + 1,
        height: 1,
        ..inner
    };
    let room = usize::from(head.width);
    buf.set_stringn(head.x, head.y, typed, room, ctx.style(Role::Text));
    let below = Rect {
        y: head.y + 1,
        height: (area.bottom() - 1).saturating_sub(head.y + 1),
        ..inner
    };
    list(ctx, frame, below, buf);
    Some(head)
}

fn list(ctx: &Context<'_>, frame: &Frame<'_>, area: Rect, buf: &mut Buffer) {
    let visible = usize::from(area.height);
    let first = frame
        .chosen
        .map_or(0, |at| (at + 1).saturating_sub(visible));
    let room = usize::from(area.width);
    let window = frame.lines.iter().enumerate().skip(first);
    for ((at, (line, style)), y) in window.zip(area.top()..area.bottom()) {
        let text = report::cells::fit(line, room, report::cells::Align::Left, ctx.glyphs.cut);
        let style = if frame.chosen == Some(at) {
            ctx.style(Role::Selected)
        } else {
            *style
        };
        buf.set_stringn(area.x, y, text, room, style);
    }
}
