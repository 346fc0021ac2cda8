//! Whoever reads German reads German everywhere: help, usage, configuration, commands, doctor.

use std::path::Path;
use std::process::{Command, Output};

use lampfield::simulator::{Fault, FaultKind};
use rstest::rstest;
use tempfile::TempDir;

use crate::doctor::bench::{Said, bench, said};

/// Runs the program here, for somebody whose locale is German.
fn german(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lampfield"))
        .args(args)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .env("LANG", "de_DE.UTF-8")
        .output()
        .expect("the program starts")
}

fn with_config(text: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("lampfield.toml"), text).unwrap();
    directory
}

/// English has these in every sentence, German in none.
fn has_no_english(text: &str) {
    for word in ["the", "is", "not", "and", "of", "with", "cannot", "found"] {
        let spoken = text.split(|c: char| !c.is_alphanumeric());
        let spoken = spoken.filter(|spoken| *spoken == word).count();
        assert_eq!(spoken, 0, "{word}: {text}");
    }
}

#[rstest]
#[case(&["--help"], "Aufruf: lampfield")]
#[case(&["run", "--help"], "wie ein Dienst sie betreibt")]
#[case(&["doctor", "-h"], "--write")]
#[case(&["config", "check", "--help"], "mit Zeile und Spalte")]
fn help_is_german(#[case] args: &[&str], #[case] says: &str) {
    let said = said(&german(tempfile::tempdir().unwrap().path(), args), &[]);
    assert_eq!(said.code, Some(0));
    assert!(said.out.contains(says), "{}", said.out);
    has_no_english(&said.out);
}

#[rstest]
#[case(&["--lang", "en", "--help"], "Usage: lampfield")]
#[case(&["--help", "--lang=en"], "Usage: lampfield")]
fn the_flag_goes_before_the_locale(#[case] args: &[&str], #[case] says: &str) {
    let said = said(&german(tempfile::tempdir().unwrap().path(), args), &[]);
    assert!(said.out.contains(says), "{}", said.out);
}

#[rstest]
#[case(&["frobnicate"], "den Befehl 'frobnicate' gibt es nicht")]
#[case(&["--users", "5"], "--demo")]
#[case(&["run"], "keine Konfiguration gefunden")]
#[case(&["config", "check"], "keine Konfiguration gefunden")]
#[case(&["--config", "nowhere.toml", "snapshot"], "Datei oder Verzeichnis gibt es nicht")]
#[case(&["--demo", "login"], "der Demo-Mandant braucht keine Anmeldung")]
fn what_keeps_a_command_from_running_is_said_in_german(#[case] args: &[&str], #[case] says: &str) {
    let said = said(&german(tempfile::tempdir().unwrap().path(), args), &[]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains(says), "{}", said.err);
    has_no_english(&said.err.replace("--config nowhere.toml", ""));
}

const FAULTY: &str = r#"
[tenant]
tenant_id = "common"
client_id = "lampfield"
client_secret = "x"
cloud = "us-gov-l6"
[pol]
[poll]
interval = "1ms"
requests_per_30s = 0
[set]
enabled = 1
[procall]
users_file = "users.csv"
[console]
theme = "pink"
columns = ["nme"]
[console.keys]
quit = 3
"#;

#[rstest]
#[case(&["config", "check"], false)]
#[case(&["doctor"], true)]
#[case(&["snapshot"], false)]
fn every_fault_of_a_configuration_is_said_in_german(
    #[case] args: &[&str],
    #[case] on_stdout: bool,
) {
    let directory = with_config(FAULTY);
    let said = said(&german(directory.path(), args), &[]);
    assert_eq!(said.code, Some(2));
    let text = if on_stdout { said.out } else { said.err };
    assert!(text.contains("erwartet wird"), "{text}");
    // What is meant literally.
    has_no_english(&text.replace("\"is\"", ""));
}

#[test]
fn config_init_and_a_good_configuration_are_said_in_german() {
    let directory = tempfile::tempdir().unwrap();
    let made = said(&german(directory.path(), &["config", "init"]), &[]);
    assert!(made.out.contains("ist geschrieben"), "{}", made.out);
    let again = said(&german(directory.path(), &["config", "init"]), &[]);
    assert!(
        again.err.contains("wird nicht überschrieben"),
        "{}",
        again.err
    );
    assert_eq!((made.code, again.code), (Some(0), Some(2)));
}

/// What Microsoft's answer was stands in the details; in German too, with its request-id.
#[rstest]
#[case(FaultKind::Entra { code: 7_000_222 }, "der geheime Clientschlüssel ist abgelaufen")]
#[case(FaultKind::Entra { code: 424_242 }, "Entra lehnt die Anmeldung der Anwendung ab")]
#[case(FaultKind::status(403), "HTTP 403")]
#[case(FaultKind::status(503), "Störung bei Microsoft")]
#[tokio::test(flavor = "multi_thread")]
async fn the_details_of_a_check_are_german(#[case] fault: FaultKind, #[case] says: &str) {
    let bench = bench().await;
    bench.control().fault(Fault::new(fault));
    let Said { out, .. } = bench.doctor(&["--lang", "de"]).await;
    assert!(out.contains(says), "{out}");
    has_no_english(&out);
}
