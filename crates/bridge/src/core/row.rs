//! From what is remembered to what is shown: rows are rebuilt only where something changed.

use std::sync::Arc;

use super::super::event::Effect;
use super::Core;
use super::calls::UserCalls;
use super::flags::UserFlag;
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
            self.rows.touch(ix);
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
        let Some(user) = self.roster.users.get_mut(ix) else {
            return;
        };
        user.touched = false;
        user.attention = user.needs_attention() || self.leases.has(user.id);
        let Some(user) = self.roster.users.get(ix) else {
            return;
        };
        let row = self.row_of(user);
        if self.rows.set(ix, row) {
            self.out.push(Effect::Changed(ix));
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
        notes.extend(user.flags.iter().map(|flag| match flag {
            UserFlag::Stale => Note::Stale,
            UserFlag::Missing => Note::Missing,
            UserFlag::Flapping => Note::Flapping,
            UserFlag::EchoHeld => Note::EchoHeld,
            UserFlag::Unknown => Note::Unknown(raw_value(user)),
        }));
        if let Some(state) = state {
            notes.extend(state.is_paused().then_some(Note::Paused));
            notes.extend(state.obstacles().map(Note::Obstacle));
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
