//! The configuration file as a whole: what is taken, what is refused, and in which words.

use std::fs;
use std::time::Duration;

use rstest::rstest;
use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::super::cloud::Cloud;
use super::super::model::{LogLevel, Observe};
use super::super::ucserver::{UcConversation, UcTrust, UcUsers};
use super::*;
use graph::Credential;

mod example;
mod refused;

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
        ("webhook", "https://alerts.example/lampfield\n"),
    ] {
        write(name, text);
        private(&directory.path().join(name), 0o600);
    }
    fs::create_dir(directory.path().join("credentials")).unwrap();
    for (name, mode) in [
        ("open-secret", 0o644),
        ("group-secret", 0o440),
        ("credentials/for-the-service", 0o440),
        ("credentials/for-all", 0o444),
    ] {
        write(name, "s3cr3t-for-others\n");
        private(&directory.path().join(name), mode);
    }
    let home = directory.path().to_str().unwrap().to_owned();
    let credentials = format!("{home}/credentials");
    let env = Environment::new(
        directory.path(),
        [
            ("SECRET", "s3cr3t"),
            ("SECRET_OF_A_SCRIPT", "s3cr3t\r\n"),
            ("ONLY_A_LINE_END", "\n"),
            ("HOME", home.as_str()),
            ("CREDENTIALS_DIRECTORY", credentials.as_str()),
        ],
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

#[rstest]
#[case::as_it_is(
    "6A2C0B7E-1f5d-4c3a-9b8e-0d1c2b3a4f5e",
    "6A2C0B7E-1f5d-4c3a-9b8e-0d1c2b3a4f5e"
)]
#[case::of_powershell(
    "{6a2c0b7e-1f5d-4c3a-9b8e-0d1c2b3a4f5e}",
    "6a2c0b7e-1f5d-4c3a-9b8e-0d1c2b3a4f5e"
)]
#[case::without_hyphens(
    "6a2c0b7e1f5d4c3a9b8e0d1c2b3a4f5e",
    "6a2c0b7e-1f5d-4c3a-9b8e-0d1c2b3a4f5e"
)]
#[case::domain("contoso.example", "contoso.example")]
fn a_tenant_is_taken_in_every_form_of_a_guid(#[case] written: &str, #[case] taken: &str) {
    let tenant = GOOD_TENANT.replace("contoso.onmicrosoft.com", written);
    let config = parsed(&format!("{tenant}{GOOD_PROCALL}")).unwrap();
    assert_eq!(config.tenant.tenant_id, taken);
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
    assert!(config.tenant.ca_pem.is_some());
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

#[rstest]
#[case::the_environment("client_secret_env = \"SECRET_OF_A_SCRIPT\"", "s3cr3t")]
#[case::a_private_file("client_secret_file = \"secret\"", "s3cr3t-in-file")]
#[case::systemd(
    "client_secret_file = \"credentials/for-the-service\"",
    "s3cr3t-for-others"
)]
fn a_secret_is_taken_without_its_line_end(#[case] line: &str, #[case] expected: &str) {
    let tenant = GOOD_TENANT.replace("client_secret_env = \"SECRET\"", line);
    let config = parsed(&format!("{tenant}{GOOD_PROCALL}")).unwrap();
    let Credential::Secret(secret) = config.tenant.credential else {
        panic!("no client secret");
    };
    assert_eq!(secret.expose_secret(), expected);
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
pin_sha256 = "{pin}"
users = "list"
contacts = ["sip:anna@contoso.com"]
exclude = ["Lift@contoso.com"]
write_presence = true
despite_native = true
lease = "5m"
refresh = "1h"
redirect_hosts = ["ucserver2.example"]
reuse_token = false
client_app_id = 9
keep_alive = "30s"
batch = 20
parallel_batches = 2
call_lists = "complete"
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
    assert_eq!(server.trust, UcTrust::Pinned([0xab; 32]));
    assert!(matches!(&server.users, UcUsers::List(list) if list.len() == 1));
    assert!(server.write_presence && server.despite_native);
    assert_eq!(server.exclude[0].as_str(), "Lift@contoso.com");
    let conversation = UcConversation {
        redirect_hosts: vec!["ucserver2.example".to_owned()],
        client_app_id: 9,
        reuse_token: false,
        keep_alive: Duration::from_secs(30),
        batch: 20,
        parallel_batches: 2,
        complete_call_lists: true,
        refresh: Duration::from_hours(1),
        lease: Duration::from_mins(5),
    };
    assert_eq!(server.conversation, conversation);
    assert!(!format!("{server:?}").contains("s3cr3t"));
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

/// As git's safe.directory: what somebody else may write is obeyed only where it is named.
#[rstest]
#[case::the_file("lampfield.toml", 0o666)]
#[case::its_folder("", 0o777)]
fn what_others_may_write_is_taken_only_where_it_is_named(#[case] what: &str, #[case] mode: u32) {
    let (directory, env) = place();
    let file = directory.path().join(FILE_NAME);
    fs::write(&file, format!("{GOOD_TENANT}{GOOD_PROCALL}")).unwrap();
    private(&file, 0o644);
    assert_eq!(find(None, &env), Ok(Found::File(file.clone())));
    private(&directory.path().join(what), mode);
    let refused = find(None, &env).unwrap_err().to_string();
    for words in ["is not taken", "others may write it", "--config"] {
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(find(Some(&file), &env), Ok(Found::File(file.clone())));
    load(&file, &env).unwrap();
}

#[test]
fn what_belongs_to_another_user_is_taken_only_from_whoever_called_sudo() {
    let (directory, _) = place();
    let file = directory.path().join(FILE_NAME);
    fs::write(&file, "").unwrap();
    if std::os::unix::fs::chown(&file, Some(65_534), None).is_err() {
        println!("skipped: only root can give files away");
        return;
    }
    let env = |caller| Environment::new(directory.path(), [("SUDO_UID", caller)]);
    let refused = find(None, &env("1000")).unwrap_err().to_string();
    assert!(refused.contains("belongs to user 65534"), "{refused}");
    assert_eq!(find(None, &env("65534")), Ok(Found::File(file.clone())));
}

/// Windows PowerShell writes UTF-16, an old editor windows-1252; marks stand where files were joined.
#[rstest]
#[case::utf16(|text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect())]
#[case::umlaut_in_a_comment(|text: &str| [b"# f\xFCr Zentrale\r\n".as_slice(), text.as_bytes()].concat())]
#[case::mark_within(|text: &str| format!("# one\n\u{FEFF}{text}").into_bytes())]
#[case::old_macintosh(|text: &str| text.replace('\n', "\r").into_bytes())]
fn a_configuration_is_read_however_it_was_saved(#[case] saved: fn(&str) -> Vec<u8>) {
    let (directory, env) = place();
    let text = format!("{GOOD_TENANT}{GOOD_PROCALL}");
    fs::write(directory.path().join("odd.toml"), saved(&text)).unwrap();
    let file = Path::new("odd.toml");
    let config = load(file, &env).unwrap().chosen(file, None).unwrap();
    assert_eq!(config.tenant.tenant_id, "contoso.onmicrosoft.com");
}

/// thephpleague/oauth2-client#840, Azure-Samples/active-directory-b2c-dotnetcore-webapp#43.
#[rstest]
#[case::mark(b"\xEF\xBB\xBFs3cr3t~x\r\n".to_vec(), true)]
#[case::utf16("s3cr3t~x".encode_utf16().flat_map(u16::to_le_bytes).collect(), true)]
#[case::utf16_big("\u{FEFF}s3cr3t~x\r\n".encode_utf16().flat_map(u16::to_be_bytes).collect(), true)]
#[case::zero_width("s3cr3t~x\u{200B}\n".as_bytes().to_vec(), true)]
#[case::nul(b"s3cr3t~x\0".to_vec(), true)]
#[case::within("s3cr3t\u{200B}~x".as_bytes().to_vec(), false)]
#[case::two_lines(b"s3cr3t~x\nother".to_vec(), false)]
fn a_secret_file_may_come_from_windows(#[case] bytes: Vec<u8>, #[case] taken: bool) {
    let (directory, env) = place();
    fs::write(directory.path().join("odd"), bytes).unwrap();
    private(&directory.path().join("odd"), 0o600);
    let tenant = GOOD_TENANT.replace(
        "client_secret_env = \"SECRET\"",
        "client_secret_file = \"odd\"",
    );
    let config = parse(
        Path::new("l.toml"),
        &format!("{tenant}{GOOD_PROCALL}"),
        &env,
    );
    match config.map(|config| config.tenant.credential) {
        Ok(Credential::Secret(secret)) => assert!(taken && secret.expose_secret() == "s3cr3t~x"),
        Ok(_) => panic!("no secret"),
        Err(faults) => assert!(!taken && !faults.report().contains("s3cr3t"), "{faults}"),
    }
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
