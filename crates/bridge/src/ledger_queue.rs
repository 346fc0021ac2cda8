//! What waits for the ledger, and how long: the side of the [`StateThread`] that never waits itself.
//!
//! A set goes on the wire when the ledger says so, for a restart must find it. Where the ledger does
//! not answer, a call is more important than that: the set goes out after a moment, and that the
//! state directory does not answer is said.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until, timeout};

use super::cluster::Seat;
use super::event::{Event, LedgerEntry};
use super::ledger::Sent;
use super::parts::StatePlace;
use super::set::Announced;
use super::state_thread::{Report, StateThread};
use super::writership::Writership;
use model::cause::{Cause, Trouble};
use model::clock::Clock;
use model::file_fault::{FileRefusal, StorageFault, StoragePart};
use model::presence::EntraId;
use model::snapshot::{Mode, ObserveReason};

/// How long is waited for the ledger.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// A write waits so long. A disk that is busy takes some hundredths of a second.
    write: Duration,
    /// A state directory that does not answer for so long is a problem.
    hangs: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            write: Duration::from_millis(500),
            hangs: Duration::from_secs(5),
        }
    }
}

/// How long the start waits for the lock and the ledger: before, nothing may be written.
const START_WAITS: Duration = Duration::from_secs(2);

/// What is wrong, for the screen and the log: see [`Event::StorageTrouble`].
const STATE_DIRECTORY: &str = "state directory";

/// The writes that wait for the ledger, and the thread that keeps it.
pub(super) struct LedgerQueue {
    thread: Option<StateThread>,
    directory: PathBuf,
    ours: bool,
    next_try: Option<Timestamp>,
    going_out: Vec<GoingOut>,
    hangs: bool,
    patience: Patience,
    /// This member's part in a cluster, where there is one.
    seat: Option<Seat>,
}

/// A write that waits for the ledger.
struct GoingOut {
    write: Announced,
    /// It waits no longer than this.
    until: Instant,
}

/// What [`LedgerQueue::next`] has waited for.
#[derive(Debug)]
pub(super) enum QueueEvent {
    /// The thread has done something.
    Report(Report),
    /// A write has waited long enough for the ledger.
    WaitedEnough,
    /// The state directory does not answer.
    Hangs,
}

impl LedgerQueue {
    /// Nothing is taken yet: see [`LedgerQueue::begin`].
    pub(super) fn new(
        state: Option<StatePlace>,
        seat: Option<Seat>,
        mode: &Mode,
        now: Timestamp,
    ) -> (Self, Writership) {
        let directory = state.as_ref().map(|place| place.directory.clone());
        let queue = Self {
            thread: None,
            directory: directory.unwrap_or_default(),
            ours: false,
            next_try: None,
            going_out: Vec::new(),
            hangs: false,
            patience: Patience::default(),
            seat: seat.clone(),
        };
        (queue, Writership::new(state, seat, mode, now))
    }

    /// Starts the thread and tries to become the writer. Waits at most two seconds for that, and
    /// returns what the core must know by then; what an earlier run has sent lately beside it.
    pub(super) async fn begin(
        &mut self,
        writership: Writership,
        clock: Arc<dyn Clock>,
    ) -> (Vec<Event>, Vec<Sent>) {
        if !writership.may_ever_write() {
            return <_>::default();
        }
        let unusable = self.unusable();
        let observe = |why| {
            let reason = ObserveReason::NoState(unusable(why));
            (vec![Event::Observe(reason)], Vec::new())
        };
        let mut thread = match StateThread::start(writership, clock) {
            Ok(thread) => thread,
            Err(error) => return observe(FileRefusal::of_thread(&error)),
        };
        thread.attempt();
        let report = timeout(START_WAITS, thread.report()).await;
        self.thread = Some(thread);
        let Ok(report) = report else {
            self.hangs = true;
            return observe(FileRefusal::Silent);
        };
        let (events, sent, _) = self.take(report);
        (events, sent)
    }

    /// Waits for the next thing to do; for ever where this run never writes.
    pub(super) async fn next(&mut self) -> QueueEvent {
        let Some(thread) = &mut self.thread else {
            return std::future::pending().await;
        };
        let since = thread.unanswered_since().filter(|_| !self.hangs);
        let hangs_at = since.map(|since| since + self.patience.hangs);
        let until = self.going_out.first().map(|waiting| waiting.until);
        tokio::select! {
            biased;
            report = thread.report() => QueueEvent::Report(report),
            () = at(until) => QueueEvent::WaitedEnough,
            () = at(hangs_at) => QueueEvent::Hangs,
        }
    }

    /// Takes a report in: what the core must know, what an earlier run has sent lately, and the
    /// writes that have waited for it.
    pub(super) fn take(&mut self, report: Report) -> (Vec<Event>, Vec<Sent>, Vec<Announced>) {
        self.ours = report.ours;
        self.next_try = report.next_try;
        let mut events = Vec::new();
        if std::mem::take(&mut self.hangs) {
            events.push(Event::StorageTrouble {
                what: STATE_DIRECTORY,
                trouble: None,
            });
        }
        events.extend(report.events);
        let refused = |waiting: &mut GoingOut| report.refused.contains(&waiting.write.order);
        for refused in self.going_out.extract_if(.., refused) {
            refused.write.refuse();
        }
        let written_down =
            |waiting: &mut GoingOut| report.written_down.contains(&waiting.write.order);
        let may_go = self.going_out.extract_if(.., written_down);
        let may_go = may_go.map(|waiting| waiting.write).collect();
        (events, report.sent_lately, may_go)
    }

    /// The first of the writes that wait: where nobody else may write it goes out all the same.
    pub(super) fn give_up_waiting(&mut self) -> Option<Announced> {
        let waits = !self.going_out.is_empty();
        let waited = waits.then(|| self.going_out.remove(0).write)?;
        if self.seat.is_none() {
            return Some(waited);
        }
        waited.refuse();
        None
    }

    /// The state directory does not answer: what the core must know.
    pub(super) fn hangs(&mut self) -> Event {
        self.hangs = true;
        Event::StorageTrouble {
            what: STATE_DIRECTORY,
            trouble: Some(self.unusable()(FileRefusal::Silent)),
        }
    }

    /// Why the state directory cannot be used.
    fn unusable(&self) -> impl Fn(FileRefusal) -> Trouble + use<> {
        let directory = self.directory.clone();
        move |why| {
            let fault = StorageFault::unwritten(StoragePart::State, &directory, why);
            words::explained(Cause::Storage(Arc::new(fault)))
        }
    }

    /// Whether we write, as far as is known.
    pub(super) const fn is_ours(&self) -> bool {
        self.ours
    }

    /// Whether a write may leave now: where there is a cluster, it must be over before our time is.
    pub(super) fn lets_go(&self) -> bool {
        self.ours && self.seat.as_ref().is_none_or(Seat::lets_go)
    }

    /// Whether something was ordered that is not done.
    pub(super) fn is_busy(&self) -> bool {
        let thread = self.thread.as_ref();
        thread.is_some_and(|thread| thread.unanswered_since().is_some())
    }

    /// When to call [`LedgerQueue::attempt`] again.
    pub(super) const fn next_try(&self) -> Option<Timestamp> {
        self.next_try
    }

    /// Tries to become the writer, or to write a ledger that could not be written before.
    pub(super) fn attempt(&mut self) {
        self.next_try = None;
        self.with_thread(StateThread::attempt);
    }

    /// A write that waits for the ledger now.
    pub(super) fn goes_out(&mut self, write: Announced, now: Timestamp) {
        let (user, order) = (write.user, write.order);
        let patience = match &self.seat {
            Some(seat) => seat.request_timeout(),
            None if self.hangs => Duration::ZERO,
            None => self.patience.write,
        };
        let until = Instant::now() + patience;
        self.going_out.push(GoingOut { write, until });
        self.with_thread(|thread| thread.goes_out(user, order, now));
    }

    /// Keeps a lease.
    pub(super) fn put(&mut self, entry: LedgerEntry) {
        self.with_thread(|thread| thread.put(entry));
    }

    /// Forgets a lease.
    pub(super) fn remove(&mut self, id: EntraId) {
        self.with_thread(|thread| thread.remove(id));
    }

    /// Requests go out.
    pub(super) fn sent(&mut self, sent: Sent) {
        self.with_thread(|thread| thread.sent(sent));
    }

    /// The end: what was ordered is on disk, and the lock is let go, if that takes no longer than
    /// `within`.
    pub(super) async fn close(&mut self, within: Duration) {
        self.ours = false;
        if let Some(thread) = self.thread.take() {
            thread.close(within).await;
        }
    }

    fn with_thread(&mut self, order: impl FnOnce(&mut StateThread)) {
        if let Some(thread) = &mut self.thread {
            order(thread);
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
