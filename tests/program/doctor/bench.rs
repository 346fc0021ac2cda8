//! A quiet tenant, a configuration for it that can be spoilt, and the program.

#![allow(dead_code)] // shared: each test file uses the part it needs

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use lampfield::simulator::{Control, Options, Running, Scenario, Settings, start};
use serde_json::Value;
use tempfile::TempDir;

use crate::common::program::heed_interrupts;

pub(crate) const PASSWORD: &str = "uc-p4ssw0rd-never-shown";

/// The tenant and the directory of the configuration.
pub(crate) struct Bench {
    pub(crate) running: Running,
    pub(crate) home: TempDir,
    /// What the configuration says, to be spoilt.
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) secret: String,
    pub(crate) authority: String,
    pub(crate) graph_base: String,
    /// More lines of [tenant].
    pub(crate) tenant: String,
    pub(crate) procall: String,
    pub(crate) state: String,
    pub(crate) log: String,
}

/// A tenant of 30 users, everybody available, and a good configuration for it.
pub(crate) async fn bench() -> Bench {
    bench_with(Settings::default()).await
}

pub(crate) async fn bench_with(settings: Settings) -> Bench {
    let options = Options {
        users: 30,
        scenario: Scenario::Quiet,
        settings,
        ..Options::default()
    };
    let running = start(options).await.unwrap();
    let ready = running.ready();
    Bench {
        home: tempfile::tempdir().unwrap(),
        tenant_id: ready.tenant_id.clone(),
        client_id: ready.client_id.clone(),
        secret: ready.client_secret.clone(),
        authority: ready.authority.clone(),
        graph_base: ready.graph_base.clone(),
        tenant: String::new(),
        procall: format!("[procall]\nusers_file = \"{}\"", ready.users_file),
        state: "state".to_owned(),
        log: "logs".to_owned(),
        running,
    }
}

/// What the program said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Bench {
    pub(crate) const fn control(&self) -> &Control {
        self.running.control()
    }

    /// The UPN of the first user who matches.
    pub(crate) fn someone(&self) -> String {
        self.control().matched()[0].upn.clone().unwrap()
    }

    pub(crate) fn state_directory(&self) -> PathBuf {
        self.home.path().join(&self.state)
    }

    fn write_config(&self) {
        let Self {
            tenant_id,
            client_id,
            authority,
            graph_base,
            tenant,
            procall,
            state,
            log,
            ..
        } = self;
        let text = format!(
            "[tenant]\ntenant_id = \"{tenant_id}\"\nclient_id = \"{client_id}\"\n\
             client_secret_env = \"SECRET\"\nauthority = \"{authority}\"\n\
             graph_base = \"{graph_base}\"\n{tenant}\n{procall}\n\
             [state]\ndirectory = \"{state}\"\n\
             [log]\ndirectory = \"{log}\"\nsystem_log = false\n"
        );
        std::fs::write(self.home.path().join("lampfield.toml"), text).unwrap();
    }

    /// `doctor` with these arguments.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        self.program(&[&["doctor"], args].concat())
    }

    /// The program with these arguments, in a bare environment.
    pub(crate) fn program(&self, args: &[&str]) -> Command {
        self.write_config();
        heed_interrupts();
        let mut command = Command::new(env!("CARGO_BIN_EXE_lampfield"));
        command
            .args(args)
            .current_dir(self.home.path())
            .env_clear()
            .env("HOME", self.home.path())
            .env("SECRET", &self.secret)
            .env("PASSWORD", PASSWORD)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) async fn doctor(&self, args: &[&str]) -> Said {
        self.finish(self.command(args)).await
    }

    /// Runs to the end; neither secret may show, whatever happened.
    pub(crate) async fn finish(&self, mut command: Command) -> Said {
        let output = tokio::task::spawn_blocking(move || command.output().unwrap());
        said(&output.await.unwrap(), &[&self.secret, PASSWORD])
    }

    pub(crate) async fn checks(&self) -> Checks {
        self.checks_with(&[]).await
    }

    pub(crate) async fn checks_with(&self, args: &[&str]) -> Checks {
        let args = [&["--format", "json"], args].concat();
        Checks::from_output(&self.doctor(&args).await)
    }
}

pub(crate) fn said(output: &Output, secrets: &[&str]) -> Said {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let said = Said {
        code: output.status.code(),
        out: text(&output.stdout),
        err: text(&output.stderr),
    };
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        assert!(!said.out.contains(secret), "{}", said.out);
        assert!(!said.err.contains(secret), "{}", said.err);
    }
    said
}

/// The JSON.
pub(crate) struct Checks {
    pub(crate) code: Option<i32>,
    pub(crate) all: Value,
}

impl Checks {
    pub(crate) fn from_output(said: &Said) -> Self {
        let all: Value = serde_json::from_str(&said.out)
            .unwrap_or_else(|why| panic!("{why}: {}\n{}", said.out, said.err));
        assert_eq!(all["schema"], 1);
        assert_eq!(all["ok"], said.code == Some(0), "{all:#}");
        Self {
            code: said.code,
            all,
        }
    }

    fn check(&self, name: &str) -> &Value {
        let checks = self.all["checks"].as_array().unwrap();
        let found = checks.iter().find(|check| check["name"] == name);
        found.unwrap_or_else(|| panic!("no check {name}: {:#}", self.all))
    }

    pub(crate) fn status(&self, name: &str) -> &str {
        self.check(name)["status"].as_str().unwrap()
    }

    pub(crate) fn message(&self, name: &str) -> &str {
        self.check(name)["message"].as_str().unwrap()
    }

    pub(crate) fn advice(&self, name: &str) -> &str {
        self.check(name)["advice"].as_str().unwrap_or_default()
    }

    /// The names of the checks that ended so.
    pub(crate) fn all_with(&self, status: &str) -> Vec<&str> {
        let checks = self.all["checks"].as_array().unwrap();
        let so = checks.iter().filter(|check| check["status"] == status);
        so.map(|check| check["name"].as_str().unwrap()).collect()
    }

    /// This check alone has failed, and says so: why and what to do.
    pub(crate) fn only_failure(&self, name: &str, why: &str, do_: &str) {
        assert_eq!(self.code, Some(1));
        assert_eq!(self.all_with("failed"), [name], "{:#}", self.all);
        self.says(name, why, do_);
    }

    pub(crate) fn says(&self, name: &str, why: &str, do_: &str) {
        let (message, advice) = (self.message(name), self.advice(name));
        assert!(message.contains(why), "{message}");
        assert!(advice.contains(do_), "{advice}");
    }
}
