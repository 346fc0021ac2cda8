//! `fleet`: all bridges of this machine, and those of other machines that an engine of the configuration knows.
//! What is not seen is a row, and hides none of the others.

use std::io::IsTerminal as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;

use clap::ValueEnum as _;
use eyre::Report;
use report::check::{Checked, Outcome, Thresholds};

use super::back::this_program_with_way_back;
use super::dashboard::{exit_of, options};
use super::fleet_demo::fleet_demo;
use super::fleet_engines::{here, seen_through};
use super::fleet_live::live;
use super::fleet_sockets::{
    Seen, blind, broken, looked_at, not_running, places, running, seen_of, site, whole,
};
use crate::bridge::Wanted;
use crate::config::{Cli, Environment, Exit, FleetArgs, FleetFormat};
use crate::console::{self, FleetEnd, FleetView};
use crate::presence::Lang;
use crate::report::{FleetPlace, FleetSite, fleet_json, fleet_table};
use crate::wiring::engines::engines_to_look;
use crate::wiring::output::{look, say, spoken};
use crate::wiring::said::Told;
use crate::wiring::{configurations_to_look, configured, run_to_end, runtime};
use crate::words::Words;

/// Runs `lampfield fleet`; returns how the program ends.
pub(super) fn fleet(cli: &Cli, env: &Environment, args: &FleetArgs) -> Result<Exit, Report> {
    let look = look(cli, env);
    if cli.global.demo {
        return fleet_demo(cli, env, args);
    }
    named_can_be_read(cli, env)?;
    let draws = std::io::stdout().is_terminal() && !env.is_dumb_terminal();
    if args.format.is_none() && draws && !cli.global.plain {
        return screen(cli, env, args);
    }
    let sites = once(cli, env, &args.socket)?;
    if sites.is_empty() {
        return Err(none_found().into());
    }
    let text = match args.format.unwrap_or_default() {
        FleetFormat::Table => fleet_table(&sites, &look),
        FleetFormat::Json => fleet_json(&sites)?,
    };
    say(&text)?;
    let all = sites.iter().all(|site| site.seen.is_ok());
    Ok(if all { Exit::Ok } else { Exit::Failure })
}

/// A configuration that was only found may be another user's; one that is named is wanted.
fn named_can_be_read(cli: &Cli, env: &Environment) -> Result<(), Report> {
    if cli.global.config.is_some() {
        configured(cli, &env.without_secrets())?;
    }
    Ok(())
}

/// All that are seen now.
fn once(cli: &Cli, env: &Environment, named: &[PathBuf]) -> Result<Vec<FleetSite>, Report> {
    if !named.is_empty() {
        return run_to_end(async { Ok(looked_at(named.to_vec(), site).await) });
    }
    let (places, engines) = (places(cli, env), engines_to_look(cli, env));
    run_to_end(async {
        let mut sites = looked_at(places, site).await;
        sites.extend(not_running(broken(cli, env), &running(seen_of(&sites))));
        sites.extend(seen_through(engines, &here(seen_of(&sites)), Wanted::Summary).await);
        Ok(sites)
    })
}

/// The live screen; a bridge that is opened takes the place of this process, and gives it back.
fn screen(cli: &Cli, env: &Environment, args: &FleetArgs) -> Result<Exit, Report> {
    let configs = configurations_to_look(cli, env);
    let options = options(cli, env, configs.first())?;
    let runtime = runtime()?;
    let sites = {
        let _inside = runtime.enter();
        live(cli.clone(), env.clone(), args.socket.clone())
    };
    let end = console::run_fleet(&options, sites, view_of(env))?;
    runtime.shutdown_background();
    match end {
        FleetEnd::Exit(exit) => Ok(exit_of(exit)),
        FleetEnd::Open(place, view) => Err(open(cli, &place, &view).into()),
    }
}

/// The variable by which the view outlives the process: it comes back with the screen.
const VIEW: &str = "LAMPFIELD_FLEET_VIEW";

fn view_of(env: &Environment) -> FleetView {
    let kept = env.get(VIEW).map(serde_json::from_str);
    kept.and_then(Result::ok).unwrap_or_default()
}

/// Becomes `attach` at this place; returns only where that fails.
fn open(cli: &Cli, place: &FleetPlace, view: &FleetView) -> Told {
    let mut command = this_program_with_way_back();
    command.env(VIEW, serde_json::to_string(view).unwrap_or_default());
    let lang = match spoken() {
        Lang::De => "de",
        Lang::En => "en",
    };
    command.args(["--lang", lang]);
    if cli.global.ascii {
        command.arg("--ascii");
    }
    if let Some(theme) = cli.global.theme.and_then(|theme| theme.to_possible_value()) {
        command.args(["--theme", theme.get_name()]);
    }
    if let Some(config) = &cli.global.config {
        command.arg("--config").arg(config);
    }
    command.arg("attach");
    match place {
        FleetPlace::Socket(socket) => command.arg("--socket").arg(socket),
        FleetPlace::Tenant { tenant: name, .. }
        | FleetPlace::Engine(name)
        | FleetPlace::Site(name) => command.arg("--tenant").arg(&**name),
    };
    Told::over(|t| t.errors.again, command.exec())
}

fn none_found() -> Told {
    let places = "/run/lampfield*, /run/user/*/lampfield, $XDG_RUNTIME_DIR/lampfield";
    Told::alone(Words::of_fleet(|t| t.none, &[("places", &places)]))
}

/// How every bridge stands, with its place: for `check`.
///
/// # Errors
/// A configuration that is named and cannot be read.
pub(super) async fn checked(
    cli: &Cli,
    env: &Environment,
    bounds: &Thresholds,
) -> Result<Vec<(FleetPlace, Outcome)>, Report> {
    named_can_be_read(cli, env)?;
    let mut seen = looked_at(places(cli, env), whole).await;
    let shown = || seen.iter().filter_map(|(_, seen)| seen.as_ref().ok());
    let here = here(shown());
    let broken = not_running(broken(cli, env), &running(shown()));
    let engines = engines_to_look(cli, env);
    let elsewhere = seen_through(engines, &here, Wanted::Everything).await;
    seen.extend(broken.into_iter().chain(elsewhere).map(|site| {
        let unseen = |why| blind(unseen_code(&site.place), why);
        (site.place.clone(), site.seen.map_err(unseen))
    }));
    let judged = |(place, seen): (FleetPlace, Seen)| {
        let outcome = seen.map(|(shown, now)| Checked::new(shown, now, bounds));
        (place, outcome)
    };
    let mut outcomes: Vec<_> = seen.into_iter().map(judged).collect();
    if outcomes.is_empty() {
        let why = none_found();
        let nowhere = FleetPlace::Socket(PathBuf::new());
        outcomes.push((nowhere, Err(blind("no_bridge", why.into_words()))));
    }
    Ok(outcomes)
}

const fn unseen_code(place: &FleetPlace) -> &'static str {
    match place {
        FleetPlace::Engine(_) => "engine",
        FleetPlace::Site(_) => "no_configuration",
        FleetPlace::Socket(_) | FleetPlace::Tenant { .. } => "not_seen",
    }
}
