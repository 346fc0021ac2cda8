//! The bridge's side: listens on a thread of its own, so that nothing that is written for those
//! who look takes time from the bridge. One thread serves the sockets of all tenants of a process: it waits for none
//! of those who look, and what goes wrong with one socket ends that one alone.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clocks::OtherClock;
use model::command::Asked;
use model::snapshot::Snapshot;
use tokio::net::UnixListener;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio::task::{LocalSet, spawn_local};

pub use model::command::Command;

use crate::batch::Place;
use crate::connection::{Connection, turn_away};
use crate::gathering;
use crate::log_tail::LogTail;
use crate::place::{self, Access, FileId, PlaceError};
use crate::readers::{Reader, Readers};

/// So many may look at a time.
pub(super) const CONNECTIONS: usize = 64;

/// After a failed `accept`, when no file descriptors are left.
const PAUSE: Duration = Duration::from_millis(200);

/// What is shown, and where commands go.
#[derive(Clone)]
pub struct Shown {
    /// The latest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where commands go, with who asked.
    pub commands: mpsc::Sender<Asked>,
    /// Where those go that somebody asked for who may only look: the log says who it was.
    pub refused: mpsc::Sender<Asked>,
    /// The log.
    pub logs: LogTail,
    /// The clock that what is shown goes by.
    pub clock: Arc<OtherClock>,
    /// The version of lampfield.
    pub version: &'static str,
}

/// An open socket; closed, and its file removed, when this goes.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    file: Option<FileId>,
    closed_to_group: Option<PathBuf>,
    // Nothing is served any more when this goes.
    _stop: oneshot::Sender<()>,
}

impl Server {
    /// The socket.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder above it that the group that may look cannot enter.
    #[must_use]
    pub fn closed_to_group(&self) -> Option<&Path> {
        self.closed_to_group.as_deref()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(file) = self.file {
            place::remove(&self.path, file);
        }
    }
}

/// Opens the socket and shows what there is to whoever may look.
///
/// # Errors
/// [`PlaceError`].
pub fn serve(path: &Path, access: &Access, shown: Shown) -> Result<Server, PlaceError> {
    let listener = place::open(path, access)?;
    let file = FileId::of_path(path);
    let (stop, stopped) = oneshot::channel();
    let operators = access.operators;
    let io = |source| PlaceError::Io {
        path: path.into(),
        source,
    };
    let begin = move || {
        spawn_local(async move {
            // With this go all who look.
            let connections = LocalSet::new();
            let serving = connections.run_until(listen(listener, operators, shown));
            // Both ends are ends: the listener's only where it cannot be used at all.
            tokio::select! {
                _ = stopped => {}
                _ = serving => {}
            }
        });
    };
    on_thread(Box::new(begin)).map_err(io)?;
    Ok(Server {
        path: path.into(),
        file,
        closed_to_group: place::closed_to(path, access),
        _stop: stop,
    })
}

/// What begins to serve a socket.
type Begin = Box<dyn FnOnce() + Send>;

/// On the thread of all sockets, which the first of them starts.
fn on_thread(begin: Begin) -> io::Result<()> {
    static THREAD: Mutex<Option<mpsc::UnboundedSender<Begin>>> = Mutex::new(None);
    let mut thread = THREAD.lock().unwrap_or_else(PoisonError::into_inner);
    let sockets = match thread.take() {
        Some(sockets) => sockets,
        None => start_thread()?,
    };
    // The thread never ends: it would have to panic outside of all that it serves.
    let _ = sockets.send(begin);
    *thread = Some(sockets);
    Ok(())
}

fn start_thread() -> io::Result<mpsc::UnboundedSender<Begin>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (sockets, mut new) = mpsc::unbounded_channel::<Begin>();
    std::thread::Builder::new()
        .name("attach".to_owned())
        .spawn(move || {
            LocalSet::new().block_on(&runtime, async {
                while let Some(begin) = new.recv().await {
                    begin();
                }
            });
        })?;
    Ok(sockets)
}

/// What all connections share.
pub(super) struct Common {
    pub(super) shown: Shown,
    pub(super) operators: bool,
    pub(super) open: Cell<usize>,
    /// Those who look, since the first of them came.
    readers: RefCell<Option<Rc<Readers>>>,
    /// Somebody has given a command.
    pub(super) commanded: Rc<Notify>,
}

impl Common {
    /// One more who looks, and where they begin: with the latest snapshot, of which others hear with the next batch.
    pub(super) fn join(&self) -> (Rc<Readers>, Rc<Reader>, Place) {
        let readers = self.readers();
        let (reader, place) = readers.join();
        let latest = Arc::clone(&self.shown.snapshots.borrow());
        (readers, reader, place.at(latest))
    }

    /// Gathering ends when nobody looks.
    fn readers(&self) -> Rc<Readers> {
        let mut kept = self.readers.borrow_mut();
        let go_on = kept.take_if(|readers| !readers.have_ended());
        let begin = || gathering::begin(&self.shown, Rc::clone(&self.commanded));
        Rc::clone(kept.insert(go_on.unwrap_or_else(begin)))
    }
}

async fn listen(
    listener: std::os::unix::net::UnixListener,
    operators: bool,
    shown: Shown,
) -> io::Result<()> {
    let listener = UnixListener::from_std(listener)?;
    let common = Rc::new(Common {
        shown,
        operators,
        open: Cell::new(0),
        readers: RefCell::new(None),
        commanded: Rc::default(),
    });
    loop {
        match listener.accept().await {
            Ok((stream, _)) if common.open.get() >= CONNECTIONS => {
                spawn_local(turn_away(stream));
            }
            Ok((stream, _)) => {
                spawn_local(Connection::new(Rc::clone(&common), stream).serve());
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
