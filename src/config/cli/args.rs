//! What each command takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::bounds::BoundsArgs;
use super::parse_duration;

/// `lampfield run`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RunArgs {
    /// End by itself after this time, for example 30s, 5m or 1h30m
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub for_: Option<Duration>,
}

/// `lampfield attach`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct AttachArgs {
    /// The bridge's socket [default: the configuration's, the service's, the only one of the session]
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// A tenant that runs on other machines, through the engine of [cluster]; as the fleet names it
    #[arg(long, value_name = "TENANT", conflicts_with = "socket")]
    pub tenant: Option<String>,
}

/// `lampfield snapshot`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SnapshotArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: SnapshotFormat,
    /// What to look at.
    #[command(flatten)]
    pub source: SourceArgs,
}

/// Whose picture a command shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct SourceArgs {
    /// The bridge's socket: needs neither configuration nor secret
    #[arg(long, value_name = "PATH", conflicts_with = "direct")]
    pub socket: Option<PathBuf>,
    /// Ask Graph itself, also where a bridge of this tenant runs
    #[arg(long)]
    pub direct: bool,
}

impl SourceArgs {
    /// The same in the demo, which has no bridge that could be looked at.
    #[must_use]
    pub fn in_demo(&self, demo: bool) -> Self {
        Self {
            socket: self.socket.clone(),
            direct: self.direct || demo,
        }
    }
}

/// How `snapshot` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SnapshotFormat {
    /// For people.
    #[default]
    Table,
    /// One object, `"schema": 1`.
    Json,
    /// One line per user.
    Csv,
}

/// `lampfield watch`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct WatchArgs {
    /// End after this time, for example 30s, 5m or 1h30m
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    pub for_: Option<Duration>,
    /// How to print [default: lines on a terminal, json otherwise]
    #[arg(long, value_enum)]
    pub format: Option<WatchFormat>,
    /// What to look at.
    #[command(flatten)]
    pub source: SourceArgs,
}

impl WatchArgs {
    /// The format asked for; else text for a person, JSON lines for a program.
    #[must_use]
    pub fn format(&self, terminal: bool) -> WatchFormat {
        let default = if terminal {
            WatchFormat::Lines
        } else {
            WatchFormat::Json
        };
        self.format.unwrap_or(default)
    }
}

/// How `watch` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum WatchFormat {
    /// Text for people, one line per change.
    Lines,
    /// One JSON object per line.
    Json,
}

/// `lampfield metrics`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct MetricsArgs {
    /// What to look at.
    #[command(flatten)]
    pub source: SourceArgs,
}

/// `lampfield fleet`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct FleetArgs {
    /// How to print; without it a terminal gets the live screen
    #[arg(long, value_enum)]
    pub format: Option<FleetFormat>,
    /// Only the bridges of these sockets
    #[arg(long, value_name = "PATH")]
    pub socket: Vec<PathBuf>,
}

/// How `fleet` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum FleetFormat {
    /// For people.
    #[default]
    Table,
    /// One JSON object.
    Json,
}

/// `lampfield why`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct WhyArgs {
    /// A user name, a display name, or a part of either that only one user has
    #[arg(value_name = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub user: String,
    /// As it was then, from the recording: 14:03, 2026-11-25T14:03 or "10m ago"
    #[arg(long, value_name = "TIME", conflicts_with_all = ["socket", "direct"])]
    pub at: Option<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: WhyFormat,
    /// What to look at.
    #[command(flatten)]
    pub source: SourceArgs,
}

/// `lampfield replay`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ReplayArgs {
    /// A file of a recording, or its folder [default: the recording of the tenant's bridge]
    #[arg(value_name = "FILE")]
    pub place: Option<PathBuf>,
    /// Where to begin: 14:03, 2026-11-25T14:03 or "10m ago"
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
}

/// How `why` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhyFormat {
    /// For people.
    #[default]
    Text,
    /// One object, `"schema": 1`.
    Json,
}

/// `lampfield check`.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct CheckArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,
    /// What to look at.
    #[command(flatten)]
    pub source: SourceArgs,
    /// All bridges of this machine; the exit code is that of the worst
    #[arg(long, conflicts_with_all = ["socket", "direct"])]
    pub fleet: bool,
    /// Answer within this time, whatever happens [default: 10s, 50s for a cycle of its own]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub timeout: Option<Duration>,
    /// What the check is called in the output of nagios and checkmk
    #[arg(long, value_name = "NAME", default_value = "lampfield",
        value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub name: String,
    /// From where on a value is odd, and wrong.
    #[command(flatten)]
    pub bounds: BoundsArgs,
}

impl CheckArgs {
    /// Whether it asks Graph itself: the demo has no bridge that could be asked.
    #[must_use]
    pub const fn asks_itself(&self, demo: bool) -> bool {
        self.source.socket.is_none() && (self.source.direct || demo)
    }

    /// How long it may take: what monitoring systems wait for a picture that is there already, and
    /// less than a minute for one that is still to be made.
    #[must_use]
    pub fn within(&self, demo: bool) -> Duration {
        let usual = if self.asks_itself(demo) { 50 } else { 10 };
        self.timeout.unwrap_or(Duration::from_secs(usual))
    }
}

/// How `check` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Text,
    /// A plugin of Nagios or Icinga.
    Nagios,
    /// A local check of Checkmk.
    Checkmk,
    /// An advanced script sensor of PRTG.
    Prtg,
    /// One object, `"schema": 1`.
    Json,
}

/// `lampfield doctor`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct DoctorArgs {
    /// Whose presence to read [default: the first user that is matched]
    #[arg(long, value_name = "UPN")]
    pub user: Option<String>,
    /// Also set, read back and clear the user's presence
    #[arg(long, requires = "user")]
    pub write: bool,
    /// The bridge's socket [default: the configuration's]; without a configuration its picture alone
    /// is checked
    #[arg(long, value_name = "PATH", conflicts_with_all = ["record", "show_recording"])]
    pub socket: Option<PathBuf>,
    /// Record what UCServer and lampfield say to each other, redacted: a guide through ten steps at
    /// the phone, then what they settle
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// End the recording after this time [default: 10m without a terminal]
    #[arg(long = "for", value_name = "DURATION", requires = "record", value_parser = parse_duration)]
    pub for_: Option<Duration>,
    /// What is in a recording, before it is sent to anybody, and what it settles
    #[arg(long, value_name = "FILE", conflicts_with_all = ["record", "user"])]
    pub show_recording: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: DoctorFormat,
}

/// How `doctor` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DoctorFormat {
    /// For people, each check as it ends.
    #[default]
    Table,
    /// One object, `"schema": 1`.
    Json,
}

/// `lampfield mapping`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct MappingArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: MappingFormat,
}

/// How `mapping` prints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum MappingFormat {
    /// For people.
    #[default]
    Table,
    /// One object, `"schema": 1`.
    Json,
}

/// `lampfield config ...`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Write a commented example to ./lampfield.toml, or where --config says; never overwrites
    Init,
    /// Read the configuration and name everything that is wrong, with line and column
    Check,
}

/// `lampfield completions`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub shell: CompletionShell,
}

/// A shell that completes commands and flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionShell {
    /// bash with bash-completion.
    Bash,
    /// zsh.
    Zsh,
    /// fish.
    Fish,
}

/// `lampfield simulator`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SimulatorArgs {
    /// The port for Entra and Graph [default: any free one]
    #[arg(long, value_name = "N")]
    pub graph_port: Option<u16>,
    /// The port for UCServer [default: any free one]
    #[arg(long, value_name = "N")]
    pub ucserver_port: Option<u16>,
    /// UCServer's side from a recording of `doctor --record`; Graph has its users
    #[arg(long, value_name = "FILE", conflicts_with = "scenario")]
    pub replay: Option<PathBuf>,
    /// Which of estos' interfaces the UCServer speaks: v1 up to ProCall 8 before August 2024, v2
    /// since, mixed answers like v2 and sends events like v1
    #[arg(long, value_name = "VERSION", default_value = "v2",
        value_parser = ["v1", "v2", "mixed"])]
    pub ucserver_version: String,
    /// A built-in scenario, or the path of a scenario file
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
}
