//! `lampfield run` on a disk that is full or may not be written.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use crate::common::program::{Site, program};
use crate::common::{eventually, no_secret_in};
use lampfield::simulator::{PbxKind, PbxState};
use rstest::rstest;
use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

fn files(directory: &std::path::Path) -> String {
    let entries = std::fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    // The socket for those who look is there as well.
    let texts = paths.filter(|path| path.is_file());
    let texts = texts.map(|path| std::fs::read_to_string(path).unwrap());
    texts.collect()
}

/// A file may not grow beyond 2 KiB, for the kernel says so: what a full disk looks like. Then
/// there is room again. By itself the signal that says so would end the program.
#[rstest]
#[case::ignored_by_whoever_starts_us("trap '' XFSZ; ")]
#[case::deadly("")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_said_stops_nothing_and_is_forgotten_when_there_is_room(
    #[case] signal: &str,
) {
    let site = Site::with_users(40, "").await;
    let control = site.tenant.control();
    let people = control.matched();
    for person in &people {
        control
            .call(&person.user_name, PbxKind::Tapi, PbxState::Connected)
            .unwrap();
    }
    let run = format!(
        "{signal}ulimit -S -f 4; exec {} run --log-level debug",
        env!("CARGO_BIN_EXE_lampfield")
    );
    let mut child = program(site.folder.path(), &[]);
    let mut child = Shell::begin(&mut child, &run, site.secret());
    for words in [
        "the ledger cannot be written",
        "Make room on that disk",
        "the log cannot be written",
        "procall.jsonl cannot be written",
        "the recording cannot be written",
    ] {
        child.until_says(words).await;
    }
    let everybody = || {
        let mut people = people.iter();
        people.all(|person| control.current(&person.user_name).unwrap().1 == "InACall")
    };
    assert!(
        eventually(everybody).await,
        "the writing goes on\n{}",
        child.text()
    );
    let room = Rlimit {
        current: None,
        maximum: None,
    };
    prlimit(Some(child.pid()), Resource::Fsize, room).unwrap();
    child.until_says("the ledger is written again").await;
    child.until_says("the recording is written again").await;
    let kept = || files(&site.path("state")).matches("\"entra_id\"").count() >= 40;
    assert!(eventually(kept).await, "{}", files(&site.path("state")));
    kill_process(child.pid(), Signal::TERM).unwrap();
    assert_eq!(child.end().await, Some(143));
    no_secret_in(&child.text(), site.secret());
}

/// A program whose stderr goes through a pipe: a file would be full as well.
struct Shell {
    child: std::process::Child,
    said: std::sync::Arc<std::sync::Mutex<String>>,
}

impl Shell {
    fn begin(command: &mut std::process::Command, line: &str, secret: &str) -> Self {
        let directory = command.get_current_dir().unwrap().to_owned();
        let mut child = std::process::Command::new("/bin/sh")
            .args(["-c", line])
            .current_dir(&directory)
            .env_clear()
            .env("HOME", &directory)
            .env("SECRET", secret)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = std::sync::Arc::<std::sync::Mutex<String>>::default();
        let (kept, stderr) = (std::sync::Arc::clone(&said), child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                kept.lock().unwrap().push_str(&(line.unwrap() + "\n"));
            }
        });
        Self { child, said }
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    fn text(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    async fn until_says(&self, words: &str) {
        let found = eventually(|| self.text().contains(words)).await;
        assert!(found, "waited for {words:?} in\n{}", self.text());
    }

    async fn end(&mut self) -> Option<i32> {
        let mut status = None;
        eventually(|| {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.and_then(|status| status.code())
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_directory_that_cannot_be_made_is_said_and_nothing_is_written() {
    let site = Site::with_users(3, "").await;
    let text = std::fs::read_to_string(site.path("lampfield.toml")).unwrap();
    let text = text.replace("directory = \"state\"", "directory = \"/dev/null/state\"");
    std::fs::write(site.path("lampfield.toml"), text).unwrap();
    let control = site.tenant.control();
    let name = control.matched()[0].user_name.clone();
    control
        .call(&name, PbxKind::Tapi, PbxState::Connected)
        .unwrap();
    let mut run = site.begin("run", &["run"]);
    run.until_says("the state directory cannot be used").await;
    run.until_says("would write Busy/InACall").await;
    run.signal(Signal::TERM);
    assert_eq!(run.end().await.code(), Some(143));
    assert!(control.writes().is_empty());
}
