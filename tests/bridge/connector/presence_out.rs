//! To ProCall: manual presence as a lease.

use std::time::Duration;

use lampfield::presence::ProcallPresence::{BusyInACall, DoNotDisturb, Unchanged};
use lampfield::procall::Obstacle;
use lampfield::procall::ucserver::UcServerSettings;
use lampfield::simulator::ucserver::{
    Level, ManualPresence, Medium, SimulatedUcServer, SimulatedUser, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

use super::bench::{ANNA, BERND, Bench, on_server, server, server_of, settings, users};

fn writing(server: &SimulatedUcServer) -> UcServerSettings {
    UcServerSettings {
        write_presence: true,
        ..settings(server)
    }
}

fn shows(server: &SimulatedUcServer, user: &str, state: i64) -> bool {
    server.manual(user).map(|manual| manual.state) == Some(state)
}

const fn by_hand(state: i64) -> ManualPresence {
    ManualPresence { state, until: None }
}

async fn obstacle(bench: &mut Bench, user: &str, obstacle: Obstacle) {
    bench
        .until("the reason", |told| {
            told.facts
                .get(user)
                .is_some_and(|facts| facts.obstacles == [obstacle])
        })
        .await;
}

#[rstest]
#[tokio::test]
async fn what_teams_shows_is_set_changed_and_taken_back(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    on_server(&server, "do not disturb", |s| shows(s, ANNA, 3)).await;
    assert!(
        server.manual(ANNA).unwrap().until.is_some(),
        "it is a lease"
    );
    bench.wish(ANNA, BusyInACall).await;
    on_server(&server, "busy", |s| shows(s, ANNA, 2)).await;
    bench.wish(ANNA, Unchanged).await;
    on_server(&server, "taken back", |s| s.manual(ANNA).is_none()).await;
    assert_eq!(server.counts().absent_reset, 1);
    let looked = server.counts().absent_read;
    match version {
        V1 => assert_eq!(looked, 0, "it has no operation for that"),
        V2 | Mixed => assert!(looked >= 3, "looked before each change"),
    }
}

#[rstest]
#[tokio::test]
async fn nothing_is_written_unless_asked_for(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let bench = Bench::up(settings(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    bench.stop().await;
    let counts = server.counts();
    assert_eq!((counts.absent_set, counts.absent_read), (0, 0));
}

#[rstest]
#[tokio::test]
async fn a_lease_is_renewed_while_it_is_wanted(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let settings = UcServerSettings {
        lease: Duration::from_millis(1_200),
        ..writing(&server)
    };
    let bench = Bench::up(settings).await;
    bench.wish(ANNA, DoNotDisturb).await;
    on_server(&server, "set", |s| shows(s, ANNA, 3)).await;
    let first = server.manual(ANNA).unwrap().until;
    on_server(&server, "renewed", |s| {
        s.manual(ANNA).is_some_and(|manual| manual.until > first)
    })
    .await;
}

#[rstest]
#[tokio::test]
async fn a_lease_that_nobody_renews_ends_by_itself(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let settings = UcServerSettings {
        lease: Duration::from_millis(500),
        ..writing(&server)
    };
    let bench = Bench::up(settings).await;
    bench.wish(ANNA, DoNotDisturb).await;
    on_server(&server, "set", |s| shows(s, ANNA, 3)).await;
    server.set_faults(UcFaults {
        not_attached: true,
        ..UcFaults::default()
    });
    server.drop_sockets();
    on_server(&server, "over", |s| s.manual(ANNA).is_none()).await;
    assert_eq!(server.counts().absent_reset, 0);
}

#[rstest]
#[tokio::test]
async fn a_presence_set_by_hand_is_left_alone(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    server.set_manual(ANNA, Some(by_hand(1)));
    let mut bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    obstacle(&mut bench, ANNA, Obstacle::ForeignPresence).await;
    assert!(shows(&server, ANNA, 1));
    assert_eq!(server.counts().absent_set, 0);
    server.set_manual(ANNA, None);
    on_server(&server, "set at last", |s| shows(s, ANNA, 3)).await;
    bench
        .until("no obstacle", |told| told.facts[ANNA].obstacles.is_empty())
        .await;
}

#[rstest]
#[tokio::test]
async fn a_presence_set_by_hand_over_ours_is_not_taken_back(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    on_server(&server, "set", |s| shows(s, ANNA, 3)).await;
    server.set_manual(ANNA, Some(by_hand(3)));
    obstacle(&mut bench, ANNA, Obstacle::ForeignPresence).await;
    bench.wish(ANNA, Unchanged).await;
    bench.stop().await;
    assert_eq!(server.manual(ANNA), Some(by_hand(3)));
    assert_eq!(server.counts().absent_reset, 0);
}

#[rstest]
#[tokio::test]
async fn without_the_right_the_user_is_named_and_nothing_is_tried(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut people = users();
    people[0].level = Level::Business;
    let server = server_of(version, people).await;
    let mut bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    obstacle(&mut bench, ANNA, Obstacle::MayNotSetPresence).await;
    assert_eq!(server.counts().absent_read, 0);
    server.set_level(ANNA, Level::Team);
    on_server(&server, "set at last", |s| shows(s, ANNA, 3)).await;
}

/// Before anything is to be set, so that nobody has to wait for the first do not disturb.
#[rstest]
#[tokio::test]
async fn a_missing_right_is_told_beforehand_where_presence_is_to_be_written(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let mut people = users();
    people[0].level = Level::Business;
    let server = server_of(version, people).await;
    let mut bench = Bench::run(UcServerSettings {
        names_missing_right: true,
        ..settings(&server)
    });
    obstacle(&mut bench, ANNA, Obstacle::MayNotSetPresence).await;
    bench.until("up", |told| told.up > 0).await;
    assert!(bench.told.facts[BERND].obstacles.is_empty());
    server.set_level(ANNA, Level::Team);
    bench
        .until("no obstacle", |told| told.facts[ANNA].obstacles.is_empty())
        .await;
    assert_eq!(server.counts().absent_read, 0);
}

#[rstest]
#[tokio::test]
async fn a_refusal_is_a_reason_of_that_user_alone(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        refuse_absent: Some(2),
        ..UcFaults::default()
    });
    let mut bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    obstacle(&mut bench, ANNA, Obstacle::SetPresenceRefused).await;
    assert!(bench.told.troubles.is_empty());
    let lacks = |text: &&String| text.contains("does not know asnGetUserAbsentState");
    let said = bench.told.notices.iter().filter(lacks).count();
    assert_eq!(said, usize::from(version == V1), "what it does without");
}

/// UCServer lets a call displace a manual "busy"; it is asserted again.
#[rstest]
#[tokio::test]
async fn what_a_call_displaces_is_set_again(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, BusyInACall).await;
    on_server(&server, "set", |s| shows(s, ANNA, 2)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    on_server(&server, "set again", |s| {
        shows(s, ANNA, 2) && s.counts().absent_set == 2
    })
    .await;
}

#[rstest]
#[tokio::test]
async fn after_a_lost_connection_the_leases_are_still_ours(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    on_server(&server, "set", |s| shows(s, ANNA, 3)).await;
    server.drop_sockets();
    bench.until("up again", |told| told.up == 2).await;
    bench.wish(ANNA, Unchanged).await;
    on_server(&server, "taken back", |s| s.manual(ANNA).is_none()).await;
    assert_eq!(server.counts().absent_set, 1);
}

#[rstest]
#[tokio::test]
async fn the_end_takes_everything_back(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    bench.wish(BERND, BusyInACall).await;
    on_server(&server, "set", |s| shows(s, ANNA, 3) && shows(s, BERND, 2)).await;
    bench.stop().await;
    assert_eq!((server.manual(ANNA), server.manual(BERND)), (None, None));
}

/// Only the newer events have a place for what other providers show.
#[tokio::test]
async fn with_the_native_integration_nothing_is_written() {
    let server = server(V2).await;
    let mut bench = Bench::up(writing(&server)).await;
    bench.wish(ANNA, DoNotDisturb).await;
    on_server(&server, "set", |s| shows(s, ANNA, 3)).await;
    server.set_teams_state(BERND, Some(1));
    bench
        .until("native", |told| told.native == Some(true))
        .await;
    on_server(&server, "taken back", |s| s.manual(ANNA).is_none()).await;
}

/// At most five writes a second: 15 users take two seconds and more.
#[rstest]
#[tokio::test]
async fn writes_are_spaced(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let name = |n: usize| format!("user{n}@corp.example");
    let people = (0..15).map(|n| SimulatedUser::new(&name(n), "User", ""));
    let server = server_of(version, people.collect()).await;
    let bench = Bench::up(writing(&server)).await;
    let clock = lampfield::clocks::SystemClock::new();
    let started = lampfield::clock::Clock::now(&clock);
    for n in 0..15 {
        bench.wish(&name(n), DoNotDisturb).await;
    }
    on_server(&server, "all", |s| s.counts().absent_set == 15).await;
    let took = lampfield::clock::elapsed(started, lampfield::clock::Clock::now(&clock));
    assert!(took >= Duration::from_millis(2_700), "{took:?}");
}
