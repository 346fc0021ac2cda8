//! `run`: the bridge without a screen.

use std::pin::pin;

use eyre::Report;
use tracing::Level;

use super::run_sites;
use crate::bridge::{LineKind, LogLine};
use crate::config::{Cli, Configured, Environment, Exit, RunArgs};
use crate::monitoring::ServiceManager;
use crate::wiring::journal::JournalSink;
use crate::wiring::log_sinks::to_stderr_as;
use crate::wiring::own::{Lines, OwnBridge, give_back};
use crate::wiring::said::{Told, not_reloaded};
use crate::wiring::signals::Signals;
use crate::wiring::site::Site;
use crate::wiring::{configuration, configured, nothing_configured, run_to_end};
use crate::words::{Lang, Words};

/// Runs `lampfield run`; returns how the program ends.
pub(super) fn run(cli: &Cli, env: &Environment, args: &RunArgs) -> Result<Exit, Report> {
    let config = match configured(cli, env)? {
        Some((_, Configured::Several(sites))) if cli.global.site.is_none() => {
            return run_sites::run(sites, cli, env, args);
        }
        Some((file, configured)) => Some(configured.chosen(&file, cli.global.site.as_deref())?),
        None => None,
    };
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let lang = cli.lang(env);
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let configured = config.is_some();
        let site = Site::open(config, cli).await?;
        let journal = JournalSink::of_stderr(env);
        let to_stderr = || to_stderr_as(site.config.log.format);
        let lines = Lines {
            ours: journal.as_ref().map_or_else(to_stderr, JournalSink::lines),
            theirs: None,
            journal,
        };
        let mut bridge = OwnBridge::start(site, env, lang, lines)?;
        let manager = ServiceManager::start(&bridge.bridge, lang);
        let exit = if configured && manager.is_there() {
            until_end(&mut bridge, &mut signals, &manager, (cli, env, args)).await
        } else {
            signals.end(args.for_).await
        };
        manager.stopping();
        give_back(bridge, &mut signals).await;
        Ok(exit)
    })
}

/// Started by a service manager, a process has no terminal that could hang up: the configuration is
/// read anew.
async fn until_end(
    bridge: &mut OwnBridge,
    signals: &mut Signals,
    manager: &ServiceManager,
    (cli, env, args): (&Cli, &Environment, &RunArgs),
) -> Exit {
    let mut hang_up = signals.take_hang_up();
    let mut end = pin!(signals.end(args.for_));
    loop {
        tokio::select! {
            exit = &mut end => return exit,
            () = hang_up.comes() => {}
        }
        manager.reloading();
        let reloaded = tokio::select! {
            exit = &mut end => return exit,
            reloaded = reload(bridge, cli, env) => reloaded,
        };
        let failure = reloaded.err().map(|why| not_reloaded(&why));
        if let Some(words) = &failure {
            let message = words.in_lang(Lang::En).to_owned();
            let line = LogLine::of_bridge(Level::ERROR, message);
            bridge.say(line.with(LineKind::ConfigurationRefused)).await;
        }
        manager.reloaded(failure.as_ref());
    }
}

async fn reload(bridge: &mut OwnBridge, cli: &Cli, env: &Environment) -> Result<(), Report> {
    let (cli, env) = (cli.clone(), env.clone());
    // Its disk may hang, and the end does not wait for it.
    let read = tokio::task::spawn_blocking(move || configuration(&cli, &env)).await?;
    match read? {
        Some(new) => Ok(bridge.reload(new).await?),
        None => Err(Told::alone(Words::say(|t| t.service.no_configuration, &[])).into()),
    }
}
