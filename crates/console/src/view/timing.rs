//! The polls in numbers: latency and lateness apart, the requests of the last cycle, the last
//! minutes, the budget.

use ratatui::text::{Line, Span};

use super::alive::{next_poll, next_word};
use super::context::Context;
use super::header::budget;
use super::history;
use super::trend::{Tendency, Trend};
use crate::theme::Role;
use crate::time::short;
use model::clock::elapsed;
use model::snapshot::ChunkView;
use report::cells::{Align, fit};
use words::fill;

/// Cells of the labels at the left.
const LABEL: usize = 18;

/// Lines of a chart, at least and at most.
const CHART: (usize, usize) = (4, 10);
/// Lines that are not of a chart, beside those of the requests.
const REST: usize = 14;

/// All lines; the charts take what room is left.
pub(super) fn lines(ctx: &Context<'_>, room: usize, height: usize) -> Vec<Line<'static>> {
    let mut lines = facts(ctx);
    charts(ctx, room, height, &mut lines);
    lines.push(Line::default());
    cycle(ctx, room, &mut lines);
    lines
}

fn facts(ctx: &Context<'_>) -> Vec<Line<'static>> {
    let poll = &ctx.state.snapshot().poll;
    let p = &ctx.t.poll;
    let mut lines = vec![labelled(ctx, p.interval, short(poll.interval.as_secs()))];
    lines.extend(poll.next_at.map(|next| next_line(ctx, next)));
    let latency = &poll.latency;
    lines.push(labelled(
        ctx,
        p.latency,
        format!(
            "p50 {}  p95 {}  p99 {}  max {}  n={}",
            ctx.measured(latency.p50),
            ctx.measured(latency.p95),
            ctx.measured(latency.p99),
            ctx.measured(latency.max),
            latency.samples
        ),
    ));
    let late = format!(
        "{}  p95 {}",
        ctx.measured(poll.late),
        ctx.measured(poll.late_p95)
    );
    lines.push(labelled(ctx, p.lateness, late));
    lines.push(trends(ctx));
    // Its first span is the label, unless it is the countdown.
    let mut spent = budget(ctx);
    if spent.len() > 1 {
        spent.remove(0);
    }
    lines.push(with_spans(ctx, p.budget, spent));
    let errors = poll.errors_last_minute;
    let errors = format!("{errors} {}", p.last_minute);
    lines.push(labelled(ctx, p.errors, errors));
    lines
}

/// When the next poll is due; how long it has been running, where that is long.
fn next_line(ctx: &Context<'_>, next: jiff::Timestamp) -> Line<'static> {
    let mut text = next_poll(ctx, next);
    let word = next_word(ctx, next);
    if word != ctx.t.header.next && !word.is_empty() {
        text = format!("{word} {text}");
    }
    labelled(ctx, ctx.t.poll.next, text)
}

/// Whether latency and lateness grow.
fn trends(ctx: &Context<'_>) -> Line<'static> {
    let cycles = &ctx.state.snapshot().poll.cycles;
    let p = &ctx.t.poll;
    let latency = Trend::from_cycles(cycles, |cycle| cycle.slowest);
    let lateness = Trend::from_cycles(cycles, |cycle| cycle.late);
    let (Some(latency), Some(lateness)) = (latency, lateness) else {
        let early = ctx.span(p.too_early, Role::Muted);
        return with_spans(ctx, p.trend, vec![early]);
    };
    let gap = ctx.span(format!(" {} ", ctx.glyphs.dot), Role::Muted);
    let spans = vec![
        trend(ctx, p.latency, latency),
        gap,
        trend(ctx, p.lateness, lateness),
    ];
    with_spans(ctx, p.trend, spans)
}

fn trend(ctx: &Context<'_>, name: &str, trend: Trend) -> Span<'static> {
    let p = &ctx.t.poll;
    let (word, role) = match trend.course {
        Tendency::Steady => (&p.steady, Role::Text),
        Tendency::Growing => (&p.growing, Role::Warning),
        Tendency::Falling => (&p.falling, Role::Text),
    };
    let (before, now) = (ctx.measured(trend.before), ctx.measured(trend.now));
    let text = format!("{name} {word} {before} {} {now}", ctx.glyphs.arrow);
    ctx.span(text, role)
}

/// The latency of the last cycles; where there is room, also how late they began.
fn charts(ctx: &Context<'_>, room: usize, height: usize, lines: &mut Vec<Line<'static>>) {
    let p = &ctx.t.poll;
    let requests = ctx.state.snapshot().poll.chunks.len();
    let (least, most) = CHART;
    let spare = height.saturating_sub(REST + requests);
    let second = spare >= 2 * (least + 3);
    let each = if second { spare / 2 - 3 } else { spare };
    let each = each.clamp(least, most);
    lines.push(Line::default());
    lines.push(heading(ctx, p.history));
    lines.extend(history::lines(ctx, room, each, |cycle| cycle.slowest));
    if second {
        lines.push(Line::default());
        lines.push(heading(ctx, p.late_history));
        lines.extend(history::lines(ctx, room, each, |cycle| cycle.late));
    }
}

fn cycle(ctx: &Context<'_>, room: usize, lines: &mut Vec<Line<'static>>) {
    let poll = &ctx.state.snapshot().poll;
    let p = &ctx.t.poll;
    let Some(started) = poll.started_at else {
        lines.push(Line::from(ctx.span(p.none, Role::Muted)));
        return;
    };
    let text = format!(
        "#{} {}  {}",
        poll.cycle,
        ctx.clock(started),
        ctx.measured(poll.duration)
    );
    lines.push(labelled(ctx, p.cycle, text));
    lines.push(heading(ctx, p.chunks));
    let length = poll
        .chunks
        .iter()
        .map(|chunk| elapsed(started, chunk.timing.finished))
        .max();
    let length = length.unwrap_or_default().as_millis().max(1);
    for chunk in poll.chunks.iter() {
        lines.push(chunk_line(ctx, chunk, started, length, room));
    }
}

/// When it began, what it took, and where in the cycle it lay.
fn chunk_line(
    ctx: &Context<'_>,
    chunk: &ChunkView,
    started: jiff::Timestamp,
    length: u128,
    room: usize,
) -> Line<'static> {
    let p = &ctx.t.poll;
    let (state, role) = match &chunk.failure {
        None => (p.ok.to_owned(), Role::Good),
        Some(failure) => {
            let told = words::told(&failure.cause, &failure.message, ctx.t);
            let shown = ctx.state.shown_words(&told);
            (format!("{}: {shown}", p.failed), Role::Bad)
        }
    };
    let first = chunk.timing.first_byte.map_or_else(String::new, |at| {
        format!(
            "{} {}",
            p.first_byte,
            ctx.measured(elapsed(chunk.timing.started, at))
        )
    });
    let users = fill(p.users, &[("n", &chunk.users)]);
    let words = format!(
        "{} {:>3}  {:>14}  {:>5}  {first}",
        p.chunk,
        chunk.chunk,
        users,
        ctx.measured(chunk.timing.latency()),
    );
    let mut spans = vec![
        ctx.span(fit(&words, 56, Align::Left, ctx.glyphs.cut), Role::Text),
        ctx.span(format!(" {state} "), role),
    ];
    let taken: usize = spans.iter().map(Span::width).sum();
    if let Some(bar) = bar(
        ctx,
        chunk,
        started,
        length,
        room.saturating_sub(taken + 1).min(60),
    ) {
        spans.push(bar);
    }
    Line::from(spans)
}

fn bar(
    ctx: &Context<'_>,
    chunk: &ChunkView,
    started: jiff::Timestamp,
    length: u128,
    room: usize,
) -> Option<Span<'static>> {
    if room < 8 {
        return None;
    }
    let place = |at| {
        let cells = elapsed(started, at)
            .as_millis()
            .saturating_mul(room as u128)
            / length;
        usize::try_from(cells).unwrap_or(room).min(room)
    };
    let (from, to) = (place(chunk.timing.started), place(chunk.timing.finished));
    let text = format!(
        "{}{}",
        " ".repeat(from),
        ctx.glyphs.full.repeat((to - from.min(to)).max(1))
    );
    Some(ctx.span(text, Role::Accent))
}

fn heading(ctx: &Context<'_>, text: &str) -> Line<'static> {
    Line::from(ctx.span(text.to_owned(), Role::Heading))
}

fn labelled(ctx: &Context<'_>, label: &str, text: String) -> Line<'static> {
    with_spans(ctx, label, vec![ctx.span(text, Role::Text)])
}

fn with_spans(ctx: &Context<'_>, label: &str, rest: Vec<Span<'static>>) -> Line<'static> {
    let mut spans = vec![ctx.span(fit(label, LABEL, Align::Left, ctx.glyphs.cut), Role::Muted)];
    spans.extend(rest);
    Line::from(spans)
}
