//! `snapshot`: what the running bridge knows; where none runs, one poll cycle of its own.

use color_eyre::eyre::Report;
use jiff::Timestamp;

use super::picture::{Picture, picture, trouble};
use crate::bridge::Snapshot;
use crate::config::{Cli, Environment, Exit, SnapshotArgs, SnapshotFormat};
use crate::report::{self, Look};
use crate::wiring::attach::attached_words;
use crate::wiring::output::{complain, look, say};
use crate::wiring::{configuration, nothing_configured, run_to_end};

/// Runs `lampfield snapshot`; returns how the program ends.
pub(super) fn snapshot(cli: &Cli, env: &Environment, args: &SnapshotArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let look = look(cli, env);
    run_to_end(async {
        let picture = picture(config, args.direct, cli, env, &look).await?;
        let Picture { snapshot, now, .. } = &picture;
        if picture.attached && args.format == SnapshotFormat::Table {
            let whose = attached_words(snapshot, look.texts());
            complain(&format!("lampfield: {whose}"));
        }
        print(snapshot, *now, args.format, &look)
    })
}

fn print(
    snapshot: &Snapshot,
    now: Timestamp,
    format: SnapshotFormat,
    look: &Look,
) -> Result<Exit, Report> {
    say(&match format {
        SnapshotFormat::Table => report::table(snapshot, now, look),
        SnapshotFormat::Json => report::json(snapshot, now)?,
        SnapshotFormat::Csv => report::csv(snapshot, now)?,
    })?;
    Ok(verdict(snapshot))
}

/// A cycle with a failed request is a failed cycle; why is said on stderr.
fn verdict(snapshot: &Snapshot) -> Exit {
    if let Some(words) = trouble(snapshot) {
        complain(&format!("lampfield: {words}"));
        return Exit::Failure;
    }
    let chunks = snapshot.poll.chunks.iter();
    for failure in chunks.filter_map(|chunk| chunk.failure.as_deref()) {
        complain(&format!("lampfield: {failure}"));
    }
    if snapshot.poll.errors > 0 {
        Exit::Failure
    } else {
        Exit::Ok
    }
}
