//! Whose turn it is to be looked at, read, set or taken back: at a pace that leaves the server time.

use jiff::Timestamp;

use super::absent::AbsentLeases;
use super::manual::{Action, Entry, Step};
use model::clock::advance;
use model::presence::MatchKey;

impl AbsentLeases {
    /// The next step, if one is due.
    pub(crate) fn next_step(&mut self, now: Timestamp) -> Option<Step> {
        let user = self
            .queue
            .iter()
            .take_while(|(due, _)| *due <= now)
            .find(|(_, user)| self.is_ready(user, now))
            .map(|(_, user)| user.clone())?;
        let spacing = self.spacing;
        let entry = self.entries.get_mut(&user)?;
        let contact = entry.contact.clone()?;
        let due = entry.due.take()?;
        let action = entry.decided.unwrap_or(Action::Read);
        entry.decided = Some(action);
        self.queue.remove(&(due, user.clone()));
        let pace = match action {
            Action::Read => &mut self.next_read,
            Action::Set(..) | Action::Reset => &mut self.next_write,
        };
        *pace = advance(now, spacing);
        Some(Step {
            user,
            contact,
            action,
        })
    }

    fn is_ready(&self, user: &MatchKey, now: Timestamp) -> bool {
        self.entries
            .get(user)
            .is_some_and(|entry| entry.contact.is_some() && self.pace(entry) <= now)
    }

    fn pace(&self, entry: &Entry) -> Timestamp {
        match entry.decided {
            None | Some(Action::Read) => self.next_read,
            Some(Action::Set(..) | Action::Reset) => self.next_write,
        }
    }

    /// When to ask for the next step.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.queue
            .iter()
            .take(64)
            .filter_map(|(due, user)| {
                let entry = self.entries.get(user)?;
                entry.contact.as_ref()?;
                Some((*due).max(self.pace(entry)))
            })
            .min()
    }

    /// Looks at this user then, and not before.
    pub(super) fn schedule(&mut self, user: &MatchKey, at: Timestamp) {
        let Some(entry) = self.entries.get_mut(user) else {
            return;
        };
        if let Some(due) = entry.due.replace(at) {
            self.queue.remove(&(due, user.clone()));
        }
        self.queue.insert((at, user.clone()));
    }
}
