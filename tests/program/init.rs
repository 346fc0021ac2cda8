//! `lampfield init`: asked in a terminal, and answered by flags alone.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use lampfield::simulator::ucserver::UcServerVersion;
use lampfield::simulator::{Fault, FaultKind, On};
use portable_pty::CommandBuilder;
use rstest::rstest;
use rustix::process::{Signal, kill_process};

use crate::common::no_secret_in;
use crate::common::program::Site;
use crate::console::terminal::Terminal;

/// Ctrl-C and Ctrl-D as a terminal sends them.
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// A machine with a tenant and a UCServer, and no configuration.
async fn machine() -> Site {
    let site = Site::with_ucserver(3, UcServerVersion::V2, "").await;
    std::fs::remove_file(site.path("lampfield.toml")).unwrap();
    site
}

/// Where the simulator's Microsoft is.
fn microsoft(site: &Site) -> [String; 4] {
    let ready = site.tenant.ready();
    let pair = |flag: &str, value: &str| [flag.to_owned(), value.to_owned()];
    let [a, b] = pair("--authority", &ready.authority);
    let [c, d] = pair("--graph-base", &ready.graph_base);
    [a, b, c, d]
}

/// `lampfield init` in a terminal, its configuration in a folder that is not there yet.
fn asked(site: &Site, more: &[&str]) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["init", "--config", "etc/lampfield.toml"]);
    command.args(microsoft(site));
    command.args(more);
    command.cwd(site.folder.path());
    command.env("HOME", site.folder.path());
    command.env("XDG_CONFIG_HOME", site.path("no-config"));
    Terminal::start(command)
}

/// Every question of the way by UCServer: what it says, and what is answered.
fn dialogue(site: &Site) -> Vec<(&'static str, String)> {
    let ready = site.tenant.ready();
    let of = |text: &Option<String>| text.clone().unwrap();
    vec![
        ("Tenant: its GUID", ready.tenant_id.clone()),
        ("Application (client) id", ready.client_id.clone()),
        ("prove who it is", "1".to_owned()),
        ("Client secret", ready.client_secret.clone()),
        ("Where do ProCall's users", String::new()),
        ("UCServer's web service", of(&ready.ucserver)),
        ("How is its certificate known", "1".to_owned()),
        ("UCServer user that", of(&ready.ucserver_user)),
        ("get the password", "1".to_owned()),
        ("Password. Nothing is shown", of(&ready.ucserver_password)),
        ("UCServer administrator", "-".to_owned()),
        ("Write what Teams says", "2".to_owned()),
    ]
}

/// Waits for a question, and for the place where it is answered.
fn until_asked(terminal: &Terminal, question: &str) {
    terminal.until(question, |seen| {
        let text = seen.text();
        let asked = text.rsplit_once(question);
        asked.is_some_and(|(_, rest)| rest.trim_end().ends_with('>'))
    });
}

fn answer(terminal: &mut Terminal, question: &str, text: &str) {
    until_asked(terminal, question);
    terminal.press(&format!("{text}\r"));
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn nothing_is_left(site: &Site) {
    let made = site.path("etc");
    assert!(
        !made.exists(),
        "{:?}",
        std::fs::read_dir(made).unwrap().collect::<Vec<_>>()
    );
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialogue_ends_with_a_configuration_that_doctor_and_run_find_good() {
    let site = machine().await;
    let mut terminal = asked(&site, &[]);
    for (question, text) in dialogue(&site) {
        answer(&mut terminal, question, &text);
    }
    terminal.until_shown("Next: check everything once more");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_modes_restored();
    let bytes = terminal.seen.0.lock().unwrap().bytes.clone();
    let screen = String::from_utf8_lossy(&bytes).into_owned();
    assert!(screen.contains("3 of 3 matched"), "{screen}");
    no_secret_in(&screen, site.secret());
    assert!(
        !screen.contains(site.tenant.ready().ucserver_password.as_ref().unwrap()),
        "{screen}"
    );
    for name in ["lampfield.toml", "client-secret", "ucserver-password"] {
        assert_eq!(mode(&site.path("etc").join(name)), 0o600, "{name}");
    }
    let config = ["--config", "etc/lampfield.toml"];
    for command in [
        &["config", "check"][..],
        &["doctor"],
        &["run", "--for", "1s"],
    ] {
        let output = site.output(&[command, &config].concat()).await;
        assert_eq!(
            output.status.code(),
            Some(0),
            "{command:?}: {}",
            said(&output)
        );
    }
}

#[rstest]
#[case::interrupted(CTRL_C)]
#[case::at_the_end_of_the_input(CTRL_D)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_breaks_off_at_any_question_leaves_nothing(#[case] key: &str) {
    let site = machine().await;
    let questions = dialogue(&site);
    for last in 0..questions.len() {
        let mut terminal = asked(&site, &[]);
        for (question, text) in &questions[..last] {
            answer(&mut terminal, question, text);
        }
        until_asked(&terminal, questions[last].0);
        terminal.press(key);
        terminal.until_shown("ended; nothing was written");
        assert_eq!(terminal.ended(), 1, "{}", questions[last].0);
        terminal.assert_modes_restored();
        nothing_is_left(&site);
    }
}

#[rstest]
#[case(Signal::HUP, 129)]
#[case(Signal::TERM, 143)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_ended_while_a_secret_is_typed_leaves_nothing(
    #[case] signal: Signal,
    #[case] code: u32,
) {
    let site = machine().await;
    let mut terminal = asked(&site, &[]);
    for (question, text) in &dialogue(&site)[..3] {
        answer(&mut terminal, question, text);
    }
    until_asked(&terminal, "Client secret");
    terminal.press("half-a-sec");
    kill_process(terminal.pid(), signal).unwrap();
    assert_eq!(terminal.ended(), code);
    terminal.assert_modes_restored();
    nothing_is_left(&site);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_taken_is_asked_again_and_a_failed_check_says_what_to_do() {
    let site = machine().await;
    site.tenant
        .control()
        .fault(Fault::new(FaultKind::RolesMissing).on(On::Directory));
    let mut terminal = asked(&site, &["--users-file", "users.csv"]);
    answer(&mut terminal, "Tenant: its GUID", "common");
    terminal.until_shown("! expected");
    let ready = site.tenant.ready();
    answer(&mut terminal, "Tenant: its GUID", &ready.tenant_id);
    answer(&mut terminal, "Application (client) id", &ready.client_id);
    answer(&mut terminal, "prove who it is", "2");
    answer(
        &mut terminal,
        "Name of the environment variable",
        "NOT_SET_HERE",
    );
    terminal.until_shown("is not set");
    answer(&mut terminal, "prove who it is", "1");
    answer(&mut terminal, "Client secret", &ready.client_secret);
    terminal.until_shown("adminconsent?client_id=");
    site.tenant.control().clear_faults();
    answer(&mut terminal, "Something failed", "2");
    answer(&mut terminal, "Path of the file with the calls", "");
    assert_eq!(terminal.ended(), 0);
    let check = site
        .output(&["config", "check", "--config", "etc/lampfield.toml"])
        .await;
    assert_eq!(check.status.code(), Some(0), "{}", said(&check));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_is_there_is_replaced_only_by_whoever_says_so() {
    let site = machine().await;
    let file = site.path("etc/lampfield.toml");
    std::fs::create_dir(site.path("etc")).unwrap();
    std::fs::write(&file, "# mine").unwrap();
    let mut terminal = asked(&site, &[]);
    answer(&mut terminal, "Already there", "1");
    assert_eq!(terminal.ended(), 2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "# mine");
    assert_eq!(std::fs::read_dir(site.path("etc")).unwrap().count(), 1);
}

/// All answers as flags.
fn flags(site: &Site) -> Vec<String> {
    let ready = site.tenant.ready();
    let more = [
        "--tenant-id",
        &ready.tenant_id,
        "--client-id",
        &ready.client_id,
        "--secret-env",
        "SECRET",
        "--users-file",
        "users.csv",
    ];
    let own = ["init", "--config", "etc/lampfield.toml"].map(str::to_owned);
    let more = more.map(str::to_owned);
    own.into_iter().chain(microsoft(site)).chain(more).collect()
}

async fn by_flags(site: &Site, flags: &[String]) -> Output {
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    site.output(&flags).await
}

fn written(site: &Site) -> PathBuf {
    site.path("etc/lampfield.toml")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_alone_do_without_a_terminal() {
    let site = machine().await;
    let all = flags(&site);
    let done = by_flags(&site, &all).await;
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(said(&done).contains("3 of 3 matched"), "{}", said(&done));
    no_secret_in(&said(&done), site.secret());
    let doctor = site
        .output(&["doctor", "--config", "etc/lampfield.toml"])
        .await;
    assert_eq!(doctor.status.code(), Some(0), "{}", said(&doctor));
    let before = std::fs::read(written(&site)).unwrap();
    let again = by_flags(&site, &all).await;
    assert_eq!(again.status.code(), Some(2), "{}", said(&again));
    assert!(said(&again).contains("--overwrite"), "{}", said(&again));
    assert_eq!(std::fs::read(written(&site)).unwrap(), before);
    let replaced = [
        &all[..],
        &["--overwrite".to_owned(), "--observe".to_owned()],
    ]
    .concat();
    let replaced = by_flags(&site, &replaced).await;
    assert_eq!(replaced.status.code(), Some(0), "{}", said(&replaced));
    let text = std::fs::read_to_string(written(&site)).unwrap();
    assert!(text.contains("enabled = false"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flags_that_do_not_do_write_nothing_and_say_why() {
    let site = machine().await;
    let all = flags(&site);
    let without = |flag: &str| {
        let at = all.iter().position(|found| found == flag).unwrap();
        [&all[..at], &all[at + 2..]].concat()
    };
    for (flag, named) in [
        ("--tenant-id", "--tenant-id"),
        ("--client-id", "--client-id"),
        (
            "--secret-env",
            "--secret-env | --secret-file | --certificate",
        ),
        ("--users-file", "--ucserver | --users-file"),
    ] {
        let output = by_flags(&site, &without(flag)).await;
        assert_eq!(output.status.code(), Some(2), "{flag}: {}", said(&output));
        assert!(said(&output).contains(named), "{flag}: {}", said(&output));
        nothing_is_left(&site);
    }
    let wrong: Vec<_> = all
        .iter()
        .map(|flag| flag.replace("users.csv", "nobody.csv"))
        .collect();
    let wrong = by_flags(&site, &wrong).await;
    assert_eq!(wrong.status.code(), Some(2), "{}", said(&wrong));
    assert!(said(&wrong).contains("--users-file: "), "{}", said(&wrong));
    site.tenant
        .control()
        .fault(Fault::new(FaultKind::Entra { code: 7_000_222 }));
    let refused = by_flags(&site, &all).await;
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(
        said(&refused).contains("AADSTS7000222"),
        "{}",
        said(&refused)
    );
    nothing_is_left(&site);
    let untested = by_flags(&site, &[&all[..], &["--untested".to_owned()]].concat()).await;
    assert_eq!(untested.status.code(), Some(0), "{}", said(&untested));
    assert!(written(&site).exists());
}
