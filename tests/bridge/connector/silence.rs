//! A UCServer that is gone: noticed by the signs of life, told once, and all is told anew when it
//! is back.

use std::time::Duration;

use lampfield::procall::ucserver::UcServerSettings;
use lampfield::simulator::ucserver::{
    Medium, SimulatedUcServer, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

use super::bench::{ANNA, BERND, Bench, on_server, server, settings};

/// Signs of life in quick succession: three of them are over in two seconds, which is longer than any pause that a busy
/// machine makes.
fn quick(server: &SimulatedUcServer) -> UcServerSettings {
    UcServerSettings {
        keep_alive: Duration::from_millis(600),
        call_timeout: Duration::from_millis(400),
        ..settings(server)
    }
}

fn silences(order: &[&str]) -> usize {
    order.iter().filter(|event| **event == "silent").count()
}

#[rstest]
#[case::it_is_not_attached(UcFaults { not_attached: true, ..UcFaults::default() }, true)]
#[case::its_sockets_are_open_and_it_says_nothing(
    UcFaults { mute: true, lose_events: true, ..UcFaults::default() }, false)]
#[tokio::test]
async fn a_dead_server_is_told_once_and_everything_anew_when_it_is_back(
    #[case] dead: UcFaults,
    #[case] drops_sockets: bool,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(quick(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    assert_eq!(silences(&bench.told.order), 0, "alive until here");
    server.set_faults(dead);
    if drops_sockets {
        server.drop_sockets();
    }
    bench
        .until("silent", |told| silences(&told.order) == 1)
        .await;
    assert!(bench.told.talks(ANNA), "what was told stands, as stale");
    let troubles = bench.told.troubles.len();
    bench
        .until("some more tries", |told| {
            told.troubles.len() >= troubles + 5
        })
        .await;
    assert_eq!(silences(&bench.told.order), 1, "said once");
    server.end_call(&call);
    let other = server.start_call(BERND, Medium::Tapi, false);
    server.answer(&other);
    server.set_faults(UcFaults::default());
    bench.until("up again", |told| told.up == 2).await;
    assert!(!bench.told.talks(ANNA) && bench.told.talks(BERND));
    assert_eq!(
        bench.told.order[bench.told.order.len() - 2..],
        ["calls", "up"]
    );
    // Whatever was tried meanwhile: one session is left, the one that works.
    on_server(&server, "one session", |it| it.counts().sessions == 1).await;
}

/// UCWeb answers every ping, and the session behind it is over.
#[rstest]
#[tokio::test]
async fn a_session_that_is_over_behind_an_open_socket_is_noticed_by_the_next_sign_of_life(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(quick(&server)).await;
    server.invalidate_sessions();
    bench.until("up again", |told| told.up >= 2).await;
    assert!(bench.told.troubles[0].contains("code 8"));
    assert_eq!(silences(&bench.told.order), 0, "before it was silent");
}

/// UCWeb opens sessions and no sockets: whatever is tried, none of them stays, and none needs the
/// server to forget it.
#[tokio::test]
async fn a_session_whose_socket_is_refused_is_ended_before_the_next_try() {
    let server = server(V2).await;
    server.set_faults(UcFaults {
        refuse_sockets: true,
        ..UcFaults::default()
    });
    let mut bench = Bench::run(quick(&server));
    for tries in 1..=8 {
        bench
            .until("another try", |told| told.troubles.len() >= tries)
            .await;
        let counts = server.counts();
        assert!(counts.sessions <= 1, "the one that is tried: {counts:?}");
    }
    server.set_faults(UcFaults::default());
    bench.until("up", |told| told.up == 1).await;
    assert_eq!(server.counts().sessions, 1);
    bench.stop().await;
    assert_eq!(server.counts().sessions, 0);
}
