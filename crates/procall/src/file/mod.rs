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
mod csv;
mod file_watch;
mod liveness;
mod out;
mod reader;
mod settled_file;
mod strangers;
mod users;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch as tokio_watch};

use super::{PresenceChange, ProcallEvent, Source};
use file_watch::FileWatch;
use liveness::{Liveness, SILENT_AFTER};
use model::cause::{Cause, Trouble};
use model::presence::Lang;
use model::scarce::Scarce;
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
        changes: mpsc::Receiver<PresenceChange>,
        shutdown: tokio_watch::Receiver<bool>,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(run(*self, events, changes, shutdown))
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
    mut changes: mpsc::Receiver<PresenceChange>,
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
        let message = format!("the files cannot be read: {}", cannot_start(&error));
        let cause = Scarce::for_thread(&error).map_or(Cause::Files, Cause::Scarce);
        let trouble = ProcallEvent::Trouble(Trouble::new(cause, message));
        let _ = events.send(trouble).await;
    }
    let mut writer = Writer::start(&source.settings, &health);
    loop {
        tokio::select! {
            () = asked_to_stop(&mut shutdown) => break,
            () = events.closed() => break,
            () = life.watch(&events) => {}
            change = changes.recv() => match change {
                Some(change) => writer.take(change),
                None => break,
            },
        }
    }
    drop(stop);
    while let Ok(change) = changes.try_recv() {
        writer.take(change);
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

/// Why a thread, or what it needs, is not there.
fn cannot_start(error: &io::Error) -> String {
    Scarce::for_thread(error).map_or_else(|| error.to_string(), |scarce| scarce.to_string())
}

/// The thread that writes `procall.jsonl`, seen from the bridge; nothing where no such file is
/// wanted.
struct Writer(Option<WriterThread>);

struct WriterThread {
    path: PathBuf,
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
        let (named, reports) = (path.clone(), health.clone());
        let started = spawn("procall-write", move || {
            out::run(out, &mut taken, &mut |error| {
                let trouble = error.map(|error| cannot_be_written(&named, &error));
                reports.set(Part::Out, trouble);
            });
            let _ = finished.send(());
        });
        if let Err(error) = started {
            let trouble = format!(
                "{} is not written: {}",
                path.display(),
                cannot_start(&error)
            );
            health.set(Part::Out, Some(trouble));
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
    fn take(&mut self, change: PresenceChange) {
        let Some(thread) = &mut self.0 else { return };
        let path = harmless_path(&thread.path);
        if thread.changes.try_send(change).is_err() {
            thread.dropped += 1;
            let trouble = format!(
                "{path} is written too slowly: presence changes are missing in it. Put it on a faster disk"
            );
            thread.health.set(Part::OutFull, Some(trouble));
            return;
        }
        let dropped = std::mem::take(&mut thread.dropped);
        if dropped > 0 {
            thread.health.set(Part::OutFull, None);
            let words = format!("{path} is written again: {dropped} presence changes were dropped");
            thread.health.warn(words);
        }
    }

    async fn finish(self) {
        let Some(thread) = self.0 else { return };
        drop(thread.changes);
        let _ = tokio::time::timeout(LAST_WRITES, thread.done).await;
    }
}

fn cannot_be_written(path: &Path, error: &std::io::Error) -> String {
    let path = harmless_path(path);
    format!(
        "{path} cannot be written: {error}. It is [procall] presence_out; the changes meanwhile are missing in it, and it is tried again with every change"
    )
}

/// What can be wrong independently of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Users,
    Calls,
    Out,
    OutFull,
}

/// What is wrong right now. Only the reader tells the bridge, so that a trouble and its end
/// never arrive in the wrong order.
#[derive(Clone, Default)]
struct Health {
    wrong: Arc<Mutex<BTreeMap<Part, String>>>,
    /// What is to be said once.
    warnings: Arc<Mutex<Vec<String>>>,
}

impl Health {
    /// Notes what is wrong with one part, or that nothing is.
    fn set(&self, part: Part, trouble: Option<String>) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(trouble) => wrong.insert(part, trouble),
            None => wrong.remove(&part),
        };
    }

    /// Notes something that is said once.
    fn warn(&self, words: String) {
        let warnings = self.warnings.lock();
        let mut warnings = warnings.unwrap_or_else(PoisonError::into_inner);
        warnings.push(words);
    }

    /// What is to be said once.
    fn take_warnings(&self) -> Vec<String> {
        let warnings = self.warnings.lock();
        std::mem::take(&mut *warnings.unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether users or calls cannot be read.
    fn has_trouble_of_input(&self) -> bool {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.keys().any(|part| *part != Part::Out)
    }

    /// How things stand: [`ProcallEvent::Up`] or [`ProcallEvent::Trouble`].
    fn as_event(&self) -> ProcallEvent {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.is_empty() {
            return ProcallEvent::Up;
        }
        let all: Vec<&str> = wrong.values().map(String::as_str).collect();
        ProcallEvent::Trouble(Trouble::new(Cause::Files, all.join(" | ")))
    }
}

#[cfg(test)]
mod tests;
