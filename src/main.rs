//! CliCommand line, wiring, exit code: nothing else.

mod wiring;

use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::Report;
use lampfield::config::{
    Cli, CliCommand, ConfigCommand, Environment, Exit, FILE_NAME, Faults, Found, InitError,
    MappingFormat, find, load_all, write_example,
};
use lampfield::report;
use lampfield::text::{MESSAGE_LIMIT, harmless, harmless_lines, harmless_path};
use wiring::{complain, say};

fn main() -> ExitCode {
    wiring::leave_no_core();
    wiring::hook_panics();
    wiring::outlive_full_disks();
    let code = run();
    wiring::last_words();
    code
}

fn run() -> ExitCode {
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
        None => wiring::dashboard(cli, env),
        Some(CliCommand::Run(args)) => wiring::run(cli, env, args),
        Some(CliCommand::Snapshot(args)) => wiring::snapshot(cli, env, args),
        Some(CliCommand::Watch(args)) => wiring::watch(cli, env, args),
        Some(CliCommand::Simulator(args)) => wiring::simulator(cli, args),
        Some(CliCommand::Mapping(args)) => mapping(cli, env, args.format),
        Some(CliCommand::Config(ConfigCommand::Init)) => init(cli, env),
        Some(CliCommand::Config(ConfigCommand::Check)) => check(cli, env),
        Some(CliCommand::Doctor(args)) => wiring::doctor(cli, env, args),
        Some(CliCommand::Login) => wiring::login(cli, env),
    }
}

fn init(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let named = cli.global.config.clone();
    let file = named.unwrap_or_else(|| PathBuf::from(FILE_NAME));
    write_example(&env.directory().join(&file))?;
    say(&format!(
        "{} written. Fill in tenant_id, client_id and a credential, then: lampfield config check\n",
        harmless_path(&file)
    ))
}

fn check(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let Found::File(file) = find(cli.global.config.as_deref(), env)? else {
        complain("lampfield: no configuration found; lampfield config init writes a commented one");
        return Ok(Exit::Usage);
    };
    match load_all(&file, env, |console| wiring::console_faults(&file, console)) {
        Ok(_) => say(&format!("{}: good\n", harmless_path(&file))),
        Err(faults) => {
            complain(&faults.report());
            Ok(Exit::Usage)
        }
    }
}

fn mapping(cli: &Cli, env: &Environment, format: MappingFormat) -> Result<Exit, Report> {
    let lang = cli.global.lang.unwrap_or_else(|| env.lang());
    say(&match format {
        MappingFormat::Table => report::mapping_table(lang),
        MappingFormat::Json => report::mapping_json()?,
    })
}
