//! What the bridge wants shown.

use tokio::sync::mpsc;

use crate::PresenceChange;

/// The wishes of the bridge; silent once it has hung up.
pub(super) struct Changes(pub(super) Option<mpsc::Receiver<PresenceChange>>);

impl Changes {
    /// The next wish; never comes once the bridge has hung up.
    pub(super) async fn next(&mut self) -> PresenceChange {
        loop {
            let Some(changes) = &mut self.0 else {
                return std::future::pending().await;
            };
            match changes.recv().await {
                Some(change) => return change,
                None => self.0 = None,
            }
        }
    }
}
