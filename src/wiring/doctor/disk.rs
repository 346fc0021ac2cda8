//! State and log directory: tried as the bridge uses them.

use std::fs::{OpenOptions, create_dir_all, remove_file};
use std::io;
use std::path::Path;

use lampfield::bridge::WriterLock;
use lampfield::doctor::{self, Finding};

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
    create_dir_all(directory)?;
    let file = directory.join(format!(".lampfield-doctor-{}", std::process::id()));
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&file)?;
    remove_file(&file)
}
