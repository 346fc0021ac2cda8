//! The leases of another process that writes for the tenant, as its ledger names them: whoever only
//! looks must take none of them for a Teams call.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

use super::event::{Event, LedgerEntry};
use super::ledger::Ledger;
use super::parts::StatePlace;
use model::clock::Clock;
use model::snapshot::{Mode, Snapshot};

/// How often the ledger is looked at: a lease is in it before it is in Teams.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long the first look may hold up the start.
const FIRST_WITHIN: Duration = Duration::from_secs(2);

/// Looks at the ledger of whoever writes.
pub(super) struct Others {
    place: StatePlace,
    clock: Arc<dyn Clock>,
}

impl Others {
    pub(super) const fn new(place: StatePlace, clock: Arc<dyn Clock>) -> Self {
        Self { place, clock }
    }

    /// What the core must know before the first reading.
    pub(super) async fn first(&self) -> Option<Event> {
        let leases = tokio::time::timeout(FIRST_WITHIN, self.leases()).await;
        leases.ok().map(Event::OthersLeases)
    }

    /// Looks again and again, as long as we do not write ourselves.
    pub(super) async fn follow(
        self,
        snapshots: watch::Receiver<Arc<Snapshot>>,
        events: mpsc::WeakSender<Event>,
    ) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut told = Vec::new();
        loop {
            look.tick().await;
            if snapshots.has_changed().is_err() {
                return;
            }
            if !matches!(snapshots.borrow().mode, Mode::Observing(_)) {
                continue;
            }
            let leases = self.leases().await;
            if leases == told {
                continue;
            }
            told.clone_from(&leases);
            let Some(events) = events.upgrade() else {
                return;
            };
            if events.send(Event::OthersLeases(leases)).await.is_err() {
                return;
            }
        }
    }

    /// None where there is no ledger, or where it cannot be read: then nobody knows better.
    async fn leases(&self) -> Vec<LedgerEntry> {
        let place = self.place.clone();
        let reading = move || {
            Ledger::peek(&place.directory, &place.tenant_id, &place.client_id).unwrap_or_default()
        };
        let ahead = self.clock.ahead();
        let leases = tokio::task::spawn_blocking(reading).await;
        let leases = leases.unwrap_or_default().into_iter();
        leases.map(|entry| entry.shifted(-ahead)).collect()
    }
}
