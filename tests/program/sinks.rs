//! Nobody's stalled reader stops the bridge: whatever is written for people may stand still for
//! ever, and calls are set and cleared all the same, and SIGTERM ends in time.

use std::io::Read as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::eventually;
use crate::common::program::Site;
use lampfield::simulator::{Control, PbxKind, PbxState};

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

/// clice-io/clice#514, habitat-sh/habitat#4027: after 64 KB that nobody reads everything stands.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stderr_that_nobody_reads_stops_nothing() {
    let site = Site::of(60, "[log]\nsystem_log = false").await;
    let (mut reader, writer) = full_pipe();
    let mut run = Running::begin(
        &site,
        &["run", "--log-level", "debug"],
        Stdio::null(),
        writer.into(),
    );
    everybody_is(site.tenant.control(), PbxState::Connected, "InACall").await;
    everybody_is(site.tenant.control(), PbxState::Ended, "Available").await;
    everybody_is(site.tenant.control(), PbxState::Connected, "InACall").await;
    let (code, took) = run.terminate().await;
    assert_eq!(code, Some(143));
    assert!(took < Duration::from_secs(15), "{took:?}");
    let people = site.tenant.control().matched();
    for person in people {
        let (_, activity) = site.tenant.control().current(&person.user_name).unwrap();
        assert_eq!(activity, "Available", "given back at the end");
    }
    drop(run);
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    assert!(
        said.trim_matches('.').is_empty(),
        "it was never read: {said}"
    );
}
