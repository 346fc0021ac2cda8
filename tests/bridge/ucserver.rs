//! Both directions at once, with a UCServer: a call in ProCall shows in Teams, what is shown in
//! Teams becomes a presence in ProCall, and each tells its chain of causes. Real sockets on both
//! sides; time is moved, never waited for.

use std::sync::Arc;

use crate::common::*;
use lampfield::bridge::{Note, UserEventKind, UserRow, Verdict};
use lampfield::clock::Clock as _;
use lampfield::presence::{Lang, ProcallPresence};
use lampfield::procall::{Obstacle, PresenceStep};
use lampfield::simulator::TeamsAct;
use lampfield::simulator::ucserver::{
    ManualPresence, SimulatedUcServer,
    UcServerVersion::{self, Mixed, V1, V2},
};
use lampfield::words::{chain_of_causes, note, texts};
use rstest::rstest;
use serde_json::json;

pub(crate) const DO_NOT_DISTURB: i64 = 3;
const BUSY: i64 = 2;

pub(crate) async fn both_sides(version: UcServerVersion) -> Stage {
    let setting = Setting {
        ucserver: true,
        ucserver_version: version,
        ..Setting::default()
    };
    let mut stage = setting.open().await;
    stage.until_read().await;
    stage
}

pub(crate) fn ucserver(stage: &Stage) -> Arc<SimulatedUcServer> {
    Arc::clone(stage.tenant.ucserver().unwrap())
}

pub(crate) fn manual(stage: &Stage, who: Who) -> Option<i64> {
    let manual = ucserver(stage).manual(stage.name(who));
    manual.map(|ManualPresence { state, .. }| state)
}

pub(crate) fn happened(row: &UserRow, step: PresenceStep) -> bool {
    let kind = UserEventKind::ProcallStep(step);
    row.history.iter().any(|event| event.kind == kind)
}

/// The chain as the console tells it, without times and request-ids.
pub(crate) fn chain(row: &UserRow) -> Vec<String> {
    let sentences = chain_of_causes(row, Lang::En).into_iter();
    sentences
        .map(|sentence| match sentence.split_once(" (request-id ") {
            Some((start, id)) => {
                assert_eq!(id.trim_end_matches(')').len(), 36, "{sentence}");
                format!("{start} (request-id …)")
            }
            None => match sentence.split_once(" after ") {
                Some((start, _)) => start.to_owned(),
                None => sentence,
            },
        })
        .collect()
}

#[rstest]
#[tokio::test]
async fn a_call_in_procall_shows_in_teams_and_tells_why(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut stage = both_sides(version).await;
    stage.call(ANNA, Tapi, Ringing);
    stage
        .until_row(ANNA, "it rings", |row| !row.calls.is_empty())
        .await;
    stage.call(ANNA, Tapi, Connected);
    let row = stage.until_verdict(ANNA, Verdict::Confirmed).await;
    assert_eq!(stage.shown(ANNA), "Busy/InACall");
    let told = chain(&row);
    let expected = [
        "TAPI call rings",
        "TAPI call connected",
        "lease Busy/InACall requested",
        "Graph accepted Busy/InACall (request-id …)",
        "Teams shows Busy/InACall",
        "our own call (echo) came back from Teams: ignored, not carried to ProCall",
        "read back: confirmed",
    ];
    assert_eq!(told[told.len() - expected.len()..], expected, "{told:#?}");
    assert_eq!(manual(&stage, ANNA), None, "no echo");

    stage.call(ANNA, Tapi, Ended);
    stage
        .until_true("nothing is shown", || {
            stage.shown(ANNA) == "Available/Available"
        })
        .await;
    let row = stage
        .until_row(ANNA, "read", |row| {
            chain(row)
                .last()
                .is_some_and(|last| last.starts_with("Teams shows"))
        })
        .await;
    let told = chain(&row);
    let expected = [
        "TAPI call ended",
        "lease cleared (request-id …)",
        "Teams shows Available/Available",
    ];
    assert_eq!(told[told.len() - expected.len()..], expected, "{told:#?}");
    stage.nothing_leaked();
    stage.stop().await;
}

#[rstest]
#[tokio::test]
async fn a_presentation_in_teams_is_do_not_disturb_in_procall_and_tells_why(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut stage = both_sides(version).await;
    stage.teams(ANNA, TeamsAct::Present);
    let shown = ProcallPresence::DoNotDisturb;
    let row = stage
        .until_row(ANNA, "read back", |row| {
            happened(row, PresenceStep::ReadBack(shown))
        })
        .await;
    assert_eq!(manual(&stage, ANNA), Some(DO_NOT_DISTURB));
    let told = chain(&row);
    let expected = [
        "Teams shows DoNotDisturb/Presenting",
        "ProCall told: do not disturb (rule Presenting)",
        "UCServer accepted do not disturb",
        "read back: ProCall shows do not disturb",
    ];
    assert_eq!(told[told.len() - expected.len()..], expected, "{told:#?}");

    stage.teams(ANNA, TeamsAct::HangUp);
    let row = stage
        .until_row(ANNA, "taken back", |row| {
            happened(row, PresenceStep::TakenBack)
        })
        .await;
    assert_eq!(manual(&stage, ANNA), None);
    let last = chain(&row).pop().unwrap();
    assert_eq!(last, "our presence was taken back in ProCall");
    assert!(stage.writes(ANNA).is_empty(), "nothing came back to Teams");
    stage.stop().await;
}

/// A call in a form that nobody knows is in Teams by its flag, and the row says why.
#[rstest]
#[tokio::test]
async fn a_call_that_is_not_understood_shows_in_teams_and_tells_why(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut stage = both_sides(version).await;
    let contact = format!("sip:{}", stage.name(ANNA));
    let presence = json!({"u8sContactId": contact, "iPresenceState": 0x0400_0002,
        "seqCalls": [{"u8sCallID": "c1", "sState": "connected"}]});
    let event = json!([{"invoke": {"invokeID": 99_999, "operationName": "asnUpdatePresenceV2",
        "argument": {"iChangedFlags": 257, "presence": presence}}}]);
    ucserver(&stage).send_text(&event.to_string());
    let row = stage
        .until_row(ANNA, "the reason", |row| {
            row.notes
                .contains(&Note::Obstacle(Obstacle::CallNotUnderstood))
        })
        .await;
    let (said, _) = note(
        &Note::Obstacle(Obstacle::CallNotUnderstood),
        texts(Lang::En),
    );
    assert!(
        row.notes.len() == 1 && said.contains("no call of its list"),
        "{said}"
    );
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    assert_eq!(stage.shown(ANNA), "Busy/InACall");
    let log = stage.said.text();
    assert!(log.contains("no call is understood"), "{log}");
    assert!(log.contains("members sState, u8sCallID"), "{log}");
    stage.stop().await;
}

/// Ten minutes is how long ProCall keeps it; half an hour later it is still there, and the lease
/// of a call in Teams as well.
#[rstest]
#[tokio::test]
async fn both_last_as_long_as_their_causes(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let mut stage = both_sides(version).await;
    stage.teams(ANNA, TeamsAct::Present);
    stage.call(BERT, Tapi, Connected);
    stage
        .until_true("do not disturb", || {
            manual(&stage, ANNA) == Some(DO_NOT_DISTURB)
        })
        .await;
    stage.until_verdict(BERT, Verdict::Confirmed).await;
    let until = |stage: &Stage| {
        let manual = ucserver(stage).manual(stage.name(ANNA));
        manual.and_then(|manual| manual.until)
    };
    let end = until(&stage).unwrap();
    for _ in 0..30 {
        stage.pass(MINUTE);
        stage.cycles().await;
        // It is renewed with five minutes left.
        let now = stage.bridge.clock.now();
        stage
            .until_true("renewed", || {
                until(&stage).is_some_and(|end| end > now + MINUTE * 4)
            })
            .await;
    }
    assert!(until(&stage).is_some_and(|now| now > end + MINUTE * 20));
    assert_eq!(stage.shown(BERT), "Busy/InACall");
    let row = stage.row(ANNA);
    assert!(!happened(&row, PresenceStep::Gone), "{:#?}", chain(&row));
    stage.stop().await;
}

/// A call in Teams is busy in ProCall, and never comes back to Teams as a call of ProCall.
#[rstest]
#[tokio::test]
async fn a_call_in_teams_is_busy_in_procall_and_no_echo(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut stage = both_sides(version).await;
    stage.teams(ANNA, TeamsAct::Call);
    let shown = ProcallPresence::BusyInACall;
    stage
        .until_row(ANNA, "read back", |row| {
            happened(row, PresenceStep::ReadBack(shown))
        })
        .await;
    assert_eq!(manual(&stage, ANNA), Some(BUSY));
    stage.cycles().await;
    assert!(stage.writes(ANNA).is_empty());
    stage.teams(ANNA, TeamsAct::HangUp);
    stage
        .until_true("taken back", || manual(&stage, ANNA).is_none())
        .await;
    stage.stop().await;
}
