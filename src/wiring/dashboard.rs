//! The console on the main thread, the bridge on its runtime.

use color_eyre::eyre::Report;
use lampfield::config::{Cli, Environment, Exit};

pub(crate) fn dashboard(_cli: &Cli, _env: &Environment) -> Result<Exit, Report> {
    Ok(Exit::Ok)
}
