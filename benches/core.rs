//! What the state machine costs at 20,000 users. Budget: one unchanged cycle (31 chunks, its end
//! and a snapshot) at most 5 ms; a call to the order to write far below the 5 ms it may take until
//! the request is on the wire.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs
)]

use std::sync::Arc;
use std::time::Duration;

use divan::{Bencher, black_box};
use jiff::{SignedDuration, Timestamp};
use lampfield::bridge::{ChunkRead, Core, CoreSettings, CycleEnd, Effect, Event, Snapshot};
use lampfield::graph::{PresenceReading, RequestTiming};
use lampfield::presence::{
    CallKind, EntraId, EntraUser, ProcallUser, TeamsPresence, Upn, UserName,
};
use lampfield::procall::{CallEvent, CallState, ProcallEvent};
use lampfield::redact;

const USERS: usize = 20_000;
const CHUNK: usize = 650;

fn main() {
    divan::main();
}

struct Tenant {
    core: Core,
    now: Timestamp,
    cycle: u64,
    ids: Vec<EntraId>,
    /// A console holds the last snapshot, as it does in the program.
    shown: Arc<Snapshot>,
}

fn name(n: usize) -> String {
    format!("user{n:05}@corp.example")
}

fn id(n: usize) -> EntraId {
    // Spread like real ids, the same in every run.
    let n = u128::try_from(n).unwrap() + 1;
    let bits = n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    EntraId::parse(&format!("{bits:032x}")).unwrap()
}

fn accounts() -> Vec<EntraUser> {
    let account = |n| EntraUser {
        id: id(n),
        upn: Upn::new(&name(n)),
        display_name: name(n).into(),
        enabled: true,
        guest: false,
        teams_plan: Some(true),
        department: None,
    };
    (0..USERS).map(account).collect()
}

impl Tenant {
    fn new() -> Self {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        let mut core = Core::new(CoreSettings::default(), Arc::default(), now);
        let users = (0..USERS).map(|n| ProcallUser {
            user_name: UserName::new(&name(n)),
            display_name: name(n).into(),
            phone: n.to_string().into(),
            excluded: false,
        });
        core.step(Event::Procall(ProcallEvent::Users(users.collect())), now);
        let directory = Event::Directory {
            users: accounts().into_iter().collect(),
            full: true,
        };
        core.step(directory, now);
        core.step(Event::Procall(ProcallEvent::Calls(Vec::new())), now);
        let shown = core.snapshot(now);
        let ids = (0..USERS).map(id).collect();
        let mut tenant = Self {
            core,
            now,
            cycle: 0,
            ids,
            shown,
        };
        let first = tenant.cycle_events();
        tenant.run(first);
        tenant
    }

    fn later(&self, by: i64) -> Timestamp {
        self.now
            .checked_add(SignedDuration::from_millis(by))
            .unwrap()
    }

    /// One cycle in which nothing changes; every chunk in the order of the answer, reversed.
    fn cycle_events(&mut self) -> Vec<Event> {
        self.now = self.later(5000);
        self.cycle += 1;
        let timing = RequestTiming {
            scheduled: self.now,
            started: self.now,
            first_byte: Some(self.later(80)),
            finished: self.later(90),
        };
        let chunks = self.ids.chunks(CHUNK).enumerate();
        let mut events: Vec<Event> = chunks
            .map(|(chunk, ids)| {
                let readings = ids.iter().rev().map(|id| PresenceReading {
                    id: *id,
                    presence: Some(TeamsPresence::parse("Available", "Available")),
                    out_of_office: false,
                });
                Event::Read(ChunkRead {
                    cycle: self.cycle,
                    chunk,
                    asked: ids.into(),
                    timing,
                    outcome: Ok(readings.collect()),
                    unknown_values: Vec::new(),
                })
            })
            .collect();
        events.push(Event::CycleEnded(CycleEnd {
            cycle: self.cycle,
            scheduled: self.now,
            started: self.now,
            finished: self.later(100),
            requests: u32::try_from(self.ids.len().div_ceil(CHUNK)).unwrap(),
            errors: 0,
            next_at: self.later(5000),
        }));
        events
    }

    fn run(&mut self, events: Vec<Event>) {
        let now = self.later(100);
        for event in events {
            black_box(self.core.step(event, now));
        }
        self.shown = self.core.snapshot(now);
    }

    fn call(&mut self, n: usize, state: CallState) -> Vec<Effect> {
        let event = CallEvent {
            user_name: UserName::new(&name(n)),
            key: "1".into(),
            kind: CallKind::Tapi,
            state,
        };
        self.now = self.now.checked_add(Duration::from_millis(1)).unwrap();
        self.core
            .step(Event::Procall(ProcallEvent::Call(event)), self.now)
    }
}

/// 31 chunk reads, the end of the cycle, a snapshot; nothing changed.
#[divan::bench(sample_count = 50, sample_size = 1)]
fn unchanged_cycle(bencher: Bencher) {
    let mut tenant = Tenant::new();
    let tenant = std::cell::RefCell::new(&mut tenant);
    bencher
        .with_inputs(|| tenant.borrow_mut().cycle_events())
        .bench_local_values(|events| tenant.borrow_mut().run(events));
}

/// A call of one user, up to the order to write.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn call_to_order(bencher: Bencher) {
    let mut tenant = Tenant::new();
    let mut n = 0;
    bencher.bench_local(|| {
        n = (n + 7919) % USERS;
        let effects = tenant.call(n, CallState::Connected);
        assert!(effects.iter().any(|it| matches!(it, Effect::Write(_))));
        effects
    });
}

/// A snapshot right after one row changed, while a console holds the last one.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn change_and_snapshot(bencher: Bencher) {
    let mut tenant = Tenant::new();
    let mut n = 0;
    bencher.bench_local(|| {
        n = (n + 7919) % USERS;
        tenant.call(n, CallState::Ringing);
        tenant.shown = tenant.core.snapshot(tenant.now);
    });
}

/// A snapshot when nothing changed.
#[divan::bench]
fn snapshot(bencher: Bencher) {
    let mut tenant = Tenant::new();
    bencher.bench_local(|| tenant.core.snapshot(tenant.now));
}

/// Both lists come anew and say the same.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn directory_again(bencher: Bencher) {
    let mut tenant = Tenant::new();
    let directory = Event::Directory {
        users: accounts().into_iter().collect(),
        full: false,
    };
    bencher.bench_local(|| tenant.core.step(directory.clone(), tenant.now));
}

/// What each line of the log, and each text of a server's, pays before anybody sees it.
#[divan::bench]
fn a_line_is_searched_for_secrets(bencher: Bencher<'_, '_>) {
    const LINE: &str = "anna.berger@corp.example: ProCall presence busy (call on 2 lines), Teams Busy/InACall, lease \
                        until 14:03:12, request-id 8f0c1c9e-1b1b-4c4e-9a65-0d7c2f0f1a11";
    redact::hide("W9~s3cret-client-secret-value-1234");
    for token in 0..4_u32 {
        let letters =
            (0..1_500_u32).map(|n| char::from_digit((n * 7 + token * 13) % 36, 36).unwrap());
        let token: String = letters.collect();
        redact::hide_passing(redact::Passing::AccessToken, "login.example", &token);
    }
    bencher.bench(|| redact::redacted(black_box(LINE)));
}
