//! A simulated server, a connector, and everything that the bridge would have been told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lampfield::clock::Clock;
use lampfield::clocks::SystemClock;
use lampfield::presence::{
    CallKind, Lamp, Mapping, ProcallPresence, ProcallUser, TeamsPresence, UserName,
};
use lampfield::procall::ucserver::{
    Account, Counters, UcServerSettings, UcServerSource, UserList, Waits,
};
use lampfield::procall::{
    CallState, PresenceChange, PresenceOrder, PresenceStep, ProcallEvent, SharedLedger, Source,
    UserFacts,
};
use lampfield::simulator::ucserver::{
    SimulatedUcServer, SimulatedUser, UcServerScene, UcServerVersion,
};
use lampfield::words::{Lang, source_warning, texts};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Long enough for a loaded machine; nothing waits for it to pass.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const ANNA: &str = "anna@corp.example";
pub(crate) const BERND: &str = "bernd@corp.example";

pub(crate) fn users() -> Vec<SimulatedUser> {
    vec![
        SimulatedUser::new(ANNA, "Anna Adler", "+49 30 100"),
        SimulatedUser::new(BERND, "Bernd Bär", "+49 30 101"),
    ]
}

pub(crate) fn account(user: &str, password: &str) -> Account {
    Account {
        user: user.to_owned(),
        password: password.into(),
    }
}

/// Settings for a test: the administrator's list, short waits after a lost connection.
pub(crate) fn settings(server: &SimulatedUcServer) -> UcServerSettings {
    UcServerSettings {
        admin: Some(account("admin", "admin")),
        users: UserList::Admin,
        waits: Waits {
            first: Duration::from_millis(20),
            longest: Duration::from_millis(100),
            between_lists: Duration::ZERO,
            ..Waits::default()
        },
        ..UcServerSettings::new(server.url(), account("lampfield", "lampfield"))
    }
}

pub(crate) async fn server(version: UcServerVersion) -> SimulatedUcServer {
    server_of(version, users()).await
}

pub(crate) async fn server_of(
    version: UcServerVersion,
    people: Vec<SimulatedUser>,
) -> SimulatedUcServer {
    start(UcServerScene {
        version,
        ..UcServerScene::new(people)
    })
    .await
}

pub(crate) async fn start(scene: UcServerScene) -> SimulatedUcServer {
    SimulatedUcServer::start(scene, Arc::new(SystemClock::new()))
        .await
        .unwrap()
}

/// What the bridge knows.
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) users: Vec<ProcallUser>,
    pub(crate) calls: BTreeMap<(String, String), (CallKind, CallState)>,
    pub(crate) facts: BTreeMap<String, UserFacts>,
    pub(crate) troubles: Vec<String>,
    /// Of warnings, those of which nothing is wrong.
    pub(crate) notices: Vec<String>,
    pub(crate) native: Option<bool>,
    pub(crate) steps: Vec<(String, PresenceStep)>,
    pub(crate) up: u32,
    pub(crate) order: Vec<&'static str>,
}

impl Told {
    fn take(&mut self, event: ProcallEvent) {
        match event {
            ProcallEvent::Users(users) => {
                self.order.push("users");
                self.users = users;
            }
            ProcallEvent::Calls(calls) => {
                self.order.push("calls");
                self.calls.clear();
                for call in calls {
                    self.take(ProcallEvent::Call(call));
                }
            }
            ProcallEvent::Call(call) => {
                let key = (call.user_name.to_string(), call.key.to_string());
                if call.state == CallState::Ended {
                    self.calls.remove(&key);
                } else {
                    self.calls.insert(key, (call.kind, call.state));
                }
            }
            ProcallEvent::Up => {
                self.order.push("up");
                self.up += 1;
            }
            ProcallEvent::Trouble(trouble) => self.troubles.push(trouble.to_string()),
            ProcallEvent::Warning(warning) => {
                let text = source_warning(&warning, texts(Lang::En));
                if warning.is_notice() {
                    self.notices.push(text);
                } else {
                    self.troubles.push(text);
                }
            }
            ProcallEvent::Interrupted => self.order.push("interrupted"),
            ProcallEvent::Silent(_) => self.order.push("silent"),
            ProcallEvent::NativeIntegration(active) => self.native = Some(active),
            ProcallEvent::Presence(user, step) => self.steps.push((user.to_string(), step)),
            ProcallEvent::Facts(facts) => {
                for fact in facts {
                    self.facts.insert(fact.user_name.to_string(), fact);
                }
            }
        }
    }

    /// The calls of a user, without their keys.
    pub(crate) fn calls_of(&self, user: &str) -> Vec<(CallKind, CallState)> {
        let of_user = self.calls.iter().filter(|((name, _), _)| name == user);
        of_user.map(|(_, call)| *call).collect()
    }

    pub(crate) fn talks(&self, user: &str) -> bool {
        self.calls_of(user)
            .iter()
            .any(|(_, state)| *state == CallState::Connected)
    }
}

/// The connector at work.
pub(crate) struct Bench {
    pub(crate) told: Told,
    pub(crate) counters: Arc<Counters>,
    events: mpsc::Receiver<ProcallEvent>,
    orders: mpsc::Sender<PresenceOrder>,
    shutdown: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Bench {
    pub(crate) fn run(settings: UcServerSettings) -> Self {
        let source = UcServerSource::new(settings, Arc::new(SystemClock::new())).unwrap();
        Self::of(source)
    }

    /// One of several machines that share this.
    pub(crate) async fn sharing(settings: UcServerSettings, ledger: Arc<dyn SharedLedger>) -> Self {
        let mut source = UcServerSource::new(settings, Arc::new(SystemClock::new())).unwrap();
        source.share(ledger);
        let mut bench = Self::of(source);
        bench.until("up", |told| told.up > 0).await;
        bench
    }

    fn of(source: UcServerSource) -> Self {
        let counters = source.counters();
        let (event_sender, events) = mpsc::channel(256);
        let (orders, order_receiver) = mpsc::channel(256);
        let (shutdown, stop) = watch::channel(false);
        let task = tokio::spawn(Box::new(source).run(event_sender, order_receiver, stop));
        Self {
            told: Told::default(),
            counters,
            events,
            orders,
            shutdown,
            task,
        }
    }

    /// Runs until everything is subscribed and told.
    pub(crate) async fn up(settings: UcServerSettings) -> Self {
        let mut bench = Self::run(settings);
        bench.until("up", |told| told.up > 0).await;
        bench
    }

    /// Listens until something holds.
    pub(crate) async fn until(&mut self, what: &str, holds: impl Fn(&Told) -> bool) {
        let listening = async {
            while !holds(&self.told) {
                let event = self.events.recv().await.expect("the connector has ended");
                self.told.take(event);
            }
        };
        let in_time = tokio::time::timeout(PATIENCE, listening).await.is_ok();
        assert!(in_time, "never: {what}; told so far: {:?}", self.told);
    }

    /// Teams shows something else for a user.
    pub(crate) async fn wish(&self, user: &str, presence: ProcallPresence) {
        let rule = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Busy", "Busy")));
        let change = PresenceChange {
            at: SystemClock::new().now(),
            user_name: UserName::new(user),
            procall_presence: presence,
            lamp: Lamp::Red,
            tooltip: &rule.tooltip,
            rule: "test",
        };
        self.order(PresenceOrder::Show(change)).await;
    }

    pub(crate) async fn order(&self, order: PresenceOrder) {
        self.orders.send(order).await.unwrap();
    }

    /// Ends the connector as the program would.
    pub(crate) async fn stop(mut self) -> Told {
        self.shutdown.send(true).unwrap();
        let told = async {
            while let Some(event) = self.events.recv().await {
                self.told.take(event);
            }
            self.task.await.unwrap();
            self.told
        };
        tokio::time::timeout(PATIENCE, told).await.expect("it ends")
    }
}

/// Waits until something holds on the server.
pub(crate) async fn on_server(
    server: &SimulatedUcServer,
    what: &str,
    holds: impl FnMut(&SimulatedUcServer) -> bool,
) {
    let in_time = tokio::time::timeout(PATIENCE, server.until(holds)).await;
    assert!(in_time.is_ok(), "never: {what}; {:?}", server.counts());
}
