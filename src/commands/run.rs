//! `run`: the bridge without a screen.

use std::path::Path;

use color_eyre::eyre::Report;
use jiff::tz::TimeZone;
use tracing::Level;

use crate::bridge::{Bridge, Farewell, LogLine, LogSink as _, LogTarget};
use crate::config::{Cli, Config, Environment, Exit, RunArgs};
use crate::esplog::Follower;
use crate::wiring::log_sinks::{LogSinks, last_lines, to_stderr};
use crate::wiring::output::complain;
use crate::wiring::signals::Signals;
use crate::wiring::site::{May, Site};
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
        let mut sinks = LogSinks::open(&site.config, site.clock.now(), to_stderr())?;
        let disk = sinks.disk();
        if let Some(words) = unfollowed(&site.config) {
            sinks.log(site.clock.wall(), warning(words));
        }
        let bridge = Bridge::start(site.parts(May::Write, lang, Box::new(sinks))?);
        let exit = signals.end(args.for_).await;
        give_back(bridge, &mut signals).await;
        last_lines(disk.as_ref());
        site.close().await;
        Ok(exit)
    })
}

/// Only the dashboard follows a log, yet what nobody can follow is worth a word here too.
fn unfollowed(config: &Config) -> Option<String> {
    let follower = Follower::new(Path::new(config.log.follow.as_ref()?), TimeZone::system());
    follower.ok()?.oddity()
}

const fn warning(message: String) -> LogLine {
    LogLine {
        level: Level::WARN,
        target: LogTarget::Bridge,
        user: None,
        message,
    }
}

/// Gives back what was set in Teams and ProCall. Whoever is in a hurry says so a second time: then
/// the next start clears what is left.
pub(super) async fn give_back(bridge: Bridge, signals: &mut Signals) {
    tokio::select! {
        _ = bridge.stop_within(Farewell::SERVICE) => {}
        _ = signals.end(None) => complain(
            "lampfield: ended at once; leases that stay in Teams run out within five minutes, or the \
             next start clears them",
        ),
    }
}
