//! The hops of a station with what is known of each: its link, how long it has been silent, and
//! whether it fails only because another one does.

use jiff::Timestamp;

use super::context::Context;
use crate::hops::{self, Station};
use model::problem::silent_since;
use model::snapshot::{Link, LinkStatus};

/// A link with its name.
pub(super) struct Hop {
    pub(super) name: &'static str,
    pub(super) link: Link,
    /// The last good answer, where nothing has answered for too long.
    pub(super) silent_since: Option<Timestamp>,
    /// Whether the polls of the last minutes belong to it.
    pub(super) polled: bool,
    /// What it follows from, where it fails because of another hop.
    pub(super) follows: Option<&'static str>,
}

impl Hop {
    fn for_link(name: &'static str, link: &Link) -> Self {
        Self {
            name,
            link: link.clone(),
            silent_since: None,
            polled: false,
            follows: None,
        }
    }
}

/// The hops of a station.
pub(super) fn hops_of(ctx: &Context<'_>, station: Station) -> Vec<Hop> {
    let snapshot = ctx.state.snapshot();
    let (l, links) = (&ctx.t.links, &snapshot.links);
    match station {
        Station::TeamsClient | Station::Bridge => Vec::new(),
        Station::Graph => vec![
            reading(ctx),
            Hop {
                follows: write_follows(ctx, &links.graph_write),
                ..Hop::for_link(l.graph_write, &links.graph_write)
            },
        ],
        Station::Entra => vec![Hop {
            follows: token_follows(ctx, &links.entra),
            ..Hop::for_link(ctx.t.header.token, &links.entra)
        }],
        Station::Procall => vec![Hop {
            silent_since: links.procall_silent_since,
            ..Hop::for_link(l.flow, &links.procall)
        }],
        Station::Log => {
            let alerts = Some(&links.alerts).filter(|link| link.status != LinkStatus::Idle);
            let alerts = alerts.map(|link| Hop::for_link(l.alerts, link));
            let storage = Hop::for_link(l.storage, &hops::storage(snapshot));
            [Some(storage), alerts].into_iter().flatten().collect()
        }
    }
}

fn reading(ctx: &Context<'_>) -> Hop {
    let snapshot = ctx.state.snapshot();
    let silent = silent_since(snapshot, ctx.now);
    Hop {
        silent_since: silent,
        polled: true,
        follows: without_token(ctx),
        ..Hop::for_link(ctx.t.links.graph_read, &hops::graph_read(snapshot, ctx.now))
    }
}

/// Entra, where it gives no token: then nothing else can work.
fn without_token(ctx: &Context<'_>) -> Option<&'static str> {
    let given = ctx.state.snapshot().token.failure.is_none();
    (!given && ctx.roots.no_token.is_some()).then_some(ctx.t.links.entra)
}

fn write_follows(ctx: &Context<'_>, link: &Link) -> Option<&'static str> {
    let (_, trouble) = link.last_error.as_ref()?;
    if !ctx.roots.explain(&trouble.cause) {
        return None;
    }
    without_token(ctx).or(Some(ctx.t.links.graph_read))
}

fn token_follows(ctx: &Context<'_>, link: &Link) -> Option<&'static str> {
    let (_, trouble) = link.last_error.as_ref()?;
    let explained = ctx.roots.explain_renewal(&trouble.cause);
    explained.then_some(ctx.t.links.graph)
}
