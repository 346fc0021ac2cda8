//! What is remembered of one matched user.

mod flags;
mod reading;
mod telling;
mod view;

use std::sync::Arc;

use jiff::Timestamp;

use model::presence::{
    CallActivity, EntraId, Mapping, MatchKey, MatchedUser, Rule, TeamsPresence, UserName,
};
use model::snapshot::{History, UserEvent, UserEventKind};

use flags::UserFlags;
pub(super) use reading::Novelty;
pub(super) use telling::EchoHeld;

/// More Teams changes than this in a short time are not a person's doing.
const FLAP_CHANGES: usize = 6;

/// One matched user. What the next unchanged reading needs comes first, in two cache lines, and
/// stays there: left to itself the compiler strews it over all five.
#[derive(Debug)]
#[repr(C)]
pub(super) struct User {
    /// Entra's object id.
    id: EntraId,
    /// The last pair that Graph gave.
    teams: Option<TeamsPresence>,
    /// `isOutOfOffice` of the last read.
    out_of_office: bool,
    /// An unchanged reading may still mean something: no short cut.
    attention: bool,
    /// When the request of the last applied reading began.
    read_started: Timestamp,
    /// Since when nothing newer is known: the last good read, or the matching.
    fresh_at: Timestamp,
    /// Readings that began up to here may still show a lease that ended.
    echo_until: Timestamp,
    /// Since when the pair is what it is.
    since: Option<Timestamp>,
    /// The rule in force for the pair.
    rule: &'static Rule,
    /// The rule by which ProCall was last told; nothing before the first time.
    told: Option<&'static Rule>,
    /// Since when ProCall's presence is what we made of it.
    procall_since: Option<Timestamp>,
    /// What is odd about the user.
    flags: UserFlags,
    /// Waits for its row to be rebuilt.
    touched: bool,
    /// What would be written if we were writing, since when.
    observed: Option<(CallActivity, Timestamp)>,
    /// When the pair changed, the last few times, oldest first, in seconds since 1970; 0: never.
    /// In place: a list on the heap would take several times the room, 20,000 times.
    changes: [u32; FLAP_CHANGES + 1],
    /// ProCall's user name.
    name: UserName,
    /// The same, for comparing.
    key: MatchKey,
    /// The name people know.
    display_name: Arc<str>,
    /// Extension or number.
    phone: Arc<str>,
    /// Entra's department.
    department: Option<Arc<str>>,
    /// The chain of causes.
    history: History,
}

impl User {
    /// A user of whom nothing is known yet.
    pub(super) fn new(matched: &MatchedUser, now: Timestamp) -> Self {
        Self {
            id: matched.entra_id,
            teams: None,
            out_of_office: false,
            attention: true,
            read_started: Timestamp::MIN,
            fresh_at: now,
            echo_until: Timestamp::MIN,
            since: None,
            rule: Mapping::built_in().rule_for(None),
            told: None,
            procall_since: None,
            flags: UserFlags::default(),
            touched: false,
            observed: None,
            changes: [0; FLAP_CHANGES + 1],
            name: matched.procall.user_name.clone(),
            key: matched.procall.user_name.key(),
            display_name: Arc::clone(&matched.procall.display_name),
            phone: Arc::clone(&matched.procall.phone),
            department: matched.department.clone(),
            history: History::default(),
        }
    }

    /// Takes over what ProCall now calls the user, and where in the company Entra has them; whether
    /// anything changed.
    pub(super) fn rename(&mut self, matched: &MatchedUser) -> bool {
        let user = &matched.procall;
        let ours = (&self.name, &self.display_name, &self.phone);
        let theirs = (&user.user_name, &user.display_name, &user.phone);
        if ours == theirs && self.department == matched.department {
            return false;
        }
        self.name = user.user_name.clone();
        self.display_name = Arc::clone(&user.display_name);
        self.phone = Arc::clone(&user.phone);
        self.department.clone_from(&matched.department);
        true
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
    pub(super) const fn id(&self) -> EntraId {
        self.id
    }

    /// ProCall's user name.
    pub(super) const fn name(&self) -> &UserName {
        &self.name
    }

    /// The same, for comparing.
    pub(super) const fn key(&self) -> &MatchKey {
        &self.key
    }
}
