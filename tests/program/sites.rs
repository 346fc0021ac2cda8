//! Several tenants in one configuration, and in one process.

use std::path::PathBuf;

use lampfield::simulator::{PbxState, Verb};
use rustix::process::Signal;

use crate::attach::{call, json};
use crate::cluster::{LEADS, STANDS_BY};
use crate::common::eventually;
use crate::common::program::{Site, Started};
use crate::common::redis::Redis;
use crate::service::Manager;

/// Two tenants: the second one's folder is beside the first one's configuration, which names both.
struct Two {
    first: Site,
    second: Site,
}

/// What is the same for all, and two sites of which one lacks its secret.
const MAIN: &str = "\
include = \"more/*.toml\"
[poll]
interval = \"1s\"
[state]
directory = \"state\"
[log]
directory = \"logs\"
level = \"debug\"
[history]
keep = \"0s\"
";

impl Two {
    /// Both with their secrets, on two machines: the second machine's configuration is `b.toml`.
    async fn on_two_machines(redis: &Redis) -> Self {
        let two = Self::open().await;
        two.first.keep_secret("second-secret", two.second.secret());
        let main = two.main() + &redis.section();
        let second = main
            .replace("more/", "more-b/")
            .replace("\"state\"", "\"state-b\"")
            .replace("\"logs\"", "\"logs-b\"");
        std::fs::create_dir(two.first.path("more-b")).unwrap();
        std::fs::copy(two.beta(), two.first.path("more-b/beta.toml")).unwrap();
        std::fs::write(two.first.path("lampfield.toml"), main).unwrap();
        std::fs::write(two.first.path("b.toml"), second).unwrap();
        two
    }

    fn main(&self) -> String {
        std::fs::read_to_string(self.first.path("lampfield.toml")).unwrap()
    }

    /// The configuration of the second tenant.
    fn beta(&self) -> PathBuf {
        self.first.path("more/beta.toml")
    }

    async fn open() -> Self {
        let two = Self {
            first: Site::with_users(3, "").await,
            second: Site::of_another_tenant(3).await,
        };
        let own = two.of_site(&two.first, "first-secret");
        let lacking = two.of_site(&two.second, "second-secret");
        let main = format!(
            "{MAIN}[[site]]\nname = \"alpha\"\n{}",
            own.replace('[', "[site.")
        );
        two.first.keep_secret("first-secret", two.first.secret());
        std::fs::write(two.first.path("lampfield.toml"), main).unwrap();
        std::fs::create_dir(two.first.path("more")).unwrap();
        std::fs::write(two.beta(), lacking).unwrap();
        two
    }

    /// The tables of a site that belong to this tenant.
    fn of_site(&self, site: &Site, secret: &str) -> String {
        let ready = site.tenant.ready();
        let (secret, path) = (self.first.path(secret), |name| site.path(name));
        format!(
            "[tenant]\ntenant_id = \"{}\"\nclient_id = \"{}\"\nclient_secret_file = \"{}\"\n\
             authority = \"{}\"\ngraph_base = \"{}\"\n[procall]\nusers_file = \"{}\"\n\
             events_file = \"{}\"\n",
            ready.tenant_id,
            ready.client_id,
            secret.display(),
            ready.authority,
            ready.graph_base,
            path("users.csv").display(),
            path("calls.jsonl").display(),
        )
    }
}

/// Begins or ends a call of the first user; Teams shows it.
async fn until_written(site: &Site, state: PbxState, verbs: &[Verb]) {
    let control = site.tenant.control();
    call(control, &control.matched()[0].user_name, state);
    until_all_written(site, verbs).await;
}

/// These are all writes that there were.
async fn until_all_written(site: &Site, verbs: &[Verb]) {
    let written = || {
        site.tenant
            .control()
            .writes()
            .iter()
            .map(|it| it.verb)
            .collect::<Vec<_>>()
    };
    assert!(eventually(|| written() == verbs).await, "{:?}", written());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_tenant_costs_itself_and_comes_with_a_reload() {
    let two = Two::open().await;
    let (mut manager, mut service) = Manager::start(&two.first, &["--lang", "en", "run"]);
    service
        .until_says("the tenant beta does not run, the others do")
        .await;
    let status = "STATUS=1 of 2 tenants run; users: 3, calls in Teams: 0; not running: beta";
    manager.until(|note| note == status);
    manager.until(|note| note == "READY=1");
    until_written(&two.first, PbxState::Connected, &[Verb::Set]).await;
    // Whoever does not run is missed.
    let fleet = two.first.output(&["fleet", "--format", "json"]).await;
    let fleet: serde_json::Value = serde_json::from_slice(&fleet.stdout).unwrap();
    assert_eq!(
        fleet["bridges"].as_array().map(Vec::len),
        Some(2),
        "{fleet}"
    );
    assert!(fleet["bridges"][0]["error"].is_string(), "{fleet}");
    // As is one whose file cannot be read.
    std::fs::write(two.first.path("more/gamma.toml"), "[tenant").unwrap();
    let fleet = two.first.output(&["fleet", "--format", "json"]).await;
    let fleet: serde_json::Value = serde_json::from_slice(&fleet.stdout).unwrap();
    let bridges = fleet["bridges"].as_array().unwrap();
    let gamma = bridges.iter().find(|it| it["tenant"] == "gamma");
    let why = gamma.unwrap()["error"].as_str().unwrap();
    assert!(why.contains("gamma.toml"), "{why}");
    std::fs::remove_file(two.first.path("more/gamma.toml")).unwrap();
    // Whoever looks says at whom.
    let shown = json(
        &two.first,
        &["--site", "alpha", "snapshot", "--format", "json"],
    )
    .await;
    assert_eq!(shown["leases"]["held"], 1, "{shown}");
    let unnamed = two.first.output(&["--lang", "en", "snapshot"]).await;
    let said = String::from_utf8_lossy(&unnamed.stderr).into_owned();
    assert!(said.contains("several tenants: alpha, beta"), "{said}");
    assert_eq!(unnamed.status.code(), Some(2));

    two.first.keep_secret("second-secret", two.second.secret());
    service.signal(Signal::HUP);
    manager.until(|note| note.starts_with("RELOADING=1"));
    manager.until(|note| note == "READY=1");
    manager.until(|note| note.starts_with("STATUS=2 of 2 tenants run; users: 6"));
    until_written(&two.second, PbxState::Connected, &[Verb::Set]).await;
    let fleet = json(&two.first, &["fleet", "--format", "json"]).await;
    let names = fleet["bridges"].as_array().unwrap().iter();
    let mut names: Vec<_> = names.map(|it| it["site"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["alpha", "beta"]);

    // One that is taken out gives back what it has set; the other goes on.
    std::fs::remove_file(two.first.path("more/beta.toml")).unwrap();
    let main = two.first.path("lampfield.toml");
    let text = std::fs::read_to_string(&main).unwrap();
    std::fs::write(&main, text.replace("include = \"more/*.toml\"\n", "")).unwrap();
    service.signal(Signal::HUP);
    let control = two.second.tenant.control();
    let cleared = || control.writes().last().map(|it| it.verb) == Some(Verb::Clear);
    assert!(eventually(cleared).await);
    until_written(&two.first, PbxState::Ended, &[Verb::Set, Verb::Clear]).await;
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.code(), Some(143));
}

/// Until this process leads or stands by so often, over all its tenants and since its start.
async fn until_says_often(process: &Started, words: &str, often: usize) {
    let said = || process.err_text().matches(words).count();
    assert!(
        eventually(|| said() == often).await,
        "{words}: {} times, not {often}\n{}",
        said(),
        process.err_text()
    );
}

/// Each tenant is led for itself: a machine that ends leaves both to the other, one that gives up a tenant that one alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_machines_lead_their_tenants_one_by_one() {
    let Some(redis) = Redis::start() else { return };
    let two = Two::on_two_machines(&redis).await;
    let mut a = two.first.begin("a", &["run"]);
    until_says_often(&a, LEADS, 2).await;
    // A reload needs a service manager.
    let (_manager, mut b) = Manager::start(&two.first, &["--config", "b.toml", "run"]);
    until_says_often(&b, STANDS_BY, 2).await;
    until_written(&two.first, PbxState::Connected, &[Verb::Set]).await;
    until_written(&two.second, PbxState::Connected, &[Verb::Set]).await;

    a.signal(Signal::KILL);
    a.end().await;
    until_says_often(&b, LEADS, 2).await;
    until_written(&two.first, PbxState::Ended, &[Verb::Set, Verb::Clear]).await;
    until_written(&two.second, PbxState::Ended, &[Verb::Set, Verb::Clear]).await;

    // The second machine gives up one tenant: from then on each leads one.
    let mut a = two.first.begin("c", &["run"]);
    until_says_often(&a, STANDS_BY, 2).await;
    std::fs::remove_file(two.first.path("more-b/beta.toml")).unwrap();
    let main = std::fs::read_to_string(two.first.path("b.toml")).unwrap();
    let main = main.replace("include = \"more-b/*.toml\"\n", "");
    std::fs::write(two.first.path("b.toml"), main).unwrap();
    b.signal(Signal::HUP);
    until_says_often(&a, LEADS, 1).await;
    // The engine knows of no lease, as one that was started anew: what the first machine remembers from before it was killed it gives back.
    until_all_written(&two.second, &[Verb::Set, Verb::Clear, Verb::Clear]).await;
    let again = [Verb::Set, Verb::Clear, Verb::Set];
    until_written(&two.first, PbxState::Connected, &again).await;
    let again = [Verb::Set, Verb::Clear, Verb::Clear, Verb::Set];
    until_written(&two.second, PbxState::Connected, &again).await;
    let writers = |site: &Site| {
        let writes = site.tenant.control().writes();
        writes.iter().map(|it| it.bearer).collect::<Vec<_>>()
    };
    let [of_first, of_second] = [writers(&two.first), writers(&two.second)];
    assert_eq!(of_first[1], of_first[2], "still the second machine");
    assert_ne!(of_second[1], of_second[3], "the first one again");

    // What each has set, each takes back.
    for process in [&mut a, &mut b] {
        process.signal(Signal::TERM);
        assert_eq!(process.end().await.code(), Some(143));
    }
    for site in [&two.first, &two.second] {
        let last = site.tenant.control().writes().last().map(|it| it.verb);
        assert_eq!(
            last,
            Some(Verb::Clear),
            "{}\n---\n{}",
            a.err_text(),
            b.err_text()
        );
    }
}
