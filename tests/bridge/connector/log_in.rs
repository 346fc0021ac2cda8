//! What UCWeb's answer to a log-in says, wherever it stands, and how times are written.

use std::time::Duration;

use lampfield::presence::ProcallPresence::{DoNotDisturb, Unchanged};
use lampfield::procall::ucserver::{UcServerSettings, UcServerSource};
use lampfield::simulator::ucserver::{
    BusyPlace, ParamsForm, RedirectPlace, SimulatedUcServer, TimeForm, UcFaults, UcServerScene,
    UcServerVersion::{self, Mixed, V1, V2},
};
use rstest::rstest;

use super::bench::{ANNA, Bench, on_server, settings, start, users};

async fn of(version: UcServerVersion, faults: UcFaults) -> SimulatedUcServer {
    let server = start(UcServerScene {
        version,
        ..UcServerScene::new(users())
    })
    .await;
    server.set_faults(faults);
    server
}

fn connector(settings: UcServerSettings) -> UcServerSource {
    let clock = std::sync::Arc::new(lampfield::clocks::SystemClock::new());
    UcServerSource::new(settings, clock).unwrap()
}

#[rstest]
#[tokio::test]
async fn busy_is_honoured_wherever_it_stands(
    #[values(BusyPlace::Params, BusyPlace::Negotiation, BusyPlace::Login)] place: BusyPlace,
    #[values(
        ParamsForm::Map,
        ParamsForm::TypedMap,
        ParamsForm::Pairs,
        ParamsForm::TypedPairs,
        ParamsForm::BarePairs
    )]
    params: ParamsForm,
) {
    let faults = UcFaults {
        busy: Some(42),
        busy_place: Some(place),
        params: Some(params),
        ..UcFaults::default()
    };
    let server = of(V1, faults).await;
    let refused = connector(settings(&server)).try_log_in().await.unwrap_err();
    assert_eq!(
        refused.message,
        "UCServer is busy and asks to come back in 42 s"
    );
}

/// A host alone has the port that is configured, so it is the one that was asked.
#[rstest]
#[case::host_and_port(|url: &str| url.replace("http://", ""))]
#[case::url(str::to_owned)]
#[case::url_with_a_path(|url: &str| format!("{url}/ws/client?x=1"))]
#[tokio::test]
async fn the_home_server_is_followed_in_every_form(
    #[case] form: fn(&str) -> String,
    #[values(RedirectPlace::LogonError, RedirectPlace::Login)] place: RedirectPlace,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let home = of(version, UcFaults::default()).await;
    let faults = UcFaults {
        redirect: Some(form(&home.url())),
        redirect_place: Some(place),
        ..UcFaults::default()
    };
    let first = of(version, faults).await;
    let bench = Bench::up(settings(&first)).await;
    assert_eq!((first.counts().logins, home.counts().logins), (0, 1));
    assert!(connector(settings(&first)).try_log_in().await.is_ok());
    assert_eq!(home.counts().logins, 2, "a check follows as well");
    bench.stop().await;
}

/// Neither to a host that nobody allowed, nor in the clear to one that is allowed.
#[rstest]
#[case::bare_host("uc2.example", "in the clear")]
#[case::host_and_port("uc2.example:7225", "in the clear")]
#[case::url_in_the_clear("http://uc2.example:7224", "in the clear")]
#[case::not_allowed("https://uc3.example:7225", "not among the allowed redirect hosts")]
#[tokio::test]
async fn a_password_goes_only_where_it_may(#[case] home: &str, #[case] why: &str) {
    let faults = UcFaults {
        redirect: Some(home.to_owned()),
        redirect_place: Some(RedirectPlace::LogonError),
        ..UcFaults::default()
    };
    let server = of(V1, faults).await;
    let settings = UcServerSettings {
        redirect_hosts: vec!["uc2.example".to_owned()],
        ..settings(&server)
    };
    let refused = connector(settings).try_log_in().await.unwrap_err();
    assert!(refused.message.contains(why), "{refused}");
}

#[rstest]
#[tokio::test]
async fn a_ucweb_that_takes_no_password_is_no_wrong_password(
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let faults = UcFaults {
        negotiate_only: true,
        ..UcFaults::default()
    };
    let server = of(version, faults).await;
    let mut bench = Bench::run(settings(&server));
    bench
        .until("the reason", |told| {
            let says = |text: &String| {
                text.contains("Basic authentication is switched off") && text.contains("Negotiate")
            };
            told.troubles.iter().any(says)
        })
        .await;
    assert!(!bench.told.troubles[0].contains("wrong password"));
    bench.stop().await;
    assert_eq!(server.counts().refused_logins, 1, "not tried again quickly");
}

#[rstest]
#[case(111)]
#[case(113)]
#[tokio::test]
async fn a_code_that_nobody_explains_is_told_by_its_number(#[case] code: i64) {
    let faults = UcFaults {
        login_error: Some(code),
        ..UcFaults::default()
    };
    let server = of(V1, faults).await;
    let refused = connector(settings(&server)).try_log_in().await.unwrap_err();
    assert!(
        refused.message.contains(&format!("(code {code})")),
        "{refused}"
    );
}

#[tokio::test]
async fn the_version_may_be_a_text() {
    let faults = UcFaults {
        version_as_text: true,
        ..UcFaults::default()
    };
    let server = of(V1, faults).await;
    assert_eq!(connector(settings(&server)).version().await, Ok(70));
    Bench::up(settings(&server)).await.stop().await;
    assert_eq!(server.counts().violations, 0);
}

/// A lease has its end in whatever form the server takes, and is known again by it.
#[rstest]
#[tokio::test]
async fn times_are_written_as_the_server_writes_them(
    #[values(TimeForm::Text, TimeForm::Milliseconds, TimeForm::Number)] times: TimeForm,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    let faults = UcFaults {
        times,
        ..UcFaults::default()
    };
    let server = of(version, faults).await;
    let bench = Bench::up(UcServerSettings {
        write_presence: true,
        lease: Duration::from_millis(1_500),
        ..settings(&server)
    })
    .await;
    bench.wish(ANNA, DoNotDisturb).await;
    on_server(&server, "set", |s| {
        s.manual(ANNA).is_some_and(|manual| manual.until.is_some())
    })
    .await;
    let first = server.manual(ANNA).unwrap().until;
    on_server(&server, "renewed", |s| {
        s.manual(ANNA).is_some_and(|manual| manual.until > first)
    })
    .await;
    bench.wish(ANNA, Unchanged).await;
    on_server(&server, "taken back", |s| s.manual(ANNA).is_none()).await;
    let counts = server.counts();
    assert_eq!(counts.absent_reset, 1);
    // Where nothing has shown the form, the usual one is tried first.
    let tries = u64::from(times == TimeForm::Number && version != V1);
    assert_eq!(counts.bad_arguments, tries, "{counts:?}");
}
