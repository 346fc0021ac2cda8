//! Many bridges on one machine, each seen as it is: one that is stuck or gone hides none of the others.

use std::process::Output;

use portable_pty::CommandBuilder;
use rustix::process::Signal;
use serde_json::Value;

use crate::common::program::{Site, Started, program};
use crate::console::terminal::Terminal;

/// Two services, one of which has trouble, and a socket that nobody listens at any more.
async fn fleet() -> (Site, Site, [Started; 2]) {
    let one = Site::with_users(3, "[attach]\nsocket = \"one.sock\"").await;
    let other = Site::with_users(2, "[attach]\nsocket = \"other.sock\"").await;
    let services = [&one, &other].map(|site| site.begin("run", &["run"]));
    for service in &services {
        service.until_says("cycle 2").await;
    }
    (one, other, services)
}

async fn ask(one: &Site, other: &Site, args: &[&str]) -> Output {
    let sockets = [one.path("one.sock"), other.path("other.sock")];
    let sockets = sockets.map(|path| path.to_str().unwrap().to_owned());
    let mut all = vec!["--lang", "en", "fleet"];
    for socket in &sockets {
        all.extend(["--socket", socket]);
    }
    all.extend(args);
    one.output(&all).await
}

async fn bridges(one: &Site, other: &Site) -> Vec<Value> {
    let output = ask(one, other, &["--format", "json"]).await;
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    all["bridges"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bridge_is_seen_as_it_is() {
    let (one, other, mut services) = fleet().await;
    let both = bridges(&one, &other).await;
    let matched: Vec<_> = both.iter().map(|it| it["matched"].as_u64()).collect();
    assert!(
        matched.contains(&Some(3)) && matched.contains(&Some(2)),
        "{both:?}"
    );
    let pids = services.each_ref().map(Started::pid);
    for bridge in &both {
        let pid = bridge["bridge"]["pid"].as_u64().unwrap();
        assert!(
            pids.iter().any(|known| u64::from(*known) == pid),
            "{bridge}"
        );
        assert_eq!(bridge["bridge"]["mode"], "writing");
        assert!(bridge["read_age_ms"].as_u64().unwrap() < 60_000, "{bridge}");
    }
    assert_eq!(ask(&one, &other, &[]).await.status.code(), Some(0));

    // Stopped, it says nothing; the other one is shown all the same.
    services[1].signal(Signal::STOP);
    let stuck = bridges(&one, &other).await;
    assert!(
        stuck[0]["error"]
            .as_str()
            .unwrap()
            .contains("does not answer"),
        "{stuck:?}"
    );
    assert_eq!(stuck[1]["matched"], 3);
    let table = ask(&one, &other, &[]).await;
    let said = String::from_utf8_lossy(&table.stdout).into_owned();
    assert_eq!(table.status.code(), Some(1), "{said}");
    assert!(
        said.contains("2 bridges, 1 without a problem, 1 not seen"),
        "{said}"
    );
    services[1].signal(Signal::CONT);

    // Killed, it has left its socket behind.
    services[1].signal(Signal::KILL);
    services[1].end().await;
    let gone = bridges(&one, &other).await;
    assert!(
        gone[0]["error"].as_str().unwrap().contains("other.sock"),
        "{gone:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_check_of_all_is_that_of_the_worst() {
    let (one, _other, services) = fleet().await;
    let folder = one.path("session/lampfield");
    std::fs::create_dir_all(&folder).unwrap();
    std::os::unix::fs::symlink(one.path("one.sock"), folder.join("one.sock")).unwrap();
    let check = async |format: &str| {
        let mut command = one.command(&["--lang", "en", "check", "--fleet", "--format", format]);
        command.env("XDG_RUNTIME_DIR", one.path("session"));
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    };
    // The tenant of this machine's own configuration, and whatever else runs here.
    let nagios = String::from_utf8(check("nagios").await.stdout).unwrap();
    assert!(nagios.starts_with("LAMPFIELD "), "{nagios}");
    assert!(nagios.lines().next().unwrap().contains('/'), "{nagios}");
    let tenant = one.tenant.ready().tenant_id.to_uppercase();
    assert!(nagios.contains(&tenant), "{nagios}");
    services[0].signal(Signal::STOP);
    let stuck = eventually_critical(&check).await;
    assert!(stuck.contains("does not answer"), "{stuck}");
    services[0].signal(Signal::CONT);
    assert_eq!(check("prtg").await.status.code(), Some(3));
}

async fn eventually_critical(check: &impl AsyncFn(&str) -> Output) -> String {
    for _ in 0..10 {
        let output = check("text").await;
        if output.status.code() == Some(2) {
            return String::from_utf8_lossy(&output.stdout).into_owned();
        }
    }
    panic!("never critical");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_there_is_none_it_says_where_it_has_looked() {
    let site = Site::with_users(1, "[attach]\nsocket = \"\"").await;
    let output = site
        .output(&["--lang", "en", "fleet", "--socket", "nowhere.sock"])
        .await;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("nowhere.sock") && said.contains("not seen"),
        "{said}"
    );
}

#[test]
fn the_screen_shows_all_of_them_and_leads_to_one_and_back() {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(2).enable_all().build().unwrap();
    let (one, other, services) = runtime.block_on(fleet());
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--lang", "en", "fleet"]);
    for socket in [one.path("one.sock"), other.path("other.sock")] {
        command.arg("--socket");
        command.arg(socket);
    }
    command.env("HOME", one.folder.path());
    command.env("XDG_STATE_HOME", one.folder.path());
    command.cwd(one.folder.path());
    let mut terminal = Terminal::start(command);
    terminal.until_shown("2 bridges, 2 without a problem");
    terminal.press("\r");
    terminal.until_shown("attached");
    terminal.press("q");
    terminal.until_shown("2 bridges, 2 without a problem");
    services[0].signal(Signal::KILL);
    terminal.until_shown("1 not seen");
    terminal.press("q");
    assert_eq!(terminal.ended(), 0);
    terminal.assert_restored();
}

#[test]
fn the_demo_has_several_tenants_one_of_them_in_trouble() {
    let home = tempfile::tempdir().unwrap();
    let args = ["fleet", "--demo", "--format", "json"];
    let output = program(home.path(), &args).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let all: Value = serde_json::from_slice(&output.stdout).unwrap();
    let bridges = all["bridges"].as_array().unwrap();
    assert_eq!(bridges.len(), 5);
    // The worst first.
    assert_eq!(bridges[0]["problems"][0]["severity"], "critical", "{all}");
    assert!(
        bridges[0]["problems"][0]["affected"].as_u64().unwrap() > 100,
        "{all}"
    );
}
