//! What may be set already: by an earlier run, as the ledger says; and what of it stays at the end.

use std::time::Duration;

use jiff::Timestamp;

use super::absent::AbsentLeases;
use super::ledger_file::Remembered;
use super::manual::{Action, Held, Step};
use model::presence::{MatchKey, UserName};

/// Between two requests at the end of the program, when there are few seconds left.
const LAST_SPACING: Duration = Duration::from_millis(5);

impl AbsentLeases {
    /// The ledger says what an earlier run has set: what the server still shows of it is ours. The
    /// bridge says whether it is wanted, once it has read that; not having read it takes nothing back.
    pub(crate) fn remember(&mut self, remembered: Vec<Remembered>) {
        for Remembered { user, held } in remembered {
            let entry = self.entries.entry(user.key()).or_default();
            entry.remembered.extend(held);
            entry.undecided = true;
        }
    }

    /// Another lampfield writes: all of it is that one's, and nothing more is done about it here.
    pub(crate) fn let_go(&mut self) {
        let entries = std::mem::take(&mut self.entries).into_iter();
        let obstructed = entries.filter(|(_, entry)| entry.obstacle.is_some());
        self.changed.extend(obstructed.map(|(user, _)| user));
        self.queue.clear();
        self.forgotten.clear();
    }

    /// What may be set for a user once this step is done, for the ledger.
    pub(crate) fn may_be_set(&self, step: &Step) -> Option<Remembered> {
        let Action::Set(manual, until) = step.action else {
            return None;
        };
        let entry = self.entries.get(&step.user)?;
        let before = entry.remembered.iter().copied().chain(entry.held);
        Some(Remembered {
            user: UserName::new(step.user.as_str()),
            held: before.chain([Held { manual, until }]).collect(),
        })
    }

    /// Of whom nothing is set any more, for the ledger.
    pub(crate) fn take_forgotten(&mut self) -> Vec<MatchKey> {
        std::mem::take(&mut self.forgotten)
    }

    /// Whose presence we may have set.
    pub(crate) fn held_by(&self) -> impl Iterator<Item = &MatchKey> {
        let held = self.entries.iter().filter(|(_, entry)| entry.may_hold());
        held.map(|(user, _)| user)
    }

    /// The program ends: what is held is taken back, and nobody is to be spared any more.
    pub(crate) fn farewell(&mut self, now: Timestamp) {
        self.spacing = LAST_SPACING;
        self.next_read = now;
        self.next_write = now;
        self.suspend(true, now);
    }
}
