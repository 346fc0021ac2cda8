//! `metrics`: the running bridge's numbers for Prometheus; where none runs, those of one cycle.

use std::io::IsTerminal as _;

use eyre::Report;

use super::picture::look_once;
use super::snapshot::print;
use crate::config::{Cli, Environment, Exit, MetricsArgs};
use crate::report::{self, Exposition};

/// Runs `lampfield metrics`; returns how the program ends.
pub(super) fn metrics(cli: &Cli, env: &Environment, args: &MetricsArgs) -> Result<Exit, Report> {
    look_once(cli, env, &args.source, async |picture, signals| {
        // A person learns whose numbers they are; a script reads them in the numbers.
        if std::io::stdout().is_terminal() {
            picture.say_whose();
        }
        let text = report::metrics(&picture.snapshot, picture.now, Exposition::OpenMetrics)?;
        print(signals, &picture.snapshot, text).await
    })
}
