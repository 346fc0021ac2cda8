//! A thousand presence events a second from a UCServer with 20,000 users, with the dashboard live
//! in a pty: processor, drawing, lag from the event to the screen, resident memory. Before that the
//! same without a screen, so that it can be told what the dashboard adds.
//!
//! The simulated tenant and its UCServer run in this process, lampfield in its own; its figures are
//! read from /proc (Linux). An event is a call that begins to ring, is answered, or ends, each of
//! them one `asnUpdatePresenceV2`; a third of all are written to Teams as far as the budget lets
//! them. Budgets: all events taken, half of a core, 64 MiB, 250 ms from the event to the screen
//! (95 of 100). Another number of users: `cargo bench --bench events -- 10000`.

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod pty;
mod screen;
mod site;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lampfield::simulator::ucserver::{CallId, Medium, SimulatedUcServer};
use lampfield::simulator::{
    Options, Running, Scenario, Settings, UCSERVER_ACCOUNT, UCSERVER_ADMIN, start,
};
use pty::{Dashboard, Figures};
use site::{USERS, end, exit, measured_program, ms, percentile, resident, tick, verdict};

const PER_SECOND: u64 = 1_000;
const SETTLE: Duration = Duration::from_secs(20);
const MEASURE: Duration = Duration::from_mins(1);
const PATIENCE: Duration = Duration::from_mins(1);

const BUDGET_MIB: f64 = 64.0;
const BUDGET_CPU: f64 = 50.0;
const BUDGET_LAG_MS: f64 = 250.0;

/// Calls that ring, and that talk, at any time.
const RINGING: usize = 500;
const TALKING: usize = 1_500;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let tenant = runtime.block_on(start(options())).expect("a tenant");
    let _inside = runtime.enter();
    let alone = without_screen(&tenant);
    println!("lampfield run: resident {alone:.1} MiB");
    let folder = tempfile::tempdir().expect("a folder");
    let begin = tick();
    let dashboard = Dashboard::open(&tenant, folder.path());
    dashboard.until(|screen| screen.contains(" live "));
    println!(
        "{} users, live after {:.1} s",
        users(),
        begin.elapsed().as_secs_f64()
    );
    let mut load = Load::on(&tenant, &dashboard.first_shown());
    load.run(SETTLE, Some(&dashboard));
    let rested = dashboard.figures();
    load.lags.clear();
    load.late = Duration::ZERO;
    load.sent = 0;
    let begin = tick();
    load.run(MEASURE, Some(&dashboard));
    let time = begin.elapsed().as_secs_f64();
    report(&load, &dashboard, rested, time)
}

fn users() -> usize {
    let named = std::env::args().find_map(|arg| arg.parse().ok());
    named.unwrap_or(USERS)
}

/// `lampfield run` under the same load for as long: what it takes at the end, in MiB.
fn without_screen(tenant: &Running) -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let config = write_configuration(tenant, folder.path());
    let mut process = Command::new(measured_program())
        .arg("--config")
        .arg(&config)
        .arg("run")
        .env("SECRET", &tenant.ready().client_secret)
        .env("PASSWORD", UCSERVER_ACCOUNT.1)
        .env("ADMIN_PASSWORD", UCSERVER_ADMIN.1)
        .stderr(Stdio::null())
        .spawn()
        .expect("lampfield starts");
    let mut load = Load::on(tenant, "");
    load.run(SETTLE + MEASURE, None);
    let taken = resident(process.id(), "VmHWM");
    load.end();
    end(&mut process);
    taken
}

fn options() -> Options {
    Options {
        users: users(),
        scenario: Scenario::Quiet,
        ucserver_port: Some(0),
        settings: Settings {
            everyone_matches: true,
            ..Settings::default()
        },
        ..Options::default()
    }
}

#[allow(clippy::cast_precision_loss)] // for printing
fn report(load: &Load, dashboard: &Dashboard, before: Figures, time: f64) -> ExitCode {
    let now = dashboard.figures();
    let rate = |new: u64, old: u64| (new - old) as f64 / time;
    let (bytes, frames) = (
        rate(now.bytes, before.bytes),
        rate(now.frames, before.frames),
    );
    println!(
        "{:.0} events/s (at most {:.0} ms behind), {frames:.1} frames/s, {bytes:.0} bytes/s",
        load.sent as f64 / time,
        ms(load.late)
    );
    let lag = |percent| ms(percentile(&load.lags, percent));
    println!(
        "from the event to the screen: median {:.0} ms, 95 of 100 {:.0} ms, longest {:.0} ms of {}",
        lag(50),
        lag(95),
        lag(100),
        load.lags.len()
    );
    let cpu = (now.cpu - before.cpu) * 100.0 / time;
    let (resident, most) = (dashboard.resident("VmRSS"), dashboard.resident("VmHWM"));
    println!("resident {resident:.1} MiB at the end");
    let cpu = verdict("processor", cpu, BUDGET_CPU, " % of a core");
    let lag = verdict("event to screen, 95 of 100", lag(95), BUDGET_LAG_MS, " ms");
    let memory = verdict("resident at most", most, BUDGET_MIB, " MiB");
    exit(cpu && lag && memory)
}

/// Calls that come and go, and one that is watched on the screen.
struct Load {
    server: Arc<SimulatedUcServer>,
    others: Vec<String>,
    /// All of the name in the first row.
    watched: Vec<String>,
    next: usize,
    ringing: VecDeque<CallId>,
    talking: VecDeque<CallId>,
    sent: u64,
    late: Duration,
    lags: Vec<Duration>,
}

impl Load {
    fn on(tenant: &Running, watched: &str) -> Self {
        let people = tenant.control().matched();
        let of_watched = people.iter().filter(|p| p.display_name == watched);
        let names: Vec<_> = of_watched.map(|p| p.user_name.clone()).collect();
        assert!(
            watched.is_empty() || !names.is_empty(),
            "nobody is called {watched:?}"
        );
        let others = people.iter().filter(|p| p.display_name != watched);
        Self {
            server: Arc::clone(tenant.ucserver().expect("a UCServer")),
            others: others.map(|p| p.user_name.clone()).collect(),
            watched: names,
            next: 0,
            ringing: VecDeque::new(),
            talking: VecDeque::new(),
            sent: 0,
            late: Duration::ZERO,
            lags: Vec::new(),
        }
    }

    /// Where there is a dashboard, somebody on it is watched.
    fn run(&mut self, time: Duration, dashboard: Option<&Dashboard>) {
        let begin = tick();
        let mut due = 0;
        let mut probe = Probe::default();
        while begin.elapsed() < time {
            let wanted = begin.elapsed().as_secs_f64() * PER_SECOND_F;
            while f64::from(due) < wanted {
                self.one_more();
                due += 1;
            }
            let behind = Duration::from_secs_f64(f64::from(due) / PER_SECOND_F);
            self.late = self.late.max(begin.elapsed().saturating_sub(behind));
            let turn = |dashboard| probe.turn(&self.server, &self.watched, dashboard);
            self.lags.extend(dashboard.and_then(turn));
            std::thread::sleep(Duration::from_millis(2));
        }
        probe.end(&self.server);
    }

    fn end(&mut self) {
        for call in self.ringing.drain(..).chain(self.talking.drain(..)) {
            self.server.end_call(&call);
        }
    }

    /// The next event: somebody's phone rings, the oldest ringing is answered, the oldest call
    /// ends.
    fn one_more(&mut self) {
        self.sent += 1;
        if self.talking.len() > TALKING {
            if let Some(call) = self.talking.pop_front() {
                self.server.end_call(&call);
                // Disconnected, and gone: two events.
                self.sent += 1;
            }
        } else if self.ringing.len() > RINGING {
            if let Some(call) = self.ringing.pop_front() {
                self.server.answer(&call);
                self.talking.push_back(call);
            }
        } else if let Some(user) = self.others.get(self.next * 7 % self.others.len()) {
            self.next += 1;
            let call = self.server.start_call(user, Medium::Tapi, false);
            self.ringing.push_back(call);
        }
    }
}

#[allow(clippy::cast_precision_loss)] // a thousand
const PER_SECOND_F: f64 = PER_SECOND as f64;

/// A call of the user in the first row: from the event to the screen.
#[derive(Default)]
struct Probe {
    calls: Vec<CallId>,
    since: Option<Instant>,
}

impl Probe {
    /// Looks; begins or ends the call once the last change was seen.
    fn turn(
        &mut self,
        server: &SimulatedUcServer,
        users: &[String],
        dashboard: &Dashboard,
    ) -> Option<Duration> {
        let Some(since) = self.since else {
            self.since = Some(tick());
            if self.calls.is_empty() {
                let call = |user: &String| server.start_call(user, Medium::Softphone, true);
                self.calls = users.iter().map(call).collect();
            } else {
                self.calls.drain(..).for_each(|call| server.end_call(&call));
            }
            return None;
        };
        let shows = dashboard.first_row().contains("Soft");
        if shows == self.calls.is_empty() {
            assert!(since.elapsed() < PATIENCE, "the first row never changes");
            return None;
        }
        self.since = None;
        Some(dashboard.drawn_at().saturating_duration_since(since))
    }

    fn end(self, server: &SimulatedUcServer) {
        self.calls.iter().for_each(|call| server.end_call(call));
    }
}

fn write_configuration(tenant: &Running, folder: &Path) -> PathBuf {
    let ready = tenant.ready();
    let text = format!(
        "[tenant]\ntenant_id = \"{}\"\nclient_id = \"{}\"\nclient_secret_env = \"SECRET\"\n\
         authority = \"{}\"\ngraph_base = \"{}\"\n[procall]\nsource = \"ucserver\"\n\
         [ucserver]\nurl = \"{}\"\nuser = \"{}\"\npassword_env = \"PASSWORD\"\n\
         admin_user = \"{}\"\nadmin_password_env = \"ADMIN_PASSWORD\"\n\
         [log]\ndirectory = \"{}\"\nsystem_log = false\n[state]\ndirectory = \"{}\"\n",
        ready.tenant_id,
        ready.client_id,
        ready.authority,
        ready.graph_base,
        ready.ucserver.as_deref().unwrap_or_default(),
        UCSERVER_ACCOUNT.0,
        UCSERVER_ADMIN.0,
        folder.join("logs").display(),
        folder.join("state").display(),
    );
    let file = folder.join("lampfield.toml");
    std::fs::write(&file, text).expect("a configuration");
    file
}
