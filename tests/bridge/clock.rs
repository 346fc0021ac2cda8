//! Somebody sets the machine's clock while the bridge runs.

use crate::common::*;
use jiff::SignedDuration;
use lampfield::clock::{Clock as _, shifted};
use rstest::rstest;

/// balena-os/balena-supervisor#488, OctoPrint/OctoPrint#3266: and put right again, later.
#[rstest]
#[case::forward(7_200, "ahead of")]
#[case::back(-7_200, "behind")]
#[case::by_years(100_000_000, "ahead of")]
#[tokio::test]
async fn the_time_of_day_moves_and_no_age(#[case] ahead: i64, #[case] side: &str) {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage.until("a lease", |it| it.leases.confirmed == 1).await;
    let before = stage.row(ANNA);
    stage.clock().set_wall(ahead);
    stage.cycles().await;
    let warned = format!("{side} Microsoft's");
    stage
        .until_true("the warning", || stage.said.has(&warned))
        .await;

    let (snapshot, row) = (stage.bridge.snapshots.borrow().clone(), stage.row(ANNA));
    assert_eq!(snapshot.wall_ahead, SignedDuration::from_secs(ahead));
    let ends = |row: &lampfield::bridge::UserRow| row.lease.as_ref().unwrap().expires_at;
    assert_eq!(ends(&row), ends(&before), "the countdown goes on");
    assert_eq!(stage.writes(ANNA), ["set Busy/InACall 200"]);
    assert!(
        !snapshot
            .read_mark(0)
            .is_stale(stage.now(), snapshot.poll.interval)
    );

    stage.call(BERT, Tapi, Connected);
    stage.until("both", |it| it.leases.confirmed == 2).await;
    stage.teams(CARL, lampfield::simulator::TeamsAct::Present);
    stage.until_told(CARL, &["available", "presenting"]).await;
    let wall = shifted(stage.now(), SignedDuration::from_secs(ahead));
    let near = |text: &str| {
        let at: jiff::Timestamp = text.parse().unwrap();
        at.duration_since(wall).abs() < SignedDuration::from_mins(10)
    };
    let told = stage.told(CARL).pop().unwrap();
    assert!(near(told["at"].as_str().unwrap()), "{told}");
    let kept = ledger_line(&stage, BERT);
    assert!(near(kept["put"]["expires_at"].as_str().unwrap()), "{kept}");

    stage.clock().set_wall(0);
    let right = "this machine's clock is right again";
    stage
        .until_true("taken back", || stage.said.has(right))
        .await;
    let nobody_fell_out = ["set Busy/InACall 200"];
    assert_eq!(stage.writes(ANNA), nobody_fell_out);
    assert_eq!(stage.writes(BERT), nobody_fell_out);
    assert!(stage.clock().ahead().is_zero());
}

fn ledger_line(stage: &Stage, who: Who) -> serde_json::Value {
    let mut entries = std::fs::read_dir(stage.folder.path().join("state")).unwrap();
    let texts = entries
        .by_ref()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()));
    let text: String = texts.map(Result::unwrap).collect();
    let name = stage.name(who);
    let line = text.lines().rfind(|line| line.contains(name));
    serde_json::from_str(line.expect("a line of this user")).unwrap()
}
