//! Faults: what goes wrong, where, for whom, how often and how long.
//!
//! A fault is plain data, the same in a scenario file, in `POST /_control/fault` and in a test:
//! `{"kind":"status","status":429,"retry_after":{"seconds":10},"on":"presences","times":3}`.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};

/// Which requests a fault meets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum On {
    /// Every request, Entra and Graph.
    #[default]
    Any,
    /// Every request to Graph.
    Graph,
    /// Everything about presence: reading and writing.
    Presence,
    /// Everything about the directory.
    Directory,
    /// The token endpoint.
    Token,
    /// `POST /{tenant}/oauth2/v2.0/devicecode`
    DeviceCode,
    /// `GET /users`
    Users,
    /// `GET /users/$count`
    UsersCount,
    /// `GET /users/delta`
    Delta,
    /// `GET /users/{id}`
    User,
    /// `POST /communications/getPresencesByUserId`
    Presences,
    /// `GET /users/{id}/presence`, `GET /communications/presences/{id}`
    OnePresence,
    /// `…/setPresence`
    Set,
    /// `…/clearPresence`
    Clear,
    /// `…/setUserPreferredPresence`
    Prefer,
    /// `…/clearUserPreferredPresence`
    Unprefer,
    /// `…/setStatusMessage`
    StatusMessage,
    /// Anything that Graph does not have.
    Other,
}

impl On {
    /// The name in counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Graph => "graph",
            Self::Presence => "presence",
            Self::Directory => "directory",
            Self::Token => "token",
            Self::DeviceCode => "device_code",
            Self::Users => "users",
            Self::UsersCount => "users_count",
            Self::Delta => "delta",
            Self::User => "user",
            Self::Presences => "presences",
            Self::OnePresence => "one_presence",
            Self::Set => "set",
            Self::Clear => "clear",
            Self::Prefer => "prefer",
            Self::Unprefer => "unprefer",
            Self::StatusMessage => "status_message",
            Self::Other => "other",
        }
    }

    /// Whether the request counts against the presence limit.
    #[must_use]
    pub const fn is_presence(self) -> bool {
        matches!(
            self,
            Self::Presences
                | Self::OnePresence
                | Self::Set
                | Self::Clear
                | Self::Prefer
                | Self::Unprefer
                | Self::StatusMessage
        )
    }

    /// Whether the request changes presence.
    pub(super) const fn is_write(self) -> bool {
        matches!(
            self,
            Self::Set | Self::Clear | Self::Prefer | Self::Unprefer | Self::StatusMessage
        )
    }

    /// Whether Entra answers, not Graph.
    pub(super) const fn is_entra(self) -> bool {
        matches!(self, Self::Token | Self::DeviceCode)
    }

    /// Whether the request is about the directory.
    pub(super) const fn is_directory(self) -> bool {
        matches!(
            self,
            Self::Users | Self::UsersCount | Self::Delta | Self::User
        )
    }

    pub(super) fn meets(self, endpoint: Self) -> bool {
        match self {
            Self::Any => true,
            Self::Graph => !endpoint.is_entra(),
            Self::Presence => endpoint.is_presence(),
            Self::Directory => endpoint.is_directory(),
            one => one == endpoint,
        }
    }
}

/// A `Retry-After` header.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// A number of whole seconds.
    Seconds(u32),
    /// Seconds with a fraction.
    Decimal(f64),
    /// An HTTP date so many seconds ahead.
    HttpDate(u32),
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// This HTTP status with Graph's error body (403: with an empty message).
    Status {
        /// The HTTP status to answer with.
        status: u16,
        /// The header, where there is to be one.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// Entra refuses with this AADSTS code.
    Entra {
        /// For example 7000222.
        code: u32,
    },
    /// Entra asks a device sign-in to poll more slowly (RFC 8628, 3.5).
    SlowDown,
    /// The connection is reset instead of an answer.
    Reset,
    /// The request is carried out, and the connection is reset instead of an answer.
    AnswerLost,
    /// The answer comes in drops.
    SlowDrip {
        /// Bytes per second.
        bytes_per_s: u32,
    },
    /// Nothing comes for a while.
    Delay {
        /// How long, in milliseconds.
        ms: u64,
    },
    /// The body ends in the middle.
    Truncated,
    /// A proxy's page instead of the answer.
    Html {
        /// 200 or 503, mostly.
        status: u16,
    },
    /// The right body with a wrong `Content-Type`.
    WrongContentType,
    /// 302 to another place.
    Redirect {
        /// The whole address.
        to: String,
    },
    /// A body of this many MiB.
    HugeBody {
        /// How much, in mebibytes.
        mib: u32,
    },
    /// The `Date` header is off.
    ClockSkew {
        /// Seconds; negative = behind.
        seconds: i32,
    },
    /// `/users` is an empty list.
    EmptyDirectory,
    /// A nextLink that leads back to itself.
    NextLinkLoop,
    /// A nextLink to another host.
    NextLinkForeign {
        /// The whole address.
        to: String,
    },
    /// /users/delta answers 410 Gone with a `Location`.
    ResyncGone,
    /// /users/delta answers 400 syncStateNotFound.
    SyncStateNotFound,
    /// The token counts as expired.
    TokenExpired,
    /// The token counts as one without the needed role.
    RolesMissing,
    /// Reads are this old.
    ReadLag {
        /// 0 to 60.
        seconds: u32,
    },
    /// These values instead of the true ones; `None` = null.
    Value {
        /// For example `FutureValue`.
        availability: Option<String>,
        /// For example `Focusing`.
        activity: Option<String>,
    },
    /// Every field but the id is null.
    NullFields,
    /// availability and outOfOfficeSettings are missing.
    MissingFields,
    /// Fields that no documentation names.
    ExtraFields,
    /// The user is missing in the answer.
    Missing,
}

impl FaultKind {
    /// A status without `Retry-After`.
    #[must_use]
    pub const fn status(status: u16) -> Self {
        Self::Status {
            status,
            retry_after: None,
        }
    }

    /// 429 with this `Retry-After`.
    #[must_use]
    pub const fn throttled(retry_after: Option<RetryAfter>) -> Self {
        Self::Status {
            status: 429,
            retry_after,
        }
    }

    /// Whether the fault can show at all in an answer of this endpoint; a count is not used up
    /// where it cannot.
    pub(super) const fn can_meet(&self, endpoint: On) -> bool {
        match self {
            Self::Entra { .. } => endpoint.is_entra(),
            Self::SlowDown => matches!(endpoint, On::Token),
            Self::EmptyDirectory => matches!(endpoint, On::Users),
            Self::NextLinkLoop | Self::NextLinkForeign { .. } => {
                matches!(endpoint, On::Users | On::Delta)
            }
            Self::ResyncGone | Self::SyncStateNotFound => matches!(endpoint, On::Delta),
            Self::TokenExpired | Self::RolesMissing => !endpoint.is_entra(),
            kind if kind.is_of_values() => matches!(endpoint, On::Presences | On::OnePresence),
            _ => true,
        }
    }

    /// Whether the fault changes single users in an answer, not the answer as a whole.
    pub(super) const fn is_of_values(&self) -> bool {
        matches!(
            self,
            Self::Value { .. }
                | Self::NullFields
                | Self::MissingFields
                | Self::ExtraFields
                | Self::Missing
                | Self::ReadLag { .. }
        )
    }
}

/// One fault, ready to be injected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// What goes wrong.
    #[serde(flatten, deserialize_with = "of_tree")]
    pub kind: FaultKind,
    /// Which requests it meets.
    #[serde(default)]
    pub on: On,
    /// Only requests about this user (UPN or object id); for `presences`: that contain the id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// How often; `None` = without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// From when on, in virtual seconds from now.
    #[serde(default)]
    pub after_s: f64,
    /// How long, in virtual seconds; `None` = without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_s: Option<f64>,
    /// How likely it meets a request, 0 to 1.
    #[serde(default = "certain")]
    pub chance: f64,
}

const fn certain() -> f64 {
    1.0
}

/// What has many forms, of TOML or JSON: the code that tells them apart is long, and is compiled for one of them.
pub(super) fn of_tree<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<T, D::Error> {
    let tree = serde_json::Value::deserialize(from)?;
    T::deserialize(tree).map_err(Error::custom)
}

impl Fault {
    /// This fault on every request, from now on, without end.
    #[must_use]
    pub const fn new(kind: FaultKind) -> Self {
        Self {
            kind,
            on: On::Any,
            user: None,
            times: None,
            after_s: 0.0,
            for_s: None,
            chance: 1.0,
        }
    }

    /// Only on these requests.
    #[must_use]
    pub const fn on(mut self, on: On) -> Self {
        self.on = on;
        self
    }

    /// Only about this user (UPN or object id).
    #[must_use]
    pub fn for_user(mut self, user: &str) -> Self {
        self.user = Some(user.to_owned());
        self
    }

    /// Only so often.
    #[must_use]
    pub const fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only from so many virtual seconds on.
    #[must_use]
    pub const fn after(mut self, seconds: f64) -> Self {
        self.after_s = seconds;
        self
    }

    /// Only for so many virtual seconds.
    #[must_use]
    pub const fn lasting(mut self, seconds: f64) -> Self {
        self.for_s = Some(seconds);
        self
    }

    /// Only with this likelihood (0 to 1).
    #[must_use]
    pub const fn chance(mut self, chance: f64) -> Self {
        self.chance = chance;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_reads_as_it_is_written() {
        let fault = Fault::new(FaultKind::throttled(Some(RetryAfter::HttpDate(8))))
            .on(On::Presences)
            .times(3);
        let json = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
    }
}
