//! What the command line asks for: one file a command. A command becomes an exit code.
//!
//! | file | what |
//! | --- | --- |
//! | `dashboard`, `plain` | without a command: the console, and the same in lines; `attach` |
//! | `through_engine` | `attach --tenant`: a tenant of other machines |
//! | `relay` | the console on the bridge of another process, and in its place where that ends |
//! | `run_sites` | `run` with several tenants |
//! | `run`, `snapshot`, `watch`, `metrics` | the bridge without a screen |
//! | `check` | how the bridge stands, for monitoring |
//! | `fleet`, `back` | all bridges of this machine; from there to one of them and back |
//! | `fleet_sockets`, `fleet_engines` | what sockets of this machine show, and what engines of clusters do |
//! | `fleet_live` | both, from one second to the next |
//! | `fleet_demo` | the same with demo tenants |
//! | `why` | the chain of causes of one user |
//! | `picture` | what a command that looks once looks at |
//! | `replay`, `lookback` | the dashboard on a recording; between live and the past |
//! | `recorded` | what was shown at a moment of the past |
//! | `doctor` | what is well and what is not: the checks are [`crate::doctor`]'s |
//! | `record`, `recording_file`, `show_recording` | `doctor --record`, `doctor --show-recording` |
//! | `init` | the first setup, asked and tested; what is asked is `setup`'s |
//! | `setup_session`, `setup_files` | its dialogue at the terminal; what it writes |
//! | `login` | a user signs in |
//! | `config` | `config init`, `config check` |
//! | `mapping` | both mapping tables |
//! | `completions`, `man` | the command line for a shell and for a reader |
//! | `simulator` | a tenant in a box |

mod back;
mod check;
mod completions;
mod config;
mod dashboard;
mod doctor;
mod fleet;
mod fleet_demo;
mod fleet_engines;
mod fleet_live;
mod fleet_sockets;
mod init;
mod login;
mod lookback;
mod man;
mod mapping;
mod metrics;
mod picture;
mod plain;
mod record;
mod recorded;
mod recording_file;
mod relay;
mod replay;
mod run;
mod run_sites;
mod setup_files;
mod setup_session;
mod show_recording;
#[cfg(feature = "simulator")]
mod simulator;
mod snapshot;
mod through_engine;
mod watch;
mod why;

use std::io;
use std::process::ExitCode;

use eyre::Report;

use crate::config::{
    Cli, CliCommand, ConfigCommand, DoctorArgs, Environment, Exit, Faults, InitError, NotRun,
};
use crate::text::{MESSAGE_LIMIT, harmless, harmless_lines};
use crate::wiring::output::complain;
use crate::wiring::said::report_words;
use crate::wiring::{output, secrecy, signals};
use crate::words::{Lang, Words, spelled};

/// The program: what the arguments of the process ask for, and how it ended.
#[must_use]
pub fn main() -> ExitCode {
    secrecy::leave_no_core();
    output::hook_panics();
    signals::outlive_full_disks();
    let code = command();
    output::last_words();
    code
}

fn command() -> ExitCode {
    let env = Environment::of_process();
    let args: Vec<_> = std::env::args_os().collect();
    let lang = Cli::lang_of(&args, &env);
    output::speak(lang, &env);
    let cli = match Cli::parse_in(args.clone(), lang) {
        Ok(cli) => cli,
        Err(not_run) => return say_why(&not_run, &args),
    };
    match dispatch(&cli, &env) {
        Ok(exit) => exit.into(),
        Err(report) => {
            tell(&report);
            exit_of(&report).into()
        }
    }
}

/// Help and version go to stdout with exit code 0, usage errors to stderr with 2; with 3 those of
/// `check`, where 2 would say that something is down.
fn say_why(not_run: &NotRun, args: &[std::ffi::OsString]) -> ExitCode {
    let wrong = match not_run {
        NotRun::Clap(error) if error.exit_code() == 0 => Exit::Ok,
        _ if Cli::is_check(args) => Exit::Unknown,
        _ => Exit::Usage,
    };
    match not_run {
        NotRun::Clap(help_or_error) => usage(help_or_error),
        NotRun::Told(why) => complain(&harmless_lines(why, MESSAGE_LIMIT)),
    }
    wrong.into()
}

/// In colours, where the terminal has the letters as well.
fn usage(error: &clap::Error) {
    let plain = || error.render().to_string();
    let odd = || std::env::args_os().any(|argument| is_odd(&argument));
    if error.use_stderr() && (odd() || output::is_ascii(&io::stderr())) {
        complain(&harmless_lines(&plain(), MESSAGE_LIMIT));
    } else if !error.use_stderr() && output::is_ascii(&io::stdout()) {
        let _ = output::say(&spelled(&plain()));
    } else {
        // A reader that has gone away does not want to hear of it.
        let _ = error.print();
    }
}

/// What is wrong with an argument is said with the argument: one with control characters would act on
/// the terminal, and a very long one would fill it.
fn is_odd(argument: &std::ffi::OsStr) -> bool {
    let text = argument.to_string_lossy();
    text.len() > MESSAGE_LIMIT || *text != harmless(&text)
}

/// Why the command has ended, in the language of whoever reads it.
fn tell(report: &Report) {
    match report.downcast_ref::<Faults>() {
        Some(faults) => complain(&format!("lampfield: {}", faults.in_lang(output::spoken()))),
        None => output::complain_of(&report_words(report)),
    }
}

/// The same, for what is said in another place.
fn told_words(report: &Report) -> Words {
    match report.downcast_ref::<Faults>() {
        Some(faults) => Words::new(faults.in_lang(Lang::De), faults.in_lang(Lang::En)),
        None => report_words(report),
    }
}

/// What was wrong decides: configuration 2, everything else 1.
fn exit_of(report: &Report) -> Exit {
    let overwrites = matches!(report.downcast_ref(), Some(InitError::Exists(_)));
    if overwrites || report.is::<Faults>() {
        return Exit::Usage;
    }
    Exit::Failure
}

fn dispatch(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    match &cli.command {
        None => dashboard::dashboard(cli, env),
        Some(CliCommand::Attach(args)) => dashboard::attach(cli, env, args),
        Some(CliCommand::Run(args)) => run::run(cli, env, args),
        Some(CliCommand::Snapshot(args)) => snapshot::snapshot(cli, env, args),
        Some(CliCommand::Watch(args)) => watch::watch(cli, env, args),
        Some(CliCommand::Check(args)) => check::check(cli, env, args),
        Some(CliCommand::Metrics(args)) => metrics::metrics(cli, env, args),
        Some(CliCommand::Fleet(args)) => fleet::fleet(cli, env, args),
        Some(CliCommand::Why(args)) => why::why(cli, env, args),
        Some(CliCommand::Replay(args)) => replay::replay(cli, env, args),
        #[cfg(feature = "simulator")]
        Some(CliCommand::Simulator(args)) => simulator::simulator(cli, env, args),
        #[cfg(not(feature = "simulator"))]
        Some(CliCommand::Simulator(_)) => Err(crate::wiring::demo::no_simulator()),
        Some(CliCommand::Mapping(args)) => mapping::mapping(cli, env, args.format),
        Some(CliCommand::Config(ConfigCommand::Init)) => config::init(cli, env),
        Some(CliCommand::Config(ConfigCommand::Check)) => config::check(cli, env),
        Some(CliCommand::Doctor(args)) => examine(cli, env, args),
        Some(CliCommand::Completions(args)) => completions::completions(cli, env, args.shell),
        Some(CliCommand::Man) => man::man(cli, env),
        Some(CliCommand::Init(args)) => init::init(cli, env, args),
        Some(CliCommand::Login) => login::login(cli, env),
    }
}

fn examine(cli: &Cli, env: &Environment, args: &DoctorArgs) -> Result<Exit, Report> {
    match (&args.record, &args.show_recording) {
        (Some(file), _) => record::record(cli, env, args, file),
        (None, Some(file)) => show_recording::show_recording(cli, env, args, file),
        (None, None) => doctor::doctor(cli, env, args),
    }
}
