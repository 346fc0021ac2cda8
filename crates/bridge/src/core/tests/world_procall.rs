//! A ProCall that is gone for a while: calls begin and end, and nobody tells of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::scene::secs;
use super::world::{NAMES, World};
use crate::Event;
use model::clock::{advance, elapsed};
use model::presence::CallKind;
use procall::ProcallEvent;

/// Three signs of life of twenty seconds.
pub(super) const SIGNS: u64 = 60;

/// A write may be on its way for so long, and a lease lasts five minutes from when it lands.
const LAST_LEASE: u64 = 10 + 300;

type Calls = BTreeMap<(usize, usize), CallKind>;

/// What was known when ProCall was last heard.
#[derive(Clone, Debug)]
pub(super) struct Death {
    heard: Timestamp,
    calls: Calls,
    ringing: Calls,
    /// The source has said that the connection is lost.
    broken: bool,
    /// The source has said that nothing is heard.
    told: bool,
    /// By then no lease is left.
    leases_until: Timestamp,
    /// What another lampfield had set came to us meanwhile.
    pub(super) took_over: bool,
}

impl Death {
    /// The calls that were last told.
    pub(super) const fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Those that rang.
    pub(super) const fn ringing(&self) -> &Calls {
        &self.ringing
    }

    /// Whether nothing may be set or renewed any more.
    pub(super) fn forbids_leases(&self, now: Timestamp) -> bool {
        self.broken || elapsed(self.heard, now) > secs(SIGNS)
    }
}

impl World {
    /// Connected and ringing calls as they were last told.
    pub(super) fn believed_calls(&self) -> (&Calls, &Calls) {
        match &self.death {
            Some(death) => (death.calls(), death.ringing()),
            None => (&self.calls, &self.ringing),
        }
    }

    pub(super) fn procall_dies(&mut self, broken: bool) {
        if self.death.is_some() {
            return;
        }
        if broken {
            self.tell(ProcallEvent::Interrupted);
        }
        let more = if broken { 0 } else { SIGNS };
        self.death = Some(Death {
            heard: self.now,
            calls: self.calls.clone(),
            ringing: self.ringing.clone(),
            broken,
            told: false,
            leases_until: advance(self.now, secs(more + LAST_LEASE)),
            took_over: false,
        });
    }

    /// The source says that nothing is heard, as soon as that is so long ago.
    pub(super) fn procall_is_silent(&mut self) {
        let (now, other) = (self.now, self.other);
        let Some(death) = &mut self.death else {
            return;
        };
        if other {
            // Its ProCall may be well.
            death.leases_until = advance(now, secs(LAST_LEASE));
        }
        let silent = elapsed(death.heard, now);
        if silent >= secs(SIGNS) && !std::mem::replace(&mut death.told, true) {
            self.step(Event::Procall(ProcallEvent::Silent(silent)));
        }
    }

    pub(super) fn procall_returns(&mut self) {
        if let Some(death) = self.death.take() {
            self.hear_what_was_missed(&death);
            self.resync();
        }
    }

    pub(super) fn resync(&mut self) {
        let calls = self.lasting_calls();
        self.tell(ProcallEvent::Calls(calls));
    }

    /// Who was cleared by command is written for again when a call began or none is left, also one
    /// that nobody has heard of until now.
    fn hear_what_was_missed(&mut self, death: &Death) {
        for who in 0..NAMES.len() {
            let of_user = |(place, _): &(&(usize, usize), &CallKind)| place.0 == who;
            let mut calls = self.calls.iter().filter(of_user);
            let begun = calls.any(|(place, kind)| death.calls.get(place) != Some(kind));
            let mut before = death.calls.keys().chain(death.ringing.keys());
            let known = |place: &(usize, usize)| {
                self.calls.contains_key(place) || self.ringing.contains_key(place)
            };
            let one_lasts = before.any(|place| place.0 == who && known(place));
            if begun || !one_lasts {
                self.suppressed.retain(|it| *it != who);
            }
        }
    }

    /// With a ProCall that is gone Teams is right five minutes after it counts as gone.
    pub(super) fn check_death(&self) {
        let Some(death) = &self.death else {
            return;
        };
        if self.now > death.leases_until && !self.other {
            for account in &self.accounts {
                assert_eq!(account.app, None, "renewed for a dead ProCall");
            }
        }
    }
}
