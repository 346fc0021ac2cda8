//! A manual presence as we set it, and how we know it again.

use std::time::Duration;

use jiff::Timestamp;

use super::wire::AbsentState;
use crate::presence::{ContactUri, MatchKey, ProcallPresence};

/// How far the end that the server tells may differ from the one we wrote: it may round.
const SAME_END: Duration = Duration::from_secs(1);
/// A manual presence that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manual {
    /// `eAbsentState` 2.
    Busy,
    /// `eAbsentState` 3. Clients may turn on call protection with it.
    DoNotDisturb,
}

impl Manual {
    /// The number on the wire.
    pub(crate) const fn wire(self) -> i64 {
        match self {
            Self::Busy => 2,
            Self::DoNotDisturb => 3,
        }
    }

    pub(super) const fn of(presence: ProcallPresence) -> Option<Self> {
        match presence {
            ProcallPresence::Unchanged => None,
            ProcallPresence::DoNotDisturb => Some(Self::DoNotDisturb),
            ProcallPresence::BusyInACall => Some(Self::Busy),
        }
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// Whose, by user name.
    pub(crate) user: MatchKey,
    /// Whose, for UCServer.
    pub(crate) contact: ContactUri,
    /// What.
    pub(crate) action: Action,
}

/// See [`Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Look what is set.
    Read,
    /// Set, until.
    Set(Manual, Timestamp),
    /// Take back.
    Reset,
}

/// A manual presence that we have set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) manual: Manual,
    pub(super) until: Timestamp,
}

impl Held {
    /// Whether what the server shows is what we wrote: the same state with the same end. A
    /// manual presence without an end is never ours.
    pub(super) fn is(self, shown: &AbsentState) -> bool {
        let same_end = shown
            .until
            .is_some_and(|until| until.duration_since(self.until).unsigned_abs() <= SAME_END);
        shown.state() == self.manual.wire() && same_end
    }
}
