//! The chain of causes in the spelling of the JSON.

use jiff::SignedDuration;
use serde::Serialize;

use super::line::PairLine;
use crate::line::{millis, wall};
use model::answer::{Failure, RequestId};
use model::cause::Cause;
use model::presence::{CallActivity, CallKind, ProcallPresence};
use model::procall::PresenceStep;
use model::snapshot::{UserEvent, UserEventKind, Verdict};

/// One event, with what belongs to it.
#[derive(Default, Serialize)]
pub(super) struct EventLine {
    at: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<CallKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<Verdict>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teams: Option<PairLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    procall_presence: Option<ProcallPresence>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

impl EventLine {
    pub(super) fn new(event: &UserEvent, ahead: SignedDuration) -> Self {
        Self {
            at: wall(event.at, ahead),
            ..Self::of(&event.kind)
        }
    }

    fn of(kind: &UserEventKind) -> Self {
        use UserEventKind as Kind;
        match kind {
            Kind::CallRinging(kind) => Self::call("call_ringing", *kind),
            Kind::CallConnected(kind) => Self::call("call_connected", *kind),
            Kind::CallEnded(kind) => Self::call("call_ended", *kind),
            Kind::LeaseOrdered(activity) => Self::lease("lease_ordered", Some(*activity), None),
            Kind::WouldWrite(Some(activity)) => Self::lease("would_write", Some(*activity), None),
            Kind::WouldWrite(None) => Self::lease("would_clear", None, None),
            Kind::LeaseAccepted(activity, id) => {
                Self::lease("lease_accepted", Some(*activity), id.as_ref())
            }
            Kind::LeaseRenewed(activity, id) => {
                Self::lease("lease_renewed", Some(*activity), id.as_ref())
            }
            Kind::LeaseCleared(id) => Self::lease("lease_cleared", None, id.as_ref()),
            Kind::LeaseExpired => Self::lease("lease_expired", None, None),
            Kind::LeaseAdopted(activity) => Self::lease("lease_adopted", Some(*activity), None),
            Kind::WriteFailed(failure) => Self::failed(failure),
            Kind::Verdict(verdict, after) => Self {
                verdict: Some(*verdict),
                after_ms: Some(millis(*after)),
                ..Self::plain("verdict")
            },
            Kind::TeamsChanged(pair) => Self {
                teams: Some(PairLine::new(pair)),
                ..Self::plain("teams_changed")
            },
            Kind::EchoHeld => Self::plain("echo_held"),
            Kind::EchoReleased => Self::plain("echo_released"),
            Kind::ProcallSet(rule) => Self {
                rule: Some(&rule.rule().name),
                ..Self::procall("procall_set", rule.procall)
            },
            Kind::ProcallStep(step) => Self::step(*step),
            Kind::BecameStale => Self::plain("became_stale"),
            Kind::BecameFresh => Self::plain("became_fresh"),
            Kind::CallsStale => Self::plain("calls_stale"),
            Kind::CallsFresh => Self::plain("calls_fresh"),
        }
    }

    fn plain(event: &'static str) -> Self {
        Self {
            event,
            ..Self::default()
        }
    }

    fn call(event: &'static str, call: CallKind) -> Self {
        Self {
            call: Some(call),
            ..Self::plain(event)
        }
    }

    fn lease(event: &'static str, of: Option<CallActivity>, id: Option<&RequestId>) -> Self {
        Self {
            activity: of.map(CallActivity::as_str),
            request_id: id.cloned(),
            ..Self::plain(event)
        }
    }

    fn failed(failure: &Failure) -> Self {
        Self {
            cause: Some(failure.cause.clone()),
            status: failure.status,
            request_id: failure.request_id.clone(),
            ..Self::plain("write_failed")
        }
    }

    fn procall(event: &'static str, presence: ProcallPresence) -> Self {
        Self {
            procall_presence: Some(presence),
            ..Self::plain(event)
        }
    }

    fn step(step: PresenceStep) -> Self {
        match step {
            PresenceStep::Accepted(presence) => Self::procall("procall_accepted", presence),
            PresenceStep::ReadBack(presence) => Self::procall("procall_read_back", presence),
            PresenceStep::TakenBack => Self::plain("procall_taken_back"),
            PresenceStep::Gone => Self::plain("procall_gone"),
            PresenceStep::NotCarried => Self::plain("procall_not_carried"),
        }
    }
}
