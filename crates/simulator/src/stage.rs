//! Acting: what a step of a script, of the day or of the control changes in the tenant.

use std::sync::Arc;

use jiff::Timestamp;

use super::chairs::Chair;
use super::pbx::PbxEvent;
use super::presence_write::usual_life;
use super::script::{PbxCall, TeamsAct};
use super::seat::{Holder, Pair, Preferred, Seat};
use super::world::{ControlError, World};
use model::clock::advance;

const PC: Holder = Holder::Client(0);
const PHONE: Holder = Holder::Client(1);

impl World {
    /// Somebody does something in Teams.
    pub(super) fn act(&self, name: &str, act: &TeamsAct) -> Result<(), ControlError> {
        let chair = self.chair(name)?;
        let now = self.clock.now();
        let preferred = chosen(act, now)?;
        chair.change(now, |seat| match preferred {
            Some(preferred) => seat.preferred = Some(preferred),
            None => perform(seat, act, now),
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

    /// The chair of a user called by UPN or object id.
    pub(super) fn chair(&self, name: &str) -> Result<Arc<Chair>, ControlError> {
        self.directory()
            .find(name)
            .map(|entry| Arc::clone(&entry.chair))
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

fn perform(seat: &mut Seat, act: &TeamsAct, now: Timestamp) {
    let pc = |pair| (PC, pair);
    let (holder, pair) = match act {
        TeamsAct::SignIn | TeamsAct::Active | TeamsAct::HangUp => pc(Pair::AVAILABLE),
        TeamsAct::Idle => pc(Pair::AWAY),
        TeamsAct::Call | TeamsAct::Meeting => pc(Pair::CALL),
        TeamsAct::Conference => pc(Pair::CONFERENCE),
        TeamsAct::Present => pc(Pair::PRESENTING),
        TeamsAct::PhoneSignIn => (PHONE, Pair::AVAILABLE),
        other => return set_aside(seat, other, now),
    };
    seat.set(holder, pair, None, now);
}

/// What leaves the PC's session as it is.
fn set_aside(seat: &mut Seat, act: &TeamsAct, now: Timestamp) {
    match act {
        TeamsAct::SignOut => seat.sign_out(),
        TeamsAct::PhoneSignOut => {
            seat.clear(PHONE, now);
        }
        TeamsAct::Automatic => seat.preferred = None,
        TeamsAct::Appointment { meeting: true } => seat.appointment = Some((Pair::MEETING, now)),
        TeamsAct::Appointment { meeting: false } => seat.appointment = Some((Pair::BUSY, now)),
        TeamsAct::AppointmentOver => seat.appointment = None,
        TeamsAct::OutOfOffice { message } => seat.out_of_office = Some(message.clone()),
        TeamsAct::BackInOffice => seat.out_of_office = None,
        TeamsAct::Status { text } => {
            seat.status_message = Some(text.clone()).filter(|text| !text.is_empty());
        }
        _ => {}
    }
}
