//! A working day of 20,000 users, driven through the state machine as fast as it goes.

// Each benchmark uses the part it needs.
#![allow(dead_code)]

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lampfield::bridge::{
    ChunkRead, Core, CoreSettings, CycleEnd, Effect, Event, Snapshot, TenantView, WriteOp,
    WriteOrder, WriteOutcome, WriteResult,
};
use lampfield::clock::advance;
use lampfield::graph::{Accepted, PresenceReading, RequestId, RequestTiming};
use lampfield::presence::{
    CallKind, EntraId, EntraUser, ProcallUser, TeamsPresence, Upn, UserName,
};
use lampfield::procall::{CallEvent, CallState, ProcallEvent};
use uuid::Uuid;

use crate::site::USERS;

/// From one cycle to the next.
const INTERVAL: Duration = Duration::from_secs(10);

const CYCLES_PER_HOUR: usize = 360;

/// The same in seconds, where somebody looks: the default of `poll.interval`.
const SEEN_INTERVAL: usize = 5;

const CHUNK: usize = 650;

/// So many users change in a cycle: 24 times a day each.
const CHANGES: usize = USERS * 24 / (24 * CYCLES_PER_HOUR);

/// So many calls begin in a cycle: ten a day each.
const CALLS: usize = USERS * 10 / (24 * CYCLES_PER_HOUR);

/// Cycles that a call lasts: three minutes and a half, so that most leases are renewed once.
const CALL_LASTS: usize = 21;

/// What people are in turn.
const PAIRS: [(&str, &str); 6] = [
    ("Available", "Available"),
    ("Busy", "InAMeeting"),
    ("Away", "Away"),
    ("DoNotDisturb", "Presenting"),
    ("BeRightBack", "BeRightBack"),
    ("Busy", "Busy"),
];

/// The day, and where it stands.
pub(crate) struct Day {
    core: Core,
    now: Timestamp,
    cycle: u64,
    /// What each user is of their own accord: an index into [`PAIRS`].
    own: Vec<usize>,
    /// Who has a lease of ours in Teams.
    leased: Vec<bool>,
    /// Who is on the phone, longest first.
    calls: std::collections::VecDeque<usize>,
    /// Walks through the users in an order that looks random and repeats after all of them.
    turn: usize,
    chunks: Vec<Arc<[EntraId]>>,
    writes: u64,
    changes: u64,
    latest: Option<Arc<Snapshot>>,
}

impl Day {
    pub(crate) fn begin() -> Self {
        let now = Timestamp::UNIX_EPOCH;
        let settings = CoreSettings {
            interval: INTERVAL,
            ..CoreSettings::default()
        };
        let ids: Vec<_> = (0..USERS).map(id).collect();
        let mut day = Self {
            core: Core::new(settings, Arc::new(TenantView::default()), now),
            now,
            cycle: 0,
            own: vec![0; USERS],
            leased: vec![false; USERS],
            calls: std::collections::VecDeque::new(),
            turn: 0,
            chunks: ids.chunks(CHUNK).map(Into::into).collect(),
            writes: 0,
            changes: 0,
            latest: None,
        };
        day.step(Event::Ledger(Vec::new()));
        day.step(Event::Procall(ProcallEvent::Users(procall())));
        day.step(Event::Procall(ProcallEvent::Calls(Vec::new())));
        let users = entra().into_iter().collect();
        day.step(Event::Directory { users, full: true });
        day
    }

    pub(crate) fn hour(&mut self) {
        for _ in 0..CYCLES_PER_HOUR {
            self.people_move(CHANGES, CALLS);
            self.cycle();
            self.now = advance(self.now, INTERVAL);
        }
    }

    /// An hour as those who look see it: polled every five seconds, a snapshot each second.
    pub(crate) fn seen_hour(&mut self, mut show: impl FnMut(Timestamp, Arc<Snapshot>)) {
        for second in 0..3_600 {
            let tenth = second % 10;
            let share = |all: usize| all * (tenth + 1) / 10 - all * tenth / 10;
            self.people_move(share(CHANGES), share(CALLS));
            let (part, all) = (second % SEEN_INTERVAL, self.chunks.len());
            for chunk in all * part / SEEN_INTERVAL..all * (part + 1) / SEEN_INTERVAL {
                let read = self.read(chunk);
                self.step(Event::Read(read));
            }
            if part + 1 == SEEN_INTERVAL {
                self.end_cycle();
            }
            self.now = advance(self.now, Duration::from_secs(1));
            show(self.now, self.core.snapshot(self.now));
        }
    }

    pub(crate) fn sum(&self) -> String {
        let leases = self.latest.as_ref().map_or(0, |latest| latest.leases.held);
        format!(
            "{} changes, {} writes so far, {leases} leases held",
            self.changes, self.writes
        )
    }

    fn people_move(&mut self, changes: usize, calls: usize) {
        for _ in 0..changes {
            let user = self.next_user();
            self.own[user] = (self.own[user] + 1) % PAIRS.len();
        }
        while self.calls.len() >= CALLS * CALL_LASTS {
            if let Some(user) = self.calls.pop_front() {
                self.call(user, CallState::Ended);
            }
        }
        for _ in 0..calls {
            let user = self.next_user();
            self.calls.push_back(user);
            self.call(user, CallState::Connected);
        }
    }

    fn next_user(&mut self) -> usize {
        // A prime that does not divide the number of users: everybody comes once a round.
        self.turn = (self.turn + 7919) % USERS;
        self.turn
    }

    fn call(&mut self, user: usize, state: CallState) {
        let call = CallEvent {
            user_name: UserName::new(&name(user)),
            key: "tapi".into(),
            kind: CallKind::Tapi,
            state,
        };
        self.step(Event::Procall(ProcallEvent::Call(call)));
    }

    fn cycle(&mut self) {
        for chunk in 0..self.chunks.len() {
            let read = self.read(chunk);
            self.step(Event::Read(read));
        }
        self.end_cycle();
        self.latest = Some(self.core.snapshot(self.now));
    }

    fn end_cycle(&mut self) {
        self.cycle += 1;
        let end = CycleEnd {
            cycle: self.cycle,
            scheduled: self.now,
            started: self.now,
            finished: self.now,
            requests: u32::try_from(self.chunks.len()).unwrap_or(u32::MAX),
            errors: 0,
            next_at: advance(self.now, INTERVAL),
        };
        self.step(Event::CycleEnded(end));
        self.step(Event::Woke);
    }

    fn read(&self, chunk: usize) -> ChunkRead {
        let asked = Arc::clone(&self.chunks[chunk]);
        let started = advance(self.now, Duration::from_millis(1));
        let readings = (chunk * CHUNK..).take(asked.len());
        ChunkRead {
            cycle: self.cycle + 1,
            chunk,
            timing: RequestTiming {
                scheduled: self.now,
                started,
                first_byte: Some(started),
                finished: advance(started, latency(self.cycle, chunk)),
            },
            outcome: Ok(readings.map(|user| self.reading(user)).collect()),
            unknown_values: Vec::new(),
            asked,
        }
    }

    fn reading(&self, user: usize) -> PresenceReading {
        let own = PAIRS[self.own[user]];
        let (availability, activity) = match (self.leased[user], own.0) {
            // What a session of ours cannot hide.
            (false, _) | (true, "DoNotDisturb") => own,
            (true, _) => ("Busy", "InACall"),
        };
        PresenceReading {
            id: id(user),
            presence: Some(TeamsPresence::parse(availability, activity)),
            out_of_office: false,
        }
    }

    /// One step, and Graph's answers to the writes that it asks for.
    fn step(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in self.core.step(event, self.now) {
                match effect {
                    Effect::Write(order) => events.push(self.written(order)),
                    Effect::Changed(_) => self.changes += 1,
                    _ => {}
                }
            }
        }
    }

    fn written(&mut self, order: WriteOrder) -> Event {
        self.writes += 1;
        let user = user_of(order.entra_id);
        self.leased[user] = order.op != WriteOp::Clear;
        Event::Written(WriteResult {
            order,
            sent_at: Some(self.now),
            finished_at: self.now,
            outcome: WriteOutcome::Accepted(Accepted {
                request_id: Some(request_id(self.writes)),
                already_gone: false,
            }),
        })
    }
}

/// As hard to pack as an id of Entra's: half of it looks like chance.
fn id(user: usize) -> EntraId {
    let user = u64::try_from(user).unwrap_or_default();
    EntraId(Uuid::from_u64_pair(chance(user), user))
}

fn user_of(id: EntraId) -> usize {
    usize::try_from(id.0.as_u64_pair().1).unwrap_or_default()
}

/// Looks like chance, and is the same each time (splitmix64).
fn chance(of: u64) -> u64 {
    let mut mixed = of.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// 30 to 94 ms.
fn latency(cycle: u64, chunk: usize) -> Duration {
    let chunk = u64::try_from(chunk).unwrap_or_default();
    Duration::from_micros(30_000 + chance(cycle * 64 + chunk) % 64_000)
}

fn name(user: usize) -> String {
    format!("user{user:05}@corp.example")
}

/// As long as Microsoft's, and as hard to pack.
fn request_id(number: u64) -> RequestId {
    let id = Uuid::from_u64_pair(chance(number), chance(!number));
    RequestId(id.to_string().as_str().into())
}

fn procall() -> Vec<ProcallUser> {
    let users = (0..USERS).map(|user| ProcallUser {
        user_name: UserName::new(&name(user)),
        display_name: format!("Given Family {user}").into(),
        phone: format!("+49 89 5550 {user}").into(),
        excluded: false,
    });
    users.collect()
}

fn entra() -> Vec<EntraUser> {
    let users = (0..USERS).map(|user| EntraUser {
        id: id(user),
        upn: Upn::new(&name(user)),
        display_name: format!("Given Family {user}").into(),
        enabled: true,
        guest: false,
        teams_plan: Some(true),
        department: None,
    });
    users.collect()
}
