//! The configuration file as a whole: what is taken, what is refused, and in which words.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use rstest::rstest;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::super::example::EXAMPLE;
use super::super::keys::KEYS;
use super::super::model::{Cloud, Credential, LogLevel, Observe, UcUsers};
use super::*;

const GOOD_TENANT: &str = r#"
[tenant]
tenant_id = "contoso.onmicrosoft.com"
client_id = "7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b"
client_secret_env = "SECRET"
"#;

const GOOD_PROCALL: &str = "[procall]\nusers_file = \"users.csv\"\n";

/// A directory with the files that the tests name, and an environment in it.
fn place() -> (TempDir, Environment) {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    write("users.csv", "user_name,display_name,phone\n");
    write(
        "cert.pem",
        "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    );
    for (name, text) in [
        (
            "key.pem",
            "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
        ),
        (
            "encrypted.pem",
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n",
        ),
        ("secret", "s3cr3t-in-file\n"),
        ("empty", "\n"),
    ] {
        write(name, text);
        private(&directory.path().join(name), 0o600);
    }
    write("open-secret", "s3cr3t-for-all\n");
    private(&directory.path().join("open-secret"), 0o644);
    let home = directory.path().to_str().unwrap().to_owned();
    let env = Environment::new(
        directory.path(),
        [("SECRET", "s3cr3t"), ("HOME", home.as_str())],
    );
    (directory, env)
}

fn private(file: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

fn parsed(text: &str) -> Result<Config, Faults> {
    let (_directory, env) = place();
    parse(Path::new("lampfield.toml"), text, &env)
}

fn faults(text: &str) -> String {
    parsed(text).unwrap_err().report()
}

#[test]
fn the_least_configuration_has_the_documented_defaults() {
    let (directory, env) = place();
    let text = format!("{GOOD_TENANT}{GOOD_PROCALL}");
    let config = parse(Path::new("lampfield.toml"), &text, &env).unwrap();
    assert_eq!(config.tenant.cloud, Cloud::Global);
    assert_eq!(
        config.tenant.authority.as_str(),
        "https://login.microsoftonline.com/"
    );
    assert_eq!(
        config.tenant.graph_base.as_str(),
        "https://graph.microsoft.com/v1.0"
    );
    assert_eq!(config.poll, Poll::default());
    assert_eq!(config.poll.interval, Duration::from_secs(5));
    assert_eq!(config.set, Set::default());
    assert_eq!(config.log, Log::in_directory(directory.path().join("logs")));
    assert_eq!(
        config.state.directory,
        directory.path().join(".local/state/lampfield")
    );
    let Procall::File(source) = &config.procall else {
        panic!("{:?}", config.procall);
    };
    assert_eq!(source.users_file, directory.path().join("users.csv"));
    assert!(config.console.is_none());
}

#[test]
fn every_value_arrives() {
    let config = parsed(
        r#"
[tenant]
tenant_id = "b1c6b8f0-0f0f-4c43-9c57-0d3d3c4b5a69"
client_id = "7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b"
certificate_file = "cert.pem"
private_key_file = "key.pem"
cloud = "us-gov-l5"
authority = "http://127.0.0.1:8443/"
ca_file = "cert.pem"
[poll]
interval = "1m30s"
requests_per_30s = 10_000
[set]
enabled = false
expiration = "5m"
renew_before = "90s"
[procall]
users_file = "users.csv"
events_file = "calls.jsonl"
presence_out = "procall.jsonl"
[log]
directory = "/var/log/lampfield"
level = "debug"
max_size_mb = 1
keep = 1000
archive = true
system_log = false
follow = "/srv/*.log"
[state]
directory = "state"
[console]
theme = "mono"
[console.keys]
quit = "x"
"#,
    )
    .unwrap();
    assert!(matches!(
        config.tenant.credential,
        Credential::Certificate { .. }
    ));
    assert_eq!(
        config.tenant.graph_base.as_str(),
        "https://dod-graph.microsoft.us/v1.0"
    );
    assert_eq!(config.tenant.authority.as_str(), "http://127.0.0.1:8443/");
    assert_eq!(config.poll.interval, Duration::from_secs(90));
    assert_eq!(config.poll.requests_per_30s, 10_000);
    assert_eq!(config.set.observe, Some(Observe::Config));
    assert_eq!(config.set.renew_before, Duration::from_secs(90));
    assert_eq!(config.log.level, LogLevel::Debug);
    assert_eq!((config.log.max_size_mb, config.log.keep), (1, 1000));
    assert!(config.log.archive && !config.log.system_log);
    assert_eq!(config.log.follow.as_deref(), Some("/srv/*.log"));
    let console = config.console.unwrap();
    assert_eq!(console.table["keys"]["quit"].as_str(), Some("x"));
    assert_eq!(console.lines["theme"], 32);
    assert_eq!(console.lines["keys.quit"], 34);
}

#[test]
fn a_ucserver_is_taken_with_all_its_keys() {
    let pin = "ab".repeat(32);
    let config = parsed(&format!(
        r#"{GOOD_TENANT}
[procall]
source = "ucserver"
[ucserver]
url = "https://ucserver.example:7225"
ucsid = "site2"
user = "lampfield"
password_file = "secret"
admin_user = "administrator"
admin_password_env = "SECRET"
ca_file = "cert.pem"
pin_sha256 = "{pin}"
users = "list"
contacts = ["sip:anna@contoso.com"]
write_presence = true
despite_native = true
"#
    ))
    .unwrap();
    let Procall::UcServer(server) = config.procall else {
        panic!("{:?}", config.procall);
    };
    assert_eq!(server.password.expose_secret(), "s3cr3t-in-file");
    assert_eq!(
        server.admin.as_ref().map(|(user, _)| user.as_str()),
        Some("administrator")
    );
    assert_eq!(server.pin_sha256, Some([0xab; 32]));
    assert!(matches!(&server.users, UcUsers::List(list) if list.len() == 1));
    assert!(server.write_presence && server.despite_native);
    assert!(!format!("{server:?}").contains("s3cr3t"));
}

#[rstest]
#[case::common("tenant_id = \"common\"", "needs one certain tenant")]
#[case::organizations("tenant_id = \"Organizations\"", "needs one certain tenant")]
#[case::no_domain(
    "tenant_id = \"contoso\"",
    "expected the tenant's GUID or one of its domains"
)]
#[case::client(
    "client_id = \"lampfield\"",
    "tenant.client_id: expected the application (client) id, a GUID"
)]
#[case::china("cloud = \"china\"", "Microsoft Graph has no presence in China")]
#[case::cloud("cloud = \"us-gov-l6\"", "did you mean \"us-gov-l4\"?")]
#[case::http(
    "graph_base = \"http://graph.microsoft.com/v1.0\"",
    "http to another machine"
)]
#[case::version("graph_base = \"https://graph.microsoft.com\"", "add /v1.0")]
#[case::path(
    "authority = \"https://login.microsoftonline.com/common\"",
    "a URL with a path"
)]
#[case::user(
    "authority = \"https://me:pw@login.microsoftonline.com\"",
    "user name or password"
)]
#[case::unset("client_secret_env = \"NOT_SET\"", "is not set, or empty")]
#[case::two(
    "client_secret_file = \"secret\"\nclient_secret_env = \"SECRET\"",
    "a second credential"
)]
#[case::open_file("client_secret_file = \"open-secret\"", "chmod 600")]
#[case::no_file("client_secret_file = \"nowhere\"", "cannot be read")]
#[case::empty_file("client_secret_file = \"empty\"", "the file is empty")]
#[case::directory("client_secret_file = \".\"", "this is not a file")]
#[case::half(
    "certificate_file = \"cert.pem\"",
    "tenant.private_key_file: missing beside certificate_file"
)]
#[case::key(
    "certificate_file = \"cert.pem\"\nprivate_key_file = \"encrypted.pem\"",
    "openssl pkey"
)]
#[case::pem(
    "certificate_file = \"users.csv\"\nprivate_key_file = \"key.pem\"",
    "-----BEGIN CERTIFICATE-----"
)]
#[case::literal("client_secret = \"s3cr3t\"", "a secret does not belong in this file")]
#[case::number("client_id = 7", "found 7")]
#[case::typo(
    "tenat_id = \"x\"",
    "tenant.tenat_id: unknown key; did you mean tenant_id?"
)]
fn a_wrong_tenant_is_refused_with_the_reason(#[case] line: &str, #[case] reason: &str) {
    let key = |line: &str| line.split(" =").next().unwrap_or_default().to_owned();
    let replaced: Vec<_> = line.lines().map(key).collect();
    let credential = line.contains("_file") || line.contains("_env");
    let kept = GOOD_TENANT.lines().filter(|good| {
        let other_credential = credential && good.starts_with("client_secret");
        !other_credential && !replaced.contains(&key(good))
    });
    let kept: Vec<_> = kept.collect();
    let report = faults(&format!("{}\n{line}\n{GOOD_PROCALL}", kept.join("\n")));
    assert!(report.contains(reason), "{report}");
    assert_eq!(report.lines().count(), 1, "{report}");
    assert!(
        !report.contains("s3cr3t") && !report.contains("pw@"),
        "{report}"
    );
}

#[rstest]
#[case(
    "[poll]\ninterval = \"500ms\"",
    "poll.interval: expected a duration from \"1s\" to \"10m\"; found \"500ms\""
)]
#[case("[poll]\ninterval = \"11m\"", "found \"11m\"")]
#[case("[poll]\ninterval = 5", "found 5")]
#[case(
    "[poll]\nrequests_per_30s = 0",
    "expected a whole number from 1 to 10000; found 0"
)]
#[case("[poll]\nrequests_per_30s = -1", "found -1")]
#[case("[poll]\nrequests_per_30s = 1.5", "found 1.5")]
#[case("[set]\nexpiration = \"10m\"", "\"5m\", the only value that holds")]
#[case("[set]\nrenew_before = \"5m\"", "less than set.expiration")]
#[case("[set]\nenabled = \"yes\"", "expected true or false; found a text")]
#[case("[log]\nlevel = \"inof\"", "did you mean \"info\"?")]
#[case("[log]\nmax_size_mb = 1025", "from 1 to 1024")]
#[case("[log]\nkeep = 0", "from 1 to 1000")]
#[case("[log]\nfollow = \"\"", "found an empty text")]
#[case(
    "[log]\ninterval = \"5s\"",
    "log.interval: this key belongs under [poll]"
)]
#[case("[pol]\ninterval = \"5s\"", "pol: unknown table; did you mean [poll]?")]
#[case("[[poll]]\ninterval = \"5s\"", "expected a table: a line [poll]")]
#[case(
    "[ucserver]\nuser = \"x\"\npassword = \"s3cr3t\"",
    "password_env or password_file"
)]
fn a_wrong_value_is_refused_with_what_is_expected(#[case] table: &str, #[case] reason: &str) {
    let report = faults(&format!("{GOOD_TENANT}{GOOD_PROCALL}{table}\n"));
    assert!(report.contains(reason), "{report}");
    assert_eq!(report.lines().count(), 1, "{report}");
    assert!(!report.contains("s3cr3t"), "{report}");
}

#[rstest]
#[case("", "procall.users_file: missing (needed by source = \"file\")")]
#[case("users_file = \"nobody.csv\"", "nobody.csv cannot be read")]
#[case(
    "users_file = \"users.csv\"\npresence_out = \"no/where.jsonl\"",
    "the directory of this file does not exist"
)]
#[case(
    "source = \"files\"\nusers_file = \"users.csv\"",
    "did you mean \"file\"?"
)]
fn a_wrong_source_is_refused(#[case] keys: &str, #[case] reason: &str) {
    let report = faults(&format!("{GOOD_TENANT}[procall]\n{keys}\n"));
    assert!(report.contains(reason), "{report}");
}

#[rstest]
#[case("", &["ucserver.url: missing", "ucserver.user: missing", "ucserver.password_env: missing (or password_file)"])]
#[case("url = \"http://ucserver:7224\"\nuser = \"a\"\npassword_env = \"SECRET\"", &["http to another machine"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\nusers = \"admin\"", &["ucserver.admin_user: missing"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\nusers = \"list\"", &["ucserver.contacts: missing"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\npin_sha256 = \"12\"", &["64 hexadecimal digits"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\nadmin_user = \"x\"", &["ucserver.admin_password_env: missing"])]
#[case("url = \"https://u\"\nuser = \"a\"\npassword_env = \"SECRET\"\ncontacts = [\"sip:a\", 3]", &["found 3"])]
fn a_wrong_ucserver_is_refused(#[case] keys: &str, #[case] reasons: &[&str]) {
    let text = format!("{GOOD_TENANT}[procall]\nsource = \"ucserver\"\n[ucserver]\n{keys}\n");
    let report = faults(&text);
    assert_eq!(report.lines().count(), reasons.len(), "{report}");
    for reason in reasons {
        assert!(report.contains(reason), "{report}");
    }
}

#[test]
fn every_fault_is_named_in_the_order_of_the_file() {
    let report = faults(
        "[tenant]\ntenant_id = \"common\"\nclient_id = 'x'\n\n[poll]\nintervall = \"5s\"\n  interval = \"0s\"\n[set]\nenabled = 1\n",
    );
    let places: Vec<_> = report
        .lines()
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        places,
        [
            "lampfield.toml:1:1 procall.users_file",
            "lampfield.toml:1:2 tenant",
            "lampfield.toml:2:13 tenant.tenant_id",
            "lampfield.toml:3:13 tenant.client_id",
            "lampfield.toml:6:1 poll.intervall",
            "lampfield.toml:7:14 poll.interval",
            "lampfield.toml:9:11 set.enabled",
        ]
    );
}

#[test]
fn syntax_errors_name_their_line_and_never_its_content() {
    let report =
        faults("[tenant]\nclient_secret = \"s3cr3t\nclient_id = 3\n[poll]\ninterval = 's'\n");
    assert!(report.contains("lampfield.toml:2:"), "{report}");
    assert!(report.contains("not TOML"), "{report}");
    assert!(!report.contains("s3cr3t"), "{report}");
    assert!(
        !report.contains("missing"),
        "what seems missing may be there: {report}"
    );
    assert!(
        report.contains("poll.interval"),
        "the rest is checked all the same: {report}"
    );
}

#[test]
fn a_secret_in_the_wrong_key_is_not_repeated() {
    for key in [
        "client_secret_env",
        "client_secret_file",
        "client_id",
        "tenant_id",
    ] {
        let report = faults(&format!("[tenant]\n{key} = \"aB8~s3cr3t\"\n"));
        assert!(!report.contains("s3cr3t"), "{report}");
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_do_no_harm() {
    let text = format!("\u{feff}{GOOD_TENANT}{GOOD_PROCALL}").replace('\n', "\r\n");
    parsed(&text).unwrap();
    let report = faults(&text.replace("contoso.onmicrosoft.com", "common"));
    assert!(report.starts_with("lampfield.toml:3:13: "), "{report}");
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_line() {
    let (directory, env) = place();
    fs::write(
        directory.path().join("bad.toml"),
        b"[tenant]\ntenant_id = \"\xe4\"\n",
    )
    .unwrap();
    let report = load(Path::new("bad.toml"), &env).unwrap_err().report();
    assert_eq!(
        report,
        "bad.toml: line 2 is not UTF-8; save the file as UTF-8"
    );
}

#[test]
fn the_search_goes_from_near_to_far() {
    let (directory, _) = place();
    let path = |name: &str| directory.path().join(name);
    let home = directory.path().to_str().unwrap();
    let env = Environment::new(directory.path(), [("XDG_CONFIG_HOME", home)]);
    fs::create_dir(path("lampfield")).unwrap();
    fs::write(path("lampfield/lampfield.toml"), "").unwrap();
    assert_eq!(
        find(None, &env),
        Ok(Found::File(path("lampfield/lampfield.toml")))
    );
    fs::write(path("lampfield.toml"), "").unwrap();
    assert_eq!(find(None, &env), Ok(Found::File(path("lampfield.toml"))));
    let env = Environment::new(directory.path(), [("LAMPFIELD_CONFIG", "users.csv")]);
    assert_eq!(find(None, &env), Ok(Found::File("users.csv".into())));
    assert_eq!(
        find(Some(Path::new("key.pem")), &env),
        Ok(Found::File("key.pem".into()))
    );
}

#[rstest]
#[case(Some("gone.toml"), &[], "--config")]
#[case(None, &[("LAMPFIELD_CONFIG", "gone.toml")], "LAMPFIELD_CONFIG")]
fn a_file_that_was_named_must_be_there(
    #[case] named: Option<&str>,
    #[case] vars: &[(&str, &str)],
    #[case] by: &str,
) {
    let env = Environment::new("/", vars.iter().copied());
    let message = find(named.map(Path::new), &env).unwrap_err().to_string();
    assert!(
        message.starts_with("gone.toml: cannot be read"),
        "{message}"
    );
    assert!(message.contains(by), "{message}");
}

#[test]
fn flags_go_before_the_file() {
    let config = parsed(&format!("{GOOD_TENANT}{GOOD_PROCALL}")).unwrap();
    let config = config.with_flags(true, Some(LogLevel::Trace));
    assert_eq!(config.set.observe, Some(Observe::Flag));
    assert_eq!(config.log.level, LogLevel::Trace);
}

#[test]
fn debug_shows_no_secret() {
    let config = parsed(&format!("{GOOD_TENANT}{GOOD_PROCALL}")).unwrap();
    let Credential::Secret(secret) = &config.tenant.credential else {
        panic!("no secret");
    };
    assert_eq!(secret.expose_secret(), "s3cr3t");
    assert!(!format!("{config:?}").contains("s3cr3t"));
}

/// The example with the keys that one has to fill in, and with every comment that is a key.
fn filled_example(source: &str) -> String {
    let is_key = |line: &str| {
        KEYS.iter()
            .any(|key| line.starts_with(&format!("{} = ", key.name)))
    };
    let lines = EXAMPLE.lines().map(|line| {
        let bare = line.strip_prefix("# ").filter(|bare| is_key(bare));
        bare.unwrap_or(line)
    });
    // One of each group of alternatives, and files that exist.
    let dropped = [
        "client_secret_env",
        "client_secret_file",
        "password_env",
        "admin_password_env",
    ];
    let kept = lines.filter(|line| {
        let name = line.split(" =").next().unwrap_or_default();
        !dropped.contains(&name)
    });
    kept.collect::<Vec<_>>()
        .join("\n")
        .replace("tenant_id = \"\"", "tenant_id = \"contoso.com\"")
        .replace(
            "client_id = \"\"",
            "client_id = \"7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b\"",
        )
        .replace("source = \"file\"", &format!("source = \"{source}\""))
        .replace("lampfield.crt", "cert.pem")
        .replace("lampfield.key", "key.pem")
        .replace("proxy-ca.pem", "cert.pem")
        .replace("ucserver-ca.pem", "cert.pem")
        .replace("\"ucserver-password\"", "\"secret\"")
        .replace("ucserver-admin-password", "secret")
}

#[rstest]
fn the_example_holds_with_every_key_in_force(#[values("file", "ucserver")] source: &str) {
    parsed(&filled_example(source)).unwrap_or_else(|faults| panic!("{}", faults.report()));
}

#[test]
fn the_example_as_written_lacks_only_what_nobody_else_can_know() {
    let report = faults(&EXAMPLE.replace("users.csv", "mine.csv"));
    let keys: Vec<_> = report
        .lines()
        .filter_map(|line| line.split(": ").nth(1))
        .collect();
    let lacking = [
        "tenant.tenant_id",
        "tenant.client_id",
        "tenant.client_secret_env",
        "procall.users_file",
    ];
    assert_eq!(keys, lacking);
}

#[test]
fn the_example_has_every_key_under_its_table() {
    let mut section = String::new();
    let mut found = BTreeSet::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            name.clone_into(&mut section);
        }
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if let Some((name, _)) = bare.split_once(" = ") {
            found.insert(format!("{section}.{name}"));
        }
    }
    for key in KEYS {
        assert!(
            found.contains(&key.path()),
            "{} is not in the example",
            key.path()
        );
    }
}

/// What the code asks for and what the table of keys knows are the same.
#[test]
fn every_key_that_is_known_is_read() {
    let (_directory, env) = place();
    let mut asked = BTreeSet::new();
    let secret = format!("{GOOD_TENANT}{GOOD_PROCALL}");
    let file = "[tenant]\nclient_secret_file = \"secret\"\n".to_owned();
    for text in [
        secret,
        file,
        filled_example("file"),
        filled_example("ucserver"),
    ] {
        let (root, _) = DeTable::parse_recoverable(&text);
        let file = Path::new("lampfield.toml");
        let mut reader = Reader::new(file, &text, root.get_ref(), &env, Vec::new());
        Sections::read(&mut reader);
        asked.extend(reader.finish().1);
    }
    let known: BTreeSet<_> = KEYS.iter().map(|key| (key.section, key.name)).collect();
    assert_eq!(asked, known);
}
