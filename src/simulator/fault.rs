//! Faults: what goes wrong, where, for whom, how often and how long.
//!
//! A fault is plain data, the same in a scenario file, in `POST /_control/fault` and in a test:
//! `{"kind":"status","status":429,"retry_after":{"seconds":10},"on":"presences","times":3}`.

use jiff::Timestamp;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::advance;

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

    /// Whether the request is about the directory.
    pub(super) const fn is_directory(self) -> bool {
        matches!(
            self,
            Self::Users | Self::UsersCount | Self::Delta | Self::User
        )
    }

    fn meets(self, endpoint: Self) -> bool {
        match self {
            Self::Any => true,
            Self::Graph => endpoint != Self::Token,
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
    /// Whole seconds.
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
        /// The status.
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
    /// The connection is reset instead of an answer.
    Reset,
    /// The answer comes in drops.
    SlowDrip {
        /// Bytes per second.
        bytes_per_s: u32,
    },
    /// Nothing comes for a while.
    Delay {
        /// Milliseconds.
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
        /// Mebibytes.
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
    #[serde(flatten)]
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
    pub fn of(mut self, user: &str) -> Self {
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

#[derive(Debug)]
struct Active {
    fault: Fault,
    from: Timestamp,
    until: Option<Timestamp>,
}

impl Active {
    fn holds(&self, now: Timestamp) -> bool {
        now >= self.from && self.until.is_none_or(|end| now < end) && self.fault.times != Some(0)
    }
}

/// A fault that meets a request: what, and whom it is restricted to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Met {
    pub(super) kind: FaultKind,
    pub(super) user: Option<String>,
    pub(super) chance: f64,
}

impl Met {
    /// Whether a fault of values concerns the user of this id. Without a name it concerns the
    /// same share of all users every time, so that an odd value stays where it is.
    pub(super) fn concerns(&self, id: Uuid, id_of: impl Fn(&str) -> Option<Uuid>) -> bool {
        match &self.user {
            Some(name) => Uuid::try_parse(name).ok().or_else(|| id_of(name)) == Some(id),
            None => f64::from(id.as_fields().0) <= self.chance * f64::from(u32::MAX),
        }
    }
}

/// All faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Active>);

impl Faults {
    /// From `now` (plus its delay) on.
    pub(super) fn add(&mut self, fault: Fault, now: Timestamp) {
        let seconds = |s: f64| std::time::Duration::try_from_secs_f64(s).unwrap_or_default();
        let from = advance(now, seconds(fault.after_s));
        let until = fault.for_s.map(|s| advance(from, seconds(s)));
        self.0.push(Active { fault, from, until });
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// None any more.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Those that meet a request to `endpoint`; `concerns` says whether it is about a user.
    pub(super) fn meet(
        &mut self,
        endpoint: On,
        concerns: impl Fn(&str) -> bool,
        now: Timestamp,
        rng: &mut ChaCha8Rng,
    ) -> Vec<Met> {
        let mut met = Vec::new();
        for active in self.0.iter_mut().filter(|active| active.holds(now)) {
            let fault = &mut active.fault;
            let named = fault.user.as_deref().is_none_or(&concerns);
            let certain = fault.chance >= 1.0 || fault.kind.is_of_values();
            let drawn = certain || rng.gen_bool(fault.chance.clamp(0.0, 1.0));
            if !fault.on.meets(endpoint) || !named || !drawn {
                continue;
            }
            fault.times = fault.times.map(|left| left.saturating_sub(1));
            met.push(Met {
                kind: fault.kind.clone(),
                user: fault.user.clone(),
                chance: fault.chance,
            });
        }
        self.0.retain(|active| {
            active.fault.times != Some(0) && active.until.is_none_or(|end| now < end)
        });
        met
    }

    /// What is in force right now, for the control.
    pub(super) fn list(&self, now: Timestamp) -> Vec<Fault> {
        let in_force = self.0.iter().filter(|active| active.holds(now));
        in_force.map(|active| active.fault.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rstest::rstest;

    use super::*;

    fn met(faults: &mut Faults, endpoint: On, user: &str, second: u64) -> usize {
        let now = advance(
            Timestamp::UNIX_EPOCH,
            std::time::Duration::from_secs(second),
        );
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        faults.meet(endpoint, |u| u == user, now, &mut rng).len()
    }

    #[rstest]
    #[case(On::Any, On::Token, true)]
    #[case(On::Graph, On::Token, false)]
    #[case(On::Graph, On::Users, true)]
    #[case(On::Presence, On::Clear, true)]
    #[case(On::Presence, On::Users, false)]
    #[case(On::Directory, On::Delta, true)]
    #[case(On::Set, On::Clear, false)]
    fn a_fault_meets_its_endpoints(#[case] on: On, #[case] endpoint: On, #[case] expected: bool) {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Reset).on(on), Timestamp::UNIX_EPOCH);
        assert_eq!(met(&mut faults, endpoint, "", 0) == 1, expected);
    }

    #[test]
    fn a_fault_with_a_count_ends_after_it() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::Reset).times(2), Timestamp::UNIX_EPOCH);
        let hits: Vec<_> = (0..4).map(|s| met(&mut faults, On::Users, "", s)).collect();
        assert_eq!(hits, [1, 1, 0, 0]);
    }

    #[test]
    fn a_fault_has_a_beginning_and_an_end() {
        let mut faults = Faults::default();
        faults.add(
            Fault::new(FaultKind::Reset).after(10.0).lasting(5.0),
            Timestamp::UNIX_EPOCH,
        );
        let hits: Vec<_> = [9, 10, 14, 15]
            .map(|s| met(&mut faults, On::Users, "", s))
            .into();
        assert_eq!(hits, [0, 1, 1, 0]);
    }

    #[test]
    fn a_fault_of_one_user_spares_the_others() {
        let mut faults = Faults::default();
        faults.add(
            Fault::new(FaultKind::status(500)).of("anna"),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(met(&mut faults, On::Set, "bernd", 0), 0);
        assert_eq!(met(&mut faults, On::Set, "anna", 0), 1);
    }

    #[test]
    fn a_fault_reads_as_it_is_written() {
        let fault = Fault::new(FaultKind::throttled(Some(RetryAfter::HttpDate(8))))
            .on(On::Presences)
            .times(3);
        let json = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<Fault>(&json).unwrap(), fault);
    }
}
