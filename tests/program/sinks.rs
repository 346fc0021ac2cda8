//! Nobody's stalled reader stops the bridge: whatever is written for people may stand still for
//! ever, and calls are set and cleared all the same, and SIGTERM ends in time.

use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rstest::rstest;
use rustix::process::{Pid, Signal, kill_process};

use crate::common::eventually;
use crate::common::program::Site;
use lampfield::simulator::{Control, Fault, FaultKind, On, PbxKind, PbxState};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// A pipe that is full, and whoever could read it.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    while rustix::io::write(&writer, &[b'.'; 4096]).is_ok() {}
    rustix::io::ioctl_fionbio(&writer, false).unwrap();
    (reader, writer)
}

struct Running(Child);

impl Running {
    fn begin(site: &Site, args: &[&str], stdout: Stdio, stderr: Stdio) -> Self {
        let mut command = site.command(args);
        let command = command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
        Self(command.spawn().unwrap())
    }

    /// Whether it has begun to listen: until then the system ends it.
    fn hears_sigterm(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id()));
        let status = status.unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
        caught.is_some_and(|caught| caught & (1 << 14) != 0)
    }

    /// Ends it and says how, and after which time.
    async fn terminate(&mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        kill_process(Pid::from_child(&self.0), Signal::TERM).unwrap();
        let mut status = None;
        let ended = eventually(|| {
            status = self.0.try_wait().unwrap();
            status.is_some()
        })
        .await;
        assert!(ended, "SIGTERM is not heard");
        (status.unwrap().code(), began.elapsed())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn everybody_is(control: &Control, state: PbxState, activity: &str) {
    let people = control.matched();
    for person in &people {
        control
            .call(&person.user_name, PbxKind::Tapi, state)
            .unwrap();
    }
    let so = || {
        let mut people = people.iter();
        people.all(|person| control.current(&person.user_name).unwrap().1 == activity)
    };
    assert!(eventually(so).await, "not everybody is {activity}");
}

/// Everybody is on the phone, then nobody, then everybody again, and then the program is told to end:
/// that is heard in time, and everything is given back.
async fn goes_on_and_ends(site: &Site, mut run: Running) {
    let control = site.tenant.control();
    everybody_is(control, PbxState::Connected, "InACall").await;
    everybody_is(control, PbxState::Ended, "Available").await;
    everybody_is(control, PbxState::Connected, "InACall").await;
    let (code, took) = run.terminate().await;
    assert_eq!(code, Some(143));
    assert!(took < Duration::from_secs(15), "{took:?}");
    nobody_is_left(control);
}

fn nobody_is_left(control: &Control) {
    for person in control.matched() {
        let (_, activity) = control.current(&person.user_name).unwrap();
        assert_eq!(activity, "Available", "given back at the end");
    }
}

/// clice-io/clice#514, habitat-sh/habitat#4027: after 64 KB that nobody reads everything stands.
#[rstest]
#[case::service(&["run", "--log-level", "debug"])]
#[case::dashboard_in_lines(&["--plain", "--log-level", "debug"])]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_every_stream_stalled_calls_are_set_and_cleared(#[case] args: &[&str]) {
    let site = Site::with_users(60, "[log]\nsystem_log = false").await;
    let ((mut said, stdout), (mut complained, stderr)) = (full_pipe(), full_pipe());
    let run = Running::begin(&site, args, stdout.into(), stderr.into());
    goes_on_and_ends(&site, run).await;
    for reader in [&mut said, &mut complained] {
        let mut read = String::new();
        reader.read_to_string(&mut read).unwrap();
        assert!(read.trim_matches('.').is_empty(), "it was read: {read}");
    }
}

/// A frozen SSH window, Ctrl-S: nobody takes what the dashboard draws.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_the_terminal_frozen_calls_are_set_and_cleared() {
    let site = Site::with_users(60, "[log]\nsystem_log = false").await;
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lampfield"));
    command.args(["--log-level", "debug"]);
    command.cwd(site.folder.path());
    command.env("HOME", site.folder.path());
    command.env("SECRET", site.secret());
    command.env("TERM", "xterm-256color");
    // More cells than a terminal holds that nobody reads.
    let window = PtySize {
        rows: 60,
        cols: 240,
        ..PtySize::default()
    };
    let pair = native_pty_system().openpty(window).unwrap();
    let mut child = pair.slave.spawn_command(command).unwrap();
    let control = site.tenant.control();
    everybody_is(control, PbxState::Connected, "InACall").await;
    everybody_is(control, PbxState::Ended, "Available").await;
    everybody_is(control, PbxState::Connected, "InACall").await;
    let pid = i32::try_from(child.process_id().unwrap()).unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::TERM).unwrap();
    let ended = eventually(|| child.try_wait().unwrap().is_some()).await;
    let _ = child.kill();
    assert!(ended, "SIGTERM is not heard");
    nobody_is_left(control);
}

/// The budget of file descriptors is small, and everybody hangs up at once: fewer requests at a
/// time, until all is given back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_few_descriptors_everything_is_given_back() {
    let site = Site::with_users(60, "[log]\nsystem_log = false").await;
    let run = site.command(&["run"]);
    let mut command = std::process::Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -n 32; exec \"$0\" run"])
        .arg(run.get_program())
        .current_dir(site.folder.path())
        .env("HOME", site.folder.path())
        .env("SECRET", site.secret())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let run = Running(command.spawn().unwrap());
    goes_on_and_ends(&site, run).await;
}

/// Who is in a hurry says so twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_at_once() {
    let site = Site::with_users(3, "[log]\nsystem_log = false").await;
    let control = site.tenant.control();
    let mut run = Running::begin(&site, &["run"], Stdio::null(), Stdio::null());
    everybody_is(control, PbxState::Connected, "InACall").await;
    control.fault(Fault::new(FaultKind::Delay { ms: 60_000 }).on(On::Clear));
    let pid = Pid::from_child(&run.0);
    kill_process(pid, Signal::TERM).unwrap();
    let asked = || control.counters().by_endpoint.contains_key("clear");
    let stopping = || site.log().contains("stopping; leases to give back: 3");
    assert!(eventually(|| asked() || stopping()).await);
    let (code, took) = run.terminate().await;
    assert_eq!(code, Some(143));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

/// Whatever writes much or waits long, with nobody who reads it: the signal is heard.
#[rstest]
#[case::watch(&["watch", "--format", "json"], Some(143))]
#[case::doctor(&["doctor"], Some(143))]
#[case::doctor_at_its_end(&["doctor", "--format", "json"], Some(143))]
#[case::snapshot(&["snapshot", "--format", "json"], Some(143))]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_whose_output_nobody_reads_ends_when_it_is_told_to(
    #[case] args: &[&str],
    #[case] code: Option<i32>,
) {
    let site = Site::with_users(40, "[log]\nsystem_log = false").await;
    let ((_said, stdout), (_complained, stderr)) = (full_pipe(), full_pipe());
    let mut run = Running::begin(&site, args, stdout.into(), stderr.into());
    let control = site.tenant.control();
    let at_work = || match code {
        Some(_) => run.hears_sigterm(),
        None => control.counters().by_endpoint.contains_key("presences"),
    };
    assert!(eventually(at_work).await, "it has not come so far");
    let (ended, took) = run.terminate().await;
    assert_eq!(ended, code);
    assert!(took < Duration::from_secs(4), "{took:?}");
}
