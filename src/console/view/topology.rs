//! The way of a presence, hop by hop, each with its state, last success, last error and latency.

use ratatui::text::{Line, Span};

use super::context::Context;
use super::header::hop_role;
use crate::bridge::{Link, LinkStatus};
use crate::console::cells::{Align, fit, width, wrap};
use crate::console::texts::fill;
use crate::console::theme::Role;
use crate::console::time::measured;

/// Cells of the wire and of the sign on it.
const WIRE: usize = 6;
/// Cells of the names.
const NAME: usize = 18;

/// All lines.
pub(super) fn lines(ctx: &Context<'_>, room: usize) -> Vec<Line<'static>> {
    let snapshot = ctx.state.snapshot();
    let links = &snapshot.links;
    let l = &ctx.t.links;
    let tenant = &snapshot.tenant;
    let mut page: Vec<Line<'static>> = wrap(&l.path, room)
        .into_iter()
        .map(|line| Line::from(ctx.span(line, Role::Muted)))
        .collect();
    page.push(head(ctx));
    page.push(place(ctx, &l.teams, &tenant.graph_host));
    hop(ctx, &l.graph_read, &links.graph_read, room, &mut page);
    hop(ctx, &l.graph_write, &links.graph_write, room, &mut page);
    page.push(place(ctx, &l.entra, &tenant.authority_host));
    hop(ctx, &ctx.t.header.token, &links.entra, room, &mut page);
    page.push(place(ctx, &l.bridge, &tenant.tenant_id));
    hop(ctx, &l.storage, &links.storage, room, &mut page);
    hop(ctx, &l.flow, &links.procall, room, &mut page);
    page.push(place(ctx, &l.procall, &tenant.procall));
    page
}

/// What the columns of the hops are.
fn head(ctx: &Context<'_>) -> Line<'static> {
    let l = &ctx.t.links;
    let text = format!(
        "{}{}{}{}",
        " ".repeat(WIRE),
        fit("", NAME, Align::Left, ""),
        fit(&l.state, state_room(ctx), Align::Left, ""),
        columns(&l.last_ok, &l.latency)
    );
    Line::from(ctx.span(text, Role::Muted))
}

/// When it last worked, and how long it took.
fn columns(last: &str, latency: &str) -> String {
    format!(
        "{}{}",
        fit(last, 14, Align::Left, ""),
        fit(latency, 6, Align::Right, "")
    )
}

/// Room for the longest of the four words, and two cells.
fn state_room(ctx: &Context<'_>) -> usize {
    let l = &ctx.t.links;
    let words = [&l.idle, &l.up, &l.degraded, &l.down];
    words.map(|word| width(word)).into_iter().max().unwrap_or(0) + 2
}

fn place(ctx: &Context<'_>, name: &str, detail: &str) -> Line<'static> {
    Line::from(vec![
        ctx.span(fit(name, NAME, Align::Left, ""), Role::Title),
        ctx.span(detail.to_owned(), Role::Muted),
    ])
}

fn hop(ctx: &Context<'_>, name: &str, link: &Link, room: usize, lines: &mut Vec<Line<'static>>) {
    let l = &ctx.t.links;
    let role = hop_role(link.status);
    let word = match link.status {
        LinkStatus::Idle => &l.idle,
        LinkStatus::Up => &l.up,
        LinkStatus::Degraded => &l.degraded,
        LinkStatus::Down => &l.down,
    };
    let (node, _) = ctx.glyphs.hop(link.status);
    let wire = match link.status {
        LinkStatus::Down => " ",
        _ => ctx.glyphs.upright,
    };
    let mut spans = vec![
        ctx.span(format!("  {wire} {node} "), role),
        ctx.span(fit(name, NAME, Align::Left, ctx.glyphs.cut), Role::Text),
        ctx.span(fit(word, state_room(ctx), Align::Left, ""), role),
    ];
    spans.extend(last_ok(ctx, link));
    lines.push(Line::from(spans));
    if let Some((at, words)) = &link.last_error {
        let text = format!(
            "{} {} ({}): {words}",
            l.last_error,
            ctx.clock(*at),
            ctx.age(*at),
            words = ctx.state.shown_words(words)
        );
        let role = if link.status == LinkStatus::Up {
            Role::Muted
        } else {
            Role::Warning
        };
        for line in wrap(&text, room.saturating_sub(WIRE)) {
            lines.push(Line::from(vec![
                ctx.span(format!("  {wire}   "), Role::Muted),
                ctx.span(line, role),
            ]));
        }
    }
}

/// Nothing for a hop that was not used yet: it has neither.
fn last_ok(ctx: &Context<'_>, link: &Link) -> Option<Span<'static>> {
    let l = &ctx.t.links;
    if link.status == LinkStatus::Idle && link.last_ok.is_none() {
        return None;
    }
    let last = link.last_ok.map_or_else(
        || l.never.clone(),
        |at| fill(&l.ago, &[("age", &ctx.age(at))]),
    );
    let latency = link.latency.map_or_else(String::new, measured);
    Some(ctx.span(columns(&last, &latency), Role::Text))
}
