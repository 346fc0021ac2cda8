//! Where the journal stands: the seam at which the tests fill the disk.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use files::give_to_owner_of;

/// A place for one journal.
pub(super) trait Disk: std::fmt::Debug + Send {
    /// The whole journal; nothing where there is none yet.
    fn read(&mut self) -> io::Result<Vec<u8>>;

    /// Appends with one write. After an error the end of the journal may hold a part of it.
    fn append(&mut self, line: &[u8]) -> io::Result<()>;

    /// Puts `bytes` in the place of the journal: all of it or, on an error, nothing.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A file.
#[derive(Debug)]
pub(super) struct FileDisk {
    path: PathBuf,
    open: Option<File>,
}

impl FileDisk {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            open: None,
        }
    }

    /// Appends go to this file.
    #[cfg(test)]
    pub(super) fn open_for_test(&mut self, file: File) {
        self.open = Some(file);
    }

    fn write_whole(&self, temporary: &Path, bytes: &[u8]) -> io::Result<File> {
        let mut file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(temporary)?;
        if let Some(directory) = self.path.parent() {
            // Where that fails it is ours all the same.
            let _ = give_to_owner_of(directory, &file);
        }
        file.write_all(bytes)?;
        // Without this a power loss may leave the new name on an empty file.
        file.sync_all()?;
        fs::rename(temporary, &self.path)?;
        Ok(file)
    }
}

impl Disk for FileDisk {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        match fs::read(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            read => read,
        }
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.open else {
            return Err(ErrorKind::NotFound.into());
        };
        match file.write(line)? {
            written if written == line.len() => Ok(()),
            _ => Err(ErrorKind::StorageFull.into()),
        }
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let temporary = self.path.with_extension("tmp");
        // One that a crash left behind; the writer lock keeps others away.
        let _ = fs::remove_file(&temporary);
        match self.write_whole(&temporary, bytes) {
            Ok(file) => {
                self.open = Some(file);
                Ok(())
            }
            Err(error) => {
                let _ = fs::remove_file(&temporary);
                Err(error)
            }
        }
    }
}
