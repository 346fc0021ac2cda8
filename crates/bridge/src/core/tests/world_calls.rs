//! The world's telephones: who talks, and what that asks of Teams.

use std::collections::BTreeMap;

use super::scene::call;
use super::world::{NAMES, World};
use super::world_procall::Death;
use model::presence::{CallActivity, CallKind};
use procall::{CallState, ProcallEvent};

impl World {
    /// What the calls of a user ask for, by the words of the specification.
    pub(super) fn wish(&self, who: usize) -> Option<CallActivity> {
        let excused = !self.is_matched(who) || self.suppressed.contains(&who);
        // Of a ProCall that is gone nobody knows more than what it told last.
        let calls = self.death.as_ref().map_or(&self.calls, Death::calls);
        asked_by(calls, who).filter(|_| !excused)
    }

    /// Whoever the user is.
    pub(super) fn asked_by_calls(&self, who: usize) -> Option<CallActivity> {
        asked_by(&self.calls, who)
    }

    pub(super) fn call(&mut self, who: usize, key: usize, kind: CallKind, state: CallState) {
        let place = (who, key);
        // A call keeps its kind.
        let known = self.calls.get(&place).or(self.ringing.get(&place)).copied();
        let kind = known.unwrap_or(kind);
        if kind != CallKind::Manual {
            self.change_call(place, kind, state);
        }
        self.lift_suppression(who);
        self.tell(ProcallEvent::Call(call(
            NAMES[who],
            &key.to_string(),
            kind,
            state,
        )));
    }

    /// A user without a call is not suppressed any more.
    pub(super) fn lift_suppression(&mut self, who: usize) {
        let gone = |(user, _): &(usize, usize)| *user != who;
        let heard = self.death.is_none();
        if heard && self.calls.keys().chain(self.ringing.keys()).all(gone) {
            self.suppressed.retain(|it| *it != who);
        }
    }

    pub(super) fn change_call(&mut self, place: (usize, usize), kind: CallKind, state: CallState) {
        let by_hand = !matches!(
            state,
            CallState::Connected | CallState::Ringing | CallState::Ended
        );
        if by_hand {
            return;
        }
        let connected = self.calls.remove(&place).is_some();
        self.ringing.remove(&place);
        match state {
            CallState::Connected => {
                self.calls.insert(place, kind);
                if !connected && self.death.is_none() {
                    self.suppressed.retain(|it| *it != place.0);
                }
            }
            CallState::Ringing => {
                self.ringing.insert(place, kind);
            }
            _ => {}
        }
    }

    pub(super) fn lasting_calls(&self) -> Vec<procall::CallEvent> {
        let connected = self.calls.iter().map(|it| (it, CallState::Connected));
        let ringing = self.ringing.iter().map(|it| (it, CallState::Ringing));
        connected
            .chain(ringing)
            .map(|(((who, key), kind), state)| call(NAMES[*who], &key.to_string(), *kind, state))
            .collect()
    }

    pub(super) fn hang_up_all(&mut self) {
        let lasting: Vec<_> = self
            .calls
            .keys()
            .chain(self.ringing.keys())
            .copied()
            .collect();
        for (who, key) in lasting {
            self.call(who, key, CallKind::Tapi, CallState::Ended);
        }
    }
}

/// What these calls of a user ask for, by the words of the specification.
fn asked_by(calls: &BTreeMap<(usize, usize), CallKind>, who: usize) -> Option<CallActivity> {
    let calls = calls.iter().filter(|((user, _), _)| *user == who);
    let asked = calls.map(|(_, kind)| match kind {
        CallKind::Meeting => CallActivity::InAConferenceCall,
        _ => CallActivity::InACall,
    });
    asked.max_by_key(|activity| *activity == CallActivity::InAConferenceCall)
}
