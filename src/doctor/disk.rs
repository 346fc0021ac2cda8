//! The configuration file, the state directory, the log directory.

use std::io::{self, ErrorKind};
use std::path::Path;

use super::finding::{Finding, Words, say};
use crate::config::{FILE_NAME, Fault, Faults};
use bridge::{LockError, Taken};
use files::io_words;
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
            Finding::ok(say(|t| t.disk.good, &[("file", &file)]))
        }
        Configured::Demo => Finding::ok(say(|t| t.disk.demo, &[])),
        Configured::Nothing => Finding::failed(
            say(|t| t.disk.nothing, &[]),
            say(|t| t.disk.nothing_do, &[("file", &FILE_NAME)]),
        ),
        Configured::Faulty(faults) => faulty(faults),
    }
}

fn faulty(faults: &Faults) -> Finding {
    let count = faults.all().len();
    let finding = Finding::failed(
        say(|t| t.disk.faulty, &[("count", &count)]),
        say(|t| t.disk.faulty_do, &[]),
    );
    let lines = faults.all().iter().map(Fault::words);
    lines.fold(finding, Finding::with)
}

/// The state directory, and who writes.
#[must_use]
pub fn state(directory: &Path, lock: Result<&Taken, &LockError>) -> Finding {
    let place = harmless_path(directory);
    match lock {
        Ok(Taken::Ours(_)) => Finding::ok(say(|t| t.disk.state_ours, &[("place", &place)])),
        Ok(Taken::Other { pid }) => {
            let pid = in_brackets(*pid);
            let values: [(_, &dyn words::Value); 2] = [("place", &place), ("pid", &pid)];
            Finding::ok(say(|t| t.disk.state_other, &values))
        }
        Err(error) => {
            let why = io_said(&error.source);
            let values: [(_, &dyn words::Value); 2] = [("place", &place), ("why", &why)];
            Finding::failed(
                say(|t| t.disk.state_unwritable, &values),
                say(|t| t.disk.state_unwritable_do, &[]),
            )
        }
    }
}

/// Behind a name: the process that has it, where that is known.
pub(super) fn in_brackets(pid: Option<u32>) -> String {
    pid.map_or_else(String::new, |pid| format!(" ({pid})"))
}

/// The system's words; a disk that does not answer has no error of the system.
fn io_said(why: &io::Error) -> Words {
    if why.kind() == ErrorKind::TimedOut && why.raw_os_error().is_none() {
        return say(|t| t.disk.no_answer, &[]);
    }
    io_words(why)
}

/// The log directory.
#[must_use]
pub fn log(directory: &Path, written: Result<(), &std::io::Error>) -> Finding {
    let place = harmless_path(directory);
    match written {
        Ok(()) => Finding::ok(say(|t| t.disk.log_ours, &[("place", &place)])),
        Err(why) => Finding::failed(
            say(
                |t| t.disk.log_unwritable,
                &[("place", &place), ("why", &io_said(why))],
            ),
            say(|t| t.disk.log_unwritable_do, &[]),
        ),
    }
}
