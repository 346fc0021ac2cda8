//! The same on every kind of UCServer: before August 2024, since, and one that mixes both. A call
//! is in Teams at once, whatever phone it is on, and a presentation in ProCall; nothing is asked
//! that estos' own decoder would throw for.

use std::time::Duration;

use crate::common::*;
use crate::ucserver::{DO_NOT_DISTURB, both_sides, chain, happened, manual, ucserver};
use lampfield::bridge::{InProcall, Mode, ObserveReason, UserRow};
use lampfield::clock::elapsed;
use lampfield::presence::{CallKind, ProcallPresence};
use lampfield::procall::{PresenceStep, ShownPresence, ShownState};
use lampfield::simulator::TeamsAct;
use lampfield::simulator::ucserver::{
    CallPhase, Medium, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

const IN_A_CALL: &str = "Busy/InACall";
const FREE: &str = "Available/Available";

#[tokio::test]
async fn what_is_odd_about_a_server_stands_in_the_log() {
    let stage = both_sides(V1).await;
    ucserver(&stage).send_binary(&[0xA1, 0, 0xFF]);
    let odd = "UCServer sent a binary frame, which is passed over (1 so far)";
    stage
        .until_true("what was odd", || stage.said.has(odd))
        .await;
}

/// How long it takes from an act until Teams shows this.
async fn time_until(stage: &Stage, shown: &str, act: impl FnOnce()) -> Duration {
    let began = stage.now();
    act();
    stage.until_true(shown, || stage.shown(ANNA) == shown).await;
    elapsed(began, stage.now())
}

/// Held against a second is the quickest of four: the machine may be busy with other things.
#[rstest]
#[tokio::test]
async fn a_call_is_in_teams_within_a_second_and_gone_within_a_second(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut stage = both_sides(version).await;
    let server = ucserver(&stage);
    let name = stage.name(ANNA).to_owned();
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    for (medium, kind) in [
        (Medium::Tapi, CallKind::Tapi),
        (Medium::Softphone, CallKind::Softphone),
        (Medium::AvChat, CallKind::AvChat),
        (Medium::Mobile, CallKind::Tapi),
    ] {
        let call = server.start_call(&name, medium, false);
        let rings = |kind| move |row: &UserRow| row.calls.iter().any(|call| call.kind == kind);
        stage.until_row(ANNA, "it rings", rings(kind)).await;
        assert_eq!(stage.shown(ANNA), FREE, "ringing is no call");
        begins.push(time_until(&stage, IN_A_CALL, || server.answer(&call)).await);
        let second = server.start_call(&name, Medium::Tapi, true);
        server.move_call(&call, CallPhase::Hold);
        server.answer(&second);
        server.move_call(&second, CallPhase::Conferenced);
        server.move_call(&call, CallPhase::Conferenced);
        stage
            .until_row(ANNA, "two calls", |row| row.calls.len() == 2)
            .await;
        server.end_call(&second);
        stage
            .until_row(ANNA, "one call", |row| row.calls.len() == 1)
            .await;
        assert_eq!(stage.shown(ANNA), IN_A_CALL, "one still lasts");
        ends.push(time_until(&stage, FREE, || server.end_call(&call)).await);
    }
    for times in [begins, ends] {
        assert!(times.iter().min() < Some(&SECOND), "{times:?}");
    }
    assert_eq!(manual(&stage, ANNA), None, "no echo");
    assert_eq!(server.counts().violations, 0);
    stage.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_procall_meeting_is_in_teams(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let stage = both_sides(version).await;
    let (server, name) = (ucserver(&stage), stage.name(ANNA).to_owned());
    time_until(&stage, "Busy/InAConferenceCall", || {
        server.set_meeting(&name, true);
    })
    .await;
    time_until(&stage, FREE, || {
        server.set_meeting(&name, false);
    })
    .await;
    assert_eq!(server.counts().violations, 0);
    stage.stop().await;
}

/// As often as somebody presents: set, read back, taken back, and no warning after it.
#[rstest]
#[tokio::test]
async fn a_presentation_appears_in_procall_and_disappears(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut stage = both_sides(version).await;
    let server = ucserver(&stage);
    for _ in 0..3 {
        stage.teams(ANNA, TeamsAct::Present);
        stage
            .until_true("do not disturb", || {
                manual(&stage, ANNA) == Some(DO_NOT_DISTURB)
            })
            .await;
        // ProCall shows it by now, and the row still says what it was before.
        stage
            .until_row(ANNA, "both", |row| {
                let shown = row.in_procall();
                let own = shown.own.map(|own| own.state);
                let made = shown.made == Some(ProcallPresence::DoNotDisturb);
                made && own == Some(ShownState::Available) && row.shown_before == own
            })
            .await;
        stage.teams(ANNA, TeamsAct::HangUp);
        stage
            .until_true("taken back", || manual(&stage, ANNA).is_none())
            .await;
        stage
            .until_row(ANNA, "told", |row| {
                chain(row).last().map(String::as_str)
                    == Some("our presence was taken back in ProCall")
            })
            .await;
        let untouched = InProcall {
            own: Some(ShownPresence {
                state: ShownState::Available,
                in_a_call: false,
            }),
            made: None,
        };
        stage
            .until_row(ANNA, "as before", |row| row.in_procall() == untouched)
            .await;
    }
    stage.pass(MINUTE * 2);
    stage.cycles().await;
    let row = stage.row(ANNA);
    assert!(!happened(&row, PresenceStep::Gone), "{:#?}", chain(&row));
    assert!(row.notes.is_empty(), "{:?}", row.notes);
    assert_eq!(row.teams_right, Some(true));
    let counts = server.counts();
    assert_eq!((counts.absent_set, counts.absent_reset), (3, 3));
    assert_eq!(counts.violations, 0);
    // The first newer name of each kind is tried once a session, and 1129.
    let tried = if version == V1 { 3 } else { 0 };
    assert_eq!(counts.unknown_operations, tried, "{counts:?}");
    stage.stop().await;
}

/// Nothing tells that estos' own integration was switched off, but it is seen: not only when the
/// list of users is read again.
#[rstest]
#[tokio::test]
async fn estos_own_integration_is_seen_to_be_switched_off_within_a_minute(
    #[values(V2, Mixed)] version: UcServerVersion,
) {
    let mut stage = both_sides(version).await;
    let (server, name) = (ucserver(&stage), stage.name(BERT).to_owned());
    let native = Mode::Observing(ObserveReason::NativeIntegration);
    server.set_teams_state(&name, Some(0x0400_0002));
    // A mixed server tells the flag alone: who shows it without a call is read again.
    stage.pass(SECOND);
    stage
        .until("observing", |snapshot| snapshot.mode == native)
        .await;
    server.set_faults(UcFaults {
        lose_events: true,
        ..UcFaults::default()
    });
    server.set_teams_state(&name, None);
    let off = stage.now();
    stage.pass(SECOND * 31);
    stage
        .until("writing", |snapshot| snapshot.mode == Mode::Writing)
        .await;
    assert!(elapsed(off, stage.now()) < MINUTE);
    stage.stop().await;
}
