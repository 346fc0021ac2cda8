//! From what is remembered to what is shown: rows are rebuilt only where something changed.

use super::super::event::Effect;
use super::Core;
use super::user::User;
use model::presence::EntraId;
use model::snapshot::UserRow;

impl Core {
    /// Something about this user may have changed visibly.
    pub(super) fn touch(&mut self, ix: usize) {
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        if user.touch() {
            self.rows.touch(ix);
        }
    }

    /// Something about all users may have changed visibly.
    pub(super) fn touch_all(&mut self) {
        for ix in 0..self.roster.users().len() {
            self.touch(ix);
        }
    }

    /// The same, by Entra's id; nothing where nobody has it.
    pub(super) fn touch_id(&mut self, id: EntraId) {
        if let Some(ix) = self.roster.index_of(id) {
            self.touch(ix);
        }
    }

    /// Rebuilds the rows of all users that were touched.
    pub(super) fn refresh_rows(&mut self) {
        let touched = self.rows.take_touched();
        for ix in &touched {
            self.refresh_row(*ix);
        }
        self.rows.keep_list(touched);
    }

    fn refresh_row(&mut self, ix: usize) {
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        user.refreshed(self.leases.has(user.id()));
        let Some(user) = self.roster.at(ix) else {
            return;
        };
        let row = self.row_of(user);
        let user = self.roster.at_mut(ix);
        if let Some(row) = user.and_then(|user| user.show(row)) {
            self.rows.set(ix, row);
            self.out.push(Effect::Changed(ix));
        }
    }

    pub(super) fn row_of(&self, user: &User) -> UserRow {
        let (lease, state) = (self.leases.get(user.id()), self.states.get(&user.key()));
        let terms = (&self.settings, self.links.procall_silent_since());
        user.row_now(lease, state, terms)
    }
}
