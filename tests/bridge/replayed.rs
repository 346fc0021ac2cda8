//! The whole bridge on a recording of a UCServer: what happened there shows in Teams here, as late as
//! it did, under the pseudonyms.

use lampfield::bridge::Verdict;
use lampfield::simulator::Replay;
use lampfield::trace::read;
use rstest::rstest;
use serde_json::{Value, json};

use crate::common::*;

const WHO: &str = "u-abcdefgh@d-abcdefgh.example";
const CONTACT: &str = "sip:u-abcdefgh@d-abcdefgh.example";
const CALL: i64 = 0x0400_0000;

fn asks(id: u32, name: &str, argument: &Value) -> Value {
    json!({"out": {"invoke": {"invokeID": id, "operationName": name, "argument": argument}}})
}

fn answers(id: u32, result: &Value) -> Value {
    json!({"in": [{"result": {"invokeID": id, "result": {"resultValue": 0, "result": result}}}]})
}

fn updates(name: &str, state: i64, calls: &Value) -> Value {
    let presence = json!({"u8sContactId": CONTACT, "iPresenceState": state, "seqCalls": calls});
    json!({"in": [{"invoke": {"invokeID": 99_999, "operationName": name,
        "argument": {"iChangedFlags": 257, "presence": presence}}}]})
}

/// A call that is connected a minute after the subscription, and over two minutes later.
fn recording(event: &str, call: fn(i64) -> Value) -> Replay {
    let presence = json!({"u8sContactId": CONTACT, "iPresenceState": 1, "seqCalls": [],
        "asnRemoteContact": {"u8sCtiServerUserName": WHO, "u8sDisplayName": "x-abcdefgh"}});
    let profile = json!({"iEnabled": 1, "u8sUserName": WHO, "u8sSIPURI": CONTACT});
    let (connected, over) = (json!([call(32)]), json!([call(1)]));
    let lines = [
        (0, json!({"recording": {"format": 1, "program": "0.1.0"}})),
        (10, asks(1, "asnGetLoggedInContactV2", &json!({}))),
        (11, answers(1, &json!({"u8sLoggedInUser": "x-abcdefgh"}))),
        (12, asks(2, "asnAdminLogin", &json!({}))),
        (13, answers(2, &json!({"result": 0}))),
        (14, asks(3, "asnAdminGetUserProfiles", &json!({}))),
        (15, answers(3, &json!({"userProfiles": [profile]}))),
        (
            16,
            asks(
                4,
                "asnGetAndSubscribePresenceV2",
                &json!({"seqContactIDs": [CONTACT]}),
            ),
        ),
        (
            20,
            answers(4, &json!({"seqSubscribedPresence": [presence]})),
        ),
        (60_020, updates(event, CALL | 2, &connected)),
        (180_020, updates(event, 1, &over)),
    ];
    let numbered = lines.into_iter().zip(1..).map(|((ms, what), n)| {
        let mut line = json!({"n": n, "ms": ms});
        line.as_object_mut()
            .unwrap()
            .extend(what.as_object().unwrap().clone());
        line.to_string()
    });
    let text = numbered.collect::<Vec<_>>().join("\n");
    Replay::of(&read(text.as_bytes()).unwrap().entries).unwrap()
}

fn newer(state: i64) -> Value {
    json!({"u8sConnectionID": "x-aaaaaaaa", "eCallState": state, "eJournalCallType": 0})
}

fn older(state: i64) -> Value {
    json!({"u8sConnectionID": "x-aaaaaaaa", "iCallState": state, "optionalParams":
        [{"key": "eJournalCallType", "value": {"integerdata": 0}}]})
}

#[rstest]
#[case::newer("asnUpdatePresenceV2", newer)]
#[case::mixed("asnUpdatePresence", older)]
#[tokio::test]
async fn a_recorded_call_shows_in_teams_when_its_time_has_come(
    #[case] event: &str,
    #[case] call: fn(i64) -> Value,
) {
    let setting = Setting {
        ucserver: true,
        replay: Some(recording(event, call)),
        ..Setting::default()
    };
    let mut stage = setting.open().await;
    stage.until_read().await;
    assert_eq!(stage.name(ANNA), WHO);
    stage
        .until_row(ANNA, "no call", |row| row.calls.is_empty())
        .await;
    assert_eq!(stage.shown(ANNA), "Available/Available");

    stage.pass(MINUTE);
    stage.until_verdict(ANNA, Verdict::Confirmed).await;
    assert_eq!(stage.shown(ANNA), "Busy/InACall");

    stage.pass(MINUTE * 2);
    let is_over = || stage.shown(ANNA) == "Available/Available";
    stage.until_true("the call is over", is_over).await;
    stage.stop().await;
}
