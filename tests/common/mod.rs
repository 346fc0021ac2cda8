//! A stage for whole-program tests: a simulated tenant, a bridge on it over real sockets, and one
//! clock for both that a test can move. Tests wait for what they expect to see, never for time.

#![allow(dead_code, unused_imports, unreachable_pub)] // shared: each test file uses the part it needs

pub mod clock;
pub mod notations;
pub mod program;
pub mod redis;
pub mod said;
pub mod trap;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::cluster::{MemberId, Rules};
use engine::Engine;
use lampfield::bridge::{
    Bridge, ClusterParts, Command, CoreSettings, Mode, Parts, Snapshot, StatePlace, TenantView,
    UserRow, Verdict,
};
use lampfield::clock::Clock;
use lampfield::graph::{self, Graph};
use lampfield::presence::Lang;
use lampfield::procall::Source;
use lampfield::procall::file::{FileSettings, FileSource};
use lampfield::procall::ucserver::{Account, UcServerSettings, UcServerSource, UserList};
use lampfield::simulator::ucserver::UcServerVersion;
use lampfield::simulator::{
    self, Control, Fault, FaultKind, On, Options, PbxKind, PbxState, Running, Scenario, TeamsAct,
    Verb, Write,
};
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;

use clock::MovedClock;
use said::Said;

/// How long a test waits for what must happen: far longer than it takes on the busiest machine.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// Fast enough for a test; a value is stale after three of these.
pub const INTERVAL: Duration = Duration::from_millis(200);

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_mins(1);

/// The matched users, by their place in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Who(pub usize);
pub const ANNA: Who = Who(0);
pub const BERT: Who = Who(1);
pub const CARL: Who = Who(2);

pub use PbxKind::{AvChat, Manual, Meeting, Softphone, Tapi};
pub use PbxState::{Absent, Busy, Connected, DoNotDisturb, Ended, Present, Ringing};

/// What is on the stage when the curtain rises.
pub struct Setting {
    pub users: usize,
    pub interval: Duration,
    pub tenant: simulator::Settings,
    pub faults: Vec<Fault>,
    pub mode: Mode,
    pub lang: Lang,
    pub timeouts: graph::Timeouts,
    /// Instead of the simulator's own.
    pub users_csv: Option<Vec<u8>>,
    /// ProCall is a UCServer, to which presence is written, instead of files.
    pub ucserver: bool,
    /// Which of estos' interfaces that UCServer speaks.
    pub ucserver_version: UcServerVersion,
    /// The UCServer, and who works there, is that of a recording.
    pub replay: Option<simulator::Replay>,
    /// Instead of a directory of the stage.
    pub state: Option<PathBuf>,
    /// The port of the engine, where this is a member of a cluster.
    pub engine: Option<u16>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            users: 12,
            interval: INTERVAL,
            tenant: simulator::Settings::default(),
            faults: Vec::new(),
            mode: Mode::Writing,
            lang: Lang::En,
            timeouts: graph::Timeouts {
                connect: SECOND * 5,
                read: SECOND,
                total: SECOND * 2,
            },
            users_csv: None,
            ucserver: false,
            ucserver_version: UcServerVersion::default(),
            replay: None,
            state: None,
            engine: None,
        }
    }
}

impl Setting {
    pub async fn open(self) -> Stage {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let options = Options {
            users: self.users,
            scenario: Scenario::Quiet,
            settings: self.tenant.clone(),
            ucserver_port: self.ucserver.then_some(0),
            ucserver_version: self.ucserver_version,
            replay: self.replay.clone(),
            directory: Some(folder.path().to_path_buf()),
            ..Options::default()
        };
        let tenant = Arc::new(simulator::start(options).await.unwrap());
        for fault in &self.faults {
            tenant.control().fault(fault.clone());
        }
        if let Some(csv) = &self.users_csv {
            std::fs::write(folder.path().join("users.csv"), csv).unwrap();
        }
        Stage::on(tenant, folder, Arc::default(), self, "procall.jsonl")
    }
}

/// A member of a cluster whose engine listens at this port.
fn member(port: u16) -> ClusterParts {
    let (member, _) = uuid::Uuid::new_v4().as_u64_pair();
    let rules = Rules::default();
    let settings = engine::Settings {
        url: format!("redis://127.0.0.1:{port}/0").parse().unwrap(),
        password: None,
        ca_pem: None,
        prefix: "lampfield".into(),
        tenant: "tenant".into(),
        rules,
    };
    ClusterParts {
        engine: Engine::new(settings),
        host: "127.0.0.1".into(),
        rules,
        member: MemberId(member),
        name: format!("{member:x}").into(),
        since: jiff::Timestamp::UNIX_EPOCH,
        alone: false,
    }
}

pub struct Stage {
    pub tenant: Arc<Running>,
    pub bridge: Bridge,
    pub said: Said,
    pub folder: Arc<TempDir>,
    clock: Arc<MovedClock>,
    out: PathBuf,
    names: Vec<String>,
}

impl Stage {
    /// Twelve users, all matched, available, and read once.
    pub async fn quiet() -> Self {
        let mut stage = Setting::default().open().await;
        stage.until_read().await;
        stage
    }

    /// A second lampfield on the same machine, tenant and state directory.
    pub fn beside(&self, setting: Setting) -> Self {
        let (tenant, folder) = (Arc::clone(&self.tenant), Arc::clone(&self.folder));
        Self::on(
            tenant,
            folder,
            Arc::clone(&self.clock),
            setting,
            "other.jsonl",
        )
    }

    /// A second lampfield for the same tenant on another machine, whose clock is so far ahead.
    pub fn on_another_machine(&self, setting: Setting, ahead: Duration) -> Self {
        let (tenant, folder) = (Arc::clone(&self.tenant), Arc::clone(&self.folder));
        let setting = Setting {
            state: Some(folder.path().join(format!("state-{}", ahead.as_secs()))),
            ..setting
        };
        let clock = Arc::<MovedClock>::default();
        clock.pass(ahead);
        Self::on(tenant, folder, clock, setting, "other.jsonl")
    }

    fn on(
        tenant: Arc<Running>,
        folder: Arc<TempDir>,
        clock: Arc<MovedClock>,
        setting: Setting,
        out: &str,
    ) -> Self {
        let out = folder.path().join(out);
        let said = Said::default();
        let state = setting.state.clone();
        let state = state.unwrap_or_else(|| folder.path().join("state"));
        let ready = tenant.ready();
        let source = if setting.ucserver {
            ucserver(ready, Arc::clone(&clock))
        } else {
            files(folder.path(), &out, setting.lang)
        };
        let bridge = Bridge::start(Parts {
            graph: graph(ready, setting.timeouts, Arc::clone(&clock)),
            source,
            settings: CoreSettings {
                interval: setting.interval,
                mode: setting.mode,
                ..CoreSettings::default()
            },
            tenant: Arc::new(TenantView::default()),
            clock: Arc::clone(&clock) as _,
            state: Some(StatePlace {
                directory: state,
                tenant_id: ready.tenant_id.as_str().into(),
                client_id: ready.client_id.as_str().into(),
            }),
            log_sink: Box::new(said.clone()),
            cluster: setting.engine.map(member),
        });
        let matched = tenant.control().matched();
        let names = matched.into_iter().map(|person| person.user_name).collect();
        Self {
            tenant,
            bridge,
            said,
            folder,
            clock,
            out,
            names,
        }
    }

    pub fn control(&self) -> &Control {
        self.tenant.control()
    }

    pub fn name(&self, who: Who) -> &str {
        &self.names[who.0]
    }

    pub fn clock(&self) -> &MovedClock {
        &self.clock
    }

    pub fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Something happens in ProCall.
    pub fn call(&self, who: Who, kind: PbxKind, state: PbxState) {
        self.control().call(self.name(who), kind, state).unwrap();
    }

    /// Something happens in Teams.
    #[allow(clippy::needless_pass_by_value)] // reads better where it is called
    pub fn teams(&self, who: Who, act: TeamsAct) {
        self.control().teams(self.name(who), &act).unwrap();
    }

    /// What everybody sees in Teams.
    pub fn shown(&self, who: Who) -> String {
        let (availability, activity) = self.control().current(self.name(who)).unwrap();
        format!("{availability}/{activity}")
    }

    pub fn fault(&self, on: On, kind: FaultKind) {
        self.control().fault(Fault::new(kind).on(on));
    }

    pub async fn command(&self, command: Command) {
        self.bridge.commands.send(command).await.unwrap();
    }

    /// Time goes by, for the tenant and for the bridge.
    pub fn pass(&self, by: Duration) {
        self.control().advance(by);
        self.clock.pass(by);
    }

    /// Waits for a snapshot.
    pub async fn until(&mut self, what: &str, seen: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
        let found = self.bridge.snapshots.wait_for(|snapshot| seen(snapshot));
        let found = tokio::time::timeout(PATIENCE, found).await;
        let found = found.map(|snapshot| Arc::clone(&snapshot.expect("the bridge runs")));
        found.unwrap_or_else(|_| {
            let last = self.bridge.snapshots.borrow().clone();
            panic!("waited for: {what}\n{last:#?}\n{}", self.said.text());
        })
    }

    /// Waits for the row of one user.
    pub async fn until_row(
        &mut self,
        who: Who,
        what: &str,
        seen: impl Fn(&UserRow) -> bool,
    ) -> Arc<UserRow> {
        let name = self.name(who).to_owned();
        let what = format!("{name}: {what}");
        let snapshot = self
            .until(&what, |snapshot| {
                find(snapshot, &name).is_some_and(|row| seen(row))
            })
            .await;
        Arc::clone(find(&snapshot, &name).unwrap())
    }

    /// Waits for a verdict on the lease of one user.
    pub async fn until_verdict(&mut self, who: Who, verdict: Verdict) -> Arc<UserRow> {
        let given = |row: &UserRow| row.lease.as_ref().map(|lease| lease.verdict);
        let what = verdict.as_str();
        self.until_row(who, what, |row| given(row) == Some(verdict))
            .await
    }

    /// Everybody has been read.
    pub async fn until_read(&mut self) -> Arc<Snapshot> {
        self.until("everybody read", |snapshot| {
            !snapshot.reads.is_empty() && snapshot.reads.iter().all(|mark| mark.read_at.is_some())
        })
        .await
    }

    /// Waits for two cycles that began after this moment: whatever Graph shows now has been seen.
    pub async fn cycles(&mut self) {
        let from = self.bridge.snapshots.borrow().poll.cycle;
        self.until("two cycles", |snapshot| snapshot.poll.cycle >= from + 3)
            .await;
    }

    /// Waits for something outside the bridge: a file, what the tenant was asked.
    pub async fn until_true(&self, what: &str, seen: impl FnMut() -> bool) {
        let found = eventually(seen).await;
        assert!(found, "waited for: {what}\n{}", self.said.text());
    }

    /// Waits while time goes by, `by` at every look.
    pub async fn until_passing(&self, by: Duration, what: &str, seen: impl Fn() -> bool) {
        self.until_true(what, || {
            self.pass(by);
            seen()
        })
        .await;
    }

    pub fn row(&self, who: Who) -> Arc<UserRow> {
        let snapshot = self.bridge.snapshots.borrow();
        Arc::clone(find(&snapshot, self.name(who)).expect("the user is matched"))
    }

    /// What was asked of Teams for one user, oldest first: `set Busy/InACall 200`, `clear 404`.
    pub fn writes(&self, who: Who) -> Vec<String> {
        let name = self.name(who);
        let ours = |write: &Write| {
            let upn = write.upn.as_deref();
            upn.is_some_and(|upn| upn.eq_ignore_ascii_case(name))
        };
        let writes = self.control().writes().into_iter().filter(ours);
        writes
            .map(|write| match write.verb {
                Verb::Set => format!("set {} {}", write.pair.unwrap(), write.status),
                Verb::Clear => format!("clear {}", write.status),
            })
            .collect()
    }

    /// What ProCall was told about one user, oldest first: procall.jsonl as it stands.
    pub fn told(&self, who: Who) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.out).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        lines
            .filter(|line: &Value| line["user_name"] == self.name(who))
            .collect()
    }

    /// The rules of what ProCall was told about one user.
    pub fn rules(&self, who: Who) -> Vec<String> {
        let told = self.told(who).into_iter();
        told.map(|line| line["rule"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn until_told(&self, who: Who, rules: &[&str]) {
        self.until_true(&format!("{who:?} told {rules:?}"), || {
            self.rules(who) == rules
        })
        .await;
    }

    pub fn out_text(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap_or_default()
    }

    /// How often an endpoint answered with this status.
    pub fn answered(&self, endpoint: &str, status: u16) -> u64 {
        let counters = self.control().counters();
        let of = counters.by_endpoint.get(endpoint);
        of.and_then(|of| of.get(&status)).copied().unwrap_or(0)
    }

    /// Neither the client secret nor a token stands anywhere that people look.
    pub fn nothing_leaked(&self) {
        let snapshot = self.bridge.snapshots.borrow().clone();
        let json = lampfield::report::json(&snapshot, self.now()).unwrap();
        let all = [
            self.said.text(),
            json,
            format!("{snapshot:?}"),
            self.out_text(),
        ]
        .concat();
        no_secret_in(&all, &self.tenant.ready().client_secret);
    }

    /// Ends it; whatever it asked of a UCServer, estos' own decoder would have read.
    pub async fn stop(self) {
        self.bridge.stop().await;
        if let Some(server) = self.tenant.ucserver() {
            assert_eq!(server.violations(), [""; 0]);
        }
    }
}

/// A JWT begins with `eyJ`: `{"` in base64.
pub fn no_secret_in(text: &str, secret: &str) {
    for word in [secret, "Bearer ", "eyJ"] {
        assert!(!text.contains(word), "{word:?} stands in {text}");
    }
}

/// Looks again and again until it is so; `false` where patience ends first.
pub async fn eventually(mut seen: impl FnMut() -> bool) -> bool {
    let looking = async {
        while !seen() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.is_ok()
}

pub fn find<'a>(snapshot: &'a Snapshot, name: &str) -> Option<&'a Arc<UserRow>> {
    let mut rows = snapshot.rows.iter();
    rows.find(|row| row.user_name.as_str().eq_ignore_ascii_case(name))
}

fn files(folder: &Path, out: &Path, lang: Lang) -> Box<dyn Source> {
    let source = FileSource::new(FileSettings {
        users_file: folder.join("users.csv"),
        events_file: Some(folder.join("calls.jsonl")),
        presence_out: Some(out.to_path_buf()),
        lang,
    });
    Box::new(source.with_pace(Duration::from_millis(10)))
}

fn ucserver(ready: &simulator::Ready, clock: Arc<MovedClock>) -> Box<dyn Source> {
    let account = |(user, password): (&str, &str)| Account {
        user: user.to_owned(),
        password: password.into(),
    };
    let settings = UcServerSettings {
        admin: Some(account(simulator::UCSERVER_ADMIN)),
        users: UserList::Admin,
        write_presence: true,
        ..UcServerSettings::new(
            ready.ucserver.as_deref().unwrap(),
            account(simulator::UCSERVER_ACCOUNT),
        )
    };
    Box::new(UcServerSource::new(settings, clock).unwrap())
}

fn graph(ready: &simulator::Ready, timeouts: graph::Timeouts, clock: Arc<MovedClock>) -> Graph {
    let settings = graph::Settings {
        tenant_id: ready.tenant_id.clone(),
        client_id: ready.client_id.clone(),
        credential: graph::Credential::Secret(SecretString::from(ready.client_secret.clone())),
        authority: ready.authority.parse().unwrap(),
        graph_base: ready.graph_base.parse().unwrap(),
        ca_pem: None,
        requests_per_30s: 1_500,
        timeouts,
    };
    Graph::new(&settings, clock).unwrap()
}
