//! The leases on disk, so that a restart adopts those whose calls still last and clears the
//! others.
//!
//! A journal of JSON lines, one file a tenant. Every [`Ledger::put`] is one `write(2)` that is
//! done before the order it announces goes on the wire: once it returned, the line is in the
//! kernel, and `kill -9` loses nothing. There is no `fsync` a line: it would cost more than the
//! request that it announces, and all that a power loss can lose is a lease, which ends by itself
//! within five minutes. It also says how many requests went out lately, because a run that is
//! started again at once has to stay within the same limit. When the journal has grown much larger than what it says, it is written
//! anew (temporary file, `fsync`, `rename`), so that at every moment one whole file has the name.

mod disk;
mod journal;
mod sent;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::event::LedgerEntry;
use disk::Disk;
use files::{JournalFile, PRIVATE_FOLDER, io_refusal, make_folder};
use model::cause::{Cause, Trouble};
use model::file_fault::{FileOperation, StorageFault, StoragePart};
use model::presence::EntraId;

#[cfg(test)]
pub(crate) use disk::HungDisk;
pub use sent::Sent;
pub(super) use sent::SentLately;

/// So many lines, plus four times what is kept, may stand in the journal before it is written anew:
/// at most once in a thousand writes.
const SPARE_LINES: usize = 1024;

/// The leases that we hold, in memory and on disk.
#[derive(Debug)]
pub struct Ledger {
    disk: Box<dyn Disk>,
    path: PathBuf,
    client_id: String,
    entries: BTreeMap<EntraId, LedgerEntry>,
    sent: SentLately,
    /// Lines in the journal.
    lines: usize,
    /// The journal on disk does not say what we hold (full disk): it must be written anew.
    behind: bool,
    opening: Opening,
}

/// What was found when a ledger was opened, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Lines that could not be read, apart from a torn last one; their leases end by themselves.
    pub broken_lines: usize,
    /// The last line was torn: the machine lost power while it was written.
    pub torn: bool,
    /// Leases of another application (client id): not ours to clear, they end by themselves.
    pub foreign: usize,
    /// Why the ledger could be read but not be written (full disk); it is tried again.
    pub not_written: Option<Trouble>,
}

/// The ledger cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.trouble())]
pub struct LedgerError {
    /// The path of the journal.
    pub path: PathBuf,
    /// `read` or `written`.
    pub doing: &'static str,
    /// The operating system's words.
    pub source: io::Error,
}

impl LedgerError {
    /// What went wrong, with its sentence.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        let operation = match self.doing {
            "read" => FileOperation::Read,
            _ => FileOperation::Write,
        };
        words::explained(Cause::Storage(Arc::new(StorageFault {
            operation,
            ..StorageFault::unwritten(StoragePart::Ledger, &self.path, io_refusal(&self.source))
        })))
    }
}

impl Ledger {
    /// Opens the ledger of a tenant and returns what an earlier run held. Creates `dir` (0700)
    /// where it does not exist; the file is for its owner only (0600). `client_id` is the
    /// session id of all leases: those of another one are left alone.
    ///
    /// # Errors
    /// When the directory or the file cannot be used. A full disk is no error here: what was
    /// held before is more important; see [`Opening::not_written`].
    pub fn open(
        dir: &Path,
        tenant_id: &str,
        client_id: &str,
    ) -> Result<(Self, Vec<LedgerEntry>), LedgerError> {
        let path = path_in(dir, tenant_id);
        if let Err(error) = make_folder(dir, PRIVATE_FOLDER) {
            let (doing, source) = ("written", error.into());
            return Err(LedgerError {
                path,
                doing,
                source,
            });
        }
        Self::open_on(Box::new(JournalFile::new(&path)), path, client_id)
    }

    /// An empty one on a disk that hangs when it is told to.
    #[cfg(test)]
    pub(crate) fn on_hung_disk(disk: HungDisk) -> Self {
        let opened = Self::open_on(Box::new(disk), PathBuf::from("hung"), "client");
        opened.expect("it does not hang yet").0
    }

    /// What the ledger names, for whoever does not write: nothing is made and nothing written.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub(super) fn peek(
        dir: &Path,
        tenant_id: &str,
        client_id: &str,
    ) -> io::Result<Vec<LedgerEntry>> {
        let bytes = JournalFile::new(&path_in(dir, tenant_id)).read()?;
        let read = journal::read(&bytes, &client_id.to_lowercase());
        Ok(read.entries.into_values().collect())
    }

    fn open_on(
        disk: Box<dyn Disk>,
        path: PathBuf,
        client_id: &str,
    ) -> Result<(Self, Vec<LedgerEntry>), LedgerError> {
        let mut ledger = Self {
            disk,
            path,
            client_id: client_id.to_lowercase(),
            entries: BTreeMap::new(),
            sent: SentLately::default(),
            lines: 0,
            behind: true,
            opening: Opening::default(),
        };
        let bytes = match ledger.disk.read() {
            Ok(bytes) => bytes,
            Err(error) => return Err(ledger.error("read", error)),
        };
        let read = journal::read(&bytes, &ledger.client_id);
        ledger.entries = read.entries;
        ledger.sent = read.sent;
        ledger.opening = read.opening;
        match ledger.sync() {
            Ok(()) => {}
            Err(error) if io_refusal(&error.source).is_full() => {
                ledger.opening.not_written = Some(error.trouble());
            }
            Err(error) => return Err(error),
        }
        let held = ledger.entries.values().cloned().collect();
        Ok((ledger, held))
    }

    /// What was found when it was opened.
    #[must_use]
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Whether a lease of this user is kept.
    #[must_use]
    pub fn holds(&self, id: EntraId) -> bool {
        self.entries.contains_key(&id)
    }

    /// The lease of this user, where one is kept.
    #[must_use]
    pub fn entry(&self, id: EntraId) -> Option<&LedgerEntry> {
        self.entries.get(&id)
    }

    /// What is held now.
    #[must_use]
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &LedgerEntry> {
        self.entries.values()
    }

    /// The requests of the last 30 s before the last one, by this run and the one before it.
    #[must_use]
    pub fn sent_lately(&self) -> impl ExactSizeIterator<Item = Sent> {
        self.sent.iter()
    }

    /// Says that requests go out.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    pub fn sent(&mut self, sent: Sent) -> Result<(), LedgerError> {
        self.sent.add(sent);
        self.append(&journal::sent(sent))
    }

    /// Keeps a lease; a later one of the same user replaces it.
    ///
    /// # Errors
    /// When it could not be written. It is kept in memory all the same, and the next call (or
    /// [`Ledger::sync`]) writes everything that is kept.
    pub fn put(&mut self, entry: &LedgerEntry) -> Result<(), LedgerError> {
        self.entries.insert(entry.entra_id, entry.clone());
        self.append(&journal::put(entry))
    }

    /// Forgets the lease of a user; one that is not kept is no error.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    pub fn remove(&mut self, id: EntraId) -> Result<(), LedgerError> {
        if self.entries.remove(&id).is_none() && !self.behind {
            return Ok(());
        }
        self.append(&journal::remove(id))
    }

    /// Writes the journal anew where the disk does not say what is kept, or is far longer than
    /// needed; otherwise does nothing. Waits for the disk: tens of milliseconds.
    ///
    /// # Errors
    /// As [`Ledger::put`].
    pub fn sync(&mut self) -> Result<(), LedgerError> {
        if !self.behind && self.lines <= self.lines_allowed() {
            return Ok(());
        }
        let bytes = journal::whole(&self.client_id, self.entries.values(), &self.sent);
        match self.disk.replace(&bytes) {
            Ok(()) => {
                self.behind = false;
                self.lines = self.entries.len() + self.sent.iter().len();
                Ok(())
            }
            Err(error) => Err(self.error("written", error)),
        }
    }

    fn lines_allowed(&self) -> usize {
        SPARE_LINES + 4 * (self.entries.len() + self.sent.iter().len())
    }

    fn append(&mut self, line: &[u8]) -> Result<(), LedgerError> {
        if self.behind {
            return self.sync();
        }
        if let Err(error) = self.disk.append(line) {
            self.behind = true;
            return Err(self.error("written", error));
        }
        self.lines += 1;
        if self.lines > self.lines_allowed() {
            // The line is on disk: a journal that cannot be shortened is longer, not wrong.
            let _ = self.sync();
        }
        Ok(())
    }

    fn error(&self, doing: &'static str, source: io::Error) -> LedgerError {
        LedgerError {
            path: self.path.clone(),
            doing,
            source,
        }
    }
}

fn path_in(dir: &Path, tenant_id: &str) -> PathBuf {
    dir.join(format!("leases-{}.jsonl", file_stem(tenant_id)))
}

/// A tenant id or domain as a part of a file name.
#[must_use]
pub fn file_stem(tenant_id: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    tenant_id
        .trim()
        .to_lowercase()
        .chars()
        .map(|c| if safe(c) { c } else { '_' })
        .collect()
}

#[cfg(test)]
mod tests;
