//! What it costs to look at a running bridge from another process: the first row with 20,000 users,
//! memory, processor of each console with 1,000 users live, and what twenty of them cost the bridge.
//!
//! The service is `lampfield run` on a simulated tenant; the consoles are `lampfield attach` in a pty
//! each. Figures are read from /proc (Linux).

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod screen;
mod site;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use portable_pty::CommandBuilder;
use screen::Screen;
use site::{
    Tenant, USERS, cpu_seconds, each_wanted, end, exit, measured_program, ms, percentile, resident,
    verdict,
};

const STARTS: usize = 10;
const CONSOLES: usize = 20;
const LIVE_USERS: usize = 1_000;
const MEASURE: Duration = Duration::from_mins(1);
/// Alone and watched, so often. The processor time of a process is told in hundredths of a second, one of which is a twentieth of what the bridge
/// takes in a minute; and no minute of the day is like the other.
const TURNS: u32 = 3;
const PATIENCE: Duration = Duration::from_mins(1);

const FIRST_ROW_MS: f64 = 50.0;
const RESIDENT_MIB: f64 = 16.0;
/// Per cent of a core.
const CONSOLE_CPU: f64 = 1.0;
/// With all consoles attached, compared with none.
const BRIDGE_RATIO: f64 = 1.05;

fn main() -> ExitCode {
    exit(each_wanted(&[("large", large), ("lively", lively)]))
}

/// `lampfield run` with its socket.
struct Service {
    process: Child,
    socket: PathBuf,
    _tenant: Tenant,
    _folder: tempfile::TempDir,
}

impl Service {
    fn start(tenant: Tenant) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("bridge.sock");
        let config = folder.path().join("lampfield.toml");
        let attach = format!("[attach]\nsocket = \"{}\"\n", socket.display());
        let text = tenant.config("5s", folder.path()) + &attach;
        std::fs::write(&config, text).expect("a configuration");
        let process = Command::new(measured_program())
            .args(["run", "--config"])
            .arg(&config)
            .env("LAMPFIELD_CLIENT_SECRET", tenant.get("client_secret"))
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        Self {
            process,
            socket,
            _tenant: tenant,
            _folder: folder,
        }
    }

    /// Per cent of a core.
    fn spends(&self) -> f64 {
        spent(&[self.process.id()])
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

fn spent(pids: &[u32]) -> f64 {
    let all = || pids.iter().map(|pid| cpu_seconds(*pid)).sum::<f64>();
    let before = all();
    std::thread::sleep(MEASURE);
    (all() - before) * 100.0 / MEASURE.as_secs_f64()
}

fn console(socket: &Path) -> Screen {
    let mut command = CommandBuilder::new(measured_program());
    command.args(["attach", "--socket"]);
    command.arg(socket);
    command.env("LANG", "C.UTF-8");
    Screen::open(command, 24, 80)
}

/// How long from the start of the program until a row is on the screen.
fn first_row(screen: &Screen) -> Duration {
    until(screen, |text| text.contains('▌'))
}

fn until(screen: &Screen, holds: impl Fn(&str) -> bool) -> Duration {
    while !holds(&screen.contents()) {
        let waited = screen.began.elapsed();
        assert!(waited < PATIENCE, "{}", screen.contents());
        std::thread::sleep(Duration::from_millis(1));
    }
    screen.began.elapsed()
}

/// Consoles that come before the bridge is there end at once; this one has seen everybody.
fn ready(service: &Service) -> Screen {
    loop {
        std::thread::sleep(Duration::from_millis(500));
        let screen = console(&service.socket);
        std::thread::sleep(Duration::from_secs(1));
        if screen.contents().contains("live") {
            return screen;
        }
    }
}

/// 20,000 users.
fn large() -> bool {
    let service = Service::start(Tenant::of_users(USERS, None));
    let first = ready(&service);
    std::thread::sleep(Duration::from_secs(15));
    let starts = (0..STARTS).map(|_| first_row(&console(&service.socket)));
    let starts: Vec<Duration> = starts.collect();
    let row = ms(percentile(&starts, 50));
    let row = verdict("20,000 users, first row", row, FIRST_ROW_MS, " ms");
    // The pages of the program are there once, however many consoles there are.
    let program = resident(first.pid(), "RssFile");
    println!("20,000 users, pages of the program: {program:.1} MiB, shared by all consoles");
    let own = resident(first.pid(), "RssAnon");
    row & verdict(
        "20,000 users, of each console's own",
        own,
        RESIDENT_MIB,
        " MiB",
    )
}

/// 1,000 users whose day goes on, watched by twenty.
#[allow(clippy::cast_precision_loss)] // for printing
fn lively() -> bool {
    let service = Service::start(Tenant::of_users(LIVE_USERS, Some(1.0)));
    drop(ready(&service));
    std::thread::sleep(Duration::from_secs(5));
    let (mut alone, mut watched, mut each) = (0.0, 0.0, 0.0);
    for _ in 0..TURNS {
        alone += service.spends() / f64::from(TURNS);
        let consoles: Vec<Screen> = (0..CONSOLES).map(|_| console(&service.socket)).collect();
        for console in &consoles {
            first_row(console);
        }
        std::thread::sleep(Duration::from_secs(2));
        let before = cpu_seconds(service.process.id());
        let pids: Vec<u32> = consoles.iter().map(Screen::pid).collect();
        each += spent(&pids) / CONSOLES as f64 / f64::from(TURNS);
        let spends = (cpu_seconds(service.process.id()) - before) * 100.0 / MEASURE.as_secs_f64();
        watched += spends / f64::from(TURNS);
    }
    println!("the bridge alone: {alone:.2} % of a core; watched by {CONSOLES}: {watched:.2} %");
    let console = verdict(
        "1,000 users live, each console",
        each,
        CONSOLE_CPU,
        " % of a core",
    );
    let ratio = watched / alone.max(0.01);
    console
        & verdict(
            "the bridge, watched by twenty",
            ratio,
            BRIDGE_RATIO,
            " times",
        )
}
