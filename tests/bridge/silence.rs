//! A ProCall that is dead decides nothing: sockets dropped and refused for six minutes, and back.

use std::sync::Arc;

use crate::common::*;
use lampfield::bridge::{LinkStatus, Snapshot, UserEventKind, UserRow, Verdict};
use lampfield::simulator::ucserver::{SimulatedUcServer, UcFaults};

/// Three signs of life of twenty seconds.
const SIGNS: std::time::Duration = MINUTE;

fn is_silent(snapshot: &Snapshot) -> bool {
    snapshot.links.procall_silent_since.is_some()
}

fn open_sessions(server: &SimulatedUcServer) -> usize {
    server.counts().sessions
}

/// Anna and Bert talk, both leases are read back; then nothing is to be heard of UCServer.
async fn dead(faults: UcFaults) -> (Stage, Arc<SimulatedUcServer>) {
    let setting = Setting {
        ucserver: true,
        ..Setting::default()
    };
    let mut stage = setting.open().await;
    stage.until_read().await;
    let server = Arc::clone(stage.tenant.ucserver().unwrap());
    for who in [ANNA, BERT] {
        stage.call(who, Tapi, Connected);
        stage.until_verdict(who, Verdict::Confirmed).await;
    }
    let drops = faults.not_attached;
    server.set_faults(faults);
    if drops {
        server.drop_sockets();
    }
    (stage, server)
}

/// Six minutes go by in steps of half a minute, with all that is due in them.
async fn six_minutes(stage: &mut Stage) {
    for _ in 0..12 {
        stage.pass(SECOND * 30);
        stage.cycles().await;
    }
}

async fn what_a_dead_procall_does(faults: UcFaults) {
    let (mut stage, server) = dead(faults).await;
    stage.pass(SIGNS);
    let snapshot = stage.until("silent", is_silent).await;
    assert_eq!(snapshot.links.procall.status, LinkStatus::Down);
    let heard = snapshot.links.procall_silent_since;
    let is_old = |row: &UserRow| {
        let mut history = row.history.iter();
        let said = history.any(|it| it.kind == UserEventKind::CallsStale);
        said && row.calls.iter().all(|it| it.stale_since == heard)
    };
    stage.until_row(ANNA, "a stale call", is_old).await;
    // Anna's call ends and Carl's begins, and nobody tells of it.
    stage.call(ANNA, Tapi, Ended);
    stage.call(CARL, Tapi, Connected);
    let writes = [ANNA, BERT, CARL].map(|who| stage.writes(who));
    six_minutes(&mut stage).await;
    for (who, before) in [ANNA, BERT, CARL].into_iter().zip(&writes) {
        assert_eq!(&stage.writes(who), before, "written for a dead ProCall");
        assert_eq!(stage.shown(who), "Available/Available", "Teams is right");
    }
    assert_eq!(stage.row(ANNA).lease, None, "it ended by itself");

    server.set_faults(UcFaults::default());
    stage.pass(MINUTE);
    let heard = |snapshot: &Snapshot| {
        !is_silent(snapshot) && snapshot.links.procall.status == LinkStatus::Up
    };
    stage.until("heard again", heard).await;
    for who in [BERT, CARL] {
        stage.until_verdict(who, Verdict::Confirmed).await;
        assert_eq!(stage.shown(who), "Busy/InACall");
    }
    assert_eq!(stage.shown(ANNA), "Available/Available");
    stage
        .until_row(ANNA, "no call", |row| row.calls.is_empty())
        .await;
    stage
        .until_true("one session, whatever was tried", || {
            open_sessions(&server) == 1
        })
        .await;
    stage.said.must_have("nothing heard of ProCall for 60");
    stage.stop().await;
    assert_eq!(open_sessions(&server), 0);
}

#[tokio::test]
async fn sockets_that_are_dropped_and_refused_for_six_minutes() {
    what_a_dead_procall_does(UcFaults {
        not_attached: true,
        ..UcFaults::default()
    })
    .await;
}

#[tokio::test]
async fn a_socket_that_stays_open_and_says_nothing_for_six_minutes() {
    what_a_dead_procall_does(UcFaults {
        mute: true,
        lose_events: true,
        ..UcFaults::default()
    })
    .await;
}

/// A connection that is lost for a moment is nobody's concern: nothing is stale, nothing is written.
#[tokio::test]
async fn a_connection_that_is_back_at_once_costs_nothing() {
    let (mut stage, server) = dead(UcFaults::default()).await;
    let writes = [ANNA, BERT].map(|who| stage.writes(who));
    server.drop_sockets();
    stage
        .until_true("another session", || server.counts().sockets == 2)
        .await;
    stage.pass(SECOND * 2);
    stage
        .until("up", |snapshot| {
            snapshot.links.procall.status == LinkStatus::Up
        })
        .await;
    stage.cycles().await;
    assert_eq!([ANNA, BERT].map(|who| stage.writes(who)), writes);
    let row = stage.row(ANNA);
    let mut history = row.history.iter();
    assert!(!history.any(|event| event.kind == UserEventKind::CallsStale));
    stage.stop().await;
}
