//! Who is told when a problem begins and ends: a webhook on a real server, a program.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use lampfield::simulator::{Control, Fault, FaultKind, On};
use rustix::process::Signal;
use serde_json::Value;

use crate::common::eventually;
use crate::common::program::{Site, Started};

const PATH: &str = "/services/T04/aZ81kQ55mPx3";
const QUERY: &str = "sig=q7Rt-92xLw";

/// A server that takes alerts, after it has refused some.
#[derive(Clone, Default)]
struct Hook(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    refuse: usize,
    tries: usize,
    taken: Vec<Value>,
}

impl Hook {
    /// Refuses so many first; its address, with a secret in it.
    async fn open(refuse: usize) -> (Self, String) {
        let hook = Self::default();
        hook.0.lock().unwrap().refuse = refuse;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(hear).with_state(hook.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (hook, format!("http://{address}{PATH}?{QUERY}"))
    }

    fn tries(&self) -> usize {
        self.0.lock().unwrap().tries
    }

    fn taken(&self) -> Vec<Value> {
        self.0.lock().unwrap().taken.clone()
    }

    async fn until_taken(&self, count: usize, service: &Started) -> Vec<Value> {
        let all = eventually(|| self.taken().len() >= count).await;
        assert!(all, "{:?}\n{}", self.taken(), service.err_text());
        self.taken()
    }
}

async fn hear(State(hook): State<Hook>, uri: Uri, body: String) -> StatusCode {
    let mut heard = hook.0.lock().unwrap();
    heard.tries += 1;
    assert_eq!((uri.path(), uri.query()), (PATH, Some(QUERY)));
    if heard.tries <= heard.refuse {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    heard.taken.push(serde_json::from_str(&body).unwrap());
    StatusCode::ACCEPTED
}

/// Nothing is read any more.
fn break_reading(control: &Control) {
    let status = FaultKind::Status {
        status: 500,
        retry_after: None,
    };
    control.fault(Fault::new(status).on(On::Presences));
}

/// Neither the address nor a user is anywhere but where it belongs.
fn nothing_leaks(site: &Site, service: &Started) {
    let kept = std::fs::read_dir(site.path("state")).unwrap();
    let kept = kept.map(|entry| entry.unwrap().path());
    let kept = kept.filter(|path| path.to_string_lossy().contains("alerts-"));
    let kept: String = kept
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    assert!(kept.contains("schema"), "nothing is kept");
    for text in [&site.log(), &service.err_text(), &kept] {
        assert!(!text.contains("aZ81kQ55mPx3"), "{text}");
        assert!(!text.contains("q7Rt"), "{text}");
    }
    assert!(!kept.contains('@'), "{kept}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_refuses_first_is_told_begin_and_end_all_the_same() {
    let (hook, url) = Hook::open(1).await;
    let alerts = format!("[alerts]\nwebhook = \"{url}\"\nafter = \"1s\"");
    let site = Site::with_users(3, &alerts).await;
    let service = site.begin("run", &["--lang", "en", "run"]);
    service.until_says("cycle 1").await;
    break_reading(site.tenant.control());
    let taken = hook.until_taken(1, &service).await;
    let begin = &taken[0];
    assert_eq!(begin["schema"], 1);
    assert_eq!(
        (&begin["event"], &begin["ended"]),
        (&"begin".into(), &Value::Null)
    );
    assert_eq!(begin["affected"], 3);
    assert_eq!(begin["tenant"], site.tenant.ready().tenant_id);
    assert_eq!(begin["pid"], service.pid());
    assert!(hook.tries() >= 2, "it was refused once");
    service
        .until_says("Could not send the alert: 127.0.0.1 answers 503")
        .await;
    service.until_says("alerts are sent again").await;
    site.tenant.control().clear_faults();
    let is_end = |alert: &Value| alert["event"] == "end" && alert["id"] == begin["id"];
    let ended = eventually(|| hook.taken().iter().any(is_end)).await;
    assert!(ended, "{:?}\n{}", hook.taken(), service.err_text());
    for alert in hook.taken() {
        assert!(!alert.to_string().contains('@'), "{alert}");
        assert!(alert["text"].as_str().unwrap().starts_with("lampfield on "));
    }
    nothing_leaks(&site, &service);
}

/// Nobody is alerted, and whoever reads the log gets all of it as values.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_any_alert_the_log_tells_of_problems_and_leases_as_values() {
    let keys = "[alerts]\nafter = \"1s\"\n[log]\nformat = \"json\"";
    let site = Site::with_users(3, keys).await;
    let service = site.begin("run", &["run"]);
    service.until_says("\"bridge_leads\"").await;
    service.until_says("cycle 1").await;
    let control = site.tenant.control();
    break_reading(control);
    service.until_says("\"problem_begins\"").await;
    control.clear_faults();
    service.until_says("\"problem_ends\"").await;
    let text = service.err_text();
    let lines = text.lines().filter(|line| line.ends_with('}'));
    let lines: Vec<Value> = lines.map(|it| serde_json::from_str(it).unwrap()).collect();
    let tenant = &site.tenant.ready().tenant_id;
    assert!(
        lines.iter().all(|line| line["tenant"] == **tenant),
        "{text}"
    );
    let of = |kind: &str| lines.iter().find(|line| line["kind"] == kind).unwrap();
    let (begins, ends) = (of("problem_begins"), of("problem_ends"));
    assert_eq!(begins["problem"], ends["problem"], "{text}");
    assert_eq!(begins["message_id"], "e617c04d02684216bace94dc814fa3cb");
    assert!(!begins.to_string().contains('@'), "{begins}");
    // Microsoft's answer is named wherever a request has failed.
    let failed = |line: &&Value| line["target"] == "poll" && line["level"] == "warn";
    let failed: Vec<_> = lines.iter().filter(failed).collect();
    assert!(
        failed.iter().any(|line| line["request_id"].is_string()),
        "{text}"
    );
}

/// A program that keeps what it reads, a line each.
fn tell(site: &Site) -> String {
    let file = site.path("tell");
    let text = "#!/bin/sh\n[ -z \"$SECRET\" ] || exit 9\ncat >>\"$1\"\n";
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    let heard = site.path("heard");
    format!(
        "[alerts]\ncommand = [\"./tell\", \"{}\"]\nafter = \"1s\"",
        heard.display()
    )
}

fn heard(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_is_told_once_although_the_service_starts_anew_meanwhile() {
    let site = Site::with_users(3, "").await;
    site.configure(&tell(&site));
    let file = site.path("heard");
    let mut service = site.begin("run", &["run"]);
    service.until_says("cycle 1").await;
    break_reading(site.tenant.control());
    assert!(
        eventually(|| heard(&file).len() == 1).await,
        "{}",
        service.err_text()
    );
    // What was told is on disk when it is over.
    let id = heard(&file)[0]["id"].as_str().unwrap().to_owned();
    let is_kept = || {
        let mut kept = std::fs::read_dir(site.path("state")).unwrap();
        kept.any(|entry| {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            // Nothing waits before the begin either, but then it is not known. What is being written counts not yet.
            let told = text.contains(&id) && text.ends_with("{\"command\":[]}}");
            let is_kept = path.extension().is_some_and(|ending| ending == "json");
            is_kept && path.to_string_lossy().contains("alerts-") && told
        })
    };
    assert!(eventually(is_kept).await);
    service.signal(Signal::TERM);
    service.end().await;
    let service = site.begin("again", &["run"]);
    // It has seen for itself that nothing is read, for longer than it takes to be told.
    let cycles = || service.err_text().matches(" cycle ").count();
    assert!(eventually(|| cycles() >= 3).await, "{}", service.err_text());
    site.tenant.control().clear_faults();
    let ended = eventually(|| heard(&file).iter().any(|it| it["event"] == "end")).await;
    assert!(ended, "{:?}\n{}", heard(&file), service.err_text());
    let all = heard(&file);
    let first: Vec<_> = all.iter().filter(|it| it["id"] == all[0]["id"]).collect();
    let turns: Vec<_> = first
        .iter()
        .map(|it| it["event"].as_str().unwrap())
        .collect();
    assert_eq!(turns, ["begin", "end"], "{all:?}");
}

/// Rewrites the configuration and has it read.
fn reload(site: &Site, service: &Started, (old, new): (&str, &str)) {
    let file = site.path("lampfield.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(old), "{text}");
    std::fs::write(&file, text.replacen(old, new, 1)).unwrap();
    service.signal(Signal::HUP);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_that_is_gone_is_named_and_another_one_told_after_a_reload() {
    let (gone, wrong) = Hook::open(usize::MAX).await;
    let (hook, url) = Hook::open(0).await;
    let site = Site::with_users(3, "").await;
    site.configure(&format!("[alerts]\nwebhook = \"{wrong}\"\nafter = \"0s\""));
    let manager = UnixDatagram::bind(site.path("notify")).unwrap();
    let socket = site.path("notify");
    let variables = [("NOTIFY_SOCKET", socket.to_str().unwrap())];
    let service = site.begin_with("run", &["run"], &variables);
    service.until_says("consoles may look at").await;
    service.until_says("cycle 1").await;
    break_reading(site.tenant.control());
    let refused = eventually(|| gone.tries() > 0).await;
    assert!(refused, "{}", service.err_text());
    service.until_says("Could not send the alert").await;
    let checked = site.output(&["--lang", "en", "check", "--format", "nagios"]);
    let checked = String::from_utf8(checked.await.stdout).unwrap();
    assert!(checked.contains("alerts"), "{checked}");
    assert!(checked.contains("127.0.0.1 answers 503"), "{checked}");
    reload(&site, &service, (&wrong, &url));
    service.until_says("read anew: [alerts] changed").await;
    let taken = hook.until_taken(1, &service).await;
    assert_eq!(taken[0]["event"], "begin");
    service.until_says("alerts are sent again").await;
    drop(manager);
    nothing_leaks(&site, &service);
}
