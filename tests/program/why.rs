//! `why`: the chain of causes of one user from the shell.

use crate::attach::{json, service};
use crate::common::program::Site;

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_is_explained_as_the_service_knows_it() {
    let (site, service, name) = service("").await;
    let control = site.tenant.control();
    control.forget_requests();
    let why = json(&site, &["why", &name.to_uppercase(), "--format", "json"]).await;
    assert_eq!(why["bridge"]["pid"], service.pid());
    assert_eq!(why["bridge"]["source"], "attached");
    let user = &why["user"];
    assert_eq!(user["user_name"], name);
    assert_eq!(user["calls"][0]["kind"], "tapi");
    assert_eq!(user["calls"][0]["state"], "connected");
    assert_eq!(user["lease"]["verdict"], "confirmed");
    let left = user["lease"]["expires_in_ms"].as_u64().unwrap();
    assert!((1..=300_000).contains(&left), "{left}");
    assert_eq!(user["teams"]["activity"], "InACall");
    assert_eq!(user["notes"][0]["code"], "echo_held");
    let history = user["history"].as_array().unwrap();
    let events: Vec<_> = history
        .iter()
        .filter_map(|event| event["event"].as_str())
        .collect();
    for event in [
        "call_connected",
        "lease_ordered",
        "lease_accepted",
        "verdict",
    ] {
        assert!(events.contains(&event), "{event} in {events:?}");
    }
    let accepted = history
        .iter()
        .find(|event| event["event"] == "lease_accepted");
    assert_eq!(accepted.unwrap()["request_id"], user["lease"]["request_id"]);
    let asked = control.requests();
    let tokens = asked
        .iter()
        .filter(|request| request.path.contains("/token"));
    assert_eq!(tokens.count(), 0, "it needs no token");

    let output = site.output(&["--lang", "en", "why", &name]).await;
    assert!(output.status.success());
    let said = text(&output.stdout);
    for words in [
        "Busy/InACall",
        "confirmed",
        "TAPI call connected",
        "our own call, held back",
    ] {
        assert!(said.contains(words), "{words} in\n{said}");
    }
    let whose = format!("attached to the bridge of process {}", service.pid());
    assert!(text(&output.stderr).contains(&whose));
}

/// Whoever may look needs neither configuration nor secret, and a broken one is in nobody's way.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_enough() {
    let (site, service, name) = service("[attach]\nsocket = \"run/l.sock\"").await;
    std::fs::write(site.path("lampfield.toml"), "broken").unwrap();
    let socket = site.path("run/l.sock").display().to_string();
    let attached = ["--socket", &socket, "--format", "json"];
    let why = json(&site, &[&["why", &name], &attached[..]].concat()).await;
    assert_eq!(why["bridge"]["pid"], service.pid());
    assert_eq!(why["user"]["lease"]["verdict"], "confirmed");
    let snapshot = json(&site, &[&["snapshot"], &attached[..]].concat()).await;
    assert_eq!(snapshot["bridge"]["pid"], service.pid());
    let nothing = site.output(&["why", &name]).await;
    assert_eq!(nothing.status.code(), Some(2), "it needs one otherwise");
    let args = ["--lang", "en", "why", &name, "--socket", "none.sock"];
    let elsewhere = site.output(&args).await;
    assert_eq!(elsewhere.status.code(), Some(1));
    assert!(text(&elsewhere.stderr).contains("no bridge has opened none.sock"));
}

/// The call is in Teams because the service has put it there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cycle_of_its_own_takes_no_lease_for_a_teams_call() {
    let (site, _service, name) = service("").await;
    let why = json(&site, &["why", &name, "--direct", "--format", "json"]).await;
    assert_eq!(why["bridge"]["source"], "direct");
    let user = &why["user"];
    assert_eq!(user["teams"]["activity"], "InACall");
    assert_eq!(user["procall_presence"], "unchanged");
    assert_eq!(user["notes"][0]["code"], "echo_held");
}

/// What takes a connection and never says a word holds up nobody who wants to go.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_that_is_stuck_holds_up_nobody() {
    let site = Site::with_users(1, "").await;
    let silent = std::os::unix::net::UnixListener::bind(site.path("s.sock")).unwrap();
    let socket = site.path("s.sock").display().to_string();
    let args = ["--lang", "en", "why", "x", "--socket", &socket];
    let said = site.output(&args).await;
    assert_eq!(said.status.code(), Some(1));
    assert!(text(&said.stderr).contains("is no bridge of lampfield"));
    drop(silent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_nobody_and_the_nearest() {
    let site = Site::with_users(5, "").await;
    let matched = site.tenant.control().matched();
    let name = &matched[0].user_name;

    let several = site.output(&["--lang", "en", "why", "@"]).await;
    assert_eq!(several.status.code(), Some(2));
    let said = text(&several.stderr);
    assert!(said.contains("\"@\" fits 5 users"), "{said}");
    assert!(said.contains(name.as_str()), "{said}");
    assert_eq!(text(&several.stdout), "");

    let misspelled = name.replacen('@', "x@", 1);
    let nobody = site.output(&["--lang", "en", "why", &misspelled]).await;
    assert_eq!(nobody.status.code(), Some(1));
    let said = text(&nobody.stderr);
    assert!(said.contains("no ProCall user is called"), "{said}");
    assert!(said.contains(name.as_str()), "the nearest: {said}");

    let empty = site.output(&["why", ""]).await;
    assert_eq!(empty.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unmatched_user_is_told_with_the_reason() {
    let site = Site::with_users(2, "").await;
    let users = std::fs::read_to_string(site.path("users.csv")).unwrap();
    std::fs::write(
        site.path("users.csv"),
        users + "nobody@else.example,Nora Niemand,\n",
    )
    .unwrap();
    let output = site.output(&["why", "niemand", "--format", "json"]).await;
    assert_eq!(output.status.code(), Some(1));
    let why: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(why["unmatched"]["user_name"], "nobody@else.example");
    assert_eq!(why["unmatched"]["reason"], "no_entra_user");
    let output = site.output(&["--lang", "de", "why", "niemand"]).await;
    assert!(text(&output.stdout).contains("Nora Niemand ist nicht zugeordnet"));
}
