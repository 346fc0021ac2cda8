//! The console on the main thread, the bridge on its runtime.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::bridge::{Bridge, left_behind};
use crate::clock::Clock;
use crate::config::{
    Cli, ColorArg, Config, ConsoleTable, Environment, Exit, Fault, Faults, Position,
};
use crate::console::{
    self, ConsoleOptions, ConsoleSettings, Feed, LogEntry, LogInbox, LogSource, SettingFault,
};
use crate::esplog::{FollowGuard, FollowedLine, Follower, OwnedLine};
use crate::presence::UserName;
use color_eyre::eyre::{Report, WrapErr as _};
use jiff::tz::TimeZone;
use tracing::Level;

use super::plain::plain;
use crate::wiring::log_sinks::{LogSinks, last_lines};
use crate::wiring::output::complain;
use crate::wiring::site::{May, Site};
use crate::wiring::{configuration, runtime};

/// How often the followed log is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);

/// `lampfield` without a command.
pub(super) fn dashboard(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    let options = options(cli, env, config.as_ref())?;
    let draws = std::io::stdout().is_terminal() && !env.is_dumb_terminal();
    if cli.global.plain || !draws {
        return plain(cli, env, config);
    }
    let runtime = runtime()?;
    let logs = LogInbox::new();
    let site = runtime.block_on(Site::open(config, cli))?;
    let line_sink = {
        let logs = logs.clone();
        Box::new(move |line: &OwnedLine| logs.push(ours(line)))
    };
    let sinks = LogSinks::open(&site.config, site.clock.now(), line_sink)?;
    let disk = sinks.disk();
    let _following = follow(&site.config, &logs, &site.clock)?;
    let parts = site.parts(May::Write, options.lang, Box::new(sinks))?;
    let bridge = {
        let _inside = runtime.enter();
        Bridge::start(parts)
    };
    let feed = Feed {
        snapshots: bridge.snapshots.clone(),
        commands: bridge.commands.clone(),
        logs,
        clock: Arc::clone(&site.clock),
    };
    let ended = console::run(options, feed);
    let left = runtime.block_on(async {
        let left = bridge.stop().await;
        last_lines(disk.as_ref());
        site.close().await;
        left
    });
    if !left.is_empty() {
        complain(&format!("lampfield: {}", left_behind(&left)));
    }
    // Threads that still wait for a disk are left behind.
    runtime.shutdown_background();
    Ok(match ended? {
        console::ConsoleExit::Quit => Exit::Ok,
        console::ConsoleExit::Terminated => Exit::Terminated,
        console::ConsoleExit::HungUp => Exit::HangUp,
    })
}

fn options(
    cli: &Cli,
    env: &Environment,
    config: Option<&Config>,
) -> Result<ConsoleOptions, Faults> {
    Ok(ConsoleOptions {
        lang: cli.global.lang.unwrap_or_else(|| env.lang()),
        color: match cli.global.color {
            ColorArg::Auto => console::ColorChoice::Auto,
            ColorArg::Always => console::ColorChoice::Always,
            ColorArg::Never => console::ColorChoice::Never,
        },
        ascii: cli.global.ascii,
        observe: cli.global.observe,
        settings: config.map_or_else(|| Ok(ConsoleSettings::default()), settings)?,
        memory: config.map(|config| config.state.directory.clone()),
    })
}

/// Everything that is wrong with `[console]`, with its line.
pub(super) fn console_faults(file: &Path, console: &ConsoleTable) -> Vec<Fault> {
    settings_of(file, console).err().unwrap_or_default()
}

/// What the console makes of `[console]`.
fn settings(config: &Config) -> Result<ConsoleSettings, Faults> {
    let Some(console) = &config.console else {
        return Ok(ConsoleSettings::default());
    };
    let file = config.file.clone().unwrap_or_default();
    match settings_of(&file, console) {
        Ok(settings) => Ok(settings),
        Err(faults) => {
            Faults::from_list(faults).map_or_else(|| Ok(ConsoleSettings::default()), Err)
        }
    }
}

fn settings_of(file: &Path, console: &ConsoleTable) -> Result<ConsoleSettings, Vec<Fault>> {
    let line_of = |key: &str| console.lines.get(key).copied();
    let fault = |fault: &SettingFault| {
        let line = line_of(&fault.key).unwrap_or(1);
        let key = format!("console.{}", fault.key);
        Fault::of_key(file, Position { line, column: 1 }, &key, &fault.message)
    };
    ConsoleSettings::read(&console.table, line_of)
        .map_err(|faults| faults.iter().map(fault).collect())
}

/// The log of a real UCServer, for the second pane.
fn follow(
    config: &Config,
    logs: &LogInbox,
    clock: &Arc<dyn Clock>,
) -> Result<Option<FollowGuard>, Report> {
    let Some(glob) = &config.log.follow else {
        return Ok(None);
    };
    let follower = Follower::new(Path::new(glob), TimeZone::system())?;
    let (logs, read_by) = (logs.clone(), Arc::clone(clock));
    let sink = move |line: FollowedLine| logs.push(theirs(line, read_by.as_ref()));
    let guard = follower
        .spawn(sink, Arc::clone(clock), FOLLOW_EVERY)
        .wrap_err("the log of the UCServer cannot be followed")?;
    Ok(Some(guard))
}

fn ours(line: &OwnedLine) -> LogEntry {
    LogEntry {
        source: LogSource::Ours,
        at: line.at,
        level: line.level,
        target: line.target.into(),
        user: line.user.as_deref().map(UserName::new),
        text: line.message.as_str().into(),
    }
}

fn theirs(line: FollowedLine, clock: &dyn Clock) -> LogEntry {
    LogEntry {
        source: LogSource::UcServer,
        at: line.at.unwrap_or_else(|| clock.wall()),
        level: line.level.unwrap_or(Level::INFO),
        target: "".into(),
        user: None,
        text: line.text,
    }
}
