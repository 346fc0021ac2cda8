//! Many tenants in one process: memory, processor, and whether every poll is on time.
//!
//! `lampfield run` carries tenants of 5,000 users each, polled every 10 s, one user in fifty on the phone and
//! shown in Teams. Their simulators share one process of their own, and speak as Microsoft's servers do: TLS and
//! HTTP/2. Budgets with 100 tenants: 400 MiB, half a
//! core, every poll on time; and a user costs as much with 100 tenants as with one.
//!
//! `cargo bench --bench scale -- 10`: with ten tenants alone.

// A benchmark prints, and a broken precondition ends it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs
)]

mod site;

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Duration;

use lampfield::simulator::ucserver::ServerCertificate;
use lampfield::simulator::{Options, Scenario, Settings, start};
use serde_json::Value;
use site::{
    FREE_BUDGET, cpu_seconds, end, exit, measured_program, resident, runtime, tick, verdict,
};

const USERS: usize = 5_000;

/// One in so many is on the phone.
const ON_THE_PHONE: usize = 50;

/// The files of the servers' certificate and of its key.
const CERTIFICATE: &str = "server.pem";
const KEY: &str = "server.key";

const INTERVAL: Duration = Duration::from_secs(10);

/// A poll is on time where the last answer is no older than this: a cycle is quick, and a look takes a moment.
const ON_TIME: Duration = Duration::from_secs(12);

const MEMORY_BUDGET_MIB: f64 = 400.0;
const PROCESSOR_BUDGET: f64 = 50.0;
/// A user with 100 tenants to a user with one, in memory and in processor time.
const FLAT: f64 = 1.0;

/// What `assets/lampfield.service` asks of the allocator.
const TUNABLES: &str = "glibc.malloc.trim_threshold=131072:glibc.malloc.mmap_threshold=65536:\
    glibc.malloc.arena_max=2:glibc.malloc.tcache_count=0";

/// Between start and measuring: everybody is read, every call is in Teams.
const SETTLE: Duration = Duration::from_mins(1);
/// Every lease is renewed within: one of five minutes after three.
const MEASURED: Duration = Duration::from_mins(4);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [first, count, folder, ..] = &*words
        && first == "simulators"
    {
        simulators(count.parse().expect("a number"), Path::new(folder));
        return ExitCode::SUCCESS;
    }
    let told = words.iter().find_map(|word| word.parse().ok());
    let counts = told.map_or_else(|| vec![1, 10, 100], |count| vec![count]);
    let measured: Vec<_> = counts.into_iter().map(measure).collect();
    let (first, last) = (&measured[0], &measured[measured.len() - 1]);
    let held = [
        verdict("memory", last.mib, MEMORY_BUDGET_MIB, " MiB"),
        verdict(
            "processor",
            last.processor,
            PROCESSOR_BUDGET,
            " % of a core",
        ),
        verdict("polls late", last.late, 0.0, ""),
        verdict(
            "a user's memory, most tenants to one",
            last.mib_each() / first.mib_each(),
            FLAT,
            "",
        ),
        verdict(
            "a user's processor time, most tenants to one",
            last.processor_each() / first.processor_each(),
            FLAT,
            "",
        ),
    ];
    exit(held.into_iter().all(|it| it))
}

struct Measured {
    tenants: f64,
    mib: f64,
    processor: f64,
    late: f64,
}

impl Measured {
    fn mib_each(&self) -> f64 {
        self.mib / self.tenants
    }

    fn processor_each(&self) -> f64 {
        self.processor / self.tenants
    }
}

fn measure(tenants: usize) -> Measured {
    let folder = tempfile::tempdir().expect("a folder");
    certify(folder.path());
    let (mut simulators, ready) = open(tenants, folder.path());
    let config = folder.path().join("lampfield.toml");
    std::fs::write(&config, configuration(&ready, folder.path())).expect("a configuration");
    let mut service = Command::new(measured_program())
        .arg("--config")
        .arg(&config)
        .arg("run")
        .env("RUNTIME_DIRECTORY", folder.path())
        // As the unit has it.
        .env("GLIBC_TUNABLES", TUNABLES)
        .stderr(Stdio::null())
        .spawn()
        .expect("lampfield starts");
    until_read(tenants, &config);
    ready.iter().for_each(call);
    std::thread::sleep(SETTLE);
    let pid = service.id();
    let (cpu, began) = (cpu_seconds(pid), tick());
    std::thread::sleep(MEASURED);
    let processor = (cpu_seconds(pid) - cpu) * 100.0 / began.elapsed().as_secs_f64();
    let (mib, most) = (resident(pid, "VmRSS"), resident(pid, "VmHWM"));
    let late = (0..20).map(|_| late(&config)).max().unwrap_or_default();
    let leases = leases(&config);
    println!(
        "{tenants} tenants of {USERS}: {mib:.1} MiB (most {most:.1}), {processor:.2} % of a core, \
         {late} late, {leases} leases held"
    );
    end(&mut service);
    end(&mut simulators);
    Measured {
        tenants: f64::from(u32::try_from(tenants).unwrap_or(u32::MAX)),
        mib,
        processor,
        late: f64::from(u32::try_from(late).unwrap_or(u32::MAX)),
    }
}

/// One certificate for all tenants, with its key.
fn certify(folder: &Path) {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
    let certified = certified.expect("a certificate");
    keep(&folder.join(CERTIFICATE), &certified.cert.pem());
    keep(&folder.join(KEY), &certified.signing_key.serialize_pem());
}

/// So many tenants until the process is ended; a line for each on stdout. Their certificate is in `folder`.
fn simulators(count: usize, folder: &Path) {
    let text = |name| std::fs::read_to_string(folder.join(name)).expect("a file");
    let certificate = ServerCertificate {
        certificate_pem: text(CERTIFICATE),
        key_pem: text(KEY),
    };
    runtime().block_on(async {
        let mut running = Vec::new();
        for seed in 1..=count {
            let options = Options {
                users: USERS,
                seed: seed.try_into().expect("a small number"),
                scenario: Scenario::Quiet,
                server_certificate: Some(certificate.clone()),
                settings: Settings {
                    everyone_matches: true,
                    presence_limit: FREE_BUDGET,
                    ..Settings::default()
                },
                ..Options::default()
            };
            let tenant = start(options).await.expect("a tenant");
            println!("{}", serde_json::to_string(tenant.ready()).expect("a line"));
            running.push(tenant);
        }
        std::io::stdout().flush().expect("somebody reads");
        std::future::pending::<()>().await;
    });
}

fn open(tenants: usize, folder: &Path) -> (Child, Vec<Value>) {
    let mut process = Command::new(std::env::current_exe().expect("this program"))
        .args(["simulators", &tenants.to_string()])
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the simulators start");
    let out = process.stdout.take().expect("its stdout is ours");
    let lines = BufReader::new(out).lines().take(tenants);
    let ready = lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("JSON"));
    let ready = ready.collect();
    (process, ready)
}

fn text<'a>(ready: &'a Value, name: &str) -> &'a str {
    ready[name].as_str().unwrap_or_default()
}

/// The secret of each lies beside it.
fn configuration(ready: &[Value], folder: &Path) -> String {
    let mut text = format!(
        "[poll]\ninterval = \"{}s\"\n[state]\ndirectory = \"state\"\n[log]\nsystem_log = false\n\
         [tenant]\nca_file = \"{CERTIFICATE}\"\n",
        INTERVAL.as_secs()
    );
    for (at, ready) in ready.iter().enumerate() {
        let users = Path::new(self::text(ready, "users_file"));
        keep(
            &folder.join(format!("secret{at}")),
            self::text(ready, "client_secret"),
        );
        let _ = write!(
            text,
            "[[site]]\nname = \"t{at}\"\n[site.tenant]\ntenant_id = \"{}\"\nclient_id = \"{}\"\n\
             client_secret_file = \"secret{at}\"\nauthority = \"{}\"\ngraph_base = \"{}\"\n\
             [site.procall]\nusers_file = \"{}\"\nevents_file = \"{}\"\n",
            self::text(ready, "tenant_id"),
            self::text(ready, "client_id"),
            self::text(ready, "authority"),
            self::text(ready, "graph_base"),
            users.display(),
            users.with_file_name("calls.jsonl").display(),
        );
    }
    text
}

/// A file that nobody else may read.
fn keep(file: &Path, secret: &str) {
    let mut options = std::fs::File::options();
    let file = options.write(true).create_new(true).mode(0o600).open(file);
    let mut file = file.expect("a file for the secret");
    file.write_all(secret.as_bytes()).expect("room for it");
}

/// What the program says of all bridges.
fn fleet(config: &Path) -> Vec<Value> {
    let shown = Command::new(measured_program())
        .arg("--config")
        .arg(config)
        .args(["fleet", "--format", "json"])
        .env("RUNTIME_DIRECTORY", config.parent().expect("a folder"))
        .output()
        .expect("lampfield starts");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap_or_default();
    shown["bridges"].as_array().cloned().unwrap_or_default()
}

fn until_read(tenants: usize, config: &Path) {
    let began = tick();
    loop {
        let read = fleet(config);
        let read = read.iter().filter(|it| it["read_age_ms"].is_u64()).count();
        if read == tenants {
            println!(
                "{tenants} tenants: all read {:.1} s after the start",
                began.elapsed().as_secs_f64()
            );
            return;
        }
        assert!(began.elapsed() < Duration::from_mins(3), "only {read} read");
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// How many bridges have not been read for too long.
fn late(config: &Path) -> usize {
    std::thread::sleep(Duration::from_secs(1));
    let is_late = |it: &&Value| {
        it["read_age_ms"]
            .as_u64()
            .is_none_or(|age| age > millis(ON_TIME))
    };
    fleet(config).iter().filter(is_late).count()
}

fn millis(time: Duration) -> u64 {
    time.as_millis().try_into().unwrap_or(u64::MAX)
}

fn leases(config: &Path) -> u64 {
    let fleet = fleet(config);
    fleet
        .iter()
        .filter_map(|it| it["leases"]["held"].as_u64())
        .sum()
}

/// One in fifty is on the phone from now on.
fn call(ready: &Value) {
    let users = Path::new(text(ready, "users_file"));
    let names = std::fs::read_to_string(users).expect("users.csv");
    let names = names
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next());
    let mut calls = String::new();
    for name in names.step_by(ON_THE_PHONE) {
        let call = serde_json::json!({"user_name": name, "kind": "tapi", "state": "connected"});
        let _ = writeln!(calls, "{call}");
    }
    let file = std::fs::OpenOptions::new()
        .append(true)
        .create(true)
        .open(users.with_file_name("calls.jsonl"));
    let mut file = file.expect("calls.jsonl");
    file.write_all(calls.as_bytes())
        .expect("room for the calls");
}
