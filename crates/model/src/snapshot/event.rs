//! One link of the chain of causes of a user.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lease::Verdict;
use crate::answer::{Failure, RequestId};
use crate::presence::{BuiltInRule, CallActivity, CallKind, TeamsPresence};
use crate::procall::PresenceStep;

/// One link of the chain of causes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEvent {
    /// When, to the millisecond.
    pub at: Timestamp,
    /// What happened.
    pub kind: UserEventKind,
}

/// What can happen to a user, from the call to the lamp and back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserEventKind {
    /// A call rings.
    CallRinging(CallKind),
    /// A call is connected.
    CallConnected(CallKind),
    /// A call is over.
    CallEnded(CallKind),
    /// A lease was ordered.
    LeaseOrdered(CallActivity),
    /// We only observe: this would have been written (`None`: cleared).
    WouldWrite(Option<CallActivity>),
    /// Graph accepted the lease.
    LeaseAccepted(CallActivity, Option<RequestId>),
    /// Graph accepted the renewal.
    LeaseRenewed(CallActivity, Option<RequestId>),
    /// Graph accepted the clear (or there was nothing to clear).
    LeaseCleared(Option<RequestId>),
    /// The lease ran out before it could be cleared.
    LeaseExpired,
    /// A lease of an earlier run was taken over.
    LeaseAdopted(CallActivity),
    /// A write failed.
    WriteFailed(Arc<Failure>),
    /// A read gave a verdict, so long after the write was accepted (to the millisecond).
    Verdict(Verdict, Duration),
    /// Teams shows something else.
    TeamsChanged(TeamsPresence),
    /// Our own InACall came back and was held.
    EchoHeld,
    /// InACall stayed after the settling window: a real Teams call.
    EchoReleased,
    /// ProCall was told, by this rule of the mapping.
    ProcallSet(BuiltInRule),
    /// What became of it in ProCall.
    ProcallStep(PresenceStep),
    /// The value became stale.
    BecameStale,
    /// It is fresh again.
    BecameFresh,
    /// ProCall is silent: the call may have ended unheard, and its lease is not renewed.
    CallsStale,
    /// ProCall has told all calls anew.
    CallsFresh,
}
