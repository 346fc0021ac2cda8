//! Who writes: the writer lock and the ledger belong together. Only the holder of the lock opens
//! the ledger, and only with a ledger may anything be written.

use std::time::Duration;

use jiff::Timestamp;

use super::event::{Event, LedgerEntry};
use super::ledger::Ledger;
use super::lock::{Taken, WriterLock};
use super::snapshot::{Mode, ObserveReason};
use super::wiring::StatePlace;
use crate::clock::advance;
use crate::presence::EntraId;

/// How often a second instance looks whether the first one has gone.
const TRY_EVERY: Duration = Duration::from_secs(5);

/// See the module.
pub(super) enum Writership {
    /// This run never writes.
    Never,
    /// Another instance writes, or the state directory cannot be used.
    Waiting(Waiting),
    /// We write.
    Ours {
        /// The leases on disk.
        ledger: Ledger,
        /// Held as long as the ledger is open.
        _lock: WriterLock,
    },
}

/// See [`Writership::Waiting`].
pub(super) struct Waiting {
    place: StatePlace,
    try_at: Timestamp,
    said: Option<ObserveReason>,
}

impl Writership {
    /// Nothing is taken yet: see [`Writership::try_write`].
    pub(super) fn new(state: Option<StatePlace>, mode: &Mode, now: Timestamp) -> Self {
        match (state, mode) {
            (Some(place), Mode::Writing | Mode::Paused) => {
                Self::Waiting(Waiting { place, try_at: now, said: None })
            }
            _ => Self::Never,
        }
    }

    /// When to call [`Writership::try_write`] again; never where there is no need.
    pub(super) fn next_try(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting(waiting) => Some(waiting.try_at),
            Self::Never | Self::Ours { .. } => None,
        }
    }

    /// Tries to become the writer. Returns what the core must know: the leases of an earlier
    /// run and leave to write, or why we only observe (once).
    pub(super) fn try_write(&mut self, now: Timestamp) -> Vec<Event> {
        let Self::Waiting(waiting) = self else { return Vec::new() };
        waiting.try_at = advance(now, TRY_EVERY);
        match take(&waiting.place) {
            Ok((ledger, lock, entries)) => {
                *self = Self::Ours { ledger, _lock: lock };
                vec![Event::Ledger(entries), Event::Write]
            }
            Err(reason) if waiting.said.as_ref() == Some(&reason) => Vec::new(),
            Err(reason) => {
                waiting.said = Some(reason.clone());
                vec![Event::Observe(reason)]
            }
        }
    }

    /// Keeps a lease on disk.
    pub(super) fn put(&mut self, entry: &LedgerEntry) -> Option<Event> {
        match self {
            Self::Ours { ledger, .. } => trouble(ledger.put(entry)),
            _ => None,
        }
    }

    /// Forgets a lease.
    pub(super) fn remove(&mut self, id: EntraId) -> Option<Event> {
        match self {
            Self::Ours { ledger, .. } => trouble(ledger.remove(id)),
            _ => None,
        }
    }
}

/// The lock first: only its holder may read and write the ledger.
fn take(place: &StatePlace) -> Result<(Ledger, WriterLock, Vec<LedgerEntry>), ObserveReason> {
    let unusable = |error: String| ObserveReason::NoState(error.into());
    let taken = WriterLock::try_take(&place.directory, &place.tenant_id)
        .map_err(|error| unusable(error.to_string()))?;
    let lock = match taken {
        Taken::Ours(lock) => lock,
        Taken::Other { pid } => return Err(ObserveReason::OtherWriter { pid }),
    };
    let (ledger, entries) = Ledger::open(&place.directory, &place.tenant_id, &place.client_id)
        .map_err(|error| unusable(error.to_string()))?;
    Ok((ledger, lock, entries))
}
