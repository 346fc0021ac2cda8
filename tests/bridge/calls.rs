//! Calls become leases and Teams becomes lamps: the main job, end to end over real sockets.

use crate::common::*;

use lampfield::bridge::{Command, LeasePhase, Note, Verdict};

use lampfield::presence::UserName;
use lampfield::simulator::{Fault, FaultKind, On, PbxKind, TeamsAct};

use rstest::rstest;

const SET_CALL: &str = "set Busy/InACall 200";

fn by_hand(availability: &str) -> TeamsAct {
    TeamsAct::Manual {
        availability: Some(availability.to_owned()),
        activity: None,
    }
}

#[rstest]
#[case::desk_phone(Tapi, "Busy/InACall")]
#[case::softphone(Softphone, "Busy/InACall")]
#[case::audio_video_chat(AvChat, "Busy/InACall")]
#[case::procall_meetings(Meeting, "Busy/InAConferenceCall")]
#[tokio::test]
async fn a_connected_call_shows_in_teams_until_it_ends(#[case] kind: PbxKind, #[case] pair: &str) {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, kind, Connected);
    let row = stage.until_verdict(ANNA, Verdict::Confirmed).await;
    assert_eq!(stage.shown(ANNA), pair);
    assert_eq!(row.lease.as_ref().unwrap().phase, LeasePhase::Held);
    stage.call(ANNA, kind, Ended);
    stage
        .until_row(ANNA, "given back", |row| {
            phase(row) == Some(LeasePhase::Settling)
        })
        .await;
    assert_eq!(stage.shown(ANNA), "Available/Available");
    assert_eq!(
        stage.writes(ANNA),
        [format!("set {pair} 200"), "clear 200".into()]
    );
    let set = &stage.control().writes()[0];
    assert_eq!(set.expiration.as_deref(), Some("PT5M"));
    assert_eq!(
        set.session_id.as_deref(),
        Some(&*stage.tenant.ready().client_id)
    );
}

#[tokio::test]
async fn ringing_and_what_is_set_by_hand_in_procall_write_nothing() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Ringing);
    for state in [Present, Busy, Absent, DoNotDisturb] {
        stage.call(BERT, Manual, state);
    }
    // The file is read in order: when Carl's call has arrived, so has everything before it.
    stage.call(CARL, Tapi, Connected);
    stage.until_verdict(CARL, Verdict::Confirmed).await;
    stage.call(ANNA, Tapi, Ended);
    stage.cycles().await;
    assert!(stage.row(ANNA).calls.is_empty());
    assert_eq!(stage.control().writes().len(), 1);
}

#[tokio::test]
async fn two_calls_of_one_user_are_one_lease_and_the_meeting_wins() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    stage.call(ANNA, Meeting, Connected);
    stage
        .until_true("the meeting is shown", || {
            stage.shown(ANNA) == "Busy/InAConferenceCall"
        })
        .await;
    stage.call(ANNA, Meeting, Ended);
    stage
        .until_true("the call is shown", || stage.shown(ANNA) == "Busy/InACall")
        .await;
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_true("nothing is shown", || {
            stage.shown(ANNA) == "Available/Available"
        })
        .await;
}

#[tokio::test]
async fn a_status_set_by_hand_masks_the_lease_and_is_named() {
    let mut stage = Stage::quiet().await;
    stage.teams(ANNA, by_hand("DoNotDisturb"));
    stage.call(ANNA, Tapi, Connected);
    stage
        .until_row(ANNA, "held", |row| phase(row) == Some(LeasePhase::Held))
        .await;
    stage.cycles().await;
    assert_eq!(
        verdict(&stage.row(ANNA)),
        Some(Verdict::Pending),
        "Graph may lag"
    );
    stage.pass(SECOND * 11);
    let row = stage.until_verdict(ANNA, Verdict::Masked).await;
    let masked = |note: &Note| matches!(note, Note::Masked(by) if by.contains("DoNotDisturb"));
    assert!(row.notes.iter().any(masked), "{:?}", row.notes);
    stage.teams(ANNA, TeamsAct::Automatic);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
}

#[tokio::test]
async fn a_lease_that_nothing_comes_of_is_sent_once_more_and_then_called_so() {
    let mut stage = Stage::quiet().await;
    let offline = FaultKind::Value {
        availability: Some("Offline".into()),
        activity: Some("Offline".into()),
    };
    let anna = stage.name(ANNA).to_owned();
    stage
        .control()
        .fault(Fault::new(offline).on(On::Presences).for_user(&anna));
    stage.call(ANNA, Tapi, Connected);
    stage
        .until_row(ANNA, "held", |row| phase(row) == Some(LeasePhase::Held))
        .await;
    stage.pass(SECOND * 11);
    stage
        .until_true("sent once more", || stage.writes(ANNA) == [SET_CALL; 2])
        .await;
    stage.cycles().await;
    stage.pass(SECOND * 31);
    let row = stage.until_verdict(ANNA, Verdict::NoEffect).await;
    assert!(row.notes.contains(&Note::NoEffect));
    stage.cycles().await;
    assert_eq!(stage.writes(ANNA), [SET_CALL; 2]);
}

#[tokio::test]
async fn a_lease_is_renewed_while_the_call_lasts_and_dies_with_it() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    for renewals in 1..=4 {
        // Renewed two minutes before its end, that is three minutes after it was set.
        stage.pass(SECOND * 170);
        stage.cycles().await;
        assert_eq!(
            stage.row(ANNA).lease.as_ref().unwrap().renewals,
            renewals - 1
        );
        stage.pass(SECOND * 11);
        stage
            .until_row(ANNA, "renewed", |row| {
                row.lease
                    .as_ref()
                    .is_some_and(|lease| lease.renewals == renewals)
            })
            .await;
        assert_eq!(stage.shown(ANNA), "Busy/InACall");
    }
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_row(ANNA, "given back", |row| {
            phase(row) == Some(LeasePhase::Settling)
        })
        .await;
    assert_eq!(stage.shown(ANNA), "Available/Available");
    for _ in 0..3 {
        stage.pass(MINUTE * 3);
        stage.cycles().await;
    }
    assert_eq!(stage.row(ANNA).lease, None);
    let mut expected = vec![SET_CALL; 5];
    expected.push("clear 200");
    assert_eq!(stage.writes(ANNA), expected);
}

#[tokio::test]
async fn a_clear_that_finds_nothing_is_a_success() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    // The tenant's time alone: the session runs out before the bridge can know it.
    stage.control().advance(MINUTE * 6);
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_row(ANNA, "given back", |row| {
            phase(row) == Some(LeasePhase::Settling)
        })
        .await;
    assert_eq!(stage.writes(ANNA), [SET_CALL, "clear 404"]);
    stage.said.must_have("nothing was there any more");
}

#[tokio::test]
async fn our_own_call_never_comes_back_to_procall() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    let row = stage.until_verdict(ANNA, Verdict::Confirmed).await;
    assert_eq!(row.teams.as_ref().unwrap().to_string(), "Busy/InACall");
    stage
        .until("an echo counted", |snapshot| {
            snapshot.echoes_suppressed == 1
        })
        .await;
    stage.pass(MINUTE * 4);
    stage.cycles().await;
    // The end of the lease is seen late: Graph lags.
    let lag = FaultKind::ReadLag { seconds: 30 };
    stage
        .control()
        .fault(Fault::new(lag).on(On::Presences).lasting(10.0));
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_row(ANNA, "given back", |row| {
            phase(row) == Some(LeasePhase::Settling)
        })
        .await;
    stage.cycles().await;
    stage.pass(SECOND * 20);
    stage
        .until_row(ANNA, "available again", |row| {
            row.lease.is_none() && row.teams.as_ref().is_some_and(|pair| !pair.is_call())
        })
        .await;
    stage.cycles().await;
    stage.until_told(ANNA, &["available"]).await;
}

#[tokio::test]
async fn a_teams_call_that_overlaps_ours_stays_after_settling() {
    let mut stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    stage.teams(ANNA, TeamsAct::Call);
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_row(ANNA, "given back", |row| {
            phase(row) == Some(LeasePhase::Settling)
        })
        .await;
    stage.cycles().await;
    stage.until_told(ANNA, &["available"]).await;
    stage.pass(SECOND * 16);
    stage.until_told(ANNA, &["available", "in_a_meeting"]).await;
    stage.teams(ANNA, TeamsAct::HangUp);
    stage
        .until_told(ANNA, &["available", "in_a_meeting", "available"])
        .await;
    assert_eq!(
        stage.writes(ANNA),
        [SET_CALL, "clear 200"],
        "nothing of Teams goes back to Teams"
    );
}

#[tokio::test]
async fn a_procall_call_during_a_teams_call_changes_nothing_in_procall() {
    let mut stage = Stage::quiet().await;
    stage.teams(ANNA, TeamsAct::Call);
    stage.until_told(ANNA, &["available", "in_a_meeting"]).await;
    stage.call(ANNA, Tapi, Connected);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_row(ANNA, "given back", |row| {
            phase(row) == Some(LeasePhase::Settling)
        })
        .await;
    stage.pass(SECOND * 16);
    stage.cycles().await;
    stage.until_told(ANNA, &["available", "in_a_meeting"]).await;
    stage.teams(ANNA, TeamsAct::HangUp);
    stage
        .until_told(ANNA, &["available", "in_a_meeting", "available"])
        .await;
}

#[tokio::test]
async fn a_refresh_by_hand_polls_at_once_one_or_all() {
    let mut stage = Setting {
        interval: MINUTE * 10,
        ..Setting::default()
    }
    .open()
    .await;
    stage.until_read().await;
    stage.teams(ANNA, TeamsAct::Present);
    stage.teams(BERT, TeamsAct::Present);
    let anna = UserName::new(stage.name(ANNA));
    stage.command(Command::Refresh(anna)).await;
    stage.until_told(ANNA, &["available", "presenting"]).await;
    assert_eq!(stage.rules(BERT), ["available"]);
    stage.command(Command::RefreshAll).await;
    stage.until_told(BERT, &["available", "presenting"]).await;
    assert_eq!(stage.answered("presences", 200), 3);
}

fn verdict(row: &lampfield::bridge::UserRow) -> Option<Verdict> {
    row.lease.as_ref().map(|lease| lease.verdict)
}

fn phase(row: &lampfield::bridge::UserRow) -> Option<LeasePhase> {
    row.lease.as_ref().map(|lease| lease.phase)
}
