//! Signals that were ignored at the start.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::program::heed_interrupts;

const LAMPFIELD: &str = env!("CARGO_BIN_EXE_lampfield");

/// Starts it as `nohup` does, with these signals ignored, and waits until it is under way.
fn started(ignored: &str, args: &[&str]) -> Child {
    heed_interrupts();
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new("sh")
        .args([
            "-c",
            "trap '' $1; shift; exec \"$@\"",
            "sh",
            ignored,
            LAMPFIELD,
        ])
        .args(args)
        .env("XDG_STATE_HOME", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "it ended before it began");
    // Somebody goes on reading: whose reader goes away ends by itself.
    std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
    child
}

/// fish-shell/fish-shell#4007, cloudwego/hertz#441, canonical/mir#1734. The second signal ends it:
/// its code shows that the first did not.
#[rstest]
#[case::nohup("HUP", Signal::HUP, Signal::TERM, 143)]
#[case::background("INT QUIT", Signal::INT, Signal::TERM, 143)]
#[case::term("TERM", Signal::TERM, Signal::HUP, 129)]
#[case::all("HUP TERM TSTP", Signal::TERM, Signal::INT, 0)]
fn what_was_ignored_stays_ignored(
    #[case] ignored: &str,
    #[case] signal: Signal,
    #[case] end: Signal,
    #[case] code: i32,
    #[values(&["simulator"], &["--demo", "watch"], &["--demo", "--plain"])] args: &[&str],
) {
    let mut child = started(ignored, args);
    let pid = Pid::from_child(&child);
    kill_process(pid, signal).unwrap();
    let mask = mask_of_ignored(&child);
    for name in ignored.split(' ') {
        let number = match name {
            "HUP" => 1,
            "INT" => 2,
            "QUIT" => 3,
            "TERM" => 15,
            _ => 20,
        };
        assert!(mask & (1 << (number - 1)) != 0, "{name} in {mask:x}");
    }
    kill_process(pid, end).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(code));
}

fn mask_of_ignored(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    u64::from_str_radix(mask.unwrap().trim(), 16).unwrap()
}
