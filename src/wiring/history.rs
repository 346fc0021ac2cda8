//! The recording of a bridge of ours: once a second what it shows goes to disk, by a task that waits for nothing but
//! this disk, so that a slow one, or a full one, hurts nothing else. The threads that write are those of the runtime
//! for what may wait: many tenants need few, and one whose disk hangs holds one.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use attach::{LogFollower, LogTail};
use files::OpenError;
use history::{FOLDER, Lines, Recorder, Settings};
use model::cause::{Cause, Trouble};
use model::file_fault::{FileRefusal, StorageFault, StoragePart};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::bridge::{Snapshot, file_stem};
use crate::clock::Clock;
use crate::config::Config;
use crate::esplog::TroubleChange;

/// What happened up to a second ago survives whatever happens to the process.
const EVERY: Duration = Duration::from_secs(1);

/// After a failure it is tried again so many seconds later.
const AGAIN: u32 = 10;

/// How many seconds lie between two looks for what is too old.
const PRUNE: u32 = 300;

/// How long the end waits for the last second to reach the disk.
const LAST: Duration = Duration::from_millis(500);

/// So many recordings of a process are written at a time, as long as none hangs: more threads would only wait for the
/// processors.
static WRITING: Semaphore = Semaphore::const_new(4);

/// How long one waits for its turn among them. Then it writes all the same: others may hang.
const TURN: Duration = Duration::from_millis(250);

/// The folder of the recording.
pub(crate) fn folder(config: &Config) -> PathBuf {
    config.state.directory.join(FOLDER)
}

/// The tenant, as part of the names of the files.
pub(crate) fn stem(config: &Config) -> String {
    file_stem(&config.tenant.tenant_id)
}

/// A recording that goes on as long as this is held.
pub(crate) struct Recording {
    stop: oneshot::Sender<()>,
    ended: JoinHandle<()>,
}

impl Recording {
    /// Records the last moment, and ends. A disk that does not answer is not waited for.
    pub(crate) async fn end(self) {
        // Both fail only where it has ended.
        let _ = self.stop.send(());
        let _ = timeout(LAST, self.ended).await;
    }
}

/// What is recorded.
pub(crate) struct Recorded {
    pub(crate) snapshots: watch::Receiver<Arc<Snapshot>>,
    pub(crate) logs: LogTail,
    pub(crate) clock: Arc<dyn Clock>,
    /// Who is told that it cannot be written, and that it can again.
    pub(crate) tell: Sender<TroubleChange>,
}

/// Begins a recording, unless the configuration says that there is none; then what is too old goes
/// all the same. Call it inside a tokio runtime.
pub(crate) fn record(config: &Config, recorded: Recorded) -> Option<Recording> {
    let settings = Settings {
        folder: folder(config),
        stem: stem(config),
        keep: config.history.keep,
        max_bytes: u64::from(config.history.max_size_mb) << 20,
        names: config.history.names,
    };
    if config.history.keep.is_zero() {
        Recorder::new(settings).prune(recorded.clock.wall());
        return None;
    }
    let (stop, stopped) = oneshot::channel();
    let folder = settings.folder.clone();
    let task = Task::new(recorded, Recorder::new(settings), folder);
    let ended = tokio::spawn(task.run(stopped));
    Some(Recording { stop, ended })
}

/// Why nothing is recorded in this folder.
fn unwritten(folder: &Path, why: FileRefusal) -> Trouble {
    let fault = StorageFault::unwritten(StoragePart::Recording, folder, why);
    words::explained(Cause::Storage(Arc::new(fault)))
}

struct Task {
    recorded: Recorded,
    recorder: Recorder,
    folder: PathBuf,
    lines: LogFollower,
    failed: TroubleChange,
}

impl Task {
    fn new(shown: Recorded, recorder: Recorder, folder: PathBuf) -> Self {
        Self {
            lines: shown.logs.follow(),
            recorded: shown,
            recorder,
            folder,
            failed: None,
        }
    }

    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        for second in 0_u32.. {
            let ends = timeout(EVERY, &mut stopped).await.is_ok();
            let prunes = !ends && second.is_multiple_of(PRUNE);
            let records = ends || self.failed.is_none() || second.is_multiple_of(AGAIN);
            let work = move || {
                if prunes {
                    self.recorder.prune(self.recorded.clock.wall());
                }
                if records {
                    self.record();
                }
                self
            };
            let turn = timeout(TURN, WRITING.acquire()).await;
            let done = spawn_blocking(work).await;
            drop(turn);
            match done {
                Ok(task) if !ends => self = task,
                _ => return,
            }
        }
    }

    fn record(&mut self) {
        let shown = Arc::clone(&self.recorded.snapshots.borrow_and_update());
        // Beside the tenant's bridge: that one records.
        if shown.mode.is_beside_bridge() {
            return;
        }
        // Those that were too many are in the log on disk.
        let new = self.lines.take().lines;
        let follower = &self.lines;
        let lines = Lines {
            new,
            last: &|| follower.last(),
        };
        let now = self.recorded.clock.wall();
        let done = self.recorder.record(&shown, lines, now);
        self.tell(done.err());
    }

    /// Once where it begins to fail, and once where it works again.
    fn tell(&mut self, failed: Option<OpenError>) {
        let failed = failed.map(|why| unwritten(&self.folder, why.refusal()));
        if self.failed != failed {
            // Fails where the bridge has ended.
            let _ = self.recorded.tell.send(failed.clone());
            self.failed = failed;
        }
    }
}
