//! The built program with a real configuration: what the commands print, write and return.

use std::io::{BufRead as _, BufReader, Read as _};

use std::process::{Output, Stdio};

use crate::common::program::{Site, Started, program};

use crate::common::{eventually, no_secret_in};

use lampfield::simulator::{Fault, FaultKind, On, PbxKind, PbxState, TeamsAct};

use rstest::rstest;

use rustix::process::{Pid, Signal, kill_process};

use serde_json::Value;

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn keys(value: &Value) -> Vec<&str> {
    let fields = value.as_object().unwrap();
    fields.keys().map(String::as_str).collect()
}

/// The keys in any order: `serde_json` sorts them here.
fn has_exactly(value: &Value, documented: &[&str]) {
    let mut documented = documented.to_vec();
    documented.sort_unstable();
    assert_eq!(keys(value), documented);
}

const USER: [&str; 18] = [
    "user_name",
    "display_name",
    "entra_id",
    "availability",
    "activity",
    "lamp",
    "tooltip",
    "procall_presence",
    "procall_shows",
    "rule",
    "lease",
    "read_age_ms",
    "poll_latency_ms",
    "stale",
    "note",
    "department",
    "calls",
    "since",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshot_prints_one_full_cycle_with_exactly_the_documented_fields() {
    let site = Site::with_users(5, "").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    control.teams(&name, &TeamsAct::Present).unwrap();
    control
        .call(&name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    let output = site.output(&["snapshot", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let whole: Value = serde_json::from_slice(&output.stdout).unwrap();
    has_exactly(
        &whole,
        &[
            "schema",
            "users",
            "poll",
            "coverage",
            "budget",
            "leases",
            "echoes_suppressed",
            "bridge",
        ],
    );
    has_exactly(
        &whole["bridge"],
        &["pid", "host", "since", "mode", "attached", "source"],
    );
    has_exactly(
        &whole["poll"],
        &[
            "started_at",
            "duration_ms",
            "requests",
            "late_ms",
            "p50_ms",
            "p95_ms",
            "errors",
        ],
    );
    has_exactly(
        &whole["coverage"],
        &["procall_users", "matched", "excluded", "unmatched"],
    );
    has_exactly(
        &whole["budget"],
        &["used_30s", "limit_30s", "throttled_until"],
    );
    has_exactly(
        &whole["leases"],
        &["held", "confirmed", "masked", "no_effect"],
    );
    assert_eq!(whole["schema"], 1);
    assert_eq!(whole["users"].as_array().unwrap().len(), 5);
    for user in whole["users"].as_array().unwrap() {
        has_exactly(user, &USER);
    }
    let first = &whole["users"][0];
    let fields = [
        "availability",
        "activity",
        "lamp",
        "procall_presence",
        "rule",
    ];
    let expected = [
        "DoNotDisturb",
        "Presenting",
        "red",
        "do_not_disturb",
        "presenting",
    ];
    assert_eq!(fields.map(|field| first[field].as_str().unwrap()), expected);
    assert!(control.writes().is_empty(), "a snapshot writes nothing");
    assert!(!site.path("procall.jsonl").exists() && !site.path("state").exists());
    no_secret_in(&(out(&output) + &err(&output)), site.secret());
    let csv = out(&site.output(&["snapshot", "--format", "csv"]).await);
    assert_eq!(csv.lines().count(), 6);
    let table = out(&site.output(&["snapshot"]).await);
    assert!(table.contains("Presenting"), "{table}");
}

#[rstest]
#[case::poll(On::Presences, FaultKind::status(503), "(503")]
#[case::directory(On::Users, FaultKind::status(403), "User.Read.All")]
#[case::secret(On::Token, FaultKind::Entra { code: 7_000_222 }, "AADSTS7000222")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshot_ends_with_1_where_a_cycle_fails_and_says_why(
    #[case] on: On,
    #[case] kind: FaultKind,
    #[case] words: &str,
) {
    let site = Site::with_users(5, "").await;
    site.tenant.control().fault(Fault::new(kind).on(on));
    let output = site.output(&["snapshot", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains(words), "{}", err(&output));
    no_secret_in(&(out(&output) + &err(&output)), site.secret());
}

#[rstest]
#[case::nobody_matches(
    "user_name\nnobody@elsewhere.example\n",
    "none of the 1 ProCall users is matched"
)]
#[case::nobody_listed("user_name\n", "users.csv: it has a header line but no user")]
#[case::no_header("anna\n", "users.csv: ")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshot_says_at_once_why_there_is_nobody_to_poll(#[case] csv: &str, #[case] words: &str) {
    let site = Site::with_users(5, "").await;
    std::fs::write(site.path("users.csv"), csv).unwrap();
    let output = site.output(&["snapshot", "--format", "json"]).await;
    assert!(err(&output).contains(words), "{}", err(&output));
    assert_eq!(output.status.code(), Some(1));
    let whole: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(whole["coverage"]["matched"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watch_prints_every_change_as_a_json_line() {
    let site = Site::with_users(5, "").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    let mut watch = site.begin("watch", &["watch", "--format", "json"]);
    let read = || watch.out_text().lines().count() >= 5;
    assert!(eventually(read).await, "{}", watch.err_text());
    control.teams(&name, &TeamsAct::Present).unwrap();
    assert!(eventually(|| watch.out_text().contains("Presenting")).await);
    watch.signal(Signal::TERM);
    assert_eq!(watch.end().await.code(), Some(143));
    for line in watch.out_text().lines() {
        let change: Value = serde_json::from_str(line).unwrap();
        has_exactly(&change, &["schema", "at", "user"]);
        has_exactly(&change["user"], &USER);
        assert_eq!(change["schema"], 1);
        let read = !change["user"]["read_age_ms"].is_null();
        assert!(read, "nobody wants to know who was not read yet: {line}");
    }
    assert!(!site.path("state").exists(), "it only looks");
}

#[rstest]
#[case::for_a_while(&["run", "--for", "1s"], None, 0)]
#[case::terminated(&["run"], Some(Signal::TERM), 143)]
#[case::hang_up(&["run"], Some(Signal::HUP), 129)]
#[case::interrupted_by_hand(&["run"], Some(Signal::INT), 0)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_ends_with_the_documented_code_and_gives_its_leases_back(
    #[case] args: &[&str],
    #[case] signal: Option<Signal>,
    #[case] code: i32,
) {
    let site = Site::with_users(3, "").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    control
        .call(&name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    let mut run = site.begin("run", args);
    if let Some(signal) = signal {
        run.until_says("set Busy/InACall accepted").await;
        run.signal(signal);
    }
    assert_eq!(run.end().await.code(), Some(code), "{}", run.err_text());
    assert_eq!(control.current(&name).unwrap().1, "Available");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_writes_a_log_that_tells_the_whole_story_and_no_secret() {
    let site = Site::with_users(3, "[log]\nlevel = \"trace\"").await;
    let control = site.tenant.control();
    let people = control.matched();
    let mut run = site.begin("run", &["run"]);
    run.until_says("cycle 1").await;
    control
        .call(&people[0].user_name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    control
        .teams(&people[1].user_name, &TeamsAct::Present)
        .unwrap();
    run.until_says("confirmed").await;
    run.until_says("presenting").await;
    control.fault(
        Fault::new(FaultKind::status(503))
            .on(On::Presences)
            .times(1),
    );
    run.until_says("failed:").await;
    control
        .call(&people[0].user_name, PbxKind::Tapi, PbxState::Ended)
        .unwrap();
    run.until_says("clear accepted").await;
    run.signal(Signal::TERM);
    assert_eq!(run.end().await.code(), Some(143));
    let log = site.log();
    for words in [
        "token renewed, valid until",
        "3 ProCall users = 3 matched + 0 excluded",
        "cycle 1: 3 users in 1 request,",
        "Teams: Available/Available -> DoNotDisturb/Presenting",
        "ProCall: do_not_disturb, lamp red",
        "set Busy/InACall accepted in",
        "(request-id ",
        "confirmed",
        "failed:",
        "(503",
        "clear accepted in",
        "stopping; leases to give back: 0",
    ] {
        assert!(log.contains(words), "{words:?} is not in\n{log}");
    }
    let names: Vec<_> = std::fs::read_dir(site.path("logs")).unwrap().collect();
    let name = names[0]
        .as_ref()
        .unwrap()
        .file_name()
        .into_string()
        .unwrap();
    assert!(name.starts_with("ExternalServiceProvider_20"), "{name}");
    let ledger = files(&site.path("state"));
    let all = [log, run.err_text(), run.out_text(), ledger].concat();
    no_secret_in(&all, site.secret());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_slowly_misses_changes_but_nobodys_last_state() {
    let site = Site::with_users(5000, "").await;
    let control = site.tenant.control();
    let mut child = site
        .command(&["watch", "--for", "25s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Eight requests a cycle. The pipe is full long before the second one: nothing is taken out
    // of it until then.
    let two_cycles = || control.counters().total >= 20;
    assert!(eventually(two_cycles).await);
    let out = BufReader::new(child.stdout.take().unwrap());
    let known = tokio::task::spawn_blocking(move || {
        let mut known = std::collections::BTreeSet::new();
        for line in out.lines() {
            let user = serde_json::from_str::<Value>(&line.unwrap()).unwrap()["user"].take();
            let name = user["user_name"].as_str().unwrap().to_owned();
            if user["availability"].is_null() {
                known.remove(&name);
            } else {
                known.insert(name);
            }
            if known.len() == 5000 {
                break;
            }
        }
        known.len()
    });
    assert_eq!(known.await.unwrap(), 5000);
    let output = child.wait_with_output().unwrap();
    assert!(
        err(&output).contains("changes were too fast"),
        "{}",
        err(&output)
    );
}

fn files(directory: &std::path::Path) -> String {
    let entries = std::fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    // The recording has a directory of its own.
    let files = paths.filter(|path| path.is_file());
    files
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}

#[rstest]
#[case::terminated(Signal::TERM, 143)]
#[case::hang_up(Signal::HUP, 129)]
fn the_simulator_prints_one_line_and_ends_on_a_signal(#[case] signal: Signal, #[case] code: i32) {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path(), &["simulator", "--users", "5"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    has_exactly(
        &ready,
        &[
            "graph_base",
            "authority",
            "tenant_id",
            "client_id",
            "client_secret",
            "control",
            "users_file",
            "ucserver",
            "ucserver_user",
            "ucserver_password",
        ],
    );
    let users = std::fs::read_to_string(ready["users_file"].as_str().unwrap()).unwrap();
    assert_eq!(users.lines().count(), 6);
    kill_process(Pid::from_child(&child), signal).unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "", "one line and no more");
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(code));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn run_on_the_demo_tenant_needs_no_configuration_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(
        folder.path(),
        &["--demo", "--users", "20", "run", "--for", "2s"],
    );
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("cycle 1: "), "{}", err(&output));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observing_shows_what_would_be_written() {
    let site = Site::with_users(3, "[set]\nenabled = false").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    control
        .call(&name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    for args in [&["run"][..], &["run", "--observe"][..]] {
        let mut run: Started = site.begin("run", args);
        run.until_says("would write Busy/InACall").await;
        run.signal(Signal::TERM);
        run.end().await;
    }
    assert!(control.writes().is_empty());
}
