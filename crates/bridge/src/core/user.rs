//! What is remembered of one matched user.

mod flags;
mod last_changes;
mod reading;
mod telling;
mod view;

use std::sync::Arc;

use jiff::Timestamp;

use model::presence::{
    BuiltInRule, CallActivity, EntraId, Mapping, MatchKey, MatchedUser, ProcallUser, TeamsPresence,
    UserName,
};
use model::snapshot::{History, UserEvent, UserEventKind, UserRow};
use model::stamp::Stamp;

use flags::UserFlags;
use last_changes::LastChanges;
pub(super) use reading::Novelty;
pub(super) use telling::EchoHeld;

/// One matched user. What the next unchanged reading needs comes first, in one cache line, and
/// stays there: left to itself the compiler strews it over both. What the user is called is only
/// in the row.
#[derive(Debug)]
#[repr(C)]
pub(super) struct User {
    /// The last pair that Graph gave.
    teams: Option<TeamsPresence>,
    /// `isOutOfOffice` of the last read.
    out_of_office: bool,
    /// An unchanged reading may still mean something: no short cut.
    attention: bool,
    /// What is odd about the user.
    flags: UserFlags,
    /// Waits for its row to be rebuilt.
    touched: bool,
    /// The rule in force for the pair.
    rule: BuiltInRule,
    /// The rule by which ProCall was last told; nothing before the first time.
    told: Option<BuiltInRule>,
    /// When the request of the last applied reading began.
    read_started: Stamp,
    /// Since when nothing newer is known: the last good read, or the matching.
    fresh_at: Stamp,
    /// Readings that began up to here may still show a lease that ended.
    echo_until: Stamp,
    /// Since when the pair is what it is.
    since: Option<Stamp>,
    /// Since when ProCall's presence is what we made of it.
    procall_since: Option<Stamp>,
    /// What would be written if we were writing, since when.
    observed: Option<Box<(CallActivity, Stamp)>>,
    /// The chain of causes.
    history: History,
    /// The row as it was made last.
    row: Arc<UserRow>,
    /// When the pair changed.
    changes: LastChanges,
}

impl User {
    /// A user of whom nothing is known yet.
    pub(super) fn new(matched: &MatchedUser, now: Timestamp) -> Self {
        let rule = Mapping::built_in().rule_for(None).into();
        Self {
            teams: None,
            out_of_office: false,
            attention: true,
            flags: UserFlags::default(),
            touched: false,
            read_started: Stamp::MIN,
            fresh_at: now.into(),
            echo_until: Stamp::MIN,
            since: None,
            rule,
            told: None,
            procall_since: None,
            observed: None,
            history: History::default(),
            row: Arc::new(first_row(matched, rule)),
            changes: LastChanges::default(),
        }
    }

    /// Takes over what ProCall now calls the user, and where in the company Entra has them. Where that
    /// is another than before, so is the row.
    pub(super) fn rename(&mut self, matched: &MatchedUser) {
        let (row, user) = (&self.row, &matched.procall);
        let ours = (&row.user_name, &row.display_name, &row.phone);
        let theirs = (&user.user_name, &user.display_name, &user.phone);
        if ours == theirs && row.department == matched.department {
            return;
        }
        let row = Arc::make_mut(&mut self.row);
        row.user_name = user.user_name.clone();
        row.display_name = user.display_name.clone();
        row.phone = user.phone.clone();
        row.department.clone_from(&matched.department);
    }

    /// One more link in the chain of causes.
    pub(super) fn record(&mut self, at: Timestamp, kind: UserEventKind) {
        self.history = self.history.with(&UserEvent { at, kind });
    }

    /// Another one kept this history until then; what was recorded here since goes on behind it.
    pub(super) fn continue_history(&mut self, before: &History, until: Timestamp) {
        let own = self.history.iter().filter(|event| event.at > until);
        self.history = own.fold(before.clone(), |all, event| all.with(&event));
    }

    /// The row is to be made anew; whether that was not known yet.
    pub(super) const fn touch(&mut self) -> bool {
        !std::mem::replace(&mut self.touched, true)
    }

    /// The row is made anew. From now on the next reading must be looked at, even if the pair is the
    /// same, where the user has a lease or something is odd.
    pub(super) const fn refreshed(&mut self, has_lease: bool) {
        self.touched = false;
        self.attention = has_lease || self.told.is_none() || self.flags.any();
    }

    /// Entra's object id.
    pub(super) fn id(&self) -> EntraId {
        self.row.entra_id
    }

    /// ProCall's user name.
    pub(super) fn name(&self) -> &UserName {
        &self.row.user_name
    }

    /// The user as ProCall lists it.
    pub(super) fn listed(&self) -> ProcallUser {
        ProcallUser {
            user_name: self.name().clone(),
            display_name: self.row.display_name.clone(),
            phone: self.row.phone.clone(),
            excluded: false,
        }
    }

    /// ProCall's user name, for comparing.
    pub(super) fn key(&self) -> MatchKey {
        self.name().key()
    }
}

/// The row of a user of whom nothing is known yet.
fn first_row(matched: &MatchedUser, rule: BuiltInRule) -> UserRow {
    let user = &matched.procall;
    let (name, phone) = (user.display_name.clone(), user.phone.clone());
    UserRow {
        department: matched.department.clone(),
        rule,
        ..UserRow::named(user.user_name.clone(), name, phone, matched.entra_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_takes_little_and_the_next_reading_needs_one_cache_line_of_it() {
        assert!(std::mem::offset_of!(User, since) <= 48);
        assert!(size_of::<User>() <= 104);
    }
}
