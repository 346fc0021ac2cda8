//! State and log directory: tried as the bridge uses them.

use std::io::{self, ErrorKind, Write as _};
use std::path::Path;
use std::time::Duration;

use crate::bridge::{LockError, WriterLock};
use crate::doctor::{self, Finding};
use crate::esplog::LOG_FOLDER;
use crate::files::{OpenRules, make_folder};

use super::context::CheckContext;

/// How long a disk or share may take.
const DISK_WAITS: Duration = Duration::from_secs(10);

/// So many bytes are written to see whether there is room: a block.
const TRIED: usize = 4_096;

impl CheckContext<'_> {
    /// The writer lock is taken, and held only where a write is to be tried.
    pub(in crate::doctor) async fn state(&mut self) -> Finding {
        let directory = &self.config.state.directory;
        let (place, tenant) = (directory.clone(), self.config.tenant.tenant_id.clone());
        let lock = on_disk(move || {
            let lock = WriterLock::try_take(&place, &tenant)?;
            match try_a_file(&place) {
                Ok(()) => Ok(lock),
                Err(source) => Err(LockError {
                    path: place,
                    source,
                }),
            }
        });
        let lock = lock.await;
        let lock = lock.unwrap_or_else(|source| {
            let path = directory.clone();
            Err(LockError { path, source })
        });
        let finding = doctor::state(directory, lock.as_ref());
        self.lock = self.args.write.then_some(lock);
        finding
    }

    /// A file is written and removed.
    pub(in crate::doctor) async fn log(&self) -> Finding {
        let directory = &self.config.log.directory;
        let place = directory.clone();
        let tried = on_disk(move || try_a_file(&place)).await;
        doctor::log(directory, tried.flatten().as_ref().copied())
    }
}

/// Beside everything else, so that Ctrl-C is heard while a share hangs.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let work = tokio::task::spawn_blocking(work);
    match tokio::time::timeout(DISK_WAITS, work).await {
        Ok(done) => done.map_err(io::Error::other),
        Err(_) => Err(ErrorKind::TimedOut.into()),
    }
}

/// With something in it: a full disk still takes the name.
fn try_a_file(directory: &Path) -> io::Result<()> {
    make_folder(directory, LOG_FOLDER)?;
    let file = directory.join(format!(".lampfield-doctor-{}", std::process::id()));
    let opening = OpenRules::ours(&file);
    let written = opening.make()?.write_all(&[b'\n'; TRIED]);
    opening.remove()?;
    written
}
