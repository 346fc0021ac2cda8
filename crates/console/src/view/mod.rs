//! What the state looks like. Pure: in goes the state and the moment, out comes a buffer, where
//! the cursor stands, and when the frame will change by itself.

mod alive;
pub(super) mod bar;
pub(super) mod context;
mod detail;
mod dialog;
mod footer;
mod header;
mod help;
mod history;
mod hop;
mod lists;
mod log;
mod page;
mod palette;
mod past;
mod rule;
mod signs;
mod table;
mod timing;
mod title;
mod topology;
mod trend;
mod unmatched;

use std::borrow::Cow;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

pub(super) use alive::mode_words;
pub(super) use header::coverage_words;
pub(super) use page::{length as screen_length, scroll_to_other, scroll_to_problem};
pub(super) use title::title;

use self::context::Context;
use super::ascii::fold;
use super::layout::{Areas, Form};
use super::state::State;
use super::theme::Role;
use model::text::harmless;
use words::fill;

/// What was drawn, beside the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Where the cursor stands; none: hidden.
    pub(super) cursor: Option<Position>,
    /// When the frame changes by itself; none: never.
    pub(super) deadline: Option<Timestamp>,
}

/// Draws everything into an empty buffer of the state's size.
pub(super) fn view(state: &State, now: Timestamp, buf: &mut Buffer) -> Drawn {
    let ctx = Context::new(state, now);
    let areas = state.areas();
    let cursor = match areas.form {
        Some(Form::Full) => full(&ctx, &areas, now, buf),
        Some(Form::Small) => small(&ctx, &areas, now, buf),
        _ => {
            too_small(&ctx, buf);
            None
        }
    };
    if state.look().ascii {
        fold(buf);
    } else {
        scrub(buf);
    }
    Drawn {
        cursor,
        deadline: ctx.deadline(),
    }
}

/// Names and lines come here harmless, and a buffer takes no control characters; what hides behind
/// a letter as a part of its cluster goes here, so that no frame depends on either.
fn scrub(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        if let Cow::Owned(clean) = harmless(cell.symbol()) {
            cell.set_symbol(if clean.is_empty() { " " } else { &clean });
        }
    }
}

fn full(ctx: &Context<'_>, areas: &Areas, now: Timestamp, buf: &mut Buffer) -> Option<Position> {
    header::draw(ctx, areas.header, buf);
    if let Some(screen) = ctx.state.screen() {
        page::draw(ctx, screen, page::area(areas), buf);
    } else {
        table::draw(ctx, areas.table, buf);
        detail::beside(ctx, areas.side, buf);
        log::draw(ctx, areas.log, buf);
    }
    let cursor = footer::status(ctx, areas.status, now, buf);
    footer::keys(ctx, areas.footer, buf);
    dialog::draw(ctx, buf);
    palette::draw(ctx, buf).or(cursor)
}

fn small(ctx: &Context<'_>, areas: &Areas, now: Timestamp, buf: &mut Buffer) -> Option<Position> {
    match ctx.state.screen() {
        Some(screen) => page::draw(ctx, screen, areas.table, buf),
        None => table::draw_small(ctx, areas.table, buf),
    }
    let cursor = footer::status(ctx, areas.status, now, buf);
    past::over(ctx, areas.status, buf);
    dialog::draw(ctx, buf);
    palette::draw(ctx, buf).or(cursor)
}

fn too_small(ctx: &Context<'_>, buf: &mut Buffer) {
    let area = buf.area;
    let values: [(&str, &dyn std::fmt::Display); 2] =
        [("width", &area.width), ("height", &area.height)];
    // Whoever cannot see the question must not be held up by it.
    let text = match dialog::question(ctx) {
        Some(question) => format!("{} {question}", ctx.t.confirm.keys),
        None => fill(ctx.t.small.too_small, &values),
    };
    let lines = report::cells::wrap(&text, usize::from(area.width));
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        buf.set_stringn(
            area.x,
            y,
            line,
            usize::from(area.width),
            ctx.style(Role::Text),
        );
    }
}

#[cfg(test)]
mod tests;
