//! What a member says of itself, through the engine.

use std::sync::Arc;

use cluster::MemberId;
use jiff::Timestamp;
use model::cause::Trouble;
use serde::{Deserialize, Serialize};

/// What a member says of itself.
#[derive(Serialize, Deserialize)]
pub(super) struct About {
    pub(super) name: Arc<str>,
    pub(super) since: Timestamp,
    /// The number that it leads with.
    #[serde(default)]
    pub(super) leads: Option<u64>,
    /// What it lacks to lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trouble: Option<Trouble>,
}

/// In an order in which whoever looks finds them again.
pub(super) fn sort_by_name(members: &mut [(MemberId, About)]) {
    members.sort_unstable_by(|(one, a), (other, b)| (&a.name, one.0).cmp(&(&b.name, other.0)));
}
