//! `lampfield login`, and reading presence as the user who signed in.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Child;
use std::time::Duration;

use crate::doctor::bench::{Bench, Checks, Said, bench_with, said};
use lampfield::simulator::{Fault, FaultKind, On, Settings};
use rstest::rstest;

const ANNA: &str = "anna.admin@nordlicht.example";

/// A tenant in which one may poll every second.
async fn bench() -> Bench {
    let settings = Settings {
        device_interval_s: 1,
        ..Settings::default()
    };
    bench_with(settings).await
}

/// `lampfield login` that has shown its code.
async fn begun(bench: &Bench, args: &[&str]) -> Child {
    let child = bench.program(&[&["login"], args].concat()).spawn().unwrap();
    until(|| !bench.control().device_codes().is_empty()).await;
    child
}

async fn ended(bench: &Bench, child: Child) -> Said {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    said(&output.await.unwrap(), &[&bench.secret])
}

async fn sign_in(bench: &Bench) -> Said {
    let child = begun(bench, &[]).await;
    assert!(bench.control().approve_device(ANNA));
    let said = ended(bench, child).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    said
}

fn file(bench: &Bench) -> PathBuf {
    let name = format!("sign-in-{}.json", bench.tenant_id);
    bench.state_directory().join(name)
}

fn refresh_token(bench: &Bench) -> String {
    let text = std::fs::read_to_string(file(bench)).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&text).unwrap();
    kept["refresh_token"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_shows_a_code_and_keeps_the_token_for_its_owner() {
    let bench = bench().await;
    let child = begun(&bench, &[]).await;
    let codes = bench.control().device_codes();
    bench.control().approve_device(ANNA);
    let said = ended(&bench, child).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    let place = format!("{}/devicelogin", bench.authority);
    for part in [
        place.as_str(),
        &codes[0],
        "It holds for 15 minutes",
        "Signed in as anna.admin@nordlicht.example",
        "Presence.Read.All, User.ReadBasic.All",
        "read_with = \"delegated\"",
    ] {
        assert!(said.out.contains(part), "{part}\n{}", said.out);
    }
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&file(&bench)) & 0o777, 0o600);
    assert_eq!(mode(&bench.state_directory()) & 0o777, 0o700);
    assert!(!said.out.contains(&refresh_token(&bench)), "{}", said.out);
    assert_eq!(
        std::fs::read_dir(bench.state_directory()).unwrap().count(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_speaks_german() {
    let bench = bench().await;
    let child = begun(&bench, &["--lang", "de"]).await;
    bench.control().approve_device(ANNA);
    let said = ended(&bench, child).await;
    assert!(said.out.contains("diesen Code eingeben"), "{}", said.out);
    assert!(
        said.out.contains("Angemeldet als anna.admin"),
        "{}",
        said.out
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_sign_in_keeps_nothing() {
    let bench = bench().await;
    let child = begun(&bench, &[]).await;
    bench.control().decline_device();
    let said = ended(&bench, child).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("was declined"), "{}", said.err);
    assert!(!file(&bench).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_nobody_enters_expires() {
    let bench = bench().await;
    let child = begun(&bench, &[]).await;
    bench.control().advance(Duration::from_mins(16));
    let said = ended(&bench, child).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("has expired"), "{}", said.err);
}

#[rstest]
#[case::conditional_access(53_003, On::Token, "Conditional Access", "read_with = \"application\"")]
#[case::no_public_flow(7_000_218, On::DeviceCode, "AADSTS7000218", "public client flows")]
#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_explained(
    #[case] code: u32,
    #[case] on: On,
    #[case] why: &str,
    #[case] do_: &str,
) {
    let bench = bench().await;
    bench
        .control()
        .fault(Fault::new(FaultKind::Entra { code }).on(on));
    let child = bench.program(&["login"]).spawn().unwrap();
    let said = ended(&bench, child).await;
    assert_eq!(said.code, Some(1));
    assert!(
        said.err.contains(why) && said.err.contains(do_),
        "{}",
        said.err
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_on_the_way_does_not_end_the_waiting() {
    let bench = bench().await;
    let fault = Fault::new(FaultKind::status(503)).on(On::Token).times(1);
    bench.control().fault(fault);
    sign_in(&bench).await;
}

/// Signed in, and configured to read as that user; the application may not read.
async fn delegated() -> Bench {
    let mut bench = bench().await;
    sign_in(&bench).await;
    "read_with = \"delegated\"".clone_into(&mut bench.tenant);
    bench.control().set_roles(&["User.Read.All"]);
    bench
}

async fn observed(bench: &Bench) -> Checks {
    bench.checks_with(&["--observe"]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn presence_is_read_as_the_user_and_the_next_refresh_token_is_kept() {
    let bench = delegated().await;
    let first = refresh_token(&bench);
    let checks = observed(&bench).await;
    assert_eq!(checks.code, Some(0), "{:#}", checks.all);
    checks.says("sign_in", ANNA, "");
    checks.says("presence", "Available/Available", "");
    let second = refresh_token(&bench);
    assert_ne!(first, second);
    // Each holds once: without the second, this would fail.
    assert_eq!(observed(&bench).await.code, Some(0));
    let snapshot = bench.program(&["snapshot", "--format", "csv"]);
    let said = bench.finish(snapshot).await;
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("Available"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn writing_stays_the_applications() {
    let bench = delegated().await;
    bench
        .checks()
        .await
        .only_failure("permissions", "lacks Presence.ReadWrite.All", "");
    bench
        .control()
        .set_roles(&["Presence.ReadWrite.All", "User.Read.All"]);
    let checks = bench
        .checks_with(&["--user", &bench.someone(), "--write"])
        .await;
    assert_eq!(checks.code, Some(0), "{:#}", checks.all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_sign_in_says_lampfield_login() {
    let bench = delegated().await;
    bench.control().revoke_sign_ins();
    let checks = observed(&bench).await;
    checks.only_failure("sign_in", "AADSTS700082", "lampfield login");
    assert_eq!(checks.status("presence"), "skipped");
    let said = bench.finish(bench.program(&["snapshot"])).await;
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("lampfield login"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signed_in_says_lampfield_login() {
    let mut bench = bench().await;
    "read_with = \"delegated\"".clone_into(&mut bench.tenant);
    let checks = observed(&bench).await;
    checks.only_failure("sign_in", "nobody has signed in yet", "lampfield login");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_others_can_read_is_refused() {
    let bench = delegated().await;
    std::fs::set_permissions(file(&bench), std::fs::Permissions::from_mode(0o644)).unwrap();
    let checks = observed(&bench).await;
    checks.only_failure("sign_in", "has mode 0644", "lampfield login");
}

/// Not the application lacks something, but the sign-in: what to add, and to sign in again.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_may_not_read_says_what_it_lacks() {
    let bench = delegated().await;
    let fault = Fault::new(FaultKind::RolesMissing).on(On::Presences);
    bench.control().fault(fault);
    let checks = observed(&bench).await;
    checks.only_failure(
        "presence",
        "lacks the delegated permission Presence.Read.All",
        "lampfield login",
    );
    let said = bench.finish(bench.program(&["snapshot"])).await;
    assert_eq!(said.code, Some(1));
    for part in ["delegated permission Presence.Read.All", "lampfield login"] {
        assert!(said.err.contains(part), "{}", said.err);
    }
    assert!(!said.err.contains("the application lacks"), "{}", said.err);
}

/// RFC 8628, 3.5: five seconds more from now on.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_wants_fewer_polls_gets_fewer() {
    use lampfield::clocks::SystemClock;
    use lampfield::graph::{DeviceSignIn, Polled};
    let bench = bench().await;
    let settings = graph_settings(&bench);
    let signer = DeviceSignIn::new(&settings, std::sync::Arc::new(SystemClock::new())).unwrap();
    let prompt = signer.begin().await.unwrap();
    let slow = Fault::new(FaultKind::SlowDown).on(On::Token).times(2);
    bench.control().fault(slow);
    let mut interval = prompt.interval;
    let mut waits = Vec::new();
    for _ in 0..3 {
        let polled = signer.poll(&prompt, interval).await.unwrap();
        let Polled::Wait(next) = polled else {
            panic!("{polled:?}");
        };
        interval = next;
        waits.push(interval.as_secs());
    }
    assert_eq!(waits, [6, 11, 11], "it stays so slow");
    bench.control().approve_device(ANNA);
    let polled = signer.poll(&prompt, interval).await.unwrap();
    assert!(matches!(polled, Polled::SignedIn(_)), "{polled:?}");
}

fn graph_settings(bench: &Bench) -> lampfield::graph::Settings {
    lampfield::graph::Settings {
        tenant_id: bench.tenant_id.clone(),
        client_id: bench.client_id.clone(),
        credential: lampfield::graph::Credential::Secret(bench.secret.as_str().into()),
        authority: bench.authority.parse().unwrap(),
        graph_base: bench.graph_base.parse().unwrap(),
        ca_pem: None,
        requests_per_30s: 1_500,
        timeouts: lampfield::graph::Timeouts::default(),
    }
}

/// Waits for something that another process does.
async fn until(holds: impl Fn() -> bool) {
    let waiting = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), waiting).await;
    assert!(in_time.is_ok(), "it never happened");
}
