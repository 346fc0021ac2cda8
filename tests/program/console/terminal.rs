//! A program in a pty, and what it has drawn.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::fs::OFlags;
use rustix::termios::{Action, tcflow};

/// Longest wait for something that must happen; far more than it takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn fixture() -> PathBuf {
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

pub(crate) struct Seen {
    pub(crate) parser: vt100::Parser,
    pub(crate) bytes: Vec<u8>,
    pub(crate) closed: bool,
}

impl Seen {
    /// What a person sees: nobody sees blanks at the end of a line.
    pub(crate) fn text(&self) -> String {
        let contents = self.parser.screen().contents();
        contents
            .lines()
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect()
    }
}

pub(crate) type Shared = Arc<(Mutex<Seen>, Condvar)>;

/// A program in a pty, and what it has drawn.
pub(crate) struct Terminal {
    pub(crate) master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    pub(crate) seen: Shared,
    modes: String,
}

pub(crate) fn size(rows: u16, cols: u16) -> PtySize {
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
    pub(crate) fn console(args: &[&str]) -> Self {
        let mut command = CommandBuilder::new(fixture());
        command.args(args);
        Self::start(command)
    }

    pub(crate) fn start(command: CommandBuilder) -> Self {
        Self::start_in("C.UTF-8", command)
    }

    /// In a terminal of this locale.
    pub(crate) fn start_in(locale: &str, mut command: CommandBuilder) -> Self {
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LC_ALL", locale),
            ("TZ", "UTC"),
        ] {
            command.env(name, value);
        }
        for name in [
            "XDG_RUNTIME_DIR",
            "NO_COLOR",
            "COLORTERM",
            "CLICOLOR_FORCE",
            "TMUX",
            "STY",
        ] {
            if command.get_env(format!("KEEP_{name}")).is_none() {
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

    pub(crate) fn press(&mut self, keys: &str) {
        self.send(keys.as_bytes());
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(bytes).unwrap();
        keyboard.flush().unwrap();
    }

    /// From now on the terminal takes nothing, as after Ctrl-S.
    pub(crate) fn stall(&self) {
        tcflow(self.line(), Action::OOff).unwrap();
    }

    /// It takes again.
    pub(crate) fn go_on(&self) {
        tcflow(self.line(), Action::OOn).unwrap();
    }

    fn line(&self) -> File {
        let name = self.master.as_ref().unwrap().tty_name().unwrap();
        let mut options = File::options();
        options
            .read(true)
            .write(true)
            .custom_flags(OFlags::NOCTTY.bits().cast_signed());
        options.open(name).unwrap()
    }

    /// The size of the screen that is looked at.
    pub(crate) fn sees(&self, rows: u16, columns: u16) {
        let mut seen = self.seen.0.lock().unwrap();
        let (rows, columns) = (rows.try_into().unwrap(), columns.try_into().unwrap());
        seen.parser.screen_mut().set_size(rows, columns);
    }

    /// Waits until the screen is as wanted.
    pub(crate) fn until(&self, what: &str, holds: impl Fn(&Seen) -> bool) {
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

    pub(crate) fn until_shown(&self, text: &str) {
        self.until(text, |seen| seen.parser.screen().contents().contains(text));
    }

    /// Waits for the end of the program and of its output; the exit code.
    pub(crate) fn ended(&mut self) -> u32 {
        self.until("the end of the output", |seen| seen.closed);
        self.child.wait().unwrap().exit_code()
    }

    /// The terminal is as it was before the program started.
    pub(crate) fn assert_restored(&self) {
        let seen = self.seen.0.lock().unwrap();
        let screen = seen.parser.screen();
        assert!(
            !screen.alternate_screen(),
            "the alternate screen is still on"
        );
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is still on");
        drop(seen);
        self.assert_modes_restored();
    }

    pub(crate) fn assert_modes_restored(&self) {
        let now = modes(&**self.master.as_ref().unwrap());
        assert_eq!(now, self.modes, "the line discipline has changed");
    }

    pub(crate) fn pid(&self) -> rustix::process::Pid {
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
