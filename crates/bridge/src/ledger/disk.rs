//! Where the journal stands: the seam at which the tests fill the disk.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use files::OpenRules;

/// A larger file is no ledger, in bytes: that of twenty thousand calls takes 8 MiB.
const LIMIT: u64 = 64 * 1024 * 1024;

/// A place for one journal.
pub(super) trait Disk: std::fmt::Debug + Send {
    /// The whole journal; nothing where there is none yet.
    fn read(&mut self) -> io::Result<Vec<u8>>;

    /// Appends with one write. After an error the end of the journal may hold a part of it.
    fn append(&mut self, line: &[u8]) -> io::Result<()>;

    /// Puts `bytes` in the place of the journal: all of it or, on an error, nothing.
    fn replace(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// A share that stops answering when it is told to, until the other end is dropped.
#[cfg(test)]
#[derive(Debug)]
pub(crate) struct HungDisk {
    pub(crate) hangs: std::sync::Arc<std::sync::atomic::AtomicBool>,
    pub(crate) until: std::sync::mpsc::Receiver<()>,
}

#[cfg(test)]
impl HungDisk {
    fn wait(&self) {
        if self.hangs.load(std::sync::atomic::Ordering::SeqCst) {
            let _ = self.until.recv();
        }
    }
}

#[cfg(test)]
impl Disk for HungDisk {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn append(&mut self, _: &[u8]) -> io::Result<()> {
        self.wait();
        Ok(())
    }

    fn replace(&mut self, _: &[u8]) -> io::Result<()> {
        self.wait();
        Ok(())
    }
}

/// The ledger in a file of the state directory.
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
}

impl Disk for FileDisk {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        match OpenRules::ours(&self.path).up_to(LIMIT).read() {
            Err(error) if error.is_absence() => Ok(Vec::new()),
            read => Ok(read?),
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
        self.open = Some(OpenRules::ours(&self.path).replace(bytes)?);
        Ok(())
    }
}
