//! The soak: a bridge on a simulated tenant through days of calls, faults, throttles, list changes
//! and restarts, with time moved by seconds to hours. Once a round the weather clears up, and then
//! Teams must show exactly the calls that last, and nothing must be left behind at the end.
//!
//! Not part of `cargo test`, because it takes minutes:
//! `cargo test --release --test bridge soak -- --ignored --nocapture`
//! LAMPFIELD_SOAK_MINUTES (2) says how long, LAMPFIELD_SOAK_SEED (the time) which days; a failure
//! names its seed. How requests overlap is not repeated by it, so that a rare fault may need more
//! than one try.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::*;
use lampfield::bridge::UserRow;
use lampfield::simulator::{Fault, FaultKind, On, RetryAfter, Settings, TeamsAct};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

const USERS: usize = 60;

const STEPS_A_ROUND: usize = 150;

/// Rounds of a named seed that `cargo test` runs all the same: the soak itself must not rot.
const SHORT: u32 = 1;

fn number(name: &str, otherwise: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(otherwise, |text| text.parse().expect("a whole number"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see the head of the file"]
async fn days_of_faults_leave_nothing_behind() {
    let now = lampfield::clock::Clock::now(&lampfield::clocks::SystemClock::new());
    let seed = number("LAMPFIELD_SOAK_SEED", now.as_second().cast_unsigned());
    let minutes = number("LAMPFIELD_SOAK_MINUTES", 2);
    soak(seed, |rounds, real| {
        rounds > 0 && real >= Duration::from_mins(minutes)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_hour_of_faults_leaves_nothing_behind() {
    soak(7, |rounds, _| rounds >= SHORT).await;
}

async fn soak(seed: u64, is_over: impl Fn(u32, Duration) -> bool) {
    println!("seed {seed}");
    let mut soak = Soak::open(seed).await;
    let began = soak.wall.now();
    let mut rounds = 0;
    while !is_over(rounds, lampfield::clock::elapsed(began, soak.wall.now())) {
        for _ in 0..STEPS_A_ROUND {
            soak.something_happens().await;
        }
        soak.calm_down().await;
        rounds += 1;
        println!(
            "round {rounds}: {} writes, {} virtual hours",
            soak.stage.control().writes().len(),
            soak.virtual_time.as_secs() / 3600
        );
    }
    soak.end().await;
}

struct Soak {
    stage: Stage,
    rng: ChaCha8Rng,
    wall: lampfield::clocks::SystemClock,
    virtual_time: Duration,
    /// Who is on the phone, and in which kind of call.
    calls: BTreeSet<(usize, usize)>,
}

const KINDS: [lampfield::simulator::PbxKind; 4] = [Tapi, Softphone, AvChat, Meeting];

fn setting() -> Setting {
    Setting {
        users: USERS,
        interval: Duration::from_millis(100),
        tenant: Settings {
            everyone_matches: true,
            ..Settings::default()
        },
        ..Setting::default()
    }
}

use lampfield::clock::Clock as _;

impl Soak {
    async fn open(seed: u64) -> Self {
        let mut stage = setting().open().await;
        stage.until_read().await;
        Self {
            stage,
            rng: ChaCha8Rng::seed_from_u64(seed),
            wall: lampfield::clocks::SystemClock::new(),
            virtual_time: Duration::ZERO,
            calls: BTreeSet::new(),
        }
    }

    async fn something_happens(&mut self) {
        match self.rng.gen_range(0..100) {
            0..45 => self.a_call_changes(),
            45..60 => self.somebody_acts_in_teams(),
            60..72 => self.something_breaks(),
            72..76 => self.stage.control().clear_faults(),
            76..98 => self.time_passes(),
            _ => self.restart().await,
        }
        tokio::time::sleep(Duration::from_millis(self.rng.gen_range(0..40))).await;
    }

    fn a_call_changes(&mut self) {
        let place = (
            self.rng.gen_range(0..USERS),
            self.rng.gen_range(0..KINDS.len()),
        );
        let state = if self.calls.remove(&place) {
            Ended
        } else if self.rng.gen_bool(0.2) {
            Ringing
        } else {
            self.calls.insert(place);
            Connected
        };
        self.stage.call(Who(place.0), KINDS[place.1], state);
    }

    fn somebody_acts_in_teams(&mut self) {
        let acts = [
            TeamsAct::Active,
            TeamsAct::Idle,
            TeamsAct::Call,
            TeamsAct::Present,
            TeamsAct::HangUp,
            TeamsAct::Automatic,
            TeamsAct::Manual {
                availability: None,
                activity: None,
            },
        ];
        let act = acts.choose(&mut self.rng).unwrap().clone();
        self.stage.teams(Who(self.rng.gen_range(0..USERS)), act);
    }

    fn something_breaks(&mut self) {
        let after = self.rng.gen_range(1..90);
        let kinds = [
            FaultKind::status(500),
            FaultKind::status(503),
            FaultKind::status(403),
            FaultKind::throttled(None),
            FaultKind::throttled(Some(RetryAfter::Seconds(after))),
            FaultKind::throttled(Some(RetryAfter::HttpDate(after))),
            FaultKind::Reset,
            FaultKind::AnswerLost,
            FaultKind::Truncated,
            FaultKind::Html { status: 200 },
            FaultKind::Delay { ms: 2_500 },
            FaultKind::TokenExpired,
            FaultKind::NullFields,
            FaultKind::Missing,
            FaultKind::ReadLag { seconds: 10 },
            FaultKind::EmptyDirectory,
            FaultKind::SyncStateNotFound,
        ];
        let kind = kinds.choose(&mut self.rng).unwrap().clone();
        let places = [On::Graph, On::Presences, On::Set, On::Clear, On::Directory];
        let on = *places.choose(&mut self.rng).unwrap();
        let fault = Fault::new(kind).on(on).times(self.rng.gen_range(1..6));
        self.stage.control().fault(fault);
    }

    fn time_passes(&mut self) {
        let seconds = match self.rng.gen_range(0..20) {
            0 => self.rng.gen_range(600..7_200),
            1..5 => self.rng.gen_range(60..300),
            _ => self.rng.gen_range(1..30),
        };
        self.pass(Duration::from_secs(seconds));
    }

    fn pass(&mut self, by: Duration) {
        self.virtual_time += by;
        self.stage.pass(by);
    }

    /// The next run finds what the last one left, in its ledger and in Teams.
    async fn restart(&mut self) {
        let next = self.stage.beside(setting());
        std::mem::replace(&mut self.stage, next).stop().await;
    }

    /// No more faults: Teams shows what ProCall says, no more and no less.
    async fn calm_down(&mut self) {
        self.stage.control().clear_faults();
        for who in 0..USERS {
            for act in [TeamsAct::HangUp, TeamsAct::Automatic, TeamsAct::Active] {
                self.stage.teams(Who(who), act);
            }
        }
        let wrong = |soak: &Self| -> Vec<String> {
            let users = (0..USERS).map(|who| (who, soak.stage.shown(Who(who)), soak.wished(who)));
            users
                .filter(|(_, shown, wished)| shown != wished)
                .map(|(who, shown, wished)| format!("{who}: {shown}, not {wished}"))
                .collect()
        };
        for _ in 0..120 {
            self.pass(SECOND * 15);
            tokio::time::sleep(Duration::from_millis(50)).await;
            if wrong(self).is_empty() && self.everybody_is_matched() {
                break;
            }
        }
        let still = wrong(self);
        assert!(still.is_empty(), "{still:#?}\n{}", self.stage.said.text());
        assert!(self.everybody_is_matched(), "{}", self.stage.said.text());
    }

    fn everybody_is_matched(&self) -> bool {
        let snapshot = self.stage.bridge.snapshots.borrow();
        snapshot.coverage.adds_up() && snapshot.rows.len() == USERS
    }

    fn wished(&self, who: usize) -> &'static str {
        let mut kinds = self.calls.iter().filter(|(it, _)| *it == who).peekable();
        if kinds.peek().is_none() {
            return "Available/Available";
        }
        if kinds.any(|(_, kind)| KINDS[*kind] == Meeting) {
            return "Busy/InAConferenceCall";
        }
        "Busy/InACall"
    }

    async fn end(mut self) {
        self.calls.clear();
        // All of them: some only ring.
        for who in 0..USERS {
            for kind in KINDS {
                self.stage.call(Who(who), kind, Ended);
            }
        }
        self.calm_down().await;
        for _ in 0..3 {
            self.pass(MINUTE);
            self.stage.cycles().await;
        }
        let nothing = |row: &std::sync::Arc<UserRow>| row.lease.is_none() && row.calls.is_empty();
        let snapshot = self.stage.bridge.snapshots.borrow().clone();
        let left: Vec<_> = snapshot.rows.iter().filter(|row| !nothing(row)).collect();
        assert!(left.is_empty(), "{left:#?}");
        assert_eq!(snapshot.rows.len(), USERS);
        for write in self.stage.control().writes() {
            let pair = write.pair.as_deref().unwrap_or("Busy/InACall");
            assert!(
                pair == "Busy/InACall" || pair == "Busy/InAConferenceCall",
                "{write:?}"
            );
        }
        for line in self.stage.out_text().lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_ne!(
                line["rule"], "in_a_conference_call",
                "only lampfield says so: {line}"
            );
        }
        self.stage.nothing_leaked();
        self.stage.stop().await;
    }
}
