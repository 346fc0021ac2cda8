//! The console on the main thread, the bridge on its runtime.

use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;

use attach::{Attachment, CommitStage, LogRecord};
use eyre::Report;
use jiff::Timestamp;
use tokio::runtime::Runtime;
use tracing::Level;

use super::back::{go_back, is_way_back};
use super::lookback::{Archive, with_past};
use super::plain::{plain, plain_attached};
use super::relay::{Heir, Panes, relay};
use super::through_engine::attach_through_engine;
use crate::bridge::{Farewell, Snapshot};
use crate::clock::Clock;
use crate::config::{
    AttachArgs, Cli, ColorArg, Config, ConsoleTable, Environment, Exit, Fault, Faults, Position,
    ThemeArg, load_console,
};
use crate::console::{
    self, ConsoleError, ConsoleExit, ConsoleOptions, ConsoleSettings, Feed, LogEntry, LogInbox,
    LogSource, SettingFault, ThemeChoice, ThemeName,
};
use crate::presence::UserName;
use crate::wiring::attach::{attach_to, find, find_any, none_here, record};
use crate::wiring::history::{folder, stem};
use crate::wiring::output::complain_of;
use crate::wiring::own::{Lines, OwnBridge};
use crate::wiring::said::Told;
use crate::wiring::site::Site;
use crate::wiring::{configuration, configuration_to_look, runtime};

/// `lampfield` without a command.
pub(super) fn dashboard(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    // Who lacks the secret may look at a bridge that has it.
    let (config, lacks) = match configuration(cli, env) {
        Ok(config) => (config, None),
        Err(why) => match configuration_to_look(cli, env) {
            Ok(config) => (config, Some(why)),
            Err(_) => return Err(why),
        },
    };
    let options = options(cli, env, config.as_ref())?;
    if is_in_lines(cli, env) {
        return plain(cli, env, config, lacks);
    }
    let runtime = runtime()?;
    let logs = LogInbox::new();
    let panes = Panes::new(logs.clone(), options.lang);
    let attached = runtime.block_on(running(config.as_ref(), env, &panes))?;
    if let (Some(attached), Some(config)) = (attached, &config) {
        let may = lacks.is_none();
        let heir = may.then(|| Heir::new(cli, env, config, Farewell::SHORT));
        let console = (options, archive_of(config));
        return on_other(runtime, (attached, heir), (console, logs), panes);
    }
    if let Some(why) = lacks {
        return Err(why);
    }
    let site = runtime.block_on(Site::open(config, cli))?;
    let archive = archive_of(&site.config);
    let own = {
        let _inside = runtime.enter();
        let lines = shown_lines(&logs, &site.clock);
        OwnBridge::start(site, env, options.lang, lines)?
    };
    let feed = Feed {
        snapshots: own.bridge.snapshots.clone(),
        commands: own.bridge.commands.clone(),
        logs,
        clock: Arc::clone(&own.clock),
        past: None,
    };
    let feed = looking_back(feed, archive, &runtime)?;
    let ended = console::run(options, feed);
    let last = own.bridge.snapshots.borrow().clone();
    let left = runtime.block_on(own.stop(Farewell::SHORT));
    finish(runtime, ended, &last, &left)
}

/// Whether the dashboard is lines: where stdout is no screen, or on request.
fn is_in_lines(cli: &Cli, env: &Environment) -> bool {
    let draws = std::io::stdout().is_terminal() && !env.is_dumb_terminal();
    cli.global.plain || !draws
}

/// `lampfield attach`.
pub(super) fn attach(cli: &Cli, env: &Environment, args: &AttachArgs) -> Result<Exit, Report> {
    let config = configuration_to_look(cli, env).ok().flatten();
    let options = options(cli, env, config.as_ref())?;
    if is_in_lines(cli, env) {
        return plain_attached(cli, env, args, config.as_ref());
    }
    let runtime = runtime()?;
    let logs = LogInbox::new();
    let panes = Panes::new(logs.clone(), options.lang);
    let attached = runtime.block_on(asked_for((cli, env), args, config.as_ref(), &panes))?;
    // The recording of another machine is there.
    let archive = config.as_ref().filter(|_| args.tenant.is_none());
    let archive = archive.and_then(archive_of);
    let console = ((options, archive), logs);
    let exit = on_other(runtime, (attached, None), console, panes)?;
    // Only whoever quits wants to go back.
    let failed = (exit == Exit::Ok).then(|| go_back(env)).flatten();
    failed.map_or(Ok(exit), |why| Err(why.into()))
}

/// The bridge that `attach` is to show.
pub(super) async fn asked_for(
    (cli, env): (&Cli, &Environment),
    args: &AttachArgs,
    config: Option<&Config>,
    panes: &Panes,
) -> Result<Attachment, Report> {
    if let Some(tenant) = &args.tenant {
        return attach_through_engine(cli, env, tenant, panes).await;
    }
    let attached = match (&args.socket, config) {
        (Some(place), _) => attach_to(place, CommitStage::Rows, panes).await.map(Some),
        (None, Some(config)) => find(config, env, CommitStage::Rows, panes).await,
        (None, None) => find_any(env, CommitStage::Rows, panes).await,
    };
    let none = || Told::alone(none_here(config, env));
    Ok(attached?.ok_or_else(none)?)
}

/// The bridge that runs already, if one does.
pub(super) async fn running(
    config: Option<&Config>,
    env: &Environment,
    panes: &Panes,
) -> Result<Option<Attachment>, Report> {
    let Some(config) = config else {
        return Ok(None);
    };
    Ok(find(config, env, CommitStage::Rows, panes).await?)
}

/// The console on the bridge of another process.
fn on_other(
    runtime: Runtime,
    (attached, heir): (Attachment, Option<Heir>),
    ((options, archive), logs): ((ConsoleOptions, Option<Archive>), LogInbox),
    panes: Panes,
) -> Result<Exit, Report> {
    let relayed = {
        let _inside = runtime.enter();
        relay(attached, panes, heir)
    };
    let feed = Feed {
        snapshots: relayed.snapshots.clone(),
        commands: relayed.commands.clone(),
        logs,
        clock: relayed.clock.clone(),
        past: None,
    };
    let feed = looking_back(feed, archive, &runtime)?;
    let ended = console::run(options, feed);
    let last = relayed.snapshots.borrow().clone();
    let left = runtime.block_on(relayed.stop());
    finish(runtime, ended, &last, &left)
}

/// The recording of the tenant's bridge, where there is one.
fn archive_of(config: &Config) -> Option<Archive> {
    (!config.history.keep.is_zero()).then(|| Archive {
        place: folder(config),
        stem: Some(stem(config)),
    })
}

fn looking_back(feed: Feed, archive: Option<Archive>, runtime: &Runtime) -> Result<Feed, Report> {
    let Some(archive) = archive else {
        return Ok(feed);
    };
    Ok(with_past(feed, archive, runtime.handle())?)
}

/// Says what has ended with the console and what goes on, and whose leases stay in Teams. Threads that
/// still wait for a disk are left behind.
pub(super) fn finish(
    runtime: Runtime,
    ended: Result<ConsoleExit, ConsoleError>,
    last: &Snapshot,
    left: &[UserName],
) -> Result<Exit, Report> {
    // Nobody reads a terminal that is gone.
    if matches!(ended, Ok(ConsoleExit::Quit | ConsoleExit::Terminated)) {
        complain_of(&crate::words::console_left(last, left.len()));
    }
    if !left.is_empty() {
        complain_of(&crate::words::left_behind(left));
    }
    runtime.shutdown_background();
    ended.map(exit_of).map_err(Report::from)
}

pub(super) const fn exit_of(ended: ConsoleExit) -> Exit {
    match ended {
        ConsoleExit::Quit => Exit::Ok,
        ConsoleExit::Terminated => Exit::Terminated,
        ConsoleExit::HungUp => Exit::HangUp,
    }
}

pub(super) fn options(
    cli: &Cli,
    env: &Environment,
    config: Option<&Config>,
) -> Result<ConsoleOptions, Faults> {
    Ok(ConsoleOptions {
        lang: cli.lang(env),
        color: match cli.global.color {
            ColorArg::Auto => console::ColorChoice::Auto,
            ColorArg::Always => console::ColorChoice::Always,
            ColorArg::Never => console::ColorChoice::Never,
        },
        theme: cli.global.theme.map(theme),
        ascii: cli.global.ascii,
        observe: cli.global.observe,
        comes_back: is_way_back(env),
        settings: match (config, &cli.global.config) {
            (Some(config), _) => settings(config)?,
            (None, Some(file)) if cli.global.demo => demo_settings(file, env)?,
            _ => ConsoleSettings::default(),
        },
        memory: config.map(|config| config.state.directory.clone()),
    })
}

const fn theme(wanted: ThemeArg) -> ThemeChoice {
    match wanted {
        ThemeArg::Auto => ThemeChoice::Auto,
        ThemeArg::Dark => ThemeChoice::Named(ThemeName::Dark),
        ThemeArg::Light => ThemeChoice::Named(ThemeName::Light),
        ThemeArg::Mono => ThemeChoice::Named(ThemeName::Mono),
    }
}

/// What the demo's console takes of the configuration that is named: `[console]`, nothing else.
fn demo_settings(file: &Path, env: &Environment) -> Result<ConsoleSettings, Faults> {
    let console = load_console(file, env)?;
    let settings = console.map(|console| settings_of(file, &console));
    match settings.unwrap_or_else(|| Ok(ConsoleSettings::default())) {
        Ok(settings) => Ok(settings),
        Err(faults) => {
            Faults::from_list(faults).map_or_else(|| Ok(ConsoleSettings::default()), Err)
        }
    }
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
        Fault::of_key(
            file,
            Position { line, column: 1 },
            &key,
            fault.message.clone(),
        )
    };
    ConsoleSettings::read(&console.table, line_of)
        .map_err(|faults| faults.iter().map(fault).collect())
}

/// Both logs, into the console's panes.
pub(super) fn shown_lines(logs: &LogInbox, clock: &Arc<dyn Clock>) -> Lines {
    let (inbox, theirs, clock) = (logs.clone(), logs.clone(), Arc::clone(clock));
    Lines {
        ours: Box::new(move |line| inbox.push(entry(record(line), line.at))),
        theirs: Some(Box::new(move |line| {
            theirs.push(entry(line, clock.wall()));
        })),
        journal: None,
    }
}

/// A line for the panes; `read_at` stands in where it has no time of its own.
pub(super) fn entry(line: LogRecord, read_at: Timestamp) -> LogEntry {
    LogEntry {
        source: match line.source {
            attach::LogSource::Ours => LogSource::Ours,
            attach::LogSource::UcServer => LogSource::UcServer,
        },
        at: line.at.unwrap_or(read_at),
        level: line.level.parse().unwrap_or(Level::INFO),
        target: line.target,
        user: line.user,
        text: line.text,
    }
}
