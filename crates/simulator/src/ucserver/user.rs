//! A simulated user, and what follows for the presence: the engine.
//!
//! UCServer's own rules of priority are unknown. This one uses: do not disturb by hand > call or
//! meeting > busy or absent by hand > appointment > idle > available > offline.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

/// What the service account may see of a user and do with it. Each level includes the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing at all.
    None,
    /// The presence, but no calls.
    Public,
    /// Also calls and public appointments.
    Business,
    /// Also change the presence.
    Team,
    /// Also private appointments.
    Personal,
}

impl Level {
    /// `iMonitorAccessRights`, and with bit 2048 (may set the presence) `iContactFeatureSet`.
    const fn mask(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Public => 98_305,
            Self::Business => 163_873,
            Self::Team => 294_947,
            Self::Personal => 557_107,
        }
    }

    const fn features(self) -> i64 {
        if self.may_set() { 1 | 2048 } else { 1 }
    }

    /// Whether the presence may be changed.
    #[must_use]
    pub const fn may_set(self) -> bool {
        matches!(self, Self::Team | Self::Personal)
    }
}

/// How a call is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// A desk phone.
    Tapi,
    /// ProCall's softphone.
    Softphone,
    /// Audio and video chat.
    AvChat,
    /// A mobile phone by Bluetooth.
    Mobile,
}

impl Medium {
    const fn journal(self) -> i64 {
        match self {
            Self::Tapi => 0,
            Self::Softphone => 7,
            Self::AvChat => 3,
            Self::Mobile => 5,
        }
    }
}

/// Where a call stands: `eCallState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallPhase {
    /// It rings here.
    Offering,
    /// The number is being dialled.
    Dialing,
    /// It rings there.
    Ringback,
    /// The call is connected.
    Connected,
    /// In a telephone conference.
    Conferenced,
    /// The call is on hold.
    Hold,
    /// Over, not gone yet.
    Disconnected,
}

impl CallPhase {
    const fn wire(self) -> i64 {
        match self {
            Self::Offering => 2,
            Self::Dialing => 4,
            Self::Ringback => 8,
            Self::Connected => 32,
            Self::Conferenced => 64,
            Self::Hold => 128,
            Self::Disconnected => 256,
        }
    }

    const fn lasts(self) -> bool {
        matches!(self, Self::Connected | Self::Conferenced | Self::Hold)
    }
}

/// A call on a simulated line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LineCall {
    pub(super) medium: Medium,
    pub(super) phase: CallPhase,
    pub(super) outbound: bool,
    pub(super) number: String,
}

/// A manual presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManualPresence {
    /// 1 absent, 2 busy, 3 do not disturb.
    pub state: i64,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
}

/// A user as the simulation is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedUser {
    /// The user name.
    pub user_name: String,
    /// The SIP URI of the user's contact.
    pub sip_uri: String,
    /// The name people know.
    pub display_name: String,
    /// The extension or number.
    pub phone: String,
    /// What the service account may see and do.
    pub level: Level,
    /// Whether the user has the Teams right (bit 8192).
    pub teams_right: bool,
}

impl SimulatedUser {
    /// A user with the right "Team", whose SIP URI is made of the user name.
    #[must_use]
    pub fn new(user_name: &str, display_name: &str, phone: &str) -> Self {
        Self {
            user_name: user_name.to_owned(),
            sip_uri: format!("sip:{user_name}"),
            display_name: display_name.to_owned(),
            phone: phone.to_owned(),
            level: Level::Team,
            teams_right: true,
        }
    }
}

/// A user at work.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is independent of the others
pub(super) struct User {
    pub(super) who: SimulatedUser,
    pub(super) online: bool,
    pub(super) idle: bool,
    pub(super) meeting: bool,
    pub(super) appointment: Option<(Timestamp, Timestamp)>,
    pub(super) manual: Option<ManualPresence>,
    pub(super) external: Option<i64>,
    pub(super) line_do_not_disturb: bool,
    pub(super) note: String,
    pub(super) calls: BTreeMap<String, LineCall>,
}

const BUSY: i64 = 2;
const CONFERENCING: i64 = 0x0002_0000;
const RINGING: i64 = 0x0100_0000;
const APPOINTMENT: i64 = 0x0200_0000;
const CALL: i64 = 0x0400_0000;
const OFFLINE: i64 = 0x0800_0000;
const NOTE_SET: i64 = 0x1000_0000;
const IDLE: i64 = 0x2000_0000;
const TEAMS_RIGHT: i64 = 8192;

impl User {
    pub(super) const fn new(who: SimulatedUser) -> Self {
        Self {
            who,
            online: true,
            idle: false,
            meeting: false,
            appointment: None,
            manual: None,
            external: None,
            line_do_not_disturb: false,
            note: String::new(),
            calls: BTreeMap::new(),
        }
    }

    fn talks(&self) -> bool {
        // With estos' own integration on, a call in Teams counts as a call in ProCall.
        let in_teams = self.external.is_some_and(|state| state & CALL != 0);
        in_teams || self.calls.values().any(|call| call.phase.lasts())
    }

    /// `iPresenceState`.
    pub(super) fn presence_state(&self, now: Timestamp) -> i64 {
        let meets = self
            .appointment
            .is_some_and(|(from, to)| from <= now && now < to);
        let rings = |call: &LineCall| call.phase == CallPhase::Offering;
        let flags = [
            (self.talks(), CALL),
            (self.meeting, CONFERENCING),
            (self.calls.values().any(rings), RINGING),
            (meets, APPOINTMENT),
            (!self.online, OFFLINE),
            (self.idle, IDLE),
            (!self.note.is_empty(), NOTE_SET),
        ];
        let flags = flags.iter().filter(|(on, _)| *on);
        self.low_byte(meets) | flags.fold(0, |sum, (_, flag)| sum | flag)
    }

    fn low_byte(&self, meets: bool) -> i64 {
        let manual = self.manual.map(|manual| manual.state);
        if manual == Some(3) {
            return 4;
        }
        if self.talks() || self.meeting {
            return BUSY;
        }
        match manual {
            Some(1) => 3,
            Some(_) => BUSY,
            None if meets => BUSY,
            None if self.online => 1,
            None => 0,
        }
    }

    /// All members of `AsnPresenceV2` that somebody with `level` gets to see.
    pub(super) fn members(&self, level: Level, old: bool, now: Timestamp) -> Members {
        let who = &self.who;
        let mut members = Members::new();
        let state = self.presence_state(now);
        members.insert("iPresenceState", (1, json!(state)));
        members.insert(
            "asnRemoteContact",
            (
                2,
                json!({
                    "u8sCtiServerUserName": who.user_name,
                    "u8sDisplayName": who.display_name,
                    "u8sPhoneBusiness": who.phone,
                }),
            ),
        );
        members.insert("iContactFeatureSet", (8, json!(level.features())));
        members.insert("iMonitorAccessRights", (8, json!(level.mask())));
        let right = if who.teams_right { TEAMS_RIGHT } else { 0 };
        members.insert("iStaticRights2", (8, json!(right)));
        members.insert("asnAbsentState", (16, self.absent(old)));
        let note = json!({"u8sContactID": who.sip_uri, "u8sNote": self.note});
        members.insert("asnCustomNote", (32, note));
        if level >= Level::Business {
            members.insert("seqActualAppointments", (64, self.appointments()));
            members.insert("seqPhoneLines", (128, self.lines()));
        }
        members
    }

    /// The manual presence as `AsnAbsentState`, in the newer or the older form.
    pub(super) fn absent(&self, old: bool) -> Value {
        let state = self.manual.map_or(0, |manual| manual.state);
        let contact = &self.who.sip_uri;
        if old {
            return json!({"u8sContactId": contact, "iAbsentState": state, "stTimeTo": self.end()});
        }
        let external = self
            .external
            .map(|state| json!([{"u8sUserName": self.who.user_name, "iState": state, "eType": 0}]));
        let members = [
            ("u8sContactId", Some(json!(contact))),
            ("eAbsentState", Some(json!(state))),
            ("stTimeTo", self.end().map(Value::from)),
            ("externalPresenceStates", external),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(present.collect())
    }

    fn end(&self) -> Option<String> {
        let until = self.manual?.until?;
        Some(format!("{until:.3}"))
    }

    fn appointments(&self) -> Value {
        let entry = |(from, to): (Timestamp, Timestamp)| json!({"stStart": format!("{from:.3}"), "stEnd": format!("{to:.3}"), "iStatus": 2});
        json!(self.appointment.map(entry).into_iter().collect::<Vec<_>>())
    }

    fn lines(&self) -> Value {
        json!([{
            "u8sLinePhoneNumber": self.line(),
            "u8sLineNumber": self.who.phone,
            "iState": 1,
            "iDoNotDisturb": i32::from(self.line_do_not_disturb),
            "iForwardFeaturesPBX": 0,
        }])
    }

    pub(super) fn line(&self) -> String {
        format!("tel:{}@pbx", self.who.phone)
    }

    /// The calls as `AsnPresenceCallV2`, by connection id.
    pub(super) fn call_list(&self) -> BTreeMap<&str, Value> {
        let line = self.line();
        self.calls
            .iter()
            .map(|(id, call)| (id.as_str(), call_json(id, call, &line, &self.who.phone)))
            .collect()
    }

    /// Section 5: a manual presence gives way to a call, unless it is do not disturb.
    pub(super) fn displace_manual(&mut self) {
        if self.manual.is_some_and(|manual| manual.state != 3) {
            self.manual = None;
        }
    }
}

/// Members with the flag (`iChangedFlags`) that announces each.
pub(super) type Members = BTreeMap<&'static str, (u32, Value)>;

fn call_json(id: &str, call: &LineCall, line: &str, own_number: &str) -> Value {
    json!({
        "u8sConnectionID": id,
        "u8sLinePhoneNumber": line,
        "u8sLineNumber": own_number,
        "u8sCurrentNumberSC": call.number,
        "u8sTrackerID": format!("t-{id}"),
        "eCallState": call.phase.wire(),
        "iFeatures": 0,
        "bOutbound": call.outbound,
        "bInternal": false,
        "eCallType": 0,
        "eJournalCallType": call.medium.journal(),
    })
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
