//! What the header says of whether it is alive: is anything read, may it write and can it, does the
//! token hold, is a poll due or running. Nothing is called live, writing or valid that is not.

use jiff::Timestamp;
use ratatui::text::Span;

use super::context::Context;
use crate::theme::Role;
use crate::time::seconds_between;
use model::problem::{Reading, TokenState, Writing, reading, token_state, writing};
use model::snapshot::{ClusterView, LinkStatus, Mode, ObserveReason, Seen, Snapshot};
use words::{Texts, fill};

/// The age of the last good read comes before anything else. A picture that is held has no age: the
/// badge says so.
pub(super) fn alive(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let snapshot = ctx.state.snapshot();
    let h = &ctx.t.header;
    if ctx.state.ended {
        return ended(ctx);
    }
    let dead = |words: &str, since: Option<Timestamp>| {
        let age = since.map_or_else(String::new, |since| format!(" {}", ctx.age(since)));
        vec![ctx.span(format!("{} {words}{age}", ctx.glyphs.dead), Role::Bad)]
    };
    let last = match reading(snapshot, ctx.now) {
        Reading::Waiting => {
            let text = format!("{} {}", ctx.glyphs.dead, h.waiting);
            return vec![ctx.span(text, Role::Warning)];
        }
        Reading::NoAnswer(last) => return dead(h.stale, last),
        Reading::Good(last) => last,
    };
    let links = &snapshot.links;
    if let Some(since) = links.procall_silent_since {
        return dead(h.procall_silent, Some(since));
    }
    let fails = matches!(
        links.procall.status,
        LinkStatus::Down | LinkStatus::Degraded
    );
    if fails {
        return dead(h.procall_down, links.procall.last_ok);
    }
    if ctx.state.is_frozen() {
        return Vec::new();
    }
    vec![
        ctx.span(ctx.glyphs.alive, Role::Good),
        ctx.span(format!(" {} {}", h.live, ctx.age(last)), Role::Text),
    ]
}

fn ended(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let mut words = format!("{} {}", ctx.glyphs.dead, ctx.t.header.ended);
    if let Seen::Lost { since } = ctx.state.snapshot().seen {
        words.push(' ');
        words.push_str(&fill(ctx.t.attach.since_lost, &[("age", &ctx.age(since))]));
    }
    vec![ctx.span(words, Role::Bad)]
}

/// Whether it writes: only where it can.
pub(super) fn mode(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let h = &ctx.t.header;
    let snapshot = ctx.state.snapshot();
    if ctx.state.observe && snapshot.mode == Mode::Writing {
        return observing(ctx, ctx.t.observe.flag);
    }
    match (&snapshot.mode, writing(snapshot, ctx.now)) {
        (Mode::Paused, _) => vec![ctx.span(format!(" {} ", h.paused), Role::Badge)],
        (Mode::Observing(reason), _) => observing(ctx, &why(ctx.t, snapshot, reason)),
        (Mode::Writing, Writing::Cannot) => vec![ctx.span(h.cannot_write, Role::Bad)],
        (Mode::Writing, Writing::Yes) => vec![ctx.span(h.writing, Role::Text)],
        (Mode::Writing, _) => Vec::new(),
    }
}

fn observing(ctx: &Context<'_>, why: &str) -> Vec<Span<'static>> {
    vec![
        ctx.span(format!(" {} ", ctx.t.header.observing), Role::Badge),
        ctx.span(format!(" {why}"), Role::Muted),
    ]
}

/// The same in words, with the reason where we only observe; nothing while it is not known yet.
pub(crate) fn mode_words(snapshot: &Snapshot, now: Timestamp, t: &Texts) -> Option<String> {
    match (&snapshot.mode, writing(snapshot, now)) {
        (Mode::Paused, _) => Some(t.header.paused.to_owned()),
        (Mode::Observing(reason), _) => Some(format!(
            "{} {}",
            t.header.observing,
            why(t, snapshot, reason)
        )),
        (Mode::Writing, Writing::Yes) => Some(t.header.writing.to_owned()),
        (Mode::Writing, Writing::Cannot) => Some(t.header.cannot_write.to_owned()),
        (Mode::Writing, _) => None,
    }
}

fn is_lost(cluster: Option<&ClusterView>) -> bool {
    cluster.is_some_and(|cluster| cluster.engine.is_lost())
}

fn why(t: &Texts, snapshot: &Snapshot, reason: &ObserveReason) -> String {
    let (o, cluster) = (&t.observe, snapshot.cluster.as_deref());
    match reason {
        ObserveReason::Flag => o.flag.to_owned(),
        ObserveReason::Config => o.config.to_owned(),
        ObserveReason::ReadOnlyCommand => o.read_only.to_owned(),
        ObserveReason::OtherWriter { pid } => {
            let pid = pid.map_or_else(|| "?".to_owned(), |pid| pid.to_string());
            fill(o.other_writer, &[("pid", &pid)])
        }
        ObserveReason::NoState(_) => o.no_state.to_owned(),
        ObserveReason::NativeIntegration => o.native.to_owned(),
        ObserveReason::Standby if is_lost(cluster) => o.engine_lost.to_owned(),
        ObserveReason::Standby => {
            let leader = cluster.and_then(|cluster| cluster.leader.as_deref());
            fill(o.standby, &[("leader", &leader.unwrap_or("?"))])
        }
        ObserveReason::EngineLost => o.engine_lost.to_owned(),
    }
}

/// When the next poll is due, or for how long the one that runs has been due.
pub(super) fn next_poll(ctx: &Context<'_>, next: Timestamp) -> String {
    if ctx.not_yet(next) {
        return ctx.left(next);
    }
    if is_running(ctx, next) {
        return ctx.age(next);
    }
    ctx.t.header.due.to_owned()
}

/// What the duration means; one that is due says so itself.
pub(super) fn next_word(ctx: &Context<'_>, next: Timestamp) -> &'static str {
    let h = &ctx.t.header;
    if is_running(ctx, next) {
        return h.running;
    }
    if ctx.not_yet(next) { h.next } else { "" }
}

/// Whether a poll runs, and takes so long that it is worth a word. One that is due and has not
/// begun counts nothing.
fn is_running(ctx: &Context<'_>, next: Timestamp) -> bool {
    let running = ctx.state.snapshot().poll.running_since;
    running.is_some() && seconds_between(next, ctx.now) > 0
}

/// How long the token holds, where Graph takes it.
pub(super) fn token(ctx: &Context<'_>) -> Vec<Span<'static>> {
    let h = &ctx.t.header;
    let bad = |text: &str| vec![ctx.span(text.to_owned(), Role::Bad)];
    match token_state(ctx.state.snapshot(), ctx.now) {
        TokenState::Valid(ends) => vec![
            ctx.span(format!("{} ", h.token), Role::Muted),
            ctx.span(ctx.left(ends), Role::Text),
        ],
        TokenState::Expired => bad(h.token_expired),
        TokenState::Refused => bad(h.token_refused),
        TokenState::None if ctx.roots.no_token.is_some() => bad(h.token_none),
        TokenState::None => vec![ctx.span(h.token_none, Role::Muted)],
    }
}
