//! What `init` writes: every file, or none.

use eyre::Report;
use secrecy::ExposeSecret as _;

use super::dashboard::console_faults;
use crate::config::{Environment, Faults, InitError, load_all};
use crate::files::{OpenError, Together, make_folder};
use crate::setup::{NewFile, Place};

/// What became of the files.
pub(super) enum Written {
    /// They are there, and `config check` finds nothing wrong.
    All,
    /// They were not good, and are not there any more.
    Faulty(Faults),
}

/// Writes them, and reads the configuration as every other command does.
pub(super) fn write(
    files: &[NewFile],
    place: &Place,
    env: &Environment,
) -> Result<Written, Report> {
    let refused = |file: &NewFile, why: OpenError| InitError::Io {
        file: file.path.clone(),
        why: why.into(),
    };
    let mut together = Together::default();
    for file in files {
        make_folder(place.folder(), place.folder_mode()).map_err(|why| refused(file, why))?;
        let bytes = file.text.expose_secret().as_bytes();
        let put = together.put(&file.path, file.mode, bytes);
        put.map_err(|why| refused(file, why))?;
    }
    match load_all(&place.file, env, |console| {
        console_faults(&place.file, console)
    }) {
        Ok(_) => {
            together.keep();
            Ok(Written::All)
        }
        Err(faults) => Ok(Written::Faulty(faults)),
    }
}
