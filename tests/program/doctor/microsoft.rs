//! Microsoft's side, and this machine's.

use lampfield::simulator::{Fault, FaultKind, On};
use rstest::rstest;

use super::bench::{Checks, bench, said};

#[tokio::test(flavor = "multi_thread")]
async fn a_good_configuration_is_all_green_and_nothing_is_written() {
    let bench = bench().await;
    let checks = bench.checks().await;
    assert_eq!((checks.code, &checks.all["ok"]), (Some(0), &true.into()));
    let green = checks.all_with("ok");
    assert_eq!(green.len(), checks.all["checks"].as_array().unwrap().len());
    assert_eq!(
        green,
        [
            "configuration",
            "bridge",
            "credential",
            "dns",
            "connection",
            "clock",
            "token",
            "permissions",
            "directory",
            "procall_users",
            "coverage",
            "presence",
            "state",
            "log"
        ]
    );
    assert!(bench.control().writes().is_empty());
}

#[rstest]
#[case::wrong_secret(7_000_215, "the client secret is wrong (AADSTS7000215)", "secret's ID")]
#[case::expired_secret(7_000_222, "the client secret expired", "Create a new one")]
#[case::conditional_access(53_003, "Conditional Access", "exclude the application")]
#[case::no_consent(
    65_001,
    "an administrator has not consented",
    "/adminconsent?client_id="
)]
#[case::disabled(7_000_112, "disabled in the tenant", "Enterprise applications")]
#[tokio::test(flavor = "multi_thread")]
async fn entras_refusal_is_named(#[case] code: u32, #[case] why: &str, #[case] do_: &str) {
    let bench = bench().await;
    let fault = Fault::new(FaultKind::Entra { code }).on(On::Token);
    bench.control().fault(fault);
    let checks = bench.checks().await;
    checks.only_failure("token", why, do_);
    let skipped = ["permissions", "directory", "coverage", "presence"];
    assert_eq!(checks.all_with("skipped"), skipped);
    assert_eq!(
        checks.message("coverage"),
        "skipped because \"Token\" failed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_named_and_not_shown() {
    let mut bench = bench().await;
    bench.secret = "not-the-right-one~1234".to_owned();
    let checks = bench.checks().await;
    checks.only_failure("token", "client secret is wrong", "secret's ID");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_client_id_is_named() {
    let mut bench = bench().await;
    bench.client_id = "7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b".to_owned();
    let checks = bench.checks().await;
    checks.only_failure("token", "does not know the application", "client_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_tenant_is_named() {
    let mut bench = bench().await;
    bench.tenant_id = "7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b".to_owned();
    let checks = bench.checks().await;
    checks.only_failure("token", "there is no such tenant", "tenant_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_permission_is_named_with_the_consent_url() {
    let bench = bench().await;
    bench.control().set_roles(&["User.Read.All"]);
    let checks = bench.checks().await;
    assert_eq!(checks.all_with("failed"), ["permissions", "presence"]);
    let url = format!(
        "{}/{}/adminconsent?client_id={}",
        bench.authority, bench.tenant_id, bench.client_id
    );
    checks.says("permissions", "lacks Presence.ReadWrite.All", &url);
    checks.says("presence", "Presence.Read.All", &url);
}

#[tokio::test(flavor = "multi_thread")]
async fn observing_needs_no_permission_to_write() {
    let bench = bench().await;
    bench
        .control()
        .set_roles(&["Presence.Read.All", "User.Read.All"]);
    let checks = bench.checks_with(&["--observe"]).await;
    assert_eq!(checks.code, Some(0), "{:#}", checks.all);
    bench
        .checks()
        .await
        .only_failure("permissions", "lacks Presence.ReadWrite.All", "");
}

/// It works, but what it shows of a user is not enough to tell who is disabled.
#[tokio::test(flavor = "multi_thread")]
async fn the_basic_permission_on_users_does_with_a_warning() {
    let bench = bench().await;
    let roles = ["Presence.ReadWrite.All", "User.ReadBasic.All"];
    bench.control().set_roles(&roles);
    let checks = bench.checks().await;
    assert_eq!(checks.code, Some(0), "{:#}", checks.all);
    assert_eq!(checks.all_with("warning"), ["permissions"]);
    assert_eq!(checks.status("directory"), "ok");
    assert_eq!(checks.status("presence"), "ok");
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_that_nobody_needs_are_a_warning() {
    let bench = bench().await;
    let roles = ["Presence.ReadWrite.All", "User.Read.All", "Mail.ReadWrite"];
    bench.control().set_roles(&roles);
    let checks = bench.checks().await;
    assert_eq!(
        (checks.code, checks.status("permissions")),
        (Some(0), "warning")
    );
    checks.says("permissions", "more than needed: Mail.ReadWrite", "steals");
}

#[rstest]
#[case::ahead(-600, "ahead of")]
#[case::behind(600, "behind")]
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_clock_is_named(#[case] seconds: i32, #[case] side: &str) {
    let bench = bench().await;
    bench
        .control()
        .fault(Fault::new(FaultKind::ClockSkew { seconds }));
    let checks = bench.checks().await;
    checks.only_failure("clock", side, "NTP");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxys_page_is_recognised() {
    let bench = bench().await;
    bench
        .control()
        .fault(Fault::new(FaultKind::Html { status: 200 }));
    let checks = bench.checks().await;
    checks.only_failure(
        "connection",
        "a proxy, firewall or portal answered",
        "unchanged",
    );
    assert_eq!(
        checks.message("token"),
        "skipped because \"Connection\" failed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_listening_is_named() {
    let mut bench = bench().await;
    bench.graph_base = format!("http://127.0.0.1:{}/v1.0", free_port());
    let checks = bench.checks().await;
    checks.only_failure("connection", "nobody listens there", "port 443");
    assert!(
        checks
            .message("connection")
            .starts_with("Graph (127.0.0.1)")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_an_address_is_named() {
    let mut bench = bench().await;
    bench.authority = "https://login.invalid".to_owned();
    let checks = bench.checks().await;
    checks.only_failure("dns", "login.invalid has no address", "resolv.conf");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_of_the_environment_is_named_without_its_password() {
    let mut bench = bench().await;
    bench.authority = "https://login.invalid".to_owned();
    let proxy = format!("http://user:hidden-pw@127.0.0.1:{}", free_port());
    let mut command = bench.command(&["--format", "json"]);
    command.env("HTTPS_PROXY", &proxy);
    let said = bench.finish(command).await;
    assert!(!said.out.contains("hidden-pw"), "{}", said.out);
    let checks = Checks::from_output(&said);
    checks.says("dns", "(HTTPS_PROXY)", "");
    checks.only_failure("connection", "nobody listens there", "HTTPS_PROXY");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_directory_is_named() {
    let bench = bench().await;
    bench.control().fault(Fault::new(FaultKind::EmptyDirectory));
    let checks = bench.checks().await;
    checks.only_failure("directory", "names no user at all", "tenant_id");
    assert_eq!(checks.all_with("skipped"), ["coverage", "presence"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn directories_that_cannot_be_written_are_named() {
    let mut bench = bench().await;
    // Not even root may make a directory there.
    bench.state = "/proc/lampfield-state".to_owned();
    bench.log = "/proc/lampfield-logs".to_owned();
    let checks = bench.checks().await;
    assert_eq!(checks.all_with("failed"), ["state", "log"]);
    checks.says(
        "state",
        "/proc/lampfield-state cannot be written",
        "[state] directory",
    );
    checks.says(
        "log",
        "/proc/lampfield-logs cannot be written",
        "[log] directory",
    );
}

/// A file may not grow beyond 512 bytes, for the kernel says so: what a full disk looks like.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named() {
    let bench = bench().await;
    let program = bench.command(&[]);
    let doctor = format!(
        "ulimit -f 1; exec {} --lang en doctor --format json",
        env!("CARGO_BIN_EXE_lampfield")
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &doctor]).env_clear();
    command.current_dir(program.get_current_dir().unwrap());
    for (name, value) in program.get_envs() {
        command.env(name, value.unwrap());
    }
    let checks = Checks::from_output(&bench.finish(command).await);
    assert_eq!(checks.all_with("failed"), ["state", "log"]);
    checks.says("state", "state cannot be written", "[state] directory");
    checks.says("log", "logs cannot be written", "[log] directory");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_configuration_is_the_first_check_with_all_its_faults() {
    let mut bench = bench().await;
    bench.tenant_id = "common".to_owned();
    bench.client_id = "the app".to_owned();
    let said = bench.doctor(&["--format", "json"]).await;
    assert_eq!(said.code, Some(2));
    let checks = Checks::from_output(&said);
    for fault in [
        "has 2 faults",
        "tenant.tenant_id: expected",
        "tenant.client_id: expected",
    ] {
        checks.says("configuration", fault, "config check");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_configuration_it_says_how_to_get_one() {
    let bench = bench().await;
    let mut command = bench.command(&[]);
    std::fs::remove_file(bench.home.path().join("lampfield.toml")).unwrap();
    command.env("XDG_CONFIG_HOME", bench.home.path().join("none"));
    let said = bench.finish(command).await;
    assert_eq!(said.code, Some(2));
    assert!(said.out.starts_with("✗ Configuration"), "{}", said.out);
    assert!(said.out.contains("lampfield config init"), "{}", said.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_it_in_their_language() {
    let bench = bench().await;
    let fault = Fault::new(FaultKind::Entra { code: 7_000_222 });
    bench.control().fault(fault);
    let german = bench.doctor(&["--lang", "de"]).await.out;
    assert!(german.contains("✗ Token"), "{german}");
    assert!(
        german.contains("der geheime Clientschlüssel ist abgelaufen"),
        "{german}"
    );
    assert!(
        german.contains("übersprungen, weil „Token“ fehlgeschlagen ist"),
        "{german}"
    );
    let plain = bench.doctor(&["--lang", "de", "--ascii"]).await.out;
    assert!(plain.contains("x Token") && plain.is_ascii(), "{plain}");
}

#[test]
fn the_demo_is_all_green() {
    let home = tempfile::tempdir().unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_lampfield"))
        .args(["--demo", "doctor", "--lang", "en"])
        .env("HOME", home.path())
        .output()
        .unwrap();
    let said = said(&output, &[]);
    assert_eq!(said.code, Some(0), "{}\n{}", said.out, said.err);
    assert!(said.out.ends_with("\nAll is well.\n"), "{}", said.out);
    let marks: Vec<_> = said
        .out
        .lines()
        .filter(|line| line.starts_with('✓'))
        .collect();
    assert!(marks.len() >= 13, "{}", said.out);
}

/// A port on which nobody listens.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
