//! The built program with a real configuration, on a simulated tenant of the test's process.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Once};
use std::time::Duration;

use lampfield::simulator::ucserver::UcServerVersion;
use lampfield::simulator::{Options, Ready, Running, Scenario, Settings, start};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::SIGINT;
use tempfile::TempDir;

use super::eventually;

/// A machine with a configured lampfield, not started yet.
pub struct Site {
    pub tenant: Running,
    pub folder: TempDir,
}

impl Site {
    /// `users` users, all matched; `extra` is appended to the configuration.
    pub async fn with_users(users: usize, extra: &str) -> Self {
        let site = Self::open(users, Options::default()).await;
        site.configure(extra);
        site
    }

    /// The same with another tenant than everybody else's.
    pub async fn of_another_tenant(users: usize) -> Self {
        let options = Options {
            seed: 2,
            ..Options::default()
        };
        Self::open(users, options).await
    }

    /// The same with a UCServer of this kind as the source, and presence out; `keys` are further
    /// ones of `[ucserver]`.
    pub async fn with_ucserver(users: usize, version: UcServerVersion, keys: &str) -> Self {
        let options = Options {
            ucserver_port: Some(0),
            ucserver_version: version,
            ..Options::default()
        };
        let site = Self::open(users, options).await;
        let ready = site.tenant.ready();
        site.keep_secret("password.txt", ready.ucserver_password.as_ref().unwrap());
        let procall = format!(
            "source = \"ucserver\"\n[ucserver]\nurl = \"{}\"\nuser = \"{}\"\n\
             password_file = \"password.txt\"\nwrite_presence = true\n{keys}",
            ready.ucserver.as_ref().unwrap(),
            ready.ucserver_user.as_ref().unwrap(),
        );
        site.write_config(&procall, "");
        site
    }

    /// The same with these folders, and without a configuration yet.
    pub async fn open_in(users: usize, folders: &[&str]) -> Self {
        let site = Self::open(users, Options::default()).await;
        for folder in folders {
            std::fs::create_dir(site.path(folder)).unwrap();
        }
        site
    }

    async fn open(users: usize, options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            users,
            scenario: Scenario::Quiet,
            directory: Some(folder.path().to_path_buf()),
            settings: Settings {
                everyone_matches: true,
                ..Settings::default()
            },
            ..options
        };
        let tenant = start(options).await.unwrap();
        Self { tenant, folder }
    }

    pub fn configure(&self, extra: &str) {
        self.write_config(FILES, extra);
    }

    fn write_config(&self, procall: &str, extra: &str) {
        let text = configuration(self.tenant.ready(), procall, extra);
        std::fs::write(self.path("lampfield.toml"), text).unwrap();
    }

    /// A file that nobody else may read.
    pub fn keep_secret(&self, name: &str, secret: &str) {
        let mut file = std::fs::File::options();
        file.write(true).create_new(true).mode(0o600);
        let mut file = file.open(self.path(name)).unwrap();
        file.write_all(secret.as_bytes()).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn secret(&self) -> &str {
        &self.tenant.ready().client_secret
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(self.folder.path(), args);
        command.env("SECRET", self.secret());
        command
    }

    /// Runs to the end.
    pub async fn output(&self, args: &[&str]) -> Output {
        let mut command = self.command(args);
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// Starts and goes on; stdout and stderr go to files.
    pub fn begin(&self, name: &str, args: &[&str]) -> Started {
        self.begin_with(name, args, &[])
    }

    /// The same with these variables in its environment.
    pub fn begin_with(&self, name: &str, args: &[&str], variables: &[(&str, &str)]) -> Started {
        let out = self.path(&format!("{name}.out"));
        let err = self.path(&format!("{name}.err"));
        let file = |path: &Path| Stdio::from(std::fs::File::create(path).unwrap());
        let child = self
            .command(args)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(file(&out))
            .stderr(file(&err))
            .spawn()
            .unwrap();
        Started { child, out, err }
    }

    /// Everything in our own log.
    pub fn log(&self) -> String {
        let mut text = String::new();
        let Ok(entries) = std::fs::read_dir(self.path("logs")) else {
            return text;
        };
        for entry in entries {
            let mut file = std::fs::File::open(entry.unwrap().path()).unwrap();
            file.read_to_string(&mut text).unwrap();
        }
        text
    }
}

/// `[procall]` with files.
const FILES: &str = r#"users_file = "users.csv"
events_file = "calls.jsonl"
presence_out = "procall.jsonl"
"#;

fn configuration(ready: &Ready, procall: &str, extra: &str) -> String {
    format!(
        r#"
[tenant]
tenant_id = "{}"
client_id = "{}"
client_secret_env = "SECRET"
authority = "{}"
graph_base = "{}"
[poll]
interval = "1s"
[procall]
{procall}
[state]
directory = "state"
{extra}
"#,
        ready.tenant_id, ready.client_id, ready.authority, ready.graph_base
    )
}

/// Has what this process starts heed Ctrl-C, as at a prompt: the tests that a script runs in the background
/// ignore it, and whatever they started would as well. A signal with a handler is not ignored by children.
pub fn heed_interrupts() {
    static HEEDED: Once = Once::new();
    HEEDED.call_once(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|it| it.strip_prefix("SigIgn:"));
        let mask = mask.map_or(0, |it| u64::from_str_radix(it.trim(), 16).unwrap());
        if mask & (1 << (SIGINT - 1)) != 0 {
            signal_hook::flag::register(SIGINT, Arc::default()).unwrap();
        }
    });
}

/// The program in this directory, which is also its home.
pub fn program(directory: &Path, args: &[&str]) -> Command {
    heed_interrupts();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lampfield"));
    command
        .args(args)
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .env("TZ", "UTC")
        .env("XDG_CONFIG_HOME", directory.join("no-config"));
    command
}

/// A program under way; killed where a test forgets it.
pub struct Started {
    child: Child,
    pub out: PathBuf,
    pub err: PathBuf,
}

impl Started {
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, signal).unwrap();
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn err_text(&self) -> String {
        std::fs::read_to_string(&self.err).unwrap_or_default()
    }

    pub fn out_text(&self) -> String {
        std::fs::read_to_string(&self.out).unwrap_or_default()
    }

    /// Waits for words on stderr.
    pub async fn until_says(&self, words: &str) {
        let found = eventually(|| self.err_text().contains(words)).await;
        assert!(found, "waited for {words:?} in\n{}", self.err_text());
    }

    pub async fn end(&mut self) -> ExitStatus {
        let mut status = None;
        let ended = eventually(|| {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        assert!(ended, "still running\n{}", self.err_text());
        status.unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a program may take for something that is promised within this time.
pub const WITHIN: Duration = Duration::from_secs(30);
