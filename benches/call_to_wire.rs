//! From a call in ProCall to its `setPresence` on the wire, with 20,000 users that are polled
//! every five seconds meanwhile.
//!
//! Twice: from the event as the UCServer connector hands it in, and from the line in calls.jsonl.
//! A bare server on loopback, with a thread of its own, looks at the clock when the request has
//! arrived there. Budget: 5 ms each.

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod site;

use std::collections::HashSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::extract::{Path as AskedFor, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use lampfield::bridge::Bridge;
use lampfield::presence::{CallKind, ProcallUser, UserName};
use lampfield::procall::{CallEvent, CallState, PresenceOrder, ProcallEvent, Source};
use serde_json::{Value, json};
use site::{USERS, bridge, exit, files, ms, percentile, tick, verdict};
use tokio::sync::{mpsc, watch};

const CALLS: usize = 600;

/// From one call to the next: so 600 of them meet two poll cycles.
const PAUSE: Duration = Duration::from_millis(20);

const BUDGET_MS: f64 = 5.0;

fn main() -> ExitCode {
    let (server, mut arrivals) = Server::start();
    let (by_event, by_line) = site::runtime().block_on(async {
        let by_event = calls_by_event(&server, &mut arrivals).await;
        let by_line = calls_by_line(&server, &mut arrivals).await;
        (by_event, by_line)
    });
    println!("{USERS} users, {CALLS} calls each");
    let event = report("event to wire", &by_event);
    let line = report("line in calls.jsonl to wire", &by_line);
    exit(event && line)
}

fn report(name: &str, samples: &[Duration]) -> bool {
    println!(
        "{name}: p95 {:.2} ms, slowest {:.2} ms",
        ms(percentile(samples, 95)),
        ms(percentile(samples, 100))
    );
    verdict(
        &format!("{name}, median"),
        ms(percentile(samples, 50)),
        BUDGET_MS,
        " ms",
    )
}

fn name(user: usize) -> String {
    format!("user{user:05}@corp.example")
}

async fn calls_by_event(server: &Server, arrivals: &mut Arrivals) -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    let (tell, told) = mpsc::channel(64);
    let mut bridge = open(server, Box::new(Handed(told)), folder.path()).await;
    let mut samples = Vec::new();
    for user in 0..CALLS {
        let call = CallEvent {
            user_name: UserName::new(&name(user)),
            key: "tapi".into(),
            kind: CallKind::Tapi,
            state: CallState::Connected,
        };
        let handed_in = tick();
        let event = ProcallEvent::Call(call);
        tell.send(event).await.expect("the source runs");
        samples.push(arrivals.next().await - handed_in);
        tokio::time::sleep(PAUSE).await;
    }
    close(&mut bridge, arrivals).await;
    bridge.stop().await;
    samples
}

async fn calls_by_line(server: &Server, arrivals: &mut Arrivals) -> Vec<Duration> {
    let folder = tempfile::tempdir().expect("a folder");
    let (users, calls) = (
        folder.path().join("users.csv"),
        folder.path().join("calls.jsonl"),
    );
    let mut list = String::from("user_name,display_name,phone\n");
    for user in 0..USERS {
        let _ = writeln!(list, "{},User {user},{user}", name(user));
    }
    std::fs::write(&users, list).expect("users.csv");
    let mut file = std::fs::File::create(&calls).expect("calls.jsonl");
    let source = files(&users, &calls, folder.path());
    let mut bridge = open(server, source, folder.path()).await;
    let mut samples = Vec::new();
    for user in 0..CALLS {
        let line = format!(
            "{{\"user_name\":\"{}\",\"kind\":\"tapi\",\"state\":\"connected\"}}\n",
            name(user)
        );
        let appended = tick();
        file.write_all(line.as_bytes()).expect("a line");
        samples.push(arrivals.next().await - appended);
        tokio::time::sleep(PAUSE).await;
    }
    close(&mut bridge, arrivals).await;
    bridge.stop().await;
    samples
}

/// A bridge that has read everybody once.
async fn open(server: &Server, source: Box<dyn Source>, folder: &Path) -> Bridge {
    let settings = site::settings(
        &server.origin,
        &format!("{}/v1.0", server.origin),
        "corp.example",
        "11111111-1111-1111-1111-111111111111",
        "not a secret",
    );
    let mut bridge = bridge(&settings, source, Duration::from_secs(5), folder);
    let read = bridge.snapshots.wait_for(|snapshot| {
        snapshot.reads.len() == USERS && snapshot.reads.iter().all(|mark| mark.read_at.is_some())
    });
    read.await.expect("the bridge runs");
    bridge
}

/// The end clears the leases: none of these clears is to be taken for a call.
async fn close(bridge: &mut Bridge, arrivals: &mut Arrivals) {
    let all = bridge
        .snapshots
        .wait_for(|snapshot| snapshot.leases.held >= CALLS);
    all.await.expect("the bridge runs");
    arrivals.forget();
}

/// A source that hands in what it is told, as a connector would.
struct Handed(mpsc::Receiver<ProcallEvent>);

impl Source for Handed {
    fn run(
        self: Box<Self>,
        events: mpsc::Sender<ProcallEvent>,
        orders: mpsc::Receiver<PresenceOrder>,
        mut shutdown: watch::Receiver<bool>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let Self(mut told) = *self;
        Box::pin(async move {
            // Held, so that the bridge has somebody to tell.
            let _orders = orders;
            let users = (0..USERS).map(|user| ProcallUser {
                user_name: UserName::new(&name(user)),
                display_name: format!("User {user}").into(),
                phone: user.to_string().into(),
                excluded: false,
            });
            let _ = events.send(ProcallEvent::Users(users.collect())).await;
            let _ = events.send(ProcallEvent::Calls(Vec::new())).await;
            let hand_on = async {
                while let Some(event) = told.recv().await {
                    let _ = events.send(event).await;
                }
            };
            tokio::select! {
                _ = shutdown.wait_for(|stop| *stop) => {}
                () = hand_on => {}
            }
        })
    }

    fn label(&self) -> Arc<str> {
        "benchmark".into()
    }
}

/// When each `setPresence` arrived.
struct Arrivals(mpsc::UnboundedReceiver<Instant>);

impl Arrivals {
    async fn next(&mut self) -> Instant {
        let wait = tokio::time::timeout(Duration::from_secs(10), self.0.recv());
        wait.await
            .expect("a call is written")
            .expect("the server runs")
    }

    fn forget(&mut self) {
        while self.0.try_recv().is_ok() {}
    }
}

/// Entra and Graph, as bare as they can be: everybody is available.
struct Server {
    origin: String,
}

impl Server {
    fn start() -> (Self, Arrivals) {
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("a port").port();
        std::thread::spawn(move || serve(listener, arrived));
        let origin = format!("http://127.0.0.1:{port}");
        (Self { origin }, Arrivals(arrivals))
    }
}

fn serve(listener: std::net::TcpListener, arrived: mpsc::UnboundedSender<Instant>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        listener.set_nonblocking(true).expect("non-blocking");
        let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
        let doors = Router::new()
            .route("/corp.example/oauth2/v2.0/token", post(token))
            .route("/v1.0/users", get(users))
            .route("/v1.0/users/delta", get(delta))
            .route("/v1.0/communications/getPresencesByUserId", post(presences))
            .route("/v1.0/users/{id}/presence/setPresence", post(set))
            .route("/v1.0/users/{id}/presence/clearPresence", post(clear))
            .with_state(Arc::new(Seen::new(arrived)));
        axum::serve(listener, doors).await.expect("it serves");
    });
}

async fn token() -> Json<Value> {
    Json(json!({"token_type": "Bearer", "expires_in": 3599, "access_token": "not.a.token"}))
}

async fn users() -> Json<Value> {
    let users = (0..USERS).map(|user| {
        json!({"id": id(user), "userPrincipalName": name(user), "displayName": "User",
               "accountEnabled": true, "userType": "Member"})
    });
    Json(json!({ "value": users.collect::<Vec<_>>() }))
}

fn id(user: usize) -> String {
    format!("00000000-0000-4000-8000-{user:012}")
}

async fn delta() -> Json<Value> {
    Json(json!({ "value": [] }))
}

async fn presences(State(seen): State<Arc<Seen>>, Json(asked): Json<Value>) -> Json<Value> {
    let ids = asked["ids"].as_array().cloned().unwrap_or_default();
    let calling = seen.calling.lock().expect("no panic before");
    let entries = ids.into_iter().map(|id| {
        let calls = calling.contains(id.as_str().unwrap_or_default());
        let (availability, activity) = if calls {
            ("Busy", "InACall")
        } else {
            ("Available", "Available")
        };
        json!({"id": id, "availability": availability, "activity": activity})
    });
    Json(json!({ "value": entries.collect::<Vec<_>>() }))
}

/// What the server has seen.
struct Seen {
    arrived: mpsc::UnboundedSender<Instant>,
    calling: Mutex<HashSet<String>>,
}

impl Seen {
    fn new(arrived: mpsc::UnboundedSender<Instant>) -> Self {
        Self {
            arrived,
            calling: Mutex::default(),
        }
    }
}

async fn set(State(seen): State<Arc<Seen>>, AskedFor(id): AskedFor<String>) {
    // Fails only at the very end.
    let _ = seen.arrived.send(tick());
    seen.calling.lock().expect("no panic before").insert(id);
}

async fn clear(State(seen): State<Arc<Seen>>, AskedFor(id): AskedFor<String>) {
    seen.calling.lock().expect("no panic before").remove(&id);
}
