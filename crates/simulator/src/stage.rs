//! Acting: what a step of a script, of the day or of the control changes in the tenant.

use std::sync::Arc;

use jiff::Timestamp;

use super::pbx::PbxEvent;
use super::presence_sessions::{Holder, Pair, Preferred, PresenceSessions};
use super::presence_write::usual_life;
use super::script::{PbxCall, TeamsAct};
use super::user_presence::UserPresence;
use super::world::{ControlError, World};
use model::clock::advance;

const PC: Holder = Holder::Client(0);
const PHONE: Holder = Holder::Client(1);

impl World {
    /// Somebody does something in Teams.
    pub(super) fn act(&self, name: &str, act: &TeamsAct) -> Result<(), ControlError> {
        let presence = self.presence(name)?;
        let now = self.clock.now();
        let preferred = chosen(act, now)?;
        presence.change(now, |sessions| match preferred {
            Some(preferred) => sessions.preferred = Some(preferred),
            None => perform(sessions, act, now),
        });
        Ok(())
    }

    /// Something happens to somebody in ProCall.
    pub(super) fn ring(&self, name: &str, call: PbxCall) -> Result<PbxEvent, ControlError> {
        let person = self
            .person(name)
            .ok_or_else(|| ControlError::NoSuchUser(name.to_owned()))?;
        let now = self.clock.now();
        self.pbx
            .tell(&person.user_name, call.kind, call.state, now)
            .map_err(|e| ControlError::CallsFile(e.to_string()))
    }

    /// The presence of a user called by UPN or object id.
    pub(super) fn presence(&self, name: &str) -> Result<Arc<UserPresence>, ControlError> {
        self.directory()
            .find(name)
            .map(|entry| Arc::clone(&entry.presence))
            .ok_or_else(|| ControlError::NoSuchUser(name.to_owned()))
    }
}

/// The choice by hand, where the act is one.
fn chosen(act: &TeamsAct, now: Timestamp) -> Result<Option<Preferred>, ControlError> {
    let TeamsAct::Manual {
        availability,
        activity,
    } = act
    else {
        return Ok(None);
    };
    let (availability, activity) = (availability.as_deref(), activity.as_deref());
    let pair = TeamsAct::manual_pair(availability, activity).ok_or_else(|| {
        let names = [availability, activity].map(|name| name.unwrap_or("-"));
        ControlError::NoSuchChoice(names.join("/"))
    })?;
    Ok(Some(Preferred {
        pair,
        until: advance(now, usual_life(pair)),
    }))
}

fn perform(sessions: &mut PresenceSessions, act: &TeamsAct, now: Timestamp) {
    let pc = |pair| (PC, pair);
    let (holder, pair) = match act {
        TeamsAct::SignIn | TeamsAct::Active | TeamsAct::HangUp => pc(Pair::AVAILABLE),
        TeamsAct::Idle => pc(Pair::AWAY),
        TeamsAct::Call | TeamsAct::Meeting => pc(Pair::CALL),
        TeamsAct::Conference => pc(Pair::CONFERENCE),
        TeamsAct::Present => pc(Pair::PRESENTING),
        TeamsAct::PhoneSignIn => (PHONE, Pair::AVAILABLE),
        other => return set_aside(sessions, other, now),
    };
    sessions.set(holder, pair, None, now);
}

/// What leaves the PC's session as it is.
fn set_aside(sessions: &mut PresenceSessions, act: &TeamsAct, now: Timestamp) {
    match act {
        TeamsAct::SignOut => sessions.sign_out(),
        TeamsAct::PhoneSignOut => {
            sessions.clear(PHONE, now);
        }
        TeamsAct::Automatic => sessions.preferred = None,
        TeamsAct::Appointment { meeting: true } => {
            sessions.appointment = Some((Pair::MEETING, now));
        }
        TeamsAct::Appointment { meeting: false } => sessions.appointment = Some((Pair::BUSY, now)),
        TeamsAct::AppointmentOver => sessions.appointment = None,
        TeamsAct::OutOfOffice { message } => sessions.out_of_office = Some(message.clone()),
        TeamsAct::BackInOffice => sessions.out_of_office = None,
        TeamsAct::Status { text } => {
            sessions.status_message = Some(text.clone()).filter(|text| !text.is_empty());
        }
        _ => {}
    }
}
