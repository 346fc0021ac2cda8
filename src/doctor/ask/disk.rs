//! State and log directory: tried as the bridge uses them.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use crate::bridge::{LockError, WriterLock};
use crate::doctor::{self, Finding};
use crate::esplog::LOG_FOLDER;
use crate::files::{OpenRules, make_folder};

use super::context::CheckContext;

/// How long a disk or share may take.
const DISK_WAITS: Duration = Duration::from_secs(10);

/// The writer lock is taken, and held only where a write is to be tried.
pub(super) async fn state(context: &mut CheckContext<'_>) -> Finding {
    let directory = &context.config.state.directory;
    let (place, tenant) = (directory.clone(), context.config.tenant.tenant_id.clone());
    let lock = on_disk(move || WriterLock::try_take(&place, &tenant)).await;
    let lock = lock.unwrap_or_else(|source| {
        let path = directory.clone();
        Err(LockError { path, source })
    });
    let finding = doctor::state(directory, lock.as_ref());
    context.lock = context.args.write.then_some(lock);
    finding
}

/// A file is made and removed.
pub(super) async fn log(directory: &Path) -> Finding {
    let place = directory.to_owned();
    let tried = on_disk(move || try_a_file(&place)).await;
    doctor::log(directory, tried.flatten().as_ref().copied())
}

/// Beside everything else, so that Ctrl-C is heard while a share hangs.
async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    let work = tokio::task::spawn_blocking(work);
    match tokio::time::timeout(DISK_WAITS, work).await {
        Ok(done) => done.map_err(io::Error::other),
        Err(_) => Err(io::Error::new(
            ErrorKind::TimedOut,
            "its disk or share does not answer",
        )),
    }
}

fn try_a_file(directory: &Path) -> io::Result<()> {
    make_folder(directory, LOG_FOLDER)?;
    let file = directory.join(format!(".lampfield-doctor-{}", std::process::id()));
    let opening = OpenRules::ours(&file);
    opening.make()?;
    Ok(opening.remove()?)
}
