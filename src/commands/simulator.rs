//! `lampfield simulator`: a tenant in a box, until a signal ends it.

use crate::config::{Cli, Environment, Exit, SimulatorArgs};
use std::path::Path;

use eyre::Report;

use super::show_recording::open;
use crate::doctor::bad_line;
use crate::report::Look;
use crate::simulator::{Options, Replay, Scenario, start};

use crate::wiring::demo::sized;
use crate::wiring::output::{complain, look, print};
use crate::wiring::run_to_end;
use crate::wiring::said::Told;
use crate::wiring::signals::Signals;
use crate::words::{fill, recording_texts};

pub(super) fn simulator(
    cli: &Cli,
    env: &Environment,
    args: &SimulatorArgs,
) -> Result<Exit, Report> {
    let replay = args.replay.as_deref();
    let replay = match replay
        .map(|path| replayed(path, &look(cli, env)))
        .transpose()
    {
        Ok(replay) => replay,
        Err(why) => return Ok(usage(&why)),
    };
    let scenario = match args.scenario.as_deref().map(Scenario::load).transpose() {
        Ok(scenario) => scenario.unwrap_or_else(|| by_itself(replay.as_ref())),
        Err(error) => return Ok(usage(error.words().in_lang(look(cli, env).lang))),
    };
    let options = Options {
        graph_port: args.graph_port.unwrap_or(0),
        ucserver_port: Some(args.ucserver_port.unwrap_or(0)),
        // The command line takes no other.
        ucserver_version: args.ucserver_version.parse().unwrap_or_default(),
        scenario,
        replay,
        ..sized(cli, Options::default())
    };
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let running = start(options).await;
        let running = running.map_err(|why| Told::alone(why.words()))?;
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

/// Where a recording is played, nothing else happens.
fn by_itself(replay: Option<&Replay>) -> Scenario {
    match replay {
        Some(_) => Scenario::Quiet,
        None => Scenario::default(),
    }
}

/// A recording, ready to be played; lines that cannot be read are named and left out.
fn replayed(path: &Path, look: &Look) -> Result<Replay, String> {
    let recording = open(path, look)?;
    for bad in &recording.bad {
        complain(&format!("lampfield: {}", bad_line(*bad, look)));
    }
    Replay::of(&recording.entries).ok_or_else(|| {
        let file = path.display();
        fill(
            recording_texts().nobody.in_lang(look.lang),
            &[("file", &file)],
        )
    })
}

fn usage(error: &str) -> Exit {
    complain(&format!("lampfield: {error}"));
    Exit::Usage
}
