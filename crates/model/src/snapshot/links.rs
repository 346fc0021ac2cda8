//! Every hop of the way, and the directory.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::Failure;
use crate::cause::Trouble;

/// When Entra's directory was read, and how many users it had.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct DirectoryView {
    /// Users in Entra.
    pub entra_users: usize,
    /// When it was last read in full.
    pub full_at: Option<Timestamp>,
    /// When a delta was last read.
    pub delta_at: Option<Timestamp>,
    /// Why the last attempt failed, if it did.
    pub failure: Option<Arc<Failure>>,
}

impl DirectoryView {
    /// Whether it was ever read: before that nobody knows who would be matched.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.full_at.is_some() || self.delta_at.is_some()
    }
}

/// Every hop of the way.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct Links {
    /// The token endpoint.
    pub entra: Link,
    /// Requests that read presence.
    pub graph_read: Link,
    /// Requests that set or clear presence.
    pub graph_write: Link,
    /// The ProCall source.
    pub procall: Link,
    /// Since when nothing has been heard of ProCall, where that is too long ago: what is shown of
    /// its calls is as old as that, and no lease is renewed.
    pub procall_silent_since: Option<Timestamp>,
    /// Log and ledger on disk.
    pub storage: Link,
    /// Alerts to whoever is told of problems; never used where nobody is.
    #[serde(default)]
    pub alerts: Link,
}

/// One hop of the way: whether it works, and since when not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whether it works.
    pub status: LinkStatus,
    /// When it last worked.
    pub last_ok: Option<Timestamp>,
    /// When it last failed, and how.
    pub last_error: Option<(Timestamp, Trouble)>,
    /// How long the last use took.
    pub latency: Option<Duration>,
}

/// Whether a hop works, judged by its last uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// Not used yet.
    #[default]
    Idle,
    /// The last use worked.
    Up,
    /// Some uses fail.
    Degraded,
    /// The last uses failed.
    Down,
}
