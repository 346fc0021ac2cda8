//! What we have set in ProCall, on disk before it is set: the next start knows its own manual
//! presences again, and adopts them or takes them back. Where several machines write in turn they share
//! it as well, and what it does not take is not set.
//!
//! It is opened with the first wish of the bridge, which has none as long as another lampfield
//! writes. A frame that sets something goes out when its line is on disk; a disk that hangs holds
//! it for a moment only, and holds nothing else.

use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::ledger_file::{LedgerThread, Remembered, no_ledger};
use crate::{ProcallEvent, SharedLedger};
use model::file_fault::FileRefusal;
use model::presence::MatchKey;

/// How long is waited for the disk: one that is busy takes some hundredths of a second.
const DISK_WAITS: Duration = Duration::from_millis(500);

/// The ledger, and the frames that wait for it.
#[derive(Default)]
pub(super) struct ManualLedger {
    path: Option<PathBuf>,
    shared: Option<Arc<dyn SharedLedger>>,
    /// What is set has ended by itself after so long. Its end is a time of UCServer's clock, which nobody else goes by.
    lease: Duration,
    is_open: bool,
    thread: Option<LedgerThread>,
    /// Who hears that the file cannot be used.
    events: Option<mpsc::Sender<ProcallEvent>>,
    /// Nothing comes of one that another machine may not send any more.
    waiting: JoinSet<Option<String>>,
}

impl ManualLedger {
    /// At `path`, and with other machines; of what ends by itself after `lease`.
    pub(super) fn new(
        path: Option<PathBuf>,
        shared: Option<Arc<dyn SharedLedger>>,
        lease: Duration,
        events: &mpsc::Sender<ProcallEvent>,
    ) -> Self {
        Self {
            path,
            shared,
            lease,
            events: Some(events.clone()),
            ..Self::default()
        }
    }

    /// Opens it, the first time: what an earlier run has left, or another machine.
    pub(super) async fn open(&mut self) -> Vec<Remembered> {
        if std::mem::replace(&mut self.is_open, true) {
            return Vec::new();
        }
        let mut remembered = self.open_file().await;
        if let Some(shared) = &self.shared {
            let entries = shared.entries().await.into_iter();
            // One that cannot be read is of a version to come, and ends by itself.
            remembered.extend(entries.filter_map(|entry| serde_json::from_slice(&entry).ok()));
        }
        remembered
    }

    async fn open_file(&mut self) -> Vec<Remembered> {
        let (Some(path), Some(events)) = (&self.path, &self.events) else {
            return Vec::new();
        };
        match LedgerThread::open(path, events) {
            Ok((thread, remembered)) => {
                self.thread = Some(thread);
                let remembered = timeout(DISK_WAITS, remembered).await;
                remembered.ok().and_then(Result::ok).unwrap_or_default()
            }
            Err(error) => {
                let warning = no_ledger(path, FileRefusal::of_thread(&error));
                // Whoever listens no more needs not to know.
                let _ = events.send(warning).await;
                Vec::new()
            }
        }
    }

    /// Keeps what this frame sets; gives the frame back where there is no ledger.
    pub(super) fn keep(&mut self, entry: Remembered, frame: String) -> Option<String> {
        let shared = self.shared.as_ref().map(|shared| {
            // Users and times always serialise.
            let bytes = serde_json::to_vec(&entry).unwrap_or_default();
            shared.keep(&entry.user.key(), bytes, self.lease)
        });
        let written = self.thread.as_ref().map(|thread| thread.keep(entry));
        if shared.is_none() && written.is_none() {
            return Some(frame);
        }
        self.waiting.spawn(async move {
            if let Some(written) = written {
                // Where the disk hangs, a presence is more important than the next start.
                let _ = timeout(DISK_WAITS, written).await;
            }
            match shared {
                Some(taken) => taken.await.then_some(frame),
                None => Some(frame),
            }
        });
        None
    }

    /// Nothing of ours is set for this user any more.
    pub(super) fn forget(&self, user: &MatchKey) {
        if let Some(thread) = &self.thread {
            thread.forget(user);
        }
        if let Some(shared) = &self.shared {
            shared.forget(user);
        }
    }

    /// Another lampfield writes, and keeps it. It is opened anew with the next wish.
    pub(super) async fn let_go(&mut self) {
        self.session_ended();
        self.close().await;
        self.is_open = false;
    }

    /// The next frame that may go out.
    pub(super) async fn next(&mut self) -> String {
        while let Some(waited) = self.waiting.join_next().await {
            if let Ok(Some(frame)) = waited {
                return frame;
            }
        }
        pending().await
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
