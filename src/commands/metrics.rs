//! `metrics`: the running bridge's numbers for Prometheus; where none runs, those of one cycle.

use color_eyre::eyre::Report;

use super::picture::picture;
use super::snapshot::print;
use crate::config::{Cli, Environment, Exit, MetricsArgs};
use crate::report::{self, Exposition};
use crate::wiring::run_to_end;
use crate::wiring::signals::Signals;

/// Runs `lampfield metrics`; returns how the program ends.
pub(super) fn metrics(cli: &Cli, env: &Environment, args: &MetricsArgs) -> Result<Exit, Report> {
    run_to_end(async {
        let mut signals = Signals::listen()?;
        let picture = match picture(cli, env, &args.source, &mut signals).await? {
            Ok(picture) => picture,
            Err(exit) => return Ok(exit),
        };
        let text = report::metrics(&picture.snapshot, picture.now, Exposition::OpenMetrics)?;
        print(&mut signals, &picture.snapshot, text).await
    })
}
