//! From one screen to another and back: a screen has the terminal and the process to itself, so the
//! process becomes the other one.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use crate::config::Environment;
use crate::wiring::said::Told;

/// The variable that says what to become when the screen is left: a command line.
const BACK: &str = "LAMPFIELD_BACK_TO";

/// Between its words.
const SEPARATOR: char = '\u{1f}';

/// This program, which will come back to the command line of this process.
pub(super) fn this_program_with_way_back() -> Command {
    let own: Vec<_> = std::env::args_os().skip(1).collect();
    let own: Vec<_> = own.iter().map(|word| word.to_string_lossy()).collect();
    let mut command = this_program();
    command.env(BACK, own.join(&SEPARATOR.to_string()));
    command
}

/// Whether another screen has opened this one.
pub(super) fn is_way_back(env: &Environment) -> bool {
    env.get(BACK).is_some()
}

/// Becomes again what has opened this screen, where something has; returns only where that fails.
pub(super) fn go_back(env: &Environment) -> Option<Told> {
    let words = env.get(BACK)?;
    let mut command = this_program();
    command.args(words.split(SEPARATOR)).env_remove(BACK);
    Some(Told::over(|t| t.errors.again, command.exec()))
}

/// This program.
pub(super) fn this_program() -> Command {
    // By its name where the system does not say what is running.
    let program = std::env::current_exe().unwrap_or_else(|_| "lampfield".into());
    Command::new(program)
}
