//! What an administrator waits for at a dashboard with 20,000 users, and what it costs: the first
//! frame, the first row, a keystroke in the filter, memory, processor, bytes, the size of the
//! program.
//!
//! Two programs in a pty: lampfield on its demo tenant, and this benchmark itself as a console
//! without a bridge on a fixed snapshot, so that the figures are the console's alone. Its live part
//! gets a new snapshot every second, its still part none. Figures are read from /proc (Linux).

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod screen;
mod site;

use std::io::Write;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lampfield::bridge::Snapshot;
use lampfield::clock::{Clock, Reached, advance, elapsed};
use lampfield::clocks::{self, SystemClock};
use lampfield::console::{ConsoleOptions, Feed, LogInbox, fixture, run};
use portable_pty::CommandBuilder;
use screen::{Screen, Seen};
use site::{USERS, cpu_seconds, exit, measured_program, ms, percentile, resident, tick, verdict};
use tokio::sync::{mpsc, watch};

const STARTS: usize = 10;
const KEYSTROKES: usize = 60;
const MEASURE: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_secs(30);

const FIRST_FRAME_MS: f64 = 20.0;
const FIRST_ROW_MS: f64 = 50.0;
const KEYSTROKE_MS: f64 = 5.0;
/// 20 MiB, and 1 KiB a user.
const RESIDENT_MIB: f64 = 39.5;
const LIVE_CPU: f64 = 0.8;
const LIVE_BYTES: f64 = 600.0;
const IDLE_CPU: f64 = 0.05;
const PROGRAM_MB: f64 = 6.0;

/// How this program is told to be the console.
const LIVE: &str = "console-live";
const STILL: &str = "console-still";

/// A tenant at a port where nobody listens.
const NOBODY: &str = r#"
[tenant]
tenant_id = "corp.example"
client_id = "b44274ea-5464-4352-b089-a8cccc486915"
client_secret_env = "SECRET"
authority = "http://127.0.0.1:9"
graph_base = "http://127.0.0.1:9/v1.0"
[procall]
source = "file"
users_file = "users.csv"
"#;

const ROWS: u16 = 24;
const COLUMNS: u16 = 80;

fn main() -> ExitCode {
    let told = |word: &str| std::env::args().any(|arg| arg == word);
    if told(LIVE) || told(STILL) {
        return console(told(LIVE));
    }
    let parts = [program, begin, keystrokes, live, still, size];
    // Each part is run, whatever came of the others.
    exit(parts.map(|part| part()).into_iter().all(|holds| holds))
}

/// lampfield itself: with a tenant that does not answer, so that nothing but the program is
/// measured; the demo makes its tenant of 20,000 people first.
fn program() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("lampfield.toml");
    std::fs::write(&config, NOBODY).expect("a configuration");
    std::fs::write(folder.path().join("users.csv"), users()).expect("a list of users");
    let open = |args: &[&str]| {
        let mut command = CommandBuilder::new(measured_program());
        command.args(args);
        command.env("XDG_STATE_HOME", folder.path());
        command.env("SECRET", "secret");
        command.cwd(folder.path());
        Pane::open(command)
    };
    let frame = |seen: &Seen| seen.frames > 0;
    let frames = (0..STARTS).map(|_| open(&["--config", "lampfield.toml"]).until(frame));
    let frames: Vec<Duration> = frames.collect();
    let demo = ["--demo", "--users", &USERS.to_string()];
    let (frame, row) = (open(&demo).until(frame), open(&demo).until(has_row));
    println!(
        "demo with {USERS} users: first frame after {:.0} ms, first row after {:.0} ms",
        ms(frame),
        ms(row)
    );
    let median = ms(percentile(&frames, 50));
    verdict("lampfield, first frame", median, FIRST_FRAME_MS, " ms")
}

fn users() -> String {
    let line = |at| format!("u{at}@corp.example,User {at},{at}\n");
    let people = (0..USERS).map(line);
    std::iter::once("user_name,display_name,phone\n".to_owned())
        .chain(people)
        .collect()
}

/// The console alone: from the start of the process to the first row, without the time that
/// making the snapshot takes.
fn begin() -> bool {
    let begin = tick();
    drop(std::hint::black_box(fixture::crowd(USERS)));
    let making = begin.elapsed();
    let row = || Pane::console(STILL).until(has_row);
    let rows = (0..STARTS).map(|_| row().saturating_sub(making));
    let median = ms(percentile(&rows.collect::<Vec<_>>(), 50));
    verdict("console, first row", median, FIRST_ROW_MS, " ms")
}

/// A letter that changes the filter, to the frame that shows it.
fn keystrokes() -> bool {
    let mut pane = Pane::frozen();
    pane.press("/");
    let keys = ["b", "\x7f"].into_iter().cycle().take(KEYSTROKES);
    let times: Vec<Duration> = keys.map(|key| pane.press(key)).collect();
    let of = |percent| ms(percentile(&times, percent));
    println!(
        "filter keystroke: 95 of 100 {:.1} ms, longest {:.1} ms",
        of(95),
        of(100)
    );
    verdict("filter keystroke, median", of(50), KEYSTROKE_MS, " ms")
}

/// A new snapshot every second; ages and countdowns move on.
fn live() -> bool {
    let pane = Pane::console(LIVE);
    pane.until(has_row);
    std::thread::sleep(Duration::from_secs(2));
    let (cpu, bytes) = pane.spent(MEASURE);
    let resident = pane.resident();
    let holds = [
        verdict("console live, processor", cpu, LIVE_CPU, " % of a core"),
        verdict(
            "console live, to the terminal",
            bytes,
            LIVE_BYTES,
            " bytes/s",
        ),
        verdict("console live, resident", resident, RESIDENT_MIB, " MiB"),
    ];
    holds.into_iter().all(|holds| holds)
}

/// Nothing visible changes.
fn still() -> bool {
    let pane = Pane::frozen();
    // Until the word about it has gone.
    std::thread::sleep(Duration::from_secs(7));
    let (cpu, bytes) = pane.spent(MEASURE);
    let holds = [
        verdict("console idle, processor", cpu, IDLE_CPU, " % of a core"),
        verdict("console idle, to the terminal", bytes, 0.0, " bytes/s"),
    ];
    holds.into_iter().all(|holds| holds)
}

/// The program as it is installed: without the names that only a profiler needs.
#[allow(clippy::cast_precision_loss)] // for printing
fn size() -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let stripped = folder.path().join("lampfield");
    let strip = Command::new("strip")
        .arg("-o")
        .arg(&stripped)
        .arg(measured_program())
        .status();
    let Ok(size) = strip.and_then(|_| std::fs::metadata(&stripped)) else {
        println!("program: not measured, strip (binutils) is missing");
        return true;
    };
    verdict("program", size.len() as f64 / 1e6, PROGRAM_MB, " MB")
}

/// The console in this process, on the terminal that it has.
fn console(live: bool) -> ExitCode {
    let snapshot = fixture::crowd(USERS);
    let (published, snapshots) = watch::channel(Arc::new(snapshot.clone()));
    let (commands, _orders) = mpsc::channel(16);
    let (clock, began) = (SystemClock::new(), SystemClock::new().now());
    let clock = Arc::new(Moving(clock, began));
    std::thread::spawn(move || publish(snapshot, &published, live));
    let feed = Feed {
        snapshots,
        commands,
        logs: LogInbox::new(),
        clock,
        past: None,
    };
    let ended = run(ConsoleOptions::default(), feed);
    exit(ended.is_ok())
}

/// A new snapshot every second, or never.
fn publish(mut snapshot: Snapshot, to: &watch::Sender<Arc<Snapshot>>, live: bool) {
    while !to.is_closed() {
        if !live {
            std::thread::park();
        }
        std::thread::sleep(Duration::from_secs(1));
        snapshot.serial += 1;
        to.send_replace(Arc::new(snapshot.clone()));
    }
}

/// The fixture's time, moving on.
struct Moving(SystemClock, jiff::Timestamp);

impl Clock for Moving {
    fn now(&self) -> jiff::Timestamp {
        advance(fixture::now(), elapsed(self.1, self.0.now()))
    }

    fn reach(&self, at: jiff::Timestamp) -> Reached<'_> {
        clocks::sleep(self.now(), at)
    }
}

/// Whether the first row is there.
fn has_row(seen: &Seen) -> bool {
    seen.parser.screen().contents().contains('▌')
}

/// A program in a pty, with a keyboard.
struct Pane {
    began: Instant,
    screen: Screen,
    keyboard: Box<dyn Write + Send>,
}

impl Pane {
    fn console(word: &str) -> Self {
        let this = std::env::current_exe().expect("this program");
        let mut command = CommandBuilder::new(this);
        command.arg(word);
        Self::open(command)
    }

    /// A console that shows its snapshot as it is: nothing changes by itself.
    fn frozen() -> Self {
        let mut pane = Self::console(STILL);
        pane.until(has_row);
        pane.press(" ");
        pane
    }

    fn open(mut command: CommandBuilder) -> Self {
        command.env("LANG", "C.UTF-8");
        let screen = Screen::open(command, ROWS, COLUMNS);
        Self {
            began: screen.began,
            keyboard: screen.keyboard(),
            screen,
        }
    }

    /// Waits; how long it took from the start of the program.
    fn until(&self, holds: impl Fn(&Seen) -> bool) -> Duration {
        while !self.screen.with(&holds) {
            assert!(
                self.began.elapsed() < PATIENCE,
                "{}",
                self.screen.contents()
            );
            std::thread::sleep(Duration::from_micros(100));
        }
        self.began.elapsed()
    }

    /// Presses a key, and waits for the frame that it makes.
    fn press(&mut self, key: &str) -> Duration {
        let frames = self.screen.with(|seen| seen.frames);
        self.began = tick();
        self.keyboard
            .write_all(key.as_bytes())
            .expect("a pty that takes keys");
        self.keyboard.flush().expect("a pty that takes keys");
        let took = self.until(|seen| seen.frames > frames);
        // What is measured is one keystroke, not a queue of them.
        std::thread::sleep(Duration::from_millis(60));
        took
    }

    /// Processor in per cent of a core, and bytes a second.
    #[allow(clippy::cast_precision_loss)] // for printing
    fn spent(&self, time: Duration) -> (f64, f64) {
        let figures = || {
            (
                cpu_seconds(self.screen.pid()),
                self.screen.with(|seen| seen.bytes),
            )
        };
        let (cpu, bytes) = figures();
        std::thread::sleep(time);
        let (cpu_now, bytes_now) = figures();
        let seconds = time.as_secs_f64();
        (
            (cpu_now - cpu) * 100.0 / seconds,
            (bytes_now - bytes) as f64 / seconds,
        )
    }

    /// In MiB.
    fn resident(&self) -> f64 {
        resident(self.screen.pid(), "VmRSS")
    }
}
