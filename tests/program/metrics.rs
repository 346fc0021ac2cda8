//! The numbers for Prometheus: the command, the file, the answer over HTTP.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Stdio};

use rustix::process::Signal;

use crate::attach;
use crate::common::eventually;
use crate::common::program::{Site, Started, WITHIN, program};

/// The value of a series, as it is written.
fn value<'a>(page: &'a str, series: &str) -> &'a str {
    let start = format!("{series} ");
    let line = page.lines().find_map(|line| line.strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {series} in\n{page}"))
}

fn count(page: &str, series: &str) -> u64 {
    value(page, series).parse().unwrap()
}

/// A service with a call, of whose picture two cycles are surely part: the third has begun.
async fn service(extra: &str) -> (Site, Started) {
    let (site, service, _) = attach::service(extra).await;
    service.until_says("cycle 3").await;
    (site, service)
}

fn is_whole(page: &str) {
    assert_eq!(count(page, "lampfield_matched_users"), 5);
    assert_eq!(count(page, "lampfield_bridge_mode{mode=\"writing\"}"), 1);
    assert_eq!(count(page, "lampfield_leases{verdict=\"confirmed\"}"), 1);
    assert_eq!(count(page, "lampfield_requests_total{purpose=\"set\"}"), 1);
    assert!(count(page, "lampfield_requests_total{purpose=\"poll\"}") >= 2);
    assert!(count(page, "lampfield_poll_cycles_total") >= 2);
    assert!(
        value(page, "lampfield_poll_last_success_age_seconds")
            .parse::<f64>()
            .unwrap()
            < 60.0
    );
    assert_eq!(count(page, "lampfield_link_up{link=\"graph_read\"}"), 1);
    assert_eq!(count(page, "lampfield_log_lines_lost_total"), 0);
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("lampfield_build_info{{version=\"{version}\"}}");
    assert_eq!(count(page, &build), 1);
    assert!(!page.contains('@'), "a user is named:\n{page}");
}

async fn printed(site: &Site, args: &[&str]) -> String {
    let output = site.output(args).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_tells_what_the_service_knows_and_asks_nobody() {
    let (site, _service) = service("[attach]\nsocket = \"l.sock\"").await;
    site.tenant.control().forget_requests();
    let page = printed(&site, &["metrics"]).await;
    is_whole(&page);
    assert!(page.ends_with("# EOF\n"));
    // With the socket alone: no configuration, no secret.
    let elsewhere = tempfile::tempdir().unwrap();
    let socket = site.path("l.sock");
    let args = ["metrics", "--socket", socket.to_str().unwrap()];
    let output = program(elsewhere.path(), &args).output().unwrap();
    is_whole(std::str::from_utf8(&output.stdout).unwrap());
    let requests = site.tenant.control().requests();
    let tokens = requests.iter().filter(|it| it.path.contains("/token"));
    assert_eq!(tokens.count(), 0, "it needs no token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_bridge_a_cycle_of_its_own_is_told() {
    let site = Site::with_users(3, "").await;
    for args in [&["metrics"][..], &["metrics", "--direct"]] {
        let page = printed(&site, args).await;
        assert_eq!(count(&page, "lampfield_matched_users"), 3);
        assert_eq!(count(&page, "lampfield_bridge_mode{mode=\"observing\"}"), 1);
        assert!(count(&page, "lampfield_requests_total{purpose=\"directory\"}") >= 1);
    }
}

/// What Prometheus' own parser for this format makes of it. Where this machine's Python has no
/// `prometheus_client`, only the form is checked (`report::metrics`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_parser_of_prometheus_takes_it_where_python_has_one() {
    let (site, _service) = service("[metrics]\ntextfile = \"l.prom\"").await;
    let page = printed(&site, &["metrics"]).await;
    assert!(eventually(|| site.path("l.prom").exists()).await);
    let file = std::fs::read_to_string(site.path("l.prom")).unwrap();
    for (module, page) in [
        ("prometheus_client.openmetrics.parser", page),
        ("prometheus_client.parser", file),
    ] {
        let Some(families) = parsed(module, &page) else {
            println!("skipped: this machine's python3 has no {module}");
            return;
        };
        assert_eq!(families, lampfield::report::METRICS.len());
    }
}

/// How many families Python's parser finds; nothing where there is no such parser.
fn parsed(module: &str, page: &str) -> Option<usize> {
    let script = format!(
        "import sys\ntry:\n    from {module} import text_string_to_metric_families as parse\n\
         except ImportError:\n    sys.exit(77)\nprint(len(list(parse(sys.stdin.read()))))"
    );
    let mut python = Command::new("python3");
    python.args(["-c", &script]);
    python.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().ok()?;
    let mut stdin = python.stdin.take().unwrap();
    // Fails where it has no parser and has ended.
    let _ = stdin.write_all(page.as_bytes());
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    if output.status.code() == Some(77) {
        return None;
    }
    assert!(output.status.success(), "it was refused:\n{page}");
    let count = String::from_utf8(output.stdout).unwrap();
    Some(count.trim().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_file_is_written_after_each_cycle_and_whole() {
    let (site, service) = service("[metrics]\ntextfile = \"l.prom\"").await;
    let file = site.path("l.prom");
    let cycles = || {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        // Whoever reads while it is written finds the old one or the new one.
        (!text.is_empty()).then(|| count(&text, "lampfield_poll_cycles_total"))
    };
    assert!(
        eventually(|| cycles().is_some()).await,
        "{}",
        service.err_text()
    );
    let first = cycles();
    assert!(eventually(|| cycles() > first).await);
    let confirmed = || {
        let text = std::fs::read_to_string(&file).unwrap();
        count(&text, "lampfield_leases{verdict=\"confirmed\"}") > 0
    };
    assert!(eventually(confirmed).await);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("# EOF") && text.ends_with('\n'));
    let mode = std::fs::metadata(&file).unwrap().mode();
    assert_eq!(mode & 0o777, 0o644, "node_exporter is another user");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_written_is_named_once_and_costs_nothing() {
    let site = Site::open_in(3, &["numbers"]).await;
    site.configure("[metrics]\ntextfile = \"numbers/l.prom\"");
    let service = site.begin("run", &["run"]);
    let file = site.path("numbers/l.prom");
    assert!(eventually(|| file.exists()).await, "{}", service.err_text());
    std::fs::remove_dir_all(site.path("numbers")).unwrap();
    service
        .until_says("metrics.textfile cannot be written")
        .await;
    let cycles = || service.err_text().matches(" cycle ").count();
    let before = cycles();
    assert!(eventually(|| cycles() > before + 2).await);
    std::fs::create_dir(site.path("numbers")).unwrap();
    service.until_says("l.prom is written again").await;
    let said = service.err_text();
    assert_eq!(said.matches("metrics.textfile cannot").count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_configuration_that_node_exporter_would_not_read_is_refused() {
    let site = Site::with_users(2, "").await;
    for (line, said) in [
        ("textfile = \"l.txt\"", "ends in .prom"),
        ("listen = \"9464\"", "an address with a port"),
        ("listen = \"localhost:9464\"", "an address with a port"),
    ] {
        site.configure(&format!("[metrics]\n{line}"));
        let output = site.output(&["--lang", "en", "config", "check"]).await;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(said), "{told}");
    }
}

/// A port that is free now.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Sends bytes and reads to the end of what comes back.
fn asked(address: SocketAddr, question: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(WITHIN)).unwrap();
    stream.write_all(question.as_bytes()).unwrap();
    let mut answer = String::new();
    // A connection that is reset has answered all the same.
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn get(address: SocketAddr, headers: &str) -> String {
    asked(
        address,
        &format!("GET /metrics HTTP/1.1\r\nHost: l\r\n{headers}\r\n"),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_may_ask_and_nobody_gets_anything_else() {
    let address = free_port();
    let (_site, mut service) = service(&format!("[metrics]\nlisten = \"{address}\"")).await;
    service
        .until_says(&format!("metrics are at http://{address}/metrics"))
        .await;
    let answer = get(address, "");
    let (head, page) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    let content = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert!(head.to_lowercase().contains(content), "{head}");
    is_whole(page);
    let older = get(address, "Accept: text/plain;version=0.0.4\r\n");
    assert!(older.contains("text/plain; version=0.0.4"), "{older}");
    assert!(!older.contains("# EOF"));
    for (question, status) in [
        ("GET / HTTP/1.1\r\nHost: l\r\n\r\n", "404"),
        (
            "GET /metrics/../etc/passwd HTTP/1.1\r\nHost: l\r\n\r\n",
            "404",
        ),
        (
            "POST /metrics HTTP/1.1\r\nHost: l\r\nContent-Length: 2\r\n\r\nhi",
            "405",
        ),
        ("DELETE /metrics HTTP/1.1\r\nHost: l\r\n\r\n", "405"),
        ("nonsense\r\n\r\n", "400"),
    ] {
        let answer = asked(address, question);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{question}: {answer}"
        );
        assert!(!answer.contains("lampfield_"), "{answer}");
    }
    let long = format!(
        "GET /metrics HTTP/1.1\r\nX: {}\r\n\r\n",
        "x".repeat(64 << 10)
    );
    assert!(!asked(address, &long).contains("lampfield_"));
    service.signal(Signal::TERM);
    service.end().await;
    assert!(
        TcpStream::connect(address).is_err(),
        "the port is still open"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_ask_nothing_cost_themselves() {
    let address = free_port();
    let (_site, service) = service(&format!("[metrics]\nlisten = \"{address}\"")).await;
    service.until_says("metrics are at").await;
    let silent: Vec<_> = (0..40)
        .map(|_| TcpStream::connect(address).unwrap())
        .collect();
    let before = service.err_text().matches(" cycle ").count();
    let goes_on = || service.err_text().matches(" cycle ").count() > before + 1;
    assert!(eventually(goes_on).await, "they hold up the bridge");
    // Those in front are let go for their silence, and whoever asks has a turn.
    is_whole(get(address, "").split_once("\r\n\r\n").unwrap().1);
    drop(silent);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_of_somebody_else_is_named_and_waited_for() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let site = Site::with_users(2, &format!("[metrics]\nlisten = \"{address}\"")).await;
    let service = site.begin("run", &["run"]);
    service
        .until_says(&format!("nobody can ask for metrics at {address}"))
        .await;
    service.until_says("cycle 1").await;
    drop(taken);
    service.until_says("metrics are at").await;
    assert!(get(address, "").contains("lampfield_matched_users 2"));
}
