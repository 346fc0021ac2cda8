//! State and log directory: tried as the bridge uses them.

use std::io;
use std::path::Path;

use lampfield::bridge::WriterLock;
use lampfield::doctor::{self, Finding};
use lampfield::esplog::LOG_FOLDER;
use lampfield::files::{OpenRules, make_folder};

use super::patient::Patient;

/// The writer lock is taken, and held only where a write is to be tried.
pub(super) fn state(patient: &mut Patient<'_>) -> Finding {
    let directory = &patient.config.state.directory;
    let lock = WriterLock::try_take(directory, &patient.config.tenant.tenant_id);
    let finding = doctor::state(directory, lock.as_ref());
    patient.lock = patient.args.write.then_some(lock);
    finding
}

/// A file is made and removed.
pub(super) fn log(directory: &Path) -> Finding {
    doctor::log(directory, try_a_file(directory).as_ref().copied())
}

fn try_a_file(directory: &Path) -> io::Result<()> {
    make_folder(directory, LOG_FOLDER)?;
    let file = directory.join(format!(".lampfield-doctor-{}", std::process::id()));
    let opening = OpenRules::ours(&file);
    opening.make()?;
    Ok(opening.remove()?)
}
