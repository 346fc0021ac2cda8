//! What README.md and docs/service.md promise: every message they quote is the program's, every
//! flag they name is taken, every file they name is there.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use crate::common::program::Site;
use clap::CommandFactory as _;
use lampfield::config::{CheckFormat, Cli, CliCommand};
use lampfield::simulator::{Fault, FaultKind, On};
use rstest::rstest;
use rustix::process::Signal;

const README: &str = include_str!("../../README.md");
const SERVICE: &str = include_str!("../../docs/service.md");
const INDEX: &str = include_str!("../../docs/README.md");
const MONITORING: &str = include_str!("../../docs/monitoring.md");
const UNIT: &str = include_str!("../../assets/lampfield.service");

/// Messages of the program: [`the_program_says_it`] makes it say each of them.
const SAID: [&str; 9] = [
    "the client secret expired (AADSTS7000222)",
    "the client secret is wrong (AADSTS7000215)",
    "the application lacks User.Read.All",
    "the application lacks Presence.ReadWrite.All",
    "came back instead of an answer of Graph",
    "this machine's clock is",
    "another lampfield writes",
    "the state directory cannot be used",
    "the log cannot be written",
];

/// Words on the screen.
const SHOWN: [&str; 7] = [
    "ENGINE LOST",
    "THROTTLED",
    "NO ANSWER",
    "ProCall SILENT",
    "OBSERVE",
    "masked",
    "no effect",
];

fn between<'a>(text: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = text.split_once(from).expect(from);
    rest.split_once(to).expect(to).0
}

fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_message_that_the_readme_quotes_is_tried() {
    let table = between(
        README,
        "| you see | it is | do |",
        "\nThe log, `ExternalServiceProvider_",
    );
    let first_cells = table.lines().filter_map(|row| row.split(" | ").next());
    let quoted: BTreeSet<&str> = first_cells.flat_map(quoted).collect();
    let tried: BTreeSet<&str> = SAID.into_iter().chain(SHOWN).collect();
    assert_eq!(quoted, tried);
}

#[test]
fn what_the_readme_says_the_screen_shows_is_a_word_of_the_screen() {
    let words: toml::Table = toml::from_str(include_str!("../../assets/locales/en.toml")).unwrap();
    let shown: BTreeSet<&str> = words
        .values()
        .flat_map(|section| section.as_table().unwrap().values())
        .filter_map(toml::Value::as_str)
        .collect();
    for word in SHOWN {
        assert!(shown.contains(word), "{word}");
    }
}

#[rstest]
#[case::expired(Some(Fault::new(FaultKind::Entra { code: 7_000_222 })), 0)]
#[case::wrong(Some(Fault::new(FaultKind::Entra { code: 7_000_215 })), 1)]
#[case::directory(Some(Fault::new(FaultKind::RolesMissing).on(On::Directory)), 2)]
#[case::presence(Some(Fault::new(FaultKind::RolesMissing).on(On::Presence)), 3)]
#[case::proxy(Some(Fault::new(FaultKind::Html { status: 200 }).on(On::Graph)), 4)]
#[case::clock(Some(Fault::new(FaultKind::ClockSkew { seconds: 400 })), 5)]
#[case::state(None, 7)]
#[case::log(None, 8)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_says_it(#[case] fault: Option<Fault>, #[case] message: usize) {
    let site = Site::with_users(2, "[log]\ndirectory = \"logs\"").await;
    if let Some(fault) = fault {
        site.tenant.control().fault(fault);
    } else {
        // Nobody can make a directory in a file, not even root.
        let text = std::fs::read_to_string(site.path("lampfield.toml")).unwrap();
        let text = text.replace("= \"state\"", "= \"users.csv/state\"");
        let text = text.replace("= \"logs\"", "= \"users.csv/logs\"");
        std::fs::write(site.path("lampfield.toml"), text).unwrap();
    }
    let mut run = site.begin("run", &["run"]);
    run.until_says(SAID[message]).await;
    run.signal(Signal::TERM);
    assert_eq!(run.end().await.code(), Some(143));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_one_says_that_another_writes() {
    let site = Site::with_users(2, "").await;
    let first = site.begin("first", &["run"]);
    first.until_says("cycle 1").await;
    let second = site.begin("second", &["run"]);
    second.until_says(SAID[6]).await;
}

#[test]
fn the_readme_names_every_command_and_flag() {
    let commands = between(README, "## Commands", "## Configuration");
    let mut whole = Cli::command();
    whole.build();
    let mut all = vec![&whole];
    while let Some(command) = all.pop() {
        all.extend(
            command
                .get_subcommands()
                .filter(|sub| sub.get_name() != "help"),
        );
        let name = command.get_name();
        assert!(commands.contains(name), "{name}");
        let flags = command.get_arguments().filter_map(|flag| flag.get_long());
        for flag in flags.filter(|flag| !matches!(*flag, "help" | "version")) {
            assert!(commands.contains(&format!("--{flag}")), "{name} --{flag}");
        }
    }
}

/// Each snippet is taken as it stands.
#[test]
fn every_check_that_is_copied_is_understood() {
    let lines = MONITORING
        .lines()
        .filter(|line| line.contains("/usr/local/bin/lampfield check"));
    let formats = lines.map(|line| {
        let (_, call) = line.split_once("/usr/local/bin/").unwrap();
        let call = call.split('\'').next().unwrap();
        match Cli::parse_from(call.split(' ').map(OsString::from))
            .unwrap()
            .command
        {
            Some(CliCommand::Check(args)) => {
                let socket = args.source.socket.unwrap();
                assert!(socket.starts_with("/run/lampfield"), "the unit's");
                args.format
            }
            other => panic!("{other:?}"),
        }
    });
    let formats: Vec<_> = formats.collect();
    assert_eq!(
        formats,
        [CheckFormat::Nagios, CheckFormat::Checkmk, CheckFormat::Prtg]
    );
}

#[test]
fn the_page_of_monitoring_has_every_value_and_flaw() {
    for key in lampfield::report::check::Key::ALL {
        let (name, area) = (key.as_str(), key.area().as_str());
        assert!(
            MONITORING.contains(&format!("\n| `{name}` | {area} |")),
            "{name}"
        );
    }
}

#[rstest]
#[case(README, "")]
#[case(SERVICE, "docs")]
#[case(INDEX, "docs")]
fn everything_that_is_linked_is_there(#[case] page: &str, #[case] folder: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let links = page.split("](").skip(1).map(|rest| {
        let (link, _) = rest.split_once(')').expect("a link ends");
        link.split('#').next().unwrap_or_default()
    });
    let mut files = links.filter(|link| !link.contains("://") && !link.is_empty());
    assert!(files.clone().count() > 3);
    assert_eq!(files.find(|link| !root.join(link).exists()), None);
}

#[test]
fn the_index_has_every_page_and_the_readme_stays_short() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut pages = 0;
    for entry in std::fs::read_dir(docs).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let is_page = Path::new(&name)
            .extension()
            .is_some_and(|kind| kind == "md");
        let page = is_page && name != "README.md";
        assert!(!page || INDEX.contains(&format!("]({name})")), "{name}");
        pages += usize::from(page);
    }
    assert!(pages > 5);
    assert!(README.lines().count() < 250);
    let (before, _) = README.split_once("<picture>").unwrap();
    assert!(before.lines().count() < 4, "it begins with the picture");
}

#[test]
fn the_unit_starts_the_bridge_where_the_readme_puts_its_files() {
    let start = between(UNIT, "ExecStart=", "\n");
    let cli = Cli::parse_from(start.split(' ').map(OsString::from)).unwrap();
    assert!(matches!(cli.command, Some(CliCommand::Run(_))));
    let configuration = cli.global.config.unwrap();
    assert!(configuration.starts_with("/etc/lampfield"));
    let service = between(SERVICE, "## By hand", "## What the unit does");
    for (directive, place) in [
        ("StateDirectory=lampfield\n", "\"/var/lib/lampfield\""),
        ("LogsDirectory=lampfield\n", "\"/var/log/lampfield\""),
        (
            "LoadCredential=client-secret:/etc/lampfield/client-secret\n",
            "\"/run/credentials/lampfield.service/client-secret\"",
        ),
    ] {
        assert!(UNIT.contains(directive), "{directive}");
        assert!(service.contains(place), "{place}");
    }
}

/// What systemd itself thinks of how the service is confined: 2.0 at most, of 10.
#[test]
fn systemd_finds_the_service_well_confined() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/lampfield.service");
    let mut analyze = std::process::Command::new("systemd-analyze");
    analyze.args(["security", "--offline=true", "--threshold=20", unit]);
    let Ok(output) = analyze.output() else {
        println!("SKIPPED: there is no systemd-analyze");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
}
