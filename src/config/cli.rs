//! The command line: subcommands, flags, exit codes. Stable: scripts rely on it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

use super::model::LogLevel;
use model::presence::Lang;

/// Carries presence between Microsoft Teams and estos ProCall, and shows why every lamp shows what
/// it shows.
///
/// Without a command: the dashboard. Without a configuration anywhere: the demo tenant.
#[derive(Clone, Debug, Parser)]
#[command(name = "lampfield", version, after_help = AFTER_HELP)]
pub struct Cli {
    /// Flags that go before or after the command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; nothing: the dashboard.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

const AFTER_HELP: &str = "\
Configuration is searched in this order:
  --config FILE, $LAMPFIELD_CONFIG, ./lampfield.toml,
  $XDG_CONFIG_HOME/lampfield/lampfield.toml, /etc/lampfield/lampfield.toml

Exit codes:
  0 ok   1 a cycle or a check failed   2 usage or configuration   129 hang-up   143 terminated

Begin with:
  lampfield --demo               look around, nothing to set up
  lampfield config init          write a commented lampfield.toml
  lampfield config check         name everything that is wrong in it
  lampfield --observe            your tenant, writing nothing";

/// Flags that go before or after the command.
// Each switch is a flag of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The demo tenant: a simulated Microsoft 365 and ProCall inside this process
    #[arg(long, global = true)]
    pub demo: bool,
    /// How many users the demo or the simulator has
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub users: Option<u32>,
    /// What the demo or the simulator draws its chances from: the same seed, the same day
    #[arg(long, global = true, value_name = "N")]
    pub seed: Option<u64>,
    /// Language of screens and tables [default: from LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, value_name = "LANG", value_parser = parse_lang)]
    pub lang: Option<Lang>,
    /// When to use colours; NO_COLOR is respected by auto
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorArg,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
    /// The dashboard in lines, as it is where stdout is no terminal, or a dumb one
    #[arg(long, global = true)]
    pub plain: bool,
    /// Write nothing: neither to Teams nor to ProCall
    #[arg(long, global = true)]
    pub observe: bool,
    /// The least that is logged [default: log.level of the configuration]
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub log_level: Option<LogLevel>,
}

fn parse_lang(text: &str) -> Result<Lang, String> {
    match text {
        "de" => Ok(Lang::De),
        "en" => Ok(Lang::En),
        _ => Err("expected de or en".to_owned()),
    }
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorArg {
    /// Whether to use colours.
    #[must_use]
    pub const fn is_on(self, terminal: bool, no_color: bool) -> bool {
        match self {
            Self::Auto => terminal && !no_color,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum CliCommand {
    /// The bridge without a screen, as a service runs it
    ///
    /// Writes to Teams and ProCall unless it observes. Logs to the ExternalServiceProvider log and
    /// to stderr. Ends on SIGTERM, clearing its leases.
    Run(RunArgs),
    /// The dashboard on the bridge that runs on this machine; needs no configuration
    Attach(AttachArgs),
    /// What the running bridge knows now; where none runs, one full cycle
    ///
    /// Never writes to Teams or ProCall. Exit code 1 when the cycle failed.
    Snapshot(SnapshotArgs),
    /// Every change as it happens, one line each
    ///
    /// From the running bridge; where none runs, by polls of its own. Never writes to Teams or
    /// ProCall.
    Watch(WatchArgs),
    /// The chain of causes of one user: why the lamp shows what it shows
    ///
    /// As the running bridge knows it; where none runs, after one full cycle. Exit code 1 where nobody
    /// or a user who is not matched is meant, 2 where several are.
    Why(WhyArgs),
    /// Check both sides one by one, in plain words
    ///
    /// Names what is wrong and what to do about it. Writes nothing to Teams or ProCall without
    /// --write. Exit code 1 when a check failed, 2 when the configuration cannot be used.
    Doctor(DoctorArgs),
    /// The two mapping tables in force: which presence becomes which
    Mapping(MappingArgs),
    /// Sign in by device code, for delegated reading
    Login,
    /// Write a commented configuration, or check one
    #[command(subcommand)]
    Config(ConfigCommand),
    /// A tenant in a box: Entra, Graph and UCServer on loopback
    ///
    /// Once it is ready it prints one JSON line with its addresses and credentials. Ends on
    /// SIGTERM.
    Simulator(SimulatorArgs),
}

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
}

/// `lampfield snapshot`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SnapshotArgs {
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: SnapshotFormat,
    /// Ask Graph itself, also where a bridge of this tenant runs
    #[arg(long)]
    pub direct: bool,
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
    /// Ask Graph itself, also where a bridge of this tenant runs
    #[arg(long)]
    pub direct: bool,
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

/// `lampfield why`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct WhyArgs {
    /// A user name, a display name, or a part of either that only one user has
    #[arg(value_name = "USER", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub user: String,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: WhyFormat,
    /// Ask Graph itself, also where a bridge of this tenant runs
    #[arg(long)]
    pub direct: bool,
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

/// `lampfield doctor`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct DoctorArgs {
    /// Whose presence to read [default: the first user that is matched]
    #[arg(long, value_name = "UPN")]
    pub user: Option<String>,
    /// Also set, read back and clear the user's presence
    #[arg(long, requires = "user")]
    pub write: bool,
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

/// `lampfield simulator`.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct SimulatorArgs {
    /// The port for Entra and Graph [default: any free one]
    #[arg(long, value_name = "N")]
    pub graph_port: Option<u16>,
    /// The port for UCServer [default: any free one]
    #[arg(long, value_name = "N")]
    pub ucserver_port: Option<u16>,
    /// A built-in scenario, or the path of a scenario file
    #[arg(long, value_name = "NAME|FILE")]
    pub scenario: Option<String>,
}

/// Reads `30s`, `5m`, `1h30m` (jiff's friendly format, or ISO 8601); more than nothing.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let parsed = text.parse::<jiff::SignedDuration>().ok();
    parsed
        .and_then(|found| Duration::try_from(found).ok())
        .filter(|found| !found.is_zero())
        .ok_or_else(|| "expected a duration such as 30s, 5m or 1h30m".to_owned())
}

impl Cli {
    /// Reads the command line, program name first.
    ///
    /// # Errors
    /// What is to be printed instead of doing anything: a usage error (exit code 2), or the help
    /// or version that was asked for (exit code 0).
    pub fn parse_from(args: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let cli = Self::try_parse_from(args)?;
        match cli.contradiction() {
            Some(message) => Err(Self::command().error(ErrorKind::ArgumentConflict, message)),
            None => Ok(cli),
        }
    }

    /// What clap cannot check, because global flags may stand on either side of the command.
    fn contradiction(&self) -> Option<&'static str> {
        let Global {
            config,
            demo,
            users,
            seed,
            ..
        } = &self.global;
        let simulates = *demo || matches!(self.command, Some(CliCommand::Simulator(_)));
        if *demo && config.is_some() {
            return Some("--demo needs no configuration: give either --demo or --config");
        }
        let tries_a_write = matches!(&self.command, Some(CliCommand::Doctor(args)) if args.write);
        if tries_a_write && self.global.observe {
            return Some("--observe writes nothing, --write does: give one of the two");
        }
        if (users.is_some() || seed.is_some()) && !simulates {
            return Some("--users and --seed go with --demo or with the command simulator");
        }
        None
    }
}

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All went well.
    Ok = 0,
    /// A cycle or a check failed.
    Failure = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// The terminal went away (128 + SIGHUP).
    HangUp = 129,
    /// SIGTERM (128 + SIGTERM).
    Terminated = 143,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests;
