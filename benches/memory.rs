//! Resident memory, processor time and wake-ups of `lampfield run` with 20,000 users, and whether
//! memory stays flat over a working day.
//!
//! The program runs as its own process against a simulator in another one; its figures are read
//! from /proc (Linux). The day is driven through the state machine in this process as fast as it
//! goes: 8,640 cycles, 24 changes and 10 calls for every user. Budgets: 64 MiB; flat within 2 MiB
//! from noon, when every user's chain of causes is full, to midnight; 48 MiB at rest with a UCServer.

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod day;
mod site;

use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use day::Day;
use lampfield::simulator::{UCSERVER_ACCOUNT, UCSERVER_ADMIN};
use site::{
    Part, Tenant, USERS, cpu_seconds, each_wanted, end, exit, measured_program, number_of,
    resident, tick, verdict,
};

const BUDGET_MIB: f64 = 64.0;

/// With a UCServer, nothing happening.
const REST_MIB: f64 = 48.0;

/// What the unit asks of glibc's allocator.
const UNIT: &str = include_str!("../assets/lampfield.service");

const FLAT_MIB: f64 = 2.0;

/// Processor time a minute, in per cent of one core, with nothing to do.
const IDLE_BUDGET: f64 = 0.1;

fn main() -> ExitCode {
    println!("{USERS} users");
    let parts: [Part; 5] = [
        ("rest", rest),
        ("quiet", quiet),
        ("idle", idle),
        ("lively", lively),
        ("day", whole_day),
    ];
    exit(each_wanted(&parts))
}

/// Nobody moves; a UCServer instead of files. By hand, and with the environment of the unit.
fn rest() -> bool {
    let of_unit = UNIT.lines().find_map(|line| {
        let (name, value) = line.strip_prefix("Environment=")?.split_once('=')?;
        (name == "GLIBC_TUNABLES").then_some(value)
    });
    let of_unit = of_unit.expect("the unit says something to glibc");
    let tenant = Tenant::open(None);
    for (how, tunables) in [("by hand", ""), ("as the unit has it", of_unit)] {
        let config = |files: &Path| tenant.config_with_ucserver(files);
        let service = Service::run(&tenant, config, &[("GLIBC_TUNABLES", tunables)]);
        service.wait_for_log(&format!("{USERS} users in"));
        std::thread::sleep(Duration::from_secs(20));
        let (cpu, _) = service.over(Duration::from_secs(20));
        let (now, most) = service.resident();
        let file = resident(service.process.id(), "RssFile");
        println!(
            "rest, {how}: processor {cpu:.2} % of a core, {file:.1} MiB of the file, at most {most:.1} MiB"
        );
        if !tunables.is_empty() {
            return verdict(&format!("rest, {how}"), now, REST_MIB, " MiB");
        }
        println!("rest, {how}: {now:.1} MiB");
    }
    false
}

/// Nobody moves; everybody is polled every 5 s.
fn quiet() -> bool {
    let tenant = Tenant::open(None);
    let service = Service::start(&tenant, "5s");
    service.wait_for_cycle(Duration::from_secs(20));
    let (cpu, wakes) = service.over(Duration::from_secs(40));
    println!("quiet, 5 s: processor {cpu:.2} % of a core, {wakes:.1} wake-ups/s");
    service.memory("quiet, 5 s")
}

/// No cycle is due: what remains is waiting.
fn idle() -> bool {
    let tenant = Tenant::open(None);
    let service = Service::start(&tenant, "10m");
    service.wait_for_cycle(Duration::from_secs(45));
    let (cpu, wakes) = service.over(Duration::from_secs(40));
    println!("idle, between cycles: {wakes:.1} wake-ups/s");
    let quiet = verdict("idle, processor", cpu, IDLE_BUDGET, " %");
    service.memory("idle") && quiet
}

/// People move and call, twenty times livelier than a tenant of that size is: one in six is on the
/// phone. Polled every second. Everybody's chain of causes is full from the beginning.
fn lively() -> bool {
    let tenant = Tenant::open(Some(20.0));
    let service = Service::start(&tenant, "1s");
    service.wait_for_cycle(Duration::from_secs(5));
    tenant.fill_histories();
    for _ in 0..6 {
        let (cpu, wakes) = service.over(Duration::from_secs(50));
        let (now, most) = service.resident();
        println!(
            "lively, 1 s: {now:.1} MiB (most {most:.1}), processor {cpu:.1} % of a core, {wakes:.0} wake-ups/s"
        );
    }
    service.memory("lively, 1 s")
}

fn whole_day() -> bool {
    let before = resident(std::process::id(), "VmRSS");
    let started = tick();
    let mut day = Day::begin();
    let mut noon = 0.0;
    let mut highest = 0.0_f64;
    for hour in 1..=24 {
        day.hour();
        let now = resident(std::process::id(), "VmRSS") - before;
        if hour == 12 {
            noon = now;
        }
        highest = highest.max(now);
        if hour % 3 == 0 {
            println!(
                "day, hour {hour:2}: state machine {now:.1} MiB, {}",
                day.sum()
            );
        }
    }
    let midnight = resident(std::process::id(), "VmRSS") - before;
    println!("day: took {:.0} s", started.elapsed().as_secs_f64());
    let flat = verdict("day, noon to midnight", midnight - noon, FLAT_MIB, " MiB");
    verdict("day, state machine at most", highest, BUDGET_MIB, " MiB") && flat
}

/// `lampfield run` in its own process.
struct Service {
    process: Child,
    folder: tempfile::TempDir,
}

impl Service {
    fn start(tenant: &Tenant, interval: &str) -> Self {
        Self::run(tenant, |files| tenant.config(interval, files), &[])
    }

    fn run(
        tenant: &Tenant,
        config: impl FnOnce(&Path) -> String,
        environment: &[(&str, &str)],
    ) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("lampfield.toml");
        std::fs::write(&file, config(folder.path())).expect("a configuration");
        let process = Command::new(measured_program())
            .arg("--config")
            .arg(&file)
            .arg("run")
            .env("LAMPFIELD_CLIENT_SECRET", tenant.get("client_secret"))
            .env("PASSWORD", UCSERVER_ACCOUNT.1)
            .env("ADMIN_PASSWORD", UCSERVER_ADMIN.1)
            .envs(environment.iter().copied())
            .stderr(Stdio::null())
            .spawn()
            .expect("lampfield starts");
        Self { process, folder }
    }

    /// Until a line of the log has these words.
    fn wait_for_log(&self, words: &str) {
        let logs = self.folder.path().join("logs");
        let says = |file: std::fs::DirEntry| {
            std::fs::read_to_string(file.path()).is_ok_and(|text| text.contains(words))
        };
        let said = || std::fs::read_dir(&logs).is_ok_and(|files| files.flatten().any(says));
        let started = tick();
        while !said() {
            assert!(started.elapsed() < Duration::from_mins(1), "never: {words}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The first cycle tells ProCall of everybody; then the rest of the time goes by.
    fn wait_for_cycle(&self, settle: Duration) {
        let out = self.folder.path().join("procall.jsonl");
        let told = || std::fs::read_to_string(&out).map_or(0, |text| text.lines().count());
        let started = tick();
        while told() < USERS {
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "only {} read",
                told()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
        std::thread::sleep(settle);
    }

    /// Processor time in per cent of one core, and wake-ups per second.
    fn over(&self, time: Duration) -> (f64, f64) {
        let pid = self.process.id();
        let (cpu, wakes) = (cpu_seconds(pid), wake_ups(pid));
        std::thread::sleep(time);
        let seconds = time.as_secs_f64();
        let cpu = (cpu_seconds(pid) - cpu) * 100.0 / seconds;
        (cpu, (wake_ups(pid) - wakes) / seconds)
    }

    /// Now and at most so far, in MiB.
    fn resident(&self) -> (f64, f64) {
        let pid = self.process.id();
        (resident(pid, "VmRSS"), resident(pid, "VmHWM"))
    }

    fn memory(&self, name: &str) -> bool {
        let (now, most) = self.resident();
        println!("{name}: resident {now:.1} MiB at the end");
        verdict(&format!("{name}, at most"), most, BUDGET_MIB, " MiB")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// How often any of its threads has waited so far: every wait ends with a wake-up.
fn wake_ups(pid: u32) -> f64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).expect("/proc (Linux)");
    tasks
        .flatten()
        .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok())
        .map(|status| number_of(&status, "voluntary_ctxt_switches"))
        .sum()
}
