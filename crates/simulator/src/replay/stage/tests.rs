use serde_json::json;
use trace::{Entry, What, read};

use super::*;

fn lines(lines: &[Value]) -> Vec<Entry> {
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    read(lines.join("\n").as_bytes()).unwrap().entries
}

fn recording() -> Vec<Entry> {
    let presence = json!({"u8sContactId": "sip:u-a@d-b.example", "iPresenceState": 1,
        "asnRemoteContact": {"u8sCtiServerUserName": "u-a@d-b.example"}, "seqCalls": []});
    let event = json!([{"invoke": {"invokeID": 99_999, "operationName": "asnUpdatePresenceV2",
        "argument": {"presence": {"u8sContactId": "sip:u-a@d-b.example", "asnAbsentState":
            {"stTimeTo": "2000-01-01T00:10:00.000Z"}}}}}]);
    lines(&[
        json!({"n": 1, "ms": 0, "recording": {"format": 1, "program": "0"}}),
        json!({"n": 2, "ms": 10, "out": {"invoke": {"invokeID": 1, "operationName": "asnX",
            "argument": {"contactId": "sip:u-a@d-b.example"}}}}),
        json!({"n": 3, "ms": 20, "in": [{"error": {"invokedID": 1, "error_value": 1,
            "error": {"iErrorDetail": 2}}}]}),
        json!({"n": 4, "ms": 30, "out": {"invoke": {"invokeID": 2,
            "operationName": "asnGetAndSubscribePresenceV2",
            "argument": {"seqContactIDs": ["sip:u-a@d-b.example"]}}}}),
        json!({"n": 5, "ms": 1_000, "in": [{"result": {"invokeID": 2, "result":
            {"resultValue": 0, "result": {"seqSubscribedPresence": [presence]}}}}]}),
        json!({"n": 6, "ms": 61_000, "in": event}),
    ])
}

fn stage() -> Stage {
    Stage::new(Arc::new(Script::of(&recording())))
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_request_is_answered_as_it_was_with_its_own_id() {
    let mut stage = stage();
    let (mut subscribed, now) = (FxHashSet::default(), at("2026-11-26T08:00:00Z"));
    let argument = json!({"contactId": "sip:u-a@d-b.example"});
    let answer = stage.answer(77, "asnX", &argument, &mut subscribed, now);
    assert_eq!(answer["error"]["invokedID"], 77);
    assert_eq!(answer["error"]["error"]["iErrorDetail"], 2);
    let never = stage.answer(78, "asnNever", &json!({}), &mut subscribed, now);
    assert_eq!(never["error"]["invokedID"], 78);
    assert_eq!(never["error"]["error"]["iErrorDetail"], 100);
}

#[test]
fn events_come_as_late_after_the_subscription_as_they_did() {
    let mut stage = stage();
    let (mut subscribed, now) = (FxHashSet::default(), at("2026-11-26T08:00:00Z"));
    assert_eq!(stage.due(0), None, "nobody has subscribed");
    let wanted = json!({"seqContactIDs": ["SIP:u-a@d-b.example", "sip:nobody@x"]});
    let name = "asnGetAndSubscribePresenceV2";
    let answer = stage.answer(5, name, &wanted, &mut subscribed, now);
    let list = answer
        .pointer("/result/result/result/seqSubscribedPresence")
        .unwrap();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(stage.due(0), Some(at("2026-11-26T08:01:00Z")));
    let event = stage.event(0, &subscribed, now).unwrap();
    // The recording began a second before the subscription.
    let end = event
        .pointer("/invoke/argument/presence/asnAbsentState/stTimeTo")
        .unwrap();
    assert_eq!(end, "2026-11-26T08:09:59.000Z");
    assert_eq!(
        stage.event(0, &FxHashSet::default(), now),
        None,
        "not subscribed"
    );
    assert_eq!(stage.first_event(at("2026-11-26T08:02:00Z")), 1);
    assert_eq!(stage.due(1), None);
}

/// A client that comes back sees what has happened meanwhile.
#[test]
fn a_later_subscription_shows_what_has_changed() {
    let mut stage = stage();
    let (mut subscribed, now) = (FxHashSet::default(), at("2026-11-26T08:00:00Z"));
    let wanted = json!({"seqContactIDs": ["sip:u-a@d-b.example"]});
    let name = "asnGetAndSubscribePresenceV2";
    let end = "/result/result/result/seqSubscribedPresence/0/asnAbsentState/stTimeTo";
    let first = stage.answer(5, name, &wanted, &mut subscribed, now);
    assert_eq!(first.pointer(end), None);
    let later = at("2026-11-26T08:01:00Z");
    let second = stage.answer(6, name, &wanted, &mut subscribed, later);
    assert_eq!(
        second.pointer(end),
        Some(&json!("2026-11-26T08:09:59.000Z"))
    );
}

#[test]
fn a_session_is_one_of_its_own() {
    let mut stage = stage();
    let id = stage.log_in().body["sessionid"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(stage.has(&id) && !stage.has(""));
    stage.end(&id);
    assert!(!stage.has(&id));
    assert_eq!(stage.version().body["ucserverprotocolversion"], 70);
}

#[test]
fn people_are_those_who_were_shown() {
    let replay = super::super::Replay::of(&recording()).unwrap();
    let names: Vec<_> = replay
        .people()
        .into_iter()
        .map(|one| one.user_name)
        .collect();
    assert_eq!(names, ["u-a@d-b.example"]);
    let only_header =
        lines(&[json!({"n": 1, "ms": 0, "recording": {"format": 1, "program": "0"}})]);
    assert!(matches!(only_header[0].what, What::Recording(_)));
    assert!(super::super::Replay::of(&only_header).is_none());
}
