//! From ProCall: users, calls, facts.

use lampfield::presence::{CallKind, ContactUri, UserName};
use lampfield::procall::ucserver::{CallLists, UcServerSettings, UserList};
use lampfield::procall::{CallState, Obstacle};
use lampfield::simulator::ucserver::{
    CallPhase, Level, Medium, SimulatedUser, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

use super::bench::{ANNA, BERND, Bench, on_server, server, server_of, settings, users};

const CALL: i64 = 0x0400_0000;

#[rstest]
#[case::administrator(UserList::Admin)]
#[case::monitor_groups(UserList::MonitorGroups)]
#[case::list(UserList::List(vec![
    ContactUri::new("sip:anna@corp.example"),
    ContactUri::new("SIP:Bernd@corp.example"),
]))]
#[rstest]
#[tokio::test]
async fn users_and_calls_come_first(
    #[case] list: UserList,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let call = server.start_call(BERND, Medium::Tapi, true);
    server.answer(&call);
    let settings = UcServerSettings {
        users: list,
        ..settings(&server)
    };
    let bench = Bench::up(settings).await;
    let told = &bench.told;
    assert_eq!(told.order, ["users", "calls", "up"]);
    assert_eq!(told.users.len(), 2);
    assert_eq!(told.users[0].user_name.as_str(), ANNA);
    assert_eq!(told.users[0].display_name.as_str(), "Anna Adler");
    assert_eq!(told.users[0].phone.as_str(), "+49 30 100");
    assert_eq!(
        told.calls_of(BERND),
        [(CallKind::Tapi, CallState::Connected)]
    );
    assert_eq!(server.counts().challenges, 0, "nobody was asked anything");
}

#[rstest]
#[case(Medium::Tapi, CallKind::Tapi)]
#[case(Medium::Mobile, CallKind::Tapi)]
#[case(Medium::Softphone, CallKind::Softphone)]
#[case(Medium::AvChat, CallKind::AvChat)]
#[tokio::test]
async fn a_call_rings_connects_holds_and_ends(
    #[case] medium: Medium,
    #[case] kind: CallKind,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, medium, false);
    bench
        .until("it rings", |told| {
            told.calls_of(ANNA) == [(kind, CallState::Ringing)]
        })
        .await;
    server.answer(&call);
    let connected = [(kind, CallState::Connected)];
    bench
        .until("connected", |told| told.calls_of(ANNA) == connected)
        .await;
    server.move_call(&call, CallPhase::Hold);
    server.set_meeting(BERND, true);
    bench.until("the meeting", |told| told.talks(BERND)).await;
    assert_eq!(bench.told.calls_of(ANNA), connected, "hold keeps the call");
    server.end_call(&call);
    bench
        .until("ended", |told| told.calls_of(ANNA).is_empty())
        .await;
}

#[rstest]
#[tokio::test]
async fn a_meeting_begins_and_ends(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    server.set_meeting(ANNA, true);
    let meeting = [(CallKind::Meeting, CallState::Connected)];
    bench
        .until("it begins", |told| told.calls_of(ANNA) == meeting)
        .await;
    server.set_meeting(ANNA, false);
    bench
        .until("it ends", |told| told.calls_of(ANNA).is_empty())
        .await;
}

#[rstest]
#[case::changes(false, CallLists::Changes)]
#[case::complete(true, CallLists::Complete)]
#[tokio::test]
async fn two_calls_at_a_time_are_two(
    #[case] complete: bool,
    #[case] call_lists: CallLists,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        complete_call_lists: complete,
        ..UcFaults::default()
    });
    let settings = UcServerSettings {
        call_lists,
        ..settings(&server)
    };
    let mut bench = Bench::up(settings).await;
    let first = server.start_call(ANNA, Medium::Tapi, true);
    server.answer(&first);
    let second = server.start_call(ANNA, Medium::Softphone, false);
    server.answer(&second);
    bench
        .until("two", |told| told.calls_of(ANNA).len() == 2)
        .await;
    server.end_call(&first);
    let softphone = [(CallKind::Softphone, CallState::Connected)];
    bench
        .until("one", |told| told.calls_of(ANNA) == softphone)
        .await;
}

#[tokio::test]
async fn an_older_server_is_spoken_to_in_older_names() {
    let server = server(V2).await;
    server.set_faults(UcFaults {
        old_names: true,
        ..UcFaults::default()
    });
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    assert!(bench.told.troubles.is_empty(), "{:?}", bench.told.troubles);
}

#[rstest]
#[tokio::test]
async fn without_the_right_to_see_calls_the_flag_has_to_do(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut people = users();
    people[0].level = Level::Public;
    let server = server_of(version, people).await;
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    bench
        .until("ringing", |told| {
            told.calls_of(ANNA) == [(CallKind::Tapi, CallState::Ringing)]
        })
        .await;
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    bench
        .until("the reason", |told| {
            told.facts
                .get(ANNA)
                .is_some_and(|facts| facts.obstacles == [Obstacle::CallsHidden])
        })
        .await;
    server.end_call(&call);
    bench
        .until("ended", |told| told.calls_of(ANNA).is_empty())
        .await;
}

/// A list of calls in a form that nobody knows leaves the flag in force, and is said.
#[rstest]
#[tokio::test]
async fn a_call_that_is_not_understood_counts_by_its_flag_and_is_said(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    let told = |state: i64, calls: &str| {
        format!(
            r#"[{{"invoke":{{"invokeID":99999,"operationName":"asnUpdatePresence","argument":{{"iChangedFlags":257,
                "presence":{{"u8sContactId":"sip:anna@corp.example","iPresenceState":{state},"seqCalls":{calls}}}}}}}}}]"#
        )
    };
    server.send_text(&told(
        CALL | 2,
        r#"[{"u8sCallID":"c1","sState":"connected"}]"#,
    ));
    bench.until("by the flag", |told| told.talks(ANNA)).await;
    bench
        .until("the reason", |told| {
            told.facts
                .get(ANNA)
                .is_some_and(|facts| facts.obstacles == [Obstacle::CallNotUnderstood])
        })
        .await;
    let shape = |text: &String| text.contains("sState") && !text.contains("connected");
    assert!(bench.told.troubles.iter().any(shape), "{:?}", bench.told);
    server.send_text(&told(1, "[]"));
    bench
        .until("ended", |told| {
            told.calls_of(ANNA).is_empty() && told.facts[ANNA].obstacles.is_empty()
        })
        .await;
}

#[rstest]
#[tokio::test]
async fn somebody_without_any_right_is_named_with_the_reason(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut people = users();
    people[0].level = Level::None;
    people[1].teams_right = false;
    let server = server_of(version, people).await;
    let bench = Bench::up(settings(&server)).await;
    assert_eq!(bench.told.users.len(), 2);
    let anna = &bench.told.facts[ANNA];
    assert_eq!(anna.obstacles, [Obstacle::NotVisible]);
    let bernd = &bench.told.facts[BERND];
    assert_eq!((bernd.teams_right, bernd.obstacles.len()), (Some(false), 0));
}

/// Section 6: with estos' own integration a call in Teams makes ProCall show a call. Only lines
/// count, and two bridges must not echo each other. Older events have no place for what other
/// providers show: such a contact is read again because its flag is not explained, or is all there is.
#[rstest]
#[case::calls_visible(Level::Team, V2)]
#[case::calls_visible_in_older_events(Level::Team, Mixed)]
#[case::calls_hidden(Level::Public, V2)]
#[case::calls_hidden_in_older_events(Level::Public, Mixed)]
#[tokio::test]
async fn a_call_in_teams_does_not_come_back_as_a_call_in_procall(
    #[case] level: Level,
    #[case] version: UcServerVersion,
) {
    let mut people = users();
    people[0].level = level;
    let server = server_of(version, people).await;
    let mut bench = Bench::up(settings(&server)).await;
    server.set_teams_state(ANNA, Some(CALL | 2));
    bench
        .until("native", |told| told.native == Some(true))
        .await;
    let call = server.start_call(BERND, Medium::Tapi, false);
    server.answer(&call);
    bench.until("a real call", |told| told.talks(BERND)).await;
    assert!(!bench.told.talks(ANNA));
}

#[rstest]
#[tokio::test]
async fn the_configuration_can_overrule_the_native_integration(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    server.set_teams_state(ANNA, Some(1));
    let settings = UcServerSettings {
        despite_native: true,
        ..settings(&server)
    };
    let bench = Bench::up(settings).await;
    assert_eq!(bench.told.native, None);
}

#[rstest]
#[tokio::test]
async fn a_removed_user_is_gone_with_the_call(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    server.remove_user(ANNA);
    bench
        .until("gone", |told| told.users.len() == 1 && !told.talks(ANNA))
        .await;
}

#[rstest]
#[tokio::test]
async fn a_changed_monitor_group_changes_the_users(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    server.set_monitor_group(vec!["sip:anna@corp.example".to_owned()]);
    let settings = UcServerSettings {
        users: UserList::MonitorGroups,
        ..settings(&server)
    };
    let mut bench = Bench::up(settings).await;
    assert_eq!(bench.told.users.len(), 1);
    server.add_user(SimulatedUser::new("carla@corp.example", "Carla", ""));
    server.set_monitor_group(vec![
        "sip:bernd@corp.example".to_owned(),
        "sip:carla@corp.example".to_owned(),
    ]);
    bench
        .until("the other two", |told| {
            told.users.len() == 2 && told.users[1].display_name.as_str() == "Carla"
        })
        .await;
    on_server(&server, "anna is unsubscribed", |server| {
        server.counts().subscribed == 2
    })
    .await;
}

#[rstest]
#[tokio::test]
async fn an_empty_monitor_group_is_explained(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    server.set_monitor_group(Vec::new());
    let settings = UcServerSettings {
        users: UserList::MonitorGroups,
        ..settings(&server)
    };
    let mut bench = Bench::run(settings);
    bench
        .until("the reason", |told| {
            told.troubles
                .iter()
                .any(|text| text.contains("no administrative monitor group"))
        })
        .await;
    server.set_monitor_group(vec!["sip:anna@corp.example".to_owned()]);
    bench.until("up", |told| told.up == 1).await;
}

/// Wherever the list comes from, and however the name is written.
#[rstest]
#[case::administrator(UserList::Admin)]
#[case::monitor_groups(UserList::MonitorGroups)]
#[tokio::test]
async fn somebody_excluded_is_listed_as_such(
    #[case] users: UserList,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let settings = UcServerSettings {
        users,
        exclude: vec![UserName::new("ANNA@Corp.Example")],
        ..settings(&server)
    };
    let bench = Bench::up(settings).await;
    let told = bench.told.users.iter();
    let told: Vec<_> = told
        .map(|user| (user.user_name.as_str(), user.excluded))
        .collect();
    assert_eq!(told, [(ANNA, true), (BERND, false)]);
}

/// A server whose lists hold everything, although nobody said so: what has ended is left out, and
/// gone within a second.
#[rstest]
#[tokio::test]
async fn a_call_that_is_left_out_is_gone_with_its_flag(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        complete_call_lists: true,
        ..UcFaults::default()
    });
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    server.send_text(
        r#"[{"invoke":{"invokeID":99999,"operationName":"asnUpdatePresence","argument":{"iChangedFlags":257,
            "presence":{"u8sContactId":"sip:anna@corp.example","iPresenceState":1,"seqCalls":[]}}}}]"#,
    );
    server.set_faults(UcFaults {
        lose_events: true,
        ..UcFaults::default()
    });
    server.end_call(&call);
    bench
        .until("gone", |told| told.calls_of(ANNA).is_empty())
        .await;
    assert_eq!(bench.counters.doubts.get(), 1, "read again");
}
