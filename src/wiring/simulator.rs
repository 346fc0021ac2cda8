//! `lampfield simulator`: a tenant in a box, until a signal ends it.

use color_eyre::eyre::Report;
use lampfield::config::{Cli, Exit, SimulatorArgs};
use lampfield::simulator::{Options, Scenario, ScenarioError, start};

use super::output::{complain, print};
use super::signals::Signals;

pub(crate) fn simulator(cli: &Cli, args: &SimulatorArgs) -> Result<Exit, Report> {
    let scenario = match args.scenario.as_deref().map(Scenario::load).transpose() {
        Ok(scenario) => scenario.unwrap_or_default(),
        Err(error) => return Ok(usage(&error)),
    };
    let options = Options {
        graph_port: args.graph_port.unwrap_or(0),
        ucserver_port: Some(args.ucserver_port.unwrap_or(0)),
        // The command line takes no other.
        ucserver_version: args.ucserver_version.parse().unwrap_or_default(),
        scenario,
        ..sized(cli, Options::default())
    };
    super::run_to_end(async {
        let mut signals = Signals::listen()?;
        let running = start(options).await?;
        let ready = serde_json::to_string(running.ready())?;
        let exit = if print(&format!("{ready}\n"))? {
            signals.end(None).await
        } else {
            Exit::Ok
        };
        running.stop().await;
        Ok(exit)
    })
}

/// The flags that the demo and the simulator share.
pub(super) fn sized(cli: &Cli, options: Options) -> Options {
    let users = cli
        .global
        .users
        .and_then(|users| usize::try_from(users).ok());
    Options {
        users: users.unwrap_or(options.users),
        seed: cli.global.seed.unwrap_or(options.seed),
        ..options
    }
}

fn usage(error: &ScenarioError) -> Exit {
    complain(&format!("lampfield: {error}"));
    Exit::Usage
}
