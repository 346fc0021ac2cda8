//! What ProCall's side and the bridge tell each other: calls and facts in, presence out.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cause::Trouble;
use crate::presence::{CallKind, Lamp, ProcallPresence, ProcallUser, Tooltip, UserName};
use crate::source_fault::SourceWarning;

/// Where a call stands. Only [`CallState::Connected`] holds a lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Ringing or dialling: no call yet.
    Ringing,
    /// Talking, on hold or in a conference.
    Connected,
    /// The call is over.
    Ended,
    /// By hand: present.
    Present,
    /// By hand: busy.
    Busy,
    /// By hand: absent.
    Absent,
    /// By hand: do not disturb.
    DoNotDisturb,
}

/// Something happened to a user in ProCall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEvent {
    /// The user that it is about.
    pub user_name: UserName,
    /// Which call of this user: the connection id of UCServer, the kind in the file source.
    /// Two calls of one user at a time have two keys.
    pub key: Arc<str>,
    /// The kind of the call, which decides what is written to Teams.
    pub kind: CallKind,
    /// Where it stands.
    pub state: CallState,
}

/// What a source tells the bridge.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcallEvent {
    /// The whole list of users: at the start, and whenever it changed.
    Users(Vec<ProcallUser>),
    /// All calls that last right now, replacing everything said before: at the start and after
    /// every reconnection. Users not named have no call.
    Calls(Vec<CallEvent>),
    /// A call began, changed or ended; all others stay as they are.
    Call(CallEvent),
    /// The source works.
    Up,
    /// Something is wrong; the source goes on trying.
    Trouble(Trouble),
    /// The connection is lost: calls may begin and end unheard until [`ProcallEvent::Calls`] tells
    /// them anew. Nothing is renewed meanwhile, and nothing else changes yet: it may be back in a
    /// moment.
    Interrupted,
    /// Nothing has been heard of ProCall for so long, three signs of life or more: what was told of
    /// calls is stale until [`ProcallEvent::Calls`] tells them anew.
    Silent(Duration),
    /// Something was odd once and is passed over, for the log: a line that cannot be read.
    /// Changes nothing about how the source stands.
    Warning(SourceWarning),
    /// estos' own Teams integration is seen working on this server (or no longer): two bridges
    /// would echo each other, so only observe. Never sent where the configuration overrules it.
    NativeIntegration(bool),
    /// What ProCall says about users beside their calls; sent on change.
    Facts(Vec<UserFacts>),
    /// What became of a presence that the bridge had told.
    Presence(UserName, PresenceStep),
}

/// What became of a presence that Teams made and the bridge told: the far end of the chain of
/// causes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceStep {
    /// The server accepted it; not told again for a renewal.
    Accepted(ProcallPresence),
    /// The server shows it: read back.
    ReadBack(ProcallPresence),
    /// It was taken back, because Teams shows something else.
    TakenBack,
    /// It is gone before its time and not by us: changed by hand, displaced by a call, or its
    /// clock runs ahead.
    Gone,
    /// It is not carried, because the configuration does not say so.
    NotCarried,
}

/// What ProCall shows of a user, by its own account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ShownPresence {
    /// The presence.
    pub state: ShownState,
    /// With "in a call".
    pub in_a_call: bool,
}

/// The presences that ProCall shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownState {
    /// Available.
    Available,
    /// Busy.
    Busy,
    /// Absent.
    Absent,
    /// Do not disturb.
    DoNotDisturb,
    /// Offline.
    Offline,
}

impl ShownState {
    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Available => "available",
            Self::Busy => "busy",
            Self::Absent => "absent",
            Self::DoNotDisturb => "do_not_disturb",
            Self::Offline => "offline",
        }
    }

    /// What ProCall shows where Teams makes this of a presence; nothing where it leaves it alone.
    #[must_use]
    pub const fn made_by_teams(made: ProcallPresence) -> Option<Self> {
        match made {
            ProcallPresence::Unchanged => None,
            ProcallPresence::DoNotDisturb => Some(Self::DoNotDisturb),
            ProcallPresence::BusyInACall => Some(Self::Busy),
        }
    }
}

/// What ProCall says about a user beside the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserFacts {
    /// The user that it is about.
    pub user_name: UserName,
    /// Whether the user has the Teams right, where ProCall says.
    pub teams_right: Option<bool>,
    /// What ProCall shows of the user now, where it says.
    pub shows: Option<ShownPresence>,
    /// What is in the way; empty for most.
    pub obstacles: Vec<Obstacle>,
}

/// What is in the way of a user's presence, in or out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// ProCall shows us nothing of this user: no contact, or no right to see it.
    NotVisible,
    /// ProCall shows that there is a call, but not which: the right "Business" is missing.
    CallsHidden,
    /// The right "Team" or "Personal" is missing, so the presence cannot be set.
    MayNotSetPresence,
    /// Somebody has set a presence by hand; it is left alone.
    ForeignPresence,
    /// UCServer refused to set the presence.
    SetPresenceRefused,
    /// ProCall shows that there is a call and its list of calls, but none that explains it: a
    /// call in Teams that estos' own integration brings, or one in a form that is not known.
    CallNotUnderstood,
}

impl Obstacle {
    /// For the log: what is wrong and what to do.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::NotVisible => {
                "nothing is shown of this user: give the service account the right Public or more"
            }
            Self::CallsHidden => {
                "calls are hidden: give the service account the right Business or more"
            }
            Self::MayNotSetPresence => {
                "the presence may not be set: give the service account the right Team or Personal"
            }
            Self::ForeignPresence => "somebody has set a presence by hand; it is left alone",
            Self::SetPresenceRefused => "UCServer refused to set the presence",
            Self::CallNotUnderstood => {
                "\"in a call\" is set, but no call is understood: a call in Teams that estos' own \
                 integration brings, or one in a form that lampfield does not know"
            }
        }
    }
}

/// What the bridge tells ProCall about one user; sent on change only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceChange {
    /// When it was decided.
    pub at: Timestamp,
    /// The user that it is about.
    pub user_name: UserName,
    /// What Teams makes of the ProCall presence.
    pub procall_presence: ProcallPresence,
    /// The Teams lamp.
    pub lamp: Lamp,
    /// The tooltip of the lamp, in both languages.
    pub tooltip: &'static Tooltip,
    /// The rule of the mapping.
    pub rule: &'static str,
}
