//! Where the journal stands: the seam at which the tests fill the disk.

use std::io;

use files::JournalFile;

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

impl Disk for JournalFile {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(Self::read(self)?)
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        Self::append(self, line)
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        Ok(Self::replace(self, bytes)?)
    }
}
