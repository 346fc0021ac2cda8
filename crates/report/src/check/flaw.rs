//! What is broken, whatever its value.

use serde::Serialize;

use super::{Area, State};
use model::cause::{Cause, Trouble};
use model::problem::missing_permission;
use model::snapshot::{EngineView, Link, LinkStatus, Mode, ObserveReason, Snapshot};

/// A hop of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Hop {
    /// The token endpoint.
    Entra,
    /// Requests that read presence.
    GraphRead,
    /// Requests that set or clear presence.
    GraphWrite,
    /// The ProCall source.
    Procall,
    /// Log and ledger on disk.
    Storage,
    /// Alerts to whoever is told of problems.
    Alerts,
}

/// What is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The bridge has not finished a cycle yet.
    NoCycle,
    /// Graph answers nobody.
    GraphDown(Trouble),
    /// There is no new token.
    Token(Trouble),
    /// The token lacks this permission.
    Permission(&'static str),
    /// ProCall names no users.
    NoUsers,
    /// None of ProCall's users is matched.
    NobodyMatched,
    /// A hop.
    Hop {
        /// Which.
        hop: Hop,
        /// Nothing gets through; otherwise some does.
        down: bool,
        /// What happened there last.
        why: Option<Trouble>,
    },
    /// The directory cannot be read.
    Directory(Trouble),
    /// The leases cannot be kept on disk, so nothing is written to Teams.
    NoState(String),
    /// The administrator has paused writing.
    Paused,
    /// estos' own Teams integration is active.
    NativeIntegration,
    /// The engine of the cluster is lost.
    EngineLost {
        /// Why.
        why: Trouble,
        /// Whether it is this bridge that wrote until then and does not any more.
        stopped: bool,
    },
}

impl Flaw {
    /// How bad it is.
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::NoCycle => State::Unknown,
            Self::GraphDown(_)
            | Self::Token(_)
            | Self::Permission(_)
            | Self::NobodyMatched
            | Self::NoState(_)
            | Self::EngineLost { stopped: true, .. } => State::Critical,
            Self::Hop { hop, down, .. } => of_broken_hop(*hop, *down),
            Self::NoUsers
            | Self::Directory(_)
            | Self::Paused
            | Self::NativeIntegration
            | Self::EngineLost { .. } => State::Warning,
        }
    }

    /// Where it belongs.
    #[must_use]
    pub const fn area(&self) -> Area {
        match self {
            Self::NoState(_) | Self::Paused | Self::NativeIntegration | Self::EngineLost { .. } => {
                Area::Bridge
            }
            Self::NoCycle | Self::GraphDown(_) => Area::Reading,
            Self::NoUsers | Self::NobodyMatched | Self::Directory(_) => Area::Users,
            Self::Hop { .. } => Area::Links,
            Self::Token(_) | Self::Permission(_) => Area::Access,
        }
    }

    /// The name in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoCycle => "no_cycle",
            Self::GraphDown(_) => "graph_down",
            Self::Token(_) => "token_refused",
            Self::Permission(_) => "permission",
            Self::NoUsers => "no_users",
            Self::NobodyMatched => "nobody_matched",
            Self::Hop { down: true, .. } => "hop_down",
            Self::Hop { .. } => "hop_degraded",
            Self::Directory(_) => "directory",
            Self::NoState(_) => "no_state",
            Self::Paused => "paused",
            Self::NativeIntegration => "native_integration",
            Self::EngineLost { .. } => "engine_lost",
        }
    }

    /// Why, where that is known.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        let trouble = match self {
            Self::Hop { why, .. } => why.as_ref(),
            Self::GraphDown(why)
            | Self::Token(why)
            | Self::Directory(why)
            | Self::EngineLost { why, .. } => Some(why),
            _ => None,
        };
        trouble.map(|trouble| &trouble.cause)
    }
}

/// Log and ledger that take nothing in, and alerts that reach nobody, stop no presence.
const fn of_broken_hop(hop: Hop, down: bool) -> State {
    match hop {
        Hop::Storage | Hop::Alerts => State::Warning,
        _ if down => State::Critical,
        _ => State::Warning,
    }
}

/// Everything that is broken now.
pub(super) fn all(snapshot: &Snapshot) -> Vec<Flaw> {
    let token = snapshot.token.failure.as_ref();
    let token = token.map(|failure| Flaw::Token(failure.trouble()));
    let directory = snapshot.directory.failure.as_ref();
    let directory = directory.map(|failure| Flaw::Directory(failure.trouble()));
    let mut flaws = Vec::new();
    flaws.extend(of_mode(&snapshot.mode));
    flaws.extend(of_cluster(snapshot));
    flaws.extend(of_reading(snapshot));
    flaws.extend(token);
    flaws.extend(missing_permission(snapshot).map(Flaw::Permission));
    flaws.extend(of_users(snapshot));
    flaws.extend(directory);
    flaws.extend(of_links(snapshot));
    flaws
}

/// Where nothing can be read the cause is told, not that it has led to nothing yet.
fn of_reading(snapshot: &Snapshot) -> Option<Flaw> {
    if let Some(why) = &snapshot.poll.down {
        return Some(Flaw::GraphDown(why.clone()));
    }
    let prevented = snapshot.token.failure.is_some() || snapshot.directory.failure.is_some();
    let nobody = snapshot.directory.full_at.is_some() && snapshot.rows.is_empty();
    let waits = snapshot.poll.cycle == 0 && !prevented && !nobody;
    waits.then_some(Flaw::NoCycle)
}

fn of_users(snapshot: &Snapshot) -> Option<Flaw> {
    let known = snapshot.directory.full_at.is_some();
    let coverage = &snapshot.coverage;
    match (known, coverage.procall_users, coverage.matched) {
        (true, 0, _) => Some(Flaw::NoUsers),
        (true, _, 0) => Some(Flaw::NobodyMatched),
        _ => None,
    }
}

fn of_links(snapshot: &Snapshot) -> impl Iterator<Item = Flaw> {
    let links = &snapshot.links;
    // What is said of the whole is not said of the hop again.
    let silent = links.procall_silent_since.is_some();
    let graph_down = snapshot.poll.down.is_some();
    let refused = snapshot.token.failure.is_some();
    let hops = [
        (Hop::Entra, &links.entra, refused),
        (Hop::GraphRead, &links.graph_read, graph_down),
        (Hop::GraphWrite, &links.graph_write, false),
        (Hop::Procall, &links.procall, silent),
        (Hop::Storage, &links.storage, false),
        (Hop::Alerts, &links.alerts, false),
    ];
    let hops = hops.into_iter().filter(|(.., said)| !said);
    hops.filter_map(|(hop, link, _)| of_hop(hop, link))
}

fn of_hop(hop: Hop, link: &Link) -> Option<Flaw> {
    let down = match link.status {
        LinkStatus::Down => true,
        LinkStatus::Degraded => false,
        LinkStatus::Idle | LinkStatus::Up => return None,
    };
    let why = link.last_error.as_ref().map(|(_, why)| why.clone());
    Some(Flaw::Hop { hop, down, why })
}

fn of_cluster(snapshot: &Snapshot) -> Option<Flaw> {
    let cluster = snapshot.cluster.as_ref()?;
    let EngineView::Lost { trouble, .. } = &cluster.engine else {
        return None;
    };
    Some(Flaw::EngineLost {
        why: trouble.clone(),
        stopped: snapshot.mode == Mode::Observing(ObserveReason::EngineLost),
    })
}

/// Whoever observes by flag or configuration wants it so, and whoever stands by shows nothing.
fn of_mode(mode: &Mode) -> Option<Flaw> {
    match mode {
        Mode::Paused => Some(Flaw::Paused),
        Mode::Observing(ObserveReason::NoState(why)) => Some(Flaw::NoState(why.to_string())),
        Mode::Observing(ObserveReason::NativeIntegration) => Some(Flaw::NativeIntegration),
        Mode::Writing | Mode::Observing(_) => None,
    }
}
