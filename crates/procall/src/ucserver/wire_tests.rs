use super::super::call::Call;
use super::*;

#[test]
fn one_bad_member_does_not_hide_the_others() {
    let read: Presence = serde_json::from_str(
        r#"{"u8sContactId":"sip:a@b","iPresenceState":"red","iContactFeatureSet":1e99,
            "asnAbsentState":[1],"neverHeardOf":{"x":[]},
            "seqCalls":[{"u8sConnectionID":"c1","eCallState":32,"eJournalCallType":"x"},7]}"#,
    )
    .unwrap();
    assert_eq!(read.contact.as_deref(), Some("sip:a@b"));
    assert_eq!((read.state, read.features, read.absent), (None, None, None));
    let calls = read.calls.unwrap();
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].state, calls[0].journal), (Some(32), None));
}

#[test]
fn the_older_absent_state_is_read_too() {
    let old: AbsentState =
        serde_json::from_str(r#"{"iAbsentState":2,"stTimeTo":"2026-01-31T10:15:00.000Z"}"#)
            .unwrap();
    assert!(old.is_manual());
    assert!(old.until.is_some());
    let none: AbsentState = serde_json::from_str(r#"{"eAbsentState":4}"#).unwrap();
    assert!(!none.is_manual());
}

#[test]
fn an_absent_state_is_found_wrapped_or_bare() {
    for json in [
        r#"{"absentstate":{"eAbsentState":3}}"#,
        r#"{"eAbsentState":3}"#,
    ] {
        assert_eq!(AbsentState::of_result(json).state(), 3);
    }
}

#[test]
fn a_list_that_is_none_is_nothing_and_its_bad_elements_are_left_out() {
    for none in ["7", "-7", "0.5", "true", "null", r#""x""#, r#"{"a":[1]}"#] {
        let json = format!(r#"{{"userProfiles":{none}}}"#);
        let read: Profiles<Profile> = serde_json::from_str(&json).unwrap();
        assert_eq!(read.users, None, "{json}");
    }
    let json = r#"{"userProfiles":[{"u8sUserName":"a"},7,"x",null,{"u8sUserName":"b"}]}"#;
    let read: Profiles<Profile> = serde_json::from_str(json).unwrap();
    let names = read.users.unwrap().into_iter();
    let names: Vec<_> = names.filter_map(|user| user.user_name).collect();
    assert_eq!(names, ["a", "b"]);
}

/// One record of three, spoilt in some way: the two others are read as before.
#[rstest::rstest]
#[case::null("null")]
#[case::number("7")]
#[case::list("[]")]
#[case::nothing("{}")]
#[case::half_an_emoji(
    r#"{"u8sContactId":"sip:b@x","asnRemoteContact":{"u8sDisplayName":"B \ud83d"}}"#
)]
#[case::half_an_emoji_in_a_name(r#"{"\ud83d":1,"u8sContactId":"sip:b@x"}"#)]
#[case::twice(r#"{"u8sContactId":"sip:b@x","u8sContactId":"sip:b@x","iPresenceState":1}"#)]
#[case::both_spellings(r#"{"u8sContactId":"sip:b@x","u8sContactID":"sip:b@x"}"#)]
#[case::beyond_a_float(r#"{"u8sContactId":"sip:b@x","iPresenceState":1e999}"#)]
#[case::negative(r#"{"u8sContactId":"sip:b@x","iPresenceState":-1}"#)]
#[case::calls(r#"{"u8sContactId":"sip:b@x","seqCalls":[null,7,{"u8sConnectionID":null,"eCallState":"\ud83d"}]}"#)]
#[case::time(r#"{"u8sContactId":"sip:b@x","asnAbsentState":{"stTimeTo":"soon"}}"#)]
fn one_odd_presence_costs_nobody_else(#[case] record: &str) {
    let good = |who| format!(r#"{{"u8sContactId":"sip:{who}@x","iPresenceState":"2"}}"#);
    let json = format!(
        r#"{{"seqSubscribedPresence":[{},{record},{}]}}"#,
        good("a"),
        good("c")
    );
    let read: Subscribed = json::read(json.as_bytes()).unwrap();
    let shown = read.presences.unwrap();
    assert_eq!(shown.len(), 3);
    for (at, who) in [(0, "sip:a@x"), (2, "sip:c@x")] {
        assert_eq!(
            (shown[at].contact.as_deref(), shown[at].state),
            (Some(who), Some(2))
        );
    }
}

#[rstest::rstest]
#[case("32")]
#[case("32.0")]
#[case("\"32\"")]
#[case("32.9")]
fn a_number_is_one_however_it_is_written(#[case] raw: &str) {
    let call: Call = serde_json::from_str(&format!(r#"{{"eCallState":{raw}}}"#)).unwrap();
    assert_eq!(call.state, Some(32));
}

#[rstest::rstest]
#[case("true", Some(true))]
#[case("\"true\"", Some(true))]
#[case("1", Some(true))]
#[case("\"0\"", Some(false))]
#[case("false", Some(false))]
#[case("null", None)]
#[case("\"soon\"", None)]
#[case("[true]", None)]
fn a_truth_value_may_be_a_word_or_a_number(#[case] raw: &str, #[case] expected: Option<bool>) {
    let read: Success = serde_json::from_str(&format!(r#"{{"bSuccess":{raw}}}"#)).unwrap();
    assert_eq!(read.success, expected);
}
