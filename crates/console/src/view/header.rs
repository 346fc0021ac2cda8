//! The head of the screen: is it alive, may it, who is covered, how do the polls go, which hop is
//! broken.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;

use super::alive::{alive, mode, next_poll, next_word, token};
use super::bar::Bar;
use super::context::Context;
use super::past;
use crate::columns::WidthClass;
use crate::hops;
use crate::problems::{Problem, Severity};
use crate::state::State;
use crate::theme::Role;
use crate::time::short;
use model::snapshot::{LinkStatus, Seen, Snapshot};
use words::fill;

/// Draws one line or three, as there is room.
pub(super) fn draw(ctx: &Context<'_>, area: Rect, buf: &mut Buffer) {
    let bars = [first, second, third];
    for (bar, y) in bars.iter().zip(area.top()..area.bottom()) {
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        bar(ctx, area.height == 1).draw(line, buf);
    }
}

fn first(ctx: &Context<'_>, alone: bool) -> Bar {
    let mut bar = Bar::default();
    bar.left(0, [ctx.span(ctx.t.links.bridge, Role::Title)]);
    if ctx.state.snapshot().tenant.demo {
        bar.left(
            1,
            [ctx.span(format!(" {} ", ctx.t.header.demo), Role::Badge)],
        );
    }
    let past = ctx.state.past();
    match past {
        Some(past) => past::badge(ctx, past, &mut bar),
        None => bar.left(0, alive(ctx)),
    }
    // Where the bridge has ended nobody writes, polls or knows how the hops are.
    if !ctx.state.ended && past.is_none() {
        bar.left(1, mode(ctx));
    }
    if let Seen::Attached { .. } = ctx.state.snapshot().seen {
        let pid = ctx.state.snapshot().tenant.bridge.pid;
        let process = fill(ctx.t.attach.process, &[("pid", &pid)]);
        bar.left(1, [ctx.span(ctx.t.attach.short, Role::Muted)]);
        bar.left(3, [ctx.span(process, Role::Muted)]);
    }
    if ctx.state.snapshot().seen == Seen::ThroughEngine {
        let words = ctx.t.attach.through_engine.to_owned();
        bar.left(1, [ctx.span(words, Role::Muted)]);
        let cluster = ctx.state.snapshot().cluster.as_ref();
        if let Some(name) = cluster.and_then(|it| it.leader.as_ref()) {
            let leader = fill(ctx.t.attach.leader, &[("name", name)]);
            bar.left(3, [ctx.span(leader, Role::Muted)]);
        }
    }
    if ctx.state.is_frozen() {
        bar.left(
            1,
            [ctx.span(format!(" {} ", ctx.t.header.frozen), Role::Badge)],
        );
    }
    if alone {
        bar.right(1, problems(ctx));
    }
    let t = &ctx.t.header;
    let forms = [&t.coverage, &t.coverage_short, &t.coverage_shortest];
    let [long, short, shortest] = forms.map(|form| coverage(ctx, form));
    bar.right_or(2, long, [short, shortest]);
    bar
}

/// The sum that adds up, in words.
pub(crate) fn coverage_words(snapshot: &Snapshot, template: &str) -> String {
    let coverage = &snapshot.coverage;
    fill(
        template,
        &[
            ("all", &coverage.procall_users),
            ("matched", &coverage.matched),
            ("unmatched", &coverage.unmatched_total()),
            ("excluded", &coverage.excluded),
        ],
    )
}

fn coverage(ctx: &Context<'_>, template: &str) -> Span<'static> {
    let snapshot = ctx.state.snapshot();
    let role = if snapshot.coverage.adds_up() {
        Role::Text
    } else {
        Role::Bad
    };
    ctx.span(coverage_words(snapshot, template), role)
}

fn second(ctx: &Context<'_>, _alone: bool) -> Bar {
    let poll = &ctx.state.snapshot().poll;
    let h = &ctx.t.header;
    let mut bar = Bar::default();
    let value = |name: &str, text: String| {
        [
            ctx.span(separated(name), Role::Muted),
            ctx.span(text, Role::Text),
        ]
    };
    bar.left(1, value(h.poll, short(poll.interval.as_secs())));
    // Before what grows and shrinks, so that it keeps its place.
    bar.left(1, [sparkline(ctx, if is_narrow(ctx) { 8 } else { 16 })]);
    if poll.latency.samples > 0 {
        bar.left(4, value("p50", ctx.measured(poll.latency.p50)));
        bar.left(3, value("p95", ctx.measured(poll.latency.p95)));
    }
    let late = if poll.late * 4 > poll.interval {
        Role::Warning
    } else {
        Role::Text
    };
    bar.left(
        2,
        [
            ctx.span(format!("{} ", h.late), Role::Muted),
            ctx.span(ctx.measured(poll.late), late),
        ],
    );
    if poll.errors_last_minute > 0 {
        let text = format!("{} {}/min", h.errors, poll.errors_last_minute);
        bar.left(1, [ctx.span(text, Role::Bad)]);
    }
    if let Some(next) = poll.next_at.filter(|_| !ctx.state.ended) {
        bar.left(2, value(next_word(ctx, next), next_poll(ctx, next)));
    }
    let mut budget = budget(ctx);
    if is_narrow(ctx) {
        budget.truncate(2);
    }
    bar.right(2, budget);
    bar
}

/// A name before its value; nothing where the value says it itself.
fn separated(name: &str) -> String {
    if name.is_empty() {
        return String::new();
    }
    format!("{name} ")
}

/// The slowest request of each of the last cycles.
pub(super) fn sparkline(ctx: &Context<'_>, length: usize) -> Span<'static> {
    let cycles = &ctx.state.snapshot().poll.cycles;
    let last = cycles.len().saturating_sub(length);
    let highest = cycles
        .iter()
        .skip(last)
        .map(|cycle| cycle.slowest.as_millis())
        .max();
    let steps: String = cycles
        .iter()
        .skip(last)
        .map(|cycle| {
            if cycle.errors > 0 {
                return ctx.glyphs.no_effect;
            }
            ctx.glyphs
                .step(cycle.slowest.as_millis(), highest.unwrap_or(1))
        })
        .collect();
    ctx.span(format!("{steps:>length$}"), Role::Accent)
}

/// Whether there is no room for what is said in figures as well.
fn is_narrow(ctx: &Context<'_>) -> bool {
    WidthClass::for_width(ctx.state.size.width) == WidthClass::Narrow
}

/// Requests of the last 30 s against what we allow ourselves; while throttled, the countdown.
pub(super) fn budget(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let budget = &ctx.state.snapshot().budget;
    let h = &ctx.t.header;
    if let Some(until) = budget.throttled_until.filter(|until| ctx.not_yet(*until)) {
        let text = format!(" {} {} ", h.throttled, ctx.countdown(until));
        return vec![ctx.span(text, Role::Badge)];
    }
    let (used, allowed) = (budget.used_30s, budget.allowed_30s.max(1));
    let role = if used.saturating_mul(10) > allowed.saturating_mul(8) {
        Role::Warning
    } else {
        Role::Text
    };
    vec![
        ctx.span(format!("{} ", h.budget), Role::Muted),
        ctx.span(format!("{used}/{allowed} "), role),
        ctx.span(gauge(ctx, used, allowed), role),
    ]
}

fn gauge(ctx: &Context<'_>, used: u32, allowed: u32) -> String {
    const CELLS: u32 = 6;
    let full = used
        .saturating_mul(CELLS)
        .div_ceil(allowed.max(1))
        .min(CELLS);
    let cell = |at: u32| {
        if at < full {
            ctx.glyphs.full
        } else {
            ctx.glyphs.void
        }
    };
    (0..CELLS).map(cell).collect()
}

fn third(ctx: &Context<'_>, _alone: bool) -> Bar {
    let mut bar = Bar::default();
    bar.left(0, path(ctx));
    bar.left(
        6,
        [ctx.span(ctx.state.snapshot().tenant.procall.to_string(), Role::Muted)],
    );
    bar.right(2, token(ctx));
    bar.right(3, leases(ctx));
    if ctx.state.snapshot().echoes_suppressed > 0 {
        let text = format!(
            "{} {}",
            ctx.t.header.echoes,
            ctx.state.snapshot().echoes_suppressed
        );
        bar.right(7, [ctx.span(text, Role::Muted)]);
    }
    if ctx.state.private {
        bar.right(5, [ctx.span(ctx.t.header.private, Role::Warning)]);
    }
    bar.right(1, problems(ctx));
    bar
}

/// The way of a presence in one line.
fn path(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let links = &ctx.state.snapshot().links;
    let l = &ctx.t.links;
    let read = hops::graph_read(ctx.state.snapshot(), ctx.now).status;
    let (graph, procall) = if ctx.state.ended {
        (LinkStatus::Idle, LinkStatus::Idle)
    } else {
        let graph = hops::worst([links.entra.status, read, links.graph_write.status]);
        (graph, links.procall.status)
    };
    vec![
        ctx.span(format!("{} ", l.teams), Role::Text),
        hop(ctx, graph),
        ctx.span(format!(" {} ", l.bridge), Role::Text),
        hop(ctx, procall),
        ctx.span(format!(" {}", l.procall), Role::Text),
    ]
}

/// How a hop is coloured.
pub(super) const fn hop_role(status: LinkStatus) -> Role {
    match status {
        LinkStatus::Idle => Role::Muted,
        LinkStatus::Up => Role::Good,
        LinkStatus::Degraded => Role::Warning,
        LinkStatus::Down => Role::Bad,
    }
}

fn hop(ctx: &Context<'_>, status: LinkStatus) -> Span<'static> {
    let (node, wire) = ctx.glyphs.hop(status);
    ctx.span(format!("{node}{wire}{node}"), hop_role(status))
}

fn leases(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let counts = &ctx.state.snapshot().leases;
    let mut spans = vec![
        ctx.span(format!("{} ", ctx.t.header.leases), Role::Muted),
        ctx.span(counts.held.to_string(), Role::Text),
    ];
    for (count, sign, role) in [
        (counts.confirmed, ctx.glyphs.confirmed, Role::Good),
        (counts.masked, ctx.glyphs.masked, Role::Warning),
        (counts.no_effect, ctx.glyphs.no_effect, Role::Bad),
    ] {
        if count > 0 {
            spans.push(ctx.span(format!(" {count}{sign}"), role));
        }
    }
    spans
}

fn problems(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let count = problem_count(ctx.state);
    if count == 0 {
        return Vec::new();
    }
    let worst = ctx.state.problems.first().map(|problem| problem.severity);
    let role = if worst <= Some(Severity::Bad) {
        Role::Bad
    } else {
        Role::Warning
    };
    vec![ctx.span(format!("{} {count}", ctx.glyphs.warning), role)]
}

/// Problems that somebody should look at.
pub(super) fn problem_count(state: &State) -> usize {
    let worth = |problem: &&Problem| problem.severity < Severity::Hint;
    state.problems.iter().filter(worth).count()
}
