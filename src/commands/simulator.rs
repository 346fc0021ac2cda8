//! `lampfield simulator`: a tenant in a box, until a signal ends it.

use crate::config::{Cli, Exit, SimulatorArgs};
use crate::simulator::{Options, Scenario, ScenarioError, start};
use color_eyre::eyre::Report;

use crate::wiring::demo::sized;
use crate::wiring::output::{complain, print};
use crate::wiring::run_to_end;
use crate::wiring::signals::Signals;

pub(super) fn simulator(cli: &Cli, args: &SimulatorArgs) -> Result<Exit, Report> {
    let scenario = match args.scenario.as_deref().map(Scenario::load).transpose() {
        Ok(scenario) => scenario.unwrap_or_default(),
        Err(error) => return Ok(usage(&error)),
    };
    let options = Options {
        graph_port: args.graph_port.unwrap_or(0),
        ucserver_port: Some(args.ucserver_port.unwrap_or(0)),
        scenario,
        ..sized(cli, Options::default())
    };
    run_to_end(async {
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

fn usage(error: &ScenarioError) -> Exit {
    complain(&format!("lampfield: {error}"));
    Exit::Usage
}
