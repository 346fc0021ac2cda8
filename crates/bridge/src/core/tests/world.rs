//! A small world around the state machine: Teams with its sessions, a poll with lag and faults,
//! a set task that coalesces, a ledger on disk. It obeys the effects and checks at every step
//! what must always hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::moves::{Move, Procall, Reads, Writes};
use super::scene::{account, id_of, secs, user};
use super::teams::Account;
use super::watchers::{WATCHERS, Watcher};
use super::world_procall::Death;
use crate::{
    ChunkRead, Core, CoreSettings, Effect, Event, LedgerEntry, ObserveReason, WriteOrder,
    WriteOutcome,
};
use graph::{Failure, FailureKind};
use model::clock::advance;
use model::presence::{CallKind, EntraId, UserName};
use procall::{PresenceChange, ProcallEvent};

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
#[allow(clippy::struct_excessive_bools)] // facts that have nothing to do with each other
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
    /// Another lampfield writes.
    pub(super) other: bool,
    /// estos' own Teams integration is active.
    pub(super) native: bool,
    /// ProCall is gone.
    pub(super) death: Option<Death>,
    /// Whether what was last read of each user, calls of our own left out, was a Teams call.
    pub(super) last_read_a_call: Vec<bool>,
    pub(super) writes: Writes,
    pub(super) reads: Reads,
    pub(super) lag: u64,
    pub(super) latency: u64,
    pub(super) polled: Arc<[EntraId]>,
    pub(super) next_poll: Timestamp,
    pub(super) cycle: u64,
    pub(super) reading: Vec<(ChunkRead, Vec<bool>)>,
    pub(super) queued: Vec<WriteOrder>,
    pub(super) withdrawn: Vec<WriteOrder>,
    pub(super) flying: Vec<Flight>,
    pub(super) ledger: BTreeMap<EntraId, LedgerEntry>,
    pub(super) procall: BTreeMap<UserName, PresenceChange>,
    /// Since when each user asks for nothing and no write of the user failed.
    pub(super) idle_since: Vec<Timestamp>,
    /// Whether a write of the user failed since nothing is asked for.
    pub(super) failed: Vec<bool>,
    pub(super) watchers: [Watcher; WATCHERS],
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
            other: false,
            native: false,
            death: None,
            last_read_a_call: vec![false; NAMES.len()],
            writes: Writes::Work(0),
            reads: Reads::Work,
            lag: 0,
            latency: 0,
            polled: Arc::default(),
            next_poll: now,
            cycle: 0,
            reading: Vec::new(),
            queued: Vec::new(),
            withdrawn: Vec::new(),
            flying: Vec::new(),
            ledger: BTreeMap::new(),
            procall: BTreeMap::new(),
            idle_since: vec![now; NAMES.len()],
            failed: vec![false; NAMES.len()],
            watchers: Default::default(),
        };
        world.introduce(true);
        world
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
            Move::Resync => self.resync(),
            Move::Restart(lists_first) => self.restart(lists_first),
            Move::Directory(listed) => {
                self.listed = listed;
                self.directory();
            }
            // Nobody is there to tell it.
            Move::Users(_) | Move::Native(_) if self.death.is_some() => {}
            Move::Users(in_procall) => {
                self.in_procall = in_procall;
                self.users();
            }
            Move::Quarantine(who) => self.quarantine(who),
            Move::Release(who) => {
                self.quarantined.retain(|it| *it != who);
                self.step(Event::Released(id_of(NAMES[who])));
            }
            Move::Pause(on) => self.pause(on),
            Move::PauseUser(who, on) => self.pause_user(who, on),
            Move::ClearLease(who) => self.clear_lease(who),
            Move::ClearAllLeases => self.clear_all_leases(),
            Move::Other(writes) => self.other_writer(writes),
            Move::Native(active) => self.native_integration(active),
            Move::Look(who) => self.look(who),
            Move::Leave(who) => self.leave(who),
            Move::Procall(Procall::Broken) => self.procall_dies(true),
            Move::Procall(Procall::Mute) => self.procall_dies(false),
            Move::Procall(Procall::Back) => self.procall_returns(),
        }
        self.note_idle();
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

    /// ProCall says something, where it is there.
    pub(super) fn tell(&mut self, said: ProcallEvent) {
        if self.death.is_none() {
            self.step(Event::Procall(said));
        }
    }

    pub(super) fn directory(&mut self) {
        self.introduced = true;
        let users = self.listed.iter().map(|who| account(NAMES[*who])).collect();
        self.step(Event::Directory { users, full: true });
    }

    pub(super) fn users(&mut self) {
        let users = self.in_procall.iter().map(|who| user(NAMES[*who]));
        self.tell(ProcallEvent::Users(users.collect()));
    }

    pub(super) fn introduce(&mut self, lists_first: bool) {
        self.introduced = false;
        if self.other {
            self.step(Event::Observe(ObserveReason::OtherWriter { pid: None }));
        } else {
            self.take_the_lock();
        }
        self.tell(ProcallEvent::NativeIntegration(self.native));
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
        self.death = None;
        for flight in std::mem::take(&mut self.flying) {
            self.arrive(&flight);
        }
        self.queued.clear();
        self.reading.clear();
        self.core = Core::new(settings(), Arc::default(), self.now);
        self.watchers = Default::default();
        self.wake = None;
        self.polled = Arc::default();
        self.next_poll = self.now;
        (self.paused, self.paused_users, self.suppressed) = (false, Vec::new(), Vec::new());
        self.quarantined = Vec::new();
        self.introduce(lists_first);
    }

    /// Time is gone at once; only Teams has gone on.
    fn sleep(&mut self, seconds: u64) {
        self.land_all();
        self.now = advance(self.now, secs(seconds));
        for account in &mut self.accounts {
            account.expire(self.now);
        }
        // Who sleeps cannot be blamed for what was due meanwhile.
        self.idle_since.fill(self.now);
        self.procall_is_silent();
    }

    /// Time passes, second by second.
    pub(super) fn wait(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.now = advance(self.now, secs(1));
            for account in &mut self.accounts {
                account.expire(self.now);
            }
            self.procall_is_silent();
            self.answer_reads();
            self.answer_writes();
            self.send();
            self.other_writes();
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
        // The set task answers when the effects have been obeyed.
        for order in std::mem::take(&mut self.withdrawn) {
            self.not_sent(order);
        }
        effects
    }

    pub(super) fn obey(&mut self, effect: &Effect) {
        match effect {
            Effect::Write(order) => self.take_order(order.clone()),
            Effect::Withdraw(id) => self.withdraw(*id),
            Effect::SetProcall(change) => {
                self.check_told(change);
                self.procall
                    .insert(change.user_name.clone(), change.clone());
            }
            Effect::PollSet(ids) => self.polled = Arc::clone(ids),
            // The ledger belongs to whoever has the lock.
            Effect::LedgerPut(_) | Effect::LedgerRemove(_) if self.other => {}
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
            Move::Procall(Procall::Back),
            Move::Writes(Writes::Work(0)),
            Move::Reads(Reads::Work),
            Move::Lag(1, 0),
            Move::Native(false),
            Move::Other(false),
        ] {
            self.make(&what);
        }
        self.wait(700);
    }
}

pub(super) fn who_is(id: EntraId) -> usize {
    NAMES
        .iter()
        .position(|name| id_of(name) == id)
        .expect("one of us")
}
