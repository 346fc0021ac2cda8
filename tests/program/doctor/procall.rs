//! ProCall's side: files and UCServer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use lampfield::clocks::SystemClock;
use lampfield::simulator::ucserver::{
    Level, ServerCertificate, SimulatedUcServer, SimulatedUser, UcFaults, UcServerScene,
    UcServerVersion,
};
use rstest::rstest;

use super::bench::{Bench, PASSWORD, bench};

#[tokio::test(flavor = "multi_thread")]
async fn nobody_matched_is_named_with_an_example() {
    let mut bench = bench().await;
    let file = bench.home.path().join("users.csv");
    std::fs::write(
        &file,
        "user_name,display_name,phone\nanna,Anna,1\nbert,Bert,2\n",
    )
    .unwrap();
    bench.procall = "[procall]\nusers_file = \"users.csv\"".to_owned();
    let checks = bench.checks().await;
    checks.only_failure(
        "coverage",
        "0 of 2 matched",
        "must equal the user principal name",
    );
    assert!(checks.message("coverage").contains("anna, bert"));
    assert_eq!(checks.status("presence"), "skipped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_users_that_is_none_is_named() {
    let mut bench = bench().await;
    std::fs::write(bench.home.path().join("users.csv"), "name;phone\nanna;1\n").unwrap();
    bench.procall = "[procall]\nusers_file = \"users.csv\"".to_owned();
    let checks = bench.checks().await;
    checks.only_failure("procall_users", "has no column user_name", "users_file");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_users_that_is_not_there_is_a_fault_of_the_configuration() {
    let mut bench = bench().await;
    bench.procall = "[procall]\nusers_file = \"gone.csv\"".to_owned();
    let checks = bench.checks().await;
    assert_eq!(checks.code, Some(2));
    checks.says("configuration", "procall.users_file: ", "config check");
}

/// A UCServer with the users of the tenant, and a configuration that names it.
async fn ucserver(bench: &mut Bench, more: &str) -> SimulatedUcServer {
    ucserver_of(UcServerVersion::V2, bench, more).await
}

async fn ucserver_of(version: UcServerVersion, bench: &mut Bench, more: &str) -> SimulatedUcServer {
    let people = bench.control().matched();
    let users = people
        .iter()
        .take(5)
        .map(|person| SimulatedUser::new(&person.user_name, &person.display_name, &person.phone));
    let scene = UcServerScene {
        accounts: vec![("svc".to_owned(), PASSWORD.to_owned())],
        version,
        ..UcServerScene::new(users.collect())
    };
    let server = SimulatedUcServer::start(scene, Arc::new(SystemClock::new()))
        .await
        .unwrap();
    bench.procall = format!(
        "[procall]\nsource = \"ucserver\"\n[ucserver]\nurl = \"{}\"\nuser = \"svc\"\n\
         password_env = \"PASSWORD\"\n{more}",
        server.url()
    );
    server
}

const ADMIN: &str = "admin_user = \"admin\"\nadmin_password_file = \"admin.txt\"";

fn write_admin_password(bench: &Bench, password: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let file = bench.home.path().join("admin.txt");
    std::fs::write(&file, password).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_good_ucserver_is_green_and_left_without_a_trace(
    #[values(UcServerVersion::V1, UcServerVersion::V2, UcServerVersion::Mixed)]
    version: UcServerVersion,
) {
    let mut bench = bench().await;
    write_admin_password(&bench, "admin");
    let server = ucserver_of(version, &mut bench, ADMIN).await;
    let checks = bench.checks().await;
    assert_eq!(checks.code, Some(0), "{:#}", checks.all);
    for name in [
        "ucserver",
        "ucserver_login",
        "procall_users",
        "subscription",
        "rights",
        "native_teams",
        "coverage",
        "presence",
    ] {
        assert_eq!(checks.status(name), "ok", "{}", checks.message(name));
    }
    checks.says("ucserver", "protocol 70", "");
    checks.says("procall_users", "5 users", "");
    checks.says("rights", "0 of 5 users without the Teams right", "");
    let counts = server.counts();
    assert_eq!(
        (counts.absent_set, counts.challenges, counts.destroyed),
        (0, 0, 2)
    );
    assert_eq!((server.violations(), counts.sessions), (Vec::new(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_named_after_one_attempt() {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "").await;
    let with_other = bench.procall.replace("password_env", "password_file");
    bench.procall = with_other.replace("\"PASSWORD\"", "\"admin.txt\"");
    write_admin_password(&bench, "some-other-password");
    let checks = bench.checks().await;
    let why = "unknown user or wrong password (code 101)";
    checks.only_failure("ucserver_login", why, "Only one attempt");
    assert_eq!(server.counts().refused_logins, 1);
    let skipped = [
        "procall_users",
        "subscription",
        "rights",
        "native_teams",
        "coverage",
    ];
    assert!(checks.all_with("skipped").starts_with(&skipped));
    // Without ProCall nobody is matched, and nobody was named.
    assert_eq!(checks.status("presence"), "skipped");
}

#[rstest]
#[case::locked(129, "the account is locked", "Unlock")]
#[case::no_licence(103, "no licence is free", "licence")]
#[case::no_right(110, "log in via web services", "user administration")]
#[case::nobody_explains_it(111, "(code 111)", "user administration")]
#[case::nor_this(113, "(code 113)", "user administration")]
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_log_in_is_named(#[case] code: i64, #[case] why: &str, #[case] do_: &str) {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "").await;
    server.set_faults(UcFaults {
        login_error: Some(code),
        ..UcFaults::default()
    });
    bench
        .checks()
        .await
        .only_failure("ucserver_login", why, do_);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ucweb_without_basic_is_no_wrong_password() {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "").await;
    server.set_faults(UcFaults {
        negotiate_only: true,
        ..UcFaults::default()
    });
    let why = "Basic authentication is switched off";
    let checks = bench.checks().await;
    checks.only_failure("ucserver_login", why, "Allow Basic");
    assert_eq!(server.counts().refused_logins, 1);
}

/// On a server that cannot show what estos' own integration says, its call is one without a call.
#[tokio::test(flavor = "multi_thread")]
async fn in_a_call_without_a_call_is_named() {
    let mut bench = bench().await;
    write_admin_password(&bench, "admin");
    let server = ucserver(&mut bench, ADMIN).await;
    server.set_faults(UcFaults {
        old_names: true,
        ..UcFaults::default()
    });
    let name = bench.control().matched()[0].user_name.clone();
    server.set_teams_state(&name, Some(0x0400_0002));
    let checks = bench.checks().await;
    assert_eq!(checks.status("rights"), "warning");
    let why = "says that 1 user is in a call, but no call of the list explains it";
    checks.says("rights", why, "odd record");
    assert!(checks.message("rights").contains(&name));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_ucsid_is_named() {
    let mut bench = bench().await;
    let _server = ucserver(&mut bench, "ucsid = \"elsewhere\"").await;
    let checks = bench.checks().await;
    checks.only_failure("ucserver", "no UCServer is attached", "ucsid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ucserver_that_is_not_there_is_named() {
    let mut bench = bench().await;
    drop(ucserver(&mut bench, "").await);
    let checks = bench.checks().await;
    checks.only_failure("ucserver", "UCWeb cannot be reached", "7225");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_administrator_is_named() {
    let mut bench = bench().await;
    write_admin_password(&bench, "not-admin");
    let _server = ucserver(&mut bench, ADMIN).await;
    let checks = bench.checks().await;
    checks.only_failure(
        "procall_users",
        "refused the administrator",
        "users = \"admin\"",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_monitor_group_is_named() {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "").await;
    server.set_monitor_group(Vec::new());
    let checks = bench.checks().await;
    checks.only_failure(
        "procall_users",
        "no administrative monitor group",
        "\"monitor\"",
    );
}

/// The configuration's address of UCServer becomes another.
fn elsewhere(bench: &mut Bench, server: &SimulatedUcServer, url: &str) {
    bench.procall = bench.procall.replace(&server.url(), url);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_without_tls_is_named() {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "").await;
    let url = server.url().replace("http:", "https:");
    elsewhere(&mut bench, &server, &url);
    let checks = bench.checks().await;
    checks.only_failure("ucserver", "this port speaks no TLS", "7224");
}

/// What a server of old answers to a hello that it does not understand.
#[rstest]
#[case::tls_1_0_alone(70, "only an old TLS", "Allow TLS 1.2")]
#[case::a_key_that_we_do_not_know(40, "no cipher or kind of key in common", "2048")]
#[case::whoever_connects_is_to_show_a_certificate(116, "wants a certificate", "switch that off")]
#[tokio::test(flavor = "multi_thread")]
async fn a_tls_that_is_not_ours_is_named(#[case] alert: u8, #[case] why: &str, #[case] do_: &str) {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "").await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let fatal = [21, 3, 1, 0, 2, 2, alert];
            let mut hello = [0; 2_048];
            let _ = stream
                .read(&mut hello)
                .and_then(|_| stream.write_all(&fatal));
        }
    });
    elsewhere(&mut bench, &server, &url);
    bench.checks().await.only_failure("ucserver", why, do_);
}

/// Graph's port, say: nothing but a UCWeb is told the password.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_ucweb_gets_no_password() {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "").await;
    let url = bench.authority.clone();
    elsewhere(&mut bench, &server, &url);
    bench.control().forget_requests();
    let checks = bench.checks().await;
    checks.only_failure("ucserver", "the password was not sent", "url");
    let asked = bench.control().requests();
    let asked: Vec<_> = asked.iter().filter(|r| r.path.contains("/ws/")).collect();
    assert!(
        asked.iter().all(|r| r.path.contains("ucserverversion")),
        "{asked:?}"
    );
}

fn certificate() -> ServerCertificate {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    ServerCertificate {
        certificate_pem: made.cert.pem(),
        key_pem: made.signing_key.serialize_pem(),
    }
}

#[rstest]
#[case::unknown("", "is not trusted", "pin_sha256")]
#[case::renewed(&format!("pin_sha256 = \"{}\"", "ab".repeat(32)), "another certificate", "Was it renewed?")]
#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_is_not_trusted_is_named(
    #[case] more: &str,
    #[case] why: &str,
    #[case] do_: &str,
) {
    let mut bench = bench().await;
    let plain = ucserver(&mut bench, more).await;
    let scene = UcServerScene {
        certificate: Some(certificate()),
        ..UcServerScene::new(Vec::new())
    };
    let secure = SimulatedUcServer::start(scene, Arc::new(SystemClock::new()))
        .await
        .unwrap();
    elsewhere(&mut bench, &plain, &secure.url());
    bench.checks().await.only_failure("ucserver", why, do_);
    assert_eq!(secure.counts().refused_logins, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_whose_presence_may_not_be_set_are_named_and_nothing_is_set() {
    let mut bench = bench().await;
    let server = ucserver(&mut bench, "write_presence = true").await;
    let someone = bench.control().matched()[1].user_name.clone();
    server.set_level(&someone, Level::Business);
    let checks = bench.checks().await;
    assert_eq!(checks.code, Some(0), "{:#}", checks.all);
    assert_eq!(checks.all_with("warning"), ["rights"]);
    checks.says("rights", &someone, "Team or Personal");
    let counts = server.counts();
    assert_eq!((counts.absent_set, counts.absent_read), (0, 0));
}
