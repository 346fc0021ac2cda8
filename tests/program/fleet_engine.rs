//! The fleet of several machines: tenants that run on others are seen through their engine.

use std::process::Output;

use lampfield::simulator::PbxState;
use portable_pty::CommandBuilder;
use rustix::process::Signal;
use serde_json::Value;

use crate::attach::call;
use crate::common::program::{Site, Started};
use crate::common::redis::Redis;
use crate::console::terminal::Terminal;

const LEADS: &str = "this member leads the cluster now: writing";

/// Two tenants on one engine; each runs on a machine of its own. Whoever looks at `away.toml` sees no socket.
struct Two {
    one: Site,
    other: Site,
    redis: Redis,
    services: [Started; 2],
}

impl Two {
    async fn open() -> Option<Self> {
        let redis = Redis::start()?;
        let keys = format!("[attach]\nsocket = \"own.sock\"\n{}", redis.section());
        let one = Site::with_users(4, &keys).await;
        let other = Site::of_another_tenant(2).await;
        other.configure(&keys);
        let own = std::fs::read_to_string(one.path("lampfield.toml")).unwrap();
        std::fs::write(one.path("away.toml"), own.replace("own.sock", "")).unwrap();
        let services = [&one, &other].map(|site| site.begin("run", &["run"]));
        for service in &services {
            service.until_says(LEADS).await;
            service.until_says("cycle 2").await;
        }
        Some(Self {
            one,
            other,
            redis,
            services,
        })
    }

    fn tenants(&self) -> [&str; 2] {
        [&self.one, &self.other].map(|site| &*site.tenant.ready().tenant_id)
    }

    async fn ask(&self, config: &str, args: &[&str]) -> Output {
        let mut all = vec!["--lang", "en", "--config", config];
        all.extend(args);
        self.one.output(&all).await
    }

    async fn fleet(&self, config: &str) -> Value {
        let output = self.ask(config, &["fleet", "--format", "json"]).await;
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The fleet as soon as `holds`: what goes over the engine comes later than what the log says.
    async fn until(&self, config: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut fleet = Value::Null;
        for _ in 0..400 {
            fleet = self.fleet(config).await;
            if holds(&fleet) {
                return fleet;
            }
        }
        panic!("never, at last {fleet:#}");
    }

    /// The line of a tenant.
    fn line<'a>(&self, fleet: &'a Value, at: usize) -> &'a Value {
        let bridges = fleet["bridges"].as_array().unwrap();
        let mut of_this = bridges
            .iter()
            .filter(|it| it["tenant"] == self.tenants()[at]);
        let line = of_this.next().unwrap_or(&Value::Null);
        assert!(of_this.next().is_none(), "more than once: {fleet:#}");
        line
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_of_other_machines_are_seen_as_they_are() {
    let Some(mut two) = Two::open().await else {
        return;
    };
    let control = two.one.tenant.control();
    call(
        control,
        &control.matched()[0].user_name,
        PbxState::Connected,
    );
    let held = |fleet: &Value| two.line(fleet, 0)["leases"]["confirmed"] == 1;
    let fleet = two.until("away.toml", held).await;
    for (at, matched) in [(0, 4), (1, 2)] {
        let line = two.line(&fleet, at);
        assert_eq!(line["matched"], matched, "{line}");
        assert_eq!(
            (&line["socket"], &line["error"]),
            (&Value::Null, &Value::Null)
        );
        assert!(line["engine"].as_str().unwrap().ends_with("/0"), "{line}");
        assert!(line["read_age_ms"].as_u64().unwrap() < 30_000, "{line}");
        assert!(
            line["p95_ms"].is_u64() && line["used_30s"].is_u64(),
            "{line}"
        );
        let bridge = &line["bridge"];
        let pid = two.services[at].pid();
        assert_eq!(
            (&bridge["mode"], &bridge["source"]),
            (&"writing".into(), &"engine".into())
        );
        assert_eq!(bridge["pid"], pid);
        let leader = bridge["cluster"]["leader"].as_str().unwrap();
        assert!(leader.ends_with(&format!(":{pid}")), "{line}");
        assert_eq!(bridge["cluster"]["members"].as_array().unwrap().len(), 1);
    }
    assert_eq!(fleet["engines"], Value::Array(Vec::new()));

    // On the machine of the first one its socket tells the same, and it stands there once.
    let fleet = two.fleet("lampfield.toml").await;
    assert!(
        two.line(&fleet, 0)["socket"]
            .as_str()
            .unwrap()
            .ends_with("own.sock")
    );
    assert_eq!(two.line(&fleet, 1)["socket"], Value::Null, "{fleet:#}");
    let check = two
        .ask("away.toml", &["check", "--fleet", "--format", "nagios"])
        .await;
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    for tenant in two.tenants() {
        assert!(said.contains(&tenant.to_uppercase()), "{said}");
    }

    // One ends in good order and is missed by nobody, the other is killed.
    two.services[1].signal(Signal::TERM);
    two.services[1].end().await;
    two.until("away.toml", |fleet| two.line(fleet, 1).is_null())
        .await;
    two.services[0].signal(Signal::KILL);
    let nobody = |fleet: &Value| two.line(fleet, 0)["problems"][0]["code"] == "nobody_leads";
    let fleet = two.until("away.toml", nobody).await;
    let line = two.line(&fleet, 0);
    assert_eq!(line["bridge"]["cluster"]["leader"], Value::Null);
    assert_eq!(line["matched"], 4, "what it showed last: {line}");
    let check = two.ask("away.toml", &["check", "--fleet"]).await;
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert_eq!(check.status.code(), Some(2), "{said}");
    assert!(said.contains("Nobody leads"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_cannot_be_asked_is_said_and_hides_no_socket() {
    let Some(two) = Two::open().await else {
        return;
    };
    two.redis.signal(Signal::STOP);
    let output = two.ask("lampfield.toml", &["fleet"]).await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("tenants of other machines are missing"),
        "{said}"
    );
    assert!(said.contains("1 bridge, "), "the engine is none: {said}");
    let fleet = two.fleet("lampfield.toml").await;
    assert_eq!(two.line(&fleet, 0)["matched"], 4, "{fleet:#}");
    assert!(fleet["engines"][0]["error"].is_string(), "{fleet:#}");
    let check = two.ask("lampfield.toml", &["check", "--fleet"]).await;
    assert_eq!(check.status.code(), Some(2));
    two.redis.signal(Signal::CONT);

    // Of the secrets its password alone is needed, and that one is.
    let own = std::fs::read_to_string(two.one.path("lampfield.toml")).unwrap();
    let own = own.replace("\"SECRET\"", "\"SET_FOR_THE_SERVICE_ALONE\"");
    std::fs::write(two.one.path("lacks.toml"), &own).unwrap();
    assert_eq!(two.line(&two.fleet("lacks.toml").await, 1)["matched"], 2);
    let lacks = format!("{own}password_env = \"SET_FOR_THE_SERVICE_ALONE\"\n");
    std::fs::write(two.one.path("lacks.toml"), lacks).unwrap();
    let fleet = two.fleet("lacks.toml").await;
    let why = fleet["engines"][0]["error"].as_str().unwrap();
    assert!(why.contains("its password cannot be read"), "{why}");
}

#[test]
fn enter_opens_a_tenant_of_another_machine_and_escape_comes_back() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let Some(two) = runtime.block_on(Two::open()) else {
        return;
    };
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--lang", "en", "--config", "away.toml", "fleet"]);
    command.env("HOME", two.one.folder.path());
    command.env("XDG_STATE_HOME", two.one.folder.path());
    command.cwd(two.one.folder.path());
    let mut terminal = Terminal::start(command);
    terminal.until_shown("2 bridges, 2 without a problem");
    let [tenant, _] = two.tenants();
    terminal.press(&format!("/{tenant}\r\r"));
    terminal.until_shown("via the engine");
    terminal.until_shown("WRITING");
    // What is asked for here is done by the leader, whose log says who asked, and where.
    terminal.press("R");
    runtime.block_on(two.services[0].until_says("asks: poll everybody now"));
    two.redis.signal(Signal::STOP);
    terminal.until_shown("is not seen any more");
    two.redis.signal(Signal::CONT);
    terminal.until_shown("The bridge is there again");
    terminal.press("\x1b");
    terminal.until_shown("2 bridges, 2 without a problem");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}
