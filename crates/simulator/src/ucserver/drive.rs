//! What happens to the simulated users: calls, meetings, presence by hand. A user name that
//! nobody has changes nothing.

use jiff::Timestamp;

use super::SimulatedUcServer;
use super::user::{CallPhase, Level, LineCall, ManualPresence, Medium, User};
use super::world::UcWorld;

/// A call of the simulation.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId {
    user_name: String,
    connection: String,
}

impl SimulatedUcServer {
    /// A call begins: it rings here, or there.
    pub fn start_call(&self, user_name: &str, medium: Medium, outbound: bool) -> CallId {
        let phase = if outbound {
            CallPhase::Dialing
        } else {
            CallPhase::Offering
        };
        let call = LineCall {
            medium,
            phase,
            outbound,
            number: "+49 30 1234567".to_owned(),
        };
        let connection = self.shared.with(UcWorld::fresh_call);
        let id = CallId {
            user_name: user_name.to_owned(),
            connection: connection.clone(),
        };
        self.change(user_name, |user| {
            user.calls.insert(connection, call);
        });
        id
    }

    /// A call moves on: connected, hold, conferenced ...
    pub fn move_call(&self, call: &CallId, phase: CallPhase) {
        self.change(&call.user_name, |user| {
            if let Some(call) = user.calls.get_mut(&call.connection) {
                call.phase = phase;
            }
            if phase == CallPhase::Connected {
                user.displace_manual();
            }
        });
    }

    /// The call is answered.
    pub fn answer(&self, call: &CallId) {
        self.move_call(call, CallPhase::Connected);
    }

    /// The call is over: disconnected, then gone.
    pub fn end_call(&self, call: &CallId) {
        self.move_call(call, CallPhase::Disconnected);
        self.change(&call.user_name, |user| {
            user.calls.remove(&call.connection);
        });
    }

    /// The user joins or leaves a ProCall Meeting.
    pub fn set_meeting(&self, user_name: &str, meets: bool) {
        self.change(user_name, |user| user.meeting = meets);
    }

    /// The user sets a presence by hand, or takes it back.
    pub fn set_manual(&self, user_name: &str, manual: Option<ManualPresence>) {
        self.change(user_name, |user| user.manual = manual);
        self.shared.expiry.notify_one();
    }

    /// estos' own Teams integration shows this state (`iPresenceState` bits); `None`: it is off.
    /// A call in it makes ProCall show a call without any line having one.
    pub fn set_teams_state(&self, user_name: &str, state: Option<i64>) {
        self.change(user_name, |user| user.external = state);
    }

    /// The user has an appointment.
    pub fn set_appointment(&self, user_name: &str, when: Option<(Timestamp, Timestamp)>) {
        self.change(user_name, |user| user.appointment = when);
    }

    /// The user's client is there or not, used or idle.
    pub fn set_client(&self, user_name: &str, online: bool, idle: bool) {
        self.change(user_name, |user| {
            user.online = online;
            user.idle = idle;
        });
    }

    /// The service account may see and do more or less with this user.
    pub fn set_level(&self, user_name: &str, level: Level) {
        self.change(user_name, |user| user.who.level = level);
    }

    fn change(&self, user_name: &str, change: impl FnOnce(&mut User)) {
        let now = self.shared.now();
        self.shared.with(|world| {
            if let Some(contact) = world.contact_of(user_name).cloned() {
                world.change(&contact, now, change);
            }
        });
    }
}
