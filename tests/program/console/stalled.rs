//! A terminal that takes nothing, or says odd things of itself, and a system that has no room.

use std::time::{Duration, Instant};

use lampfield::simulator::{PbxKind, PbxState};
use portable_pty::CommandBuilder;
use rstest::rstest;
use rustix::process::{Signal, kill_process};

use super::terminal::{Seen, Terminal, fixture, size};
use crate::common::eventually;
use crate::common::program::Site;

/// How the end of a program is asked for.
#[derive(Clone, Copy)]
enum By {
    Key(&'static str),
    Signal(Signal),
}

impl Terminal {
    fn end(&mut self, by: By) {
        match by {
            By::Key(key) => self.press(key),
            By::Signal(signal) => kill_process(self.pid(), signal).unwrap(),
        }
    }
}

/// Two seconds of the watchdog, and half a second for leaving the terminal.
const ENDS_WITHIN: Duration = Duration::from_secs(4);

#[rstest]
#[case::q(By::Key("qqqqy"), 0)]
#[case::ctrl_c(By::Key("\x03\x03"), 0)]
#[case::terminated(By::Signal(Signal::TERM), 143)]
#[case::hang_up(By::Signal(Signal::HUP), 129)]
#[case::interrupted(By::Signal(Signal::INT), 0)]
fn a_terminal_that_takes_nothing_does_not_hold_up_the_end(#[case] by: By, #[case] code: u32) {
    let mut terminal = Terminal::console(&["--live"]);
    terminal.until_shown("q quit");
    terminal.stall();
    terminal.press("?\x0cu\x0c!\x0c");
    let asked = Instant::now();
    terminal.end(by);
    assert_eq!(terminal.ended(), code);
    assert!(asked.elapsed() < ENDS_WITHIN, "{:?}", asked.elapsed());
    terminal.assert_modes_restored();
}

#[test]
fn when_it_goes_on_the_latest_snapshot_is_shown() {
    let mut terminal = Terminal::console(&["--live"]);
    terminal.until_shown("q quit");
    terminal.stall();
    for _ in 0..50 {
        terminal.press("?\x1b\x0c");
    }
    terminal.press("u");
    terminal.go_on();
    terminal.until_shown("Lager Nord");
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

#[test]
fn a_panic_ends_it_all_the_same() {
    let mut terminal = Terminal::console(&["--panic"]);
    terminal.until_shown("q quit");
    terminal.stall();
    // Where the first frame is still under way no other is drawn: the second key asks for the time.
    terminal.press("RR");
    assert_eq!(terminal.ended(), 101);
    terminal.assert_modes_restored();
}

fn dashboard(site: &Site) -> Terminal {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.cwd(site.folder.path());
    command.env("SECRET", site.secret());
    command.env("HOME", site.folder.path());
    Terminal::start(command)
}

/// Leases go on being set and taken back: the bridge does not know that nobody looks.
#[rstest]
#[case::q(By::Key("qqqqy"), 0)]
#[case::terminated(By::Signal(Signal::TERM), 143)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bridge_goes_on_while_nobody_takes_the_screen(#[case] by: By, #[case] code: u32) {
    let site = Site::with_users(3, "").await;
    let control = site.tenant.control();
    let users: Vec<_> = control
        .matched()
        .iter()
        .map(|user| user.user_name.clone())
        .collect();
    let shows = |user: usize, wanted: &str| control.current(&users[user]).unwrap().1 == wanted;
    let call = |user: usize, state| control.call(&users[user], PbxKind::Tapi, state).unwrap();
    let mut terminal = dashboard(&site);
    terminal.until_shown("live");
    terminal.stall();
    terminal.press("?\x0c");
    for user in [0, 1] {
        call(user, PbxState::Connected);
        assert!(
            eventually(|| shows(user, "InACall")).await,
            "{}",
            site.log()
        );
    }
    call(0, PbxState::Ended);
    assert!(eventually(|| shows(0, "Available")).await, "{}", site.log());
    terminal.end(by);
    assert_eq!(terminal.ended(), code);
    assert!(shows(1, "Available"), "a lease stayed: {}", site.log());
}

/// It would be 200 GB, and ended with an abort; 3000 x 3000 took 840 MB.
#[rstest]
#[case(65_535, 65_535)]
#[case(3_000, 3_000)]
fn a_terminal_that_says_it_is_gigantic_is_clamped(#[case] rows: u16, #[case] columns: u16) {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    terminal.sees(300, 1_000);
    let master = terminal.master.as_ref().unwrap();
    master.resize(size(rows, columns)).unwrap();
    terminal.press("u");
    terminal.until_shown("Lager Nord");
    let pages = std::fs::read_to_string(format!("/proc/{}/statm", terminal.pid())).unwrap();
    let resident: u64 = pages.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(resident * 4 < 150 * 1_024, "{} KiB", resident * 4);
    terminal.press("\x03\x03");
    assert_eq!(terminal.ended(), 0);
}

/// Whatever is short: it says so and ends, or it runs and hears its keys.
#[rstest]
fn few_descriptors_are_said(#[values(5, 6, 7, 8, 9, 10, 12)] limit: u32) {
    let mut command = CommandBuilder::new("sh");
    command.args(["-c", &format!("ulimit -n {limit}; exec \"$0\"")]);
    command.arg(fixture());
    let mut terminal = Terminal::start(command);
    // A program that says why it cannot run ends by itself: a key would meet the shell's terminal.
    let runs = |seen: &Seen| seen.parser.screen().contents().contains("q quit");
    terminal.until("the screen or the end", |seen| seen.closed || runs(seen));
    let said = terminal.seen.0.lock().unwrap().closed;
    if !said {
        terminal.press("\x03\x03");
    }
    assert_eq!(terminal.ended(), 0);
    terminal.until("a word", |seen| {
        !said || seen.parser.screen().contents().contains("ulimit -n")
    });
    terminal.assert_restored();
}
