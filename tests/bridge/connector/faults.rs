//! What goes wrong, and that it is survived.

use std::time::Duration;

use lampfield::procall::Obstacle;
use lampfield::procall::ucserver::{UcServerSettings, Waits};
use lampfield::simulator::ucserver::{
    CallPhase, Medium, SimulatedUser, UcFaults,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

use super::bench::{ANNA, BERND, Bench, account, on_server, server, server_of, settings, users};

#[rstest]
#[tokio::test]
async fn after_a_dropped_socket_everything_is_read_again(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    server.set_faults(UcFaults {
        not_attached: true,
        ..UcFaults::default()
    });
    server.drop_sockets();
    bench
        .until("trouble", |told| {
            told.troubles.iter().any(|text| text.contains("ucsid"))
        })
        .await;
    server.end_call(&call);
    let other = server.start_call(BERND, Medium::Tapi, false);
    server.answer(&other);
    server.set_faults(UcFaults::default());
    bench.until("up again", |told| told.up == 2).await;
    assert!(!bench.told.talks(ANNA));
    assert!(bench.told.talks(BERND));
    assert!(server.counts().token_logins >= 1, "the password stays home");
}

#[rstest]
#[tokio::test]
async fn a_session_that_is_over_is_replaced(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let settings = UcServerSettings {
        refresh: Duration::from_millis(50),
        ..settings(&server)
    };
    let mut bench = Bench::up(settings).await;
    server.invalidate_sessions();
    bench.until("up again", |told| told.up >= 2).await;
    assert!(bench.told.troubles[0].contains("code 8"));
}

#[rstest]
#[tokio::test]
async fn a_token_that_is_refused_falls_back_to_the_password(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    server.set_faults(UcFaults {
        refuse_tokens: true,
        ..UcFaults::default()
    });
    server.drop_sockets();
    bench.until("up again", |told| told.up == 2).await;
    assert_eq!(server.counts().refused_logins, 1);
}

#[rstest]
#[case::wrong_password(None, "wrong password")]
#[case::not_enabled(Some(107), "not enabled")]
#[case::domain(Some(109), "domain")]
#[case::locked(Some(129), "locked")]
#[case::no_licence(Some(103), "licence")]
#[case::too_many(Some(131), "too many")]
#[tokio::test]
async fn a_refused_log_in_is_not_repeated_quickly(
    #[case] error: Option<i64>,
    #[case] reason: &str,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        login_error: error,
        ..UcFaults::default()
    });
    let password = if error.is_none() {
        "wrong"
    } else {
        "lampfield"
    };
    let mut bench = Bench::run(UcServerSettings {
        account: account("lampfield", password),
        ..settings(&server)
    });
    bench
        .until("the reason", |told| {
            told.troubles.iter().any(|text| text.contains(reason))
        })
        .await;
    server.set_faults(UcFaults::default());
    let told = bench.stop().await;
    assert_eq!(told.troubles.len(), 1);
    assert!(!told.troubles[0].contains("wrong\""));
    assert_eq!(server.counts().refused_logins, 1);
}

#[rstest]
#[tokio::test]
async fn a_refused_administrator_is_named(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let mut bench = Bench::run(UcServerSettings {
        admin: Some(account("admin", "wrong")),
        ..settings(&server)
    });
    bench
        .until("the reason", |told| {
            told.troubles
                .iter()
                .any(|text| text.contains("administrator"))
        })
        .await;
}

#[rstest]
#[tokio::test]
async fn a_server_without_the_administrators_interface_is_named(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        no_admin_interface: true,
        ..UcFaults::default()
    });
    let mut bench = Bench::run(settings(&server));
    bench
        .until("the reason", |told| {
            let hint = |text: &String| text.contains("asnAdminLogin") && text.contains("list");
            told.troubles.iter().any(hint)
        })
        .await;
}

#[rstest]
#[tokio::test]
async fn a_busy_server_is_asked_again(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        busy: Some(0),
        ..UcFaults::default()
    });
    let mut bench = Bench::run(settings(&server));
    bench
        .until("busy", |told| {
            told.troubles.iter().any(|text| text.contains("busy"))
        })
        .await;
    server.set_faults(UcFaults::default());
    bench.until("up", |told| told.up == 1).await;
}

#[rstest]
#[tokio::test]
async fn a_redirection_is_followed_to_the_same_host_only(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let (first, second) = (server(version).await, server(version).await);
    let redirect = |to: String| UcFaults {
        redirect: Some(to),
        ..UcFaults::default()
    };
    first.set_faults(redirect(second.url()));
    let bench = Bench::up(settings(&first)).await;
    assert_eq!((first.counts().logins, second.counts().logins), (0, 1));
    drop(bench);

    first.set_faults(redirect("http://localhost:1".to_owned()));
    let mut bench = Bench::run(settings(&first));
    bench
        .until("refused", |told| {
            told.troubles.iter().any(|text| text.contains("localhost"))
        })
        .await;
}

#[rstest]
#[case::reordered(UcFaults { reorder_answers: true, ..UcFaults::default() })]
#[case::slow(UcFaults { slow: Some(Duration::from_millis(30)), ..UcFaults::default() })]
#[tokio::test]
async fn answers_may_overtake_each_other_and_take_their_time(
    #[case] faults: UcFaults,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let people: Vec<_> = (0..40)
        .map(|n| SimulatedUser::new(&format!("user{n}@corp.example"), "User", ""))
        .collect();
    let server = server_of(version, people).await;
    server.set_faults(faults);
    let settings = UcServerSettings {
        batch: 3,
        ..settings(&server)
    };
    let bench = Bench::up(settings).await;
    assert_eq!(bench.told.users.len(), 40);
    assert_eq!(server.counts().subscribed, 40);
}

#[rstest]
#[tokio::test]
async fn one_bad_contact_does_not_hurt_the_others(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let people: Vec<_> = (0..20)
        .map(|n| SimulatedUser::new(&format!("user{n}@corp.example"), "User", ""))
        .collect();
    let server = server_of(version, people).await;
    server.set_faults(UcFaults {
        poisoned_contact: Some("sip:user7@corp.example".to_owned()),
        ..UcFaults::default()
    });
    let bench = Bench::up(settings(&server)).await;
    assert_eq!(server.counts().subscribed, 19);
    let poisoned = &bench.told.facts["user7@corp.example"];
    assert_eq!(poisoned.obstacles, [Obstacle::NotVisible]);
}

#[rstest]
#[tokio::test]
async fn a_server_that_does_not_answer_is_left(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        mute: true,
        ..UcFaults::default()
    });
    let settings = UcServerSettings {
        call_timeout: Duration::from_millis(200),
        ..settings(&server)
    };
    let mut bench = Bench::run(settings);
    bench
        .until("trouble", |told| {
            told.troubles
                .iter()
                .any(|text| text.contains("not answered in time"))
        })
        .await;
    server.set_faults(UcFaults::default());
    bench.until("up", |told| told.up == 1).await;
}

#[rstest]
#[tokio::test]
async fn events_that_come_twice_change_nothing(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    server.set_faults(UcFaults {
        duplicate_events: true,
        ..UcFaults::default()
    });
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    server.end_call(&call);
    bench
        .until("ended", |told| told.calls_of(ANNA).is_empty())
        .await;
}

/// The end of the call is lost, but the flag goes out with the next event: the contact is in
/// doubt and read again.
#[rstest]
#[tokio::test]
async fn a_lost_event_is_noticed_by_the_contradiction(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let mut bench = Bench::up(settings(&server)).await;
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    server.set_faults(UcFaults {
        lose_events: true,
        ..UcFaults::default()
    });
    server.move_call(&call, CallPhase::Disconnected);
    server.end_call(&call);
    server.set_faults(UcFaults::default());
    server.set_client(ANNA, true, true);
    bench
        .until("ended", |told| told.calls_of(ANNA).is_empty())
        .await;
    assert_eq!(bench.counters.doubts.get(), 1);
}

#[rstest]
#[tokio::test]
async fn lost_events_are_caught_up_by_the_refresh(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let server = server(version).await;
    let settings = UcServerSettings {
        refresh: Duration::from_millis(300),
        ..settings(&server)
    };
    let mut bench = Bench::up(settings).await;
    server.set_faults(UcFaults {
        lose_events: true,
        ..UcFaults::default()
    });
    let call = server.start_call(ANNA, Medium::Tapi, false);
    server.answer(&call);
    bench.until("connected", |told| told.talks(ANNA)).await;
    server.end_call(&call);
    bench.until("ended", |told| !told.talks(ANNA)).await;
}

#[rstest]
#[tokio::test]
async fn signs_of_life_are_sent(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server_of(version, users()).await;
    let settings = UcServerSettings {
        keep_alive: Duration::from_millis(50),
        ..settings(&server)
    };
    let _bench = Bench::up(settings).await;
    on_server(&server, "three signs", |server| {
        server.counts().keep_alives >= 3
    })
    .await;
}

#[rstest]
#[tokio::test]
async fn the_end_is_polite(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let bench = Bench::up(settings(&server)).await;
    bench.stop().await;
    let counts = server.counts();
    assert_eq!((counts.destroyed, counts.unsubscriptions), (1, 1));
}

#[rstest]
#[tokio::test]
async fn an_unreachable_server_is_tried_again(#[values(V1, V2, Mixed)] version: UcServerVersion) {
    let server = server(version).await;
    let settings = UcServerSettings {
        waits: Waits {
            first: Duration::from_millis(10),
            longest: Duration::from_millis(10),
            ..Waits::default()
        },
        ..settings(&server)
    };
    drop(server);
    let mut bench = Bench::run(settings);
    bench
        .until("two tries", |told| told.troubles.len() > 1)
        .await;
    assert!(bench.told.troubles[0].contains("cannot be reached"));
}
