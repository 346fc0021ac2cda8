//! The doctor beside a bridge that runs: whose picture it is, and what it says of itself.

use serde_json::Value;

use crate::attach::service;
use crate::common::program::Site;

/// The row of the bridge, and how the doctor ended.
async fn row(site: &Site, args: &[&str]) -> (Value, Option<i32>, usize) {
    let args = [&["--lang", "en", "doctor", "--format", "json"], args].concat();
    let output = site.output(&args).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let json: Value = serde_json::from_str(&said).expect(&said);
    let checks = json["checks"].as_array().unwrap();
    let bridge = checks.iter().find(|check| check["name"] == "bridge");
    (bridge.unwrap().clone(), output.status.code(), checks.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_bridge_says_what_it_knows_of_itself() {
    let (site, service, name) = service("").await;
    let (row, code, checks) = row(&site, &[]).await;
    assert_eq!(
        (row["status"].as_str(), code),
        (Some("ok"), Some(0)),
        "{row}"
    );
    assert!(checks > 10, "its own checks go on");
    let message = row["message"].as_str().unwrap();
    let whose = format!("attached to the bridge of process {}", service.pid());
    assert!(message.starts_with(&whose), "{message}");
    for words in ["it writes to Teams", "leases: 1; confirmed: 1", "last read"] {
        assert!(message.contains(words), "{words} in {message}");
    }
    assert!(!message.contains(&name), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_none_runs_that_is_said() {
    let site = Site::with_users(2, "").await;
    let (none, code, _) = row(&site, &[]).await;
    assert_eq!((none["status"].as_str(), code), (Some("ok"), Some(0)));
    assert_eq!(
        none["message"],
        "no bridge of this tenant runs on this machine"
    );
    let (named, code, _) = row(&site, &["--socket", "no.sock"]).await;
    assert_eq!((named["status"].as_str(), code), (Some("failed"), Some(1)));
}

/// Without a configuration the picture alone is checked: no request, no secret.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_enough() {
    let (site, service, _) = service("[attach]\nsocket = \"run/l.sock\"").await;
    std::fs::remove_file(site.path("lampfield.toml")).unwrap();
    let control = site.tenant.control();
    control.forget_requests();
    let socket = site.path("run/l.sock").display().to_string();
    let (row, code, checks) = row(&site, &["--socket", &socket]).await;
    assert_eq!(
        (row["status"].as_str(), code, checks),
        (Some("ok"), Some(0), 1)
    );
    let pid = format!("process {}", service.pid());
    assert!(row["message"].as_str().unwrap().contains(&pid), "{row}");
    let tokens = control.requests();
    let tokens = tokens.iter().filter(|it| it.path.contains("/token"));
    assert_eq!(tokens.count(), 0);
    let args = ["--lang", "de", "doctor", "--socket", &socket];
    let output = site.output(&args).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("sie schreibt nach Teams"), "{said}");
}
