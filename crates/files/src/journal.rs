//! A journal of ours: lines are appended, and from time to time the whole is written anew.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::open::OpenRules;
use crate::open_error::OpenError;

/// A larger file is no journal of ours, in bytes: those of twenty thousand users take 8 MiB at most.
const LIMIT: u64 = 64 << 20;

/// The file of a journal.
#[derive(Debug)]
pub struct JournalFile {
    path: PathBuf,
    open: Option<File>,
}

impl JournalFile {
    /// One at `path`; nothing is opened yet.
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends go to this file: for tests.
    pub fn append_to(&mut self, file: File) {
        self.open = Some(file);
    }

    /// All of it; nothing where there is none yet.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn read(&self) -> Result<Vec<u8>, OpenError> {
        match OpenRules::ours(&self.path).up_to(LIMIT).read() {
            Err(error) if error.is_absence() => Ok(Vec::new()),
            read => read,
        }
    }

    /// Whether something can be appended: after [`JournalFile::replace`], until an append fails.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Appends with one write. After an error its end may hold a part of it, and it is to be replaced.
    ///
    /// # Errors
    /// As the operating system says; [`ErrorKind::StorageFull`] where only a part was written, and
    /// [`ErrorKind::NotFound`] where it is not open.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        let Some(mut file) = self.open.take() else {
            return Err(ErrorKind::NotFound.into());
        };
        if file.write(lines)? != lines.len() {
            return Err(Errno::NOSPC.into());
        }
        self.open = Some(file);
        Ok(())
    }

    /// Puts `bytes` in its place: all of it or, on an error, nothing.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn replace(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        self.open = Some(OpenRules::ours(&self.path).replace(bytes)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_follows_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let mut journal = JournalFile::new(&path);
        assert_eq!(journal.read().unwrap(), b"");
        let early = journal.append(b"early\n").unwrap_err();
        assert_eq!(early.kind(), ErrorKind::NotFound);
        journal.replace(b"one\n").unwrap();
        journal.append(b"two\n").unwrap();
        assert_eq!(journal.read().unwrap(), b"one\ntwo\n");
        journal.replace(b"").unwrap();
        journal.append(b"three\n").unwrap();
        assert_eq!(JournalFile::new(&path).read().unwrap(), b"three\n");
    }

    #[test]
    fn a_failed_append_closes_it() {
        let mut journal = JournalFile::new(Path::new("nowhere"));
        let full = File::options().append(true).open("/dev/full").unwrap();
        journal.append_to(full);
        assert!(journal.is_open());
        assert_eq!(
            journal.append(b"x").unwrap_err().kind(),
            ErrorKind::StorageFull
        );
        assert!(!journal.is_open());
    }
}
