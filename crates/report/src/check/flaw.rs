//! What is broken, whatever its value.

use serde::Serialize;

use super::{Area, State};
use model::cause::{Cause, Trouble};
use model::snapshot::{Link, LinkStatus, Mode, ObserveReason, Snapshot};

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
}

/// What is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A hop.
    Hop {
        /// Which.
        hop: Hop,
        /// Nothing gets through; otherwise some does.
        down: bool,
        /// What happened there last.
        why: Option<Trouble>,
    },
    /// Graph answers nobody.
    GraphDown(Trouble),
    /// There is no new token.
    Token(Trouble),
    /// The directory cannot be read.
    Directory(Trouble),
    /// The leases cannot be kept on disk, so nothing is written to Teams.
    NoState(String),
    /// The administrator has paused writing.
    Paused,
    /// estos' own Teams integration is active.
    NativeIntegration,
}

impl Flaw {
    /// How bad it is.
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::GraphDown(_) | Self::Token(_) | Self::NoState(_) => State::Critical,
            Self::Hop { down: true, .. } => State::Critical,
            Self::Hop { .. } | Self::Directory(_) | Self::Paused | Self::NativeIntegration => {
                State::Warning
            }
        }
    }

    /// Where it belongs.
    #[must_use]
    pub const fn area(&self) -> Area {
        match self {
            Self::Hop { .. } | Self::NoState(_) => Area::Hops,
            Self::GraphDown(_) => Area::Reading,
            Self::Token(_) => Area::Access,
            Self::Directory(_) => Area::Users,
            Self::Paused | Self::NativeIntegration => Area::Leases,
        }
    }

    /// The name in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Hop { down: true, .. } => "hop_down",
            Self::Hop { .. } => "hop_degraded",
            Self::GraphDown(_) => "graph_down",
            Self::Token(_) => "token_refused",
            Self::Directory(_) => "directory",
            Self::NoState(_) => "no_state",
            Self::Paused => "paused",
            Self::NativeIntegration => "native_integration",
        }
    }

    /// Why, where that is known.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        let trouble = match self {
            Self::Hop { why, .. } => why.as_ref(),
            Self::GraphDown(why) | Self::Token(why) | Self::Directory(why) => Some(why),
            Self::NoState(_) | Self::Paused | Self::NativeIntegration => None,
        };
        trouble.map(|trouble| &trouble.cause)
    }
}

/// Everything that is broken now.
pub(super) fn all(snapshot: &Snapshot) -> Vec<Flaw> {
    let links = &snapshot.links;
    let hops = [
        (Hop::Entra, &links.entra),
        (Hop::GraphRead, &links.graph_read),
        (Hop::GraphWrite, &links.graph_write),
        (Hop::Procall, &links.procall),
        (Hop::Storage, &links.storage),
    ];
    let hops = hops.into_iter().filter_map(|(hop, link)| of_hop(hop, link));
    let down = snapshot.poll.down.clone().map(Flaw::GraphDown);
    let token = snapshot.token.failure.as_ref();
    let token = token.map(|failure| Flaw::Token(failure.trouble()));
    let directory = snapshot.directory.failure.as_ref();
    let directory = directory.map(|failure| Flaw::Directory(failure.trouble()));
    let all = down.into_iter().chain(token).chain(hops).chain(directory);
    all.chain(of_mode(&snapshot.mode)).collect()
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

/// Whoever observes by flag or configuration wants it so.
fn of_mode(mode: &Mode) -> Option<Flaw> {
    match mode {
        Mode::Paused => Some(Flaw::Paused),
        Mode::Observing(ObserveReason::NoState(why)) => Some(Flaw::NoState(why.to_string())),
        Mode::Observing(ObserveReason::NativeIntegration) => Some(Flaw::NativeIntegration),
        Mode::Writing | Mode::Observing(_) => None,
    }
}
