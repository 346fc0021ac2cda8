//! The program as a script meets it: exit codes, messages, and that no secret is ever printed.
use std::path::Path;
use std::process::{Command, Output};

use rstest::rstest;
use tempfile::TempDir;

const SECRET: &str = "aB8~never-to-be-seen";

/// Runs the program in this directory, which is also its home.
fn lampfield(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lampfield"))
        .args(args)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .env("XDG_CONFIG_HOME", directory.join("no-config"))
        .env("SECRET", SECRET)
        .output()
        .expect("the program starts")
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn empty() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A directory with this configuration and a list of users.
fn with_config(text: &str) -> TempDir {
    let directory = empty();
    std::fs::write(directory.path().join("lampfield.toml"), text).unwrap();
    std::fs::write(directory.path().join("users.csv"), "user_name\n").unwrap();
    directory
}

const GOOD: &str = r#"
[tenant]
tenant_id = "contoso.onmicrosoft.com"
client_id = "7f1f4a5e-3f0a-4a9b-9a52-0f3f3a1d2c3b"
client_secret_env = "SECRET"
[procall]
users_file = "users.csv"
"#;

#[rstest]
#[case(&["--help"], "Usage: lampfield")]
#[case(&["--version"], "lampfield 0.")]
#[case(&["snapshot", "--help"], "--format")]
#[case(&["help", "watch"], "--for")]
fn help_is_an_answer(#[case] args: &[&str], #[case] says: &str) {
    let output = lampfield(empty().path(), args);
    assert_eq!(code(&output), Some(0));
    assert!(out(&output).contains(says), "{}", out(&output));
}

#[rstest]
#[case(&["frobnicate"])]
#[case(&["--users", "5"])]
#[case(&["snapshot", "--format", "yaml"])]
#[case(&["run", "--for", "soon"])]
#[case(&["--demo", "snapshot", "--config", "x.toml"])]
fn wrong_usage_ends_with_2_and_says_why_on_stderr(#[case] args: &[&str]) {
    let output = lampfield(empty().path(), args);
    assert_eq!(code(&output), Some(2));
    assert!(out(&output).is_empty());
    assert!(err(&output).starts_with("error: "), "{}", err(&output));
}

#[rstest]
#[case(&["--config", "gone.toml", "snapshot"])]
#[case(&["snapshot", "--config", "gone.toml"])]
#[case(&["config", "check", "--config", "gone.toml"])]
#[case(&["run", "--config", "gone.toml"])]
fn a_configuration_that_is_not_there_ends_with_2(#[case] args: &[&str]) {
    let output = lampfield(empty().path(), args);
    assert_eq!(code(&output), Some(2));
    assert!(
        err(&output).contains("gone.toml: cannot be read"),
        "{}",
        err(&output)
    );
}

#[test]
fn every_command_stops_at_the_first_fault_and_counts_the_others() {
    let directory = with_config("[tenant]\ntenant_id = \"common\"\n[poll]\ninterval = \"1h\"\n");
    for command in ["run", "snapshot", "watch"] {
        let output = lampfield(directory.path(), &[command]);
        assert_eq!(code(&output), Some(2));
        let said = err(&output);
        assert!(said.contains("lampfield.toml:"), "{said}");
        assert!(
            said.contains("more; all of them: lampfield config check"),
            "{said}"
        );
        assert_eq!(said.lines().count(), 2, "{said}");
    }
}

#[test]
fn config_check_names_every_fault_with_its_place() {
    let directory = with_config("[tenant]\ntenant_id = \"common\"\n[poll]\ninterval = \"1h\"\n");
    let output = lampfield(directory.path(), &["config", "check"]);
    assert_eq!(code(&output), Some(2));
    let said = err(&output);
    for fault in [
        "lampfield.toml:2:13: tenant.tenant_id: expected",
        "lampfield.toml:4:12: poll.interval: expected a duration from \"1s\" to \"10m\"; found \"1h\"",
        "lampfield.toml:1:2: tenant.client_id: missing",
        "lampfield.toml:1:2: tenant: no credential",
        "procall.users_file: missing",
    ] {
        assert!(said.contains(fault), "{fault}\n{said}");
    }
    assert_eq!(said.lines().count(), 5, "{said}");
}

#[test]
fn config_check_names_the_faults_of_the_console_beside_the_others() {
    let console = "[poll]\ninterval = \"1h\"\n[console]\ntheme = \"drak\"\n";
    let directory = with_config(&format!("{GOOD}{console}"));
    let named = ["config", "check", "--config", "lampfield.toml"];
    let said = err(&lampfield(directory.path(), &named));
    let keys: Vec<_> = said.lines().map(|line| line.split(": ").take(2)).collect();
    let keys: Vec<_> = keys
        .into_iter()
        .map(|of| of.collect::<Vec<_>>().join(" "))
        .collect();
    let expected = [
        "lampfield.toml:9:12 poll.interval",
        "lampfield.toml:11:1 console.theme",
    ];
    assert_eq!(keys, expected, "{said}");
}

#[test]
fn a_good_configuration_is_called_good() {
    let directory = with_config(GOOD);
    let output = lampfield(directory.path(), &["config", "check"]);
    assert_eq!((code(&output), err(&output)), (Some(0), String::new()));
    assert!(out(&output).contains("lampfield.toml: good"));
}

#[test]
fn without_a_configuration_config_check_says_how_to_get_one() {
    let output = lampfield(empty().path(), &["config", "check"]);
    assert_eq!(code(&output), Some(2));
    assert!(err(&output).contains("lampfield config init"));
}

#[test]
fn config_init_writes_the_example_once_and_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = empty();
    let file = directory.path().join("lampfield.toml");
    assert_eq!(
        code(&lampfield(directory.path(), &["config", "init"])),
        Some(0)
    );
    let written = std::fs::read_to_string(&file).unwrap();
    assert_eq!(written, include_str!("../../assets/config.example.toml"));
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    std::fs::write(&file, "mine").unwrap();
    let again = lampfield(directory.path(), &["config", "init"]);
    assert_eq!(code(&again), Some(2));
    assert!(
        err(&again).contains("is not overwritten"),
        "{}",
        err(&again)
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn config_init_goes_where_config_says_and_config_check_reads_it_back() {
    let directory = empty();
    let named = ["--config", "other.toml"];
    let init = lampfield(
        directory.path(),
        &[&["config", "init"], &named[..]].concat(),
    );
    assert_eq!(code(&init), Some(0));
    let check = lampfield(
        directory.path(),
        &[&["config", "check"], &named[..]].concat(),
    );
    assert_eq!(code(&check), Some(2));
    let said = err(&check);
    assert!(
        said.lines().all(|line| line.starts_with("other.toml:")),
        "{said}"
    );
    assert!(said.contains("tenant.tenant_id: expected"), "{said}");
    assert!(said.contains("procall.users_file: "), "{said}");
}

#[rstest]
#[case("client_secret", "does not belong in this file")]
#[case("client_secret_env", "expected the name of an environment variable")]
#[case("client_secret_file", "cannot be read")]
#[case("client_id", "expected the application (client) id")]
fn a_secret_is_never_printed(#[case] key: &str, #[case] says: &str) {
    let directory = with_config(&format!("[tenant]\n{key} = \"{SECRET}\"\n"));
    for args in [&["config", "check"][..], &["snapshot"][..], &["run"][..]] {
        let output = lampfield(directory.path(), args);
        assert_eq!(code(&output), Some(2));
        let said = out(&output) + &err(&output);
        assert!(!said.contains("never-to-be-seen"), "{said}");
    }
    let said = err(&lampfield(directory.path(), &["config", "check"]));
    assert!(said.contains(says), "{said}");
}

#[test]
fn the_mapping_is_printed_in_both_languages_and_as_json() {
    let directory = empty();
    let german = out(&lampfield(directory.path(), &["mapping", "--lang", "de"]));
    assert!(german.contains("Nicht stören"), "{german}");
    let english = out(&lampfield(directory.path(), &["--lang", "en", "mapping"]));
    assert!(english.contains("Do not disturb"), "{english}");
    let json = lampfield(directory.path(), &["mapping", "--format", "json"]);
    assert_eq!(code(&json), Some(0));
    let value: serde_json::Value = serde_json::from_str(&out(&json)).unwrap();
    assert_eq!(value["schema"], 1);
    let call = &value["procall"].as_array().unwrap()[1];
    assert_eq!(call["writes"], "InACall");
}

#[test]
fn a_sign_in_needs_a_configuration() {
    let output = lampfield(empty().path(), &["login"]);
    assert_eq!(code(&output), Some(2));
    assert!(err(&output).contains("config init"), "{}", err(&output));
    let demo = lampfield(empty().path(), &["--demo", "login"]);
    assert_eq!(code(&demo), Some(2));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lampfield"))
        .args(["mapping", "--format", "json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((code(&output), err(&output)), (Some(0), String::new()));
}
