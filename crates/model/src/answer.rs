//! What comes back from Microsoft, in our words. Plain data: the state machine reads it.

mod request_id;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use request_id::{IdText, RequestId};

use crate::cause::{Cause, Trouble};
use crate::clock::elapsed;
use crate::presence::{EntraId, TeamsPresence};

/// When a request was due, began, was answered and ended. Lateness (due to begun) is ours,
/// latency (begun to ended) is the network's and Microsoft's; they are never added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestTiming {
    /// When it should have begun.
    pub scheduled: Timestamp,
    /// When it went on the wire (the budget's wait is over).
    pub started: Timestamp,
    /// When the first byte of the answer's head arrived; nothing where none did.
    pub first_byte: Option<Timestamp>,
    /// When the body was complete, or the request had failed.
    pub finished: Timestamp,
}

impl RequestTiming {
    /// Of a request that never went out.
    #[must_use]
    pub const fn at(now: Timestamp) -> Self {
        Self {
            scheduled: now,
            started: now,
            first_byte: None,
            finished: now,
        }
    }

    /// Begun to ended.
    #[must_use]
    pub fn latency(&self) -> Duration {
        elapsed(self.started, self.finished)
    }

    /// Due to begun.
    #[must_use]
    pub fn lateness(&self) -> Duration {
        elapsed(self.scheduled, self.started)
    }
}

/// One user's entry in the answer of `getPresencesByUserId`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceReading {
    /// Whose.
    pub id: EntraId,
    /// The pair; nothing where a value was null, missing or no string.
    pub presence: Option<TeamsPresence>,
    /// `outOfOfficeSettings.isOutOfOffice`.
    pub out_of_office: bool,
}

/// A write that Graph accepted. Not yet a success: the next polls say whether it took effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Of the answer.
    pub request_id: Option<RequestId>,
    /// `clearPresence` answered 404: there was no session any more.
    pub already_gone: bool,
}

/// Who goes first when the budget is short. In the order of precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// End of a call: a wrong lamp is being put right.
    Clear,
    /// Start of a call.
    Set,
    /// A lease that runs out within two minutes.
    Renew,
    /// Reading presence.
    Poll,
    /// Reading the directory.
    Directory,
}

impl Priority {
    /// All of them, in the order of precedence.
    pub const ALL: [Self; 5] = [
        Self::Clear,
        Self::Set,
        Self::Renew,
        Self::Poll,
        Self::Directory,
    ];

    /// The name in JSON and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Set => "set",
            Self::Renew => "renew",
            Self::Poll => "poll",
            Self::Directory => "directory",
        }
    }
}

/// What kind of failure it was: what the program does about it depends on this alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Entra refused the credentials; another try will not help before somebody acts.
    Credentials,
    /// Graph does not take the token (401), after one forced renewal.
    Unauthorized,
    /// The application lacks a permission (403).
    Permission,
    /// The user or session does not exist (404).
    NotFound,
    /// Graph does not like the request (400 and other 4xx).
    Rejected,
    /// 429, or 503/504 with a Retry-After.
    Throttled,
    /// 5xx.
    Server,
    /// No connection, reset, name not resolved, TLS.
    Network,
    /// No answer in time.
    Timeout,
    /// An answer that is no Graph answer: HTML of a proxy, truncated, not JSON, too large.
    Garbled,
    /// A redirect or nextLink to another host: refused, the token stays here.
    ForeignHost,
    /// The delta token is not valid any more: the full list is due.
    Resync,
}

impl FailureKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Credentials,
        Self::Unauthorized,
        Self::Permission,
        Self::NotFound,
        Self::Rejected,
        Self::Throttled,
        Self::Server,
        Self::Network,
        Self::Timeout,
        Self::Garbled,
        Self::ForeignHost,
        Self::Resync,
    ];

    /// The name in JSON and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credentials => "credentials",
            Self::Unauthorized => "unauthorized",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::Rejected => "rejected",
            Self::Throttled => "throttled",
            Self::Server => "server",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Garbled => "garbled",
            Self::ForeignHost => "foreign_host",
            Self::Resync => "resync",
        }
    }

    /// Whether the same request may succeed later without anybody acting.
    #[must_use]
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Throttled | Self::Server | Self::Network | Self::Timeout | Self::Garbled
        )
    }
}

/// A failed request, for an administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error, Deserialize)]
#[error("{message}")]
pub struct Failure {
    /// What the program does about it.
    pub kind: FailureKind,
    /// What went wrong. Whatever else depends on the failure is decided by it.
    pub cause: Cause,
    /// What failed, why, what to do, with the request-id where there is one. Harmless text without
    /// secrets; it is shown, never read.
    pub message: Arc<str>,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Of the answer.
    pub request_id: Option<RequestId>,
    /// How long Microsoft asks us to wait, already held to five minutes.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// A failure without an answer, and without more than its kind for a cause.
    #[must_use]
    pub fn new(kind: FailureKind, message: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            cause: Cause::Unexplained,
            message: message.into(),
            status: None,
            request_id: None,
            retry_after: None,
        }
    }

    /// The same, for this cause.
    #[must_use]
    pub fn because(self, cause: Cause) -> Self {
        Self { cause, ..self }
    }

    /// The cause with its sentence.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        Trouble::new(self.cause.clone(), Arc::clone(&self.message))
    }

    /// Whether it says the same again: the same cause, be it of another request.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let answer = |failure: &Self| (failure.kind, failure.status, failure.aadsts());
        // How long to wait and how far a clock is off change from answer to answer.
        answer(self) == answer(other) && (self.status.is_some() || self.cause == other.cause)
    }

    /// The number of an Entra error (`AADSTS…`): only for explanations, because Microsoft reserves
    /// the right to change them.
    #[must_use]
    pub const fn aadsts(&self) -> Option<u32> {
        match self.cause {
            Cause::Entra { code } => Some(code),
            _ => None,
        }
    }
}

/// The budget as the console shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetView {
    /// Requests of the last 30 s, throttled ones included.
    pub used_30s: u32,
    /// The documented limit.
    pub limit_30s: u32,
    /// What we allow ourselves (80 % of the limit, less after a 429).
    pub allowed_30s: u32,
    /// Nothing is sent before this.
    pub throttled_until: Option<Timestamp>,
    /// How many 429 there were since the start.
    pub throttled_total: u64,
    /// Requests that wait for their turn.
    pub waiting: u32,
    /// Requests to Graph since the start, by what they were for; one that none was sent for is left
    /// out. Those for a token are not among them.
    #[serde(default)]
    pub sent_total: BTreeMap<Priority, u64>,
    /// Calls of Graph that failed since the start, by kind; one that never happened is left out. A
    /// 404 that says that nothing was left to clear is none.
    #[serde(default)]
    pub failed_total: BTreeMap<FailureKind, u64>,
}

/// The access token as the console shows it. Never the token itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// When it ends; nothing before the first one.
    pub expires_at: Option<Timestamp>,
    /// When it was last renewed.
    pub renewed_at: Option<Timestamp>,
    /// The application permissions in it (`roles`), for display only.
    pub roles: Arc<[Arc<str>]>,
    /// Why the last attempt failed, if it did.
    pub failure: Option<Failure>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u32, id: &str) -> Failure {
        Failure {
            status: Some(401),
            request_id: Some(RequestId(id.into())),
            cause: Cause::Entra { code },
            ..Failure::new(FailureKind::Credentials, format!("(trace {id})"))
        }
    }

    #[test]
    fn a_failure_is_like_one_of_another_request_and_unlike_one_of_another_cause() {
        let expired = refused(7_000_222, "1");
        let again = refused(7_000_222, "2");
        let wrong = refused(7_000_215, "3");
        assert!(expired.is_like(&again));
        assert!(!expired.is_like(&wrong));
        let doubted = |now| {
            Failure::new(FailureKind::Garbled, "doubted").because(Cause::Shrunk { before: 9, now })
        };
        assert!(doubted(0).is_like(&doubted(0)));
        assert!(!doubted(0).is_like(&doubted(5)));
    }
}
