//! `doctor --record`, `doctor --show-recording` and `simulator --replay`, as processes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use lampfield::clocks::SystemClock;
use lampfield::simulator::ucserver::{
    CallPhase, ManualPresence, Medium, SimulatedUcServer, SimulatedUser, UcServerScene,
};
use portable_pty::CommandBuilder;
use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::bench::{Bench, PASSWORD, bench};
use crate::common::eventually;
use crate::common::program::heed_interrupts;
use crate::console::terminal::Terminal;

/// A site with a UCServer of five users, and where its recording goes.
struct Site {
    bench: Bench,
    server: SimulatedUcServer,
    anna: String,
}

impl Site {
    async fn open() -> Self {
        let mut bench = bench().await;
        let people = bench.control().matched();
        let user = |person: &lampfield::simulator::Person| {
            SimulatedUser::new(&person.user_name, &person.display_name, &person.phone)
        };
        let scene = UcServerScene {
            accounts: vec![("svc-presence".to_owned(), PASSWORD.to_owned())],
            ..UcServerScene::new(people.iter().take(5).map(user).collect())
        };
        let clock = Arc::new(SystemClock::new());
        let server = SimulatedUcServer::start(scene, clock).await.unwrap();
        bench.procall = format!(
            "[procall]\nsource = \"ucserver\"\n[ucserver]\nurl = \"{}\"\nuser = \"svc-presence\"\n\
             password_env = \"PASSWORD\"",
            server.url()
        );
        let anna = people[0].user_name.clone();
        Self {
            bench,
            server,
            anna,
        }
    }

    fn file(&self) -> PathBuf {
        self.bench.home.path().join("site.jsonl")
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).unwrap_or_default()
    }

    /// Records, without a terminal.
    fn begin(&self, args: &[&str]) -> Child {
        let mut command = self
            .bench
            .command(&[&["--record", "site.jsonl"], args].concat());
        command.stdin(Stdio::null()).spawn().unwrap()
    }

    async fn until_recorded(&self, text: &str) {
        let found = eventually(|| self.text().contains(text)).await;
        assert!(found, "never: {text}\n{}", self.text());
    }

    /// A call that is answered, held and ended.
    async fn call(&self) {
        self.until_recorded("seqSubscribedPresence").await;
        let call = self.server.start_call(&self.anna, Medium::Tapi, false);
        self.server.answer(&call);
        self.server.move_call(&call, CallPhase::Hold);
        self.server.end_call(&call);
        self.until_recorded("\"eCallState\":1,").await;
    }

    fn nobody_is_in(&self, text: &str) {
        let people = self.bench.control().matched();
        for person in people.iter().take(5) {
            let (name, phone) = (&person.user_name, &person.display_name);
            for private in [name, phone] {
                assert!(!text.contains(private.as_str()), "{private} in {text}");
            }
        }
        for private in [PASSWORD, "svc-presence", "contoso", "sip:lampfield"] {
            assert!(
                !text.to_lowercase().contains(private),
                "{private} in {text}"
            );
        }
    }
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits for the end; exit code and stdout.
async fn end(child: Child) -> (Option<i32>, String) {
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let output = output.await.unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_it_only_records_until_it_is_ended() {
    let site = Site::open().await;
    let child = site.begin(&["--format", "json", "--for", "1h"]);
    site.call().await;
    signal(&child, Signal::INT);
    let (code, out) = end(child).await;
    assert_eq!(code, Some(0), "{out}");
    let text = site.text();
    site.nobody_is_in(&text);
    let mode = std::fs::metadata(site.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert!(text.ends_with('\n'));

    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["lines"], text.lines().count());
    let row = |key: &str| {
        let rows = found["rows"].as_array().unwrap();
        rows.iter().find(|row| row["key"] == key).unwrap().clone()
    };
    for key in [
        "server_kind",
        "tapi_call",
        "hold",
        "calls_in_list",
        "protocol_version",
    ] {
        assert_eq!(row(key)["result"], "confirmed", "{key}: {found:#}");
    }
    assert_eq!(row("meeting_flag")["result"], "open");
    // The line that it names says so.
    let line = usize::try_from(row("hold")["line"].as_u64().unwrap()).unwrap();
    let line = text.lines().nth(line - 1).unwrap();
    assert!(line.contains("\"eCallState\":128"), "{line}");
    // It has said good-bye.
    assert_eq!(site.server.counts().destroyed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_over_ends_it() {
    let site = Site::open().await;
    let (code, out) = end(site.begin(&["--for", "1s", "--lang", "de"])).await;
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("bestätigt"), "{out}");
    assert!(
        out.contains("lampfield doctor --show-recording site.jsonl"),
        "{out}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_leaves_whole_lines() {
    let site = Site::open().await;
    let mut child = site.begin(&[]);
    site.call().await;
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    let text = site.text();
    assert!(text.ends_with('\n'));
    let said = site.bench.doctor(&["--show-recording", "site.jsonl"]).await;
    assert_eq!(said.code, Some(0), "{}\n{}", said.out, said.err);
    assert!(
        said.out.contains("only what UCServer's interface"),
        "{}",
        said.out
    );
    site.nobody_is_in(&said.out);
}

/// No more than 4 KiB: the line that does not fit is not there at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_leaves_whole_lines_and_is_told() {
    let site = Site::open().await;
    // Writes the configuration.
    drop(site.bench.program(&[]));
    let program = format!(
        "ulimit -f 8; exec {} doctor --record site.jsonl --for 1h",
        env!("CARGO_BIN_EXE_lampfield")
    );
    heed_interrupts();
    let mut command = Command::new("sh");
    command
        .args(["-c", &program])
        .current_dir(site.bench.home.path())
        .env("SECRET", &site.bench.secret)
        .env("PASSWORD", PASSWORD)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let shown = || site.server.counts().subscribed == 5;
    assert!(eventually(shown).await);
    signal(&child, Signal::INT);
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap());
    let output = output.await.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("The recording ends at line"), "{err}");
    let text = site.text();
    assert!(text.len() <= 4_096 && text.ends_with('\n'));
    for line in text.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

#[rstest]
#[case::german("de", "gibt es schon")]
#[case::english("en", "is there already")]
#[tokio::test(flavor = "multi_thread")]
async fn what_has_the_name_already_is_left_alone(#[case] lang: &str, #[case] says: &str) {
    let site = Site::open().await;
    symlink("elsewhere", site.bench.home.path().join("link.jsonl")).unwrap();
    std::fs::write(site.file(), "mine").unwrap();
    for file in ["site.jsonl", "link.jsonl"] {
        let said = site.bench.doctor(&["--record", file, "--lang", lang]).await;
        assert_eq!(said.code, Some(2));
        assert!(said.err.contains(says), "{}", said.err);
    }
    assert_eq!(site.text(), "mine");
    assert!(!site.bench.home.path().join("elsewhere").exists());
    assert_eq!(site.server.counts().logins, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_log_in_is_told_and_tried_once() {
    let mut site = Site::open().await;
    site.bench.procall = site.bench.procall.replace("svc-presence", "svc-other");
    let (code, out) = end(site.begin(&["--for", "1h"])).await;
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("101"), "{out}");
    assert_eq!(site.server.counts().refused_logins, 1);
    assert!(!site.text().contains("svc-other"));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_cannot_be_recorded() {
    let bench = bench().await;
    let said = bench.doctor(&["--record", "x.jsonl", "--lang", "de"]).await;
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("was ein UCServer sagt"), "{}", said.err);
    assert!(!bench.home.path().join("x.jsonl").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_presence_is_set_and_taken_back_where_that_is_wanted() {
    let site = Site::open().await;
    let child = site.begin(&["--write", "--user", &site.anna, "--for", "1h"]);
    site.until_recorded("asnResetUserAbsentState").await;
    let free = || site.server.manual(&site.anna).is_none();
    assert!(eventually(free).await);
    assert_eq!(site.server.counts().absent_set, 1);
    signal(&child, Signal::INT);
    let (code, _) = end(child).await;
    assert_eq!(code, Some(0));
    site.nobody_is_in(&site.text());
    let said = site
        .bench
        .doctor(&["--show-recording", "site.jsonl", "--format", "json"])
        .await;
    let found: Value = serde_json::from_str(&said.out).unwrap();
    for key in [
        "set_right",
        "end_as_written",
        "absent_read",
        "times",
        "manual_presence",
    ] {
        let rows = found["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["key"] == key).unwrap();
        assert_eq!(row["result"], "confirmed", "{row:#}");
    }
}

/// A terminal: ten steps, one after the other.
#[tokio::test(flavor = "multi_thread")]
async fn it_leads_through_the_steps_at_a_terminal() {
    let site = Site::open().await;
    // Writes the configuration.
    drop(site.bench.command(&[]));
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args([
        "doctor",
        "--record",
        "site.jsonl",
        "--lang",
        "de",
        "--color",
        "never",
    ]);
    command.cwd(site.bench.home.path());
    command.env("SECRET", &site.bench.secret);
    command.env("PASSWORD", PASSWORD);
    command.env("HOME", site.bench.home.path());
    let mut terminal = Terminal::start(command);
    terminal.until_shown("1/10  Lassen Sie ein Tischtelefon klingeln");
    let call = site.server.start_call(&site.anna, Medium::Tapi, false);
    terminal.press("\r");
    terminal.until_shown("- Klingeln wurde verstanden: TAPI");
    terminal.until_shown("2/10");
    site.server.answer(&call);
    terminal.press("\r");
    terminal.until_shown("- ein Anruf wurde verstanden: TAPI");
    terminal.until_shown("3/10");
    site.server.move_call(&call, CallPhase::Hold);
    terminal.press("\r");
    terminal.until_shown("- Halten: der Anruf bleibt");
    terminal.until_shown("4/10");
    site.server.end_call(&call);
    terminal.press("\r");
    terminal.until_shown("- sein Ende wurde verstanden");
    for left_out in ["5/10", "6/10", "7/10"] {
        terminal.until_shown(left_out);
        terminal.press("s\r");
    }
    terminal.until_shown("8/10");
    let manual = ManualPresence {
        state: 3,
        until: None,
    };
    site.server.set_manual(&site.anna, Some(manual));
    terminal.press("\r");
    terminal.until_shown("- manuell gesetzt: 3");
    terminal.until_shown("9/10");
    site.server.set_teams_state(&site.anna, Some(0x0400_0002));
    terminal.press("\r");
    terminal
        .until_shown("- eCALL ohne Anruf: Form V1, ein fehlendes Recht oder ein Anruf in Teams?");
    terminal.until_shown("10/10");
    terminal.press("q\r");
    assert_eq!(terminal.ended(), 0);
    let text = site.text();
    site.nobody_is_in(&text);
    let steps = text
        .lines()
        .filter(|line| line.contains("\"done\":true"))
        .count();
    assert_eq!(steps, 6, "{text}");
}

/// A simulator that plays a recording, and what it said first.
struct Played {
    child: Child,
    ready: Value,
    err: Option<std::process::ChildStderr>,
}

impl Drop for Played {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn play(mut command: Command) -> Played {
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let err = child.stderr.take();
    Played {
        child,
        ready: serde_json::from_str(&line).unwrap(),
        err,
    }
}

/// Recorded here, damaged, played there, recorded again: the same rows.
#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_played_by_the_simulator_and_damaged_lines_are_named() {
    let mut site = Site::open().await;
    let child = site.begin(&["--format", "json"]);
    site.call().await;
    signal(&child, Signal::INT);
    let (_, first) = end(child).await;
    let mut lines: Vec<_> = site.text().lines().map(str::to_owned).collect();
    lines.insert(2, "{\"n\":oops".to_owned());
    lines.push("{\"n\":99,\"ms\":1,\"in".to_owned());
    let at = lines.len();
    std::fs::write(
        site.bench.home.path().join("damaged.jsonl"),
        lines.join("\n"),
    )
    .unwrap();
    let command = site
        .bench
        .program(&["simulator", "--replay", "damaged.jsonl", "--lang", "de"]);
    let mut played = play(command);
    let url = played.ready["ucserver"].as_str().unwrap().to_owned();

    std::fs::remove_file(site.file()).unwrap();
    let old = site.server.url();
    site.bench.procall = site.bench.procall.replace(&old, &url);
    let child = site.begin(&["--format", "json"]);
    site.until_recorded("\"eCallState\":1,").await;
    signal(&child, Signal::INT);
    let (code, second) = end(child).await;
    assert_eq!(code, Some(0));
    let settled = |out: &str| -> Vec<(Value, Value, Value)> {
        let found: Value = serde_json::from_str(out).unwrap();
        let rows = found["rows"].as_array().unwrap().iter();
        rows.map(|row| {
            (
                row["key"].clone(),
                row["result"].clone(),
                row["seen"].clone(),
            )
        })
        .collect()
    };
    assert_eq!(settled(&first), settled(&second));

    signal(&played.child, Signal::TERM);
    assert_eq!(played.child.wait().unwrap().code(), Some(143));
    let mut err = String::new();
    played.err.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(err.contains("Zeile 3 ist nicht zu lesen"), "{err}");
    assert!(
        err.contains(&format!("Zeile {at} ist abgeschnitten")),
        "{err}"
    );
}

#[rstest]
#[case::empty("", "ist leer")]
#[case::text("Guten Tag,\n", "ist keine Aufzeichnung")]
#[case::later(
    "{\"n\":1,\"ms\":0,\"recording\":{\"format\":9,\"program\":\"9\"}}\n",
    "hat das Format 9"
)]
#[case::nobody(
    "{\"n\":1,\"ms\":0,\"recording\":{\"format\":1,\"program\":\"0\"}}\n",
    "zeigt niemanden"
)]
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_played_is_refused_in_words(#[case] text: &str, #[case] says: &str) {
    let bench = bench().await;
    std::fs::write(bench.home.path().join("r.jsonl"), text).unwrap();
    let args = ["simulator", "--replay", "r.jsonl", "--lang", "de"];
    let said = bench.finish(bench.program(&args)).await;
    assert_eq!(said.code, Some(2), "{}", said.out);
    assert!(said.err.contains(says), "{}", said.err);
    let missing = ["simulator", "--replay", "gone.jsonl"];
    let said = bench.finish(bench.program(&missing)).await;
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("gone.jsonl cannot be read"),
        "{}",
        said.err
    );
}

/// Somebody has added a line by hand.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_no_pseudonym_is_named_before_it_is_sent() {
    let bench = bench().await;
    let text = "{\"n\":1,\"ms\":0,\"recording\":{\"format\":1,\"program\":\"0.1.0\"}}\n\
                {\"n\":2,\"ms\":0,\"in\":{\"u8sNote\":\"Frau Adler ruft an\"}}\n";
    std::fs::write(bench.home.path().join("r.jsonl"), text).unwrap();
    let said = bench.doctor(&["--show-recording", "r.jsonl"]).await;
    assert_eq!(said.code, Some(1));
    assert!(
        said.out
            .contains("NO PSEUDONYM, line 2: Frau Adler ruft an"),
        "{}",
        said.out
    );
}
