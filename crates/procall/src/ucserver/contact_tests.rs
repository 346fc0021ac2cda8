use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;

use super::*;

const CALL: i64 = bits::CALL;

fn contact(presence: serde_json::Value) -> Contact {
    Contact::from_snapshot(serde_json::from_value(presence).unwrap())
}

fn with_call(state: i64, journal: i64) -> Contact {
    contact(json!({"iPresenceState": CALL | 2, "seqCalls":
        [{"u8sConnectionID": "c1", "eCallState": state, "eJournalCallType": journal}]}))
}

fn only(contact: &Contact) -> Option<(CallKind, CallState)> {
    let calls = contact.calls();
    assert!(calls.len() < 2, "{calls:?}");
    calls.first().map(|call| (call.kind, call.state))
}

#[rstest]
#[case::unknown(0, None)]
#[case::destroyed(1, None)]
#[case::offering(2, Some(CallState::Ringing))]
#[case::dialing(4, Some(CallState::Ringing))]
#[case::ringback(8, Some(CallState::Ringing))]
#[case::busy_tone(16, None)]
#[case::connected(32, Some(CallState::Connected))]
#[case::conferenced(64, Some(CallState::Connected))]
#[case::hold(128, Some(CallState::Connected))]
#[case::disconnected(256, None)]
#[case::prepare(512, Some(CallState::Ringing))]
#[case::of_the_future(4096, None)]
fn a_call_is_connected_only_while_somebody_talks(
    #[case] state: i64,
    #[case] expected: Option<CallState>,
) {
    assert_eq!(only(&with_call(state, 0)).map(|(_, state)| state), expected);
}

#[rstest]
#[case::tapi(0, Some(CallKind::Tapi))]
#[case::video(1, Some(CallKind::AvChat))]
#[case::audio(2, Some(CallKind::AvChat))]
#[case::both(3, Some(CallKind::AvChat))]
#[case::message(4, None)]
#[case::mobile(5, Some(CallKind::Tapi))]
#[case::softphone(7, Some(CallKind::Softphone))]
#[case::sms(8, None)]
#[case::screen(9, Some(CallKind::AvChat))]
#[case::of_the_future(77, Some(CallKind::Tapi))]
fn the_journal_type_names_the_kind(#[case] journal: i64, #[case] kind: Option<CallKind>) {
    assert_eq!(only(&with_call(32, journal)).map(|(kind, _)| kind), kind);
}

#[test]
fn a_meeting_is_seen_by_its_flag() {
    let meeting = contact(json!({"iPresenceState": bits::CONFERENCING | 2, "seqCalls": []}));
    assert_eq!(
        only(&meeting),
        Some((CallKind::Meeting, CallState::Connected))
    );
}

#[rstest]
#[case::list_is_empty(json!({"iPresenceState": CALL | 2, "seqCalls": []}), None)]
#[case::no_list(json!({"iPresenceState": CALL | 2}), Some(CallState::Connected))]
#[case::no_list_ringing(
    json!({"iPresenceState": bits::RINGING | 1}),
    Some(CallState::Ringing)
)]
#[case::no_list_teams_calls(
    json!({"iPresenceState": CALL | 2, "asnAbsentState":
        {"externalPresenceStates": [{"iState": CALL | 2, "eType": 0}]}}),
    None
)]
#[case::no_list_teams_free(
    json!({"iPresenceState": CALL | 2, "asnAbsentState":
        {"externalPresenceStates": [{"iState": 1, "eType": 0}]}}),
    Some(CallState::Connected)
)]
fn the_call_flag_counts_only_without_a_list_and_without_a_teams_call(
    #[case] presence: serde_json::Value,
    #[case] expected: Option<CallState>,
) {
    assert_eq!(only(&contact(presence)).map(|(_, state)| state), expected);
}

#[test]
fn an_update_changes_only_what_it_names() {
    let mut anna = contact(json!({"iPresenceState": 1, "iContactFeatureSet": 2048,
        "asnRemoteContact": {"u8sDisplayName": "Anna"}, "seqCalls": []}));
    let update = json!({"seqCalls": [{"u8sConnectionID": "c1", "eCallState": 2}]});
    anna.merge(serde_json::from_value(update).unwrap(), CallLists::Changes);
    let update = json!({"iPresenceState": CALL | 2,
        "seqCalls": [{"u8sConnectionID": "c2", "eCallState": 32}]});
    anna.merge(serde_json::from_value(update).unwrap(), CallLists::Changes);
    assert_eq!(anna.calls().len(), 2);
    assert!(anna.may_set_absent());
    assert_eq!(anna.remote().unwrap().display_name.as_deref(), Some("Anna"));
    let update = json!({"seqCalls": [{"u8sConnectionID": "c2", "eCallState": 32}]});
    anna.merge(serde_json::from_value(update).unwrap(), CallLists::Complete);
    assert_eq!(anna.calls().len(), 1);
}

#[test]
fn a_call_without_the_flag_is_in_doubt() {
    let mut anna = with_call(32, 0);
    assert!(!anna.in_doubt());
    let update = serde_json::from_value(json!({"iPresenceState": 1})).unwrap();
    anna.merge(update, CallLists::Changes);
    assert!(anna.in_doubt());
}

/// How a server writes a call.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// `AsnPresenceCallV2`.
    Newer,
    /// `AsnPresenceCall`, its optional parameters as a map.
    Older,
    /// The same, its optional parameters as pairs.
    OlderInPairs,
}

use Form::{Newer, Older, OlderInPairs};

impl Form {
    fn call(self, id: &str, state: i64, journal: i64) -> serde_json::Value {
        let mut call = json!({"iAction": 0, "u8sConnectionID": id, "u8sLinePhoneNumber": "tel:1@pbx",
            "u8sLineNumber": "1", "u8sCurrentNumberSC": "+49 30 1", "iFeatures": 0});
        let tracker = format!("t-{id}");
        let more = match self {
            Newer => json!({"u8sTrackerID": tracker, "eCallState": state, "bOutbound": true,
                "bInternal": false, "eCallType": 0, "eJournalCallType": journal}),
            Older | OlderInPairs => json!({"iCallState": state, "iOutbound": 1, "iInternal": 0,
            "iCallType": 0, "optionalParams": match self {
                OlderInPairs => json!([{"key": "TrackerID", "value": {"stringdata": tracker}},
                    {"key": "eJournalCallType", "value": {"integerdata": journal}}]),
                _ => json!({"_type": "AsnOptionalParameters", "TrackerID": tracker,
                    "eJournalCallType": journal}),
            }}),
        };
        let more = more.as_object().unwrap().clone();
        call.as_object_mut().unwrap().extend(more);
        call
    }

    fn presence(self, state: i64, calls: &[(&str, i64, i64)]) -> serde_json::Value {
        let calls: Vec<_> = calls
            .iter()
            .map(|(id, state, journal)| self.call(id, *state, *journal))
            .collect();
        json!({"u8sContactId": "sip:anna@x", "iPresenceState": state, "seqCalls": calls})
    }
}

/// The form of the answer to the subscription, and that of the changes.
#[rstest]
#[case::v2(Newer, Newer)]
#[case::v1(Older, Older)]
#[case::v1_in_pairs(OlderInPairs, OlderInPairs)]
#[case::mixed(Newer, Older)]
#[case::mixed_in_pairs(Newer, OlderInPairs)]
#[case::mixed_the_other_way(Older, Newer)]
fn a_call_is_followed_on_every_kind_of_server(
    #[case] answer: Form,
    #[case] event: Form,
    #[values((0, CallKind::Tapi), (7, CallKind::Softphone), (1, CallKind::AvChat), (2, CallKind::AvChat),
        (3, CallKind::AvChat), (5, CallKind::Tapi), (6, CallKind::Tapi), (9, CallKind::AvChat))]
    kind: (i64, CallKind),
    #[values(CallLists::Changes, CallLists::Complete)] lists: CallLists,
) {
    let (journal, kind) = kind;
    let mut anna = contact(answer.presence(1, &[]));
    let mut told = |state: i64, calls: &[(&str, i64, i64)]| {
        let update = serde_json::from_value(event.presence(state, calls)).unwrap();
        anna.merge(update, lists);
        assert!(!anna.is_puzzling() && !anna.in_doubt());
        let calls = anna.calls().into_iter();
        calls
            .map(|call| (call.kind, call.state))
            .collect::<Vec<_>>()
    };
    let rings = (kind, CallState::Ringing);
    let talks = (kind, CallState::Connected);
    assert_eq!(told(bits::RINGING | 1, &[("c1", 2, journal)]), [rings]);
    assert_eq!(told(CALL | 2, &[("c1", 32, journal)]), [talks]);
    assert_eq!(told(CALL | 2, &[("c1", 128, journal)]), [talks], "hold");
    assert_eq!(
        told(CALL | 2, &[("c1", 64, journal)]),
        [talks],
        "conference"
    );
    let both = [("c1", 64, journal), ("c2", 32, journal)];
    assert_eq!(told(CALL | 2, &both), [talks, talks]);
    let one_ends = [("c1", 256, journal), ("c2", 32, journal)];
    assert_eq!(told(CALL | 2, &one_ends), [talks]);
    let meeting = (CallKind::Meeting, CallState::Connected);
    let flags = CALL | bits::CONFERENCING | 2;
    assert_eq!(told(flags, &[("c2", 32, journal)]), [talks, meeting]);
    assert_eq!(told(1, &[("c2", 1, journal)]), []);
}

/// What lasts when the session begins is found in its first answer.
#[rstest]
fn a_call_that_lasts_already_is_found(
    #[values(Newer, Older, OlderInPairs)] form: Form,
    #[values(32, 64, 128)] state: i64,
) {
    let anna = contact(form.presence(CALL | 2, &[("c1", state, 7)]));
    assert_eq!(
        only(&anna),
        Some((CallKind::Softphone, CallState::Connected))
    );
}

/// The flag counts where the calls are not understood, and is told to be all there is.
#[rstest]
#[case::another_spelling(json!([{"u8sConnectionID": "c1", "callState": 32}]))]
#[case::no_key(json!([{"eCallState": 32}]))]
#[case::no_structure(json!([32]))]
#[case::no_list(json!({"c1": {"eCallState": 32}}))]
fn a_list_that_is_not_understood_leaves_the_flag_in_force(#[case] calls: serde_json::Value) {
    let flag = Some((CallKind::Tapi, CallState::Connected));
    let at_once = contact(json!({"iPresenceState": CALL | 2, "seqCalls": calls}));
    assert_eq!(only(&at_once), flag);
    assert!(at_once.is_puzzling() && at_once.has_unread_calls());
    for lists in [CallLists::Changes, CallLists::Complete] {
        // Also after a list that was understood, and where the flag comes later.
        let mut anna = contact(json!({"iPresenceState": 1, "seqCalls": []}));
        let update = |value| serde_json::from_value(value).unwrap();
        anna.merge(update(json!({"seqCalls": calls})), lists);
        assert_eq!(only(&anna), None);
        anna.merge(update(json!({"iPresenceState": CALL | 2})), lists);
        assert_eq!(only(&anna), flag);
        assert!(anna.is_puzzling());
        let teams = json!({"externalPresenceStates": [{"iState": CALL | 2, "eType": 0}]});
        anna.merge(update(json!({ "asnAbsentState": teams })), lists);
        assert_eq!(only(&anna), None, "no echo");
        anna.merge(
            update(json!({"iPresenceState": 1, "asnAbsentState": {}})),
            lists,
        );
        assert_eq!(only(&anna), None);
        assert!(!anna.is_puzzling() && !anna.has_unread_calls());
        // The next one is understood.
        anna.merge(update(Newer.presence(CALL | 2, &[("c9", 32, 7)])), lists);
        assert_eq!(
            only(&anna),
            Some((CallKind::Softphone, CallState::Connected))
        );
        assert!(!anna.is_puzzling());
    }
}

/// One message that says both leaves no doubt; after two the second may still be to come.
#[test]
fn a_flag_without_a_call_is_read_again_before_it_is_told() {
    let empty = json!({"iPresenceState": CALL | 2, "seqCalls": []});
    let anna = contact(empty.clone());
    assert!(anna.is_puzzling() && !anna.in_doubt());
    let mut bert = contact(json!({"iPresenceState": 1, "seqCalls": []}));
    let update = serde_json::from_value(json!({"iPresenceState": CALL | 2})).unwrap();
    bert.merge(update, CallLists::Changes);
    assert!(bert.in_doubt() && !bert.is_puzzling());
    let bert = contact(empty);
    assert!(bert.is_puzzling() && !bert.in_doubt());
}

/// The right is read where either form has it, and nothing is said of it where none has.
#[rstest]
#[case::newer(json!({"iStaticRights2": 8192}), Some(true))]
#[case::older(json!({"optionalParams": {"iStaticRights2": 8192}}), Some(true))]
#[case::without(json!({"optionalParams": [{"key": "iStaticRights2", "value": {"integerdata": 1}}]}), Some(false))]
#[case::not_shown(json!({"iPresenceState": 1}), None)]
fn the_teams_right_is_what_was_read(
    #[case] presence: serde_json::Value,
    #[case] right: Option<bool>,
) {
    assert_eq!(contact(presence).teams_right(), right);
}

/// A server that answers in the newer form and tells changes in the older one.
#[test]
fn what_the_older_form_cannot_say_stays() {
    let mut anna = contact(json!({"asnAbsentState": {"eAbsentState": 0,
        "externalPresenceStates": [{"iState": 2, "eType": 0}]}}));
    assert!(anna.shows_native());
    let update = |value| serde_json::from_value(value).unwrap();
    let older = json!({"asnAbsentState": {"iAbsentState": 3, "stTimeTo": ""}});
    anna.merge(update(older), CallLists::Changes);
    assert!(anna.shows_native() && anna.absent().state() == 3);
    let newer = json!({"asnAbsentState": {"eAbsentState": 0}});
    anna.merge(update(newer), CallLists::Changes);
    assert!(!anna.shows_native());
}

/// An event may raise the flag before, or without, one that tells of a call in Teams.
#[test]
fn a_flag_alone_is_read_again_before_it_is_believed() {
    let update = |value| serde_json::from_value(value).unwrap();
    let raised = json!({"iPresenceState": CALL | 2});
    let mut anna = contact(json!({"iPresenceState": 1}));
    anna.merge(update(raised.clone()), CallLists::Changes);
    assert!(anna.wants_check());
    assert_eq!(only(&anna), Some((CallKind::Tapi, CallState::Ringing)));
    let read_again = contact(raised.clone());
    assert!(!read_again.wants_check());
    assert_eq!(
        only(&read_again),
        Some((CallKind::Tapi, CallState::Connected))
    );
    let teams = json!({"externalPresenceStates": [{"iState": CALL | 2, "eType": 0}]});
    anna.merge(
        update(json!({ "asnAbsentState": teams })),
        CallLists::Changes,
    );
    assert_eq!((only(&anna), anna.wants_check()), (None, false));
    let mut bert = contact(json!({"iPresenceState": 1}));
    bert.merge(update(raised), CallLists::Changes);
    bert.believe_flag();
    bert.merge(
        update(json!({"iPresenceState": CALL | 4})),
        CallLists::Changes,
    );
    assert_eq!(only(&bert), Some((CallKind::Tapi, CallState::Connected)));
    bert.merge(update(json!({"iPresenceState": 1})), CallLists::Changes);
    assert_eq!(only(&bert), None);
}

/// What may stand in a list of calls, and whether it is a call that lasts (in either form).
fn element() -> impl Strategy<Value = (serde_json::Value, bool)> {
    let form = prop::sample::select(vec![Newer, Older, OlderInPairs]);
    let id = prop::sample::select(vec!["c1", "c2", "c3"]);
    let understood = (form, id).prop_map(|(form, id)| (form.call(id, 32, 7), true));
    let odd = prop::sample::select(vec![
        json!(null),
        json!(7),
        json!("c1"),
        json!([]),
        json!({}),
        json!({"u8sConnectionID": "c9", "callState": 32}),
        json!({"u8sConnectionID": ["c1"], "eCallState": 32, "optionalParams": 7}),
        json!({"u8sConnectionID": "c8", "eCallState": {"x": 32}, "optionalParams": [[], null]}),
    ]);
    prop_oneof![understood, odd.prop_map(|odd| (odd, false))]
}

proptest! {
    /// Whatever stands in the list: while ProCall says "in a call" there is one, unless the list
    /// was understood and is empty; what is understood is never hidden by what is not.
    #[test]
    fn no_list_hides_a_call(elements in prop::collection::vec(element(), 0..5), update in any::<bool>()) {
        let (list, lasts): (Vec<_>, Vec<_>) = elements.iter().cloned().unzip();
        let presence = json!({"iPresenceState": CALL | 2, "seqCalls": list});
        let anna = if update {
            let mut anna = contact(json!({"iPresenceState": 1, "seqCalls": []}));
            anna.merge(serde_json::from_value(presence).unwrap(), CallLists::Changes);
            anna
        } else {
            contact(presence)
        };
        let calls = anna.calls();
        let softphones = calls.iter().filter(|call| call.kind == CallKind::Softphone).count();
        prop_assert_eq!(softphones > 0, lasts.contains(&true));
        prop_assert_eq!(calls.is_empty(), elements.is_empty());
        prop_assert_eq!(anna.is_puzzling(), !lasts.contains(&true) && (!update || !elements.is_empty()));
    }
}
