//! One matched user: the row, when it was read, what is wrong or odd.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::history::History;
use super::lease::LeaseView;
use crate::cause::Trouble;
use crate::clock::elapsed;
use crate::few::Few;
use crate::presence::{
    BuiltInRule, CallActivity, CallKind, EntraId, Mapping, ProcallPresence, TeamsPresence, UserName,
};
use crate::procall::{Obstacle, ShownPresence, ShownState};
use crate::stamp::Stamp;
use crate::string_pool::{ArcStr, Substr};

/// A value is stale when its last good read is older than this many intervals (design, rule 3).
pub const STALE_INTERVALS: u32 = 3;

/// One matched user.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRow {
    /// The user name: the row's identity.
    pub user_name: UserName,
    /// The name people know. Harmless text.
    pub display_name: Substr,
    /// Extension or number; may be empty.
    pub phone: Substr,
    /// Entra's object id.
    pub entra_id: EntraId,
    /// Entra's department; nothing where Entra has none. Harmless text, shared by its people.
    pub department: Option<ArcStr>,
    /// The last pair that Graph gave; nothing before the first read, or while Graph has none.
    pub teams: Option<TeamsPresence>,
    /// `isOutOfOffice` of the last read.
    pub out_of_office: bool,
    /// Since when the pair is what it is (as we saw it).
    pub since: Option<Stamp>,
    /// The rule of the mapping for the pair: lamp and tooltip.
    pub rule: BuiltInRule,
    /// What we hold in ProCall for this user.
    pub procall: ProcallPresence,
    /// Since when ProCall has been told that; nothing before the first time.
    pub procall_since: Option<Stamp>,
    /// What ProCall shows now, where the source tells it and is heard.
    pub shows: Option<ShownPresence>,
    /// What it showed before Teams changed it, while it shows what Teams makes of it.
    pub shown_before: Option<ShownState>,
    /// Calls that last (and those that ring), as ProCall reports them.
    pub calls: Few<CallView>,
    /// What we hold, or are about to hold, in Teams. Most of the 20,000 have none, and no room for
    /// one either.
    pub lease: Option<Box<LeaseView>>,
    /// What is wrong or odd, worst first; empty for most.
    pub notes: Few<Note>,
    /// Writing is paused for this user.
    pub paused: bool,
    /// The administrator has cleared the lease: nothing is set for the calls that last until the next one begins.
    pub cleared: bool,
    /// Whether ProCall has given the user the Teams right (bit 8192), where it says.
    pub teams_right: Option<bool>,
    /// The last [`super::HISTORY_LENGTH`] events, oldest first.
    pub history: History,
}

/// When a row was last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadMark {
    /// When the last good answer arrived; nothing before the first.
    pub read_at: Option<Timestamp>,
    /// How long that request took.
    pub latency: Duration,
    /// How many reads in a row failed since.
    pub failures: u32,
}

impl ReadMark {
    /// The age of the value.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        self.read_at.map(|read| elapsed(read, now))
    }

    /// Whether the value is too old to be believed; also where there is none yet.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp, interval: Duration) -> bool {
        self.age(now)
            .is_none_or(|age| age > interval.saturating_mul(STALE_INTERVALS))
    }
}

/// One call of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallView {
    /// The kind of the call.
    pub kind: CallKind,
    /// Talking; otherwise it rings.
    pub connected: bool,
    /// When it began to ring, or was connected.
    pub since: Timestamp,
    /// When ProCall was last heard, where that is too long ago: the call may have ended since.
    /// Nothing while it is as it was told.
    pub stale_since: Option<Timestamp>,
}

/// What is wrong or odd about a user; the order of the variants is the order of severity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The last write failed; it is tried again.
    WriteFailing(Arc<Trouble>),
    /// Graph accepted the lease, yet nothing came of it.
    NoEffect,
    /// The lease is hidden by this Teams status.
    Masked(Arc<str>),
    /// ProCall itself is in the way: a right is missing, or somebody set a presence by hand.
    Obstacle(Obstacle),
    /// The last good read is older than three intervals.
    Stale,
    /// The answer had no entry for this user.
    Missing,
    /// Graph says PresenceUnknown, null, or a value that is documented nowhere.
    Unknown(Arc<str>),
    /// The presence changed more often than a person changes it.
    Flapping,
    /// InACall came back while we hold (or just gave back) a lease: ours, not a Teams call.
    EchoHeld,
    /// Writing is paused for this user.
    Paused,
    /// We only observe, or are paused: this is what would be written.
    WouldWrite(CallActivity),
}

impl Note {
    /// The name in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WriteFailing(_) => "write_failing",
            Self::NoEffect => "no_effect",
            Self::Masked(_) => "masked",
            Self::Obstacle(_) => "obstacle",
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Unknown(_) => "unknown",
            Self::Flapping => "flapping",
            Self::EchoHeld => "echo_held",
            Self::WouldWrite(_) => "would_write",
            Self::Paused => "paused",
        }
    }

    /// The order of severity: the order of the variants.
    #[must_use]
    pub const fn rank(&self) -> u8 {
        match self {
            Self::WriteFailing(_) => 0,
            Self::NoEffect => 1,
            Self::Masked(_) => 2,
            Self::Obstacle(_) => 3,
            Self::Stale => 4,
            Self::Missing => 5,
            Self::Unknown(_) => 6,
            Self::Flapping => 7,
            Self::EchoHeld => 8,
            Self::Paused => 9,
            Self::WouldWrite(_) => 10,
        }
    }

    /// Whether it says only that all is well: a held echo belongs to every lease that works.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        matches!(self, Self::EchoHeld)
    }
}

impl UserRow {
    /// The row of a user of whom nothing is known but who they are.
    #[must_use]
    pub fn named(
        user_name: UserName,
        display_name: Substr,
        phone: Substr,
        entra_id: EntraId,
    ) -> Self {
        Self {
            user_name,
            display_name,
            phone,
            entra_id,
            department: None,
            teams: None,
            out_of_office: false,
            since: None,
            rule: Mapping::built_in().rule_for(None).into(),
            procall: ProcallPresence::Unchanged,
            procall_since: None,
            shows: None,
            shown_before: None,
            calls: Few::default(),
            lease: None,
            notes: Few::default(),
            paused: false,
            cleared: false,
            teams_right: None,
            history: History::default(),
        }
    }

    /// The worst of what is odd about the user: what tables, files and lines say in one word.
    #[must_use]
    pub fn odd_note(&self) -> Option<&Note> {
        self.notes.iter().find(|note| !note.is_usual())
    }
}
