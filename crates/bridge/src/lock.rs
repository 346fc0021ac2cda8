//! One writer a tenant on one machine: whoever holds the lock writes to Teams, everybody else
//! observes.
//!
//! Two writers would clear each other's leases. The operating system holds the lock as long as
//! the process lives, so that nothing is left behind by `kill -9`, and a second lampfield may
//! try again and again to take over. It locks the file and not its name: where somebody removes the
//! file, the next lampfield makes and locks a new one. So the holder looks before each write.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ledger::file_stem;
use files::{OpenRules, PRIVATE_FOLDER, io_refusal, make_folder};
use model::cause::{Cause, Trouble};
use model::file_fault::{StorageFault, StoragePart};

/// The lock of a tenant; dropping it lets another lampfield write.
#[derive(Debug)]
pub struct WriterLock {
    file: File,
    path: PathBuf,
}

/// What an attempt brought.
#[derive(Debug)]
pub enum Taken {
    /// This process holds the lock and may write.
    Ours(WriterLock),
    /// Another lampfield does.
    Other {
        /// Its process id, where it could be read.
        pid: Option<u32>,
    },
}

/// The lock could not even be tried.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.trouble())]
pub struct LockError {
    /// The lock file.
    pub path: PathBuf,
    /// The operating system's words.
    pub source: io::Error,
}

impl LockError {
    /// What went wrong, with its sentence.
    #[must_use]
    pub fn trouble(&self) -> Trouble {
        let why = io_refusal(&self.source);
        let fault = StorageFault::unwritten(StoragePart::Lock, &self.path, why);
        words::explained(Cause::Storage(Arc::new(fault)))
    }
}

impl WriterLock {
    /// Takes the lock of a tenant if nobody holds it. Never waits. Creates `dir` (0700) where it
    /// does not exist.
    ///
    /// # Errors
    /// When the file cannot be created or the file system knows no locks.
    pub fn try_take(dir: &Path, tenant_id: &str) -> Result<Taken, LockError> {
        let path = dir.join(format!("writer-{}.lock", file_stem(tenant_id)));
        take(dir, &path).map_err(|source| LockError { path, source })
    }

    /// Whether the file that we hold is still the one that others would try to lock.
    #[must_use]
    pub fn is_in_place(&self) -> bool {
        let (Ok(held), Ok(found)) = (self.file.metadata(), self.path.symlink_metadata()) else {
            return false;
        };
        (held.dev(), held.ino()) == (found.dev(), found.ino())
    }
}

fn take(dir: &Path, path: &Path) -> io::Result<Taken> {
    make_folder(dir, PRIVATE_FOLDER)?;
    let mut file = OpenRules::ours(path).read_and_write()?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = read_pid(&mut file);
            return Ok(Taken::Other { pid });
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // The process id is only for the message of the others: a full disk must not stop us.
    let _ = write_pid(&mut file);
    let path = path.to_path_buf();
    Ok(Taken::Ours(WriterLock { file, path }))
}

fn write_pid(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

impl Drop for WriterLock {
    fn drop(&mut self) {
        // The file stays: whoever removes it races with whoever opens it. Closing unlocks.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "corp.example";

    fn try_take(dir: &Path) -> Taken {
        WriterLock::try_take(dir, TENANT).expect("the lock can be tried")
    }

    #[test]
    fn the_second_one_learns_who_writes_and_takes_over_later() {
        let dir = tempfile::tempdir().unwrap();
        let Taken::Ours(lock) = try_take(dir.path()) else {
            panic!("nobody holds it");
        };
        let pid = Some(std::process::id());
        for _ in 0..3 {
            assert!(matches!(try_take(dir.path()), Taken::Other { pid: found } if found == pid));
        }
        drop(lock);
        assert!(matches!(try_take(dir.path()), Taken::Ours(_)));
    }

    #[test]
    fn tenants_do_not_hinder_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let _one = try_take(dir.path());
        let other = WriterLock::try_take(dir.path(), "other.example").unwrap();
        assert!(matches!(other, Taken::Ours(_)));
    }

    #[test]
    fn a_lock_file_that_was_left_behind_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("writer-corp.example.lock"), "not a pid").unwrap();
        assert!(matches!(try_take(dir.path()), Taken::Ours(_)));
    }

    #[test]
    fn a_file_that_somebody_removed_or_replaced_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let Taken::Ours(first) = try_take(dir.path()) else {
            panic!("nobody holds it");
        };
        assert!(first.is_in_place());
        std::fs::remove_file(dir.path().join("writer-corp.example.lock")).unwrap();
        assert!(!first.is_in_place());
        let Taken::Ours(second) = try_take(dir.path()) else {
            panic!("the new file is nobody's");
        };
        assert!(second.is_in_place() && !first.is_in_place());
    }

    #[test]
    fn a_state_directory_that_cannot_be_written_says_what_to_do() {
        let error = WriterLock::try_take(Path::new("/proc/lampfield"), TENANT).unwrap_err();
        assert!(error.to_string().contains("--observe"), "{error}");
    }
}
