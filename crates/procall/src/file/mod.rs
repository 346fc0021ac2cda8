//! The first source: three files.
//!
//! In: `users.csv` (who), `calls.jsonl` (who is on the phone, followed as `tail -F` does).
//! Out: `procall.jsonl` (what Teams makes of each presence). See [`FileSettings`].
//!
//! Two threads do the reading and the writing, because a disk may be slow and the bridge never
//! waits for one: see [`run`](FileSource::run). At the start the whole of `calls.jsonl` is folded
//! into the calls that last; a call whose beginning was rotated away before the start is not
//! known. A rotation while lampfield runs loses nothing, and ends no call.

mod calls;
mod calls_file;
mod csv;
mod file_watch;
mod health;
mod liveness;
mod out;
mod reader;
mod settled_file;
mod spread;
mod strangers;
mod users;

use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch as tokio_watch};

use super::{PresenceChange, PresenceOrder, ProcallEvent, Source};
use file_watch::FileWatch;
use files::io_refusal;
use health::{Health, Part};
use liveness::{Liveness, SILENT_AFTER};
use model::cause::{Cause, Trouble};
use model::file_fault::FileRefusal;
use model::presence::Lang;
use model::source_fault::{SourceFault, SourceWarning};
use model::text::harmless_path;
use reader::Reader;

/// How often `calls.jsonl` is looked at where the system does not say when it changes (on a share,
/// for example). A look is one `stat`; an event is with the bridge after half of this on average.
const CALLS_PACE: Duration = Duration::from_millis(50);

/// `users.csv` is looked at once in so many looks at `calls.jsonl`: once a second.
const USERS_EVERY: u32 = 20;

/// So many changes may wait for a slow disk: every user of the largest site, twice. The queue takes
/// memory only for those that do wait.
const WAITING_CHANGES: usize = 40_000;

/// So long the end of the program waits for the last changes to reach the disk.
const LAST_WRITES: Duration = Duration::from_millis(500);

/// The three files: users and calls that are read, presence that is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSettings {
    /// Header line `user_name,display_name,phone[,excluded]`; separated by comma, semicolon or
    /// tab, in UTF-8, UTF-16 or windows-1252.
    pub users_file: PathBuf,
    /// One JSON object a line: `{"user_name","kind","state"}` and optionally `"call_id"`, which
    /// tells two calls of one kind of one user apart. May come later.
    pub events_file: Option<PathBuf>,
    /// Gets one JSON object a line:
    /// `{"at","user_name","procall_presence","lamp","tooltip","rule"}`, on change only.
    pub presence_out: Option<PathBuf>,
    /// The language of the tooltip in `presence_out`.
    pub lang: Lang,
}

/// The source that reads users and calls from files.
#[derive(Clone, Debug)]
pub struct FileSource {
    settings: FileSettings,
    pace: Duration,
    silent_after: Duration,
}

impl FileSource {
    /// Takes the names; touches no file before it runs.
    #[must_use]
    pub fn new(settings: FileSettings) -> Self {
        Self {
            settings,
            pace: CALLS_PACE,
            silent_after: SILENT_AFTER,
        }
    }

    /// Takes calls for stale when their file could not be read for another time than a minute.
    #[must_use]
    pub const fn with_silence(mut self, silent_after: Duration) -> Self {
        self.silent_after = silent_after;
        self
    }

    /// Looks at the files at another pace than every 50 ms (`calls.jsonl`; `users.csv` at a
    /// twentieth of it).
    #[must_use]
    pub const fn with_pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }
}

impl Source for FileSource {
    fn run(
        self: Box<Self>,
        events: mpsc::Sender<ProcallEvent>,
        orders: mpsc::Receiver<PresenceOrder>,
        shutdown: tokio_watch::Receiver<bool>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(run(*self, events, orders, shutdown))
    }

    fn label(&self) -> Arc<str> {
        let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_owned();
        let named: Vec<_> = std::iter::once(&self.settings.users_file)
            .chain(&self.settings.events_file)
            .map(|path| name(path).to_string_lossy().into_owned())
            .collect();
        model::text::harmless(&named.join(" + ")).into()
    }
}

async fn run(
    source: FileSource,
    events: mpsc::Sender<ProcallEvent>,
    mut orders: mpsc::Receiver<PresenceOrder>,
    mut shutdown: tokio_watch::Receiver<bool>,
) {
    let health = Health::default();
    let life = Liveness::new(source.silent_after);
    let (told, watched) = (events.clone(), life.clone());
    let reader = Reader::new(&source.settings, told, health.clone(), watched);
    let pace = source.pace;
    let started = FileWatch::start(source.settings.events_file.as_deref());
    let (reading, stop) = match started {
        Ok((watch, stop)) => {
            let read = move || reader.run(pace, USERS_EVERY, watch);
            (spawn("procall-read", read), Some(stop))
        }
        Err(error) => (Err(error), None),
    };
    if let Err(error) = reading {
        let _ = events
            .send(ProcallEvent::Trouble(not_started(&error)))
            .await;
    }
    let mut writer = Writer::start(&source.settings, &health);
    loop {
        tokio::select! {
            () = asked_to_stop(&mut shutdown) => break,
            () = events.closed() => break,
            () = life.watch(&events) => {}
            order = orders.recv() => match order {
                Some(order) => writer.take(order),
                None => break,
            },
        }
    }
    drop(stop);
    while let Ok(order) = orders.try_recv() {
        writer.take(order);
    }
    writer.finish().await;
}

async fn asked_to_stop(shutdown: &mut tokio_watch::Receiver<bool>) {
    // The other end is gone: nobody is left who could want us to go on.
    let _ = shutdown.wait_for(|stop| *stop).await;
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = std::thread::Builder::new().name(name.to_owned());
    thread.spawn(work).map(drop)
}

/// As it is shown.
fn path_of(path: &Path) -> Arc<str> {
    harmless_path(path).into()
}

/// Nobody reads the files: whoever has run out of something is told of that.
fn not_started(error: &io::Error) -> Trouble {
    let why = FileRefusal::of_thread(error);
    let scarce = match why {
        FileRefusal::Scarce(what) => Some(Cause::Scarce(what)),
        _ => None,
    };
    let told = health::trouble([SourceFault::NotStarted { why }]);
    Trouble {
        cause: scarce.unwrap_or(told.cause),
        message: told.message,
    }
}

/// The thread that writes `procall.jsonl`, seen from the bridge; nothing where no such file is
/// wanted.
struct Writer(Option<WriterThread>);

struct WriterThread {
    path: Arc<str>,
    changes: mpsc::Sender<PresenceChange>,
    done: oneshot::Receiver<()>,
    health: Health,
    /// Changes for which there was no room since the last that was taken.
    dropped: u64,
}

impl Writer {
    fn start(settings: &FileSettings, health: &Health) -> Self {
        let Some(path) = settings.presence_out.clone() else {
            return Self(None);
        };
        let (changes, mut taken) = mpsc::channel(WAITING_CHANGES);
        let (finished, done) = oneshot::channel();
        let out = out::PresenceOut::new(&path, settings.lang);
        let path: Arc<str> = path_of(&path);
        let (named, reports) = (Arc::clone(&path), health.clone());
        let started = spawn("procall-write", move || {
            out::run(out, &mut taken, &mut |error| {
                let fault = error.map(|error| SourceFault::Out {
                    path: Arc::clone(&named),
                    why: io_refusal(&error),
                });
                reports.set(Part::Out, fault);
            });
            let _ = finished.send(());
        });
        if let Err(error) = started {
            let why = FileRefusal::of_thread(&error);
            health.set(Part::Out, Some(SourceFault::OutNotStarted { path, why }));
            return Self(None);
        }
        Self(Some(WriterThread {
            path,
            changes,
            done,
            health: health.clone(),
            dropped: 0,
        }))
    }

    /// Hands a change to the thread; where the disk is so slow that too many wait, it is dropped
    /// and counted, and the count is said when there is room again.
    fn take(&mut self, order: PresenceOrder) {
        let (PresenceOrder::Show(change), Some(thread)) = (order, &mut self.0) else {
            return;
        };
        if thread.changes.try_send(change).is_err() {
            thread.dropped += 1;
            let path = Arc::clone(&thread.path);
            let slow = SourceFault::OutSlow { path };
            thread.health.set(Part::OutFull, Some(slow));
            return;
        }
        let dropped = std::mem::take(&mut thread.dropped);
        if dropped > 0 {
            thread.health.set(Part::OutFull, None);
            let path = Arc::clone(&thread.path);
            thread
                .health
                .warn(SourceWarning::OutAgain { path, dropped });
        }
    }

    async fn finish(self) {
        let Some(thread) = self.0 else { return };
        drop(thread.changes);
        let _ = tokio::time::timeout(LAST_WRITES, thread.done).await;
    }
}

#[cfg(test)]
mod tests;
