//! The screens in front of the table: a title and lines that scroll.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::Widget;
use tui_logger::{TuiLoggerLevelOutput, TuiLoggerSmartWidget};

use super::context::Context;
use super::rule::rule;
use super::{detail, help, lists, timing, topology, unmatched};
use crate::layout::Areas;
use crate::state::{Screen, State};
use crate::theme::Role;
use report::cells::wrap;

/// Below the header, down to the status line.
pub(super) fn area(areas: &Areas) -> Rect {
    [areas.side, areas.log]
        .into_iter()
        .filter(|area| !area.is_empty())
        .fold(areas.table, Rect::union)
}

/// Draws the front screen.
pub(super) fn draw(ctx: &Context<'_>, screen: Screen, area: Rect, buf: &mut Buffer) {
    if area.height < 2 || area.width < 4 {
        return;
    }
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width - 2,
        height: area.height - 1,
    };
    if screen == Screen::Explorer {
        title(ctx, screen, "", area, buf);
        return explorer(ctx, inner, buf);
    }
    let width = usize::from(inner.width);
    let height = usize::from(inner.height);
    let (lines, length) = lines(ctx, screen, width, height);
    let from = ctx.state.scroll.min(length.saturating_sub(height));
    title(ctx, screen, &below(length, from + height), area, buf);
    for (line, y) in lines.iter().zip(inner.top()..inner.bottom()) {
        buf.set_line(inner.x, y, line, inner.width);
    }
}

/// The lines that fit into `height` from the scroll position on, and how many there are in all.
fn lines(
    ctx: &Context<'_>,
    screen: Screen,
    width: usize,
    height: usize,
) -> (Vec<Line<'static>>, usize) {
    let all = match screen {
        Screen::Unmatched => return unmatched::page(ctx, width, ctx.state.scroll, height),
        Screen::Detail => detail::page(ctx, width),
        Screen::Problems => lists::problems(ctx, width),
        Screen::Topology => topology::lines(ctx, width, height),
        Screen::Timing => timing::lines(ctx, width, height),
        Screen::Help => help::lines(ctx, width),
        Screen::Explorer => Vec::new(),
    };
    let length = all.len();
    let scroll = ctx.state.scroll.min(length.saturating_sub(height));
    (all.into_iter().skip(scroll).take(height).collect(), length)
}

/// How many lines the front screen has: what scrolling needs to know.
pub(crate) fn length(state: &State) -> usize {
    let Some(screen) = state.screen() else {
        return 0;
    };
    let ctx = Context::new(state, state.snapshot().at);
    let area = area(&state.areas());
    let width = usize::from(area.width.saturating_sub(2));
    lines(&ctx, screen, width, 1).1
}

/// The scroll position at which the chosen problem is on the screen, as near as may be to where it
/// is now.
pub(crate) fn scroll_to_problem(state: &State) -> usize {
    let ctx = Context::new(state, state.snapshot().at);
    let area = area(&state.areas());
    let width = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(1));
    let (from, to) = lists::place_of_chosen(&ctx, width);
    state.scroll.max(to.saturating_sub(height)).min(from)
}

/// The scroll position at which the chosen one of those without a row is on the screen, and the
/// heading above the first one.
pub(crate) fn scroll_to_other(state: &State) -> usize {
    let ctx = Context::new(state, state.snapshot().at);
    let area = area(&state.areas());
    let width = usize::from(area.width.saturating_sub(2));
    let height = usize::from(area.height.saturating_sub(1));
    let at = unmatched::place_of_chosen(&ctx, width);
    if state.others.at == 0 {
        return 0;
    }
    state.scroll.max((at + 1).saturating_sub(height)).min(at)
}

/// How many lines there are below, and the key that leads there.
fn below(length: usize, last: usize) -> String {
    match length.saturating_sub(last) {
        0 => String::new(),
        more => format!("+{more} PgDn"),
    }
}

fn title(ctx: &Context<'_>, screen: Screen, right: &str, area: Rect, buf: &mut Buffer) {
    let t = ctx.t;
    let text = match screen {
        Screen::Detail => &t.detail.title,
        Screen::Unmatched => &t.unmatched.title,
        Screen::Problems => &t.problems.title,
        Screen::Topology => &t.links.title,
        Screen::Timing => &t.poll.title,
        Screen::Explorer => &t.log.explorer,
        Screen::Help => &t.help.title,
    };
    rule(ctx, text, right, area, buf);
}

/// tui-logger's selector of levels by target, beside its own pane.
fn explorer(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    // The widget subtracts borders and a selector from what it gets.
    if area.width < 30 || area.height < 6 {
        return;
    }
    let hint = Rect { height: 1, ..area };
    buf.set_stringn(
        hint.x,
        hint.y,
        ctx.t.log.explorer_keys,
        usize::from(hint.width),
        ctx.style(Role::Muted),
    );
    let inner = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    if ctx.state.private {
        let lines = wrap(ctx.t.log.explorer_private, usize::from(inner.width));
        for (line, y) in lines.iter().zip(inner.top()..inner.bottom()) {
            buf.set_string(inner.x, y, line, ctx.style(Role::Warning));
        }
        return;
    }
    TuiLoggerSmartWidget::default()
        .style_error(ctx.style(Role::Bad))
        .style_warn(ctx.style(Role::Warning))
        .style_debug(ctx.style(Role::Muted))
        .style_trace(ctx.style(Role::Muted))
        .border_style(ctx.style(Role::Muted))
        .highlight_style(ctx.style(Role::Selected))
        .output_separator(' ')
        .output_timestamp(None)
        .output_level(Some(TuiLoggerLevelOutput::Long))
        .output_target(true)
        .output_file(false)
        .output_line(false)
        .title_target(ctx.t.log.everything.to_owned())
        .title_log(ctx.t.log.title.to_owned())
        .state(&ctx.state.explorer.0)
        .render(inner, buf);
}
