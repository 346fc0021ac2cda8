//! A simulated user, and what follows for the presence: the engine.
//!
//! UCServer's own rules of priority are unknown. This one uses: do not disturb by hand > call or
//! meeting > busy or absent by hand > appointment > idle > available > offline.

use std::collections::BTreeMap;

use jiff::Timestamp;

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
    pub(super) const fn mask(self) -> i64 {
        match self {
            Self::None => 0,
            Self::Public => 98_305,
            Self::Business => 163_873,
            Self::Team => 294_947,
            Self::Personal => 557_107,
        }
    }

    pub(super) const fn features(self) -> i64 {
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
    pub(super) const fn journal(self) -> i64 {
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
    pub(super) const fn wire(self) -> i64 {
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

    pub(super) fn line(&self) -> String {
        format!("tel:{}@pbx", self.who.phone)
    }

    /// Section 5: a manual presence gives way to a call, unless it is do not disturb.
    pub(super) fn displace_manual(&mut self) {
        if self.manual.is_some_and(|manual| manual.state != 3) {
            self.manual = None;
        }
    }
}

#[cfg(test)]
#[path = "user_tests.rs"]
mod tests;
