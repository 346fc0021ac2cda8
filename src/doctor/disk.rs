//! The configuration file, the state directory, the log directory.

use std::path::Path;

use super::finding::{Finding, Words};
use crate::config::{FILE_NAME, Fault, Faults};
use bridge::{LockError, Taken};
use model::text::harmless_path;

/// What there is for a configuration.
#[derive(Clone, Copy, Debug)]
pub enum Configured<'a> {
    /// A good file.
    File(&'a Path),
    /// The demo tenant.
    Demo,
    /// No configuration was found anywhere.
    Nothing,
    /// A file that cannot be used.
    Faulty(&'a Faults),
}

/// The configuration; with all that is wrong in it.
#[must_use]
pub fn configuration(found: Configured<'_>) -> Finding {
    match found {
        Configured::File(file) => {
            let file = harmless_path(file);
            Finding::ok(Words::new(
                format!("{file} ist gültig"),
                format!("{file} is good"),
            ))
        }
        Configured::Demo => Finding::ok(Words::new(
            "der Demo-Mandant in diesem Prozess",
            "the demo tenant in this process",
        )),
        Configured::Nothing => Finding::failed(
            Words::new("keine Konfiguration gefunden", "no configuration found"),
            Words::new(
                format!(
                    "lampfield config init schreibt {FILE_NAME} mit Erklärungen; --demo prüft den Demo-Mandanten"
                ),
                format!(
                    "lampfield config init writes a commented {FILE_NAME}; --demo checks the demo tenant"
                ),
            ),
        ),
        Configured::Faulty(faults) => faulty(faults),
    }
}

fn faulty(faults: &Faults) -> Finding {
    let count = faults.all().len();
    let finding = Finding::failed(
        Words::new(
            format!("die Konfiguration hat {count} Fehler"),
            format!("the configuration has {count} faults"),
        ),
        Words::new(
            "Die genannten Stellen berichtigen, dann: lampfield config check",
            "Correct these places, then: lampfield config check",
        ),
    );
    let lines = faults.all().iter().map(Fault::to_string).map(Words::same);
    lines.fold(finding, Finding::with)
}

/// The state directory, and who writes.
#[must_use]
pub fn state(directory: &Path, lock: Result<&Taken, &LockError>) -> Finding {
    let place = harmless_path(directory);
    match lock {
        Ok(Taken::Ours(_)) => Finding::ok(Words::new(
            format!("{place} ist beschreibbar, kein anderer lampfield schreibt"),
            format!("{place} can be written, and no other lampfield writes"),
        )),
        Ok(Taken::Other { pid }) => {
            let who = pid.map_or_else(String::new, |pid| format!(" ({pid})"));
            Finding::ok(Words::new(
                format!("{place} ist beschreibbar; ein lampfield{who} läuft und schreibt"),
                format!("{place} can be written; a lampfield{who} is running and writes"),
            ))
        }
        Err(error) => Finding::failed(
            Words::new(
                format!("{place} ist nicht beschreibbar: {}", error.source),
                format!("{place} cannot be written: {}", error.source),
            ),
            Words::new(
                "Dem Benutzer von lampfield ein beschreibbares Verzeichnis geben: [state] directory; ohne es wird nach einem Absturz nichts aufgeräumt",
                "Give lampfield's user a directory that it may write to: [state] directory; without it nothing is cleared after a crash",
            ),
        ),
    }
}

/// The log directory.
#[must_use]
pub fn log(directory: &Path, written: Result<(), &std::io::Error>) -> Finding {
    let place = harmless_path(directory);
    match written {
        Ok(()) => Finding::ok(Words::new(
            format!("{place} ist beschreibbar"),
            format!("{place} can be written"),
        )),
        Err(why) => Finding::failed(
            Words::new(
                format!("{place} ist nicht beschreibbar: {why}"),
                format!("{place} cannot be written: {why}"),
            ),
            Words::new(
                "Dem Benutzer von lampfield ein beschreibbares Verzeichnis geben: [log] directory",
                "Give lampfield's user a directory that it may write to: [log] directory",
            ),
        ),
    }
}
