//! What the benchmarks share: a simulated tenant of 20,000 users in a process of its own, so that
//! its work is not counted as ours, and a bridge on it as `lampfield run` would build it.

// Each benchmark uses the part it needs.
#![allow(dead_code, unreachable_pub)]

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use lampfield::bridge::{
    Bridge, CoreSettings, Event, LogLine, LogSink, Notice, Parts, StatePlace, TenantView,
};
use lampfield::clocks::SystemClock;
use lampfield::esplog::{LogHandle, LogSettings, LogWriter, OwnedLine};
use lampfield::graph::{self, Graph};
use lampfield::presence::Lang;
use lampfield::procall::Source;
use lampfield::procall::file::{FileSettings, FileSource};
use lampfield::simulator::{UCSERVER_ACCOUNT, UCSERVER_ADMIN};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde_json::Value;

/// The largest site that estos names.
pub const USERS: usize = 20_000;

/// The budget must never be what is measured.
pub const FREE_BUDGET: u32 = 100_000_000;

/// The program itself: built as the benchmark is, or the one that `LAMPFIELD_PROGRAM` names, such as that of a
/// package.
pub fn measured_program() -> &'static str {
    static NAMED: OnceLock<Option<String>> = OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var("LAMPFIELD_PROGRAM").ok());
    named.as_deref().unwrap_or(env!("CARGO_BIN_EXE_lampfield"))
}

/// The present moment, for measuring.
#[allow(clippy::disallowed_methods)] // a benchmark is the one who looks at the clock
pub fn tick() -> Instant {
    Instant::now()
}

/// Gives the simulator, which is started by `open`, the first processor and this process all the
/// others, where there are several: the work of the one must not stand in the way of the other.
pub fn apart<T>(open: impl FnOnce() -> T) -> T {
    let ours = sched_getaffinity(None).unwrap_or_default();
    let mut processors = (0..CpuSet::MAX_CPU).filter(|at| ours.is_set(*at));
    let (Some(first), true) = (processors.next(), ours.count() > 1) else {
        println!("one processor for all");
        return open();
    };
    // Threads and processes inherit it from whoever starts them.
    let mut of_simulator = CpuSet::new();
    of_simulator.set(first);
    let _ = sched_setaffinity(None, &of_simulator);
    let opened = open();
    let mut others = ours;
    others.unset(first);
    let _ = sched_setaffinity(None, &others);
    println!(
        "simulator on one processor, this process on {}",
        others.count()
    );
    opened
}

/// A tenant in its own process.
pub struct Tenant {
    process: Child,
    ready: Value,
    _folder: tempfile::TempDir,
}

impl Tenant {
    /// Everybody matches; `day`: people move, so many times livelier than in the demo.
    pub fn open(day: Option<f64>) -> Self {
        Self::of_users(USERS, day)
    }

    /// The same with so many users.
    pub fn of_users(users: usize, day: Option<f64>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the scenario");
        let scenario = folder.path().join("scenario.toml");
        let text = format!(
            "day = {}\n[settings]\neveryone_matches = true\npresence_limit = {FREE_BUDGET}\npace = {:?}\n",
            day.is_some(),
            day.unwrap_or(1.0)
        );
        std::fs::write(&scenario, text).expect("the scenario can be written");
        let mut process = Command::new(measured_program())
            .args(["simulator", "--users", &users.to_string(), "--scenario"])
            .arg(&scenario)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the simulator starts");
        let out = process.stdout.take().expect("its stdout is ours");
        let mut line = String::new();
        BufReader::new(out)
            .read_line(&mut line)
            .expect("it says when it is ready");
        Self {
            process,
            ready: serde_json::from_str(&line).expect("one JSON line"),
            _folder: folder,
        }
    }

    /// One member of the line that it prints when it is ready.
    pub fn get(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap_or_default()
    }

    pub fn graph_settings(&self) -> graph::Settings {
        settings(
            self.get("authority"),
            self.get("graph_base"),
            self.get("tenant_id"),
            self.get("client_id"),
            self.get("client_secret"),
        )
    }

    /// The folder of users.csv and calls.jsonl.
    pub fn folder(&self) -> &Path {
        let users = Path::new(self.get("users_file"));
        users.parent().expect("a file is in a folder")
    }

    /// Ten calls that nobody takes for everybody: twenty events in every chain of causes.
    pub fn fill_histories(&self) {
        let users = std::fs::read_to_string(self.get("users_file")).expect("users.csv");
        let names = users
            .lines()
            .skip(1)
            .filter_map(|line| line.split(',').next());
        let mut calls = String::new();
        for name in names {
            for state in ["ringing", "ended"].repeat(10) {
                let call = serde_json::json!({"user_name": name, "kind": "tapi", "state": state});
                let _ = writeln!(calls, "{call}");
            }
        }
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(self.folder().join("calls.jsonl"));
        let mut file = file.expect("calls.jsonl");
        file.write_all(calls.as_bytes())
            .expect("room for the calls");
    }

    /// A configuration file for `lampfield run`.
    pub fn config(&self, interval: &str, files: &Path) -> String {
        let source = format!(
            "[procall]\nsource = \"file\"\nusers_file = \"{}\"\nevents_file = \"{}\"\npresence_out = \"{}\"\n\
             [poll]\ninterval = \"{interval}\"\nrequests_per_30s = 10000\n",
            self.get("users_file"),
            self.folder().join("calls.jsonl").display(),
            files.join("procall.jsonl").display(),
        );
        self.config_of(&source, files)
    }

    /// The same with the tenant's UCServer; passwords in `PASSWORD` and `ADMIN_PASSWORD`.
    pub fn config_with_ucserver(&self, files: &Path) -> String {
        let source = format!(
            "[procall]\nsource = \"ucserver\"\n[ucserver]\nurl = \"{}\"\nuser = \"{}\"\n\
             password_env = \"PASSWORD\"\nadmin_user = \"{}\"\nadmin_password_env = \"ADMIN_PASSWORD\"\n",
            self.get("ucserver"),
            UCSERVER_ACCOUNT.0,
            UCSERVER_ADMIN.0,
        );
        self.config_of(&source, files)
    }

    fn config_of(&self, source: &str, files: &Path) -> String {
        format!(
            "[tenant]\ntenant_id = \"{}\"\nclient_id = \"{}\"\nclient_secret_env = \"LAMPFIELD_CLIENT_SECRET\"\n\
             authority = \"{}\"\ngraph_base = \"{}\"\n{source}\
             [log]\ndirectory = \"{}\"\nsystem_log = false\n[state]\ndirectory = \"{}\"\n",
            self.get("tenant_id"),
            self.get("client_id"),
            self.get("authority"),
            self.get("graph_base"),
            files.join("logs").display(),
            files.join("state").display(),
        )
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// Ends a process as a service manager would, so that it can remove its folder.
pub fn end(process: &mut Child) {
    let pid = i32::try_from(process.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
    let _ = process.wait();
}

pub fn settings(
    authority: &str,
    graph_base: &str,
    tenant_id: &str,
    client_id: &str,
    secret: &str,
) -> graph::Settings {
    graph::Settings {
        tenant_id: tenant_id.to_owned(),
        client_id: client_id.to_owned(),
        credential: graph::Credential::Secret(secret.into()),
        authority: authority.parse().expect("a URL"),
        graph_base: graph_base.parse().expect("a URL"),
        ca_pem: None,
        requests_per_30s: FREE_BUDGET,
        timeouts: graph::Timeouts::default(),
    }
}

/// The source that `lampfield run` uses.
pub fn files(users_file: &Path, calls: &Path, out: &Path) -> Box<dyn Source> {
    Box::new(FileSource::new(FileSettings {
        users_file: users_file.to_owned(),
        events_file: Some(calls.to_owned()),
        presence_out: Some(out.join("procall.jsonl")),
        lang: Lang::De,
    }))
}

/// A bridge that writes its ledger and its log into `folder`.
pub fn bridge(
    settings: &graph::Settings,
    source: Box<dyn Source>,
    interval: Duration,
    folder: &Path,
) -> Bridge {
    let clock = Arc::new(SystemClock::new());
    let graph = Graph::new(settings, clock.clone()).expect("the settings are good");
    let tenant = TenantView {
        procall: source.label(),
        ..TenantView::default()
    };
    Bridge::start(Parts {
        graph,
        source,
        settings: CoreSettings {
            interval,
            ..CoreSettings::default()
        },
        tenant: Arc::new(tenant),
        clock,
        state: Some(StatePlace {
            directory: folder.join("state"),
            tenant_id: settings.tenant_id.as_str().into(),
            client_id: settings.client_id.as_str().into(),
        }),
        log_sink: Box::new(Log::open(folder)),
        cluster: None,
    })
}

/// The log on disk, as `lampfield run` writes it.
struct Log(LogHandle);

impl Log {
    fn open(folder: &Path) -> Self {
        let settings = LogSettings {
            directory: folder.join("logs"),
            max_size_mb: 10,
            keep: 5,
            archive: false,
            level: tracing::Level::INFO,
            layout: lampfield::esplog::Layout::default(),
        };
        let log = LogHandle::start(LogWriter::open(settings), |_| {});
        Self(log.expect("a thread for the log"))
    }
}

impl LogSink for Log {
    fn log(&mut self, at: Timestamp, line: LogLine) {
        if line.level > tracing::Level::INFO {
            return;
        }
        self.0.log(OwnedLine {
            at,
            level: line.level,
            target: line.target.as_str(),
            user: line.user,
            message: line.message,
            tenant: None,
            values: line.values,
        });
    }

    fn notify(&mut self, _: &Notice) {}

    fn trouble(&mut self) -> Option<Event> {
        None
    }
}

/// The runtime that `lampfield` uses.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The value below which so many per cent of the samples are (nearest rank).
pub fn percentile(samples: &[Duration], percent: usize) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// One line: name, measured, budget, whether it holds. Returns that.
pub fn verdict(name: &str, measured: f64, budget: f64, unit: &str) -> bool {
    let holds = measured <= budget;
    let word = if holds { "holds" } else { "BROKEN" };
    println!("{name}: {measured:.2}{unit}, budget {budget:.2}{unit}: {word}");
    holds
}

/// A part of a benchmark: what it is called, and whether its budgets hold.
pub type Part = (&'static str, fn() -> bool);

/// Runs the parts that are named on the command line (`cargo bench --bench memory -- lively`), without a name all of
/// them; each whatever came of the others. Returns whether all hold.
pub fn each_wanted(parts: &[Part]) -> bool {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let is_wanted = |name: &str| wanted.iter().any(|it| it == name);
    let all = !parts.iter().any(|(name, _)| is_wanted(name));
    let chosen = parts.iter().filter(|(name, _)| all || is_wanted(name));
    let held: Vec<bool> = chosen.map(|(_, part)| part()).collect();
    held.into_iter().all(|it| it)
}

/// Exit code of a benchmark whose budgets hold, or not.
pub fn exit(holds: bool) -> std::process::ExitCode {
    if holds {
        std::process::ExitCode::SUCCESS
    } else {
        std::process::ExitCode::FAILURE
    }
}

/// Milliseconds, for printing.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// Seconds of processor time that a process has used so far.
pub fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in parentheses may hold spaces: count from its end.
    let fields: Vec<f64> = stat
        .rsplit(") ")
        .next()
        .unwrap_or_default()
        .split(' ')
        .filter_map(|field| field.parse().ok())
        .collect();
    // The state letter is no number: utime and stime are the numbers 10 and 11.
    let ticks = fields.get(10).unwrap_or(&0.0) + fields.get(11).unwrap_or(&0.0);
    ticks / 100.0
}

/// A line of /proc/PID/status in MiB.
pub fn resident(pid: u32, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("/proc (Linux)");
    number_of(&status, line) / 1024.0
}

/// The number in the line of that name.
pub fn number_of(status: &str, name: &str) -> f64 {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}
