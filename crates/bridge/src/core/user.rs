//! What is remembered of one matched user.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::flags::{UserFlag, UserFlags};
use model::clock::elapsed;
use model::presence::{
    CallActivity, EntraId, Mapping, MatchKey, MatchedUser, ProcallPresence, Rule, TeamsPresence,
    UserName,
};
use model::snapshot::{History, UserEvent, UserEventKind};

/// More Teams changes than this within [`FLAP_WINDOW`] are not a person's doing.
const FLAP_CHANGES: usize = 6;

/// More than [`FLAP_CHANGES`] changes within this time count as flapping.
const FLAP_WINDOW: Duration = Duration::from_mins(10);

/// One matched user. What the next unchanged reading needs comes first, in two cache lines, and
/// stays there: left to itself the compiler strews it over all five.
#[derive(Debug)]
#[repr(C)]
pub(super) struct User {
    /// Entra's object id.
    pub(super) id: EntraId,
    /// The last pair that Graph gave.
    pub(super) teams: Option<TeamsPresence>,
    /// `isOutOfOffice` of the last read.
    pub(super) out_of_office: bool,
    /// An unchanged reading may still mean something: no short cut.
    pub(super) attention: bool,
    /// When the request of the last applied reading began.
    pub(super) read_started: Timestamp,
    /// Since when nothing newer is known: the last good read, or the matching.
    pub(super) fresh_at: Timestamp,
    /// Readings that began up to here may still show a lease that ended.
    pub(super) echo_until: Timestamp,
    /// Since when the pair is what it is.
    pub(super) since: Option<Timestamp>,
    /// The rule in force for the pair.
    pub(super) rule: &'static Rule,
    /// The rule by which ProCall was last told; nothing before the first time.
    pub(super) told: Option<&'static Rule>,
    /// Since when ProCall's presence is what we made of it.
    pub(super) procall_since: Option<Timestamp>,
    /// What is odd about the user.
    pub(super) flags: UserFlags,
    /// Waits for its row to be rebuilt.
    pub(super) touched: bool,
    /// What would be written if we were writing, since when.
    pub(super) observed: Option<(CallActivity, Timestamp)>,
    /// When the pair changed, the last few times, oldest first, in seconds since 1970; 0: never.
    /// In place: a list on the heap would take several times the room, 20,000 times.
    changes: [u32; FLAP_CHANGES + 1],
    /// ProCall's user name.
    pub(super) name: UserName,
    /// The same, for comparing.
    pub(super) key: MatchKey,
    /// The name people know.
    pub(super) display_name: Arc<str>,
    /// Extension or number.
    pub(super) phone: Arc<str>,
    /// The chain of causes.
    pub(super) history: History,
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
            history: History::default(),
        }
    }

    /// Takes over what ProCall now calls the user; whether anything changed.
    pub(super) fn rename(&mut self, matched: &MatchedUser) -> bool {
        let user = &matched.procall;
        if (&self.name, &self.display_name, &self.phone)
            == (&user.user_name, &user.display_name, &user.phone)
        {
            return false;
        }
        self.name = user.user_name.clone();
        self.display_name = Arc::clone(&user.display_name);
        self.phone = Arc::clone(&user.phone);
        true
    }

    /// What we hold in ProCall.
    pub(super) fn procall(&self) -> ProcallPresence {
        self.told
            .map_or(ProcallPresence::Unchanged, |rule| rule.procall)
    }

    /// One more link in the chain of causes.
    pub(super) fn record(&mut self, at: Timestamp, kind: UserEventKind) {
        self.history = self.history.with(&UserEvent { at, kind });
    }

    /// The pair changed, and not by our doing.
    pub(super) fn count_change(&mut self, now: Timestamp) {
        self.changes.rotate_left(1);
        if let Some(newest) = self.changes.last_mut() {
            *newest = u32::try_from(now.as_second()).unwrap_or(u32::MAX);
        }
        self.check_flapping(now);
    }

    /// Looks whether the pair still changes too often.
    pub(super) fn check_flapping(&mut self, now: Timestamp) {
        let oldest = self.changes.first().copied().unwrap_or_default();
        let at = Timestamp::from_second(i64::from(oldest)).unwrap_or_default();
        let flapping = oldest != 0 && elapsed(at, now) <= FLAP_WINDOW;
        self.flags.set(UserFlag::Flapping, flapping);
    }

    /// Whether the next reading must be looked at even if the pair is the same.
    pub(super) fn needs_attention(&self) -> bool {
        self.told.is_none() || self.flags.any()
    }
}
