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

    /// Whether what is set is to be let go of, by one of the orders that wait; they are not heard any more.
    pub(super) fn end_with_letting_go(&mut self) -> bool {
        let waiting = std::iter::from_fn(|| self.0.as_mut()?.try_recv().ok());
        let lets_go = waiting.fold(false, |before, order| match order {
            PresenceOrder::LetGo => true,
            PresenceOrder::Show(_) => before,
        });
        self.0 = None;
        lets_go
    }
}
