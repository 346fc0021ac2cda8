//! Whose picture it is, and how it was seen.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The process that polls and writes for the tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeView {
    /// Its process id.
    pub pid: u32,
    /// Its machine.
    pub host: Arc<str>,
    /// When it started, as a time of day.
    pub since: Timestamp,
    /// Its version of lampfield; empty where it does not say.
    #[serde(default)]
    pub version: Arc<str>,
}

/// How a snapshot came to whoever shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seen {
    /// The bridge is in this process.
    #[default]
    Own,
    /// From the running bridge of another process.
    Attached {
        /// How many look at that bridge, this process included.
        watchers: usize,
    },
    /// From the engine of its cluster: the leader's picture. No bridge of it is on this machine.
    ThroughEngine,
    /// The same as either, and the bridge has ended, or the connection to it has: this is its last picture.
    Lost {
        /// When that was noticed, by the bridge's clock.
        since: Timestamp,
    },
    /// From a recording: this is the past.
    Past(PastView),
}

/// Which moment of a recording is shown, and how it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastView {
    /// The moment, as a time of day.
    pub moment: Timestamp,
    /// So many seconds of the recording go by in one of ours; 0: it stands still.
    pub speed: u32,
    /// What is missing there.
    pub lack: Option<Lack>,
    /// Whether there is a live bridge to come back to.
    pub live: bool,
}

/// Why something is missing in a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// It was recorded and cannot be read.
    Damaged,
    /// Nothing was recorded.
    NotRecorded,
}

/// A time of which a recording shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lack {
    /// From when on: the last moment that can be shown.
    pub from: Timestamp,
    /// Until when: the next moment that can be shown; nothing where none follows in its file.
    pub to: Option<Timestamp>,
    /// Why.
    pub why: Missing,
}

impl Seen {
    /// The moment of a recording, where this is one.
    #[must_use]
    pub const fn past(&self) -> Option<&PastView> {
        match self {
            Self::Past(past) => Some(past),
            _ => None,
        }
    }

    /// Whether this is the last picture of a bridge that is not there any more.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}
