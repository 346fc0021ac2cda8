//! What we have set in ProCall, on disk before it is set: the next start knows its own manual
//! presences again, and adopts them or takes them back.
//!
//! It is opened with the first wish of the bridge, which has none as long as another lampfield
//! writes. A frame that sets something goes out when its line is on disk; a disk that hangs holds
//! it for a moment only, and holds nothing else.

use std::future::pending;
use std::path::PathBuf;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::timeout;

use super::ledger_file::{LedgerThread, Remembered};
use model::presence::MatchKey;

/// How long is waited for the disk: one that is busy takes some hundredths of a second.
const DISK_WAITS: Duration = Duration::from_millis(500);

/// The ledger, and the frames that wait for it.
pub(super) struct ManualLedger {
    /// Not opened yet.
    path: Option<PathBuf>,
    thread: Option<LedgerThread>,
    waiting: JoinSet<String>,
}

impl ManualLedger {
    /// At `path`, or nowhere.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            thread: None,
            waiting: JoinSet::new(),
        }
    }

    /// Opens it, the first time: what an earlier run has left.
    pub(super) async fn open(&mut self) -> Vec<Remembered> {
        let Some(path) = self.path.take() else {
            return Vec::new();
        };
        match LedgerThread::open(&path) {
            Ok((thread, remembered)) => {
                self.thread = Some(thread);
                let remembered = timeout(DISK_WAITS, remembered).await;
                remembered.ok().and_then(Result::ok).unwrap_or_default()
            }
            Err(error) => {
                tracing::warn!(target: "procall", "no ledger of what is set in ProCall: {error}");
                Vec::new()
            }
        }
    }

    /// Keeps what this frame sets; gives the frame back where there is no ledger.
    pub(super) fn keep(&mut self, entry: Remembered, frame: String) -> Option<String> {
        let Some(thread) = &self.thread else {
            return Some(frame);
        };
        let written = thread.keep(entry);
        self.waiting.spawn(async move {
            // Where the disk hangs, a presence is more important than the next start.
            let _ = timeout(DISK_WAITS, written).await;
            frame
        });
        None
    }

    /// Nothing of ours is set for this user any more.
    pub(super) fn forget(&self, user: &MatchKey) {
        if let Some(thread) = &self.thread {
            thread.forget(user);
        }
    }

    /// The next frame that may go out.
    pub(super) async fn next(&mut self) -> String {
        match self.waiting.join_next().await {
            Some(Ok(frame)) => frame,
            Some(Err(_)) | None => pending().await,
        }
    }

    /// What waits is of a session that is over.
    pub(super) fn session_ended(&mut self) {
        self.waiting = JoinSet::new();
    }

    /// The end: what was ordered is on disk, if that takes only a moment.
    pub(super) async fn close(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.close(DISK_WAITS).await;
        }
    }
}
