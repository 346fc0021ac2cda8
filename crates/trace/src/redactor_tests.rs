use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

fn redactor() -> Redactor {
    let began = "2026-11-26T07:30:00Z".parse().unwrap();
    Redactor::salted([3; 32], began)
}

#[test]
fn a_presence_keeps_what_it_says_and_loses_who_it_is() {
    let frame = json!([{"invoke": {"invokeID": 99_999, "operationID": 4504,
        "operationName": "asnUpdatePresenceV2", "argument": {"_type": "AsnUpdatePresenceV2Argument",
        "iChangedFlags": 257, "presence": {"u8sContactId": "sip:anna@corp.example",
            "iPresenceState": 67_108_866, "asnCustomNote": {"u8sNote": "Zahnarzt bis 11"},
            "seqCalls": [{"u8sConnectionID": "c-17", "eCallState": 32, "eJournalCallType": 7,
                "u8sCurrentNumberSC": "+49 170 1234567", "bOutbound": true, "iNew": 5,
                "iNewNumber": 491_701_234_567_i64}],
            "asnAbsentState": {"eAbsentState": 2, "stTimeTo": "2026-11-26T07:40:00.000Z"}}}}}]);
    let redacted = redactor().message(&frame);
    let invoke = &redacted[0]["invoke"];
    assert_eq!(invoke["operationName"], "asnUpdatePresenceV2");
    assert_eq!(invoke["argument"]["_type"], "AsnUpdatePresenceV2Argument");
    let presence = &invoke["argument"]["presence"];
    assert_eq!(presence["iPresenceState"], 67_108_866);
    let call = &presence["seqCalls"][0];
    let kept = (
        &call["eCallState"],
        &call["eJournalCallType"],
        &call["bOutbound"],
        &call["iNew"],
    );
    assert_eq!(kept, (&json!(32), &json!(7), &json!(true), &json!(5)));
    assert!(call["iNewNumber"].as_i64().unwrap() >= 900_000_000);
    assert_eq!(
        presence["asnAbsentState"]["stTimeTo"],
        "2000-01-01T00:10:00.000Z"
    );
    let text = redacted.to_string();
    for gone in ["anna", "corp", "Zahnarzt", "1234567", "c-17"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
}

#[rstest]
#[case::member(json!({"sToken": "jwt-0-abc"}), json!({"sToken": DROPPED}))]
#[case::nested(
    json!({"adminPassword": {"u8sAdminPassword": "geheim", "more": ["a", 7, true]}}),
    json!({"adminPassword": {"u8sAdminPassword": DROPPED, "more": [DROPPED, 0, true]}})
)]
#[case::pair(
    json!([{"key": "Password", "value": {"stringdata": "geheim"}}]),
    json!([{"key": "Password", "value": {"stringdata": DROPPED}}])
)]
#[case::session(json!({"sessionid": "0af3"}), json!({"sessionid": DROPPED}))]
#[case::empty(json!({"u8sPassword": ""}), json!({"u8sPassword": ""}))]
#[case::enum_in_a_pair(
    json!([{"key": "eJournalCallType", "value": {"integerdata": 512}}]),
    json!([{"key": "eJournalCallType", "value": {"integerdata": 512}}])
)]
#[case::version_as_text(
    json!({"ucserverprotocolversion": "70"}), json!({"ucserverprotocolversion": "70"}))]
fn credentials_go_and_what_is_known_stays(#[case] given: Value, #[case] expected: Value) {
    assert_eq!(redactor().message(&given), expected);
}

#[test]
fn a_name_that_was_seen_is_no_members_name() {
    let mut redactor = redactor();
    let first = redactor.message(&json!({"u8sUserName": "adler@corp.example"}));
    assert!(!first.to_string().contains("adler"));
    let map = redactor.message(&json!({"adler": 1, "iStatus": 2, "Anna Adler": 3, "+49 30 1": 4}));
    let names: Vec<_> = map.as_object().unwrap().keys().cloned().collect();
    assert!(names.contains(&"iStatus".to_owned()));
    assert!(
        names
            .iter()
            .all(|name| !name.to_lowercase().contains("adler") && !name.contains("30"))
    );
    assert_eq!(names.len(), 4);
}

#[test]
fn a_secret_of_the_process_is_nowhere() {
    model::redact::hide("Trace-pa55word-9");
    let given = json!({"_type": "Trace-pa55word-9", "Trace-pa55word-9": 1,
        "operationName": "asnTrace-pa55word-9"});
    let text = redactor().message(&given).to_string();
    assert!(!text.contains("pa55"), "{text}");
}

/// What identifies somebody, or lets somebody in.
fn private() -> impl Strategy<Value = String> {
    prop_oneof![
        "[A-Z][a-zäöü]{3,10} [A-Z][a-zäöü]{4,12}",
        "[a-z]{4,10}\\.[a-z]{4,10}@[a-z]{4,12}\\.(de|com|local)",
        "sips?:[a-z]{4,10}\\.[a-z]{4,10}@[a-z]{5,12}\\.de(;transport=tls)?",
        "\\+?[1-9][0-9]{6,14}",
        "\\+49 \\([1-9][0-9]{2}\\) [1-9][0-9]{5}-[1-9][0-9]",
        "tel:\\+[1-9][0-9]{7,13}@pbx[a-z]{4}",
        "[A-Za-z0-9!$%&/]{10,24}",
        "eyJ[A-Za-z0-9_-]{20,60}\\.[A-Za-z0-9_-]{20,40}",
        "[0-9a-f]{32}",
        "[A-Z]{4,8}\\\\[a-z]{5,9}",
        "(https|ldap)://[a-z]{5,9}\\.(corp|intern)/[a-z]{5,9}",
    ]
}

/// Where it may stand: known members, unknown ones, credentials.
fn member() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("u8sContactId".to_owned()),
        Just("u8sDisplayName".to_owned()),
        Just("u8sNote".to_owned()),
        Just("u8sLinePhoneNumber".to_owned()),
        Just("u8sErrorString".to_owned()),
        Just("details".to_owned()),
        Just("sToken".to_owned()),
        Just("u8sPassword".to_owned()),
        Just("sessionID".to_owned()),
        Just("_type".to_owned()),
        Just("operationName".to_owned()),
        Just("stTimeTo".to_owned()),
        Just("iPresenceState".to_owned()),
        Just("eCallState".to_owned()),
        "[iesu][A-Z][a-z]{3,9}[A-Z][a-z]{2,6}",
    ]
}

/// A tree with the private text somewhere in it, and numbers and texts around.
fn around(private: String) -> impl Strategy<Value = Value> {
    let digits: String = private.chars().filter(char::is_ascii_digit).collect();
    let number = digits.parse::<i64>().ok().filter(|number| *number > 99_999);
    let is_number = number.is_some() && private.chars().all(|c| c.is_ascii_digit() || c == '+');
    let leaf = prop_oneof![
        Just(Value::from(private.clone())),
        Just(Value::from(format!("  {private} "))),
        Just(Value::from(format!("Rückruf an {private}, bitte"))),
        any::<bool>().prop_map(Value::from),
        (0..100_i64).prop_map(Value::from),
        Just(
            number
                .filter(|_| is_number)
                .map_or(Value::Null, Value::from)
        ),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let pair = (unmasked(), inner.clone())
            .prop_map(|(key, value)| json!({"key": key, "value": value}));
        let typed = inner
            .clone()
            .prop_map(|value| json!({"key": "iOther", "value": {"stringdata": value}}));
        let object = prop::collection::btree_map(unmasked(), inner.clone(), 1..4)
            .prop_map(|members| Value::Object(members.into_iter().collect()));
        let as_name = inner.clone().prop_map({
            let private = private.clone();
            move |value| json!({ private.clone(): value })
        });
        prop_oneof![
            prop::collection::vec(inner, 1..4).prop_map(Value::from),
            object,
            pair,
            typed,
            as_name,
        ]
    })
}

/// A telephone number as a JSON number in a bit mask stays a bit mask: that is what is documented.
fn unmasked() -> impl Strategy<Value = String> {
    member().prop_filter("a mask", |name| name != "iPresenceState")
}

fn shape(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(members) => json!(members.len()),
        Value::Null => Value::Null,
        Value::Bool(_) => json!("bool"),
        Value::Number(_) => json!("number"),
        Value::String(_) => json!("text"),
    }
}

fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(members) => {
            for (name, value) in members {
                found.push(name.clone());
                names(value, found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn nothing_private_is_left_wherever_it_stood((private, tree) in
        private().prop_flat_map(|private| (Just(private.clone()), around(private))))
    {
        // As the process does with every secret of its own: one of nothing but letters looks like
        // the name of a member.
        model::redact::hide(&private);
        let mut redactor = redactor();
        let redacted = redactor.message(&tree);
        let text = redacted.to_string();
        prop_assert!(!text.contains(&private), "{private} in {text}");
        // No part of it either: names, the user, the domain, the digits.
        for part in private.split([' ', '@', ':', '.', ';', '/', '\\', '-', '(', ')']) {
            // Shorter ones stand in a pseudonym by chance.
            let is_telling = part.chars().count() >= 7;
            prop_assert!(!is_telling || part == "transport" || !text.contains(part), "{part} in {text}");
        }
        prop_assert_eq!(shape(&tree), shape(&redacted));
        prop_assert_eq!(redactor.message(&tree), redacted.clone(), "the same is the same");
        let (mut before, mut after) = (Vec::new(), Vec::new());
        names(&tree, &mut before);
        names(&redacted, &mut after);
        for name in before.iter().filter(|name| **name != private) {
            prop_assert!(after.contains(name), "{name} is a member's name");
        }
    }
}
