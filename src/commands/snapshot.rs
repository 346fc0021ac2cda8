//! `snapshot`: what the running bridge knows; where none runs, one poll cycle of its own.

use eyre::Report;

use super::picture::{Picture, interrupted, look_once, trouble};
use crate::bridge::Snapshot;
use crate::config::{Cli, Environment, Exit, SnapshotArgs, SnapshotFormat};
use crate::report::{self, Look};
use crate::wiring::output::{complain_of, look, say};
use crate::wiring::signals::Signals;
use crate::words::Words;

/// Runs `lampfield snapshot`; returns how the program ends.
pub(super) fn snapshot(cli: &Cli, env: &Environment, args: &SnapshotArgs) -> Result<Exit, Report> {
    let look = look(cli, env);
    look_once(cli, env, &args.source, async |picture, signals| {
        if args.format == SnapshotFormat::Table {
            picture.say_whose();
        }
        let text = text(picture, args.format, &look)?;
        print(signals, &picture.snapshot, text).await
    })
}

fn text(picture: &Picture, format: SnapshotFormat, look: &Look) -> Result<String, Report> {
    let Picture { snapshot, now, .. } = picture;
    Ok(match format {
        SnapshotFormat::Table => report::table(snapshot, *now, look),
        SnapshotFormat::Json => report::json(snapshot, *now)?,
        SnapshotFormat::Csv => report::csv(snapshot, *now)?,
    })
}

/// Prints what was made of a picture, and judges its cycle.
pub(super) async fn print(
    signals: &mut Signals,
    snapshot: &Snapshot,
    text: String,
) -> Result<Exit, Report> {
    // Nobody may read it, and the end waits for no reader.
    let printing = tokio::task::spawn_blocking(move || say(&text));
    tokio::select! {
        said = printing => { said??; }
        exit = signals.end(None) => return Ok(interrupted(exit)),
    }
    Ok(verdict(snapshot))
}

/// A cycle with a failed request is a failed cycle; why is said on stderr.
fn verdict(snapshot: &Snapshot) -> Exit {
    if let Some(words) = trouble(snapshot) {
        complain_of(&words);
        return Exit::Failure;
    }
    let chunks = snapshot.poll.chunks.iter();
    for failure in chunks.filter_map(|chunk| chunk.failure.as_deref()) {
        complain_of(&Words::told(&failure.trouble()));
    }
    if snapshot.poll.errors > 0 {
        Exit::Failure
    } else {
        Exit::Ok
    }
}
