//! `--write`: set, read back, cleared; cleared whatever happens.

use std::time::Duration;

use lampfield::bridge::{Taken, WriterLock};
use lampfield::simulator::{Fault, FaultKind, On, TeamsAct, Verb};
use rustix::process::{Pid, Signal, kill_process};

use super::bench::{Bench, bench, said};

fn verbs(bench: &Bench) -> Vec<Verb> {
    bench
        .control()
        .writes()
        .iter()
        .map(|write| write.verb)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_seen_and_cleared() {
    let bench = bench().await;
    let upn = bench.someone();
    let checks = bench
        .checks_with(&["--user", &upn.to_uppercase(), "--write"])
        .await;
    assert_eq!(checks.code, Some(0), "{:#}", checks.all);
    checks.says("write", "showed Busy/InACall after", "");
    checks.says("write", "Cleared; gone after", "");
    let writes = bench.control().writes();
    assert_eq!(verbs(&bench), [Verb::Set, Verb::Clear]);
    assert_eq!(writes[0].pair.as_deref(), Some("Busy/InACall"));
    assert_eq!(writes[0].upn.as_deref(), Some(upn.as_str()));
    let current = bench.control().current(&upn).unwrap();
    assert_eq!(current, ("Available", "Available"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_fails_is_cleared_all_the_same() {
    let bench = bench().await;
    bench
        .control()
        .fault(Fault::new(FaultKind::status(500)).on(On::Set));
    let checks = bench
        .checks_with(&["--user", &bench.someone(), "--write"])
        .await;
    checks.only_failure("write", "trouble at Microsoft (500)", "later");
    assert_eq!(verbs(&bench).last(), Some(&Verb::Clear));
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_clears_what_was_set() {
    let bench = bench().await;
    let upn = bench.someone();
    // Masked, so that the read-back goes on until somebody ends it.
    let by_hand = TeamsAct::Manual {
        availability: Some("Away".to_owned()),
        activity: None,
    };
    bench.control().teams(&upn, &by_hand).unwrap();
    let child = bench.command(&["--user", &upn, "--write"]).spawn().unwrap();
    let pid = Pid::from_child(&child);
    until(|| !bench.control().writes().is_empty()).await;
    kill_process(pid, Signal::INT).unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let said = said(&output.await.unwrap(), &[&bench.secret]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.out.contains("interrupted"), "{}", said.out);
    assert_eq!(verbs(&bench), [Verb::Set, Verb::Clear]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_in_a_call_is_left_alone() {
    let bench = bench().await;
    let upn = bench.someone();
    bench.control().teams(&upn, &TeamsAct::Call).unwrap();
    let checks = bench.checks_with(&["--user", &upn, "--write"]).await;
    assert_eq!((checks.code, checks.status("write")), (Some(0), "warning"));
    checks.says("write", "is Busy/InACall", "Again after the call");
    assert!(bench.control().writes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_another_writer_nothing_is_tried() {
    let bench = bench().await;
    let lock = WriterLock::try_take(&bench.state_directory(), &bench.tenant_id).unwrap();
    assert!(matches!(lock, Taken::Ours(_)));
    let checks = bench
        .checks_with(&["--user", &bench.someone(), "--write"])
        .await;
    let pid = std::process::id().to_string();
    checks.only_failure("write", &pid, "Stop the other one");
    checks.says("state", &pid, "");
    assert!(bench.control().writes().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_whom_entra_does_not_know_is_named() {
    let bench = bench().await;
    let args = ["--user", "nobody@nordlicht.example", "--write"];
    let checks = bench.checks_with(&args).await;
    checks.only_failure("presence", "nobody@nordlicht.example", "mail address");
    assert_eq!(checks.status("write"), "skipped");
}

/// Waits for something that another process does.
async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(in_time.is_ok(), "it never happened");
}
