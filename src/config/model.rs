//! The configuration as the rest of the house gets it: checked, resolved, typed.
//!
//! Paths are absolute (or relative to the working directory where even the configuration file
//! was), durations are durations, secrets are secrets.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use uuid::Uuid;

use super::alerts::Alerts;
use super::cloud::{Cloud, ReadWith};
use super::cluster::Cluster;
use super::ucserver::UcServer;
use graph::Credential;
use model::limits::{REQUESTS_PER_30S, SHORTEST_EXPIRATION};

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from; nothing for the demo.
    pub file: Option<PathBuf>,
    /// Its name among the sites of the file, where that holds several.
    pub site: Option<String>,
    /// Which tenant and application, and how to log in.
    pub tenant: Tenant,
    /// How often presence is read, and from whom.
    pub poll: Poll,
    /// Whether and how presence is written.
    pub set: Set,
    /// Where ProCall's users and calls come from.
    pub procall: Procall,
    /// Our log, and the one that is followed.
    pub log: Log,
    /// What outlives the process.
    pub state: State,
    /// Who may look at the running bridge, and where.
    pub attach: Attach,
    /// Where the numbers for Prometheus go.
    pub metrics: Metrics,
    /// What is kept of what was shown.
    pub history: History,
    /// The other lampfields of the tenant, where there are several.
    pub cluster: Option<Cluster>,
    /// Who is told when a problem begins and ends.
    pub alerts: Alerts,
    /// What the console makes of it; checked there.
    pub console: Option<ConsoleTable>,
}

impl Config {
    /// A configuration without a file: everything else at its default.
    #[must_use]
    pub fn with_defaults(tenant: Tenant, procall: Procall, log: Log, state: State) -> Self {
        Self {
            file: None,
            site: None,
            tenant,
            poll: Poll::default(),
            set: Set::default(),
            procall,
            log,
            state,
            attach: Attach::default(),
            metrics: Metrics::default(),
            history: History::default(),
            cluster: None,
            alerts: Alerts::default(),
            console: None,
        }
    }

    /// Flags go before the file.
    #[must_use]
    pub fn with_flags(mut self, observe: bool, level: Option<LogLevel>) -> Self {
        if observe {
            self.set.observe = Some(Observe::Flag);
        }
        self.log.level = level.unwrap_or(self.log.level);
        self
    }
}

/// `[tenant]`: which tenant, and how to sign in.
#[derive(Clone, Debug)]
pub struct Tenant {
    /// GUID or domain, as written.
    pub tenant_id: String,
    /// The application; also the `sessionId` of everything we write.
    pub client_id: Uuid,
    /// How we prove who we are.
    pub credential: Credential,
    /// Which of Microsoft's clouds.
    pub cloud: Cloud,
    /// Entra, without the tenant: `https://login.microsoftonline.com/`.
    pub authority: Url,
    /// Graph with its version, without a slash at the end: `https://graph.microsoft.com/v1.0`.
    pub graph_base: Url,
    /// One more trust anchor, PEM, one or more certificates.
    pub ca_pem: Option<Vec<u8>>,
    /// Whose permission presence is read with.
    pub read_with: ReadWith,
}

/// `[poll]`: reading presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Poll {
    /// From one cycle's due time to the next; 1 s to 10 min.
    pub interval: Duration,
    /// The documented limit of requests in 30 s; the budget stays below 80 % of it.
    pub requests_per_30s: u32,
}

impl Default for Poll {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            requests_per_30s: REQUESTS_PER_30S,
        }
    }
}

/// `[set]`: writing presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Set {
    /// Why nothing is written; `None`: we write.
    pub observe: Option<Observe>,
    /// How long a lease lasts: always five minutes.
    pub expiration: Duration,
    /// How long before its end a lease is renewed; shorter than [`Set::expiration`].
    pub renew_before: Duration,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            observe: None,
            expiration: SHORTEST_EXPIRATION,
            renew_before: Duration::from_mins(2),
        }
    }
}

/// Who said that nothing is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observe {
    /// `--observe`.
    Flag,
    /// `set.enabled = false`.
    Config,
}

/// `[procall]`: where ProCall's users and calls come from.
#[derive(Clone, Debug)]
pub enum Procall {
    /// Users and calls come from files.
    File(FileSourceConfig),
    /// Users and calls come from a UCServer.
    UcServer(Box<UcServer>),
}

/// The source `file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSourceConfig {
    /// The users; readable when the configuration was checked.
    pub users_file: PathBuf,
    /// The calls, followed; need not exist yet.
    pub events_file: Option<PathBuf>,
    /// Where presence changes go.
    pub presence_out: Option<PathBuf>,
}

/// `[log]`: the ExternalServiceProvider log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Where the files go; made when needed.
    pub directory: PathBuf,
    /// The least that is logged.
    pub level: LogLevel,
    /// Size of one file, in MiB: 1 to 1024.
    pub max_size_mb: u32,
    /// How many files are kept: 1 to 1000.
    pub keep: u32,
    /// Keep all of them.
    pub archive: bool,
    /// How a line is written.
    pub format: LogFormat,
    /// What an operator must know goes to the system's log as well.
    pub system_log: bool,
    /// A glob: the newest file that matches is shown in the second log pane.
    pub follow: Option<String>,
}

impl Log {
    /// The defaults, in this directory.
    #[must_use]
    pub fn in_directory(directory: PathBuf) -> Self {
        Self {
            directory,
            level: LogLevel::default(),
            max_size_mb: 10,
            keep: 5,
            archive: false,
            format: LogFormat::default(),
            system_log: true,
            follow: None,
        }
    }
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Laid out for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Text, Self::Json];

    /// The name in the file.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// How much is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum LogLevel {
    /// Every request.
    Trace,
    /// What a developer asks for.
    Debug,
    /// Cycles, changes, writes, verdicts.
    #[default]
    Info,
    /// What may need somebody.
    Warn,
    /// What failed.
    Error,
}

impl LogLevel {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Trace,
        Self::Debug,
        Self::Info,
        Self::Warn,
        Self::Error,
    ];

    /// The name in the file and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

impl From<LogLevel> for tracing::Level {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Trace => Self::TRACE,
            LogLevel::Debug => Self::DEBUG,
            LogLevel::Info => Self::INFO,
            LogLevel::Warn => Self::WARN,
            LogLevel::Error => Self::ERROR,
        }
    }
}

/// `[state]`: what outlives the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Ledger and writer lock; made when needed.
    pub directory: PathBuf,
}

/// `[attach]`: who may look at the running bridge, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attach {
    /// Where the socket is.
    pub socket: AttachSocket,
    /// A Unix group that may look, by name or number; none: only the owner and root.
    pub group: Option<String>,
    /// Whether that group may also command.
    pub operators: bool,
}

/// Where the socket of a running bridge is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AttachSocket {
    /// Where the environment puts such things, else in the state directory.
    #[default]
    Default,
    /// Here.
    At(PathBuf),
    /// Nowhere: nobody can look.
    None,
}

/// `[metrics]`: where a running bridge puts its numbers for Prometheus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// A file for `node_exporter`, written anew after each poll; ends in `.prom`.
    pub textfile: Option<PathBuf>,
    /// Where Prometheus itself may ask; nowhere: no port is opened.
    pub listen: Option<SocketAddr>,
}

/// `[history]`: what is kept of what the bridge has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct History {
    /// How long: up to 31 days; zero: nothing is recorded.
    pub keep: Duration,
    /// All files together, in MiB: 10 to 100,000.
    pub max_size_mb: u32,
    /// With names; otherwise with pseudonyms and without log lines.
    pub names: bool,
}

impl Default for History {
    fn default() -> Self {
        Self {
            keep: Duration::from_hours(24),
            max_size_mb: 200,
            names: true,
        }
    }
}

/// `[console]` as it stands in the file. The console checks it and can still name lines.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsoleTable {
    /// The table as it was read; the console checks it.
    pub table: toml::Table,
    /// The line of each key below `console`, dotted (`keys.quit`).
    pub lines: BTreeMap<String, usize>,
}
