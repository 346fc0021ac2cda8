//! The set task: sends the write orders, one per user at a time, as the budget allows.
//!
//! An order leaves the outbox only when the budget has let it through. Until then a newer order
//! may still replace it, so that nothing stale is sent after a throttle.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::event::{Event, WriteId, WriteOp, WriteOrder, WriteOutcome, WriteResult};
use super::outbox::Outbox;
use graph::{Admission, Failure, FailureKind, Graph, WriteAnswer};
use model::cause::Cause;
use model::clock::Clock;
use model::presence::EntraId;

/// Writes under way at once. With 100 ms a write this is 160 a second, three times what the
/// budget allows; fewer would make a restart with 1,000 leases wait for the network.
const PARALLEL_WRITES: usize = 16;

/// How long the answer to a write is waited for once the program ends: then there is time for
/// another try.
const LAST_ANSWERS: Duration = Duration::from_secs(4);

/// What the bridge tells the set task.
#[derive(Debug)]
pub(super) enum SetOrder {
    /// Send this order when it is its turn.
    Write(WriteOrder),
    /// Send nothing more for this user that has not gone out yet.
    Withdraw(EntraId),
    /// The program ends: from now on only clears are sent, and none is waited for for long.
    Farewell,
}

/// A write that the budget has let through: it goes out once the ledger says so.
#[derive(Debug)]
pub(super) struct Announced {
    /// The user that is written for.
    pub(super) user: EntraId,
    /// The order that is about to go out.
    pub(super) order: WriteId,
    /// To be told whether it may go out.
    pub(super) may_go: oneshot::Sender<bool>,
}

impl Announced {
    /// It may not go out.
    pub(super) fn refuse(self) {
        // Whoever waits for it may be gone.
        let _ = self.may_go.send(false);
    }
}

/// The task's state: the outbox and the writes under way.
pub(super) struct SetTask {
    graph: Graph,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<Event>,
    announce: mpsc::UnboundedSender<Announced>,
    expiration: Duration,
    outbox: Outbox,
    under_way: JoinSet<WriteResult>,
    /// Writes under way at once, at most. Fewer where connections fail: a process with few file
    /// descriptors has room for a few of them at a time.
    parallel: usize,
    farewell: watch::Sender<bool>,
    /// When a write is given up, where another one may write after it.
    write_within: Option<Duration>,
}

impl SetTask {
    /// Leases are written for `expiration` (five minutes).
    pub(super) fn new(
        graph: Graph,
        clock: Arc<dyn Clock>,
        events: mpsc::Sender<Event>,
        announce: mpsc::UnboundedSender<Announced>,
        expiration: Duration,
        write_within: Option<Duration>,
    ) -> Self {
        Self {
            graph,
            clock,
            events,
            announce,
            expiration,
            outbox: Outbox::default(),
            under_way: JoinSet::new(),
            parallel: PARALLEL_WRITES,
            farewell: watch::Sender::new(false),
            write_within,
        }
    }

    /// Runs until told to finish, or until nobody gives orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<SetOrder>) {
        loop {
            let next = self.outbox.next_priority();
            let may_send = next.is_some() && self.under_way.len() < self.parallel;
            let graph = self.graph.clone();
            let admitted = async move {
                match next {
                    Some(priority) => graph.admit(priority).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                order = orders.recv() => match order {
                    Some(order) => self.order(order).await,
                    None => return,
                },
                Some(Ok(result)) = self.under_way.join_next() => self.answered(result).await,
                admission = admitted, if may_send => self.send(admission),
            }
        }
    }

    async fn order(&mut self, order: SetOrder) {
        let needless = match order {
            SetOrder::Write(order) => self.outbox.push(order),
            SetOrder::Withdraw(user) => self.outbox.withdraw(user).into_iter().collect(),
            SetOrder::Farewell => {
                self.farewell.send_replace(true);
                self.outbox.keep_only_clears()
            }
        };
        for order in needless {
            self.tell(not_sent(order, self.clock.now())).await;
        }
    }

    fn send(&mut self, admission: Admission) {
        let Some(order) = self.outbox.pop() else {
            return;
        };
        let (graph, announce) = (self.graph.clone(), self.announce.clone());
        let (expiration, clock) = (self.expiration, Arc::clone(&self.clock));
        let started = clock.now();
        let kept = order.clone();
        let (write_within, time) = (self.write_within, Arc::clone(&clock));
        let write = async move {
            if !may_go_out(&announce, &order).await {
                return not_sent(order, started);
            }
            let (sent, kept) = (time.now(), order.clone());
            let write = write(graph, order, expiration, admission);
            match write_within {
                None => write.await,
                Some(within) => timeout(within, write)
                    .await
                    .unwrap_or_else(|_| given_up(kept, within, sent, time.now())),
            }
        };
        let too_late = too_late(self.farewell.subscribe());
        self.under_way.spawn(async move {
            let ended = tokio::select! {
                ended = AssertUnwindSafe(write).catch_unwind() => ended.ok(),
                () = too_late => return given_up(kept, LAST_ANSWERS, started, clock.now()),
            };
            ended.unwrap_or_else(|| broken_off(kept, started, clock.now()))
        });
    }

    async fn answered(&mut self, result: WriteResult) {
        self.parallel = match &result.outcome {
            WriteOutcome::Failed(failure) if failure.kind == FailureKind::Network => {
                (self.parallel / 2).max(1)
            }
            WriteOutcome::Accepted(_) => (self.parallel + 1).min(PARALLEL_WRITES),
            WriteOutcome::Failed(_) | WriteOutcome::NotSent => self.parallel,
        };
        self.outbox.ended(result.order.entra_id);
        self.tell(result).await;
    }

    async fn tell(&self, result: WriteResult) {
        // Nobody listens any more: the program ends, and so will this task.
        let _ = self.events.send(Event::Written(result)).await;
    }
}

/// Waits until the ledger says that it goes out; `false` where it must not any more.
async fn may_go_out(announce: &mpsc::UnboundedSender<Announced>, order: &WriteOrder) -> bool {
    let (may_go, answer) = oneshot::channel();
    let announced = Announced {
        user: order.entra_id,
        order: order.id,
        may_go,
    };
    // Both fail when the program ends: what does not go out now ends by itself in Teams.
    announce.send(announced).is_ok() && answer.await.unwrap_or(false)
}

/// An order that was not sent, and never will be.
const fn not_sent(order: WriteOrder, finished_at: Timestamp) -> WriteResult {
    WriteResult {
        order,
        sent_at: None,
        finished_at,
        outcome: WriteOutcome::NotSent,
    }
}

async fn write(
    graph: Graph,
    order: WriteOrder,
    expiration: Duration,
    admission: Admission,
) -> WriteResult {
    let WriteAnswer {
        sent_at,
        finished_at,
        outcome,
    } = match order.op {
        WriteOp::Set(activity) | WriteOp::Renew(activity) => {
            let pair = activity.pair();
            graph
                .set_presence(order.entra_id, pair, expiration, admission)
                .await
        }
        WriteOp::Clear => graph.clear_presence(order.entra_id, admission).await,
    };
    WriteResult {
        order,
        sent_at,
        finished_at,
        outcome: match outcome {
            Ok(accepted) => WriteOutcome::Accepted(accepted),
            Err(failure) => WriteOutcome::Failed(failure),
        },
    }
}

/// Ends [`LAST_ANSWERS`] after the program began to end.
async fn too_late(mut farewell: watch::Receiver<bool>) {
    if farewell.wait_for(|begun| *begun).await.is_err() {
        return std::future::pending().await;
    }
    tokio::time::sleep(LAST_ANSWERS).await;
}

/// A write whose answer is not waited for any longer: the program ends, or another one may soon write
/// instead. It may have been sent.
fn given_up(
    order: WriteOrder,
    within: Duration,
    started: Timestamp,
    finished_at: Timestamp,
) -> WriteResult {
    let words = format!("no answer within {} s", within.as_secs_f64());
    let failure = Failure::new(FailureKind::Timeout, words).because(Cause::TimeOut("Graph".into()));
    WriteResult {
        order,
        sent_at: Some(started),
        finished_at,
        outcome: WriteOutcome::Failed(failure),
    }
}

/// A write whose task panicked: it may have been sent. The core tries again, and no user is left
/// behind with an order that never ends.
fn broken_off(order: WriteOrder, started: Timestamp, finished_at: Timestamp) -> WriteResult {
    let words = "the write broke off inside lampfield (please report it); it is tried again";
    let failure = Failure::new(FailureKind::Server, words).because(Cause::BrokeOff);
    WriteResult {
        order,
        sent_at: Some(started),
        finished_at,
        outcome: WriteOutcome::Failed(failure),
    }
}
