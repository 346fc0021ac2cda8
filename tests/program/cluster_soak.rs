//! Two lampfields, a UCServer and a Redis in random trouble for as long as one likes, with calls going on, and people who
//! present in Teams.
//!
//! `LAMPFIELD_SOAK=3600 cargo test --release --test program random_kills -- --ignored --nocapture`

use std::time::{Duration, Instant};

use axum::http::Uri;
use lampfield::clock::elapsed;
use lampfield::simulator::ucserver::UcServerVersion;
use lampfield::simulator::{PbxKind, PbxState, TeamsAct};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;

use super::ucserver::DO_NOT_DISTURB;
use super::{LEADS, Pair, of_second};
use crate::common::eventually;
use crate::common::program::Started;
use proxy::{Proxy, Way};

#[allow(dead_code)] // the engine's own tests use the rest
#[path = "../../crates/engine/tests/engine/proxy.rs"]
mod proxy;

/// So many people use the phone, half of them at a time.
const CALLERS: usize = 2_000;
/// So many others present in Teams, half of them at a time.
const PRESENTERS: usize = 100;
/// So many calls begin or end before each trouble, and so many presentations.
const CALLS: usize = 50;
const PRESENTATIONS: usize = 5;
/// No call is shown in Teams for longer after its end, whatever happened: a lease's five minutes, and
/// what a poll and a busy machine take.
const LONGEST: Duration = Duration::from_secs(330);
/// The same for do not disturb in ProCall, where a lease has ten minutes.
const LONGEST_IN_PROCALL: Duration = Duration::from_secs(630);

/// What a round does to the pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trouble {
    Kill(usize),
    End(usize),
    /// Both at once: whoever is the last one gives everything back.
    EndBoth,
    Stop(usize),
    StopEngine,
    /// Started anew, it knows nothing of what was.
    KillEngine,
    /// Both members and the engine at once: only Teams remembers.
    KillAll,
    /// One member has another way to the engine than the other.
    Way(usize, Way),
    Ways(Way),
    /// One member does not hear UCServer: whoever leads yields where that lasts.
    WayToUcServer(usize, Way),
}

impl Trouble {
    fn any(dice: &mut ChaCha8Rng) -> Self {
        let one = dice.gen_range(0..2);
        match dice.gen_range(0..14) {
            0 | 1 => Self::Kill(one),
            2 => Self::End(one),
            3 => Self::EndBoth,
            4 => Self::Stop(one),
            5 => Self::StopEngine,
            6 => Self::KillEngine,
            7 => Self::KillAll,
            8 | 9 => Self::Way(one, any_way(dice)),
            10 | 11 => Self::WayToUcServer(one, any_way(dice)),
            _ => Self::Ways(any_way(dice)),
        }
    }

    /// How long it lasts, in milliseconds.
    fn lasts(self, dice: &mut ChaCha8Rng) -> u64 {
        let most = match self {
            Self::WayToUcServer(..) => 40_000,
            _ => 9_000,
        };
        dice.gen_range(500..most)
    }
}

fn any_way(dice: &mut ChaCha8Rng) -> Way {
    match dice.gen_range(0..4) {
        0 => Way::Cut,
        1 => Way::Silent,
        2 => Way::Halved,
        _ => Way::Slow(Duration::from_millis(dice.gen_range(100..1_500))),
    }
}

/// A pair, each of which has its own ways to the engine and to UCServer.
struct Troubled {
    pair: Pair,
    ways: [Proxy; 2],
    ways_to_ucserver: [Proxy; 2],
    members: [Option<Started>; 2],
    /// Name in ProCall and UPN of everybody.
    people: Vec<(String, String)>,
    /// Who is on the phone or, of those behind the callers, presents, and since when or until when.
    busy: Vec<(bool, Instant)>,
    /// How often a member was stopped.
    stops: usize,
}

/// Seconds of trouble; then everything must be right.
fn soak_seconds() -> u64 {
    let told = std::env::var("LAMPFIELD_SOAK");
    told.ok().and_then(|told| told.parse().ok()).unwrap_or(60)
}

/// Printed, so that a run can be made again, as far as the machine lets it.
fn dice() -> ChaCha8Rng {
    let told = std::env::var("LAMPFIELD_SEED").ok();
    let seed = told.and_then(|told| told.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("seed {seed}");
    ChaCha8Rng::seed_from_u64(seed)
}

#[ignore = "as long as one likes; see the top of this file"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_kills_stops_and_losses_leave_no_lamp_wrong() {
    let Some(mut troubled) = Troubled::open().await else {
        return;
    };
    let mut dice = dice();
    let until = Instant::now() + Duration::from_secs(soak_seconds());
    let mut rounds = 0;
    while Instant::now() < until {
        for _ in 0..CALLS {
            troubled.turn(dice.gen_range(0..CALLERS));
        }
        for _ in 0..PRESENTATIONS {
            troubled.turn(CALLERS + dice.gen_range(0..PRESENTERS));
        }
        troubled.trouble(&mut dice).await;
        troubled.refuse_what_is_overdue();
        troubled.refuse_two_writers();
        rounds += 1;
    }
    println!("{rounds} rounds of trouble; now everything must become right");
    troubled.until_right().await;
    troubled.refuse_two_writers();
}

impl Troubled {
    async fn open() -> Option<Self> {
        let pair = Pair::on(CALLERS + PRESENTERS, UcServerVersion::V2).await?;
        let engine = pair.redis.port;
        let ways = [Proxy::to(engine).await, Proxy::to(engine).await];
        let server: Uri = pair
            .site
            .tenant
            .ready()
            .ucserver
            .as_ref()
            .unwrap()
            .parse()
            .unwrap();
        let server = server.port_u16().unwrap();
        let ways_to_ucserver = [Proxy::to(server).await, Proxy::to(server).await];
        let config = std::fs::read_to_string(pair.site.path("lampfield.toml")).unwrap();
        let by_way = |config: &str, port: u16, way: &Proxy| {
            config.replace(&format!(":{port}"), &format!(":{}", way.port))
        };
        let by_ways = |one: usize| {
            let config = by_way(&config, engine, &ways[one]);
            by_way(&config, server, &ways_to_ucserver[one])
        };
        std::fs::write(pair.site.path("lampfield.toml"), by_ways(0)).unwrap();
        std::fs::write(pair.site.path("b.toml"), of_second(&by_ways(1))).unwrap();
        let first = pair.first();
        first.until_says(LEADS).await;
        let second = pair.second();
        let people = pair.site.tenant.control().matched();
        let people = people.into_iter().map(|it| (it.user_name, it.upn.unwrap()));
        let mut troubled = Self {
            people: people.collect(),
            pair,
            ways,
            ways_to_ucserver,
            members: [Some(first), Some(second)],
            busy: vec![(false, Instant::now()); CALLERS + PRESENTERS],
            stops: 0,
        };
        (0..CALLERS / 2).for_each(|at| troubled.turn(at));
        (0..PRESENTERS / 2).for_each(|at| troubled.turn(CALLERS + at));
        Some(troubled)
    }

    /// This call, or this presentation, begins or ends.
    fn turn(&mut self, at: usize) {
        let lasts = !self.busy[at].0;
        self.busy[at] = (lasts, Instant::now());
        let control = self.pair.site.tenant.control();
        let (name, upn) = &self.people[at];
        if at < CALLERS {
            let state = if lasts {
                PbxState::Connected
            } else {
                PbxState::Ended
            };
            control.call(name, PbxKind::Softphone, state).unwrap();
        } else {
            let act = if lasts {
                TeamsAct::Present
            } else {
                TeamsAct::HangUp
            };
            control.teams(upn, &act).unwrap();
        }
    }

    fn start(&mut self, one: usize) {
        self.members[one] = Some(if one == 0 {
            self.pair.first()
        } else {
            self.pair.second()
        });
    }

    fn signal(&self, one: usize, signal: Signal) {
        self.members[one].as_ref().unwrap().signal(signal);
    }

    /// Waits until it is gone, and starts it anew.
    async fn replace(&mut self, one: usize) {
        self.members[one].take().unwrap().end().await;
        self.start(one);
    }

    /// Something goes wrong for a while, and is right again.
    async fn trouble(&mut self, dice: &mut ChaCha8Rng) {
        let trouble = Trouble::any(dice);
        let for_ms = trouble.lasts(dice);
        println!("{trouble:?} for {for_ms} ms");
        self.begin(trouble);
        tokio::time::sleep(Duration::from_millis(for_ms)).await;
        self.mend(trouble).await;
        // Long enough for a leader to be found, mostly.
        tokio::time::sleep(Duration::from_millis(dice.gen_range(0..10_000))).await;
    }

    fn begin(&mut self, trouble: Trouble) {
        self.stops += usize::from(matches!(trouble, Trouble::Stop(_)));
        match trouble {
            Trouble::Kill(one) => self.signal(one, Signal::KILL),
            Trouble::End(one) => self.signal(one, Signal::TERM),
            Trouble::Stop(one) => self.signal(one, Signal::STOP),
            Trouble::StopEngine => self.pair.redis.signal(Signal::STOP),
            Trouble::KillEngine => self.pair.redis.end(),
            Trouble::EndBoth => (0..2).for_each(|one| self.signal(one, Signal::TERM)),
            Trouble::KillAll => {
                self.pair.redis.end();
                (0..2).for_each(|one| self.signal(one, Signal::KILL));
            }
            Trouble::Way(one, way) => self.ways[one].set(way),
            Trouble::Ways(way) => self.ways.iter().for_each(|it| it.set(way)),
            Trouble::WayToUcServer(one, way) => self.ways_to_ucserver[one].set(way),
        }
    }

    async fn mend(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Kill(one) | Trouble::End(one) => self.replace(one).await,
            Trouble::EndBoth => {
                for one in 0..2 {
                    self.replace(one).await;
                }
            }
            Trouble::Stop(one) => self.signal(one, Signal::CONT),
            Trouble::StopEngine => self.pair.redis.signal(Signal::CONT),
            Trouble::KillEngine => self.pair.redis.restart(),
            Trouble::KillAll => {
                self.pair.redis.restart();
                for one in 0..2 {
                    self.replace(one).await;
                }
            }
            Trouble::Way(..) | Trouble::Ways(_) => {
                self.ways.iter().for_each(|it| it.set(Way::Open));
            }
            Trouble::WayToUcServer(one, _) => self.ways_to_ucserver[one].set(Way::Open),
        }
    }

    /// Whether Teams shows this person's call, or ProCall that they present.
    fn shown(&self, at: usize) -> bool {
        let (name, upn) = &self.people[at];
        if at < CALLERS {
            let control = self.pair.site.tenant.control();
            return control.user(upn).unwrap().activity == "InACall";
        }
        let manual = self.pair.server().manual(name);
        manual.map(|manual| manual.state) == Some(DO_NOT_DISTURB)
    }

    /// For how long it may be shown after its end.
    fn longest(at: usize) -> Duration {
        if at < CALLERS {
            LONGEST
        } else {
            LONGEST_IN_PROCALL
        }
    }

    /// Even in the middle of it, nobody is busy for ever.
    fn refuse_what_is_overdue(&self) {
        for (at, (lasts, since)) in self.busy.iter().enumerate() {
            let overdue = !lasts && since.elapsed() > Self::longest(at) && self.shown(at);
            assert!(!overdue, "user {at}: ended {:?} ago", since.elapsed());
        }
    }

    /// Which process wrote what when, as the tenant has heard it: who writes within a second of another one follows one
    /// that has ended and writes nothing any more. Only a request that was under way when its process was
    /// stopped may come between.
    fn refuse_two_writers(&self) {
        let writes = self.pair.site.tenant.control().writes();
        let last = |bearer| writes.iter().rposition(|write| write.bearer == bearer);
        let pairs = writes.windows(2).enumerate();
        let mixed = pairs.filter(|(at, both)| {
            let apart = elapsed(both[0].at, both[1].at);
            let changes = both[0].bearer != both[1].bearer;
            changes && apart < Duration::from_secs(1) && last(both[0].bearer) != Some(*at)
        });
        let mixed = mixed.count();
        assert!(
            mixed <= self.stops,
            "{mixed} times two wrote in turns, {} stops",
            self.stops
        );
    }

    /// What lasts is shown soon, in ProCall at the latest when what another one has set there has run out. What ended is
    /// not, or no longer than is promised: a lease that only an engine knew which was started empty runs out.
    async fn until_right(&self) {
        let mut waited = 0;
        let over = Instant::now();
        for (at, (lasts, since)) in self.busy.iter().enumerate() {
            let is_right = || self.shown(at) == *lasts;
            let mut right = eventually(is_right).await;
            let runs_out = |since: &Instant| since.elapsed() < Self::longest(at);
            while !right && (runs_out(since) && !lasts || at >= CALLERS && runs_out(&over)) {
                waited += 1;
                right = eventually(is_right).await;
            }
            let (since, writes) = (since.elapsed(), self.pair.writes(at));
            assert!(right, "user {at}, lasts {lasts}, {since:?}: {writes:?}");
        }
        self.pair.says_nothing_wrong();
        println!("{waited} times it was waited for a lease to run out");
    }
}
