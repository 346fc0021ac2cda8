//! What a member of a cluster takes over from the leader before it, besides the leases: what the
//! administrator has paused, and why each lamp is what it is.

use jiff::Timestamp;

use super::Core;
use model::command::Command;
use model::snapshot::{Mode, Note, Snapshot};

impl Core {
    /// `last` is what that leader showed last. What this member saw after it goes on behind it.
    pub(super) fn take_over(&mut self, last: &Snapshot, now: Timestamp) {
        if last.mode == Mode::Paused {
            self.obey(Command::PauseWriting, now);
        }
        for row in last.rows.iter() {
            let Some(ix) = self.roster.index_of_key(&row.user_name.key()) else {
                continue;
            };
            if let Some(user) = self.roster.at_mut(ix) {
                user.continue_history(&row.history, last.at);
            }
            self.touch(ix);
            if row.notes.contains(&Note::Paused) {
                self.obey(Command::PauseUser(row.user_name.clone()), now);
            }
        }
    }
}
