//! A service, and those who look at it from other processes.

use std::os::unix::fs::FileTypeExt as _;

use lampfield::simulator::{Control, PbxKind, PbxState, Verb};
use portable_pty::CommandBuilder;
use rustix::process::Signal;

use crate::common::eventually;
use crate::common::program::{Site, Started};
use crate::console::terminal::Terminal;

/// A service with one call in Teams; who is on the phone.
pub(crate) async fn service(extra: &str) -> (Site, Started, String) {
    let site = Site::with_users(5, extra).await;
    let service = site.begin("run", &["run"]);
    service.until_says("consoles may look at").await;
    service.until_says("cycle 1").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    call(control, &name, PbxState::Connected);
    service.until_says("confirmed").await;
    // The picture follows the log; by the end of another cycle it has.
    let cycles = || service.err_text().matches(" cycle ").count();
    let before = cycles();
    assert!(eventually(|| cycles() > before).await);
    (site, service, name)
}

pub(crate) fn call(control: &Control, name: &str, state: PbxState) {
    control.call(name, PbxKind::Tapi, state).unwrap();
}

pub(crate) async fn json(site: &Site, args: &[&str]) -> serde_json::Value {
    let output = site.output(args).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn user<'a>(snapshot: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let users = snapshot["users"].as_array().unwrap();
    users.iter().find(|user| user["user_name"] == name).unwrap()
}

/// A command as somebody gives it who is not handed the service's secret.
async fn without_the_secret(site: &Site, args: &[&str]) -> (Option<i32>, String) {
    let mut command = site.command(args);
    command.env_remove("SECRET");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_lacks_the_secret_may_look_at_the_bridge_that_has_it() {
    let (site, mut service, name) = service("").await;
    let commands: [&[&str]; 5] = [
        &["check", "--format", "json"],
        &["snapshot"],
        &["metrics"],
        &["why", &name],
        &["watch", "--for", "1s"],
    ];
    for args in commands {
        let (code, said) = without_the_secret(&site, args).await;
        assert_eq!(code, Some(0), "{args:?}: {said}");
    }
    // By itself it can ask nobody, and says what it lacks.
    for args in [&["snapshot", "--direct"][..], &["check", "--direct"]] {
        let (code, said) = without_the_secret(&site, args).await;
        assert_ne!(code, Some(0), "{args:?}: {said}");
        assert!(said.contains("tenant.client_secret_env"), "{said}");
    }
    service.signal(Signal::TERM);
    service.end().await;
    let (code, said) = without_the_secret(&site, &["snapshot"]).await;
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("tenant.client_secret_env"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_snapshot_shows_what_the_service_knows_and_asks_nobody() {
    let (site, service, name) = service("[attach]\nsocket = \"run/l.sock\"").await;
    let control = site.tenant.control();
    control.forget_requests();
    let snapshot = json(&site, &["snapshot", "--format", "json"]).await;
    let bridge = &snapshot["bridge"];
    assert_eq!(bridge["pid"], service.pid());
    assert_eq!(
        (&bridge["source"], &bridge["mode"]),
        (&"attached".into(), &"writing".into())
    );
    assert_eq!(snapshot["leases"]["confirmed"], 1);
    let on_the_phone = user(&snapshot, &name);
    assert_eq!(on_the_phone["lease"]["verdict"], "confirmed");
    assert_eq!(
        on_the_phone["procall_presence"], "unchanged",
        "our own call is no Teams call"
    );
    let tokens = control.requests();
    let tokens = tokens
        .iter()
        .filter(|request| request.path.contains("/token"));
    assert_eq!(tokens.count(), 0, "it needs no token");
    let table = site.output(&["snapshot"]).await;
    let said = String::from_utf8_lossy(&table.stderr).into_owned();
    let words = format!("attached to the bridge of process {}", service.pid());
    assert!(said.contains(&words), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_graph_itself_takes_no_lease_of_the_service_for_a_teams_call() {
    let (site, _service, name) = service("").await;
    let snapshot = json(&site, &["snapshot", "--direct", "--format", "json"]).await;
    assert_eq!(snapshot["bridge"]["source"], "direct");
    let on_the_phone = user(&snapshot, &name);
    assert_eq!(on_the_phone["activity"], "InACall");
    assert_eq!(on_the_phone["procall_presence"], "unchanged");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn watch_tells_what_changes_at_the_service() {
    let (site, _service, name) = service("").await;
    let mut watch = site.begin("watch", &["watch", "--format", "json"]);
    let everybody = eventually(|| watch.out_text().lines().count() >= 5).await;
    assert!(everybody, "{}", watch.err_text());
    call(site.tenant.control(), &name, PbxState::Ended);
    let cleared = eventually(|| {
        let text = watch.out_text();
        let last = text.lines().rev().find(|line| line.contains(&name));
        last.is_some_and(|line| line.contains("\"lease\":null"))
    });
    assert!(cleared.await, "{}", watch.out_text());
    watch.signal(Signal::TERM);
    assert_eq!(watch.end().await.code(), Some(143));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_the_way_of_the_socket_is_named_and_left_alone() {
    let site = Site::with_users(2, "[attach]\nsocket = \"taken\"").await;
    std::fs::write(site.path("taken"), "mine").unwrap();
    let service = site.begin("run", &["run"]);
    service
        .until_says("no console can look at this bridge")
        .await;
    service.until_says("is no socket; it is left alone").await;
    service.until_says("cycle 1").await;
    assert_eq!(std::fs::read(site.path("taken")).unwrap(), b"mine");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_the_service_removes_its_socket() {
    let site = Site::with_users(2, "[attach]\nsocket = \"l.sock\"").await;
    let mut service = site.begin("run", &["run"]);
    service.until_says("consoles may look at").await;
    let found = std::fs::metadata(site.path("l.sock")).unwrap();
    assert!(found.file_type().is_socket());
    service.signal(Signal::TERM);
    service.end().await;
    assert!(!site.path("l.sock").exists());
}

fn console(site: &Site, args: &[&str]) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--lang", "en"]);
    command.args(args);
    command.env("SECRET", site.secret());
    command.env("XDG_STATE_HOME", site.folder.path());
    command.cwd(site.folder.path());
    Terminal::start(command)
}

fn two_threads() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap()
}

#[test]
fn a_console_shows_the_service_and_takes_its_place() {
    let runtime = two_threads();
    let (site, mut service, _) = runtime.block_on(service(""));
    let config = site.path("lampfield.toml");
    let mut terminal = console(&site, &["--config", config.to_str().unwrap()]);
    terminal.until_shown("attached");
    terminal.until_shown("leases 1 1");
    service.signal(Signal::KILL);
    terminal.until_shown("THE BRIDGE HAS ENDED");
    terminal.until_shown("this console is the bridge now");
    terminal.until_shown("WRITING");
    terminal.until_shown("leases 1 1");
    terminal.press("q");
    terminal.until_shown("1 call that Teams shows would be cleared");
    terminal.press("jn?q");
    terminal.until_shown("leases 1 1");
    terminal.press("qy");
    assert_eq!(terminal.ended(), 0);
    terminal.until_shown("have ended; 1 call was cleared in Teams");
    runtime.block_on(service.end());
    let control = site.tenant.control();
    assert!(
        control
            .writes()
            .iter()
            .any(|write| write.verb == Verb::Clear),
        "given back at the end"
    );
}

#[test]
fn attach_needs_neither_configuration_nor_secret_and_waits_for_the_bridge() {
    let runtime = two_threads();
    let (site, mut service, _) = runtime.block_on(service("[attach]\nsocket = \"l.sock\""));
    let elsewhere = tempfile::tempdir().unwrap();
    let socket = site.path("l.sock");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args([
        "--lang",
        "de",
        "attach",
        "--socket",
        socket.to_str().unwrap(),
    ]);
    command.env("HOME", elsewhere.path());
    command.cwd(elsewhere.path());
    let mut terminal = Terminal::start(command);
    terminal.until_shown("verbunden");
    terminal.press("w");
    terminal.until_shown("nein");
    // No key says "ja" but those that say yes everywhere: `j` moves.
    terminal.press("jy");
    runtime.block_on(service.until_says("asks: write nothing to Teams any more"));
    service.signal(Signal::TERM);
    terminal.until_shown("DIE BRÜCKE IST BEENDET");
    runtime.block_on(service.end());
    let again = site.begin("again", &["run"]);
    runtime.block_on(again.until_says("consoles may look at"));
    terminal.until_shown("Die Brücke ist wieder da.");
    // Only looking: nothing would end, and nothing is asked.
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    terminal.until_shown("Die Konsole ist beendet; der Dienst (PID");
    assert!(socket.exists(), "the service goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attach_says_where_it_has_looked() {
    let site = Site::with_users(1, "").await;
    let output = site.output(&["attach", "--socket", "nothing.sock"]).await;
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("no bridge has opened nothing.sock"), "{said}");
}
