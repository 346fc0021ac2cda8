//! `mapping`: both mapping tables.

use eyre::Report;

use crate::config::{Cli, Environment, Exit, MappingFormat};
use crate::report;
use crate::wiring::output::{look, say};

/// Prints the two tables that lampfield decides by.
pub(super) fn mapping(cli: &Cli, env: &Environment, format: MappingFormat) -> Result<Exit, Report> {
    say(&match format {
        MappingFormat::Table => report::mapping_table(&look(cli, env)),
        MappingFormat::Json => report::mapping_json()?,
    })
}
