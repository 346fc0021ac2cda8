//! What a service manager is told, over a socket as systemd's, and what a hang-up changes.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use lampfield::simulator::{Fault, FaultKind, On};
use rustix::process::Signal;

use crate::common::program::{Site, Started, WITHIN};
use crate::common::{eventually, program::program};

/// So much is said before what is waited for, at most.
const NOTES: usize = 200;

/// The manager's end of `NOTIFY_SOCKET`.
pub(crate) struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    /// Starts `lampfield run` as systemd does.
    pub(crate) fn start(site: &Site, args: &[&str]) -> (Self, Started) {
        let path = site.path("notify");
        let socket = UnixDatagram::bind(&path).unwrap();
        socket.set_read_timeout(Some(WITHIN)).unwrap();
        let watchdog = Duration::from_millis(600).as_micros().to_string();
        let variables = [
            ("NOTIFY_SOCKET", path.to_str().unwrap()),
            ("WATCHDOG_USEC", &watchdog),
        ];
        let service = site.begin_with("run", args, &variables);
        let heard = Vec::new();
        (Self { socket, heard }, service)
    }

    /// Waits for a datagram of which that holds.
    pub(crate) fn until(&mut self, holds: impl Fn(&str) -> bool) -> String {
        let mut buffer = [0; 4096];
        // Signs of life go on for ever: some five a second.
        for _ in 0..NOTES {
            let length = match self.socket.recv(&mut buffer) {
                Ok(length) => length,
                Err(why) => panic!("{why}; heard: {:#?}", self.heard),
            };
            let note = std::str::from_utf8(&buffer[..length]).unwrap();
            let note = note.trim_end().to_owned();
            self.heard.push(note.clone());
            if holds(&note) {
                return note;
            }
        }
        panic!("not told; heard: {:#?}", self.heard);
    }

    fn heard(&self, start: &str) -> bool {
        self.heard.iter().any(|note| note.starts_with(start))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_ready_after_the_first_cycle_and_lives_from_then_on() {
    let site = Site::with_users(3, "").await;
    let control = site.tenant.control();
    let status = FaultKind::Status {
        status: 500,
        retry_after: None,
    };
    control.fault(Fault::new(status).on(On::Directory));
    let (mut manager, mut service) = Manager::start(&site, &["--lang", "en", "run"]);
    manager.until(|note| note == "STATUS=waiting for the end of the first poll; writing to Teams");
    service.until_says("there is no directory yet").await;
    // Not ready, and not to be killed for it: it lives, and asks for more time.
    manager.until(|note| note.starts_with("EXTEND_TIMEOUT_USEC="));
    manager.until(|note| note.starts_with("EXTEND_TIMEOUT_USEC="));
    assert!(!manager.heard("READY=1"));
    control.clear_faults();
    manager.until(|note| note == "STATUS=writing to Teams; users: 3, calls in Teams: 0");
    manager.until(|note| note == "READY=1");
    for _ in 0..3 {
        manager.until(|note| note == "WATCHDOG=1");
    }
    service.signal(Signal::TERM);
    manager.until(|note| note == "STOPPING=1");
    manager.until(|note| note.starts_with("STATUS=giving back"));
    assert_eq!(service.end().await.code(), Some(143));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_manager_nothing_is_told_and_nothing_missing() {
    let site = Site::with_users(2, "").await;
    let run = site.output(&["run", "--for", "2s"]).await;
    assert!(run.status.success());
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!said.contains("service manager"), "{said}");
}

/// Rewrites the configuration.
fn rewrite(site: &Site, old: &str, new: &str) {
    let file = site.path("lampfield.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(old), "{text}");
    std::fs::write(&file, text.replacen(old, new, 1)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reload_changes_what_can_change_and_names_the_rest() {
    let site = Site::with_users(3, "[log]\nlevel = \"warn\"\nkeep = 5").await;
    let (mut manager, mut service) = Manager::start(&site, &["run"]);
    manager.until(|note| note == "READY=1");
    rewrite(&site, "interval = \"1s\"", "interval = \"2s\"");
    rewrite(&site, "level = \"warn\"", "level = \"info\"");
    rewrite(&site, "keep = 5", "keep = 6");
    service.signal(Signal::HUP);
    let reloading = manager.until(|note| note.starts_with("RELOADING=1"));
    let since = reloading.split("MONOTONIC_USEC=").nth(1).unwrap();
    assert!(since.trim().parse::<u64>().unwrap() > 0, "{reloading}");
    manager.until(|note| note == "READY=1");
    service
        .until_says("read anew: poll.interval, log.level changed")
        .await;
    service.until_says("the old stays in force: log.keep").await;
    service.until_says("poll interval set to 2 s").await;
    // The picture follows the step that changed it.
    until_metrics(&site, "\nlampfield_poll_interval_seconds 2.0\n").await;
    service.signal(Signal::TERM);
    assert_eq!(service.end().await.code(), Some(143));
}

async fn until_metrics(site: &Site, line: &str) {
    let mut page = String::new();
    for _ in 0..20 {
        let output = site.output(&["metrics"]).await;
        page = String::from_utf8(output.stdout).unwrap();
        if page.contains(line) {
            return;
        }
    }
    panic!("{line:?} never came: {page}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_configuration_leaves_the_old_one_in_force_and_says_so() {
    let site = Site::with_users(3, "").await;
    let (mut manager, service) = Manager::start(&site, &["--lang", "en", "run"]);
    manager.until(|note| note == "READY=1");
    rewrite(&site, "interval = \"1s\"", "interval = \"never\"");
    service.signal(Signal::HUP);
    manager.until(|note| note.starts_with("RELOADING=1"));
    manager.until(|note| note == "READY=1");
    let status = manager.until(|note| note.starts_with("STATUS=the new configuration"));
    assert!(status.contains("the old one goes on"), "{status}");
    assert!(status.contains("interval"), "{status}");
    service
        .until_says("the new configuration is not in force, the old one goes on")
        .await;
    let cycles = || service.err_text().matches(" cycle ").count();
    let before = cycles();
    assert!(eventually(|| cycles() > before + 1).await);
    // A file that is not there any more ends nothing either.
    std::fs::remove_file(site.path("lampfield.toml")).unwrap();
    service.signal(Signal::HUP);
    manager.until(|note| note.starts_with("STATUS=the new configuration"));
    let before = cycles();
    assert!(eventually(|| cycles() > before + 1).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_secret_is_in_force_after_a_reload() {
    let site = Site::with_users(3, "").await;
    rewrite(
        &site,
        "client_secret_env = \"SECRET\"",
        "client_secret_file = \"secret.txt\"",
    );
    site.keep_secret("secret.txt", site.secret());
    let (mut manager, service) = Manager::start(&site, &["run"]);
    manager.until(|note| note == "READY=1");
    let control = site.tenant.control();
    control.set_secret("another~secret.of-the-application");
    control.expire_tokens();
    service.until_says("AADSTS7000215").await;
    std::fs::remove_file(site.path("secret.txt")).unwrap();
    site.keep_secret("secret.txt", "another~secret.of-the-application");
    service.signal(Signal::HUP);
    service
        .until_says("read anew: the credential of [tenant] changed")
        .await;
    let good = || {
        let said = service.err_text();
        let (_, after) = said.split_once("read anew").unwrap();
        after.lines().any(|line| line.contains("0 errors"))
    };
    assert!(eventually(good).await, "{}", service.err_text());
    assert!(!service.err_text().contains("another~secret"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_configuration_a_hang_up_is_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = program(folder.path(), &["--demo", "--users", "5", "run"]);
    let mut child = command
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("cycle 1") {
        line.clear();
        let read = std::io::BufRead::read_line(&mut lines, &mut line).unwrap();
        assert!(read > 0, "it ended before it began");
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, Signal::HUP).unwrap();
    std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
    assert_eq!(child.wait().unwrap().code(), Some(129));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_is_json_where_that_is_wanted() {
    let site = Site::with_users(2, "[log]\nformat = \"json\"").await;
    let service = site.begin("run", &["run"]);
    service.until_says("cycle 1").await;
    let has_all = || site.log().contains("cycle 1");
    assert!(eventually(has_all).await);
    for text in [site.log(), service.err_text()] {
        let whole = text.rsplit_once('\n').unwrap().0;
        for line in whole.lines() {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(line["at"].as_str().unwrap().ends_with('Z'), "{line}");
            assert!(["info", "warn"].contains(&line["level"].as_str().unwrap()));
            assert!(!line["message"].as_str().unwrap().is_empty());
        }
    }
}

/// A checkout says which commit; where there is none (a tarball), the version stands alone.
#[test]
fn the_version_names_the_commit_that_was_built() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path(), &["--version"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let version = concat!("lampfield ", env!("CARGO_PKG_VERSION"));
    let rest = said.trim_end().strip_prefix(version).unwrap();
    let mut git = std::process::Command::new("git");
    git.args(["ls-files", "--error-unmatch", "build.rs"]);
    let git = git.current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let checkout = git.is_ok_and(|git| git.status.success());
    let commit = rest.strip_prefix(" (").and_then(|it| it.strip_suffix(')'));
    assert_eq!(commit.is_some(), checkout, "{said}");
    if let Some(commit) = commit {
        assert!(commit.len() >= 12 && commit.chars().all(|c| c.is_ascii_hexdigit()));
    }
    // The short flag is for scripts: the version alone.
    let short = program(folder.path(), &["-V"]).output().unwrap();
    assert_eq!(String::from_utf8(short.stdout).unwrap().trim_end(), version);
}
