//! `check`: how the bridge stands, for monitoring. Whatever happens it answers in time, in the
//! format that was asked for, and ends with a state that every monitoring system knows.

use std::sync::Arc;
use std::time::Duration;

use attach::{AttachError, CommitStage};
use eyre::Report;
use report::check::{
    Blind, Checked, Outcome, State, check_json, check_text, checkmk, fleet_checkmk, fleet_nagios,
    fleet_states_json, fleet_text, nagios, prtg, state_of, worst_of,
};

use super::fleet;
use super::picture::{Picture, own_cycle};
use super::told_words;
use crate::clock::Clock as _;
use crate::clocks::SystemClock;
use crate::config::{CheckArgs, CheckFormat, Cli, Config, Environment, Exit};
use crate::report::{self, FleetPlace, Look};
use crate::wiring::attach::{none_here, running};
use crate::wiring::output::{complain_of, look, say};
use crate::wiring::signals::Signals;
use crate::wiring::{configuration, run_to_end};
use crate::words::Words;

/// Of the time that there is, this is for giving back the session of a cycle of its own.
const FAREWELL: Duration = Duration::from_secs(4);

/// Runs `lampfield check`; returns how the program ends: 0 ok, 1 warning, 2 critical, 3 unknown.
pub(super) fn check(cli: &Cli, env: &Environment, args: &CheckArgs) -> Result<Exit, Report> {
    let look = look(cli, env);
    if args.fleet {
        return of_fleet(cli, env, args, &look);
    }
    let outcome = looked(cli, env, args).unwrap_or_else(|why| {
        let why = told_words(&why);
        Err(unknown("failed", why))
    });
    say(&printed(&outcome, args, &look)?)?;
    Ok(exit_of(state_of(&outcome)))
}

/// All bridges of this machine; the state is that of the worst.
fn of_fleet(cli: &Cli, env: &Environment, args: &CheckArgs, look: &Look) -> Result<Exit, Report> {
    let outcomes = run_to_end(fleet::checked(cli, env, &args.bounds.0))
        .unwrap_or_else(|why| vec![(nowhere(), Err(unknown("failed", told_words(&why))))]);
    let t = look.spelled_texts();
    let text = match args.format {
        CheckFormat::Text => look.worded(fleet_text(&outcomes, look)),
        CheckFormat::Nagios => fleet_nagios(&outcomes, &args.name, t),
        CheckFormat::Checkmk => fleet_checkmk(&outcomes, &args.name, t),
        CheckFormat::Json => fleet_states_json(&outcomes, SystemClock::new().now())?,
        CheckFormat::Prtg => {
            complain_of(&Words::of_fleet(|t| t.prtg, &[]));
            return Ok(Exit::Unknown);
        }
    };
    say(&text)?;
    Ok(exit_of(worst_of(&outcomes)))
}

/// Of what cannot be looked for.
fn nowhere() -> FleetPlace {
    FleetPlace::Socket("lampfield".into())
}

/// The numbers are those of every command, their meaning is that of monitoring.
const fn exit_of(state: State) -> Exit {
    match state {
        State::Ok => Exit::Ok,
        State::Warning => Exit::Failure,
        State::Critical => Exit::Usage,
        State::Unknown => Exit::Unknown,
    }
}

fn printed(outcome: &Outcome, args: &CheckArgs, look: &Look) -> Result<String, Report> {
    let t = look.spelled_texts();
    Ok(match args.format {
        CheckFormat::Text => look.worded(check_text(outcome, look)),
        CheckFormat::Nagios => nagios(outcome, &args.name, t),
        CheckFormat::Checkmk => checkmk(outcome, &args.name, t),
        CheckFormat::Prtg => prtg(outcome, t)?,
        CheckFormat::Json => check_json(outcome, SystemClock::new().now())?,
    })
}

const fn unknown(code: &'static str, why: Words) -> Blind {
    Blind {
        state: State::Unknown,
        code,
        why,
    }
}

/// That no bridge runs is known: it is what somebody wants to be told of.
const fn no_bridge(code: &'static str, why: Words) -> Blind {
    Blind {
        state: State::Critical,
        code,
        why,
    }
}

fn looked(cli: &Cli, env: &Environment, args: &CheckArgs) -> Result<Outcome, Report> {
    let within = args.within(cli.global.demo);
    run_to_end(async {
        let looked = tokio::time::timeout(within, look_at(cli, env, args, within)).await;
        looked.unwrap_or_else(|_| {
            let seconds = within.as_secs();
            let why = Words::say(|t| t.commands.check_timed_out, &[("n", &seconds)]);
            Ok(Err(unknown("timed_out", why)))
        })
    })
}

async fn look_at(
    cli: &Cli,
    env: &Environment,
    args: &CheckArgs,
    within: Duration,
) -> Result<Outcome, Report> {
    let config = match args.source.socket {
        Some(_) => None,
        None => read(cli, &env.without_secrets()).await?,
    };
    if args.asks_itself(cli.global.demo) {
        return ask(cli, env, read(cli, env).await?, args, within).await;
    }
    let attached = match running(config.as_ref(), &args.source, env, CommitStage::Rows).await {
        Ok(Some(attached)) => attached,
        Ok(None) => {
            let why = none_here(config.as_ref(), env);
            return Ok(Err(no_bridge("no_bridge", why)));
        }
        Err(why) => return Ok(Err(of_attach(&why))),
    };
    let snapshot = Arc::clone(&attached.snapshots.borrow());
    if snapshot.seen.is_lost() {
        let why = Words::of_attach(|t| t.lost, &[]);
        return Ok(Err(no_bridge("lost", why)));
    }
    let now = attached.clock.now();
    Ok(Ok(Checked::new(snapshot, now, &args.bounds.0)))
}

/// The file may be on a share that hangs.
async fn read(cli: &Cli, env: &Environment) -> Result<Option<Config>, Report> {
    let (cli, env) = (cli.clone(), env.clone());
    tokio::task::spawn_blocking(move || configuration(&cli, &env)).await?
}

fn of_attach(why: &AttachError) -> Blind {
    if why.is_absence() {
        return no_bridge("no_bridge", why.words());
    }
    unknown("not_seen", why.words())
}

/// One cycle of its own.
async fn ask(
    cli: &Cli,
    env: &Environment,
    config: Option<Config>,
    args: &CheckArgs,
    within: Duration,
) -> Result<Outcome, Report> {
    if config.is_none() && !cli.global.demo {
        let why = Words::say(|t| t.commands.no_configuration, &[]);
        return Ok(Err(unknown("no_configuration", why)));
    }
    let mut signals = Signals::listen()?;
    let cycle = within.saturating_sub(FAREWELL).max(within / 2);
    let taken = own_cycle(cli, env, config, &mut signals, cycle).await?;
    let broken_off = |_| {
        let why = Words::say(|t| t.commands.check_broken_off, &[]);
        unknown("broken_off", why)
    };
    let seen = |Picture { snapshot, now, .. }| Checked::new(snapshot, now, &args.bounds.0);
    Ok(taken.map(seen).map_err(broken_off))
}
