//! `replay`: the dashboard on a recording.

use std::sync::Arc;

use eyre::Report;
use tokio::sync::mpsc;

use super::dashboard::{finish, options};
use super::lookback::{Archive, Source, start};
use super::recorded::{asked, not_a_moment, open_in, outside};
use crate::bridge::Snapshot;
use crate::clocks::{PastClock, SystemClock};
use crate::config::{Cli, Config, Environment, Exit, ReplayArgs};
use crate::console::{self, LogInbox};
use crate::wiring::history::{folder, stem};
use crate::wiring::output::complain_of;
use crate::wiring::said::Told;
use crate::wiring::{configuration_to_look, nothing_configured, runtime};

/// Runs `lampfield replay`; returns how the program ends.
pub(super) fn replay(cli: &Cli, env: &Environment, args: &ReplayArgs) -> Result<Exit, Report> {
    let config = match &args.place {
        // Whoever names a recording needs no configuration, and a broken one is in nobody's way.
        Some(_) => configuration_to_look(cli, env).ok().flatten(),
        None => configuration_to_look(cli, env)?,
    };
    let Some(archive) = archive(args, config.as_ref()) else {
        return Ok(nothing_configured());
    };
    let at = args.at.as_deref();
    let Ok(at) = at.map(|text| asked(text).ok_or(text)).transpose() else {
        complain_of(&not_a_moment(at.unwrap_or_default()));
        return Ok(Exit::Usage);
    };
    let options = options(cli, env, config.as_ref())?;
    let mut recording = open_in(&archive.place, archive.stem.as_deref())?;
    let (first, last) = (recording.first(), recording.last()?);
    let (first, last) = (recording.time(first)?, recording.time(last)?);
    let moment = at.unwrap_or(last);
    if let Some(words) = outside((first, last), moment) {
        return Err(Told::alone(words).into());
    }
    let runtime = runtime()?;
    // A recording takes no commands: the console refuses them, and nobody is there to take them.
    let (commands, _) = mpsc::channel(1);
    let clock = Arc::new(PastClock::new(Arc::new(SystemClock::new())));
    let source = Source {
        live: None,
        archive,
        first: Arc::new(Snapshot::empty(Arc::default(), moment)),
    };
    let feed = start(
        source,
        (clock, LogInbox::new(), commands),
        Some((recording, moment)),
        runtime.handle(),
    )?;
    let snapshots = feed.snapshots.clone();
    let ended = console::run(options, feed);
    let shown = snapshots.borrow().clone();
    finish(runtime, ended, &shown, &[])
}

fn archive(args: &ReplayArgs, config: Option<&Config>) -> Option<Archive> {
    if let Some(place) = &args.place {
        return Some(Archive {
            place: place.clone(),
            stem: None,
        });
    }
    let config = config?;
    Some(Archive {
        place: folder(config),
        stem: Some(stem(config)),
    })
}
