//! The console with a fixed picture and no bridge: for looking at it, and for the tests in a pty.
//!
//! `--live` moves the time on; `--panic` panics on the first refresh; `--users N` makes a crowd;
//! `--lang de`, `--ascii`, `--color never`, `--theme light`, `--observe` as with lampfield itself.
#![allow(clippy::expect_used, clippy::print_stderr, clippy::disallowed_methods)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lampfield::bridge::Command;
use lampfield::clock::{Clock, Reached};
use lampfield::clocks::{self, ManualClock, SystemClock};
use lampfield::console::{
    ColorChoice, ConsoleExit, ConsoleOptions, Feed, LogInbox, ThemeChoice, fixture, run,
};
use lampfield::presence::Lang;
use tokio::sync::{mpsc, watch};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| args.iter().any(|arg| arg == name);
    let value = |name: &str| {
        let at = args.iter().position(|arg| arg == name)?;
        args.get(at + 1).cloned()
    };
    let users = value("--users").and_then(|n| n.parse().ok());
    let snapshot = Arc::new(users.map_or_else(fixture::snapshot, fixture::crowd));
    let (_pictures, snapshots) = watch::channel(snapshot);
    let (commands, mut orders) = mpsc::channel(16);
    let logs = LogInbox::new();
    for line in fixture::log_lines() {
        logs.push(line);
    }
    let clock: Arc<dyn Clock> = if has("--live") {
        Arc::new(Moving::new())
    } else {
        Arc::new(ManualClock::at(fixture::now()))
    };
    let options = ConsoleOptions {
        lang: if value("--lang").as_deref() == Some("de") {
            Lang::De
        } else {
            Lang::En
        },
        color: if value("--color").as_deref() == Some("never") {
            ColorChoice::Never
        } else {
            ColorChoice::Auto
        },
        theme: value("--theme").and_then(|name| ThemeChoice::from_name(&name)),
        ascii: has("--ascii"),
        observe: has("--observe"),
        comes_back: false,
        ..ConsoleOptions::default()
    };
    let clock = if has("--panic") {
        let orders = Mutex::new(orders);
        Arc::new(Bomb { clock, orders }) as Arc<dyn Clock>
    } else {
        std::thread::spawn(move || while orders.blocking_recv().is_some() {});
        clock
    };
    let feed = Feed {
        snapshots,
        commands,
        logs,
        clock,
        past: None,
    };
    let exit = run(options, feed).unwrap_or_else(|error| {
        eprintln!("{error}");
        ConsoleExit::Quit
    });
    std::process::exit(exit.code());
}

/// The fixture's time, moving on.
struct Moving {
    start: jiff::Timestamp,
    system: SystemClock,
}

impl Moving {
    fn new() -> Self {
        let system = SystemClock::new();
        Self {
            start: system.now(),
            system,
        }
    }
}

impl Clock for Moving {
    fn now(&self) -> jiff::Timestamp {
        let passed = lampfield::clock::elapsed(self.start, self.system.now());
        lampfield::clock::advance(fixture::now(), passed.max(Duration::ZERO))
    }

    fn reach(&self, at: jiff::Timestamp) -> Reached<'_> {
        clocks::sleep(self.now(), at)
    }
}

/// A clock that panics where the screen's thread asks it for the time after a refresh.
struct Bomb {
    clock: Arc<dyn Clock>,
    /// Read where the time is asked for: another thread could read it after the last frame.
    orders: Mutex<mpsc::Receiver<Command>>,
}

impl Clock for Bomb {
    fn now(&self) -> jiff::Timestamp {
        let order = self.orders.lock().expect("poisoned").try_recv();
        assert!(
            order != Ok(Command::RefreshAll),
            "the test asked for a panic"
        );
        self.clock.now()
    }

    fn reach(&self, at: jiff::Timestamp) -> Reached<'_> {
        self.clock.reach(at)
    }
}
