//! A user as it is shown.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::User;
use super::flags::UserFlag;
use crate::core::CoreSettings;
use crate::core::calls::UserCalls;
use crate::core::lease::Lease;
use crate::core::state::UserState;
use model::clock::advance;
use model::few::Few;
use model::presence::{CallActivity, ProcallPresence};
use model::snapshot::{LeasePhase, LeaseView, Note, UserRow, Verdict};

impl User {
    /// The row as it was made last.
    pub(in crate::core) const fn row(&self) -> &Arc<UserRow> {
        &self.row
    }

    /// The row is this one from now on; nothing where that is no news.
    pub(in crate::core) fn show(&mut self, row: UserRow) -> Option<Arc<UserRow>> {
        if *self.row == row {
            return None;
        }
        self.row = Arc::new(row);
        Some(Arc::clone(&self.row))
    }

    /// The row as it is now. `known` and `state` are what is known of the same user elsewhere.
    pub(in crate::core) fn row_now(
        &self,
        known: Option<&Lease>,
        state: Option<&UserState>,
        (settings, silent_since): (&CoreSettings, Option<Timestamp>),
    ) -> UserRow {
        let calls = state.and_then(UserState::calls);
        let mut lease = self.lease_view(known, settings);
        if let Some(lease) = lease.as_deref_mut().filter(|_| silent_since.is_some()) {
            // It is not renewed.
            lease.renew_at = None;
        }
        UserRow {
            user_name: self.row.user_name.clone(),
            display_name: self.row.display_name.clone(),
            phone: self.row.phone.clone(),
            entra_id: self.id(),
            department: self.row.department.clone(),
            teams: self.teams.clone(),
            out_of_office: self.out_of_office,
            since: self.since,
            rule: self.rule,
            procall: self.procall(),
            procall_since: self.procall_since,
            shows: state
                .and_then(UserState::shows)
                .filter(|_| silent_since.is_none()),
            shown_before: state
                .and_then(UserState::shown_before)
                .filter(|_| silent_since.is_none() && self.procall() != ProcallPresence::Unchanged),
            calls: calls.map_or_else(Few::default, |calls| calls.views(silent_since)),
            notes: self.notes(known, state),
            lease,
            paused: state.is_some_and(UserState::is_paused),
            cleared: calls.is_some_and(UserCalls::is_suppressed),
            teams_right: state.and_then(UserState::teams_right),
            history: self.history.clone(),
        }
    }

    fn lease_view(&self, lease: Option<&Lease>, settings: &CoreSettings) -> Option<Box<LeaseView>> {
        if let Some(lease) = lease {
            return Some(Box::new(lease.view(settings.renew_before)));
        }
        let (activity, since) = **self.observed.as_ref()?;
        let lease = observed_lease(activity, since.into(), settings.expiration);
        Some(Box::new(lease))
    }

    fn notes(&self, lease: Option<&Lease>, state: Option<&UserState>) -> Few<Note> {
        let mut notes = Vec::new();
        if let Some(lease) = lease {
            lease.notes_into(&mut notes);
        }
        notes.extend(self.flags.iter().map(|flag| self.note(flag)));
        if let Some(state) = state {
            notes.extend(state.is_paused().then_some(Note::Paused));
            notes.extend(state.obstacles().map(Note::Obstacle));
        }
        if let Some(observed) = &self.observed {
            notes.push(Note::WouldWrite(observed.0));
        }
        notes.sort_unstable();
        notes.into()
    }

    fn note(&self, flag: UserFlag) -> Note {
        match flag {
            UserFlag::Stale => Note::Stale,
            UserFlag::Missing => Note::Missing,
            UserFlag::Flapping => Note::Flapping,
            UserFlag::EchoHeld => Note::EchoHeld,
            UserFlag::Unknown => Note::Unknown(raw_value(self)),
        }
    }
}

fn raw_value(user: &User) -> Arc<str> {
    user.teams
        .as_ref()
        .map_or_else(|| "null".into(), |teams| teams.to_string().into())
}

fn observed_lease(activity: CallActivity, since: Timestamp, expiration: Duration) -> LeaseView {
    LeaseView {
        activity,
        phase: LeasePhase::Observed,
        set_at: since,
        expires_at: advance(since, expiration),
        renew_at: None,
        renewals: 0,
        verdict: Verdict::Pending,
        verdict_after: None,
        masked_by: None,
        request_id: None,
    }
}
