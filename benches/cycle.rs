//! A whole poll cycle over 20,000 users, from the wish to the published snapshot, against the
//! same requests sent by a bare HTTP client that reads the bodies and decodes nothing.
//!
//! Both run in this process, in turns, with the same parallelism, against a simulator in another
//! process with a processor of its own. Budget: 1.1 times the bare requests. `benches/peers/run.sh`
//! measures the same poll by Microsoft's SDK for Python in the same run. `-- changed`: everybody has
//! another presence in every cycle (1.3 times); the simulator then takes the longest of all.

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod peers;
mod site;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use lampfield::bridge::{Bridge, Command};
use peers::Peer;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use site::{Tenant, USERS, apart, bridge, cpu_seconds, exit, files, ms, percentile, tick, verdict};
use tokio::task::JoinSet;

/// Most ids of one request (Graph reference).
const CHUNK: usize = 650;

/// As many requests as the poll task has under way.
const PARALLEL: usize = 8;

const ROUNDS: usize = 200;

const CHANGED_ROUNDS: usize = 20;

/// Not counted: connections, buffers and caches fill.
const WARM_UP: usize = 5;

const BUDGET: f64 = 1.1;

/// Where everybody has another presence.
const CHANGED_BUDGET: f64 = 1.3;

fn main() -> ExitCode {
    let tenant = apart(|| Tenant::open(None));
    site::runtime().block_on(run(&tenant))
}

async fn run(tenant: &Tenant) -> ExitCode {
    let folder = tempfile::tempdir().expect("a folder");
    let source = files(
        tenant.get("users_file").as_ref(),
        &tenant.folder().join("calls.jsonl"),
        folder.path(),
    );
    // No cycle of its own between the measured ones.
    let rare = Duration::from_mins(10);
    let settings = tenant.graph_settings();
    let mut bridge = bridge(&settings, source, rare, folder.path());
    let ids = first_cycle(&mut bridge).await;
    let bare = Bare::new(tenant, &ids).await;
    if std::env::args().any(|arg| arg == "changed") {
        let samples = changed(&mut bridge, &bare, tenant).await;
        bridge.stop().await;
        return exit(samples.report(bare.bodies.len(), CHANGED_BUDGET));
    }
    let mut samples = Samples::default();
    for round in 0..WARM_UP + ROUNDS {
        let before = cpu_seconds(std::process::id());
        let ours = cycle(&mut bridge).await;
        let between = cpu_seconds(std::process::id());
        let theirs = bare.cycle().await;
        let after = cpu_seconds(std::process::id());
        if round >= WARM_UP {
            samples.take((ours, between - before), (theirs, after - between));
        }
    }
    bridge.stop().await;
    let holds = samples.report(bare.bodies.len(), BUDGET);
    let address = tenant.get("graph_base");
    for peer in peers::poll(address, &bare.token, &ids, CHUNK, PARALLEL) {
        samples.against(&peer);
    }
    exit(holds)
}

/// Rounds in which everybody has another presence each time. What a cycle leaves to be done (a line
/// of the log and a message to ProCall for everybody) is counted as its own.
async fn changed(bridge: &mut Bridge, bare: &Bare, tenant: &Tenant) -> Samples {
    let mut samples = Samples::default();
    for round in 0..CHANGED_ROUNDS {
        let pair = if round % 2 == 0 { "Busy" } else { "Away" };
        bare.everybody_is(pair, tenant).await;
        let before = cpu_seconds(std::process::id());
        let ours = cycle(bridge).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let between = cpu_seconds(std::process::id());
        let theirs = bare.cycle().await;
        let after = cpu_seconds(std::process::id());
        samples.take((ours, between - before), (theirs, after - between));
    }
    samples
}

#[derive(Default)]
struct Samples {
    ours: Vec<Duration>,
    bare: Vec<Duration>,
    our_cpu: f64,
    bare_cpu: f64,
}

impl Samples {
    /// How long each took, and how many seconds of the processor.
    fn take(&mut self, ours: (Duration, f64), bare: (Duration, f64)) {
        self.ours.push(ours.0);
        self.our_cpu += ours.1;
        self.bare.push(bare.0);
        self.bare_cpu += bare.1;
    }

    fn report(&self, requests: usize, budget: f64) -> bool {
        let rounds = self.ours.len();
        println!(
            "{USERS} users, {requests} requests, {PARALLEL} at a time, {rounds} rounds in turns"
        );
        let rounds = f64::from(u32::try_from(rounds).unwrap_or(u32::MAX));
        line("cycle", &self.ours, self.our_cpu / rounds);
        line("bare requests", &self.bare, self.bare_cpu / rounds);
        let median = |samples: &[Duration]| percentile(samples, 50).as_secs_f64();
        let ratio = median(&self.ours) / median(&self.bare);
        verdict("cycle / bare requests", ratio, budget, "x")
    }

    /// How often our cycle goes into that of a peer.
    fn against(&self, peer: &Peer) {
        let count = |list: &[Duration]| f64::from(u32::try_from(list.len()).unwrap_or(u32::MAX));
        let cpu = peer.cpu.as_secs_f64() / count(&peer.walls);
        line(peer.name, &peer.walls, cpu);
        let wall = percentile(&peer.walls, 50).as_secs_f64();
        println!(
            "{} / cycle: {:.0} times as long, {:.0} times the processor time",
            peer.name,
            wall / percentile(&self.ours, 50).as_secs_f64(),
            cpu / (self.our_cpu / count(&self.ours)),
        );
    }
}

/// `cpu`: seconds a round.
fn line(name: &str, samples: &[Duration], cpu: f64) {
    println!(
        "{name:>26}: median {:6.2} ms, p5 {:6.2} ms, p95 {:6.2} ms, processor {:6.2} ms",
        ms(percentile(samples, 50)),
        ms(percentile(samples, 5)),
        ms(percentile(samples, 95)),
        cpu * 1e3,
    );
}

/// Waits until everybody was read once; returns who is polled.
async fn first_cycle(bridge: &mut Bridge) -> Vec<String> {
    let all_read = bridge.snapshots.wait_for(|snapshot| {
        snapshot.poll.cycle > 0
            && snapshot
                .reads
                .iter()
                .filter(|r| r.read_at.is_some())
                .count()
                == USERS
    });
    let snapshot = all_read.await.expect("the bridge runs");
    snapshot
        .rows
        .iter()
        .map(|row| row.entra_id.to_string())
        .collect()
}

/// From the wish to the snapshot with the whole cycle in it.
async fn cycle(bridge: &mut Bridge) -> Duration {
    let before = bridge.snapshots.borrow_and_update().poll.cycle;
    let started = tick();
    let wish = bridge.commands.send(Command::RefreshAll);
    wish.await.expect("the bridge runs");
    let done = bridge
        .snapshots
        .wait_for(|snapshot| snapshot.poll.cycle > before);
    let errors = done.await.expect("the bridge runs").poll.errors;
    let took = started.elapsed();
    assert_eq!(errors, 0, "a failed request is no measurement");
    took
}

/// A plain client with the requests ready to send.
struct Bare {
    client: reqwest::Client,
    url: String,
    token: String,
    bodies: Vec<String>,
}

impl Bare {
    async fn new(tenant: &Tenant, ids: &[String]) -> Self {
        lampfield::tls::install();
        let client = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client");
        let bodies = ids.chunks(CHUNK);
        let bodies = bodies.map(|ids| serde_json::json!({ "ids": ids }).to_string());
        Self {
            url: format!(
                "{}/communications/getPresencesByUserId",
                tenant.get("graph_base")
            ),
            token: token(&client, tenant).await,
            bodies: bodies.collect(),
            client,
        }
    }

    /// From now on the simulator says this of everybody.
    async fn everybody_is(&self, pair: &str, tenant: &Tenant) {
        let control = tenant.get("control");
        let fault = serde_json::json!({
            "kind": "value", "on": "presences", "availability": pair, "activity": pair,
        });
        let clear = self.client.delete(format!("{control}/faults"));
        let set = self.client.post(format!("{control}/fault")).json(&fault);
        for steer in [clear, set] {
            let answer = steer.send().await.expect("an answer");
            assert!(answer.status().is_success(), "{}", answer.status());
        }
    }

    async fn cycle(&self) -> Duration {
        let started = tick();
        let mut under_way = JoinSet::new();
        let mut bytes = 0;
        for body in &self.bodies {
            if under_way.len() == PARALLEL {
                bytes += under_way
                    .join_next()
                    .await
                    .map_or(0, |read| read.expect("read"));
            }
            under_way.spawn(read(self.request(body)));
        }
        while let Some(read) = under_way.join_next().await {
            bytes += read.expect("read");
        }
        let took = started.elapsed();
        assert!(bytes > USERS * 100, "only {bytes} bytes came back");
        took
    }

    fn request(&self, body: &str) -> reqwest::RequestBuilder {
        self.client
            .post(&self.url)
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_owned())
    }
}

async fn read(request: reqwest::RequestBuilder) -> usize {
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.bytes().await.expect("a whole body").len()
}

async fn token(client: &reqwest::Client, tenant: &Tenant) -> String {
    let authority = tenant.get("authority");
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
        tenant.get("client_id"),
        escaped(tenant.get("client_secret")),
        escaped(&format!("{authority}/.default")),
    );
    let answer = client
        .post(format!(
            "{authority}/{}/oauth2/v2.0/token",
            tenant.get("tenant_id")
        ))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .expect("an answer");
    let body: serde_json::Value = answer.json().await.expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

fn escaped(raw: &str) -> String {
    raw.bytes().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "%{byte:02X}");
        text
    })
}
