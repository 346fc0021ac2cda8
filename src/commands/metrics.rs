//! `metrics`: the running bridge's numbers for Prometheus; where none runs, those of one cycle.

use attach::Attachment;
use color_eyre::eyre::Report;

use super::picture::{of_own_cycle, of_running, print};
use crate::config::{Cli, Config, Environment, Exit, MetricsArgs};
use crate::report::{self, Exposition};
use crate::wiring::attach::{running, running_at};
use crate::wiring::signals::Signals;
use crate::wiring::{configuration, nothing_configured, run_to_end};

/// Runs `lampfield metrics`; returns how the program ends.
pub(super) fn metrics(cli: &Cli, env: &Environment, args: &MetricsArgs) -> Result<Exit, Report> {
    let config = match args.socket {
        Some(_) => None,
        None => configuration(cli, env)?,
    };
    if config.is_none() && !cli.global.demo && args.socket.is_none() {
        return Ok(nothing_configured());
    }
    let lang = cli.lang(env);
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let taken = match found(args, config.as_ref(), env).await? {
            Some(attached) => of_running(attached, &mut signals).await?,
            None => of_own_cycle((cli, config, lang), &mut signals).await?,
        };
        let picture = match taken {
            Ok(picture) => picture,
            Err(exit) => return Ok(exit),
        };
        let text = report::metrics(&picture.snapshot, picture.now, Exposition::OpenMetrics)?;
        print(text, &picture.snapshot, &mut signals).await
    })
}

async fn found(
    args: &MetricsArgs,
    config: Option<&Config>,
    env: &Environment,
) -> Result<Option<Attachment>, Report> {
    match &args.socket {
        Some(place) => Ok(Some(running_at(place).await?)),
        None => Ok(running(config, args.direct, env).await?),
    }
}
