//! `config init` and `config check`.

use std::path::PathBuf;

use color_eyre::eyre::Report;

use super::dashboard::console_faults;
use crate::config::{Cli, Environment, Exit, FILE_NAME, Found, find, load_all, write_example};
use crate::text::harmless_path;
use crate::wiring::output::{complain, say};

/// Writes the example configuration.
pub(super) fn init(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let named = cli.global.config.clone();
    let file = named.unwrap_or_else(|| PathBuf::from(FILE_NAME));
    write_example(&env.directory().join(&file))?;
    say(&format!(
        "{} written. Fill in tenant_id, client_id and a credential, then: lampfield config check\n",
        harmless_path(&file)
    ))
}

/// Names everything that is wrong in the configuration.
pub(super) fn check(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let Found::File(file) = find(cli.global.config.as_deref(), env)? else {
        complain("lampfield: no configuration found; lampfield config init writes a commented one");
        return Ok(Exit::Usage);
    };
    match load_all(&file, env, |console| console_faults(&file, console)) {
        Ok(_) => say(&format!("{}: good\n", harmless_path(&file))),
        Err(faults) => {
            complain(&faults.report());
            Ok(Exit::Usage)
        }
    }
}
