//! The program on a UCServer of every kind: nothing is asked that estos' own decoder would throw
//! for, whatever is done.

use crate::common::eventually;
use crate::common::program::{Site, program};
use lampfield::simulator::ucserver::UcServerVersion::{self, Mixed, V1, V2};
use lampfield::simulator::{PbxKind, PbxState, TeamsAct};
use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const DO_NOT_DISTURB: i64 = 3;

#[rstest]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_asked_that_estos_own_decoder_would_throw_for(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let site = Site::with_ucserver(5, version, "users = \"monitor\"\n").await;
    let (control, server) = (site.tenant.control(), site.tenant.ucserver().unwrap());
    let name = control.matched()[0].user_name.clone();
    let upn = control.user(&name).unwrap().upn;
    for command in [&["snapshot"][..], &["doctor"][..]] {
        let output = site.output(command).await;
        let said = String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
    let mut run = site.begin("run", &["run"]);
    run.until_says("cycle 1: ").await;
    let call = |state| control.call(&name, PbxKind::Softphone, state).unwrap();
    call(PbxState::Connected);
    let shown = |what: &str| control.user(&name).unwrap().activity == what;
    assert!(eventually(|| shown("InACall")).await, "{}", run.err_text());
    call(PbxState::Ended);
    assert!(
        eventually(|| shown("Available")).await,
        "{}",
        run.err_text()
    );
    control.teams(&upn, &TeamsAct::Present).unwrap();
    let set = || server.manual(&name).map(|manual| manual.state);
    assert!(
        eventually(|| set() == Some(DO_NOT_DISTURB)).await,
        "{}",
        run.err_text()
    );
    run.signal(Signal::TERM);
    run.end().await;
    assert!(eventually(|| set().is_none()).await, "{}", run.err_text());
    assert_eq!(server.violations(), [""; 0]);
    let counts = server.counts();
    assert_eq!((counts.violations, counts.bad_arguments), (0, 0));
    assert_eq!(counts.challenges, 0, "nobody was asked anything");
    assert_eq!(counts.sessions, 0, "{counts:?}");
}

/// With the account of the line that it prints, and the version that was asked for.
#[rstest]
#[case("v1", 400)]
#[case("v2", 200)]
#[case("mixed", 200)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_simulator_is_the_server_that_was_asked_for(#[case] version: &str, #[case] newer: u16) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let args = ["simulator", "--users", "5", "--ucserver-version", version];
    let mut child = program(folder.path(), &args)
        .stdout(std::fs::File::create(&out).unwrap())
        .spawn()
        .unwrap();
    let line = || std::fs::read_to_string(&out).unwrap_or_default();
    assert!(eventually(|| line().ends_with('\n')).await);
    let ready: Value = serde_json::from_str(&line()).unwrap();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    lampfield::tls::install();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = http
        .post(format!(
            "{}/ws/direct/asnGetLoggedInContactV2",
            text("ucserver")
        ))
        .basic_auth(text("ucserver_user"), Some(text("ucserver_password")))
        .send();
    assert_eq!(asked.await.unwrap().status(), newer);
    let told = http.get(format!("{}/ucserver", text("control"))).send();
    let told: Value = told.await.unwrap().json().await.unwrap();
    assert_eq!(told["version"], version);
    assert_eq!(told["counts"]["logins"], 1);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(143));
}

#[test]
fn another_version_is_a_fault_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path(), &["simulator", "--ucserver-version", "v3"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("v1, v2, mixed"), "{said}");
}
