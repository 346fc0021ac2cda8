//! `snapshot`: what the running bridge knows; where none runs, one poll cycle of its own.

use color_eyre::eyre::Report;

use super::picture::{Picture, of_own_cycle, of_running, print};
use crate::config::{Cli, Environment, Exit, SnapshotArgs, SnapshotFormat};
use crate::report::{self, Look};
use crate::wiring::attach::{attached_words, running};
use crate::wiring::output::{complain_of, look};
use crate::wiring::signals::Signals;
use crate::wiring::{configuration, nothing_configured, run_to_end};

/// Runs `lampfield snapshot`; returns how the program ends.
pub(super) fn snapshot(cli: &Cli, env: &Environment, args: &SnapshotArgs) -> Result<Exit, Report> {
    let config = configuration(cli, env)?;
    if config.is_none() && !cli.global.demo {
        return Ok(nothing_configured());
    }
    let look = look(cli, env);
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let attached = running(config.as_ref(), args.direct, env).await?;
        let is_attached = attached.is_some();
        let taken = match attached {
            Some(attached) => of_running(attached, &mut signals).await?,
            None => of_own_cycle((cli, config, look.lang), &mut signals).await?,
        };
        let picture = match taken {
            Ok(picture) => picture,
            Err(exit) => return Ok(exit),
        };
        if is_attached && args.format == SnapshotFormat::Table {
            complain_of(&attached_words(&picture.snapshot));
        }
        let text = text(&picture, args.format, &look)?;
        print(text, &picture.snapshot, &mut signals).await
    })
}

fn text(picture: &Picture, format: SnapshotFormat, look: &Look) -> Result<String, Report> {
    let Picture { snapshot, now } = picture;
    Ok(match format {
        SnapshotFormat::Table => report::table(snapshot, *now, look),
        SnapshotFormat::Json => report::json(snapshot, *now)?,
        SnapshotFormat::Csv => report::csv(snapshot, *now)?,
    })
}
