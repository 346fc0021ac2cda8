//! The two lines at the foot: filter, notices and count; and the keys that make sense now.

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use super::bar::Bar;
use super::context::Context;
use super::past;
use crate::columns::COLUMNS;
use crate::filter::FilterError;
use crate::input::Input;
use crate::keys::{Action, Binding, Key, Scope, spelled};
use crate::numbers::grouped;
use crate::state::{List, Offer, Prompt, Prompted, Screen};
use crate::theme::Role;
use report::cells::width;
use words::fill;

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
    let count = count(ctx);
    let room = usize::from(area.width).saturating_sub(count.width() + 4);
    bar.left(0, left(ctx, &label, room, now));
    bar.right(1, [count]);
    bar.right(3, [sort(ctx)]);
    if ctx.state.slow_terminal {
        bar.right(2, [ctx.span(ctx.t.header.slow_terminal, Role::Warning)]);
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
    if let Some(Prompt { what, input }) = &ctx.state.prompt {
        let word = match what {
            Prompted::Export => &ctx.t.status.export,
            Prompted::FilterName => &ctx.t.status.filter_name,
            Prompted::PastTime => &ctx.t.replay.ask,
            Prompted::LogSearch | Prompted::HelpSearch | Prompted::OtherSearch => &ctx.t.log.search,
        };
        return (format!("{word}: "), Some(input));
    }
    let label = format!("{}: ", ctx.t.status.filter);
    (label, ctx.state.filter.typing.as_ref())
}

/// What is typed, said or filtered by; what is said never takes the place of the count.
fn left(ctx: &Context<'_>, label: &str, room: usize, now: Timestamp) -> Vec<Span<'static>> {
    let muted = |text: String| ctx.span(text, Role::Muted);
    if let Some(prompt) = &ctx.state.prompt {
        let mut spans = vec![muted(label.to_owned())];
        let error = ctx.state.others.error.as_ref();
        let error = error.filter(|_| prompt.what == Prompted::OtherSearch);
        spans.extend(typed(ctx, &prompt.input.text(), error, room));
        spans.extend(said_beside(ctx, now));
        return spans;
    }
    if ctx.state.filter.typing.is_none()
        && let Some(notice) = &ctx.state.notice
        && notice.until > now
    {
        ctx.wake_at(notice.until);
        return vec![ctx.span(ctx.cut(&notice.text, room), notice.role)];
    }
    if ctx.state.screen() == Some(Screen::Unmatched) {
        let searched = &ctx.state.others.search;
        let label = if searched.is_empty() {
            ""
        } else {
            ctx.t.log.search
        };
        return vec![
            muted(format!("{label} ")),
            ctx.span(searched.clone(), Role::Text),
        ];
    }
    let filter = &ctx.state.filter;
    if filter.text.is_empty() && filter.typing.is_none() {
        return vec![
            muted(label.to_owned()),
            muted(ctx.t.status.no_filter.to_owned()),
        ];
    }
    let mut spans = vec![muted(label.to_owned())];
    spans.extend(typed(ctx, &filter.text, filter.error.as_ref(), room));
    spans
}

/// What there is to say of the line that is being typed.
fn said_beside(ctx: &Context<'_>, now: Timestamp) -> Option<Span<'static>> {
    let notice = ctx.state.notice.as_ref()?;
    if notice.until <= now {
        return None;
    }
    ctx.wake_at(notice.until);
    Some(ctx.span(format!("  {}", notice.text), notice.role))
}

/// What is typed, underlined where it does not read, and why in the room that is left.
fn typed(
    ctx: &Context<'_>,
    text: &str,
    error: Option<&FilterError>,
    room: usize,
) -> Vec<Span<'static>> {
    let Some(error) = error else {
        return vec![ctx.span(text.to_owned(), Role::Text)];
    };
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
    let why = error.problem.said(ctx.t);
    let why = fill(ctx.t.status.bad_filter, &[("why", &why)]);
    // The label has its place as well.
    let left = room.saturating_sub(width(text) + width(ctx.t.status.filter) + 4);
    vec![
        ctx.span(part(0, error.start), Role::Text),
        ctx.span(part(error.start, error.end), Role::FilterError),
        ctx.span(part(error.end, text.len()), Role::Text),
        ctx.span(ctx.cut(&format!("  {why}"), left), Role::Muted),
    ]
}

/// `17/1,204`: the selected row and how many are shown; while some are not, also how many there are;
/// `+2`: found without a row.
fn count(ctx: &Context<'_>) -> Span<'static> {
    if ctx.state.screen() == Some(Screen::Unmatched) {
        let snapshot = ctx.state.snapshot();
        let listed = ctx.state.others.listed(snapshot).len();
        let all = snapshot.unmatched.len() + snapshot.excluded.len();
        return ctx.span(format!("{listed}/{all}"), Role::Text);
    }
    let shown = ctx.state.order.shown().len();
    let all = ctx.state.snapshot().rows.len();
    let at = (ctx.state.selected_at + 1).min(shown);
    let [at, of, total] = [at, shown, all].map(|count| grouped(count, ctx.t));
    let mut text = if shown == all {
        format!("{at}/{of}")
    } else {
        let values: [(&str, &dyn std::fmt::Display); 3] =
            [("n", &at), ("shown", &of), ("all", &total)];
        fill(ctx.t.status.position, &values)
    };
    if !ctx.state.found.is_empty() {
        text = format!("{text}+{}", grouped(ctx.state.found.len(), ctx.t));
    }
    ctx.span(text, Role::Text)
}

fn sort(ctx: &Context<'_>) -> Span<'static> {
    let sort = ctx.state.sort;
    if ctx.state.screen() == Some(Screen::Unmatched) {
        let list = &ctx.state.others;
        return sorted_by(ctx, list.sort.title(ctx.t), list.reversed);
    }
    let title = COLUMNS.get(sort.column).map_or("", |column| {
        let title = (column.title)(ctx.t).trim();
        if title.is_empty() { column.id } else { title }
    });
    sorted_by(ctx, title, sort.reversed)
}

fn sorted_by(ctx: &Context<'_>, title: &str, reversed: bool) -> Span<'static> {
    let arrow = if reversed {
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
    if ctx.state.question.is_some() {
        bar.left(0, [ctx.span(ctx.t.confirm.keys, Role::Key)]);
    } else if ctx.state.palette.is_some() {
        bar.left(0, hint(ctx, "Esc", ctx.t.footer.back));
        bar.left(0, hint(ctx, ctx.glyphs.enter, ctx.t.footer.choose));
    } else if let Some(menu) = ctx.state.menu {
        menu_keys(ctx, menu.list, &mut bar);
    } else if ctx.state.filter.typing.is_some() || ctx.state.prompt.is_some() {
        typing_keys(ctx, &mut bar);
    } else {
        if let Some(past) = ctx.state.past() {
            past::keys(ctx, past, &mut bar);
        }
        bound_keys(ctx, &mut bar);
    }
    bar.draw(area, buf);
}

fn menu_keys(ctx: &Context<'_>, list: List, bar: &mut Bar) {
    let f = &ctx.t.footer;
    bar.left(0, hint(ctx, "Esc", f.back));
    if list == List::Alerts {
        return bar.left(0, hint(ctx, ctx.glyphs.space, f.switch));
    }
    if matches!(list, List::Filters | List::Sort) {
        bar.left(0, hint(ctx, ctx.glyphs.enter, f.choose));
    }
    if list == List::Sort {
        return;
    }
    if list == List::Filters {
        bar.left(0, hint(ctx, "s", f.save));
        return bar.left(0, hint(ctx, "d", f.forget));
    }
    bar.left(0, hint(ctx, ctx.glyphs.space, f.toggle));
    bar.left(0, hint(ctx, "< >", f.shift));
}

fn typing_keys(ctx: &Context<'_>, bar: &mut Bar) {
    let exports = ctx.state.prompt.as_ref();
    if exports.is_some_and(|prompt| prompt.what == Prompted::Export) {
        bar.left(0, hint(ctx, ctx.glyphs.enter, ctx.t.footer.write));
        return bar.left(0, hint(ctx, "Esc", ctx.t.footer.back));
    }
    if exports.is_some_and(|prompt| prompt.what == Prompted::FilterName) {
        bar.left(0, hint(ctx, ctx.glyphs.enter, ctx.t.footer.save));
        return bar.left(0, hint(ctx, "Esc", ctx.t.footer.back));
    }
    if exports.is_some_and(|prompt| prompt.what == Prompted::PastTime) {
        bar.left(0, hint(ctx, ctx.glyphs.enter, ctx.t.replay.key_go));
        return bar.left(0, hint(ctx, "Esc", ctx.t.footer.back));
    }
    if let Some(offer) = &ctx.state.filter.offer {
        return offered(ctx, offer, bar);
    }
    if ctx.state.filter.typing.is_some() {
        bar.left(1, hint(ctx, "Tab", ctx.t.footer.complete));
        bar.left(2, hint(ctx, "Up", ctx.t.footer.history));
    }
    bar.left(0, hint(ctx, ctx.glyphs.enter, ctx.t.footer.keep));
    bar.left(0, hint(ctx, "Esc", ctx.t.footer.drop));
    bar.left(1, hint(ctx, "Ctrl-u", ctx.t.footer.drop));
}

/// What Tab offers, from the chosen one on.
fn offered(ctx: &Context<'_>, offer: &Offer, bar: &mut Bar) {
    bar.left(0, [ctx.span("Tab", Role::Key)]);
    let first = offer.chosen.unwrap_or(0);
    let all = offer.of.candidates.iter().enumerate().skip(first);
    for ((at, word), rank) in all.zip(1..=u8::MAX) {
        let role = if offer.chosen == Some(at) {
            Role::Title
        } else {
            Role::Muted
        };
        bar.left(rank, [ctx.span(word.clone(), role)]);
    }
}

fn bound_keys(ctx: &Context<'_>, bar: &mut Bar) {
    let scope = ctx.state.scope();
    if scope != Scope::Table {
        let quit = ctx.state.look().keymap.first(Action::Quit, ctx.glyphs);
        let keys: Vec<String> = quit.into_iter().chain(["Esc".to_owned()]).collect();
        bar.left(0, hint(ctx, &keys.join(" "), ctx.t.footer.back));
    } else if !ctx.state.filter.text.is_empty() {
        bar.left(0, hint(ctx, "Esc", ctx.t.footer.drop));
    }
    for (rank, actions, word) in of_screen(ctx) {
        let first = |action: &Action| ctx.state.look().keymap.first(*action, ctx.glyphs);
        let keys: Vec<String> = actions.iter().filter_map(first).collect();
        bar.left(rank, hint(ctx, &keys.join(" "), word));
    }
    let front = ctx.state.screen();
    let shown = |(row, keys): &(&Binding, &[Key])| {
        if ctx.state.past().is_some() && past::hides(row.action) {
            return false;
        }
        row.scope == scope
            || (row.scope == Scope::Everywhere
                && !is_hidden(ctx, scope, keys)
                && (row.action != Action::Quit || scope == Scope::Table)
                && is_useful(front, row.action))
    };
    for (row, keys) in ctx.state.look().keymap.rows().filter(shown) {
        if let (Some((rank, word)), Some(key)) = (row.footer, keys.first()) {
            bar.left(rank, hint(ctx, &spelled(*key, ctx.glyphs), word(ctx.t)));
        }
    }
}

/// Keys that the front screen has a use for: rank, actions, word.
fn of_screen<'t>(ctx: &Context<'t>) -> Vec<(u8, &'static [Action], &'t str)> {
    let f = &ctx.t.footer;
    match ctx.state.screen() {
        Some(Screen::Detail) => vec![
            (1, &[Action::PreviousUser, Action::NextUser], f.next_user),
            (1, &[Action::Refresh], f.refresh),
            (2, &[Action::NextProblem], f.problem),
            (1, &[Action::Logs], f.user_log),
        ],
        Some(Screen::Problems) => vec![(0, &[Action::Detail], f.open)],
        Some(Screen::Timing) => vec![
            (1, &[Action::Faster, Action::Slower], f.interval),
            (2, &[Action::RefreshAll], f.refresh_all),
        ],
        Some(Screen::Topology) => vec![(2, &[Action::RefreshAll], f.refresh_all)],
        Some(Screen::Help) => vec![(0, &[Action::Filter], f.search)],
        Some(Screen::Unmatched) => vec![
            (0, &[Action::Filter], f.search),
            (1, &[Action::Sort], f.sort),
            (2, &[Action::Copy], f.copy),
            (3, &[Action::Export], f.export),
        ],
        Some(Screen::Explorer) | None => Vec::new(),
    }
}

/// Whether a key that holds everywhere is worth its place: not the one that opened the front
/// screen, and none that changes what lies behind it.
fn is_useful(front: Option<Screen>, action: Action) -> bool {
    let opened = match action {
        Action::Unmatched => Screen::Unmatched,
        Action::Problems => Screen::Problems,
        Action::Topology => Screen::Topology,
        Action::Timing => Screen::Timing,
        Action::Pane => return front.is_none(),
        Action::Logs => return !matches!(front, Some(Screen::Detail)),
        Action::Freeze => return !matches!(front, Some(Screen::Explorer | Screen::Help)),
        _ => return true,
    };
    front != Some(opened)
}

/// Whether another action of the scope has taken the key.
fn is_hidden(ctx: &Context<'_>, scope: Scope, keys: &[Key]) -> bool {
    let mut rows = ctx.state.look().keymap.rows();
    keys.first()
        .is_some_and(|key| rows.any(|(row, keys)| row.scope == scope && keys.contains(key)))
}

pub(super) fn hint(ctx: &Context<'_>, key: &str, word: &str) -> [Span<'static>; 2] {
    [
        ctx.span(format!("{key} "), Role::Key),
        ctx.span(word.to_owned(), Role::Muted),
    ]
}
