//! The lampfields of one tenant on several machines: who leads, who stands by, and how their engine is.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cause::Trouble;

/// What one member knows of its cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClusterView {
    /// The member that writes, where one is known: see [`MemberView::name`].
    pub leader: Option<Arc<str>>,
    /// Everybody who was there a moment ago, this one included, by name.
    pub members: Arc<[MemberView]>,
    /// The number that the leader writes with; it grows with each leader. 0 where none is known.
    pub fence: u64,
    /// The server that the members agree on.
    pub engine: EngineView,
}

/// One lampfield of a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// Machine and process: `host:pid`.
    pub name: Arc<str>,
    /// When it started, as a time of day.
    pub since: Timestamp,
    /// What it lacks to lead, as it says itself: whoever shows the leader's picture shows nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// Redis or Valkey, as one member sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineView {
    /// It was not heard yet.
    #[default]
    Unheard,
    /// It answers.
    Answers,
    /// It was started anew or promoted: nobody may lead for some seconds.
    Settling,
    /// It does not do its work.
    Lost {
        /// When it last did, by the bridge's clock; at a member that never heard it, its start.
        since: Timestamp,
        /// Why.
        trouble: Trouble,
    },
}

impl EngineView {
    /// Whether it does its work.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self, Self::Lost { .. })
    }

    /// The name in JSON.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unheard => "unheard",
            Self::Answers => "answers",
            Self::Settling => "settling",
            Self::Lost { .. } => "lost",
        }
    }
}
