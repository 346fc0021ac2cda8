//! The way of a presence, hop by hop, each with its state, last success, last error and latency.

use ratatui::text::{Line, Span};

use super::context::Context;
use super::header::hop_role;
use crate::bridge::{Link, LinkStatus};
use crate::console::cells::{Align, fit, wrap};
use crate::console::theme::Role;
use crate::console::time::measured;

/// Cells of the names at the left.
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
    page.push(Line::default());
    page.push(place(ctx, &l.teams, &tenant.graph_host));
    hop(ctx, &l.graph_read, &links.graph_read, room, &mut page);
    hop(ctx, &l.graph_write, &links.graph_write, room, &mut page);
    page.push(place(ctx, &l.entra, &tenant.authority_host));
    hop(ctx, &ctx.t.header.token, &links.entra, room, &mut page);
    page.push(place(ctx, &l.bridge, &tenant.tenant_id));
    hop(ctx, &l.storage, &links.storage, room, &mut page);
    hop(ctx, &l.procall, &links.procall, room, &mut page);
    page.push(place(ctx, &l.procall, &tenant.procall));
    page
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
        ctx.span(format!("{word}  "), role),
    ];
    spans.extend(last_ok(ctx, link));
    lines.push(Line::from(spans));
    if let Some((at, words)) = &link.last_error {
        let text = format!(
            "{} {} ({}): {words}",
            l.last_error,
            ctx.clock(*at),
            ctx.age(*at)
        );
        let role = if link.status == LinkStatus::Up {
            Role::Muted
        } else {
            Role::Warning
        };
        for line in wrap(&text, room.saturating_sub(6)) {
            lines.push(Line::from(vec![
                ctx.span(format!("  {wire}   "), Role::Muted),
                ctx.span(line, role),
            ]));
        }
    }
}

fn last_ok(ctx: &Context<'_>, link: &Link) -> Vec<Span<'static>> {
    let l = &ctx.t.links;
    let mut text = match link.last_ok {
        Some(at) => format!("{} {}", l.last_ok, ctx.age(at)),
        None => format!("{} {}", l.last_ok, l.never),
    };
    if let Some(latency) = link.latency {
        text = format!("{text}  {} {}", l.latency, measured(latency));
    }
    vec![ctx.span(text, Role::Muted)]
}
