//! What the command line asks for: one file a command. A command becomes an exit code.
//!
//! | file | what |
//! | --- | --- |
//! | `dashboard`, `plain` | without a command: the console, and the same in lines; `attach` |
//! | `relay` | the console on the bridge of another process, and in its place where that ends |
//! | `run`, `snapshot`, `watch` | the bridge without a screen |
//! | `why` | the chain of causes of one user |
//! | `picture` | what a command that looks once looks at |
//! | `doctor` | what is well and what is not: the checks are [`crate::doctor`]'s |
//! | `login` | a user signs in |
//! | `config` | `config init`, `config check` |
//! | `mapping` | both mapping tables |
//! | `simulator` | a tenant in a box |

mod config;
mod dashboard;
mod doctor;
mod login;
mod mapping;
mod picture;
mod plain;
mod relay;
mod run;
mod simulator;
mod snapshot;
mod watch;
mod why;

use std::process::ExitCode;

use color_eyre::eyre::Report;

use crate::config::{Cli, CliCommand, ConfigCommand, Environment, Exit, Faults, InitError};
use crate::text::{MESSAGE_LIMIT, harmless, harmless_lines};
use crate::wiring::output::complain;
use crate::wiring::{output, secrecy, signals};

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
    let cli = match Cli::parse_from(std::env::args_os()) {
        Ok(cli) => cli,
        Err(help_or_error) => return usage(&help_or_error),
    };
    match dispatch(&cli, &Environment::of_process()) {
        Ok(exit) => exit.into(),
        Err(report) => {
            complain(&format!("lampfield: {report:#}"));
            exit_of(&report).into()
        }
    }
}

/// Help and version go to stdout with exit code 0, usage errors to stderr with 2.
fn usage(error: &clap::Error) -> ExitCode {
    if std::env::args_os().any(|argument| is_odd(&argument)) && error.use_stderr() {
        let said = error.render().to_string();
        complain(&harmless_lines(&said, MESSAGE_LIMIT));
    } else {
        // A reader that has gone away does not want to hear of it.
        let _ = error.print();
    }
    let code = error.exit_code();
    ExitCode::from(u8::try_from(code).unwrap_or(Exit::Usage as u8))
}

/// What is wrong with an argument is said with the argument: one with control characters would act on
/// the terminal, and a very long one would fill it.
fn is_odd(argument: &std::ffi::OsStr) -> bool {
    let text = argument.to_string_lossy();
    text.len() > MESSAGE_LIMIT || *text != harmless(&text)
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
        Some(CliCommand::Why(args)) => why::why(cli, env, args),
        Some(CliCommand::Simulator(args)) => simulator::simulator(cli, args),
        Some(CliCommand::Mapping(args)) => mapping::mapping(cli, env, args.format),
        Some(CliCommand::Config(ConfigCommand::Init)) => config::init(cli, env),
        Some(CliCommand::Config(ConfigCommand::Check)) => config::check(cli, env),
        Some(CliCommand::Doctor(args)) => doctor::doctor(cli, env, args),
        Some(CliCommand::Login) => login::login(cli, env),
    }
}
