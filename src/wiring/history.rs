//! The recording of a bridge of ours: once a second what it shows goes to disk, on a thread of its
//! own, so that a slow disk, or a full one, hurts nothing else.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

use attach::{LogFollower, LogTail};
use files::OpenError;
use history::{FOLDER, Recorder, Settings};
use model::cause::{Cause, Trouble};
use model::file_fault::{FileRefusal, StorageFault, StoragePart};
use tokio::sync::watch;

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
    stop: SyncSender<()>,
    ended: Receiver<()>,
}

impl Recording {
    /// Records the last moment, and ends. A disk that does not answer is not waited for.
    pub(crate) fn end(self) {
        // Both fail only where it has ended.
        let _ = self.stop.try_send(());
        let _ = self.ended.recv_timeout(LAST);
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
/// all the same. Nothing as well where the system has no thread for it, which is said.
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
    let (stop, stopped) = sync_channel(1);
    let (over, ended) = channel();
    let tell = recorded.tell.clone();
    let folder = settings.folder.clone();
    let thread = Task::new(recorded, Recorder::new(settings), folder.clone());
    let started = std::thread::Builder::new()
        .name("recording".to_owned())
        .spawn(move || {
            thread.run(&stopped);
            // Fails where nobody waits.
            let _ = over.send(());
        });
    match started {
        Ok(_) => Some(Recording { stop, ended }),
        Err(why) => {
            // Fails where the bridge has ended.
            let _ = tell.send(Some(unwritten(&folder, FileRefusal::of_thread(&why))));
            None
        }
    }
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

    fn run(mut self, stopped: &Receiver<()>) {
        for second in 0_u32.. {
            match stopped.recv_timeout(EVERY) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => return self.record(),
            }
            if second.is_multiple_of(PRUNE) {
                self.recorder.prune(self.recorded.clock.wall());
            }
            if self.failed.is_none() || second.is_multiple_of(AGAIN) {
                self.record();
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
        let lines = self.lines.take().lines;
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
