//! The set task: sends the write orders, one per user at a time, as the budget allows.
//!
//! An order leaves the outbox only when the budget has let it through. Until then a newer order
//! may still replace it, so that nothing stale is sent after a throttle.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::event::{Event, WriteId, WriteOp, WriteOrder, WriteOutcome, WriteResult};
use super::outbox::Outbox;
use graph::{Admission, Failure, FailureKind, Graph, WriteAnswer};
use model::clock::Clock;
use model::presence::EntraId;

/// Writes under way at once. With 100 ms a write this is 160 a second, three times what the
/// budget allows; fewer would make a restart with 1,000 leases wait for the network.
const PARALLEL_WRITES: usize = 16;

/// What the bridge tells the set task.
#[derive(Debug)]
pub(super) enum SetOrder {
    /// Write.
    Write(WriteOrder),
    /// Send nothing more for this user that has not gone out yet.
    Withdraw(EntraId),
    /// Send the clears that wait, drop everything else, say when done and end.
    Finish(oneshot::Sender<()>),
}

/// A write that the budget has let through: it goes out once the ledger says so.
#[derive(Debug)]
pub(super) struct Announced {
    /// Whose.
    pub(super) user: EntraId,
    /// Which order.
    pub(super) order: WriteId,
    /// To be told whether it may go out.
    pub(super) may_go: oneshot::Sender<bool>,
}

/// See the module.
pub(super) struct SetTask {
    graph: Graph,
    clock: Arc<dyn Clock>,
    events: mpsc::Sender<Event>,
    announce: mpsc::UnboundedSender<Announced>,
    expiration: Duration,
    outbox: Outbox,
    under_way: JoinSet<WriteResult>,
    finish: Option<oneshot::Sender<()>>,
}

impl SetTask {
    /// Leases are written for `expiration` (five minutes).
    pub(super) fn new(
        graph: Graph,
        clock: Arc<dyn Clock>,
        events: mpsc::Sender<Event>,
        announce: mpsc::UnboundedSender<Announced>,
        expiration: Duration,
    ) -> Self {
        Self {
            graph,
            clock,
            events,
            announce,
            expiration,
            outbox: Outbox::default(),
            under_way: JoinSet::new(),
            finish: None,
        }
    }

    /// Runs until told to finish, or until nobody gives orders any more.
    pub(super) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<SetOrder>) {
        while !(self.finish.is_some() && self.outbox.is_idle()) {
            let next = self.outbox.next_priority();
            let may_send = next.is_some() && self.under_way.len() < PARALLEL_WRITES;
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
        if let Some(done) = self.finish.take() {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    async fn order(&mut self, order: SetOrder) {
        let needless = match order {
            SetOrder::Write(order) => self.outbox.push(order),
            SetOrder::Withdraw(user) => self.outbox.withdraw(user).into_iter().collect(),
            SetOrder::Finish(done) => {
                self.finish = Some(done);
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
        let write = async move {
            if !may_go_out(&announce, &order).await {
                return not_sent(order, started);
            }
            write(graph, order, expiration, admission).await
        };
        self.under_way.spawn(async move {
            let ended = AssertUnwindSafe(write).catch_unwind().await;
            ended.unwrap_or_else(|_| broken_off(kept, started, clock.now()))
        });
    }

    async fn answered(&mut self, result: WriteResult) {
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

/// A write whose task panicked: it may have been sent. The core tries again, and no user is left
/// behind with an order that never ends.
fn broken_off(order: WriteOrder, started: Timestamp, finished_at: Timestamp) -> WriteResult {
    let words = "the write broke off inside lampfield (please report it); it is tried again";
    WriteResult {
        order,
        sent_at: Some(started),
        finished_at,
        outcome: WriteOutcome::Failed(Failure::new(FailureKind::Server, words)),
    }
}
