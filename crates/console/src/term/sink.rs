//! The way to the terminal, on a thread of its own.
//!
//! A terminal may take nothing: a frozen SSH window, a paused multiplexer, a pty that nobody
//! reads. Then only this thread waits. It has one frame at a time: while that is on its way
//! ([`FrameSink::is_free`] says no) nobody draws another, so that the next one is the latest and is the
//! difference to what is really there. Nothing queues up, nothing is lost.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use model::clock::{Clock, elapsed};

/// What the thread has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Somebody was told that it is not free; now it is.
    Free,
    /// The terminal takes nothing any more: it is gone.
    Gone,
}

/// Where frames are handed over. Clones are the same way.
#[derive(Clone)]
pub(crate) struct FrameSink(Arc<Shared>);

impl std::fmt::Debug for FrameSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FrameSink")
    }
}

#[derive(Default)]
struct Shared {
    load: Mutex<Load>,
    changed: Condvar,
}

#[derive(Default)]
struct Load {
    /// Handed over and not taken yet.
    waiting: Vec<u8>,
    /// The thread is writing.
    writing: bool,
    /// Somebody was told that it is not free.
    awaited: bool,
    gone: bool,
    /// How long the last write took, until somebody asks.
    took: Option<Duration>,
}

impl Load {
    const fn is_free(&self) -> bool {
        self.waiting.is_empty() && !self.writing
    }
}

impl FrameSink {
    /// Starts the thread. It ends with the process.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(crate) fn start(
        to: impl Write + Send + 'static,
        clock: Arc<dyn Clock>,
        say: impl Fn(Said) + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("screen".into())
            .spawn(move || of_thread.carry(to, clock.as_ref(), say))?;
        Ok(Self(shared))
    }

    /// Whether everything has left. Where not, [`Said::Free`] comes when it has.
    pub(crate) fn is_free(&self) -> bool {
        let mut load = self.0.lock();
        load.awaited = !load.is_free();
        !load.awaited
    }

    /// How long the last write took; only once.
    pub(crate) fn took(&self) -> Option<Duration> {
        self.0.lock().took.take()
    }

    /// Waits until everything has left, but no longer than this; whether it has.
    pub(crate) fn drain(&self, within: Duration) -> bool {
        let load = self.0.lock();
        let waited = self
            .0
            .changed
            .wait_timeout_while(load, within, |load| !load.is_free() && !load.gone);
        let (load, _) = waited.unwrap_or_else(PoisonError::into_inner);
        load.is_free() && !load.gone
    }
}

/// Hands over; never waits.
impl Write for FrameSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut load = self.0.lock();
        if load.gone {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        load.waiting.extend_from_slice(bytes);
        self.0.changed.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Load> {
        self.load.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn carry(&self, mut to: impl Write, clock: &dyn Clock, say: impl Fn(Said)) {
        let mut bytes = Vec::new();
        loop {
            self.next(&mut bytes);
            let began = clock.now();
            let written = to.write_all(&bytes).and_then(|()| to.flush());
            let said = self.done(elapsed(began, clock.now()), written.is_err());
            if let Some(said) = said {
                say(said);
            }
            if said == Some(Said::Gone) {
                return;
            }
            bytes.clear();
        }
    }

    /// Waits for something to write, and takes it.
    fn next(&self, bytes: &mut Vec<u8>) {
        let load = self.lock();
        let waited = self
            .changed
            .wait_while(load, |load| load.waiting.is_empty());
        let mut load = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut load.waiting, bytes);
        load.writing = true;
    }

    fn done(&self, took: Duration, failed: bool) -> Option<Said> {
        let mut load = self.lock();
        (load.writing, load.took, load.gone) = (false, Some(took), failed);
        self.changed.notify_all();
        if failed {
            return Some(Said::Gone);
        }
        let free = load.is_free() && std::mem::take(&mut load.awaited);
        free.then_some(Said::Free)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use clocks::ManualClock;

    /// Longer than anything here takes.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// A terminal that takes a write only when it is told to, and tells what it took.
    struct Terminal {
        told: Receiver<io::Result<()>>,
        took: Sender<Vec<u8>>,
    }

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Nobody tells any more: as a terminal that is stuck for good.
            let told = self.told.recv();
            let told = told.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()));
            told.map(|()| {
                let _ = self.took.send(bytes.to_vec());
                bytes.len()
            })
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Bench {
        sink: FrameSink,
        tell: Sender<io::Result<()>>,
        took: Receiver<Vec<u8>>,
        said: Receiver<Said>,
    }

    fn bench() -> Bench {
        let ((tell, told), (took_by, took), (say, said)) = (channel(), channel(), channel());
        let terminal = Terminal {
            told,
            took: took_by,
        };
        let clock = Arc::new(ManualClock::at(jiff::Timestamp::UNIX_EPOCH));
        let say = move |it| {
            let _ = say.send(it);
        };
        let sink = FrameSink::start(terminal, clock, say).unwrap();
        Bench {
            sink,
            tell,
            took,
            said,
        }
    }

    #[test]
    fn a_terminal_that_takes_nothing_stops_nobody() {
        let mut bench = bench();
        assert!(bench.sink.is_free());
        bench.sink.write_all(b"one").unwrap();
        assert!(!bench.sink.is_free());
        assert!(!bench.sink.drain(Duration::ZERO));
        bench.sink.write_all(b"two").unwrap();
        assert!(bench.said.try_recv().is_err());
        bench.tell.send(Ok(())).unwrap();
        bench.tell.send(Ok(())).unwrap();
        assert_eq!(bench.said.recv_timeout(PATIENCE), Ok(Said::Free));
        assert!(bench.sink.is_free());
        let taken: Vec<u8> = bench.took.try_iter().flatten().collect();
        assert_eq!(taken, b"onetwo");
    }

    #[test]
    fn nobody_is_told_who_did_not_ask() {
        let mut bench = bench();
        bench.tell.send(Ok(())).unwrap();
        bench.sink.write_all(b"one").unwrap();
        assert!(bench.sink.drain(PATIENCE));
        assert!(bench.said.try_recv().is_err());
    }

    #[test]
    fn a_terminal_that_is_gone_is_said_once() {
        let mut bench = bench();
        bench.tell.send(Err(io::ErrorKind::Other.into())).unwrap();
        bench.sink.write_all(b"one").unwrap();
        assert_eq!(bench.said.recv_timeout(PATIENCE), Ok(Said::Gone));
        assert!(!bench.sink.drain(PATIENCE), "and nobody waits for it");
        assert!(bench.sink.write_all(b"two").is_err());
    }
}
