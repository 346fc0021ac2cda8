//! A call is in Teams while it lasts and never after it: every way in which a lease could get
//! stuck, over real sockets.

use std::io::Write as _;

use crate::common::*;
use lampfield::simulator::{Fault, FaultKind, On, Removal, RetryAfter};
use rstest::rstest;

const CALL: &str = "Busy/InACall";
const FREE: &str = "Available/Available";

async fn on_the_phone() -> Stage {
    let stage = Stage::quiet().await;
    stage.call(ANNA, Tapi, Connected);
    shown(&stage, CALL).await;
    stage
}

async fn shown(stage: &Stage, pair: &str) {
    let seen = || stage.shown(ANNA) == pair;
    stage.until_true(&format!("shows {pair}"), seen).await;
}

/// Whatever happens later, the call does not come back.
async fn stays_free(stage: &mut Stage) {
    for _ in 0..4 {
        stage.pass(MINUTE);
        stage.cycles().await;
        assert_eq!(stage.shown(ANNA), FREE);
    }
    assert_eq!(stage.row(ANNA).lease, None);
}

/// One line of calls.jsonl, with the name of the call.
fn line(of: &Stage, call_id: &str, state: &str) -> String {
    let name = of.name(ANNA);
    let line = serde_json::json!({
        "user_name": name, "kind": "tapi", "state": state, "call_id": call_id
    });
    format!("{line}\n")
}

fn append(stage: &Stage, lines: &[String]) {
    let calls = stage.folder.path().join("calls.jsonl");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.append(true).create(true).open(calls).unwrap();
    file.write_all(lines.concat().as_bytes()).unwrap();
}

#[tokio::test]
async fn a_call_that_ends_while_its_set_is_in_flight_is_cleared() {
    let mut stage = Stage::quiet().await;
    let slow = Fault::new(FaultKind::Delay { ms: 700 }).on(On::Set);
    stage.control().fault(slow.times(1));
    stage.call(ANNA, Tapi, Connected);
    stage
        .until_true("ordered", || stage.said.has("set Busy/InACall ordered"))
        .await;
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_true("cleared", || stage.writes(ANNA).len() == 2)
        .await;
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}

/// The answer never comes; whether Graph has carried it out nobody knows.
#[rstest]
#[case::too_late(FaultKind::Delay { ms: 2_500 })]
#[case::carried_out(FaultKind::AnswerLost)]
#[case::lost_on_the_way(FaultKind::Reset)]
#[tokio::test]
async fn a_set_without_an_answer_is_cleared_all_the_same(#[case] kind: FaultKind) {
    let mut stage = Stage::quiet().await;
    stage.control().fault(Fault::new(kind).on(On::Set).times(1));
    stage.call(ANNA, Tapi, Connected);
    stage
        .until_true("ordered", || stage.said.has("set Busy/InACall ordered"))
        .await;
    stage.call(ANNA, Tapi, Ended);
    let cleared = || stage.writes(ANNA).iter().any(|it| it.starts_with("clear"));
    stage.until_true("cleared", cleared).await;
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}

#[tokio::test]
async fn a_throttle_at_the_end_of_a_call_leaves_at_most_what_heals_by_itself() {
    let mut stage = on_the_phone().await;
    let week = FaultKind::throttled(Some(RetryAfter::Seconds(604_800)));
    stage
        .control()
        .fault(Fault::new(week).on(On::Clear).times(1));
    stage.call(ANNA, Tapi, Ended);
    stage
        .until_true("refused", || stage.answered("clear", 429) == 1)
        .await;
    assert_eq!(stage.shown(ANNA), CALL, "nothing may be sent");
    stage.pass(MINUTE * 5 + SECOND);
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}

#[tokio::test]
async fn a_call_that_ends_in_a_short_throttle_is_cleared_right_after_it() {
    let mut stage = on_the_phone().await;
    let fault = Fault::new(FaultKind::throttled(Some(RetryAfter::Seconds(40))));
    stage.control().fault(fault.on(On::Presences).times(1));
    stage
        .until("a throttle", |it| it.budget.throttled_until.is_some())
        .await;
    stage.call(ANNA, Tapi, Ended);
    stage.pass(SECOND * 40);
    shown(&stage, FREE).await;
    assert_eq!(stage.writes(ANNA).last().unwrap(), "clear 200");
    stays_free(&mut stage).await;
}

#[tokio::test]
async fn a_user_who_is_taken_from_the_list_in_a_call_is_cleared() {
    let mut stage = on_the_phone().await;
    let users = stage.folder.path().join("users.csv");
    let text = std::fs::read_to_string(&users).unwrap();
    let name = stage.name(ANNA).to_owned();
    let rest: Vec<&str> = text.lines().filter(|line| !line.contains(&name)).collect();
    std::fs::write(&users, rest.join("\n") + "\n").unwrap();
    shown(&stage, FREE).await;
    // The call still lasts, and she comes back.
    std::fs::write(&users, text).unwrap();
    shown(&stage, CALL).await;
    stage.call(ANNA, Tapi, Ended);
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}

#[tokio::test]
async fn a_user_who_is_not_matched_any_more_is_cleared() {
    let stage = on_the_phone().await;
    let name = stage.name(ANNA).to_owned();
    let twin = name.to_uppercase();
    stage.control().add_account(&twin, "Another Anna");
    let cleared = || {
        stage
            .writes(ANNA)
            .last()
            .is_some_and(|it| it.starts_with("clear"))
    };
    stage.until_passing(MINUTE, "cleared", cleared).await;
    stage.control().remove_account(&twin, Removal::ForGood).ok();
}

#[tokio::test]
async fn a_truncated_file_of_calls_ends_no_call_and_its_end_is_still_heard() {
    let mut stage = on_the_phone().await;
    let calls = stage.folder.path().join("calls.jsonl");
    std::fs::write(&calls, "").unwrap();
    stage.cycles().await;
    assert_eq!(stage.shown(ANNA), CALL);
    stage.call(ANNA, Tapi, Ended);
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}

#[tokio::test]
async fn after_a_sleep_of_the_machine_the_call_is_in_teams_again() {
    let mut stage = on_the_phone().await;
    // An hour: the lease has run out, the token has not been renewed, nobody has looked.
    stage.pass(MINUTE * 60);
    shown(&stage, CALL).await;
    stage.call(ANNA, Tapi, Ended);
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}

#[tokio::test]
async fn two_calls_that_overlap_are_one_lease_until_the_last_one_ends() {
    let mut stage = Stage::quiet().await;
    append(
        &stage,
        &[
            line(&stage, "1", "connected"),
            line(&stage, "2", "connected"),
        ],
    );
    shown(&stage, CALL).await;
    append(&stage, &[line(&stage, "1", "ended")]);
    stage.cycles().await;
    assert_eq!(stage.shown(ANNA), CALL);
    append(&stage, &[line(&stage, "2", "ended")]);
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}

#[rstest]
#[case::end_before_the_beginning(&[("1", "ended"), ("1", "connected"), ("1", "ended")])]
#[case::the_same_name_again(&[("1", "connected"), ("1", "ended"), ("1", "connected"), ("1", "ended")])]
#[case::connected_twice(&[("1", "connected"), ("1", "connected"), ("1", "ended")])]
#[case::ended_twice(&[("1", "connected"), ("1", "ended"), ("1", "ended")])]
#[case::rings_again_after_it_was_connected(&[("1", "connected"), ("1", "ringing")])]
#[tokio::test]
async fn a_story_in_any_order_leaves_nothing_behind(#[case] story: &[(&str, &str)]) {
    let mut stage = Stage::quiet().await;
    let lines: Vec<String> = story
        .iter()
        .map(|(id, state)| line(&stage, id, state))
        .collect();
    for one in lines {
        append(&stage, &[one]);
        stage.cycles().await;
    }
    shown(&stage, FREE).await;
    stays_free(&mut stage).await;
}
