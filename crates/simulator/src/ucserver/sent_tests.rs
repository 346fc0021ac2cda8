//! Everything that the server sends, read as strictly as what it is sent.

use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::grammar::check;
use super::operations::{Asked, answer};
use super::params::ParamsForm;
use super::reply::UcReply;
use super::sent_records::of_type;
use super::session::{Outgoing, UcSession};
use super::times::TimeForm;
use super::user::{CallPhase, LineCall, ManualPresence, Medium, SimulatedUser};
use super::version::UcServerVersion;
use super::world::{UcAccount, UcWorld};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
const ANNA: &str = "sip:anna@corp.example";

/// A server with one session, whose socket is the receiver.
fn server(version: UcServerVersion) -> (UcWorld, mpsc::UnboundedReceiver<Outgoing>) {
    let mut world = UcWorld::default();
    world.version = version;
    let admin = ("admin".to_owned(), "admin".to_owned());
    world.admin = Some(UcAccount {
        user: admin.0,
        password: admin.1,
    });
    world.add(SimulatedUser::new("anna@corp.example", "Anna", "+49 1"));
    let (socket, events) = mpsc::unbounded_channel();
    let session = UcSession {
        account: "lampfield".to_owned(),
        valid: true,
        socket: Some(socket),
        ..UcSession::default()
    };
    world.sessions.insert("s".to_owned(), session);
    (world, events)
}

fn ask(world: &mut UcWorld, name: &str, argument: &Value) -> UcReply {
    let asked = Asked {
        session: "s",
        id: 0,
        name,
        argument,
        now: NOW,
    };
    answer(world, asked)
}

/// The result, after it was read strictly.
fn result(world: &mut UcWorld, name: &str, argument: &Value) -> Value {
    let reply = ask(world, name, argument);
    let UcReply::Result(result) = reply else {
        panic!("{name}: {reply:?}");
    };
    assert_strict(&result, world.faults.times);
    result
}

fn assert_strict(value: &Value, times: TimeForm) {
    let kind = value["_type"].as_str().unwrap();
    assert_eq!(
        check(of_type(kind).expect(kind), value, times),
        Ok(()),
        "{kind}: {value:#}"
    );
}

/// The events so far, each read strictly.
fn events(heard: &mut mpsc::UnboundedReceiver<Outgoing>, times: TimeForm) -> Vec<Value> {
    let mut events = Vec::new();
    while let Ok(Outgoing::Text(text)) = heard.try_recv() {
        let message: Value = serde_json::from_str(&text).unwrap();
        let invoke = message[0]["invoke"].clone();
        assert_eq!(invoke["invokeID"], 99_999);
        assert_strict(&invoke["argument"], times);
        events.push(invoke);
    }
    events
}

fn everything_happens(world: &mut UcWorld) {
    let mut change = |change: &dyn Fn(&mut super::user::User)| {
        world.change(ANNA, NOW, |user| change(user));
    };
    let call = |medium, phase| LineCall {
        medium,
        phase,
        outbound: true,
        number: "+49 2".to_owned(),
    };
    change(&|user| {
        let ringing = call(Medium::Tapi, CallPhase::Ringback);
        user.calls.insert("c1".to_owned(), ringing);
    });
    change(&|user| {
        let talking = call(Medium::Tapi, CallPhase::Connected);
        user.calls.insert("c1".to_owned(), talking);
        let other = call(Medium::AvChat, CallPhase::Hold);
        user.calls.insert("c2".to_owned(), other);
    });
    change(&|user| user.calls.clear());
    change(&|user| {
        user.manual = Some(ManualPresence {
            state: 3,
            until: Some("2030-01-31T10:15:00.5Z".parse().unwrap()),
        });
    });
    change(&|user| {
        user.manual = Some(ManualPresence {
            state: 1,
            until: None,
        });
    });
    change(&|user| user.external = Some(1));
    change(&|user| user.appointment = Some((NOW, NOW)));
    change(&|user| user.note = "back at 3".to_owned());
    change(&|user| user.line_do_not_disturb = true);
    change(&|user| user.who.level = super::user::Level::Personal);
}

/// Whatever the version, the form of optional parameters, and the form of times.
#[rstest]
fn nothing_mandatory_is_missing_in_any_answer_or_event(
    #[values(UcServerVersion::V1, UcServerVersion::V2, UcServerVersion::Mixed)]
    version: UcServerVersion,
    #[values(
        ParamsForm::Map,
        ParamsForm::TypedMap,
        ParamsForm::Pairs,
        ParamsForm::TypedPairs,
        ParamsForm::BarePairs
    )]
    params: ParamsForm,
    #[values(TimeForm::Text, TimeForm::Milliseconds, TimeForm::Number)] times: TimeForm,
) {
    let (mut world, mut heard) = server(version);
    world.faults.params = Some(params);
    world.faults.times = times;
    let line = json!({"u8sLinePhoneNumber": "tel:+49 1@pbx"});
    let seq = json!({"seqContactIDs": [ANNA], "bDontRequestPermissions": true});
    let admin = json!({"u8sAdminUsername": "admin",
        "adminPassword": {"u8sAdminPassword": "admin"}});
    let both = [
        ("asnAdminLogin", admin),
        (
            "asnAdminGetUserProfiles",
            json!({"iActiveUsersOnly": 1, "iFilterOnlineState": 0}),
        ),
        (
            "asnAdminGetUserProfile",
            json!({"identifier": {"u8sClientUsername": "anna@corp.example"}}),
        ),
        (
            "asnAdminFindUser",
            json!({"find": {"all": null}, "iMaxResults": 0}),
        ),
        ("asnGetAndSubscribeAdministrativeMonitorContent", json!({})),
        ("asnGetLoggedInContact", json!({})),
        ("asnCtiLineMonitorStart", line),
        ("asnGetAndSubscribePresence", seq.clone()),
        (
            "asnCtiEnumPhoneLines",
            json!({"typeofLines": 1, "attachChangeNotify": 0}),
        ),
        ("asnGetUserToken", json!({})),
    ];
    for (name, argument) in &both {
        result(&mut world, name, argument);
    }
    if version != UcServerVersion::V1 {
        result(&mut world, "asnGetAndSubscribePresenceV2", &seq);
        result(&mut world, "asnGetLoggedInContactV2", &json!({}));
        let absent = json!({"absentstate": {"u8sContactId": ANNA, "eAbsentState": 2}});
        result(&mut world, "asnSetUserAbsentState", &absent);
        result(
            &mut world,
            "asnGetUserAbsentState",
            &json!({"contactId": ANNA}),
        );
        result(
            &mut world,
            "asnResetUserAbsentState",
            &json!({"u8sContactId": ANNA}),
        );
    }
    everything_happens(&mut world);
    result(
        &mut world,
        "asnAbsentStateReset",
        &json!({"u8sContactId": ANNA}),
    );
    // With everything that can be set in it.
    result(&mut world, "asnGetAndSubscribePresence", &seq);
    world.set_group(vec![]);
    world.set_group(vec![ANNA.to_owned()]);
    world.set_group(vec![ANNA.to_owned(), "sip:bernd@corp.example".to_owned()]);
    result(
        &mut world,
        "asnUnsubscribeAdministrativeMonitorContent",
        &json!({}),
    );
    world.remove("anna@corp.example");
    let update = match version {
        UcServerVersion::V2 => "asnUpdatePresenceV2",
        UcServerVersion::V1 | UcServerVersion::Mixed => "asnUpdatePresence",
    };
    let events = events(&mut heard, times);
    let named = |name: &str| {
        events
            .iter()
            .filter(|one| one["operationName"] == name)
            .count()
    };
    assert!(named(update) >= 9, "{events:#?}");
    for name in [
        "asnRemovePresence",
        "asnAdministrativeMonitorContentGroupAdded",
        "asnAdministrativeMonitorContentGroupChanged",
        "asnAdministrativeMonitorContentGroupRemoved",
        "asnCtiNotifyLineDoNotDisturbChanged",
    ] {
        assert_eq!(named(name), 1, "{name}");
    }
    assert_eq!(world.violations, [] as [String; 0]);
}

#[test]
fn an_older_call_is_shaped_as_such() {
    let (mut world, mut heard) = server(UcServerVersion::Mixed);
    world.faults.params = Some(ParamsForm::Map);
    let seq = json!({"seqContactIDs": [ANNA], "iEventFlagsToSubscribe": 256,
        "bDontRequestPermissions": true});
    result(&mut world, "asnGetAndSubscribePresenceV2", &seq);
    everything_happens(&mut world);
    let told = events(&mut heard, TimeForm::Text);
    let first = &told[0]["argument"];
    assert_eq!(told[0]["operationName"], "asnUpdatePresence");
    assert_eq!(first["iChangedFlags"], 256);
    let presence = first["presence"].as_object().unwrap();
    assert!(
        !presence.contains_key("iPresenceState"),
        "was not asked for"
    );
    let call = &presence["seqCalls"][0];
    assert_eq!(
        (&call["iAction"], &call["iCallState"]),
        (&json!(0), &json!(8))
    );
    assert_eq!(
        call["optionalParams"],
        json!({"TrackerID": "t-c1", "eJournalCallType": 0})
    );
    assert!(call.get("eCallState").is_none());
    let last = &told[2]["argument"]["presence"]["seqCalls"];
    assert_eq!(last.as_array().unwrap().len(), 2);
    assert_eq!(
        (&last[0]["iAction"], &last[0]["iCallState"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(told.len(), 3, "nothing else was asked for");
}

/// The contact's configuration is what carries the right to set a presence.
#[rstest]
#[case(467, false)]
#[case(475, true)]
fn the_filter_of_the_request_decides_what_is_returned(#[case] filter: u32, #[case] rights: bool) {
    let (mut world, _heard) = server(UcServerVersion::V2);
    let seq = json!({"seqContactIDs": [ANNA], "iContactDetailsReturnFilter": filter,
        "bDontRequestPermissions": true});
    let shown = result(&mut world, "asnGetAndSubscribePresenceV2", &seq);
    let anna = &shown["seqSubscribedPresence"][0];
    assert_eq!(anna.get("iContactFeatureSet").is_some(), rights);
    assert_eq!(anna.get("iStaticRights2").is_some(), rights);
    assert!(anna.get("seqCalls").is_some());
    assert!(anna.get("asnCustomNote").is_none());
}

/// That the older absent state repeats the presence is no change of it.
#[test]
fn a_call_does_not_announce_the_absent_state() {
    let (mut world, mut heard) = server(UcServerVersion::V1);
    let seq = json!({"seqContactIDs": [ANNA], "bDontRequestPermissions": true});
    result(&mut world, "asnGetAndSubscribePresence", &seq);
    world.change(ANNA, NOW, |user| user.meeting = true);
    let told = events(&mut heard, TimeForm::Text);
    assert_eq!(told[0]["argument"]["iChangedFlags"], 1);
}

#[rstest]
#[case::newer_name(UcServerVersion::V1, "asnGetUserAbsentState", json!({"contactId": ANNA}), 1)]
#[case::newer_set(UcServerVersion::V1, "asnSetUserAbsentState",
    json!({"absentstate": {"u8sContactId": ANNA, "eAbsentState": 2}}), 1)]
#[case::mandatory(UcServerVersion::V1, "asnAbsentStateSetUser",
    json!({"absentstate": {"u8sContactId": ANNA, "iAbsentState": 2}}), 2)]
#[case::other_spelling(UcServerVersion::V2, "asnSetUserAbsentState",
    json!({"absentstate": {"u8sContactId": ANNA, "iAbsentState": 2}}), 2)]
#[case::no_argument(UcServerVersion::V2, "asnAdminGetUserProfiles", json!(null), 2)]
fn what_cannot_be_read_is_rejected(
    #[case] version: UcServerVersion,
    #[case] name: &str,
    #[case] argument: Value,
    #[case] problem: i64,
) {
    let (mut world, _heard) = server(version);
    let reply = ask(&mut world, name, &argument);
    let UcReply::Reject(given, why) = reply else {
        panic!("{reply:?}");
    };
    assert_eq!(given, problem, "{why}");
    assert_eq!(world.counts.violations, u64::from(problem == 2));
    assert_eq!(world.counts.unknown_operations, u64::from(problem == 1));
}
