//! The command line: subcommands, flags, exit codes. Stable: scripts rely on it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _, Parser, Subcommand, ValueEnum};

mod args;
mod bounds;
mod init_args;

pub use args::{
    AttachArgs, CheckArgs, CheckFormat, CompletionShell, CompletionsArgs, ConfigCommand,
    DoctorArgs, DoctorFormat, FleetArgs, FleetFormat, MappingArgs, MappingFormat, MetricsArgs,
    ReplayArgs, RunArgs, SimulatorArgs, SnapshotArgs, SnapshotFormat, SourceArgs, WatchArgs,
    WatchFormat, WhyArgs, WhyFormat,
};
pub use init_args::InitArgs;

use super::cli_words::{UsageFault, in_lang, told};
use super::environment::Environment;
use super::model::LogLevel;
use model::presence::Lang;
use words::Words;

/// Carries presence between Microsoft Teams and estos ProCall, and shows why every lamp shows what
/// it shows.
///
/// Without a command: the dashboard. Without a configuration anywhere: the demo tenant.
#[derive(Clone, Debug, Parser)]
#[command(name = "lampfield", version, long_version = env!("LAMPFIELD_VERSION"))]
pub struct Cli {
    /// Flags that go before or after the command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; nothing: the dashboard.
    #[command(subcommand)]
    pub command: Option<CliCommand>,
}

/// Flags that go before or after the command.
// Each switch is a flag of its own.
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The tenant that is meant, where the configuration holds several
    #[arg(long, global = true, value_name = "NAME")]
    pub site: Option<String>,
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
    /// The colours of the dashboard; auto asks the terminal for its background
    #[arg(long, global = true, value_enum, value_name = "THEME")]
    pub theme: Option<ThemeArg>,
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

fn parse_lang(text: &str) -> Result<Lang, UsageFault> {
    match text {
        "de" => Ok(Lang::De),
        "en" => Ok(Lang::En),
        _ => Err(UsageFault(Words::say(|t| t.usage.expected_lang, &[]))),
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

/// The colours of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThemeArg {
    /// For light backgrounds.
    Light,
    /// For dark backgrounds.
    Dark,
    /// None.
    Mono,
    /// What fits the terminal.
    Auto,
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
#[derive(Clone, Debug, PartialEq, Subcommand)]
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
    /// The running bridge's numbers for Prometheus, as OpenMetrics text
    ///
    /// Where none runs, those of one full cycle. Never writes to Teams or ProCall. Exit code 1 when
    /// the cycle failed.
    Metrics(MetricsArgs),
    /// All bridges of this machine, a row each, the worst first
    ///
    /// Of every tenant whose socket may be looked at; needs no configuration. Exit code 1 where none was
    /// found, or one that is there is not seen.
    Fleet(FleetArgs),
    /// The chain of causes of one user: why the lamp shows what it shows
    ///
    /// As the running bridge knows it; where none runs, after one full cycle. Exit code 1 where
    /// nobody or a user who is not matched is meant, 2 where several are.
    Why(WhyArgs),
    /// How the running bridge stands, for monitoring
    ///
    /// Exit code 0 ok, 1 warning, 2 critical, 3 unknown. Asks Graph nothing; where no bridge runs that
    /// is critical. A bound is the last value that is still well; off: none.
    Check(CheckArgs),
    /// The dashboard on the recording: what was shown then, and why
    ///
    /// Every screen, filter and why? works as live; nothing is asked of anybody and nothing is
    /// written. Begins at the end of the recording where no time is given.
    Replay(ReplayArgs),
    /// Check both sides one by one, in plain words
    ///
    /// Names what is wrong and what to do about it. Writes nothing to Teams or ProCall without
    /// --write. Exit code 1 when a check failed, 2 when the configuration cannot be used.
    Doctor(DoctorArgs),
    /// Set lampfield up: asks, tests each answer, writes the configuration
    ///
    /// Asks on the terminal for what no flag answers; where nothing is missing it asks nothing. Nothing is
    /// written before the end. Never takes a secret itself on the command line. Exit code 1 when a check
    /// failed or it was broken off, 2 where an answer is missing or cannot be taken.
    Init(Box<InitArgs>),
    /// The two mapping tables in force: which presence becomes which
    Mapping(MappingArgs),
    /// Sign in by device code, for delegated reading
    Login,
    /// Write a commented configuration, or check one
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the completions for a shell
    ///
    /// For bash: lampfield completions bash > /etc/bash_completion.d/lampfield
    Completions(CompletionsArgs),
    /// Print the manual page
    ///
    /// To read it: lampfield man | man -l -
    Man,
    /// A tenant in a box: Entra, Graph and UCServer on loopback
    ///
    /// Once it is ready it prints one JSON line with its addresses and credentials. Ends on
    /// SIGTERM.
    Simulator(SimulatorArgs),
}

/// Reads `30s`, `5m`, `1h30m` (jiff's friendly format, or ISO 8601); more than nothing.
fn parse_duration(text: &str) -> Result<Duration, UsageFault> {
    let parsed = text.parse::<jiff::SignedDuration>().ok();
    parsed
        .and_then(|found| Duration::try_from(found).ok())
        .filter(|found| !found.is_zero())
        .ok_or_else(|| UsageFault(Words::say(|t| t.usage.expected_time, &[])))
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
            Some(why) => {
                let message = why.in_lang(Lang::En);
                Err(Self::command().error(ErrorKind::ArgumentConflict, message))
            }
            None => Ok(cli),
        }
    }

    /// The same, with help and errors in this language.
    ///
    /// # Errors
    /// As [`Cli::parse_from`].
    pub fn parse_in(args: impl IntoIterator<Item = OsString>, lang: Lang) -> Result<Self, NotRun> {
        let args: Vec<OsString> = args.into_iter().collect();
        let error = match Self::try_parse_from(&args) {
            Ok(cli) => {
                let Some(why) = cli.contradiction() else {
                    return Ok(cli);
                };
                let why = Words::say(|t| t.usage.error, &[("what", &why)]);
                return Err(NotRun::Told(why.in_lang(lang).to_owned()));
            }
            Err(error) => error,
        };
        match told(&error).filter(|_| lang != Lang::En) {
            Some(why) => Err(NotRun::Told(why.in_lang(lang).to_owned())),
            // Help costs time that nothing else need spend.
            None => Err(NotRun::Clap(Self::in_words(args, lang).unwrap_or(error))),
        }
    }

    /// What clap says of these arguments with all help from `words`.
    fn in_words(args: Vec<OsString>, lang: Lang) -> Option<clap::Error> {
        Self::definition(lang).try_get_matches_from(args).err()
    }

    /// All commands and flags with their help in this language.
    #[must_use]
    pub fn definition(lang: Lang) -> clap::Command {
        in_lang(Self::command(), lang)
    }

    /// The language of whoever calls: `--lang`, else what the locale asks for.
    #[must_use]
    pub fn lang(&self, env: &Environment) -> Lang {
        self.global.lang.unwrap_or_else(|| env.lang())
    }

    /// The same of arguments that may not be taken.
    #[must_use]
    pub fn lang_of(args: &[OsString], env: &Environment) -> Lang {
        let texts: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        let pairs = texts.iter().zip(texts.iter().skip(1));
        let behind = pairs.filter(|(flag, _)| *flag == "--lang");
        let joined = texts.iter().filter_map(|arg| arg.strip_prefix("--lang="));
        let mut asked = behind.map(|(_, value)| value.as_ref()).chain(joined);
        let asked = asked.find_map(|text| parse_lang(text).ok());
        asked.unwrap_or_else(|| env.lang())
    }

    /// Whether these arguments, which may not be taken, are those of `check`.
    #[must_use]
    pub fn is_check(args: &[OsString]) -> bool {
        let command = Self::command().ignore_errors(true);
        let found = command.try_get_matches_from(args).ok();
        found.is_some_and(|found| found.subcommand_name() == Some("check"))
    }

    /// What clap cannot check, because global flags may stand on either side of the command.
    fn contradiction(&self) -> Option<Words> {
        let Global {
            config,
            demo,
            users,
            seed,
            ..
        } = &self.global;
        let simulates = *demo || matches!(self.command, Some(CliCommand::Simulator(_)));
        if *demo && config.is_some() && self.command.is_some() {
            return Some(Words::say(|t| t.usage.demo_and_config, &[]));
        }
        let tries_a_write = matches!(&self.command, Some(CliCommand::Doctor(args)) if args.write);
        if tries_a_write && self.global.observe {
            return Some(Words::say(|t| t.usage.observe_and_write, &[]));
        }
        if (users.is_some() || seed.is_some()) && !simulates {
            return Some(Words::say(|t| t.usage.users_without_demo, &[]));
        }
        None
    }
}

/// Why nothing is run.
#[derive(Debug)]
pub enum NotRun {
    /// Help, the version, or an error in clap's own words.
    Clap(clap::Error),
    /// What is wrong with the line.
    Told(String),
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
    /// Nothing can be said: `check` alone.
    Unknown = 3,
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
