//! `config init` and `config check`.

use std::path::PathBuf;

use eyre::Report;

use super::dashboard::console_faults;
use crate::config::{Cli, Environment, Exit, FILE_NAME, Found, find, load_all, write_example};
use crate::text::harmless_path;
use crate::wiring::output::{complain, complain_of, say_of, spoken};
use crate::words::Words;

/// Writes the example configuration.
pub(super) fn init(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let named = cli.global.config.clone();
    let file = named.unwrap_or_else(|| PathBuf::from(FILE_NAME));
    write_example(&env.directory().join(&file))?;
    say_of(&Words::say(
        |t| t.commands.init_done,
        &[("file", &harmless_path(&file))],
    ))
}

/// Names everything that is wrong in the configuration.
pub(super) fn check(cli: &Cli, env: &Environment) -> Result<Exit, Report> {
    let Found::File(file) = find(cli.global.config.as_deref(), env)? else {
        complain_of(&Words::say(|t| t.commands.nothing_to_check, &[]));
        return Ok(Exit::Usage);
    };
    let loaded = load_all(&file, env, |console| console_faults(&file, console));
    match loaded.map(|it| it.faults()) {
        Ok(None) => say_of(&Words::say(
            |t| t.commands.check_good,
            &[("file", &harmless_path(&file))],
        )),
        Ok(Some(faults)) | Err(faults) => {
            complain(&faults.report_in(spoken()));
            Ok(Exit::Usage)
        }
    }
}
