//! Two lampfields of one tenant on a real Redis: who writes, and what becomes of the calls.

use std::time::{Duration, Instant};

use lampfield::simulator::{PbxState, Verb};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rustix::process::Signal;

use crate::attach::{call, json};
use crate::common::eventually;
use crate::common::program::{Site, Started};
use crate::common::redis::Redis;

const LEADS: &str = "this member leads the cluster now: writing";
const STANDS_BY: &str = "standby, another member of the cluster leads";

/// One tenant, and two machines for it: what is theirs alone stands in files of different names.
struct Pair {
    site: Site,
    redis: Redis,
}

impl Pair {
    async fn open() -> Option<Self> {
        Self::open_with(4, "").await
    }

    /// `keys` are further ones of `[cluster]`.
    async fn open_with(users: usize, keys: &str) -> Option<Self> {
        let redis = Redis::start()?;
        let extra = format!(
            "[log]\ndirectory = \"logs-a\"\n[attach]\nsocket = \"a.sock\"\n{}{keys}",
            redis.section()
        );
        let site = Site::with_users(users, &extra).await;
        let first = std::fs::read_to_string(site.path("lampfield.toml")).unwrap();
        let second = first
            .replace("logs-a", "logs-b")
            .replace("a.sock", "b.sock")
            .replace("directory = \"state\"", "directory = \"state-b\"");
        std::fs::write(site.path("b.toml"), second).unwrap();
        Some(Self { site, redis })
    }

    fn first(&self) -> Started {
        self.site.begin("a", &["run"])
    }

    fn second(&self) -> Started {
        self.site.begin("b", &["--config", "b.toml", "run"])
    }

    fn name(&self, at: usize) -> String {
        self.site.tenant.control().matched()[at].user_name.clone()
    }

    fn call(&self, at: usize, state: PbxState) {
        call(self.site.tenant.control(), &self.name(at), state);
    }

    fn writes(&self, at: usize) -> Vec<Verb> {
        let writes = self.site.tenant.control().writes().into_iter();
        let upn = self.site.tenant.control().matched()[at].upn.clone();
        let of_user = writes.filter(|write| write.upn == upn);
        of_user.map(|write| write.verb).collect()
    }

    async fn until_written(&self, at: usize, verbs: &[Verb]) {
        let written = eventually(|| self.writes(at) == verbs).await;
        assert!(written, "{verbs:?}, found {:?}", self.writes(at));
    }

    /// What `check` says once it is critical: the picture follows the log.
    async fn until_critical(&self) -> String {
        for _ in 0..100 {
            let check = self.site.output(&["--lang", "en", "check"]).await;
            if check.status.code() == Some(2) {
                return String::from_utf8_lossy(&check.stdout).into_owned();
            }
        }
        panic!("never critical");
    }

    /// What a socket shows of its bridge.
    async fn shown(&self, config: &str) -> serde_json::Value {
        let args = ["--config", config, "snapshot", "--format", "json"];
        json(&self.site, &args).await["bridge"].take()
    }
}

fn presence_requests(pair: &Pair) -> usize {
    let requests = pair.site.tenant.control().requests();
    let polls = requests.iter().filter(|it| it.endpoint == "presences");
    polls.count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_leader_is_followed_and_one_that_ends_hands_over() {
    let Some(pair) = Pair::open().await else {
        return;
    };
    let first = pair.first();
    first.until_says(LEADS).await;
    let second = pair.second();
    second.until_says(STANDS_BY).await;
    second.until_says("ProCall users =").await;
    pair.call(0, PbxState::Connected);
    pair.call(1, PbxState::Connected);
    first.until_says("confirmed").await;
    pair.until_written(1, &[Verb::Set]).await;
    // Whoever stands by reads nothing, and shows what the leader has read.
    let cycles = || first.err_text().matches(" cycle ").count();
    let (before, asked) = (cycles(), presence_requests(&pair));
    assert!(eventually(|| cycles() > before + 2).await);
    assert!(presence_requests(&pair) - asked <= cycles() - before + 1);
    let (leads, stands_by) = (
        pair.shown("lampfield.toml").await,
        pair.shown("b.toml").await,
    );
    assert_eq!(
        (&leads["mode"], &stands_by["mode"]),
        (&"writing".into(), &"standby".into())
    );
    assert_eq!(leads["cluster"]["leader"], stands_by["cluster"]["leader"]);
    assert_eq!(stands_by["cluster"]["members"].as_array().unwrap().len(), 2);
    let shown = json(
        &pair.site,
        &["--config", "b.toml", "snapshot", "--format", "json"],
    )
    .await;
    assert_eq!(shown["leases"]["held"], 2);

    first.signal(Signal::KILL);
    pair.call(1, PbxState::Ended);
    second.until_says(LEADS).await;
    second
        .until_says("1 adopted, 1 given back or run out")
        .await;
    pair.until_written(1, &[Verb::Set, Verb::Clear]).await;
    assert_eq!(pair.writes(0), [Verb::Set], "it is in Teams, and lasts");

    // The other way round, with an end in good order: nothing is cleared, nobody waits.
    let again = pair.first();
    again.until_says(STANDS_BY).await;
    again.until_says("ProCall users =").await;
    let mut second = second;
    let members = eventually(|| second.err_text().contains("cycle 3"));
    assert!(members.await);
    second.signal(Signal::TERM);
    again.until_says("1 adopted, ").await;
    second.end().await;
    assert!(second.err_text().contains("handing over to another member"));
    pair.call(0, PbxState::Ended);
    pair.until_written(0, &[Verb::Set, Verb::Clear]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_engine_nobody_writes_and_with_it_everything_goes_on() {
    let Some(mut pair) = Pair::open().await else {
        return;
    };
    let mut first = pair.first();
    first.until_says(LEADS).await;
    pair.call(0, PbxState::Connected);
    pair.until_written(0, &[Verb::Set]).await;
    pair.redis.signal(Signal::STOP);
    first
        .until_says("observing only, nothing is written: ENGINE LOST")
        .await;
    pair.call(1, PbxState::Connected);
    first.until_says("would write Busy/InACall").await;
    let said = pair.until_critical().await;
    assert!(
        said.contains("ENGINE LOST: the engine 127.0.0.1:"),
        "{said}"
    );
    assert!(pair.writes(1).is_empty());
    pair.redis.signal(Signal::CONT);
    pair.until_written(1, &[Verb::Set]).await;

    // Started anew it knows nothing: the leases are those that the member itself still knows.
    pair.redis.restart();
    let said = || first.err_text().matches(LEADS).count();
    assert!(eventually(|| said() == 3).await, "{}", first.err_text());
    pair.call(0, PbxState::Ended);
    pair.until_written(0, &[Verb::Set, Verb::Clear]).await;
    first.signal(Signal::TERM);
    assert_eq!(first.end().await.code(), Some(143));
    // Nobody is there to take over: what was set is given back.
    assert_eq!(pair.writes(1), [Verb::Set, Verb::Clear]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_wakes_up_late_writes_nothing() {
    let Some(pair) = Pair::open().await else {
        return;
    };
    let first = pair.first();
    first.until_says(LEADS).await;
    let second = pair.second();
    second.until_says(STANDS_BY).await;
    second.until_says("ProCall users =").await;
    first.signal(Signal::STOP);
    pair.call(0, PbxState::Connected);
    second.until_says(LEADS).await;
    pair.until_written(0, &[Verb::Set]).await;
    pair.call(0, PbxState::Ended);
    pair.until_written(0, &[Verb::Set, Verb::Clear]).await;
    // It finds a call and its end, and another one that lasts, and that it leads no longer.
    pair.call(1, PbxState::Connected);
    pair.until_written(1, &[Verb::Set]).await;
    first.signal(Signal::CONT);
    first.until_says("This member leads no longer").await;
    first.until_says(STANDS_BY).await;
    first.until_says("would write Busy/InACall").await;
    pair.call(1, PbxState::Ended);
    pair.until_written(1, &[Verb::Set, Verb::Clear]).await;
    assert_eq!(pair.writes(0), [Verb::Set, Verb::Clear]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_prefers_it_goes_on_alone_without_the_engine() {
    let Some(pair) = Pair::open_with(4, "engine_lost = \"alone\"\n").await else {
        return;
    };
    let first = pair.first();
    first.until_says(LEADS).await;
    pair.redis.signal(Signal::STOP);
    first.until_says("ENGINE LOST").await;
    pair.call(0, PbxState::Connected);
    pair.until_written(0, &[Verb::Set]).await;
    let check = eventually_lost(&pair).await;
    assert!(check.contains("ENGINE LOST"), "{check}");
    pair.redis.signal(Signal::CONT);
    let said = || first.err_text().matches("elected leader").count();
    assert!(eventually(|| said() == 2).await, "{}", first.err_text());
    pair.call(0, PbxState::Ended);
    pair.until_written(0, &[Verb::Set, Verb::Clear]).await;
}

/// Somebody should look, and nothing is broken.
async fn eventually_lost(pair: &Pair) -> String {
    for _ in 0..100 {
        let check = pair.site.output(&["--lang", "en", "check"]).await;
        if check.status.code() == Some(1) {
            return String::from_utf8_lossy(&check.stdout).into_owned();
        }
    }
    panic!("never a warning");
}

/// So many calls go on at a time.
const CALLS: usize = 20;

/// Seconds of trouble; then everything must be right.
fn soak_seconds() -> u64 {
    let told = std::env::var("LAMPFIELD_SOAK");
    told.ok().and_then(|told| told.parse().ok()).unwrap_or(60)
}

/// `LAMPFIELD_SOAK=3600 cargo test --release --test program random_kills -- --ignored --nocapture`
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes as long as it is told to"]
async fn random_kills_stops_and_losses_leave_no_lamp_wrong() {
    let Some(mut pair) = Pair::open_with(CALLS * 2, "").await else {
        return;
    };
    // Printed, so that a run can be made again, as far as the machine lets it.
    let seed = std::env::var("LAMPFIELD_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(rand::random);
    println!("seed {seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut members = [pair.first(), pair.second()];
    members[0].until_says(LEADS).await;
    let until = Instant::now() + Duration::from_secs(soak_seconds());
    let mut calls = [false; CALLS * 2];
    while Instant::now() < until {
        for _ in 0..CALLS / 4 {
            let at = dice.gen_range(0..calls.len());
            calls[at] = !calls[at];
            pair.call(
                at,
                if calls[at] {
                    PbxState::Connected
                } else {
                    PbxState::Ended
                },
            );
        }
        pair.trouble(&mut dice, &mut members).await;
    }
    // Everybody is back, and has some time.
    for (at, lasts) in calls.iter().enumerate() {
        let verb = if *lasts { Verb::Set } else { Verb::Clear };
        let right = eventually(|| {
            let writes = pair.writes(at);
            writes.last() == Some(&verb) || (writes.is_empty() && !lasts)
        });
        assert!(
            right.await,
            "user {at}, lasts: {lasts}: {:?}",
            pair.writes(at)
        );
    }
    for (at, lasts) in calls.iter().enumerate() {
        let upn = pair.site.tenant.control().matched()[at]
            .upn
            .clone()
            .unwrap();
        let shown = || pair.site.tenant.control().user(&upn).unwrap().activity == "InACall";
        assert!(
            eventually(|| shown() == *lasts).await,
            "user {at}, lasts: {lasts}"
        );
    }
}

impl Pair {
    /// Something goes wrong, and is right again.
    async fn trouble(&mut self, dice: &mut ChaCha8Rng, members: &mut [Started; 2]) {
        let (one, for_ms) = (dice.gen_range(0..2), dice.gen_range(500..9_000));
        let what = dice.gen_range(0..5);
        println!("trouble {what} of member {one} for {for_ms} ms");
        let some_time = tokio::time::sleep(Duration::from_millis(for_ms));
        match what {
            0 => members[one].signal(Signal::KILL),
            1 => members[one].signal(Signal::TERM),
            2 => members[one].signal(Signal::STOP),
            3 => self.redis.signal(Signal::STOP),
            _ => self.redis.end(),
        }
        some_time.await;
        match what {
            0 | 1 => {
                members[one].end().await;
                members[one] = if one == 0 {
                    self.first()
                } else {
                    self.second()
                };
            }
            2 => members[one].signal(Signal::CONT),
            3 => self.redis.signal(Signal::CONT),
            _ => self.redis.restart(),
        }
        // Long enough for a leader to be found, mostly.
        tokio::time::sleep(Duration::from_millis(dice.gen_range(0..10_000))).await;
    }
}
