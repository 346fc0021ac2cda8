//! What the bridge wants shown.

use tokio::sync::mpsc;

use crate::PresenceOrder;

/// The orders of the bridge; silent once it has hung up.
pub(super) struct Orders(pub(super) Option<mpsc::Receiver<PresenceOrder>>);

impl Orders {
    /// The next order; never comes once the bridge has hung up.
    pub(super) async fn next(&mut self) -> PresenceOrder {
        loop {
            let Some(orders) = &mut self.0 else {
                return std::future::pending().await;
            };
            match orders.recv().await {
                Some(order) => return order,
                None => self.0 = None,
            }
        }
    }

    /// The last of the orders that wait which is about everybody; none is heard any more.
    pub(super) fn end(&mut self) -> Option<PresenceOrder> {
        let waiting = std::iter::from_fn(|| self.0.as_mut()?.try_recv().ok());
        let last = waiting
            .filter(|order| !matches!(order, PresenceOrder::Show(_)))
            .last();
        self.0 = None;
        last
    }
}
