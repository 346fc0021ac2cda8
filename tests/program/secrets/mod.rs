//! No secret in any output, whatever a server gives back of what it was sent, in whatever notation:
//! stdout of every command and format, stderr, the log, presence_out, the state folder, the screen.

mod echo;
mod files;
mod proxy;
mod site;

use std::process::Stdio;

use portable_pty::CommandBuilder;
use rstest::rstest;
use rustix::process::Signal;

use crate::common::eventually;
use crate::console::terminal::Terminal;
use echo::{CLIENT_SECRET, Echo, From, PASSWORD};
use site::Site;

#[rstest]
#[case(From::EntraError)]
#[case(From::EntraPage)]
#[case(From::EntraRedirect)]
#[case(From::GraphError)]
#[case(From::GraphPage)]
#[case(From::GraphRedirect)]
#[case(From::GraphValues)]
#[case(From::UcServerRedirect)]
#[case(From::UcServerError)]
#[tokio::test(flavor = "multi_thread")]
async fn no_command_shows_what_a_server_gives_back(#[case] from: From) {
    let site = Site::exposing(from).await;
    let commands: [&[&str]; 5] = [
        &["doctor"],
        &["doctor", "--format", "json", "--lang", "de"],
        &["snapshot", "--format", "json"],
        &["snapshot"],
        &["snapshot", "--format", "csv"],
    ];
    // Another few notations with every answer.
    for round in 0..Echo::rounds() {
        let args = commands[round % commands.len()];
        let said = site.said(args).await;
        site.assert_hidden(&args.join(" "), &said);
    }
    let sent = site.echo.secrets.lock().unwrap().len();
    assert!(sent >= Echo::rounds(), "only {sent} requests had a secret");
}

#[rstest]
#[case(From::EntraError)]
#[case(From::GraphError)]
#[case(From::GraphValues)]
#[case(From::UcServerRedirect)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_runs_shows_or_writes_it(#[case] from: From) {
    let site = Site::exposing(from).await;
    for args in [
        &["run", "--for", "4s"][..],
        &["watch", "--for", "3s"],
        &["watch", "--for", "3s", "--format", "json"],
    ] {
        let said = site.said(args).await;
        site.assert_hidden(&args.join(" "), &said);
    }
    let written = site.written();
    assert!(
        written
            .keys()
            .any(|path| path.to_string_lossy().contains("logs"))
    );
    for (path, text) in written {
        site.assert_hidden(&path.to_string_lossy(), &text);
    }
}

#[rstest]
#[case(From::EntraError, "Entra")]
#[case(From::GraphError, "Graph")]
#[case(From::GraphValues, "[removed]")]
#[tokio::test(flavor = "multi_thread")]
async fn the_screen_shows_none(#[case] from: From, #[case] words: &'static str) {
    let site = Site::exposing(from).await;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--config", "lampfield.toml", "--lang", "en"]);
    command.cwd(site.folder.path());
    command.env("HOME", site.folder.path());
    command.env("SECRET", CLIENT_SECRET);
    command.env("PASSWORD", PASSWORD);
    let seen = tokio::task::spawn_blocking(move || {
        let mut terminal = Terminal::start(command);
        terminal.until_shown(words);
        let contents = |terminal: &Terminal| {
            let held = terminal.seen.0.lock().unwrap();
            held.parser.screen().contents()
        };
        let mut seen = contents(&terminal);
        // Log, topology, timing, problems, one user: every page with a server's words on it.
        for keys in ["l", "t", "T", "!", "\x1b", "\r"] {
            let before = contents(&terminal);
            terminal.press(keys);
            terminal.until("another picture", |seen| {
                seen.parser.screen().contents() != before
            });
            seen.push_str(&contents(&terminal));
        }
        terminal.press("\x03\x03");
        terminal.ended();
        let held = terminal.seen.0.lock().unwrap();
        seen + &String::from_utf8_lossy(&held.bytes)
    });
    site.assert_hidden("the screen", &seen.await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_shows_no_code_and_no_token() {
    let site = Site::exposing(From::DeviceCode).await;
    for _ in 0..Echo::rounds() {
        let said = site.said(&["login"]).await;
        assert!(said.contains("ABCD-1234"), "{said}");
        site.assert_hidden("login", &said);
    }
    let site = Site::exposing(From::RefreshToken).await;
    let said = site.said(&["login"]).await;
    site.assert_hidden("login", &said);
    for _ in 0..Echo::rounds() {
        let said = site.said(&["snapshot"]).await;
        site.assert_hidden("snapshot", &said);
    }
    for (path, text) in site.written() {
        site.assert_hidden(&path.to_string_lossy(), &text);
    }
}

/// A core file would hold the client secret and the token.
#[tokio::test(flavor = "multi_thread")]
async fn no_core_is_left() {
    let site = Site::exposing(From::GraphValues).await;
    let mut child = site.command(&["run"]);
    let mut child = child.stderr(Stdio::null()).spawn().unwrap();
    let limits = format!("/proc/{}/limits", child.id());
    let has_none = || {
        let limits = std::fs::read_to_string(&limits).unwrap_or_default();
        let core = limits
            .lines()
            .find(|line| line.starts_with("Max core file size"));
        core.is_some_and(|line| line.split_whitespace().filter(|word| *word == "0").count() == 2)
    };
    let found = eventually(has_none).await;
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    child.wait().unwrap();
    assert!(found);
}
