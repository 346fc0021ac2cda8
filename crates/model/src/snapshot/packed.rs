//! Events as bytes: how long after the one before (milliseconds), what kind, and what belongs to
//! it, as `postcard` writes it: numbers take as many bytes as they need, small sets one.
//!
//! Only for memory: nothing of this is ever on disk or on the wire.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::event::UserEventKind as Kind;
use super::lease::Verdict;
use crate::answer::{Failure, RequestId};
use crate::presence::{BuiltInRule, CallActivity, CallKind, TeamsPresence};
use crate::procall::PresenceStep;

/// Those there are and one more event, so many milliseconds after the one before. There is room for what is written,
/// and postcard knows no other fault of these types.
pub(super) fn append(packed: Vec<u8>, after_ms: i64, kind: &Kind) -> Option<Vec<u8>> {
    postcard::to_extend(&(after_ms, Packed::from(kind)), packed).ok()
}

/// The first event, how long after the one before it happened (milliseconds), and the bytes behind
/// it; nothing at the end. A write that failed takes the first of `failures`.
pub(super) fn first<'a>(
    packed: &'a [u8],
    failures: &mut &[Arc<Failure>],
) -> Option<(i64, Kind, &'a [u8])> {
    let ((after_ms, event), rest) = postcard::take_from_bytes::<(i64, Packed)>(packed).ok()?;
    Some((after_ms, event.kind(failures)?, rest))
}

/// What is kept of an event's kind.
#[derive(Serialize, Deserialize)]
enum Packed {
    CallRinging(CallKind),
    CallConnected(CallKind),
    CallEnded(CallKind),
    LeaseOrdered(CallActivity),
    WouldWrite(Option<CallActivity>),
    LeaseAccepted(CallActivity, PackedId),
    LeaseRenewed(CallActivity, PackedId),
    LeaseCleared(PackedId),
    LeaseExpired,
    LeaseAdopted(CallActivity),
    /// Its failure is kept beside the bytes: many users share one.
    WriteFailed,
    /// With milliseconds.
    Verdict(Verdict, u64),
    TeamsChanged([u16; 2]),
    EchoHeld,
    EchoReleased,
    /// The place of the rule among the rows of the mapping.
    ProcallSet(u8),
    ProcallStep(PresenceStep),
    BecameStale,
    BecameFresh,
    CallsStale,
    CallsFresh,
}

/// A `request-id`: nearly always a GUID, whose text would take more than twice the room.
#[derive(Serialize, Deserialize)]
enum PackedId {
    None,
    Guid([u8; 16]),
    Text(String),
}

impl From<&Kind> for Packed {
    fn from(kind: &Kind) -> Self {
        match kind {
            Kind::CallRinging(call) => Self::CallRinging(*call),
            Kind::CallConnected(call) => Self::CallConnected(*call),
            Kind::CallEnded(call) => Self::CallEnded(*call),
            Kind::LeaseOrdered(activity) => Self::LeaseOrdered(*activity),
            Kind::WouldWrite(activity) => Self::WouldWrite(*activity),
            Kind::LeaseAccepted(activity, id) => Self::LeaseAccepted(*activity, id.into()),
            Kind::LeaseRenewed(activity, id) => Self::LeaseRenewed(*activity, id.into()),
            Kind::LeaseCleared(id) => Self::LeaseCleared(id.into()),
            Kind::LeaseExpired => Self::LeaseExpired,
            Kind::LeaseAdopted(activity) => Self::LeaseAdopted(*activity),
            Kind::WriteFailed(_) => Self::WriteFailed,
            Kind::Verdict(verdict, after) => Self::Verdict(
                *verdict,
                u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
            ),
            Kind::TeamsChanged(presence) => Self::TeamsChanged(presence.codes()),
            Kind::EchoHeld => Self::EchoHeld,
            Kind::EchoReleased => Self::EchoReleased,
            Kind::ProcallSet(rule) => Self::ProcallSet(rule.place()),
            Kind::ProcallStep(step) => Self::ProcallStep(*step),
            Kind::BecameStale => Self::BecameStale,
            Kind::BecameFresh => Self::BecameFresh,
            Kind::CallsStale => Self::CallsStale,
            Kind::CallsFresh => Self::CallsFresh,
        }
    }
}

impl Packed {
    fn kind(self, failures: &mut &[Arc<Failure>]) -> Option<Kind> {
        Some(match self {
            Self::CallRinging(call) => Kind::CallRinging(call),
            Self::CallConnected(call) => Kind::CallConnected(call),
            Self::CallEnded(call) => Kind::CallEnded(call),
            Self::LeaseOrdered(activity) => Kind::LeaseOrdered(activity),
            Self::WouldWrite(activity) => Kind::WouldWrite(activity),
            Self::LeaseAccepted(activity, id) => Kind::LeaseAccepted(activity, id.into()),
            Self::LeaseRenewed(activity, id) => Kind::LeaseRenewed(activity, id.into()),
            Self::LeaseCleared(id) => Kind::LeaseCleared(id.into()),
            Self::LeaseExpired => Kind::LeaseExpired,
            Self::LeaseAdopted(activity) => Kind::LeaseAdopted(activity),
            Self::WriteFailed => Kind::WriteFailed(failures.split_off_first()?.clone()),
            Self::Verdict(verdict, after) => Kind::Verdict(verdict, Duration::from_millis(after)),
            Self::TeamsChanged(codes) => Kind::TeamsChanged(TeamsPresence::of_codes(codes)),
            Self::EchoHeld => Kind::EchoHeld,
            Self::EchoReleased => Kind::EchoReleased,
            Self::ProcallSet(at) => Kind::ProcallSet(BuiltInRule::at(at)),
            Self::ProcallStep(step) => Kind::ProcallStep(step),
            Self::BecameStale => Kind::BecameStale,
            Self::BecameFresh => Kind::BecameFresh,
            Self::CallsStale => Kind::CallsStale,
            Self::CallsFresh => Kind::CallsFresh,
        })
    }
}

impl From<&Option<RequestId>> for PackedId {
    fn from(id: &Option<RequestId>) -> Self {
        let Some(RequestId(id)) = id else {
            return Self::None;
        };
        id.guid().map_or_else(
            || Self::Text(id.to_string()),
            |guid| Self::Guid(guid.into_bytes()),
        )
    }
}

impl From<PackedId> for Option<RequestId> {
    fn from(id: PackedId) -> Self {
        match id {
            PackedId::None => None,
            PackedId::Guid(bytes) => Some(RequestId(Uuid::from_bytes(bytes).into())),
            PackedId::Text(text) => Some(RequestId(text.into())),
        }
    }
}
