//! The program itself, on its demo tenant.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use super::keyboard::has_light_ground;
use super::terminal::Terminal;

const LAMPFIELD: &str = env!("CARGO_BIN_EXE_lampfield");

fn demo(folder: &Path, args: &[&str]) -> Terminal {
    let mut command = CommandBuilder::new(LAMPFIELD);
    command.args(["--demo", "--seed", "7"]);
    command.args(args);
    command.env("XDG_STATE_HOME", folder);
    command.cwd(folder);
    Terminal::start(command)
}

/// What an administrator looks for first, without a manual: everything is on the first screen or
/// behind a key that the first screen names.
#[test]
fn a_new_user_finds_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let mut terminal = demo(folder.path(), &["--lang", "en"]);
    for shown in [
        "DEMO",
        "live",
        "late ",
        "next ",
        "⏎ why?",
        "2 on the phone",
        "T timing",
        "? help",
        "q quit",
    ] {
        terminal.until_shown(shown);
    }
    terminal.press("2");
    terminal.until_shown("TAPI");
    terminal.until("a lease", |seen| {
        seen.parser.screen().contents().contains("✓ ")
    });
    terminal.press("\r");
    for shown in ["Why?", "Busy/InACall", "in estos' table", "PgDn"] {
        terminal.until_shown(shown);
    }
    terminal.press("\x1b[6~");
    terminal.until_shown("Graph accepted Busy/InACall");
    terminal.press("\x1bT");
    terminal.until_shown("Lateness");
    terminal.press("\x1b?");
    terminal.until_shown("Signs");
    terminal.press("qqy");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

/// What stands last in the bytes decides: each of these, and then its end.
#[test]
fn mouse_and_title_are_the_terminals_again_however_the_console_ends() {
    for quits in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = demo(folder.path(), &["--lang", "en"]);
        terminal.until_shown("live");
        let untouched = terminal.seen.0.lock().unwrap().bytes.clone();
        assert_eq!(count(&untouched, b"\x1b[?1000h"), 0, "off at first");
        assert_eq!(count(&untouched, b"\x1b[22;2t"), 1);
        terminal.press("M");
        terminal.until_shown("gives it back");
        // The third row: the header has three lines, the table its titles.
        terminal.press("\x1b[<0;5;7M");
        terminal.until_shown("3/32");
        if quits {
            // Not `q`, which asks where a call would be cleared.
            terminal.press("\x03\x03");
            assert_eq!(terminal.ended(), 0);
        } else {
            let term = rustix::process::Signal::TERM;
            rustix::process::kill_process(terminal.pid(), term).unwrap();
            assert_eq!(terminal.ended(), 143);
        }
        terminal.assert_restored();
        let bytes = terminal.seen.0.lock().unwrap().bytes.clone();
        for (ours, theirs) in [
            (&b"\x1b[?1000h"[..], &b"\x1b[?1000l"[..]),
            (b"\x1b]2;lampfield", b"\x1b]2;\x07\x1b[23;2t"),
        ] {
            assert!(last(&bytes, ours).is_some());
            assert!(last(&bytes, ours) < last(&bytes, theirs));
        }
    }
}

fn last(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).rposition(|it| it == wanted)
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    bytes
        .windows(wanted.len())
        .filter(|it| *it == wanted)
        .count()
}

#[test]
fn the_first_rows_are_there_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    // The best of a few: what else the machine does is not ours.
    let times = (0..5).map(|_| {
        let begin = Instant::now();
        let mut terminal = demo(folder.path(), &[]);
        terminal.until_shown("Anna Müller");
        let took = begin.elapsed();
        terminal.press("\x03\x03");
        assert_eq!(terminal.ended(), 0);
        took
    });
    let best = times.min().unwrap();
    assert!(best < Duration::from_secs(1), "{best:?}");
}

#[test]
fn the_visible_rows_are_written_to_a_file_of_their_owner() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let mut terminal = demo(folder.path(), &[]);
    terminal.until_shown("Anna Müller");
    terminal.press("/anna.mueller\re\x15who.json\r");
    terminal.until_shown("Written: ");
    let file = folder.path().join("who.json");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("anna.mueller@") && !text.contains("elif.voegele@"));
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    terminal.press("e\x15who.json\r");
    terminal.until_shown("Not written: ");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn in_a_pipe_it_prints_lines() {
    use std::io::{BufRead as _, BufReader};

    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(LAMPFIELD)
        .args(["--demo", "--seed", "7", "--lang", "en"])
        .env("XDG_STATE_HOME", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut wait_for = |wanted: &str| {
        let found = lines.find(|line| line.as_ref().unwrap().contains(wanted));
        let line = found.unwrap().unwrap();
        assert!(!line.contains('\u{1b}'), "{line:?}");
    };
    wait_for("DEMO  WRITING");
    wait_for("Busy/InACall");
    drop(lines);
    // It ends with the next line that nobody reads.
    assert!(child.wait().unwrap().success());
}

fn config(folder: &Path, console: &str) -> String {
    let users = folder.join("users.csv");
    std::fs::write(&users, "user_name,display_name,phone\n").unwrap();
    let text = format!(
        "[tenant]\ntenant_id = \"contoso.com\"\n\
         client_id = \"b3a6b4b2-6f6b-4d57-8f6a-0d3a6f0c1e11\"\n\
         client_secret_env = \"LAMPFIELD_CLIENT_SECRET\"\n\
         [procall]\nsource = \"file\"\nusers_file = \"users.csv\"\n{console}"
    );
    let file = folder.join("lampfield.toml");
    std::fs::write(&file, &text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn check(folder: &Path, console: &str) -> (Option<i32>, String) {
    let out = Command::new(LAMPFIELD)
        .args(["config", "check", "--config", &config(folder, console)])
        .env("LAMPFIELD_CLIENT_SECRET", "s3cret-s3cret")
        .env("XDG_STATE_HOME", folder)
        .output()
        .unwrap();
    let said = [out.stdout, out.stderr].concat();
    (out.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_key_that_does_two_things_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = check(folder.path(), "[console.keys]\nsort = [\"s\"]\n");
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = check(folder.path(), "[console.keys]\nsort = [\"r\"]\n");
    assert_eq!(code, Some(2), "{said}");
    let wanted = "lampfield.toml:9:1: console.keys.sort: the key r already does refresh";
    assert!(said.contains(wanted), "{said}");
}

/// The demo looks as somebody has configured it, and takes nothing else of the file.
#[test]
fn the_demo_takes_a_theme_and_the_console_of_a_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    let console = "[console]\ntheme = \"dark\"\ncolumns = [\"name\", \"note\"]\n";
    std::fs::write(&file, console).unwrap();
    let named = file.to_str().unwrap();
    let args = ["--lang", "en", "--theme", "light", "--config", named];
    let mut terminal = demo(folder.path(), &args);
    terminal.until_shown("DEMO");
    terminal.until("only these columns", |seen| {
        let text = seen.text();
        let titles = text.lines().find(|line| line.contains("NAME"));
        titles.is_some_and(|titles| titles.contains("NOTE") && !titles.contains("TEAMS"))
    });
    terminal.until("the ground of the light theme", has_light_ground);
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn what_is_wrong_with_the_console_of_the_demo_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.toml");
    std::fs::write(&file, "[console]\ntheme = \"pink\"\n").unwrap();
    let mut command = Command::new(LAMPFIELD);
    command
        .args(["--demo", "--lang", "en", "--config"])
        .arg(&file);
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("mine.toml:2:") && said.contains("expected \"auto\""),
        "{said}"
    );
}
