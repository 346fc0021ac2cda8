//! The file behind [`super::ledger`], and the thread that writes it, because a disk may hang: what
//! waits for it is one entry a user.
//!
//! JSON lines beside the ledger of the leases in Teams, one line a change:
//! `{"user":"anna@corp.example","held":[{"manual":"busy","until":"..."}]}`; with nothing held the
//! user is forgotten.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::manual::Held;
use crate::ProcallEvent;
use files::{JournalFile, OpenError, PRIVATE_FOLDER, decode, make_folder};
use model::file_fault::FileRefusal;
use model::presence::{MatchKey, UserName};
use model::source_fault::SourceWarning;
use model::text::harmless_path;

/// So many lines, plus four times what is kept, may stand in the file before it is written anew.
const SPARE_LINES: usize = 1024;

/// What we may have set for one user: more than one where a renewal had not been answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(super) user: UserName,
    pub(super) held: Vec<Held>,
}

/// The handle of the thread that keeps the file.
pub(super) struct LedgerThread {
    shared: Arc<Shared>,
    ended: oneshot::Receiver<()>,
}

#[derive(Default)]
struct Shared {
    orders: Mutex<Orders>,
    given: Condvar,
}

/// What the thread has not taken yet.
#[derive(Default)]
struct Orders {
    changes: BTreeMap<MatchKey, Remembered>,
    waiting: Vec<oneshot::Sender<()>>,
    close: bool,
}

impl LedgerThread {
    /// Opens the file on a thread of its own, which hands out what an earlier run has left there.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub(super) fn open(
        path: &Path,
        events: &mpsc::Sender<ProcallEvent>,
    ) -> io::Result<(Self, oneshot::Receiver<Vec<Remembered>>)> {
        let shared = Arc::<Shared>::default();
        let (tell, remembered) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let served = Arc::clone(&shared);
        let file = LedgerFile::new(path, events.downgrade());
        std::thread::Builder::new()
            .name("procall-ledger".to_owned())
            .spawn(move || {
                served.serve(file, tell);
                // Nobody may wait for it.
                let _ = end.send(());
            })?;
        Ok((Self { shared, ended }, remembered))
    }

    /// Keeps what may be set from now on; answers when it stands on disk.
    pub(super) fn keep(&self, entry: Remembered) -> oneshot::Receiver<()> {
        let (tell, written) = oneshot::channel();
        self.order(|orders| {
            orders.changes.insert(entry.user.key(), entry);
            // Whoever has given up waiting for a disk that hangs leaves nothing behind here.
            orders.waiting.retain(|waiting| !waiting.is_closed());
            orders.waiting.push(tell);
        });
        written
    }

    /// Nothing of ours is set for this user any more.
    pub(super) fn forget(&self, user: &MatchKey) {
        let entry = Remembered {
            user: UserName::new(user.as_str()),
            held: Vec::new(),
        };
        self.order(|orders| drop(orders.changes.insert(user.clone(), entry)));
    }

    /// Ends the thread, and waits so long for what it has not written yet.
    pub(super) async fn close(self, within: Duration) {
        self.order(|orders| orders.close = true);
        // A disk that hangs keeps the thread.
        let _ = tokio::time::timeout(within, self.ended).await;
    }

    fn order(&self, give: impl FnOnce(&mut Orders)) {
        give(&mut self.shared.lock());
        self.shared.given.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut file: LedgerFile, tell: oneshot::Sender<Vec<Remembered>>) {
        let _ = tell.send(file.read());
        loop {
            let Orders {
                changes,
                waiting,
                close,
            } = self.next();
            file.take(changes);
            for waiting in waiting {
                // Whoever waited may have given up.
                let _ = waiting.send(());
            }
            if close {
                return;
            }
        }
    }

    /// Waits until there is something to do, and takes all of it.
    fn next(&self) -> Orders {
        let nothing = |orders: &mut Orders| orders.changes.is_empty() && !orders.close;
        let waited = self.given.wait_while(self.lock(), nothing);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner))
    }
}

/// The file, and what it says.
struct LedgerFile {
    journal: JournalFile,
    kept: BTreeMap<MatchKey, Remembered>,
    lines: usize,
    /// It could not be written, and that was said.
    in_trouble: bool,
    /// Where a disk hangs, this thread may outlast the connector: it must not seem to go on by that.
    events: mpsc::WeakSender<ProcallEvent>,
}

impl LedgerFile {
    fn new(path: &Path, events: mpsc::WeakSender<ProcallEvent>) -> Self {
        Self {
            journal: JournalFile::new(path),
            kept: BTreeMap::new(),
            lines: 0,
            in_trouble: false,
            events,
        }
    }

    /// What an earlier run has left. A line that cannot be read costs itself.
    fn read(&mut self) -> Vec<Remembered> {
        let bytes = self.journal.read().unwrap_or_else(|error| {
            self.say(&error);
            Vec::new()
        });
        for line in decode(&bytes).lines() {
            if let Ok(entry) = serde_json::from_str::<Remembered>(line.trim_matches('\0')) {
                self.note(entry);
            }
        }
        self.kept.values().cloned().collect()
    }

    fn note(&mut self, entry: Remembered) {
        if entry.held.is_empty() {
            self.kept.remove(&entry.user.key());
        } else {
            self.kept.insert(entry.user.key(), entry);
        }
    }

    fn take(&mut self, changes: BTreeMap<MatchKey, Remembered>) {
        if changes.is_empty() {
            return;
        }
        let count = changes.len();
        let lines: Vec<u8> = changes.values().flat_map(line).collect();
        for entry in changes.into_values() {
            self.note(entry);
        }
        let fits = self.lines + count <= SPARE_LINES + 4 * self.kept.len();
        let written = if fits && self.journal.is_open() {
            self.lines += count;
            self.journal.append(&lines).map_err(Into::into)
        } else {
            self.write_anew()
        };
        match written {
            Ok(()) => self.in_trouble = false,
            // The next change writes all of it.
            Err(error) => self.say(&error),
        }
    }

    fn write_anew(&mut self) -> Result<(), OpenError> {
        if let Some(folder) = self.journal.path().parent() {
            make_folder(folder, PRIVATE_FOLDER)?;
        }
        let whole: Vec<u8> = self.kept.values().flat_map(line).collect();
        self.journal.replace(&whole)?;
        self.lines = self.kept.len();
        Ok(())
    }

    /// Once until it works again. Where nobody has room to hear it, the next failure says it.
    fn say(&mut self, error: &OpenError) {
        if !self.in_trouble {
            let warning = no_ledger(self.journal.path(), error.refusal());
            let events = self.events.upgrade();
            self.in_trouble = events.is_some_and(|events| events.try_send(warning).is_ok());
        }
    }
}

/// That what is set is not known to a start after a crash.
pub(super) fn no_ledger(path: &Path, why: FileRefusal) -> ProcallEvent {
    let path = harmless_path(path).into();
    ProcallEvent::Warning(SourceWarning::NoLedger { path, why })
}

fn line(entry: &Remembered) -> Vec<u8> {
    // Strings, times and words always serialise.
    let mut line = serde_json::to_vec(entry).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::super::manual::Manual;
    use super::*;

    fn entry(user: &str, ends: &[i64]) -> Remembered {
        let held = |second: &i64| Held {
            manual: Manual::Busy,
            until: jiff::Timestamp::from_second(1_800_000_000 + second).unwrap(),
        };
        Remembered {
            user: UserName::new(user),
            held: ends.iter().map(held).collect(),
        }
    }

    async fn open(path: &Path) -> (LedgerThread, Vec<Remembered>) {
        let (events, _heard) = mpsc::channel(1);
        let (ledger, remembered) = LedgerThread::open(path, &events).unwrap();
        (ledger, remembered.await.unwrap())
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn what_was_kept_is_there_after_a_kill_and_what_was_forgotten_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/procall.jsonl");
        let (ledger, remembered) = open(&path).await;
        assert!(remembered.is_empty());
        ledger.keep(entry("anna", &[1])).await.unwrap();
        ledger.keep(entry("bernd", &[2])).await.unwrap();
        ledger.keep(entry("anna", &[1, 3])).await.unwrap();
        // Nothing is closed: this is what a kill leaves.
        let (other, remembered) = open(&path).await;
        assert_eq!(remembered, [entry("anna", &[1, 3]), entry("bernd", &[2])]);
        other.forget(&MatchKey::new("bernd"));
        other.close(LONG).await;
        assert_eq!(open(&path).await.1, [entry("anna", &[1, 3])]);
    }

    #[tokio::test]
    async fn a_torn_line_costs_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("procall.jsonl");
        let good = String::from_utf8(line(&entry("anna", &[1]))).unwrap();
        let (torn, _) = good.split_at(good.len() / 2);
        std::fs::write(&path, format!("{torn}\n\0\0{good}{torn}")).unwrap();
        assert_eq!(open(&path).await.1, [entry("anna", &[1])]);
    }

    #[tokio::test]
    async fn a_long_file_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("procall.jsonl");
        let (ledger, _) = open(&path).await;
        for second in 0..3_072 {
            drop(ledger.keep(entry("anna", &[second])));
            if second % 2 == 0 {
                ledger.keep(entry("bernd", &[second])).await.unwrap();
            }
        }
        ledger.close(LONG).await;
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= SPARE_LINES + 8, "{lines}");
        assert_eq!(open(&path).await.1.len(), 2);
    }

    #[tokio::test]
    async fn without_a_place_on_disk_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a-file").join("procall.jsonl");
        std::fs::write(folder.path().join("a-file"), "").unwrap();
        let (events, mut heard) = mpsc::channel(4);
        let (ledger, remembered) = LedgerThread::open(&path, &events).unwrap();
        assert!(remembered.await.unwrap().is_empty());
        ledger.keep(entry("anna", &[1])).await.unwrap();
        ledger.close(LONG).await;
        drop(events);
        let ProcallEvent::Warning(SourceWarning::NoLedger { .. }) = heard.recv().await.unwrap()
        else {
            panic!("it is not said");
        };
        assert!(heard.recv().await.is_none(), "said once");
    }
}
