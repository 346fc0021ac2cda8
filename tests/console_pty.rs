#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs
)]
//! The console in a real terminal: what it leaves behind, and what ends it.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longest wait for something that must happen; far more than it takes.
const PATIENCE: Duration = Duration::from_secs(20);

fn fixture() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/console_fixture");
    assert!(
        path.exists(),
        "build it first: cargo build --example console_fixture"
    );
    path
}

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    closed: bool,
}

type Shared = Arc<(Mutex<Seen>, Condvar)>;

/// A program in a pty, and what it has drawn.
struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    seen: Shared,
    modes: String,
}

fn size(rows: u16, cols: u16) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

impl Terminal {
    fn console(args: &[&str]) -> Self {
        let mut command = CommandBuilder::new(fixture());
        command.args(args);
        Self::start(command)
    }

    fn start(mut command: CommandBuilder) -> Self {
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LC_ALL", "C.UTF-8"),
            ("TZ", "UTC"),
        ] {
            command.env(name, value);
        }
        for name in ["NO_COLOR", "COLORTERM", "CLICOLOR_FORCE", "TMUX"] {
            if name != "NO_COLOR" || command.get_env("KEEP_NO_COLOR").is_none() {
                command.env_remove(name);
            }
        }
        let pair = native_pty_system().openpty(size(24, 80)).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Arc::new((
            Mutex::new(Seen {
                parser: vt100::Parser::new(24.try_into().unwrap(), 80.try_into().unwrap(), 0),
                bytes: Vec::new(),
                closed: false,
            }),
            Condvar::new(),
        ));
        let reader = pair.master.try_clone_reader().unwrap();
        let keyboard = pair.master.take_writer().unwrap();
        let to = Arc::clone(&seen);
        std::thread::spawn(move || watch(reader, &to));
        Self {
            master: Some(pair.master),
            keyboard: Some(keyboard),
            child,
            seen,
            modes,
        }
    }

    fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Waits until the screen is as wanted.
    fn until(&self, what: &str, holds: impl Fn(&Seen) -> bool) {
        let (lock, changed) = &*self.seen;
        let seen = lock.lock().unwrap();
        let (seen, wait) = changed
            .wait_timeout_while(seen, PATIENCE, |seen| !holds(seen))
            .unwrap();
        assert!(
            !wait.timed_out(),
            "{what} did not come; the screen:\n{}",
            seen.parser.screen().contents()
        );
    }

    fn until_shown(&self, text: &str) {
        self.until(text, |seen| seen.parser.screen().contents().contains(text));
    }

    /// Waits for the end of the program and of its output; the exit code.
    fn ended(&mut self) -> u32 {
        self.until("the end of the output", |seen| seen.closed);
        self.child.wait().unwrap().exit_code()
    }

    /// The terminal is as it was before the program started.
    fn assert_restored(&self) {
        let seen = self.seen.0.lock().unwrap();
        let screen = seen.parser.screen();
        assert!(
            !screen.alternate_screen(),
            "the alternate screen is still on"
        );
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        let now = modes(&**self.master.as_ref().unwrap());
        assert_eq!(now, self.modes, "the line discipline has changed");
    }

    fn pid(&self) -> rustix::process::Pid {
        let pid = self.child.process_id().unwrap().try_into().unwrap();
        rustix::process::Pid::from_raw(pid).unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn watch(mut reader: Box<dyn Read + Send>, to: &Shared) {
    let mut chunk = [0; 4_096];
    loop {
        let count = reader.read(&mut chunk).unwrap_or(0);
        let mut seen = to.0.lock().unwrap();
        seen.parser.process(&chunk[..count]);
        seen.bytes.extend_from_slice(&chunk[..count]);
        seen.closed = count == 0;
        to.1.notify_all();
        if count == 0 {
            return;
        }
    }
}

#[test]
fn it_shows_the_users_and_quits_without_a_trace() {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("Anna Becker");
    terminal.until_shown("q quit");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

#[test]
fn it_filters_as_one_types() {
    let mut terminal = Terminal::console(&["--lang", "de"]);
    terminal.until_shown("12/12");
    terminal.press("/is:call");
    terminal.until_shown("4/12");
    terminal.press("\r");
    terminal.until_shown("Warum?");
    terminal.press("\x1b");
    terminal.until_shown("Filter: alle");
    terminal.press("\x03");
    assert_eq!(terminal.ended(), 0);
}

#[test]
fn sigterm_ends_it_and_restores() {
    let mut terminal = Terminal::console(&[]);
    terminal.until_shown("q quit");
    rustix::process::kill_process(terminal.pid(), rustix::process::Signal::TERM).unwrap();
    assert_eq!(terminal.ended(), 143);
    terminal.assert_restored();
}

#[test]
fn a_panic_restores_before_it_is_printed() {
    let mut terminal = Terminal::console(&["--panic"]);
    terminal.until_shown("q quit");
    terminal.press("R");
    assert_eq!(terminal.ended(), 101);
    terminal.assert_restored();
    terminal.until_shown("the test asked for a panic");
}

#[test]
fn sighup_ends_it_and_restores_what_is_still_there() {
    let mut terminal = Terminal::console(&["--live"]);
    terminal.until_shown("q quit");
    rustix::process::kill_process(terminal.pid(), rustix::process::Signal::HUP).unwrap();
    assert_eq!(terminal.ended(), 129);
    terminal.assert_restored();
}

/// Closes the terminal under the program, as a broken SSH connection does; how long the program
/// lived on.
fn hang_up(command: CommandBuilder) -> (u32, Duration) {
    let pair = native_pty_system().openpty(size(24, 80)).unwrap();
    let mut child = pair.slave.spawn_command(command).unwrap();
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().unwrap();
    let mut drawn = Vec::new();
    while !String::from_utf8_lossy(&drawn).contains("Anna Becker") {
        let mut chunk = [0; 4_096];
        let count = reader.read(&mut chunk).unwrap();
        assert!(count > 0, "it ended before it drew");
        drawn.extend_from_slice(&chunk[..count]);
    }
    drop(reader);
    drop(pair.master);
    let gone = Instant::now();
    let code = child.wait().unwrap().exit_code();
    (code, gone.elapsed())
}

#[test]
fn it_ends_when_the_terminal_is_gone() {
    let mut command = CommandBuilder::new(fixture());
    command.args(["--live"]);
    command.env("TERM", "xterm-256color");
    let (code, lived_on) = hang_up(command);
    assert_eq!(code, 129);
    assert!(lived_on < Duration::from_secs(2), "{lived_on:?}");
}

/// Under a wrapper that ignores SIGHUP nobody may send a signal: the hang-up itself is seen.
#[test]
fn it_ends_under_a_wrapper_when_the_terminal_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("code");
    let mut command = CommandBuilder::new("sh");
    let script = "trap '' HUP; \"$0\" --live; echo $? > \"$1\"";
    let (program, file) = (fixture(), result.clone());
    command.args([
        "-c",
        script,
        program.to_str().unwrap(),
        file.to_str().unwrap(),
    ]);
    command.env("TERM", "xterm-256color");
    let (_, lived_on) = hang_up(command);
    assert_eq!(std::fs::read_to_string(&result).unwrap().trim(), "129");
    assert!(lived_on < Duration::from_secs(2), "{lived_on:?}");
}

#[test]
fn it_goes_to_the_background_and_comes_back() {
    let mut command = CommandBuilder::new("bash");
    command.args(["--norc", "--noprofile", "-i"]);
    command.env("PS1", "shell> ");
    let mut terminal = Terminal::start(command);
    terminal.until_shown("shell>");
    terminal.press(&format!("{}\r", fixture().to_str().unwrap()));
    terminal.until_shown("q quit");
    terminal.press("\x1a");
    terminal.until("the shell", |seen| {
        !seen.parser.screen().alternate_screen()
            && seen.parser.screen().contents().contains("Stopped")
            && seen
                .parser
                .screen()
                .contents()
                .trim_end()
                .ends_with("shell>")
    });
    terminal.press("fg\r");
    terminal.until("the console again", |seen| {
        seen.parser.screen().alternate_screen()
            && seen.parser.screen().contents().contains("Anna Becker")
    });
    terminal.press("q");
    // Its prompt, not only its screen: until then the console still reads the keyboard.
    terminal.until("the shell again", |seen| {
        let screen = seen.parser.screen();
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("shell>")
    });
}

#[test]
fn it_survives_a_storm_of_sizes() {
    let mut terminal = Terminal::console(&["--live"]);
    terminal.until_shown("q quit");
    for step in 0..60_u16 {
        let size = size(1 + step * 7 % 50, 1 + step * 13 % 170);
        terminal.master.as_ref().unwrap().resize(size).unwrap();
    }
    {
        let mut seen = terminal.seen.0.lock().unwrap();
        seen.parser
            .screen_mut()
            .set_size(30.try_into().unwrap(), 100.try_into().unwrap());
    }
    terminal
        .master
        .as_ref()
        .unwrap()
        .resize(size(30, 100))
        .unwrap();
    terminal.press("u");
    terminal.until_shown("Lager Nord");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

#[test]
fn no_color_means_no_colour_and_the_selection_stays_visible() {
    let mut command = CommandBuilder::new(fixture());
    command.env("KEEP_NO_COLOR", "1");
    command.env("NO_COLOR", "1");
    let mut terminal = Terminal::start(command);
    terminal.until_shown("Anna Becker");
    terminal.until_shown("q quit");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    let seen = terminal.seen.0.lock().unwrap();
    let text = String::from_utf8_lossy(&seen.bytes);
    for parameter in text.split("\x1b[").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
        let (parameter, rest) = rest.split_at(end);
        rest.starts_with('m').then_some(parameter)
    }) {
        for number in parameter.split(';').filter_map(|n| n.parse::<u16>().ok()) {
            assert!(
                !matches!(number, 30..=38 | 40..=48 | 90..=107),
                "colour {parameter}"
            );
        }
    }
    assert!(text.contains("\x1b[7m"), "the selection is not reversed");
}
