//! What people do, as plain data: the same in a scenario file, over the control, in the day.

use serde::{Deserialize, Serialize};

use super::fault::of_tree;
use super::presence_sessions::Pair;

/// Something a user does in Teams, or that happens to them there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum TeamsAct {
    /// Signs in on the PC; available.
    SignIn,
    /// At the keyboard again: available.
    Active,
    /// Nobody at the keyboard: away.
    Idle,
    /// A call of two.
    Call,
    /// A conference call.
    Conference,
    /// Joined a meeting: Teams shows a call (`InACall`).
    Meeting,
    /// Shares the screen.
    Present,
    /// Call, meeting or presentation is over.
    HangUp,
    /// Signs out everywhere.
    SignOut,
    /// Available on the phone as well.
    PhoneSignIn,
    /// Takes the phone off the tenant.
    PhoneSignOut,
    /// Chooses a status by hand; without names: Away.
    Manual {
        /// One of the six that can be chosen.
        #[serde(default)]
        availability: Option<String>,
        /// As availability where not given (Offline: OffWork).
        #[serde(default)]
        activity: Option<String>,
    },
    /// Takes the choice back.
    Automatic,
    /// An appointment begins.
    Appointment {
        /// A Teams meeting (InAMeeting), not only busy.
        #[serde(default)]
        meeting: bool,
    },
    /// The appointment is over.
    AppointmentOver,
    /// Out of office from now on.
    OutOfOffice {
        /// The automatic reply; may be empty.
        #[serde(default)]
        message: String,
    },
    /// Back in the office.
    BackInOffice,
    /// A status message; empty takes it away.
    Status {
        /// The text; an empty one removes the message.
        text: String,
    },
}

impl TeamsAct {
    /// The pair chosen by hand, where this is such a choice and Teams has it.
    pub(super) fn manual_pair(availability: Option<&str>, activity: Option<&str>) -> Option<Pair> {
        let availability = availability.unwrap_or("Away");
        let usual = match availability {
            "Offline" => "OffWork",
            same => same,
        };
        Pair::among(&Pair::PREFERABLE, availability, activity.unwrap_or(usual))
    }
}

/// What kind of communication in ProCall; the names of calls.jsonl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PbxKind {
    /// A desk phone.
    Tapi,
    /// The softphone of ProCall.
    Softphone,
    /// An audio or video chat of ProCall.
    AvChat,
    /// A meeting in ProCall Meetings.
    Meeting,
    /// A presence chosen by hand.
    Manual,
}

/// Where it stands; the names of calls.jsonl.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PbxState {
    /// Ringing or dialling.
    Ringing,
    /// The call is connected.
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

/// What happens to a user in ProCall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PbxCall {
    /// The kind of call.
    pub kind: PbxKind,
    /// Where it stands.
    pub state: PbxState,
}

/// Who a step is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Who {
    /// The n-th matched user, from 0.
    Matched(usize),
    /// The user of this UPN or user name.
    Name(String),
}

/// One step of a scenario file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Virtual seconds after the start.
    pub at_s: f64,
    /// Whom it is about.
    pub user: Who,
    /// What happens in Teams.
    #[serde(default, deserialize_with = "of_tree")]
    pub teams: Option<TeamsAct>,
    /// What happens in ProCall.
    #[serde(default)]
    pub call: Option<PbxCall>,
}
