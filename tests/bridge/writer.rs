//! Who writes: nobody without a state directory, and never two.

use std::path::PathBuf;
use std::time::Duration;

use crate::common::*;
use lampfield::bridge::{Command, Mode, ObserveReason, Snapshot};
use lampfield::simulator::TeamsAct;

/// A state directory below a regular file: nobody, not even root, can make it.
#[tokio::test]
async fn a_state_directory_that_cannot_be_written_means_observing() {
    let mut stage = Setting {
        state: Some(PathBuf::from("/dev/null/state")),
        ..Setting::default()
    }
    .open()
    .await;
    let snapshot = stage.until_read().await;
    assert!(
        matches!(&snapshot.mode, Mode::Observing(ObserveReason::NoState(_))),
        "{:?}",
        snapshot.mode
    );
    stage.said.must_have("the state directory cannot be used");
    stage
        .said
        .must_have("a [state] directory that it may write to, or start with --observe");
    stage.call(ANNA, Tapi, Connected);
    stage
        .until_row(ANNA, "would write", |row| {
            row.notes.iter().any(|note| note.code() == "would_write")
        })
        .await;
    stage.cycles().await;
    assert!(
        stage.control().writes().is_empty(),
        "a lease that could not be cleared after a crash"
    );
    // The other way is not in danger: ProCall goes on learning what Teams shows.
    stage.teams(BERT, TeamsAct::Present);
    stage.until_told(BERT, &["available", "presenting"]).await;
}

#[tokio::test]
async fn a_second_lampfield_observes_and_takes_over_when_the_first_ends() {
    let mut first = Stage::quiet().await;
    first.call(ANNA, Tapi, Connected);
    first
        .until("a lease", |snapshot| snapshot.leases.confirmed == 1)
        .await;
    let mut second = first.beside(Setting::default());
    let snapshot = second.until_read().await;
    let pid = Some(std::process::id());
    assert_eq!(
        snapshot.mode,
        Mode::Observing(ObserveReason::OtherWriter { pid })
    );
    second
        .said
        .must_have("another lampfield writes for this tenant (process ");
    // The other's InACall is no Teams call, and nothing is written by two.
    second.cycles().await;
    assert!(second.told(ANNA).is_empty());
    assert_eq!(second.row(ANNA).procall.as_str(), "unchanged");
    assert_eq!(first.writes(ANNA).len(), 1);
    let name = first.name(ANNA).to_owned();
    let writes = first.writes(ANNA);
    assert_eq!(writes, ["set Busy/InACall 200"]);
    first.stop().await;
    assert_eq!(
        second.control().current(&name).unwrap().1,
        "Available",
        "given back at the end"
    );
    second.pass(SECOND * 5);
    second
        .until("writing", |snapshot| snapshot.mode == Mode::Writing)
        .await;
    second.said.must_have("the writer lock is ours: writing");
    second
        .until("the lease", |snapshot| snapshot.leases.confirmed == 1)
        .await;
    let all = ["set Busy/InACall 200", "clear 200", "set Busy/InACall 200"];
    assert_eq!(second.writes(ANNA), all);
    second.until_told(ANNA, &["available"]).await;
}

/// With Anna on the phone, and the file of the lock gone.
async fn with_one_lease() -> Stage {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage.until("a lease", holds(1)).await;
    stage
}

fn remove_lock(stage: &Stage) {
    std::fs::remove_file(lock_file(stage)).unwrap();
}

fn lock_file(stage: &Stage) -> PathBuf {
    let mut files = std::fs::read_dir(stage.folder.path().join("state")).unwrap();
    let lock = files.find_map(|file| {
        let path = file.unwrap().path();
        path.extension()
            .is_some_and(|extension| extension == "lock")
            .then_some(path)
    });
    lock.expect("a lock file")
}

fn holds(confirmed: usize) -> impl Fn(&Snapshot) -> bool {
    move |snapshot| snapshot.leases.confirmed == confirmed && snapshot.mode == Mode::Writing
}

#[tokio::test]
async fn where_the_lock_is_taken_away_by_its_file_the_first_one_stops_writing() {
    let mut first = with_one_lease().await;
    // At the end of a cycle it would notice, and take the lock again before the other one does.
    let seldom = Duration::from_mins(10);
    first.command(Command::SetInterval(seldom)).await;
    first
        .until("seldom polls", |snapshot| snapshot.poll.interval == seldom)
        .await;
    remove_lock(&first);
    let mut second = first.beside(Setting::default());
    second.until("the lease adopted", holds(1)).await;
    first.call(BERT, Tapi, Connected);
    first
        .until("observing", |snapshot| {
            matches!(
                snapshot.mode,
                Mode::Observing(ObserveReason::OtherWriter { .. })
            )
        })
        .await;
    first.said.must_have("writer lock lost");
    second.until("both", holds(2)).await;
    first.call(ANNA, Tapi, Ended);
    second.until("one", holds(1)).await;
    let name = first.name(BERT).to_owned();
    first.stop().await;
    assert_eq!(second.writes(ANNA), ["set Busy/InACall 200", "clear 200"]);
    assert_eq!(second.writes(BERT), ["set Busy/InACall 200"]);
    assert_eq!(second.control().current(&name).unwrap().1, "InACall");
}

#[tokio::test]
async fn where_nobody_else_has_taken_it_the_lock_is_made_anew() {
    let mut stage = with_one_lease().await;
    remove_lock(&stage);
    stage.call(BERT, Tapi, Connected);
    stage.until("both", holds(2)).await;
    assert!(lock_file(&stage).exists());
    for who in [ANNA, BERT] {
        assert_eq!(stage.writes(who), ["set Busy/InACall 200"]);
    }
}
