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
