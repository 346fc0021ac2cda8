//! The thread that owns the writer lock and the ledger: where the state directory stands on a disk
//! or share that does not answer, this thread waits, and nobody else.
//!
//! In: what the ledger shall say, and which writes are about to go out. Out: a [`Report`] for each
//! time that it has done what there was. What waits for a hung disk is one entry a user and the
//! requests of 30 s: the queue is bounded without losing anything.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::event::{Event, LedgerEntry, WriteId};
use super::ledger::{Sent, SentLately};
use super::writership::Writership;
use model::clock::Clock;
use model::presence::EntraId;

/// What the thread has done, and what has become of the writership.
#[derive(Debug)]
pub(super) struct Report {
    /// What the core must know, in this order.
    pub(super) events: Vec<Event>,
    /// These writes may go out as far as the ledger is concerned.
    pub(super) written_down: Vec<WriteId>,
    /// These may not: another member of the cluster leads, or nobody knows.
    pub(super) refused: Vec<WriteId>,
    /// Whether we write.
    pub(super) ours: bool,
    /// When to try again to become the writer, or to write the ledger.
    pub(super) next_try: Option<Timestamp>,
    /// We have just become the writer: what an earlier run has sent in the last 30 s.
    pub(super) sent_lately: Vec<Sent>,
    posted: u64,
}

/// The handle of the thread: orders to it, reports from it.
pub(super) struct StateThread {
    shared: Arc<Shared>,
    reports: mpsc::UnboundedReceiver<Report>,
    posted: u64,
    unanswered: Option<Instant>,
}

struct Shared {
    orders: Mutex<Orders>,
    given: Condvar,
}

/// What the thread has not taken yet.
#[derive(Default)]
struct Orders {
    attempt: bool,
    changes: BTreeMap<EntraId, Change>,
    sent: SentLately,
    /// One a user: no user has two writes under way.
    going_out: BTreeMap<EntraId, (WriteId, Timestamp)>,
    close: bool,
    posted: u64,
}

/// What has become of the lease of one user: first the one, then the other.
#[derive(Default)]
struct Change {
    removed: bool,
    put: Option<LedgerEntry>,
}

impl StateThread {
    /// Starts it.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub(super) fn start(writership: Writership, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            orders: Mutex::default(),
            given: Condvar::new(),
        });
        let (tell, reports) = mpsc::unbounded_channel();
        let served = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || served.serve(writership, &*clock, &tell))?;
        Ok(Self {
            shared,
            reports,
            posted: 0,
            unanswered: None,
        })
    }

    /// Tries to become the writer, or to write a ledger that could not be written before.
    pub(super) fn attempt(&mut self) {
        self.order(|orders| orders.attempt = true);
    }

    /// Keeps a lease: on disk at once where it is there already, else when its set goes out.
    pub(super) fn put(&mut self, entry: LedgerEntry) {
        let id = entry.entra_id;
        self.order(|orders| orders.changes.entry(id).or_default().put = Some(entry));
    }

    /// Forgets a lease.
    pub(super) fn remove(&mut self, id: EntraId) {
        let removed = Change {
            removed: true,
            put: None,
        };
        self.order(|orders| drop(orders.changes.insert(id, removed)));
    }

    /// Requests go out: a run that is started again at once must know of them.
    pub(super) fn sent(&mut self, sent: Sent) {
        self.order(|orders| orders.sent.add(sent));
    }

    /// A write is about to go out: the report that names it says that the ledger knows.
    pub(super) fn goes_out(&mut self, user: EntraId, write: WriteId, now: Timestamp) {
        self.order(|orders| {
            orders.going_out.insert(user, (write, now));
            orders.sent.add(Sent { at: now, count: 1 });
        });
    }

    /// The next report; none any more where the thread has ended.
    pub(super) async fn report(&mut self) -> Report {
        let Some(report) = self.reports.recv().await else {
            return std::future::pending().await;
        };
        self.unanswered = (report.posted != self.posted).then(Instant::now);
        report
    }

    /// Since when the thread owes a report.
    pub(super) const fn unanswered_since(&self) -> Option<Instant> {
        self.unanswered
    }

    /// How much waits for it.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        let orders = self.shared.lock();
        orders.changes.len() + orders.going_out.len() + orders.sent.iter().len()
    }

    /// Ends it: what was ordered is written, the lock is let go. Waits for that at most `within`.
    pub(super) async fn close(mut self, within: Duration) {
        self.order(|orders| orders.close = true);
        let ended = async { while self.reports.recv().await.is_some() {} };
        // A hung disk keeps the thread, and the lock falls with the process.
        let _ = tokio::time::timeout(within, ended).await;
    }

    fn order(&mut self, give: impl FnOnce(&mut Orders)) {
        self.posted += 1;
        let mut orders = self.shared.lock();
        give(&mut orders);
        orders.posted = self.posted;
        drop(orders);
        self.unanswered.get_or_insert_with(Instant::now);
        self.shared.given.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Orders> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(
        &self,
        mut writership: Writership,
        clock: &dyn Clock,
        tell: &mpsc::UnboundedSender<Report>,
    ) {
        loop {
            let orders = self.next();
            let close = orders.close;
            let report = carry_out(orders, &mut writership, clock.now());
            if tell.send(report).is_err() || close {
                return;
            }
        }
    }

    /// Waits until there is something to do, and takes all of it.
    fn next(&self) -> Orders {
        let orders = self.lock();
        let waited = self.given.wait_while(orders, |orders| orders.posted == 0);
        std::mem::take(&mut *waited.unwrap_or_else(PoisonError::into_inner))
    }
}

/// Before every write it is looked whether the lock is still ours.
fn carry_out(orders: Orders, writership: &mut Writership, now: Timestamp) -> Report {
    let was_ours = writership.is_ours();
    let mut events = Vec::new();
    if orders.attempt {
        events.extend(writership.try_write(now));
    }
    events.extend(writership.check(now));
    for (id, change) in orders.changes {
        if change.removed {
            events.extend(writership.remove(id, now));
        }
        if let Some(entry) = change.put {
            events.extend(writership.put(entry, now));
        }
    }
    for sent in orders.sent.iter() {
        events.extend(writership.sent(sent, now));
    }
    let (mut written_down, mut refused) = (Vec::new(), Vec::new());
    for (user, (write, at)) in orders.going_out {
        let (goes, event) = writership.goes_out(user, at, now);
        events.extend(event);
        if goes {
            written_down.push(write);
        } else {
            refused.push(write);
        }
    }
    let ours = writership.is_ours();
    Report {
        events,
        written_down,
        refused,
        ours,
        next_try: writership.next_try(),
        sent_lately: if ours && !was_ours {
            writership.sent_lately()
        } else {
            Vec::new()
        },
        posted: orders.posted,
    }
}
