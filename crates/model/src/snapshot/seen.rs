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
    /// The same, and the bridge has ended, or the connection to it has: this is its last picture.
    Lost {
        /// When that was noticed, by the bridge's clock.
        since: Timestamp,
    },
}

impl Seen {
    /// Whether this is the last picture of a bridge that is not there any more.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }
}
