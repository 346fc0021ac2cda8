//! The faults of the simulated UCServer as scripts reach them: over the control's HTTP and from a
//! scenario, each seen through the real connector.
use std::sync::Arc;
use std::time::Duration;

use lampfield::clocks::SystemClock;
use lampfield::presence::CallKind;
use lampfield::procall::ucserver::{Account, UcServerSettings, UcServerSource, UserList, Waits};
use lampfield::procall::{CallState, ProcallEvent, Source};
use lampfield::simulator::ucserver::{
    UcFault, UcFaultKind,
    UcServerVersion::{self, Mixed, V1, V2},
};
use lampfield::simulator::{
    Options, Running, Scenario, Script, UCSERVER_ACCOUNT, UCSERVER_ADMIN, start,
};
use rstest::rstest;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

const PATIENCE: Duration = Duration::from_secs(20);

async fn tenant(scenario: Scenario) -> Running {
    tenant_of(UcServerVersion::V2, scenario).await
}

async fn tenant_of(version: UcServerVersion, scenario: Scenario) -> Running {
    let options = Options {
        users: 12,
        scenario,
        ucserver_port: Some(0),
        ucserver_version: version,
        ..Options::default()
    };
    start(options).await.unwrap()
}

async fn control(tenant: &Running, method: reqwest::Method, path: &str, body: Value) -> Value {
    let url = format!("{}{path}", tenant.ready().control);
    lampfield::tls::install();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let request = http.request(method, url).body(body.to_string());
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The connector; held so that it goes on.
struct Connector {
    events: mpsc::Receiver<ProcallEvent>,
    _stop: watch::Sender<bool>,
    _orders: mpsc::Sender<lampfield::procall::PresenceOrder>,
}

impl Connector {
    fn start(tenant: &Running) -> Self {
        let account = |(user, password): (&str, &str)| Account {
            user: user.to_owned(),
            password: password.into(),
        };
        let settings = UcServerSettings {
            admin: Some(account(UCSERVER_ADMIN)),
            users: UserList::Admin,
            call_timeout: Duration::from_millis(500),
            waits: Waits {
                first: Duration::from_millis(20),
                longest: Duration::from_millis(50),
                refused: Duration::from_millis(50),
                held_back: Duration::from_millis(50),
                ..Waits::default()
            },
            ..UcServerSettings::new(
                tenant.ready().ucserver.as_deref().unwrap(),
                account(UCSERVER_ACCOUNT),
            )
        };
        let source = UcServerSource::new(settings, Arc::new(SystemClock::new())).unwrap();
        let (says, events) = mpsc::channel(256);
        let (orders, hears) = mpsc::channel(16);
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(Box::new(source).run(says, hears, stopped));
        Self {
            events,
            _stop: stop,
            _orders: orders,
        }
    }

    async fn until(&mut self, what: &str, holds: impl Fn(&ProcallEvent) -> bool) {
        let listening = async {
            loop {
                let event = self.events.recv().await.expect("it runs");
                if holds(&event) {
                    return;
                }
            }
        };
        let found = tokio::time::timeout(PATIENCE, listening).await;
        assert!(found.is_ok(), "never: {what}");
    }

    async fn until_trouble(&mut self, words: &str) {
        let says = |event: &ProcallEvent| match event {
            ProcallEvent::Trouble(trouble) => trouble.message.contains(words),
            _ => false,
        };
        self.until(words, says).await;
    }

    async fn until_up(&mut self) {
        let up = |event: &ProcallEvent| *event == ProcallEvent::Up;
        self.until("up", up).await;
    }
}

#[rstest]
#[case::log_in(json!({"kind": "login_error", "code": 129}), "locked")]
#[case::not_attached(json!({"kind": "not_attached"}), "ucsid")]
#[case::busy(json!({"kind": "busy", "seconds": 0}), "busy")]
#[case::redirect(json!({"kind": "redirect", "to": "http://localhost:1"}), "redirect")]
#[case::mute(json!({"kind": "mute"}), "not answered in time")]
#[case::no_admin(json!({"kind": "no_admin_interface"}), "asnAdminLogin")]
#[case::refuse_sockets(json!({"kind": "refuse_sockets"}), "WebSocket")]
#[case::busy_elsewhere(json!({"kind": "busy", "seconds": 0, "place": "negotiation"}), "busy")]
#[case::home(json!({"kind": "redirect", "to": "http://localhost:1", "place": "logon_error"}), "redirect")]
#[tokio::test]
async fn a_fault_lasts_until_it_is_taken_back(
    #[case] fault: Value,
    #[case] words: &str,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    use reqwest::Method;
    let tenant = tenant_of(version, Scenario::Quiet).await;
    let mut connector = Connector::start(&tenant);
    connector.until_up().await;
    let said = control(&tenant, Method::POST, "/ucserver/fault", fault.clone()).await;
    assert_eq!(said["faults"], json!([fault]));
    let drop = json!({"kind": "drop_sockets"});
    control(&tenant, Method::POST, "/ucserver/fault", drop).await;
    connector.until_trouble(words).await;
    let said = control(&tenant, Method::DELETE, "/ucserver/faults", json!({})).await;
    assert_eq!(said["faults"], json!([]));
    connector.until_up().await;
    let said = control(&tenant, Method::GET, "/ucserver", json!({})).await;
    assert_eq!(said["counts"]["subscribed"], 12);
    assert_eq!(said["version"], version.as_str());
    assert_eq!(
        (&said["violations"], &said["counts"]["violations"]),
        (&json!([]), &json!(0))
    );
}

/// Whatever form is set, the same is understood.
#[rstest]
#[case(json!({"kind": "params", "form": "bare_pairs"}))]
#[case(json!({"kind": "times", "form": "number"}))]
#[case(json!({"kind": "version_as_text"}))]
#[case(json!({"kind": "old_names"}))]
#[tokio::test]
async fn another_form_is_no_trouble(
    #[case] fault: Value,
    #[values(V1, V2, Mixed)] version: UcServerVersion,
) {
    use reqwest::Method;
    let tenant = tenant_of(version, Scenario::Quiet).await;
    control(&tenant, Method::POST, "/ucserver/fault", fault).await;
    let mut connector = Connector::start(&tenant);
    connector.until_up().await;
    let user = tenant.control().matched()[0].user_name.clone();
    let connected = json!({"kind": "softphone", "state": "connected"});
    control(
        &tenant,
        Method::POST,
        &format!("/user/{user}/call"),
        connected,
    )
    .await;
    let talks = |event: &ProcallEvent| match event {
        ProcallEvent::Call(call) => {
            (call.kind, call.state) == (CallKind::Softphone, CallState::Connected)
        }
        _ => false,
    };
    connector.until("the call", talks).await;
    assert_eq!(tenant.ucserver().unwrap().violations(), [""; 0]);
}

#[tokio::test]
async fn the_native_integration_comes_and_goes() {
    use reqwest::Method;
    let tenant = tenant(Scenario::Quiet).await;
    let mut connector = Connector::start(&tenant);
    connector.until_up().await;
    let user = tenant.control().matched()[0].user_name.clone();
    let native = json!({"kind": "native_teams", "user": user, "state": 1});
    control(&tenant, Method::POST, "/ucserver/fault", native).await;
    let seen = |event: &ProcallEvent| *event == ProcallEvent::NativeIntegration(true);
    connector.until("seen", seen).await;
}

/// UcFaults of a scenario come and go by the tenant's clock.
#[tokio::test]
async fn a_scenario_brings_its_faults_at_their_time() {
    let script = Script {
        day: false,
        ucserver: vec![
            UcFault::new(UcFaultKind::NotAttached)
                .after(60.0)
                .lasting(30.0),
            UcFault::new(UcFaultKind::DropSockets).after(61.0),
        ],
        ..Script::default()
    };
    let tenant = tenant(Scenario::Script(Box::new(script))).await;
    let server = Arc::clone(tenant.ucserver().unwrap());
    let mut connector = Connector::start(&tenant);
    connector.until_up().await;
    assert_eq!(server.faults(), []);
    tenant.control().advance(Duration::from_secs(62));
    connector.until_trouble("ucsid").await;
    assert_eq!(server.faults(), [UcFaultKind::NotAttached]);
    tenant.control().advance(Duration::from_secs(30));
    connector.until_up().await;
    assert_eq!(server.faults(), []);
}

#[tokio::test]
async fn what_is_no_fault_is_refused_with_what_there_is() {
    let tenant = tenant(Scenario::Quiet).await;
    let wrong = json!({"kind": "drop_everything"});
    let said = control(&tenant, reqwest::Method::POST, "/ucserver/fault", wrong).await;
    let why = said["error"].as_str().unwrap();
    assert!(why.contains("drop_sockets"), "{why}");
}

#[tokio::test]
async fn a_tenant_without_a_ucserver_says_so() {
    let options = Options {
        users: 12,
        scenario: Scenario::Quiet,
        ..Options::default()
    };
    let tenant = start(options).await.unwrap();
    let said = control(&tenant, reqwest::Method::GET, "/ucserver", json!({})).await;
    assert_eq!(said["error"], "this tenant has no UCServer");
}
