//! The two lines at the foot: filter, notices and count; and the keys that make sense now.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use super::bar::Bar;
use super::context::Context;
use crate::console::cells::width;
use crate::console::columns::COLUMNS;
use crate::console::input::Input;
use crate::console::keys::{BINDINGS, Binding, Scope, spelled};
use crate::console::texts::fill;
use crate::console::theme::Role;
use crate::console::update::scope;

/// Draws filter or notice, and the count. Returns where the cursor stands while typing.
pub(super) fn status(
    ctx: &Context<'_>,
    area: Rect,
    now: Timestamp,
    buf: &mut Buffer,
) -> Option<Position> {
    if area.height == 0 {
        return None;
    }
    let mut bar = Bar::default();
    let (label, input) = line(ctx);
    bar.left(0, left(ctx, &label, now));
    bar.right(1, [count(ctx)]);
    bar.right(3, [sort(ctx)]);
    if ctx.state.slow_terminal {
        bar.right(
            2,
            [ctx.span(ctx.t.header.slow_terminal.clone(), Role::Warning)],
        );
    }
    bar.draw(area, buf);
    let x = area.x as usize + 1 + width(&label) + width(input?.before());
    let x = u16::try_from(x)
        .unwrap_or(u16::MAX)
        .min(area.right().saturating_sub(1));
    Some(Position::new(x, area.y))
}

/// What is being typed, and the word before it.
fn line<'a>(ctx: &Context<'a>) -> (String, Option<&'a Input>) {
    if let Some(input) = &ctx.state.searching {
        return (format!("{}: ", ctx.t.log.search), Some(input));
    }
    let label = format!("{}: ", ctx.t.status.filter);
    (label, ctx.state.filter.typing.as_ref())
}

fn left(ctx: &Context<'_>, label: &str, now: Timestamp) -> Vec<Span<'static>> {
    let muted = |text: String| ctx.span(text, Role::Muted);
    if let Some(search) = &ctx.state.searching {
        return vec![muted(label.to_owned()), ctx.span(search.text(), Role::Text)];
    }
    if ctx.state.filter.typing.is_none()
        && let Some(notice) = &ctx.state.notice
        && notice.until > now
    {
        ctx.wake_at(notice.until);
        return vec![ctx.span(notice.text.clone(), notice.role)];
    }
    let filter = &ctx.state.filter;
    if filter.text.is_empty() && filter.typing.is_none() {
        return vec![
            muted(label.to_owned()),
            muted(ctx.t.status.no_filter.clone()),
        ];
    }
    let mut spans = vec![muted(label.to_owned())];
    spans.extend(typed(ctx));
    spans
}

/// The filter, underlined where it does not read, and why.
fn typed(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let filter = &ctx.state.filter;
    let text = &filter.text;
    let Some(error) = &filter.error else {
        return vec![ctx.span(text.clone(), Role::Text)];
    };
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let why = fill(&ctx.t.status.bad_filter, &[("why", &error.problem)]);
    vec![
        ctx.span(part(0, error.start), Role::Text),
        ctx.span(part(error.start, error.end), Role::FilterError),
        ctx.span(part(error.end, text.len()), Role::Text),
        ctx.span(format!("  {why}"), Role::Muted),
    ]
}

/// `12/431`: shown and all.
fn count(ctx: &Context<'_>) -> Span<'static> {
    let shown = ctx.state.order.shown().len();
    let all = ctx.state.snapshot().rows.len();
    ctx.span(format!("{shown}/{all}"), Role::Text)
}

fn sort(ctx: &Context<'_>) -> Span<'static> {
    let sort = ctx.state.sort;
    let title = COLUMNS.get(sort.column).map_or("", |column| {
        let title = (column.title)(ctx.t).trim();
        if title.is_empty() { column.id } else { title }
    });
    let arrow = if sort.reversed {
        ctx.glyphs.descending
    } else {
        ctx.glyphs.ascending
    };
    ctx.span(format!("{} {title}{arrow}", ctx.t.status.sort), Role::Muted)
}

/// Draws the keys: those that matter most stay when there is little room.
pub(super) fn keys(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let mut bar = Bar::default();
    if ctx.state.filter.typing.is_some() || ctx.state.searching.is_some() {
        bar.left(0, hint(ctx, ctx.glyphs.enter, &ctx.t.footer.keep));
        bar.left(0, hint(ctx, "Esc", &ctx.t.footer.drop));
        bar.left(1, hint(ctx, "Ctrl-u", &ctx.t.footer.drop));
        return bar.draw(area, buf);
    }
    let scope = scope(ctx.state);
    if scope != Scope::Table {
        bar.left(0, hint(ctx, "Esc", &ctx.t.footer.back));
    }
    let shown = |binding: &&Binding| {
        binding.scope == scope || (binding.scope == Scope::Everywhere && !is_hidden(scope, binding))
    };
    for binding in BINDINGS.iter().filter(shown) {
        if let (Some((rank, word)), Some(key)) = (binding.footer, binding.keys.first()) {
            bar.left(rank, hint(ctx, &spelled(*key, ctx.glyphs), word(ctx.t)));
        }
    }
    bar.draw(area, buf);
}

/// Whether another binding of the scope has taken the key.
fn is_hidden(scope: Scope, binding: &Binding) -> bool {
    let taken = |key| {
        BINDINGS
            .iter()
            .any(|other| other.scope == scope && other.keys.contains(key))
    };
    binding.keys.first().is_some_and(taken)
}

fn hint(ctx: &Context<'_>, key: &str, word: &str) -> [Span<'static>; 2] {
    [
        ctx.span(format!("{key} "), Role::Key),
        ctx.span(word.to_owned(), Role::Muted),
    ]
}
