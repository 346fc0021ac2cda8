//! Two lampfields of one tenant on a real Redis: who writes, and what becomes of the calls.

#[path = "cluster_soak.rs"]
mod soak;
#[path = "cluster_ucserver.rs"]
mod ucserver;

use std::time::{Duration, Instant};

use lampfield::simulator::{Fault, FaultKind, On, PbxState, Verb};
use rstest::rstest;
use rustix::process::Signal;

use crate::attach::{call, json};
use crate::common::program::{Site, Started};
use crate::common::redis::Redis;
use crate::common::{PATIENCE, eventually};

pub(super) const LEADS: &str = "this member leads the cluster now: writing";
pub(super) const STANDS_BY: &str = "standby, another member of the cluster leads";

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
        let extra = format!("{}{keys}", of_first(&redis));
        Some(Self::new(Site::with_users(users, &extra).await, redis))
    }

    /// The site has the first machine's configuration.
    fn new(site: Site, redis: Redis) -> Self {
        let first = std::fs::read_to_string(site.path("lampfield.toml")).unwrap();
        std::fs::write(site.path("b.toml"), of_second(&first)).unwrap();
        Self { site, redis }
    }

    fn first(&self) -> Started {
        self.site.begin("a", &["run"])
    }

    fn second(&self) -> Started {
        self.site.begin("b", &["--config", "b.toml", "run"])
    }

    /// The first leads, the second stands by.
    async fn leader_and_standby(&self) -> (Started, Started) {
        let first = self.first();
        first.until_says(LEADS).await;
        let second = self.second();
        second.until_says(STANDS_BY).await;
        second.until_says("ProCall users =").await;
        (first, second)
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

    /// Whose each write for a user was, oldest first: a number for each process.
    fn writers(&self, at: usize) -> Vec<u64> {
        let writes = self.site.tenant.control().writes().into_iter();
        let upn = self.site.tenant.control().matched()[at].upn.clone();
        let of_user = writes.filter(|write| write.upn == upn);
        of_user.map(|write| write.bearer).collect()
    }

    async fn until_written(&self, at: usize, verbs: &[Verb]) {
        let written = eventually(|| self.writes(at) == verbs).await;
        assert!(written, "{verbs:?}, found {:?}", self.writes(at));
    }

    /// What `check` says once it is critical: the picture follows the log.
    async fn until_critical(&self) -> String {
        self.until_checked("lampfield.toml", 2).await
    }

    /// What `check` says of the member of this configuration once its state is this one.
    async fn until_checked(&self, config: &str, state: i32) -> String {
        let args = ["--config", config, "--lang", "en", "check"];
        let checked = async || {
            let check = self.site.output(&args).await;
            let said = String::from_utf8_lossy(&check.stdout).into_owned();
            (check.status.code() == Some(state), said)
        };
        asked_until(checked).await
    }

    /// Until the first member allows itself so many requests in 30 s.
    async fn until_allowed(&self, requests: u32) {
        let line = format!("\nlampfield_budget_allowed_requests {requests}\n");
        let allowed = async || {
            let page = self.site.output(&["metrics"]).await.stdout;
            let page = String::from_utf8_lossy(&page).into_owned();
            (page.contains(&line), page)
        };
        asked_until(allowed).await;
    }

    /// What a socket shows of its bridge.
    async fn shown(&self, config: &str) -> serde_json::Value {
        let args = ["--config", config, "snapshot", "--format", "json"];
        json(&self.site, &args).await["bridge"].take()
    }

    /// By what the member of this configuration says.
    async fn until_both_are_members(&self, config: &str) {
        let both = async || {
            let shown = self.shown(config).await;
            let members = shown["cluster"]["members"].as_array();
            let both = members.is_some_and(|members| members.len() == 2);
            (both, shown.to_string())
        };
        asked_until(both).await;
    }
}

/// Asks again until it is so; what was said then.
async fn asked_until(ask: impl AsyncFn() -> (bool, String)) -> String {
    let since = Instant::now();
    loop {
        let (is_so, said) = ask().await;
        if is_so {
            return said;
        }
        assert!(since.elapsed() < PATIENCE, "never: {said}");
    }
}

/// What the configuration of the first machine has besides: what is its own, and the cluster.
fn of_first(redis: &Redis) -> String {
    let cluster = redis.section();
    format!("[log]\ndirectory = \"logs-a\"\n[attach]\nsocket = \"a.sock\"\n{cluster}")
}

/// The configuration of the second machine.
fn of_second(first: &str) -> String {
    first
        .replace("logs-a", "logs-b")
        .replace("a.sock", "b.sock")
        .replace("directory = \"state\"", "directory = \"state-b\"")
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
    let (first, mut second) = pair.leader_and_standby().await;
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
    let (of_first, of_second) = (pair.writers(1)[0], pair.writers(1)[1]);
    assert_ne!(of_first, of_second, "the one has set it, the other cleared");
    assert_eq!(pair.writes(0), [Verb::Set], "it is in Teams, and lasts");
    // Whoever asks why is told what the leader of before has done.
    let name = pair.name(0);
    let why = ["--config", "b.toml", "--lang", "en", "why", &name];
    let why = pair.site.output(&why).await.stdout;
    let why = String::from_utf8_lossy(&why).into_owned();
    assert!(why.contains("Graph accepted Busy/InACall"), "{why}");
    assert!(why.contains("taken over from an earlier run"), "{why}");

    // The other way round, with an end in good order: nothing is cleared, nobody waits.
    let again = pair.first();
    again.until_says(STANDS_BY).await;
    again.until_says("ProCall users =").await;
    pair.until_both_are_members("b.toml").await;
    second.signal(Signal::TERM);
    again.until_says("1 adopted, ").await;
    second.end().await;
    assert!(second.err_text().contains("handing over to another member"));
    pair.call(0, PbxState::Ended);
    pair.until_written(0, &[Verb::Set, Verb::Clear]).await;
    let last = pair.writers(0)[1];
    assert!(![of_first, of_second].contains(&last), "a third process");
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
    // Another one may lead that it does not hear of: it leaves that one's share of Microsoft's limit alone.
    pair.until_allowed(300).await;
    pair.redis.signal(Signal::CONT);
    pair.until_written(1, &[Verb::Set]).await;
    pair.until_allowed(1_200).await;

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
    let (first, second) = pair.leader_and_standby().await;
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
    let mut writers = [pair.writers(0), pair.writers(1)].concat();
    writers.dedup();
    assert_eq!(writers.len(), 1, "all are the second one's");
}

/// It shows the leader's picture, in which all is well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_could_not_take_over_is_named_on_both_machines() {
    let Some(pair) = Pair::open().await else {
        return;
    };
    let first = pair.first();
    first.until_says(LEADS).await;
    let wrong = [("SECRET", "not-the-secret")];
    let args = ["--config", "b.toml", "run"];
    let mut second = pair.site.begin_with("b", &args, &wrong);
    second.until_says("the client secret is wrong").await;
    for config in ["lampfield.toml", "b.toml"] {
        let said = pair.until_checked(config, 1).await;
        let name = format!(":{} stands by and could not take over: ", second.pid());
        assert!(said.contains(&name), "{said}");
        assert!(said.contains("the client secret is wrong"), "{said}");
    }
    let members = pair.shown("lampfield.toml").await["cluster"]["members"].take();
    let troubles = members.as_array().unwrap().iter();
    let troubles: Vec<_> = troubles.filter(|it| it["trouble"].is_string()).collect();
    assert_eq!(troubles.len(), 1, "{members}");

    second.signal(Signal::TERM);
    second.end().await;
    let _second = pair.second();
    pair.until_both_are_members("lampfield.toml").await;
    for config in ["lampfield.toml", "b.toml"] {
        pair.until_checked(config, 0).await;
    }
}

/// Nobody can tell whether it is Microsoft's fault: the other one tries, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_cannot_read_leaves_the_lead_to_one_that_may() {
    let Some(pair) = Pair::open().await else {
        return;
    };
    let (first, second) = pair.leader_and_standby().await;
    pair.call(0, PbxState::Connected);
    pair.until_written(0, &[Verb::Set]).await;

    let control = pair.site.tenant.control();
    control.fault(Fault::new(FaultKind::Reset).on(On::Presences));
    first.until_says("leaves the lead to").await;
    second.until_says(LEADS).await;
    let said = pair.until_checked("b.toml", 2).await;
    let name = format!(":{} stands by and could not take over: ", first.pid());
    assert!(said.contains(&name), "{said}");
    control.clear_faults();
    pair.call(0, PbxState::Ended);
    pair.until_written(0, &[Verb::Set, Verb::Clear]).await;
    let writers = pair.writers(0);
    assert_ne!(
        writers[0], writers[1],
        "the one has set it, the other cleared"
    );
    // It goes on trying, and hears with its next cycle.
    let can_read = || first.err_text().trim_end().ends_with(" 0 errors");
    assert!(eventually(can_read).await, "{}", first.err_text());
    pair.until_checked("b.toml", 0).await;
    assert_eq!(second.err_text().matches("leaves the lead to").count(), 0);
    assert_eq!(first.err_text().matches("ENGINE LOST").count(), 0);
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
    let check = pair.until_checked("lampfield.toml", 1).await;
    assert!(check.contains("ENGINE LOST"), "{check}");
    pair.redis.signal(Signal::CONT);
    let said = || first.err_text().matches("elected leader").count();
    assert!(eventually(|| said() == 2).await, "{}", first.err_text());
    pair.call(0, PbxState::Ended);
    pair.until_written(0, &[Verb::Set, Verb::Clear]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_asks_the_engine() {
    let Some(mut pair) = Pair::open().await else {
        return;
    };
    let args = ["--lang", "en", "doctor", "--format", "json"];
    let check = async |pair: &Pair| {
        let output = pair.site.output(&args).await;
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let checks = found["checks"].as_array().unwrap().iter();
        let mut engine = checks.filter(|it| it["name"] == "engine");
        (output.status.code(), engine.next().cloned().unwrap())
    };
    let (code, engine) = check(&pair).await;
    assert_eq!(
        (code, &engine["status"]),
        (Some(0), &"ok".into()),
        "{engine}"
    );
    pair.redis.end();
    let (code, engine) = check(&pair).await;
    assert_eq!(
        (code, &engine["status"]),
        (Some(1), &"failed".into()),
        "{engine}"
    );
    assert!(engine["advice"].is_string(), "{engine}");
}

/// Both machines are shut down at once: whoever led hands over to one that has gone, or is about to.
#[rstest]
#[case::together(&[0, 1], 0)]
#[case::whoever_stands_by_first(&[1, 0], 0)]
#[case::whoever_leads_first(&[0, 1], 20)]
#[case::whoever_stands_by_a_while_before(&[1, 0], 300)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_that_end_together_leave_nothing_in_teams(
    #[case] order: &[usize],
    #[case] apart_ms: u64,
) {
    let Some(pair) = Pair::open().await else {
        return;
    };
    let a = pair.first();
    a.until_says(LEADS).await;
    let b = pair.second();
    b.until_says(STANDS_BY).await;
    pair.until_both_are_members("lampfield.toml").await;
    pair.call(0, PbxState::Connected);
    pair.until_written(0, &[Verb::Set]).await;
    let mut members = [a, b];
    for at in order {
        members[*at].signal(Signal::TERM);
        tokio::time::sleep(Duration::from_millis(apart_ms)).await;
    }
    for member in &mut members {
        assert_eq!(member.end().await.code(), Some(143));
    }
    let said = members.map(|it| it.err_text()).join("\n---\n");
    assert_eq!(pair.writes(0), [Verb::Set, Verb::Clear], "{said}");
}
