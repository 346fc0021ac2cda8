//! What a member of a cluster takes over from the leader before it, besides the leases: what the
//! administrator has paused, cleared and chosen, and why each lamp is what it is.

use jiff::Timestamp;

use super::Core;
use model::command::Command;
use model::snapshot::{Mode, Note, Snapshot};

impl Core {
    /// `last` is what that leader showed last, at `told_at` by our clock. What this member saw after it goes on
    /// behind it.
    pub(super) fn take_over(&mut self, last: &Snapshot, told_at: Timestamp, now: Timestamp) {
        // An interval of the leader's configuration is not ours.
        if last.poll.chosen {
            self.set_interval(last.poll.interval, true);
        }
        if last.mode == Mode::Paused {
            self.obey(Command::PauseWriting, now);
        }
        for row in last.rows.iter() {
            let Some(ix) = self.roster.index_of_key(&row.user_name.key()) else {
                continue;
            };
            if let Some(user) = self.roster.at_mut(ix) {
                user.continue_history(&row.history, told_at);
            }
            self.touch(ix);
            if row.cleared {
                self.states.suppress_before(&row.user_name.key(), told_at);
            }
            if row.notes.contains(&Note::Paused) {
                self.obey(Command::PauseUser(row.user_name.clone()), now);
            }
        }
    }
}
