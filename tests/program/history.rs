//! What a service has shown is there afterwards, whatever became of it.

use lampfield::bridge::Verdict;
use lampfield::history::Recording;
use lampfield::simulator::{PbxKind, PbxState};
use portable_pty::CommandBuilder;
use rstest::rstest;
use rustix::process::Signal;

use crate::common::eventually;
use crate::common::program::{Site, Started};
use crate::console::terminal::Terminal;

const RECORDS: &str = "[attach]\nsocket = \"l.sock\"\n[history]\n";

fn recording(site: &Site) -> Option<Recording> {
    Recording::open(&site.path("state/history"), None).ok()
}

/// Whether the last moment of the recording shows a confirmed lease.
fn shows_confirmed(site: &Site) -> bool {
    let shown = recording(site).and_then(|mut recording| {
        let last = recording.last().ok()?;
        recording.show(last).ok()
    });
    shown.is_some_and(|shown| {
        let mut rows = shown.snapshot.rows.iter();
        rows.any(|row| {
            let lease = row.lease.as_ref();
            lease.is_some_and(|lease| lease.verdict == Verdict::Confirmed)
        })
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bridge_that_is_killed_leaves_all_but_the_last_second() {
    let site = Site::with_users(5, RECORDS).await;
    let mut service = site.begin("run", &["run"]);
    service.until_says("cycle 1").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    control
        .call(&name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    service.until_says("confirmed").await;
    assert!(eventually(|| shows_confirmed(&site)).await);
    service.signal(Signal::KILL);
    service.end().await;
    assert!(shows_confirmed(&site), "and still is when it is dead");
    let mut recording = recording(&site).unwrap();
    let last = recording.last().unwrap();
    let shown = recording.show(last).unwrap();
    let row = shown
        .snapshot
        .rows
        .iter()
        .find(|row| row.user_name.as_str() == name);
    assert!(row.unwrap().history.len() >= 3, "{row:?}");
    let texts: Vec<_> = shown.lines.iter().map(|line| line.text.as_ref()).collect();
    assert!(
        texts.iter().any(|text| text.contains("confirmed")),
        "{texts:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_recorded_where_nobody_wants_it() {
    let site = Site::with_users(2, &format!("{RECORDS}keep = \"0s\"")).await;
    let mut service = site.begin("run", &["run", "--for", "3s"]);
    service.until_says("cycle 1").await;
    service.end().await;
    assert!(!site.path("state/history").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_bridge_leaves_recording_to_the_first() {
    let site = Site::with_users(2, RECORDS).await;
    let first = site.begin("run", &["run"]);
    first.until_says("cycle 1").await;
    let there = || recording(&site).is_some();
    assert!(eventually(there).await);
    let mut second = site.begin("second", &["run", "--for", "3s"]);
    second.until_says("cycle 1").await;
    second.end().await;
    let files = std::fs::read_dir(site.path("state/history")).unwrap();
    assert!(
        files.count() <= 2,
        "one, or two where an hour began meanwhile"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recording_without_names_has_none() {
    let site = Site::with_users(5, &format!("{RECORDS}names = false")).await;
    let mut service = site.begin("run", &["run"]);
    service.until_says("cycle 1").await;
    let control = site.tenant.control();
    let people = control.matched();
    control
        .call(&people[0].user_name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    service.until_says("confirmed").await;
    assert!(eventually(|| shows_confirmed(&site)).await);
    service.signal(Signal::TERM);
    service.end().await;
    let text = unpacked(&site);
    assert!(text.contains("\"user-"), "{text}");
    for person in &people {
        for secret in [&person.user_name, &person.display_name, &person.phone] {
            // A number as short as an extension is also part of many others.
            let found = text.contains(&format!("\"{secret}\""));
            assert!(secret.is_empty() || !found, "{secret}");
        }
    }
}

/// Everything in the files of the recording that zstd finds.
fn unpacked(site: &Site) -> String {
    let mut text = Vec::new();
    for file in std::fs::read_dir(site.path("state/history")).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        text.extend(lampfield::history::unpacked(&bytes).unwrap());
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_recorded_is_said_once_and_comes_back_by_itself() {
    let site = Site::with_users(2, RECORDS).await;
    std::fs::create_dir_all(site.path("state")).unwrap();
    // Nothing can be written: a file where the folder should be.
    std::fs::write(site.path("state/history"), "mine").unwrap();
    let service = site.begin("run", &["run"]);
    service.until_says("the recording cannot be written").await;
    service.until_says("cycle 2").await;
    std::fs::remove_file(site.path("state/history")).unwrap();
    service.until_says("the recording is written again").await;
    assert!(recording(&site).is_some());
    let said = service.err_text();
    assert_eq!(
        said.matches("the recording cannot be written").count(),
        1,
        "{said}"
    );
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A call that is over is explained from the shell, with and without a bridge that still runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_of_the_past_is_explained() {
    let site = Site::with_users(5, RECORDS).await;
    let mut service = site.begin("run", &["run"]);
    service.until_says("cycle 1").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    control
        .call(&name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    assert!(eventually(|| shows_confirmed(&site)).await);
    let during = moment_of(&site);
    control.call(&name, PbxKind::Tapi, PbxState::Ended).unwrap();
    assert!(eventually(|| !shows_confirmed(&site)).await);
    let ask = ["--lang", "en", "why", &name, "--at", &during];
    for runs in [true, false] {
        let output = site.output(&ask).await;
        let (out, err) = (said(&output.stdout), said(&output.stderr));
        assert!(output.status.success(), "{err}");
        assert!(out.contains("TAPI call connected"), "{out}");
        assert!(out.contains("confirmed"), "{out}");
        assert!(
            !out.contains("call ended"),
            "of the time before it ended: {out}"
        );
        let whose = format!("as the bridge of process {}", service.pid());
        assert!(err.contains(&whose), "{err}");
        if runs {
            service.signal(Signal::TERM);
            service.end().await;
        }
    }
    let json = site
        .output(&[&ask[..], &["--format", "json"]].concat())
        .await;
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["bridge"]["source"], "recorded");
    assert_eq!(json["user"]["lease"]["verdict"], "confirmed");
}

/// When the last moment of the recording was.
fn moment_of(site: &Site) -> String {
    let mut recording = recording(site).unwrap();
    let last = recording.last().unwrap();
    recording.time(last).unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_that_is_none_or_was_not_recorded_is_refused_in_words() {
    let site = Site::with_users(1, RECORDS).await;
    let ask = async |at: &str| {
        let output = site.output(&["--lang", "en", "why", "x", "--at", at]).await;
        (output.status.code(), said(&output.stderr))
    };
    let (code, err) = ask("14:03").await;
    assert_eq!(code, Some(1));
    assert!(err.contains("state/history: "), "{err}");
    let service = site.begin("run", &["run"]);
    service.until_says("cycle 1").await;
    assert!(eventually(|| recording(&site).is_some()).await);
    let (code, err) = ask("soon").await;
    assert_eq!(code, Some(2));
    assert!(err.contains("\"soon\" is no time; expected 14:03"), "{err}");
    let (code, err) = ask("48h ago").await;
    assert_eq!(code, Some(1));
    assert!(err.contains("the recording begins at 20"), "{err}");
}

fn replay(site: &Site, args: &[&str]) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(args);
    command.env("SECRET", site.secret());
    command.env("HOME", site.folder.path());
    command.cwd(site.folder.path());
    Terminal::start(command)
}

fn two_threads() -> tokio::runtime::Runtime {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(2).enable_all().build().unwrap()
}

/// A service that has recorded a call, and who was on the phone.
async fn recorded_call(config: &str) -> (Site, Started, String) {
    let site = Site::with_users(5, config).await;
    let service = site.begin("run", &["run"]);
    service.until_says("cycle 1").await;
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    control
        .call(&name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    assert!(eventually(|| shows_confirmed(&site)).await);
    control.call(&name, PbxKind::Tapi, PbxState::Ended).unwrap();
    assert!(eventually(|| !shows_confirmed(&site)).await);
    (site, service, name)
}

#[rstest]
#[case("en", " REPLAY 20", "no live picture", "paused")]
#[case("de", " WIEDERGABE 20", "kein Live-Bild", "angehalten")]
fn a_recording_is_replayed_without_any_bridge(
    #[case] lang: &str,
    #[case] badge: &str,
    #[case] no_live: &str,
    #[case] paused: &str,
) {
    let runtime = two_threads();
    let (site, mut service, _) = runtime.block_on(recorded_call(RECORDS));
    service.signal(Signal::KILL);
    runtime.block_on(service.end());
    let folder = site.path("state/history").display().to_string();
    let mut terminal = replay(&site, &["--lang", lang, "replay", &folder]);
    terminal.until_shown(badge);
    terminal.until_shown(paused);
    terminal.until_shown(
        "leases 0|Leases 0"
            .split('|')
            .nth(usize::from(lang == "de"))
            .unwrap(),
    );
    // Before anything else is on its way that would be said after it.
    terminal.press("b");
    terminal.until_shown(no_live);
    // Back, event by event, until the call is there again.
    for _ in 0..12 {
        terminal.press(",");
    }
    terminal.until_shown("TAPI");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn an_attached_console_steps_back_and_comes_back() {
    let runtime = two_threads();
    let (site, _service, _) = runtime.block_on(recorded_call(RECORDS));
    let config = site.path("lampfield.toml");
    let args = ["--lang", "en", "--config", config.to_str().unwrap()];
    let mut terminal = replay(&site, &args);
    terminal.until_shown("attached");
    terminal.press("b");
    terminal.until_shown(" REPLAY 20");
    terminal.press("R");
    terminal.until_shown("takes commands only live");
    terminal.press(",,");
    terminal.press("b");
    terminal.until("live again", |seen| {
        let shown = seen.parser.screen().contents();
        shown.contains("attached") && !shown.contains("REPLAY")
    });
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_replayed_is_refused_in_words() {
    let site = Site::with_users(1, RECORDS).await;
    std::fs::write(site.path("garbage.history"), "garbage").unwrap();
    for (args, code, words) in [
        (
            &["replay", "garbage.history"][..],
            1,
            "there is no recording",
        ),
        (&["replay", "nowhere"], 1, "nowhere: "),
        (&["replay", "--at", "soon"], 2, "is no time"),
        (&["replay"], 1, "state/history: "),
    ] {
        let output = site.output(&[&["--lang", "en"], args].concat()).await;
        let err = said(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{err}");
        assert!(err.contains(words), "{err}");
    }
}
