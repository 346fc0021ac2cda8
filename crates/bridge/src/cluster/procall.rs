//! What is set in ProCall, as the engine keeps it for whoever leads next.

use std::time::Duration;

use engine::Ledger;
use model::presence::MatchKey;
use procall::{SharedLedger, Told};
use tokio::sync::{mpsc, oneshot};

use super::Seat;

/// The ledger that the members share, by this one's seat.
pub(crate) struct ProcallLedger {
    seat: Seat,
    orders: mpsc::UnboundedSender<Order>,
}

/// What the engine is asked for, in turn.
enum Order {
    Keep {
        user: MatchKey,
        entry: Vec<u8>,
        kept: Duration,
        taken: oneshot::Sender<bool>,
    },
    Forget(MatchKey),
}

impl ProcallLedger {
    /// Asks the engine on a task of its own. Call it inside a tokio runtime.
    pub(crate) fn new(seat: Seat) -> Self {
        let (orders, given) = mpsc::unbounded_channel();
        tokio::spawn(obey(seat.clone(), given));
        Self { seat, orders }
    }
}

impl SharedLedger for ProcallLedger {
    fn entries(&self) -> Told<Vec<Vec<u8>>> {
        let seat = self.seat.clone();
        Box::pin(async move { seat.procall_entries().await })
    }

    fn keep(&self, user: &MatchKey, entry: Vec<u8>, kept: Duration) -> Told<bool> {
        let (taken, told) = oneshot::channel();
        // Fails where the runtime ends, and then nothing is told.
        let _ = self.orders.send(Order::Keep {
            user: user.clone(),
            entry,
            kept,
            taken,
        });
        Box::pin(async move { told.await.unwrap_or(false) })
    }

    fn forget(&self, user: &MatchKey) {
        // Fails where the runtime ends.
        let _ = self.orders.send(Order::Forget(user.clone()));
    }
}

async fn obey(seat: Seat, mut orders: mpsc::UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Keep {
                user,
                entry,
                kept,
                taken,
            } => {
                let at = (Ledger::Procall, user.as_str());
                // Whoever waited may have let go of it.
                let _ = taken.send(seat.keep(at, &entry, kept).await);
            }
            Order::Forget(user) => {
                seat.forget((Ledger::Procall, user.as_str())).await;
            }
        }
    }
}
