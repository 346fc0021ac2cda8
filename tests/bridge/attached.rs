//! Who looks from another process sees what the bridge itself knows, value by value.

use std::process::Command as Process;
use std::sync::Arc;

use serde_json::Value;

use crate::common::*;
use lampfield::bridge::{Command, Snapshot, Verdict};
use lampfield::clock::Clock as _;
use lampfield::report::{self, Exposition};
use lampfield::simulator::TeamsAct;

/// The socket of a stage's bridge, open as long as this lives.
fn open(stage: &Stage) -> attach::Server {
    // Nobody is refused: who asks owns the socket.
    let (refused, _) = tokio::sync::mpsc::channel(1);
    let shown = attach::Shown {
        snapshots: stage.bridge.snapshots.clone(),
        commands: stage.bridge.asked.clone(),
        refused,
        logs: attach::LogTail::new(),
        clock: Arc::clone(&stage.bridge.clock),
        version: env!("CARGO_PKG_VERSION"),
    };
    let socket = stage.folder.path().join("run/l.sock");
    attach::serve(&socket, &attach::Access::default(), shown).unwrap()
}

/// What the program prints of the bridge behind this socket.
async fn printed(server: &attach::Server, args: &[&str]) -> String {
    let mut program = Process::new(env!("CARGO_BIN_EXE_lampfield"));
    program.args(args).arg("--socket").arg(server.path());
    program.env_clear().env("HOME", "/nowhere").env("TZ", "UTC");
    let output = tokio::task::spawn_blocking(move || program.output().unwrap());
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// Without what depends on the moment of looking, and on who looks.
fn alike(text: &str) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for moving in [
                    "read_age_ms",
                    "age_ms",
                    "expires_in_ms",
                    "attached",
                    "source",
                    "at",
                ] {
                    if moving != "at" || fields.contains_key("schema") {
                        fields.remove(moving);
                    }
                }
                fields.values_mut().for_each(strip);
            }
            Value::Array(values) => values.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::from_str(text).unwrap();
    strip(&mut value);
    value
}

/// The numbers, without ages.
fn numbers(page: &str) -> Vec<&str> {
    let ages = ["_age_seconds", "_silence_seconds", "_remaining_seconds"];
    let lines = page.lines();
    lines
        .filter(|line| !ages.iter().any(|age| line.contains(age)))
        .collect()
}

/// Compares what both say as long as the bridge shows one and the same.
async fn same(
    stage: &Stage,
    print: impl AsyncFn() -> String,
    check: impl Fn(&Arc<Snapshot>, &str),
) {
    for _ in 0..200 {
        let before = Arc::clone(&stage.bridge.snapshots.borrow());
        let printed = print().await;
        let after = Arc::clone(&stage.bridge.snapshots.borrow());
        if Arc::ptr_eq(&before, &after) {
            check(&before, &printed);
            return;
        }
    }
    panic!("it never stood still for long enough");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_value_is_the_bridges() {
    let mut stage = Stage::quiet().await;
    let server = open(&stage);
    // A call that is confirmed, one that a status hides, one that rings, a Teams call, a pause, a read that fails.
    stage.call(ANNA, Tapi, Connected);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    stage.teams(
        BERT,
        TeamsAct::Manual {
            availability: Some("DoNotDisturb".into()),
            activity: Some("DoNotDisturb".into()),
        },
    );
    stage.call(BERT, Softphone, Connected);
    stage.until_verdict(BERT, Verdict::Masked).await;
    stage.call(CARL, Meeting, Ringing);
    stage.teams(Who(3), TeamsAct::Call);
    let paused = stage.name(Who(4)).to_owned();
    stage
        .command(Command::PauseUser(lampfield::presence::UserName::new(
            &paused,
        )))
        .await;
    stage.until_row(Who(4), "paused", |row| row.paused).await;
    stage.cycles().await;
    // It stands still now, with what the budget forgets behind it.
    stage.command(Command::SetInterval(MINUTE * 10)).await;
    stage
        .until("the interval", |it| it.poll.interval == MINUTE * 10)
        .await;
    stage.pass(SECOND * 31);

    let json = async || printed(&server, &["snapshot", "--format", "json"]).await;
    same(&stage, json, |own, printed| {
        let own = report::json(own, stage.bridge.clock.now()).unwrap();
        assert_eq!(alike(printed), alike(&own));
        assert!(
            own.contains("masked") && own.contains("\"state\":\"ringing\""),
            "{own}"
        );
    })
    .await;
    for who in (0..5).map(Who) {
        let name = stage.name(who);
        let why = async || printed(&server, &["why", name, "--format", "json"]).await;
        same(&stage, why, |own, printed| {
            let at = own
                .rows
                .iter()
                .position(|row| row.user_name.as_str() == name);
            let now = stage.bridge.clock.now();
            let own = report::why_json(own, at.unwrap(), now).unwrap().unwrap();
            assert_eq!(alike(printed), alike(&own));
        })
        .await;
    }
    let metrics = async || printed(&server, &["metrics"]).await;
    same(&stage, metrics, |own, printed| {
        let now = stage.bridge.clock.now();
        let own = report::metrics(own, now, Exposition::OpenMetrics).unwrap();
        assert_eq!(numbers(printed), numbers(&own));
    })
    .await;
    drop(server);
    stage.stop().await;
}
