//! `check`: how the bridge stands, for monitoring, read as Nagios, Checkmk and PRTG read it.

use std::process::Output;
use std::time::{Duration, Instant};

use rstest::rstest;
use rustix::process::Signal;

use crate::attach::{json, service};
use crate::common::program::Site;

#[path = "../../crates/report/src/check/tests/parsers.rs"]
mod parsers;

const FORMATS: [&str; 4] = ["nagios", "checkmk", "prtg", "json"];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

async fn check(site: &Site, args: &[&str]) -> Output {
    site.output(&[&["--lang", "en", "check"], args].concat())
        .await
}

/// The state that the output tells, in this format.
fn told(format: &str, output: &str) -> u8 {
    match format {
        "nagios" => {
            let read = parsers::nagios_output(output).unwrap();
            let worst = read.data.values().map(parsers::Datum::state).max();
            assert!(worst.unwrap_or_default() <= read.state, "{output}");
            read.state
        }
        "checkmk" => {
            let services = parsers::checkmk_lines(output).unwrap();
            assert_eq!(services.len(), 6);
            let bridge = &services["lampfield bridge"];
            // The uptime, where it is known.
            assert_eq!(bridge.metrics.len(), usize::from(bridge.state < 2));
            bridge.state
        }
        "prtg" => {
            let sensor = parsers::prtg_sensor(output).unwrap();
            assert!(!sensor.text.is_empty());
            if sensor.is_down {
                assert!(sensor.channels.is_empty());
                return 2;
            }
            sensor.channels["state"].state()
        }
        _ => {
            let json: serde_json::Value = serde_json::from_str(output).unwrap();
            assert_eq!(json["schema"], 1);
            u8::try_from(json["state"].as_u64().unwrap()).unwrap()
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_is_well_and_nobody_is_asked() {
    let (site, service, name) = service("").await;
    let control = site.tenant.control();
    control.forget_requests();
    for format in FORMATS {
        let output = check(&site, &["--format", format]).await;
        let said = said(&output);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert_eq!(told(format, &said), 0, "{said}");
        let local = name.split('@').next().unwrap();
        assert!(!said.contains(local), "no user is named: {said}");
        if format != "json" {
            let pid = format!("bridge of process {}", service.pid());
            assert!(said.contains(&pid), "{said}");
        }
    }
    let tokens = control.requests();
    let tokens = tokens.iter().filter(|it| it.path.contains("/token"));
    assert_eq!(tokens.count(), 0, "it needs no token");
    let json = json(&site, &["check", "--format", "json"]).await;
    assert_eq!(json["bridge"]["pid"], service.pid());
    assert_eq!(json["bridge"]["source"], "attached");
    let value = |name: &str| {
        let measures = json["measures"].as_array().unwrap();
        let found = measures.iter().find(|it| it["name"] == name);
        found.unwrap()["value"].as_f64().unwrap()
    };
    assert_eq!(
        (value("matched"), value("leases"), value("confirmed")),
        (5.0, 1.0, 1.0)
    );
}

/// Every state is an exit code and stands in every format.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_are_flags() {
    let (site, _service, _) = service("").await;
    for (bounds, state) in [("0,1h", 1), ("0,0", 2), ("off", 0), ("1h,2h", 0)] {
        for format in FORMATS {
            let args = ["--read-age", bounds, "--format", format];
            let output = check(&site, &args).await;
            assert_eq!(output.status.code(), Some(state), "{bounds}");
            if format != "checkmk" {
                assert_eq!(i32::from(told(format, &said(&output))), state, "{bounds}");
            }
        }
    }
    let args = ["--read-age", "0,1h", "--format", "checkmk"];
    let services = said(&check(&site, &args).await);
    let services = parsers::checkmk_lines(&services).unwrap();
    assert_eq!(services["lampfield reading"].state, 1);
    assert_eq!(services["lampfield users"].state, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_no_bridge_runs_is_critical() {
    let site = Site::with_users(2, "").await;
    site.tenant.control().forget_requests();
    for format in FORMATS {
        for args in [
            &["--format", format][..],
            &["--format", format, "--socket", "no.sock"],
        ] {
            let output = check(&site, args).await;
            let said = said(&output);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert_eq!(told(format, &said), 2, "{said}");
            assert!(said.contains("no bridge"), "{said}");
        }
    }
    assert_eq!(site.tenant.control().requests().len(), 0);
    let german = site.output(&["--lang", "de", "check"]).await;
    assert!(said(&german).starts_with("KRITISCH  keine Brücke gefunden"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_that_was_killed_is_critical() {
    let (site, mut service, _) = service("").await;
    service.signal(Signal::KILL);
    service.end().await;
    let output = check(&site, &["--format", "nagios"]).await;
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
}

/// A process that is stopped still has a socket that takes connections.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_that_is_stuck_is_unknown_in_time() {
    let (site, service, _) = service("").await;
    service.signal(Signal::STOP);
    for format in FORMATS {
        let begun = Instant::now();
        let output = check(&site, &["--timeout", "1s", "--format", format]).await;
        let said = said(&output);
        assert!(begun.elapsed() < Duration::from_secs(4), "{said}");
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains("no answer within 1 s"), "{said}");
        // PRTG knows up, warning and down alone; nothing is known of any service of Checkmk's.
        let expected = if format == "prtg" { 2 } else { 3 };
        assert_eq!(told(format, &said), expected, "{said}");
    }
    service.signal(Signal::CONT);
    let output = check(&site, &["--format", "nagios", "--late", "off"]).await;
    assert_ne!(output.status.code(), Some(3), "{}", said(&output));
}

/// Exit code 2 would say that something is down.
#[rstest]
#[case::usage(&["--read-age", "soon"])]
#[case::flag(&["--frobnicate"])]
#[case::order(&["--read-age", "2m,30s"])]
#[case::no_file(&["--config", "nowhere.toml"])]
#[case::broken_file(&["--config", "broken.toml"])]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_call_is_unknown(#[case] args: &[&str]) {
    let site = Site::with_users(1, "").await;
    std::fs::write(site.path("broken.toml"), "[tenant]\nclient_secret = 7").unwrap();
    for lang in ["de", "en"] {
        let args = [&["--lang", lang, "check", "--format", "nagios"], args].concat();
        let output = site.output(&args).await;
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cycle_of_its_own_beside_the_service() {
    let (site, _service, _) = service("").await;
    let args = ["check", "--direct", "--format", "json"];
    let direct = json(&site, &args).await;
    assert_eq!(direct["bridge"]["source"], "direct");
    assert_eq!(direct["state"], 0, "{direct}");
    let text = said(&check(&site, &["--direct"]).await);
    assert!(text.contains("a cycle of its own"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_that_is_refused_is_critical_with_its_cause() {
    let site = Site::with_users(2, "").await;
    let mut command = site.command(&["--lang", "en", "check", "--direct", "--format", "nagios"]);
    command.env("SECRET", "not-the-secret");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert_eq!(told("nagios", &said), 2);
    assert!(said.contains("AADSTS7000215"), "{said}");
    assert!(!said.contains("not-the-secret"));
}
