//! From what is remembered to what is shown: rows are rebuilt only where something changed.

use std::sync::Arc;

use super::super::event::Effect;
use super::Core;
use super::calls::UserCalls;
use super::state::UserState;
use super::user::User;
use jiff::Timestamp;
use model::presence::{CallActivity, EntraId};
use model::snapshot::{LeasePhase, LeaseView, Note, UserRow, Verdict};

impl Core {
    /// Something about this user may have changed visibly.
    pub(super) fn touch(&mut self, ix: usize) {
        let Some(user) = self.roster.users.get_mut(ix) else {
            return;
        };
        if !user.touched {
            user.touched = true;
            self.touched.push(ix);
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
        let mut touched = std::mem::take(&mut self.touched);
        for ix in touched.drain(..) {
            self.refresh_row(ix);
        }
        // The list's memory is kept for the next step.
        self.touched = touched;
    }

    fn refresh_row(&mut self, ix: usize) {
        let Some(user) = self.roster.users.get_mut(ix) else {
            return;
        };
        user.touched = false;
        user.attention = user.needs_attention() || self.leases.has(user.id);
        let Some(user) = self.roster.users.get(ix) else {
            return;
        };
        let row = self.row_of(user);
        if self.rows.get(ix).is_some_and(|old| **old == row) {
            return;
        }
        if let Some(place) = self.rows_mut().get_mut(ix) {
            *place = Arc::new(row);
            self.out.push(Effect::Changed(ix));
        }
    }

    /// The rows, to be changed. Where somebody still looks at them the change is made in a copy, in
    /// the memory of the snapshot before that: twenty new lists a second, each as large as all of
    /// them were, would leave holes between what stays.
    fn rows_mut(&mut self) -> &mut Vec<Arc<UserRow>> {
        if Arc::get_mut(&mut self.rows).is_none() {
            let mut copy = std::mem::take(&mut self.spare_rows);
            match Arc::get_mut(&mut copy) {
                Some(spare) => spare.clone_from(&self.rows),
                None => copy = Arc::new(self.rows.to_vec()),
            }
            self.spare_rows = std::mem::replace(&mut self.rows, copy);
        }
        Arc::make_mut(&mut self.rows)
    }

    /// Lets go of the rows that no snapshot shows any more.
    pub(super) fn drop_old_rows(&mut self) {
        if let Some(spare) = Arc::get_mut(&mut self.spare_rows) {
            spare.clear();
        }
    }

    pub(super) fn row_of(&self, user: &User) -> UserRow {
        let state = self.states.get(&user.key);
        let calls = state.and_then(UserState::calls);
        UserRow {
            user_name: user.name.clone(),
            display_name: Arc::clone(&user.display_name),
            phone: Arc::clone(&user.phone),
            entra_id: user.id,
            teams: user.teams.clone(),
            out_of_office: user.out_of_office,
            since: user.since,
            rule: user.rule,
            procall: user.procall(),
            procall_since: user.procall_since,
            calls: calls.map_or_else(Arc::default, UserCalls::views),
            lease: self.lease_view(user),
            notes: self.notes(user, state),
            paused: state.is_some_and(UserState::is_paused),
            teams_right: state.and_then(UserState::teams_right),
            history: user.history.clone(),
        }
    }

    fn lease_view(&self, user: &User) -> Option<Box<LeaseView>> {
        if let Some(lease) = self.leases.get(user.id) {
            return Some(Box::new(lease.view(self.settings.renew_before)));
        }
        let (activity, since) = user.observed?;
        let lease = observed_lease(activity, since, self.settings.expiration);
        Some(Box::new(lease))
    }

    fn notes(&self, user: &User, state: Option<&UserState>) -> Arc<[Note]> {
        let mut notes = Vec::new();
        if let Some(lease) = self.leases.get(user.id) {
            lease.notes_into(&mut notes);
        }
        let flags = [
            (user.stale, Note::Stale),
            (user.missing, Note::Missing),
            (user.flapping, Note::Flapping),
            (user.echo_held, Note::EchoHeld),
            (state.is_some_and(UserState::is_paused), Note::Paused),
        ];
        notes.extend(
            flags
                .into_iter()
                .filter(|(on, _)| *on)
                .map(|(_, note)| note),
        );
        if let Some(state) = state {
            notes.extend(state.obstacles().map(Note::Obstacle));
        }
        if user.unknown {
            notes.push(Note::Unknown(raw_value(user)));
        }
        if let Some((activity, _)) = user.observed {
            notes.push(Note::WouldWrite(activity));
        }
        if notes.is_empty() {
            return Arc::default();
        }
        notes.sort();
        notes.into()
    }
}

fn raw_value(user: &User) -> Arc<str> {
    user.teams
        .as_ref()
        .map_or_else(|| "null".into(), |teams| teams.to_string().into())
}

fn observed_lease(
    activity: CallActivity,
    since: Timestamp,
    expiration: std::time::Duration,
) -> LeaseView {
    LeaseView {
        activity,
        phase: LeasePhase::Observed,
        set_at: since,
        expires_at: model::clock::advance(since, expiration),
        renew_at: None,
        renewals: 0,
        verdict: Verdict::Pending,
        verdict_after: None,
        masked_by: None,
        request_id: None,
    }
}
