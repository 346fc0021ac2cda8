//! A lease as it is shown, and what the polls say about it.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::RequestId;
use crate::presence::{CallActivity, TeamsPresence};

/// A lease as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseView {
    /// What it asserts.
    pub activity: CallActivity,
    /// Where it stands.
    pub phase: LeasePhase,
    /// When it was first accepted; while it is being set, when it was ordered.
    pub set_at: Timestamp,
    /// When it ends by itself; with [`LeasePhase::Settling`], when the window ends.
    pub expires_at: Timestamp,
    /// When it will be renewed, if the call lasts.
    pub renew_at: Option<Timestamp>,
    /// How often it was renewed.
    pub renewals: u32,
    /// What the polls say.
    pub verdict: Verdict,
    /// From accepted to the read that gave the verdict.
    pub verdict_after: Option<Duration>,
    /// What hides it, with [`Verdict::Masked`].
    pub masked_by: Option<TeamsPresence>,
    /// `request-id` of the last accepted write.
    pub request_id: Option<RequestId>,
}

/// Where a lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeasePhase {
    /// It would be set if we were writing.
    Observed,
    /// Ordered, not accepted yet.
    Setting,
    /// Graph accepted it, and it has not expired.
    Held,
    /// The call is over; the clear is ordered.
    Clearing,
    /// Cleared or expired; InACall from Graph still counts as ours until the window ends.
    Settling,
}

/// What the polls say about a lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No poll has seen it yet.
    #[default]
    Pending,
    /// A poll has seen it.
    Confirmed,
    /// A status set by hand, or a stronger one, hides it.
    Masked,
    /// Graph accepted it, yet nothing came of it.
    NoEffect,
}

impl Verdict {
    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Masked => "masked",
            Self::NoEffect => "no_effect",
        }
    }
}

/// The leases, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseCounts {
    /// Held (confirmed, masked, without effect or pending).
    pub held: usize,
    /// Seen by a poll.
    pub confirmed: usize,
    /// Hidden by a status set by hand, or by a stronger one.
    pub masked: usize,
    /// Accepted by Graph, but not seen by a poll in time.
    pub no_effect: usize,
}
