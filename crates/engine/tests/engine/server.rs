//! A Redis of a test's own, without a disk, on a free port of loopback.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cluster::{Answer, Fence, MemberId, Request, Rules, Token};
use engine::{Engine, EngineError, Settings};
use model::cause::Cause;
use redis::{Connection, FromRedisValue, Script};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

/// What a test waits for at most that waits for a sign.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const TENANT: &str = "0c1f4a2e-6f0a-4b3c-9a57-7f2f6e3a9d10";

/// A server; killed where a test forgets it.
pub(crate) struct Redis {
    child: Child,
    pub(crate) port: u16,
    more: Vec<String>,
    pub(crate) directory: TempDir,
}

impl Redis {
    /// Nothing, with a word in the test's output, where this machine has none.
    pub(crate) async fn start() -> Option<Self> {
        Self::with(&[]).await
    }

    /// With these arguments besides.
    pub(crate) async fn with(more: &[&str]) -> Option<Self> {
        let more: Vec<_> = more.iter().map(ToString::to_string).collect();
        loop {
            let directory = tempfile::tempdir().unwrap();
            let port = free_port();
            let child = serve(port, directory.path(), &more)?;
            let mut redis = Self {
                child,
                port,
                more: more.clone(),
                directory,
            };
            if redis.is_up().await {
                return Some(redis);
            }
            // Another test has taken the port meanwhile.
        }
    }

    /// A sentinel that watches the master at `port` as `site`, and promotes a replica soon.
    pub(crate) async fn sentinel(port: u16) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("sentinel.conf");
        let mut lines = format!("sentinel monitor site 127.0.0.1 {port} 1\n");
        for (what, value) in [
            ("down-after-milliseconds", 300),
            ("failover-timeout", 2_000),
        ] {
            writeln!(lines, "sentinel {what} site {value}").unwrap();
        }
        std::fs::write(&file, lines).unwrap();
        let mut sentinel = Self::with(&[file.to_str().unwrap(), "--sentinel"]).await?;
        sentinel.directory = directory;
        Some(sentinel)
    }

    /// Waits until it answers; false where it has ended.
    async fn is_up(&mut self) -> bool {
        let (port, pid) = (self.port, self.child.id());
        let up = async {
            while process_at(port) != Some(pid) {
                if self.child.try_wait().unwrap().is_some() {
                    return false;
                }
                sleep(Duration::from_millis(5)).await;
            }
            true
        };
        timeout(PATIENCE, up).await.expect("redis-server starts")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn end(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Ends it at once and starts it anew, without anything that it knew.
    pub(crate) async fn restart(&mut self) {
        self.end();
        self.child = serve(self.port, self.directory.path(), &self.more).unwrap();
        assert!(self.is_up().await, "the port is still free");
    }

    /// A connection past the engine, as the administrator.
    pub(crate) fn administrator(&self) -> Connection {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}/", self.port));
        client.unwrap().get_connection().unwrap()
    }

    /// What it answers to a command, given as its words.
    pub(crate) fn says<T: FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut call = redis::cmd(words.next().unwrap());
        words.for_each(|word| {
            call.arg(word);
        });
        call.query(&mut self.administrator()).unwrap()
    }

    pub(crate) fn settings(&self) -> Settings {
        settings(&format!("redis://127.0.0.1:{}/0", self.port))
    }

    pub(crate) fn engine(&self) -> Engine {
        Engine::new(self.settings())
    }

    /// Lets so much time pass for everything that the engine has a time for.
    pub(crate) fn pass(&self, time: Duration) {
        let _: u64 = self.pass_since(time, 0);
    }

    /// Lets as much time pass as makes it `time` since `since`, a moment of the server's clock in ms;
    /// now where that is 0. Says which moment it is then.
    pub(crate) fn pass_since(&self, time: Duration, since: u64) -> u64 {
        Script::new(include_str!("pass.lua"))
            .arg(key(""))
            .arg(u64::try_from(time.as_millis()).unwrap())
            .arg(since)
            .invoke(&mut self.administrator())
            .unwrap()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.end();
    }
}

/// Where something of the tenant's lies.
pub(crate) fn key(name: &str) -> String {
    format!("lampfield:{{{TENANT}}}:{name}")
}

pub(crate) fn settings(url: &str) -> Settings {
    Settings {
        url: url.parse().unwrap(),
        password: None,
        ca_pem: None,
        prefix: "lampfield".into(),
        tenant: TENANT.into(),
        rules: Rules::default(),
    }
}

/// With another limit for each answer.
pub(crate) fn within(settings: Settings, answer: Duration) -> Settings {
    let rules = Rules {
        answer_within: answer,
        ..settings.rules
    };
    Settings { rules, ..settings }
}

pub(crate) const FIRST: MemberId = MemberId(0xfeed_0000_0000_0001);
pub(crate) const SECOND: MemberId = MemberId(2);

/// Asks to lead, having seen `last_seen`.
pub(crate) async fn acquire(
    engine: &Engine,
    member: MemberId,
    last_seen: u64,
) -> Result<Answer, EngineError> {
    let last_seen = Token(last_seen);
    engine.ask(Request::Acquire { member, last_seen }).await
}

/// Leads, on an engine that nobody has asked before.
pub(crate) async fn lead(redis: &Redis, engine: &Engine, member: MemberId) -> Fence {
    let answer = acquire(engine, member, 0).await.unwrap();
    assert!(matches!(answer, Answer::Settling { .. }), "{answer:?}");
    redis.pass(Rules::default().ttl);
    granted(acquire(engine, member, 0).await)
}

#[track_caller]
pub(crate) fn granted(answer: Result<Answer, EngineError>) -> Fence {
    match answer {
        Ok(Answer::Granted { fence, .. }) => fence,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
pub(crate) fn cause<T: std::fmt::Debug>(answer: Result<T, EngineError>) -> Cause {
    let error = answer.unwrap_err();
    println!("{error}");
    error.trouble().cause.clone()
}

/// Asks to lead until there is an answer that `fits`: the engine comes back by itself.
pub(crate) async fn until(engine: &Engine, fits: impl Fn(&Answer) -> bool) -> Answer {
    let asking = async {
        loop {
            if let Ok(answer) = acquire(engine, FIRST, 0).await
                && fits(&answer)
            {
                return answer;
            }
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, asking).await.expect("it comes back")
}

fn serve(port: u16, directory: &Path, more: &[String]) -> Option<Child> {
    let server = Command::new("redis-server")
        .args(more)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .arg("--dir")
        .arg(directory)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if server.is_err() {
        println!("SKIPPED: there is no redis-server on this machine");
    }
    server.ok()
}

/// The process that answers at this port.
fn process_at(port: u16) -> Option<u32> {
    let client = redis::Client::open(format!("redis://127.0.0.1:{port}/")).ok()?;
    let mut connection = client
        .get_connection_with_timeout(Duration::from_secs(1))
        .ok()?;
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query(&mut connection)
        .ok()?;
    let id = info
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"));
    id?.trim().parse().ok()
}

/// Free a moment ago, at least.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
