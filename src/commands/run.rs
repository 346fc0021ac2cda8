//! `run`: the bridge without a screen.

use color_eyre::eyre::Report;

use crate::bridge::Farewell;
use crate::config::{Cli, Environment, Exit, RunArgs};
use crate::wiring::log_sinks::to_stderr;
use crate::wiring::output::complain;
use crate::wiring::own::{Lines, OwnBridge};
use crate::wiring::signals::Signals;
use crate::wiring::site::Site;
use crate::wiring::{configuration, nothing_configured, run_to_end};

/// Runs `lampfield run`; returns how the program ends.
pub(super) fn run(cli: &Cli, env: &Environment, args: &RunArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let lang = cli.global.lang.unwrap_or_else(|| env.lang());
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let site = Site::open(config, cli).await?;
        let lines = Lines {
            ours: to_stderr(),
            theirs: None,
        };
        let bridge = OwnBridge::start(site, env, lang, lines)?;
        let exit = signals.end(args.for_).await;
        give_back(bridge, &mut signals).await;
        Ok(exit)
    })
}

/// Gives back what was set in Teams and ProCall. Whoever is in a hurry says so a second time: then
/// the next start clears what is left.
pub(super) async fn give_back(bridge: OwnBridge, signals: &mut Signals) {
    tokio::select! {
        _ = bridge.stop(Farewell::SERVICE) => {}
        _ = signals.end(None) => complain(
            "lampfield: ended at once; leases that stay in Teams run out within five minutes, or the \
             next start clears them",
        ),
    }
}
