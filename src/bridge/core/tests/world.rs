//! A small world around the state machine: Teams with its sessions, a poll with lag and faults,
//! a set task that coalesces, a ledger on disk. It obeys the effects and checks at every step
//! what must always hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::scene::{account, call, id_of, pair, secs, user};
use super::teams::{Account, Client, Preferred};
use crate::bridge::{
    ChunkRead, Command, Core, CoreSettings, CycleEnd, Effect, Event, LedgerEntry, WriteOp,
    WriteOrder, WriteOutcome, WriteResult,
};
use crate::clock::{advance, elapsed};
use crate::graph::{Accepted, Failure, FailureKind, PresenceReading, RequestTiming};
use crate::presence::{CallActivity, CallKind, EntraId, Mapping, ProcallPresence, UserName};
use crate::procall::{CallState, PresenceChange, ProcallEvent};

pub(super) const NAMES: [&str; 3] = ["anna@x.example", "ben@x.example", "cleo@x.example"];

const INTERVAL: u64 = 5;

/// How Graph treats writes at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// They are accepted within so many seconds (0 to 1).
    Work(u64),
    /// They are refused, and not applied.
    Refused(FailureKind),
    /// They are carried out, but the answer is lost.
    AnswerLost,
    /// They are lost on the way.
    Lost,
    /// The budget holds them back.
    Held,
}

/// How Graph treats reads at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Work,
    Fail,
    Missing,
    Unknown,
    Null,
}

/// What happens next.
#[derive(Clone, Debug)]
pub(super) enum Move {
    Wait(u64),
    Call(usize, usize, CallKind, CallState),
    Client(usize, Client),
    Preferred(usize, Option<Preferred>),
    Writes(Writes),
    Reads(Reads),
    /// Reads show what was so many seconds ago, and take so many seconds.
    Lag(u64, u64),
    Refresh,
    Resync,
    /// The bridge is killed and started again; the lists come before the calls, or after.
    Restart(bool),
    Directory(Vec<usize>),
    Quarantine(usize),
    Release(usize),
    Pause(bool),
    PauseUser(usize, bool),
    ClearLease(usize),
}

#[derive(Debug)]
struct Flight {
    order: WriteOrder,
    sent: Timestamp,
    answer_at: Timestamp,
    outcome: WriteOutcome,
}

/// The world, and the bridge in it.
#[derive(Debug)]
pub(super) struct World {
    core: Core,
    pub(super) now: Timestamp,
    wake: Option<Timestamp>,
    accounts: Vec<Account>,
    /// (user, key) -> kind, of connected calls.
    calls: BTreeMap<(usize, usize), CallKind>,
    ringing: BTreeMap<(usize, usize), CallKind>,
    listed: Vec<usize>,
    quarantined: Vec<usize>,
    introduced: bool,
    paused: bool,
    paused_users: Vec<usize>,
    suppressed: Vec<usize>,
    writes: Writes,
    reads: Reads,
    lag: u64,
    latency: u64,
    polled: Arc<[EntraId]>,
    next_poll: Timestamp,
    cycle: u64,
    reading: Vec<(ChunkRead, Vec<bool>)>,
    queued: Vec<WriteOrder>,
    flying: Vec<Flight>,
    ledger: BTreeMap<EntraId, LedgerEntry>,
    pub(super) procall: BTreeMap<UserName, PresenceChange>,
    /// Since when each user asks for nothing and no write of the user failed.
    idle_since: Vec<Timestamp>,
    /// Whether a write of the user failed since nothing is asked for.
    failed: Vec<bool>,
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

    fn is_matched(&self, who: usize) -> bool {
        let matched = self.listed.contains(&who) && !self.quarantined.contains(&who);
        // Before the directory is there, the ledger's name stands in.
        matched || !self.introduced
    }

    fn may_set(&self, who: usize) -> bool {
        !self.paused && !self.paused_users.contains(&who)
    }

    pub(super) fn make(&mut self, what: &Move) {
        match what.clone() {
            Move::Wait(seconds) => self.wait(seconds),
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

    fn pause_user(&mut self, who: usize, on: bool) {
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

    fn clear_lease(&mut self, who: usize) {
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

    fn quarantine(&mut self, who: usize) {
        if !self.quarantined.contains(&who) {
            self.quarantined.push(who);
        }
        let failure = Failure::new(FailureKind::Server, "500");
        self.step(Event::Quarantined {
            id: id_of(NAMES[who]),
            failure,
        });
    }

    fn call(&mut self, who: usize, key: usize, kind: CallKind, state: CallState) {
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

    fn change_call(&mut self, place: (usize, usize), kind: CallKind, state: CallState) {
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

    fn lasting_calls(&self) -> Vec<crate::procall::CallEvent> {
        let connected = self.calls.iter().map(|it| (it, CallState::Connected));
        let ringing = self.ringing.iter().map(|it| (it, CallState::Ringing));
        connected
            .chain(ringing)
            .map(|(((who, key), kind), state)| call(NAMES[*who], &key.to_string(), *kind, state))
            .collect()
    }

    fn tell(&mut self, said: ProcallEvent) {
        self.step(Event::Procall(said));
    }

    fn directory(&mut self) {
        self.introduced = true;
        let users = self.listed.iter().map(|who| account(NAMES[*who])).collect();
        self.step(Event::Directory {
            users: Arc::new(users),
            full: true,
        });
    }

    fn introduce(&mut self, lists_first: bool) {
        self.introduced = false;
        self.step(Event::Ledger(self.ledger.values().cloned().collect()));
        let users = NAMES.iter().map(|name| user(name)).collect();
        let calls = ProcallEvent::Calls(self.lasting_calls());
        if !lists_first {
            self.tell(calls.clone());
        }
        self.tell(ProcallEvent::Users(users));
        self.directory();
        if lists_first {
            self.tell(calls);
        }
    }

    /// kill -9: what flies may still be applied, what is queued is lost, the disk stays.
    fn restart(&mut self, lists_first: bool) {
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

    fn poll(&mut self) {
        let mut genuine = Vec::new();
        let mut readings = Vec::new();
        let sampled = self.now - jiff::SignedDuration::from_secs(self.lag.cast_signed());
        for id in self.polled.iter() {
            let who = NAMES
                .iter()
                .position(|name| id_of(name) == *id)
                .expect("a user");
            let (shown, without_us) = self.accounts[who].at(sampled);
            genuine.push(is_call(&without_us));
            let presence = match self.reads {
                Reads::Unknown => Some(pair("PresenceUnknown/PresenceUnknown")),
                Reads::Null => None,
                _ => Some(shown),
            };
            readings.push(PresenceReading {
                id: *id,
                presence,
                out_of_office: false,
            });
        }
        if self.reads == Reads::Missing {
            readings.clear();
        }
        let outcome = match self.reads {
            Reads::Fail => Err(Failure::new(FailureKind::Server, "500")),
            _ => Ok(readings),
        };
        let read = ChunkRead {
            cycle: self.cycle + 1,
            chunk: 0,
            asked: Arc::clone(&self.polled),
            timing: RequestTiming {
                scheduled: self.now,
                started: self.now,
                first_byte: None,
                finished: advance(self.now, secs(self.latency)),
            },
            outcome,
            unknown_values: Vec::new(),
        };
        self.reading.push((read, genuine));
    }

    fn answer_reads(&mut self) {
        let now = self.now;
        let reading = std::mem::take(&mut self.reading);
        let (done, open) = reading
            .into_iter()
            .partition(|(read, _)| read.timing.finished <= now);
        self.reading = open;
        let done: Vec<(ChunkRead, Vec<bool>)> = done;
        for (read, genuine) in done {
            let timing = read.timing;
            let failed = u32::from(read.outcome.is_err());
            let effects = self.step(Event::Read(read.clone()));
            self.check_what_a_read_did(&read, &genuine, &effects);
            self.cycle += 1;
            self.step(Event::CycleEnded(CycleEnd {
                cycle: self.cycle,
                scheduled: timing.scheduled,
                started: timing.started,
                finished: timing.finished,
                requests: 1,
                errors: failed,
                next_at: self.next_poll,
            }));
        }
    }

    /// No own call is ever mapped; unknown, missing and failed reads change nothing.
    fn check_what_a_read_did(&self, read: &ChunkRead, genuine: &[bool], effects: &[Effect]) {
        for effect in effects {
            let Effect::SetProcall(change) = effect else {
                continue;
            };
            let readings = read
                .outcome
                .as_ref()
                .expect("a failed read changes nothing");
            let at = readings
                .iter()
                .position(|reading| same_user(reading.id, &change.user_name))
                .expect("a missing entry changes nothing");
            let rule = Mapping::built_in().rule_for(readings[at].presence.as_ref());
            assert!(!rule.unknown, "unknown changes nothing");
            let mapped_call = change.procall_presence == ProcallPresence::BusyInACall;
            assert!(
                !mapped_call || genuine[at],
                "our own call was mapped: {change:?}"
            );
        }
    }

    fn send(&mut self) {
        if self.writes == Writes::Held {
            return;
        }
        let busy: Vec<EntraId> = self.flying.iter().map(|it| it.order.entra_id).collect();
        let queued = std::mem::take(&mut self.queued);
        for order in queued {
            if busy.contains(&order.entra_id) {
                self.queued.push(order);
                continue;
            }
            let flight = self.take_off(order);
            self.flying.push(flight);
        }
    }

    fn take_off(&self, order: WriteOrder) -> Flight {
        let (takes, outcome) = match self.writes {
            Writes::Work(takes) => (takes, accepted()),
            Writes::Refused(kind) => (0, WriteOutcome::Failed(Failure::new(kind, "refused"))),
            Writes::AnswerLost => (
                10,
                WriteOutcome::Failed(Failure::new(FailureKind::Timeout, "no answer")),
            ),
            Writes::Lost | Writes::Held => (
                10,
                WriteOutcome::Failed(Failure::new(FailureKind::Network, "lost")),
            ),
        };
        Flight {
            order,
            sent: self.now,
            answer_at: advance(self.now, secs(takes)),
            outcome,
        }
    }

    fn answer_writes(&mut self) {
        let now = self.now;
        let flying = std::mem::take(&mut self.flying);
        let (landed, flying): (Vec<_>, Vec<_>) = flying
            .into_iter()
            .partition(|flight| flight.answer_at <= now);
        self.flying = flying;
        for flight in landed {
            self.arrive(&flight);
            if matches!(flight.outcome, WriteOutcome::Failed(_)) {
                let who = who_is(flight.order.entra_id);
                (self.idle_since[who], self.failed[who]) = (now, true);
            }
            self.step(Event::Written(WriteResult {
                order: flight.order,
                sent_at: Some(flight.sent),
                finished_at: now,
                outcome: flight.outcome,
            }));
        }
    }

    /// The write reaches Teams, if it does.
    fn arrive(&mut self, flight: &Flight) {
        let applied = match &flight.outcome {
            WriteOutcome::Accepted(_) => true,
            WriteOutcome::Failed(failure) => failure.kind == FailureKind::Timeout,
            WriteOutcome::NotSent => false,
        };
        if !applied {
            return;
        }
        let account = &mut self.accounts[who_is(flight.order.entra_id)];
        account.app = match flight.order.op {
            WriteOp::Clear => None,
            WriteOp::Set(it) | WriteOp::Renew(it) => Some((it, advance(self.now, secs(300)))),
        };
        account.note(self.now);
    }

    fn step(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.core.step(event, self.now);
        for effect in &effects {
            self.obey(effect);
        }
        effects
    }

    fn obey(&mut self, effect: &Effect) {
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

    /// Coalesces as the set task does: a newer order replaces one that was not sent yet.
    fn take_order(&mut self, order: WriteOrder) {
        self.check_order(&order);
        let same = |it: &WriteOrder| it.entra_id == order.entra_id;
        let replaced = self
            .queued
            .iter()
            .position(same)
            .map(|at| self.queued.remove(at));
        let flying = self
            .flying
            .iter()
            .any(|it| it.order.entra_id == order.entra_id);
        let needless = order.only_if_sent && replaced.is_some() && !flying;
        if needless {
            self.not_sent(order);
        } else {
            self.queued.push(order);
        }
        if let Some(replaced) = replaced {
            self.not_sent(replaced);
        }
    }

    fn not_sent(&mut self, order: WriteOrder) {
        self.step(Event::Written(WriteResult {
            order,
            sent_at: None,
            finished_at: self.now,
            outcome: WriteOutcome::NotSent,
        }));
    }

    /// Only a ProCall call is ever written, as what it is, while it lasts and while we may.
    fn check_order(&self, order: &WriteOrder) {
        let (WriteOp::Set(activity) | WriteOp::Renew(activity)) = order.op else {
            return;
        };
        let who = who_is(order.entra_id);
        assert_eq!(
            self.wish(who),
            Some(activity),
            "{order:?} is not what the calls ask for"
        );
        assert!(self.may_set(who), "{order:?} while writing is paused");
        let kept = &self.ledger[&order.entra_id];
        assert_eq!(
            kept.activity,
            order_activity(order.op),
            "the ledger comes first"
        );
    }

    /// A user is idle from when nothing is asked for; a failing or held write starts anew.
    fn note_idle(&mut self) {
        for who in 0..NAMES.len() {
            let wanted = self.wish(who).is_some();
            self.failed[who] &= !wanted;
            let waiting = self.flying.iter().any(|flight| {
                who_is(flight.order.entra_id) == who
                    && matches!(flight.outcome, WriteOutcome::Failed(_))
            });
            if wanted || waiting || !matches!(self.writes, Writes::Work(_)) {
                self.idle_since[who] = self.now;
            }
        }
    }

    /// What must hold at every second.
    fn check(&mut self) {
        for (who, account) in self.accounts.iter().enumerate() {
            let Some((_, ends)) = account.app else {
                continue;
            };
            let idle = elapsed(self.idle_since[who], self.now);
            // After a failure the clear is tried again, at the latest after five minutes.
            let retry = if self.failed[who] { 300 } else { 0 };
            assert!(
                idle <= secs(INTERVAL + retry),
                "a lease outlives its call by {idle:?}"
            );
            let kept = self.ledger.get(&id_of(NAMES[who]));
            assert!(
                kept.is_some_and(|kept| kept.expires_at >= ends),
                "not in the ledger"
            );
        }
        let snapshot = self.core.snapshot(self.now);
        assert!(snapshot.coverage.adds_up());
        assert_eq!(snapshot.coverage.procall_users, NAMES.len());
        assert_eq!(snapshot.rows.len(), snapshot.coverage.matched);
        assert_eq!(snapshot.rows.len(), snapshot.reads.len());
        let counts = snapshot.leases;
        assert!(counts.held >= counts.confirmed + counts.masked + counts.no_effect);
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

    /// Every call that lasts is in Teams as what it is.
    pub(super) fn check_calls_are_shown(&self) {
        for (who, account) in self.accounts.iter().enumerate() {
            if self.may_set(who) {
                let held = account.app.map(|(activity, _)| activity);
                assert_eq!(held, self.wish(who), "user {who}");
            }
        }
    }

    /// Every matched user's lamp is what the mapping makes of the truth.
    pub(super) fn check_lamps_are_true(&mut self) {
        for (who, account) in self.accounts.iter().enumerate() {
            assert_eq!(account.app, None);
            if !self.is_matched(who) {
                continue;
            }
            let (shown, _) = account.at(self.now);
            let rule = Mapping::built_in().rule_for(Some(&shown));
            let told = &self.procall[&UserName::new(NAMES[who])];
            let seen = (told.procall_presence, told.lamp, told.tooltip);
            assert_eq!(seen, (rule.procall, rule.lamp, &rule.tooltip), "user {who}");
        }
        assert!(self.ledger.is_empty(), "nothing is left on disk");
    }
}

fn who_is(id: EntraId) -> usize {
    NAMES
        .iter()
        .position(|name| id_of(name) == id)
        .expect("one of us")
}

fn same_user(id: EntraId, name: &UserName) -> bool {
    id == id_of(name.as_str())
}

fn is_call(presence: &crate::presence::TeamsPresence) -> bool {
    Mapping::built_in().rule_for(Some(presence)).procall == ProcallPresence::BusyInACall
}

fn accepted() -> WriteOutcome {
    WriteOutcome::Accepted(Accepted {
        request_id: None,
        already_gone: false,
    })
}

fn order_activity(op: WriteOp) -> CallActivity {
    match op {
        WriteOp::Set(activity) | WriteOp::Renew(activity) => activity,
        WriteOp::Clear => unreachable!("a clear asserts nothing"),
    }
}
