//! A manual presence as we set it, how we know it again, and what is known of one user's.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::wire::AbsentState;
use crate::Obstacle;
use model::clock::elapsed;
use model::presence::{ContactUri, MatchKey, ProcallPresence};

/// How far the end that the server tells may differ from the one we wrote: it may round.
const SAME_END: Duration = Duration::from_secs(1);

/// A manual presence that we write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

    /// What it stands for.
    pub(super) const fn presence(self) -> ProcallPresence {
        match self {
            Self::Busy => ProcallPresence::BusyInACall,
            Self::DoNotDisturb => ProcallPresence::DoNotDisturb,
        }
    }

    pub(super) const fn for_presence(presence: ProcallPresence) -> Option<Self> {
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
    /// The user, by name.
    pub(crate) user: MatchKey,
    /// The same user, as UCServer calls the contact.
    pub(crate) contact: ContactUri,
    /// What to do with the user's absent state.
    pub(crate) action: Action,
}

/// What a [`Step`] does with a user's absent state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Look what is set.
    Read,
    /// Set this state; it ends by itself at this time.
    Set(Manual, Timestamp),
    /// Take back what we have set.
    Reset,
}

/// A manual presence that we have set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What is wished, held and known of one user.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) contact: Option<ContactUri>,
    pub(super) wish: Option<Manual>,
    pub(super) held: Option<Held>,
    /// What may be set as well: by an earlier run according to the ledger, or by a request that was
    /// not answered. The next look shows whether it is.
    pub(super) remembered: Vec<Held>,
    /// Nothing is done about that: the bridge has not said yet whether it is wanted. It ends by itself where it never does.
    pub(super) undecided: bool,
    /// What is held was read back.
    pub(super) confirmed: bool,
    /// How often in a row what was held was gone before its time.
    pub(super) losses: u32,
    pub(super) may_set: bool,
    pub(super) obstacle: Option<Obstacle>,
    /// When to look next; nothing while a step is under way or there is no reason to look.
    pub(super) due: Option<Timestamp>,
    /// What the last look has decided.
    pub(super) decided: Option<Action>,
}

impl Entry {
    pub(super) const fn is_under_way(&self) -> bool {
        self.decided.is_some()
    }

    /// Whether something of ours may be set.
    pub(super) const fn may_hold(&self) -> bool {
        self.held.is_some() || !self.remembered.is_empty()
    }

    /// What an earlier run has set is ours, where it is what the server shows.
    pub(super) fn recognise(&mut self, shown: &AbsentState) {
        let remembered = std::mem::take(&mut self.remembered);
        if let Some(ours) = remembered.into_iter().find(|held| held.is(shown)) {
            self.held = Some(ours);
        }
    }

    /// Nobody will answer the step under way: what it was to set may be set all the same.
    pub(super) fn break_off(&mut self) {
        if let Some(Action::Set(manual, until)) = self.decided.take() {
            self.remembered.push(Held { manual, until });
        }
    }

    /// What was held is gone.
    pub(super) const fn lose(&mut self) {
        self.held = None;
        self.confirmed = false;
        self.losses = self.losses.saturating_add(1);
    }

    /// Whether it is held as wished, with more than half of its time left; `there` is the
    /// server's time.
    pub(super) fn is_fresh(&self, wish: Manual, lease: Duration, there: Timestamp) -> bool {
        self.held
            .is_some_and(|held| held.manual == wish && elapsed(there, held.until) > lease / 2)
    }
}
