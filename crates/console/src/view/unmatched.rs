//! Who has no row: the list of all of them, and those that the filter of the table finds.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::context::Context;
use crate::others::{self, Other};
use crate::others_list::OtherSort;
use crate::theme::Role;
use report::cells::{Align, fit, width, wrap};
use words::fill;

/// What stands in one line of the list.
enum Entry<'a> {
    Words(Line<'static>),
    /// A user, and which of the list.
    User(usize, Other<'a>),
    Gap,
}

/// The lines from `scroll` on, and how many there are in all. Only the lines on the screen are made.
pub(super) fn page(
    ctx: &Context<'_>,
    room: usize,
    scroll: usize,
    height: usize,
) -> (Vec<Line<'static>>, usize) {
    let entries = entries(ctx, room);
    let length = entries.len();
    let scroll = scroll.min(length.saturating_sub(height));
    let window = || entries.iter().skip(scroll).take(height);
    let grouped = ctx.state.others.sort == OtherSort::Reason;
    let users = window().filter_map(|entry| match entry {
        Entry::User(_, other) => Some(*other),
        Entry::Words(_) | Entry::Gap => None,
    });
    let column = (!grouped).then(|| user_column(ctx, users, room));
    let lines = window().map(|entry| entry_line(ctx, entry, room, column));
    (lines.collect(), length)
}

/// In which line the chosen one stands.
pub(super) fn place_of_chosen(ctx: &Context<'_>, room: usize) -> usize {
    let chosen = ctx.state.others.at;
    let is_chosen = |entry: &Entry<'_>| matches!(entry, Entry::User(at, _) if *at == chosen);
    entries(ctx, room).iter().position(is_chosen).unwrap_or(0)
}

/// By reason with the remedy once, or one after the other.
fn entries<'a>(ctx: &Context<'a>, room: usize) -> Vec<Entry<'a>> {
    let list = &ctx.state.others;
    let listed = list.listed(ctx.state.snapshot());
    if listed.is_empty() {
        return vec![Entry::Words(nobody(ctx))];
    }
    let mut entries = Vec::with_capacity(listed.len() + 32);
    let grouped = list.sort == OtherSort::Reason;
    let mut reason = None;
    for (at, other) in listed.iter().enumerate() {
        if grouped && reason != Some(other.code()) {
            if reason.is_some() {
                entries.push(Entry::Gap);
            }
            reason = Some(other.code());
            let same = listed.iter().filter(|it| it.code() == other.code());
            let heading = heading(ctx, *other, same.count(), room);
            entries.extend(heading.into_iter().map(Entry::Words));
        }
        entries.push(Entry::User(at, *other));
    }
    entries
}

fn nobody(ctx: &Context<'_>) -> Line<'static> {
    let t = &ctx.t.unmatched;
    let (text, role) = if ctx.state.others.search.is_empty() {
        (t.none, Role::Good)
    } else {
        (t.no_match, Role::Muted)
    };
    Line::from(ctx.span(text, role))
}

/// How many, why, and what to do.
fn heading(ctx: &Context<'_>, of: Other<'_>, count: usize, room: usize) -> Vec<Line<'static>> {
    let (what, remedy) = of.why(ctx.t);
    let g = ctx.glyphs;
    let sign = match of.reason {
        Some(_) => (g.warning, Role::Warning),
        None => (g.dot, Role::Muted),
    };
    let what = format!("{count} {what}");
    let mut lines = bullet(ctx, sign, (&what, Role::Title), room);
    lines.extend(bullet(
        ctx,
        (g.arrow, Role::Text),
        (remedy, Role::Text),
        room,
    ));
    lines
}

/// A sign, and words beside it in as many lines as they need.
fn bullet(
    ctx: &Context<'_>,
    (sign, sign_role): (&str, Role),
    (words, role): (&str, Role),
    room: usize,
) -> Vec<Line<'static>> {
    let indent = width(sign) + 1;
    let lines = wrap(words, room.saturating_sub(indent));
    let start = |at| if at == 0 { sign } else { "" };
    let spans = |(at, line)| {
        vec![
            ctx.span(fit(start(at), indent, Align::Left, ""), sign_role),
            ctx.span(line, role),
        ]
    };
    lines
        .into_iter()
        .enumerate()
        .map(spans)
        .map(Line::from)
        .collect()
}

fn entry_line(
    ctx: &Context<'_>,
    entry: &Entry<'_>,
    room: usize,
    column: Option<usize>,
) -> Line<'static> {
    match entry {
        Entry::Gap => Line::default(),
        Entry::Words(line) => line.clone(),
        Entry::User(at, other) => {
            let line = user_line(ctx, *other, room, column);
            if *at == ctx.state.others.at {
                return line.patch_style(ctx.style(Role::Selected));
            }
            line
        }
    }
}

/// Cells for the user names of these, so that what follows stands in one column.
fn user_column<'a>(
    ctx: &Context<'_>,
    others: impl Iterator<Item = Other<'a>>,
    room: usize,
) -> usize {
    let widths = others.map(|other| width(&ctx.state.shown_user(&other.procall.user_name)));
    widths.max().unwrap_or(0).min((room / 3).max(10))
}

/// Name, user name, and what more there is to say: who was probably meant; with a column for it
/// also why.
fn user_line(
    ctx: &Context<'_>,
    other: Other<'_>,
    room: usize,
    column: Option<usize>,
) -> Line<'static> {
    let (name, user, more) = user_cells(ctx, other, column.is_some());
    let name_room = (room / 4).clamp(8, 32).min(room);
    let widest = if more.is_empty() {
        room
    } else {
        (room / 3).max(10)
    };
    let user_room = column
        .unwrap_or_else(|| width(&user).min(widest))
        .min(room.saturating_sub(name_room + 4));
    let name = fit(&name, name_room, Align::Left, ctx.glyphs.cut);
    let user = fit(&user, user_room, Align::Left, ctx.glyphs.cut);
    let left = room.saturating_sub(name_room + user_room + 5);
    Line::from(vec![
        ctx.span(format!("  {name} "), Role::Text),
        ctx.span(format!("{user}  "), Role::Muted),
        ctx.span(ctx.cut(&more, left), Role::Warning),
    ])
}

fn user_cells(ctx: &Context<'_>, other: Other<'_>, why: bool) -> (String, String, String) {
    let hidden = ctx.state.private;
    let name = if hidden {
        ""
    } else {
        &*other.procall.display_name
    };
    let user = ctx.state.shown_user(&other.procall.user_name);
    let near = other.near.filter(|_| !hidden);
    let more = match near {
        Some(near) => fill(ctx.t.unmatched.near, &[("upn", near)]),
        None if why => other.why(ctx.t).0.to_owned(),
        None => String::new(),
    };
    (name.to_owned(), user, more)
}

/// Under the rows: who is found that has none.
pub(super) fn found(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let count = ctx.state.found.len();
    let room = usize::from(area.width.saturating_sub(1));
    let key = ctx
        .state
        .look()
        .keymap
        .first(crate::keys::Action::Unmatched, ctx.glyphs);
    let values: [(&str, &dyn std::fmt::Display); 2] =
        [("n", &count), ("key", &key.unwrap_or_default())];
    let title = fill(ctx.t.unmatched.found, &values);
    let title = ctx.cut(&format!("{} {title}", ctx.glyphs.warning), room);
    buf.set_stringn(area.x + 1, area.y, title, room, ctx.style(Role::Warning));
    let snapshot = ctx.state.snapshot();
    let places = ctx.state.found.iter();
    let found = places.filter_map(|place| others::at(snapshot, *place));
    let shown: Vec<Other<'_>> = found.take(usize::from(area.height) - 1).collect();
    let column = user_column(ctx, shown.iter().copied(), room);
    for (other, y) in shown.into_iter().zip(area.top() + 1..area.bottom()) {
        let line = user_line(ctx, other, room, Some(column));
        buf.set_line(area.x + 1, y, &line, area.width.saturating_sub(1));
    }
}
