//! A small world around the state machine: Teams with its sessions, a poll with lag and faults,
//! a set task that coalesces, a ledger on disk. It obeys the effects and checks at every step
//! what must always hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::moves::{Move, Reads, Writes};
use super::scene::{account, call, id_of, secs, user};
use super::teams::Account;
use crate::bridge::{
    ChunkRead, Command, Core, CoreSettings, Effect, Event, LedgerEntry, WriteOrder, WriteOutcome,
};
use crate::clock::advance;
use crate::graph::{Failure, FailureKind};
use crate::presence::{CallActivity, CallKind, EntraId, UserName};
use crate::procall::{CallState, PresenceChange, ProcallEvent};

pub(super) const NAMES: [&str; 3] = ["anna@x.example", "ben@x.example", "cleo@x.example"];

pub(super) const INTERVAL: u64 = 5;

#[derive(Debug)]
pub(super) struct Flight {
    pub(super) order: WriteOrder,
    pub(super) sent: Timestamp,
    pub(super) answer_at: Timestamp,
    /// It has reached Teams, the answer has not come back.
    pub(super) arrived: bool,
    pub(super) outcome: WriteOutcome,
}

/// The world, and the bridge in it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) core: Core,
    pub(super) now: Timestamp,
    pub(super) wake: Option<Timestamp>,
    pub(super) accounts: Vec<Account>,
    /// (user, key) -> kind, of connected calls.
    pub(super) calls: BTreeMap<(usize, usize), CallKind>,
    pub(super) ringing: BTreeMap<(usize, usize), CallKind>,
    /// Who is in the directory.
    pub(super) listed: Vec<usize>,
    /// Who is in ProCall's list.
    pub(super) in_procall: Vec<usize>,
    pub(super) quarantined: Vec<usize>,
    pub(super) introduced: bool,
    pub(super) paused: bool,
    pub(super) paused_users: Vec<usize>,
    pub(super) suppressed: Vec<usize>,
    pub(super) writes: Writes,
    pub(super) reads: Reads,
    pub(super) lag: u64,
    pub(super) latency: u64,
    pub(super) polled: Arc<[EntraId]>,
    pub(super) next_poll: Timestamp,
    pub(super) cycle: u64,
    pub(super) reading: Vec<(ChunkRead, Vec<bool>)>,
    pub(super) queued: Vec<WriteOrder>,
    pub(super) flying: Vec<Flight>,
    pub(super) ledger: BTreeMap<EntraId, LedgerEntry>,
    pub(super) procall: BTreeMap<UserName, PresenceChange>,
    /// Since when each user asks for nothing and no write of the user failed.
    pub(super) idle_since: Vec<Timestamp>,
    /// Whether a write of the user failed since nothing is asked for.
    pub(super) failed: Vec<bool>,
}

fn settings() -> CoreSettings {
    CoreSettings {
        interval: secs(INTERVAL),
        ..CoreSettings::default()
    }
}

impl World {
    pub(super) fn new(app_wins_ties: bool) -> Self {
        let now = Timestamp::from_second(1_800_000_000).expect("a time");
        let mut world = Self {
            core: Core::new(settings(), Arc::default(), now),
            now,
            wake: None,
            accounts: vec![Account::new(app_wins_ties, now); NAMES.len()],
            calls: BTreeMap::new(),
            ringing: BTreeMap::new(),
            listed: (0..NAMES.len()).collect(),
            in_procall: (0..NAMES.len()).collect(),
            quarantined: Vec::new(),
            introduced: false,
            paused: false,
            paused_users: Vec::new(),
            suppressed: Vec::new(),
            writes: Writes::Work(0),
            reads: Reads::Work,
            lag: 0,
            latency: 0,
            polled: Arc::default(),
            next_poll: now,
            cycle: 0,
            reading: Vec::new(),
            queued: Vec::new(),
            flying: Vec::new(),
            ledger: BTreeMap::new(),
            procall: BTreeMap::new(),
            idle_since: vec![now; NAMES.len()],
            failed: vec![false; NAMES.len()],
        };
        world.introduce(true);
        world
    }

    /// What the calls of a user ask for, by the words of the specification.
    pub(super) fn wish(&self, who: usize) -> Option<CallActivity> {
        let excused = !self.is_matched(who) || self.suppressed.contains(&who);
        let kinds = self.calls.iter().filter(|((user, _), _)| *user == who);
        let mut kinds = kinds.map(|(_, kind)| *kind);
        if excused || kinds.clone().next().is_none() {
            return None;
        }
        if kinds.any(|kind| kind == CallKind::Meeting) {
            return Some(CallActivity::InAConferenceCall);
        }
        Some(CallActivity::InACall)
    }

    pub(super) fn is_matched(&self, who: usize) -> bool {
        let listed = self.listed.contains(&who) && self.in_procall.contains(&who);
        let matched = listed && !self.quarantined.contains(&who);
        // Before the directory is there, the ledger's name stands in.
        matched || !self.introduced
    }

    pub(super) fn may_set(&self, who: usize) -> bool {
        !self.paused && !self.paused_users.contains(&who)
    }

    pub(super) fn make(&mut self, what: &Move) {
        match what.clone() {
            Move::Wait(seconds) => self.wait(seconds),
            Move::Sleep(seconds) => self.sleep(seconds),
            Move::Call(who, key, kind, state) => self.call(who, key, kind, state),
            Move::Client(who, client) => {
                self.accounts[who].client = client;
                self.accounts[who].note(self.now);
            }
            Move::Preferred(who, preferred) => {
                self.accounts[who].preferred = preferred;
                self.accounts[who].note(self.now);
            }
            Move::Writes(writes) => self.writes = writes,
            Move::Reads(reads) => self.reads = reads,
            Move::Lag(lag, latency) => (self.lag, self.latency) = (lag, latency),
            Move::Refresh => self.poll(),
            Move::Resync => {
                let calls = self.lasting_calls();
                self.tell(ProcallEvent::Calls(calls));
            }
            Move::Restart(lists_first) => self.restart(lists_first),
            Move::Directory(listed) => {
                self.listed = listed;
                self.directory();
            }
            Move::Users(in_procall) => {
                self.in_procall = in_procall;
                self.users();
            }
            Move::Quarantine(who) => self.quarantine(who),
            Move::Release(who) => {
                self.quarantined.retain(|it| *it != who);
                self.step(Event::Released(id_of(NAMES[who])));
            }
            Move::Pause(on) => {
                self.paused = on;
                let command = if on {
                    Command::PauseWriting
                } else {
                    Command::ResumeWriting
                };
                self.step(Event::Command(command));
            }
            Move::PauseUser(who, on) => self.pause_user(who, on),
            Move::ClearLease(who) => self.clear_lease(who),
        }
        self.note_idle();
    }

    pub(super) fn pause_user(&mut self, who: usize, on: bool) {
        if !self.is_matched(who) {
            return;
        }
        self.paused_users.retain(|it| *it != who);
        let name = UserName::new(NAMES[who]);
        let command = if on {
            self.paused_users.push(who);
            Command::PauseUser(name)
        } else {
            Command::ResumeUser(name)
        };
        self.step(Event::Command(command));
    }

    pub(super) fn clear_lease(&mut self, who: usize) {
        let has_calls = self
            .calls
            .keys()
            .chain(self.ringing.keys())
            .any(|(user, _)| *user == who);
        if self.is_matched(who) && has_calls && !self.suppressed.contains(&who) {
            self.suppressed.push(who);
        }
        self.step(Event::Command(Command::ClearLease(UserName::new(
            NAMES[who],
        ))));
    }

    pub(super) fn quarantine(&mut self, who: usize) {
        if !self.quarantined.contains(&who) {
            self.quarantined.push(who);
        }
        let failure = Failure::new(FailureKind::Server, "500");
        self.step(Event::Quarantined {
            id: id_of(NAMES[who]),
            failure,
        });
    }

    pub(super) fn call(&mut self, who: usize, key: usize, kind: CallKind, state: CallState) {
        let place = (who, key);
        // A call keeps its kind.
        let known = self.calls.get(&place).or(self.ringing.get(&place)).copied();
        let kind = known.unwrap_or(kind);
        if kind != CallKind::Manual {
            self.change_call(place, kind, state);
        }
        let gone = |(user, _): &(usize, usize)| *user != who;
        if self.calls.keys().chain(self.ringing.keys()).all(gone) {
            self.suppressed.retain(|it| *it != who);
        }
        self.tell(ProcallEvent::Call(call(
            NAMES[who],
            &key.to_string(),
            kind,
            state,
        )));
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
                if !connected {
                    self.suppressed.retain(|it| *it != place.0);
                }
            }
            CallState::Ringing => {
                self.ringing.insert(place, kind);
            }
            _ => {}
        }
    }

    pub(super) fn lasting_calls(&self) -> Vec<crate::procall::CallEvent> {
        let connected = self.calls.iter().map(|it| (it, CallState::Connected));
        let ringing = self.ringing.iter().map(|it| (it, CallState::Ringing));
        connected
            .chain(ringing)
            .map(|(((who, key), kind), state)| call(NAMES[*who], &key.to_string(), *kind, state))
            .collect()
    }

    pub(super) fn tell(&mut self, said: ProcallEvent) {
        self.step(Event::Procall(said));
    }

    pub(super) fn directory(&mut self) {
        self.introduced = true;
        let users = self.listed.iter().map(|who| account(NAMES[*who])).collect();
        self.step(Event::Directory {
            users: Arc::new(users),
            full: true,
        });
    }

    pub(super) fn users(&mut self) {
        let users = self.in_procall.iter().map(|who| user(NAMES[*who]));
        self.tell(ProcallEvent::Users(users.collect()));
    }

    pub(super) fn introduce(&mut self, lists_first: bool) {
        self.introduced = false;
        self.step(Event::Ledger(self.ledger.values().cloned().collect()));
        let calls = ProcallEvent::Calls(self.lasting_calls());
        if !lists_first {
            self.tell(calls.clone());
        }
        self.users();
        self.directory();
        if lists_first {
            self.tell(calls);
        }
    }

    /// kill -9: what flies may still be applied, what is queued is lost, the disk stays.
    pub(super) fn restart(&mut self, lists_first: bool) {
        for flight in std::mem::take(&mut self.flying) {
            self.arrive(&flight);
        }
        self.queued.clear();
        self.reading.clear();
        self.core = Core::new(settings(), Arc::default(), self.now);
        self.wake = None;
        self.polled = Arc::default();
        self.next_poll = self.now;
        (self.paused, self.paused_users, self.suppressed) = (false, Vec::new(), Vec::new());
        self.quarantined = Vec::new();
        self.introduce(lists_first);
    }

    /// Time is gone at once; only Teams has gone on.
    fn sleep(&mut self, seconds: u64) {
        let mut flying = std::mem::take(&mut self.flying);
        for flight in &mut flying {
            self.arrive(flight);
            flight.arrived = true;
        }
        self.flying = flying;
        self.now = advance(self.now, secs(seconds));
        for account in &mut self.accounts {
            account.expire(self.now);
        }
        // Who sleeps cannot be blamed for what was due meanwhile.
        self.idle_since.fill(self.now);
    }

    /// Time passes, second by second.
    pub(super) fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = advance(self.now, secs(1));
            for account in &mut self.accounts {
                account.expire(self.now);
            }
            self.answer_reads();
            self.answer_writes();
            self.send();
            if self.wake.is_some_and(|at| at <= self.now) {
                self.wake = None;
                self.step(Event::Woke);
            }
            if self.next_poll <= self.now {
                self.next_poll = advance(self.now, secs(INTERVAL));
                self.poll();
            }
            self.note_idle();
            self.check();
        }
    }

    pub(super) fn step(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.core.step(event, self.now);
        for effect in &effects {
            self.obey(effect);
        }
        effects
    }

    pub(super) fn obey(&mut self, effect: &Effect) {
        match effect {
            Effect::Write(order) => self.take_order(order.clone()),
            Effect::SetProcall(change) => {
                self.procall
                    .insert(change.user_name.clone(), change.clone());
            }
            Effect::PollSet(ids) => self.polled = Arc::clone(ids),
            Effect::LedgerPut(entry) => {
                self.ledger.insert(entry.entra_id, entry.clone());
            }
            Effect::LedgerRemove(id) => {
                self.ledger.remove(id);
            }
            Effect::WakeAt(at) => self.wake = Some(*at),
            _ => {}
        }
    }

    /// The weather clears up, and everything that is retried has time to succeed.
    pub(super) fn calm_down(&mut self) {
        for what in [
            Move::Writes(Writes::Work(0)),
            Move::Reads(Reads::Work),
            Move::Lag(1, 0),
        ] {
            self.make(&what);
        }
        self.wait(700);
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

pub(super) fn who_is(id: EntraId) -> usize {
    NAMES
        .iter()
        .position(|name| id_of(name) == id)
        .expect("one of us")
}
