//! Which calls of a user last, and what they ask of Teams.

use std::sync::Arc;

use jiff::Timestamp;
use tracing::Level;

use super::super::line::LogTarget;
use super::Core;
use model::few::Few;
use model::presence::{CallActivity, CallKind, MatchKey, UserName};
use model::snapshot::{CallView, UserEventKind};
use procall::{CallEvent, CallState};

/// The calls of one user.
#[derive(Clone, Debug, Default)]
pub(super) struct UserCalls {
    calls: Vec<OneCall>,
    /// The administrator cleared the lease: nothing is written until the next call begins.
    suppressed: bool,
}

#[derive(Clone, Debug)]
struct OneCall {
    key: Arc<str>,
    kind: CallKind,
    connected: bool,
    since: Timestamp,
}

impl UserCalls {
    /// What the calls ask of Teams: a meeting wins over any other call; ringing asks nothing.
    fn asked(&self) -> Option<CallActivity> {
        let talking = self.calls.iter().filter(|call| call.connected);
        talking.filter_map(|call| call.kind.activity()).max()
    }

    /// What is wished of Teams. Another lampfield that writes knows nothing of a lease that was
    /// cleared by command here.
    pub(super) fn wish(&self, other_writer: bool) -> Option<CallActivity> {
        let asks = !self.suppressed || other_writer;
        self.asked().filter(|_| asks)
    }

    /// Writes nothing for these calls until the next one begins.
    pub(super) const fn suppress(&mut self) {
        self.suppressed = true;
    }

    /// Whether nothing is written for them until the next one begins.
    pub(super) const fn is_suppressed(&self) -> bool {
        self.suppressed
    }

    /// Whether one of them was connected after this moment.
    pub(super) fn began_after(&self, moment: Timestamp) -> bool {
        let mut calls = self.calls.iter();
        calls.any(|call| call.connected && call.since > moment)
    }

    /// Whether no call lasts.
    pub(super) const fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    /// The end of each call, as ProCall would tell it of the user of this name.
    pub(super) fn ends(&self, name: &UserName) -> impl Iterator<Item = CallEvent> {
        self.calls.iter().map(|call| CallEvent {
            user_name: name.clone(),
            key: Arc::clone(&call.key),
            kind: call.kind,
            state: CallState::Ended,
        })
    }

    /// The calls as they are shown; `stale_since` where ProCall is silent.
    pub(super) fn views(&self, stale_since: Option<Timestamp>) -> Few<CallView> {
        self.calls
            .iter()
            .map(|call| CallView {
                kind: call.kind,
                connected: call.connected,
                since: call.since,
                stale_since,
            })
            .collect()
    }

    /// A call begins, ends or becomes another; what happened, if it is new.
    pub(super) fn apply(&mut self, event: &CallEvent, now: Timestamp) -> Option<UserEventKind> {
        let at = self.calls.iter().position(|call| call.key == event.key);
        match event.state {
            CallState::Connected => self.begin(at, event, true, now),
            CallState::Ringing => self.begin(at, event, false, now),
            CallState::Ended => {
                let call = self.calls.remove(at?);
                Some(UserEventKind::CallEnded(call.kind))
            }
            CallState::Present | CallState::Busy | CallState::Absent | CallState::DoNotDisturb => {
                None
            }
        }
    }

    fn begin(
        &mut self,
        at: Option<usize>,
        event: &CallEvent,
        connected: bool,
        now: Timestamp,
    ) -> Option<UserEventKind> {
        let known = at.and_then(|at| self.calls.get_mut(at));
        if let Some(call) = known {
            if call.connected == connected && call.kind == event.kind {
                return None;
            }
            if call.connected != connected {
                call.since = now;
            }
            call.connected = connected;
            call.kind = event.kind;
        } else {
            self.calls.push(OneCall {
                key: Arc::clone(&event.key),
                kind: event.kind,
                connected,
                since: now,
            });
        }
        if !connected {
            return Some(UserEventKind::CallRinging(event.kind));
        }
        self.suppressed = false;
        Some(UserEventKind::CallConnected(event.kind))
    }
}

impl Core {
    pub(super) fn take_call(&mut self, event: &CallEvent, now: Timestamp) {
        self.links.procall_is_used(now);
        // A presence set by hand is nobody's business but ProCall's: none of it is carried.
        if event.kind == CallKind::Manual {
            return self.take_manual(event);
        }
        let key = event.user_name.key();
        self.apply_call(&key, event, now);
        self.reconcile_key(&key, now);
    }

    fn apply_call(&mut self, key: &MatchKey, event: &CallEvent, now: Timestamp) {
        if let Some(happened) = self.states.apply_call(key, event, now) {
            self.note_call(key, &event.user_name, happened, now);
        }
    }

    fn note_call(
        &mut self,
        key: &MatchKey,
        name: &UserName,
        happened: UserEventKind,
        now: Timestamp,
    ) {
        // Ringing causes nothing; what is connected or ended causes a write.
        let (level, words) = match &happened {
            UserEventKind::CallConnected(kind) => {
                (Level::INFO, format!("{} call connected", kind.as_str()))
            }
            UserEventKind::CallEnded(kind) => {
                (Level::INFO, format!("{} call ended", kind.as_str()))
            }
            UserEventKind::CallRinging(kind) => {
                (Level::DEBUG, format!("{} call rings", kind.as_str()))
            }
            _ => return,
        };
        self.log(level, LogTarget::Procall, Some(name), words);
        if let Some(ix) = self.roster.index_of_key(key) {
            self.record(ix, now, happened);
        }
    }

    /// All calls that last right now, replacing everything said before.
    pub(super) fn resync_calls(&mut self, events: &[CallEvent], now: Timestamp) {
        let unheard = self.hear_calls(now);
        // All calls first, the wishes afterwards: nothing is written for what was half said.
        let mut keys = Vec::new();
        for event in self.states.ended_unheard(events).iter().chain(events) {
            if event.kind != CallKind::Manual {
                let key = event.user_name.key();
                self.apply_call(&key, event, now);
                keys.push(key);
            }
        }
        for key in keys {
            self.reconcile_key(&key, now);
        }
        if self.states.learn_calls() || unheard {
            self.decide_adoptions(now);
        }
        if unheard {
            // What waited meanwhile.
            self.reconcile_all(now);
        }
    }
}
