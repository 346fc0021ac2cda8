//! What leaves the process for a person: never waited for.
//!
//! Whoever reads our stderr, our stdout, our log or the system's log may stop reading, and a write
//! to it then waits for ever. So each has a queue and a thread of its own: whoever has something to
//! say puts it there and goes on, and the thread alone waits. The queue is bounded. What does not
//! fit is dropped (the newest, so that what led to the trouble stays) and counted, and the count
//! takes its place as soon as anything flows again. The end of the program waits a moment, and then
//! leaves the thread behind where it stands.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::Notify;

/// What the thread of a sink gets, in the order in which it was handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery<T> {
    /// An item that was offered.
    Item(T),
    /// So many were dropped here.
    Dropped(u64),
}

/// The thread of a sink has ended: whoever read has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody reads any more")]
pub struct Gone;

/// A queue before a thread that writes. Clones feed the same thread; it ends with the last of them.
#[derive(Clone, Debug)]
pub struct Sink<T> {
    shared: Arc<Shared<T>>,
    _open: Arc<Open<T>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    /// There is something to write, or nothing will come any more.
    filled: Condvar,
    /// Everything was written, or nothing will be any more.
    drained: Condvar,
    /// Something was taken or written: perhaps there is room again.
    moved: Notify,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<Waiting<T>>,
    weight: usize,
    limit: usize,
    /// Dropped since the last that was taken.
    dropped: u64,
    /// The thread writes.
    busy: bool,
    /// Somebody may still hand something over.
    open: bool,
    /// The thread has ended.
    over: bool,
}

#[derive(Debug)]
struct Waiting<T> {
    item: T,
    weight: usize,
    /// So many were dropped just before it.
    dropped: u64,
}

/// Closes the queue when the last clone goes.
#[derive(Debug)]
struct Open<T>(Arc<Shared<T>>);

impl<T> Drop for Open<T> {
    fn drop(&mut self) {
        self.0.lock().open = false;
        self.0.filled.notify_all();
    }
}

impl<T: Send + 'static> Sink<T> {
    /// Starts the thread. Things that weigh `limit` in sum may wait. `write` is called on the
    /// thread and may wait for ever; where it fails, nobody reads any more and the thread ends.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn start(
        name: &str,
        limit: usize,
        write: impl FnMut(Delivery<T>) -> Result<(), Gone> + Send + 'static,
    ) -> io::Result<Self> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(limit)),
            filled: Condvar::new(),
            drained: Condvar::new(),
            moved: Notify::new(),
        });
        let served = Arc::clone(&shared);
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || served.serve(write))?;
        let open = Arc::new(Open(Arc::clone(&shared)));
        Ok(Self {
            shared,
            _open: open,
        })
    }

    /// Hands something over and never waits; whether there was room for it. What there is no room
    /// for is counted.
    pub fn offer(&self, item: T, weight: usize) -> bool {
        let taken = self.shared.lock().take(item, weight).is_ok();
        if taken {
            self.shared.filled.notify_one();
        }
        taken
    }

    /// Hands something over as soon as there is room: for a task that has nothing else to do, and
    /// that whoever feeds it does not wait for.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub async fn hand_over(&self, item: T, weight: usize) -> Result<(), Gone> {
        let mut item = item;
        loop {
            let moved = self.shared.moved.notified();
            match self.try_hand_over(item, weight)? {
                None => return Ok(()),
                Some(back) => item = back,
            }
            moved.await;
        }
    }

    fn try_hand_over(&self, item: T, weight: usize) -> Result<Option<T>, Gone> {
        let mut state = self.shared.lock();
        if state.over {
            return Err(Gone);
        }
        if !state.has_room(weight) {
            return Ok(Some(item));
        }
        state.push(item, weight);
        self.shared.filled.notify_one();
        Ok(None)
    }

    /// Waits until everything that was handed over is written.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub async fn written(&self) -> Result<(), Gone> {
        loop {
            let moved = self.shared.moved.notified();
            {
                let state = self.shared.lock();
                if state.over {
                    return Err(Gone);
                }
                if state.is_idle() {
                    return Ok(());
                }
            }
            moved.await;
        }
    }

    /// Waits until everything that was handed over is written, at most `within`: before the
    /// program ends. Returns whether it is. Blocks the thread.
    #[must_use]
    pub fn flush(&self, within: Duration) -> bool {
        let state = self.shared.lock();
        let waited = self
            .shared
            .drained
            .wait_timeout_while(state, within, |state| !state.is_idle());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.is_idle() && !state.over
    }
}

impl Sink<String> {
    /// A sink for text: `limit` bytes may wait for `out`, and what is dropped is said in
    /// `dropped`'s words.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn of_text(
        name: &str,
        limit: usize,
        mut out: impl Write + Send + 'static,
        dropped: fn(u64) -> String,
    ) -> io::Result<Self> {
        Self::start(name, limit, move |delivery| {
            let text = match delivery {
                Delivery::Item(text) => text,
                Delivery::Dropped(lines) => dropped(lines),
            };
            out.write_all(text.as_bytes())
                .and_then(|()| out.flush())
                .map_err(|_| Gone)
        })
    }

    /// [`Sink::offer`], weighed in bytes.
    pub fn say(&self, text: String) {
        let weight = text.len();
        self.offer(text, weight);
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut write: impl FnMut(Delivery<T>) -> Result<(), Gone>) {
        while let Some(delivery) = self.next() {
            if write(delivery).is_err() {
                break;
            }
        }
        let mut state = self.lock();
        (state.busy, state.over) = (false, true);
        state.waiting.clear();
        drop(state);
        self.drained.notify_all();
        self.moved.notify_waiters();
    }

    /// Waits for the next; nothing where nobody will hand anything over any more.
    fn next(&self) -> Option<Delivery<T>> {
        let mut state = self.lock();
        state.busy = false;
        loop {
            if let Some(next) = state.next() {
                state.busy = true;
                drop(state);
                self.moved.notify_waiters();
                return Some(next);
            }
            self.drained.notify_all();
            self.moved.notify_waiters();
            if !state.open {
                return None;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> State<T> {
    fn new(limit: usize) -> Self {
        Self {
            waiting: VecDeque::new(),
            weight: 0,
            limit,
            dropped: 0,
            busy: false,
            open: true,
            over: false,
        }
    }

    /// One that is larger than all room is taken where nothing else waits.
    fn has_room(&self, weight: usize) -> bool {
        self.waiting.is_empty() || self.weight.saturating_add(weight) <= self.limit
    }

    fn take(&mut self, item: T, weight: usize) -> Result<(), Gone> {
        if self.over || !self.has_room(weight) {
            self.dropped += 1;
            return Err(Gone);
        }
        self.push(item, weight);
        Ok(())
    }

    fn push(&mut self, item: T, weight: usize) {
        self.weight += weight;
        let dropped = std::mem::take(&mut self.dropped);
        self.waiting.push_back(Waiting {
            item,
            weight,
            dropped,
        });
    }

    /// First what was dropped before it, then the next.
    fn next(&mut self) -> Option<Delivery<T>> {
        let dropped = match self.waiting.front_mut() {
            Some(next) => std::mem::take(&mut next.dropped),
            None => std::mem::take(&mut self.dropped),
        };
        if dropped > 0 {
            return Some(Delivery::Dropped(dropped));
        }
        let next = self.waiting.pop_front()?;
        self.weight -= next.weight;
        Some(Delivery::Item(next.item))
    }

    fn is_idle(&self) -> bool {
        self.over || (self.waiting.is_empty() && self.dropped == 0 && !self.busy)
    }
}

/// A stream of the process (stdout, stderr) that somebody else may have made non-blocking: a parent
/// that shares the pipe with us (dotnet/corefx#23539, oven-sh/bun#33560, rtk-ai/rtk#4177). A write
/// that finds no room then waits for it, as any other would.
#[derive(Debug)]
pub struct Blocking<W>(pub W);

impl<W: Write + AsFd> Write for Blocking<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            match self.0.write(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => wait_for_room(&self.0)?,
                written => return written,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        loop {
            match self.0.flush() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => wait_for_room(&self.0)?,
                flushed => return flushed,
            }
        }
    }
}

fn wait_for_room(to: &impl AsFd) -> io::Result<()> {
    let mut waiting = [PollFd::new(to, PollFlags::OUT)];
    match poll(&mut waiting, None) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
