//! What this member may do. The ledger's thread and the state machine's loop ask here; the task of the
//! member keeps it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cluster::{Election, Fence, Right, Rules};
use engine::{Engine, EngineError, Ledger, Put, Spent};
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::ClusterParts;
use crate::event::LedgerEntry;
use crate::ledger::Sent;
use model::clock::{Clock, elapsed, shifted};
use model::presence::EntraId;
use model::snapshot::ObserveReason;

/// How long after a lease's end its entry is kept: readings may still show it.
const KEPT_AFTER: Duration = Duration::from_mins(1);

/// Whether this member writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It leads.
    Leads(Right),
    /// It led until the engine was lost, and is to go on all the same.
    Alone,
    /// It led until the engine was lost.
    EngineLost,
    /// It does not lead.
    Standby,
}

impl Standing {
    /// Why it does not, where it does not.
    pub(crate) const fn observes(self) -> Option<ObserveReason> {
        match self {
            Self::Leads(_) | Self::Alone => None,
            Self::EngineLost => Some(ObserveReason::EngineLost),
            Self::Standby => Some(ObserveReason::Standby),
        }
    }
}

/// What is known of the election, and what follows from it.
pub(super) struct State {
    pub(super) election: Election,
    /// It led, and the engine was lost.
    pub(super) led_until_lost: bool,
    /// And the engine was asked in vain since: a process that was paused has only not asked.
    pub(super) asked_in_vain: bool,
    /// The leases that the engine kept when it last named any, while this member stood by: an engine
    /// that is started anew names none.
    pub(super) known: Vec<LedgerEntry>,
    /// Others who were there a moment ago.
    pub(super) others: usize,
}

/// This member's seat. Clones are the same seat.
#[derive(Clone)]
pub(crate) struct Seat(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    engine: Engine,
    rules: Rules,
    alone: bool,
    runtime: Handle,
    clock: Arc<dyn Clock>,
    /// The lock of this machine is ours: from then on it stands for election.
    stands: watch::Sender<bool>,
    changed: watch::Sender<u64>,
}

impl Seat {
    /// Nobody asks for it before [`Seat::stand`]. Call it inside a tokio runtime.
    pub(crate) fn new(parts: &ClusterParts, clock: Arc<dyn Clock>) -> Self {
        let state = State {
            election: Election::new(parts.rules, parts.member, clock.now()),
            led_until_lost: false,
            asked_in_vain: false,
            known: Vec::new(),
            others: 0,
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            engine: parts.engine.clone(),
            rules: parts.rules,
            alone: parts.alone,
            runtime: Handle::current(),
            clock,
            stands: watch::Sender::new(false),
            changed: watch::Sender::new(0),
        }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stands(&self) -> watch::Receiver<bool> {
        self.0.stands.subscribe()
    }

    /// Tells whoever waits that the standing may be another one.
    pub(super) fn tell_changed(&self) {
        self.0.changed.send_modify(|count| *count += 1);
    }

    /// Ends with each change of the standing.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// The lock of this machine is ours, or not any more.
    pub(crate) fn stand(&self, stands: bool) {
        self.0.stands.send_replace(stands);
    }

    /// Whether somebody else would take over.
    pub(crate) fn has_others(&self) -> bool {
        self.state().others > 0
    }

    /// What this member may do now.
    pub(crate) fn standing(&self) -> Standing {
        let now = self.0.clock.now();
        let state = self.state();
        if let Some(right) = state.election.right(now) {
            return Standing::Leads(right);
        }
        match (state.led_until_lost, self.0.alone && state.asked_in_vain) {
            (true, true) => Standing::Alone,
            (true, false) => Standing::EngineLost,
            (false, _) => Standing::Standby,
        }
    }

    /// Whether another member may lead without this one hearing of it, while it goes on.
    pub(crate) fn may_have_rival(&self) -> bool {
        matches!(self.standing(), Standing::Alone | Standing::EngineLost)
    }

    /// What it leads with, where it does.
    pub(crate) fn fence(&self) -> Option<Fence> {
        match self.standing() {
            Standing::Leads(right) => Some(right.fence),
            Standing::Alone | Standing::EngineLost | Standing::Standby => None,
        }
    }

    /// Whether a write may leave now: it must have ended before the right to it has.
    pub(crate) fn lets_go(&self) -> bool {
        match self.standing() {
            Standing::Leads(right) => right.left >= self.0.rules.request_timeout,
            Standing::Alone => true,
            Standing::EngineLost | Standing::Standby => false,
        }
    }

    /// When a write is given up.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.0.rules.request_timeout
    }

    /// The leases that the engine knows. Waits for it; not for a task.
    pub(crate) fn entries(&self) -> Result<Vec<LedgerEntry>, EngineError> {
        let entries = self.0.engine.entries(Ledger::Teams);
        let entries = self.0.runtime.block_on(entries)?;
        Ok(read(entries))
    }

    /// The leases that the engine kept before it was started anew.
    pub(crate) fn known(&self) -> Vec<LedgerEntry> {
        std::mem::take(&mut self.state().known)
    }

    /// What leaders have sent to Graph in the last 30 s, as times of day.
    pub(crate) fn sent_lately(&self) -> Vec<Sent> {
        let spent = self.0.runtime.block_on(self.0.engine.spent());
        let wall = self.0.clock.wall();
        let ago = |age: Duration| {
            shifted(
                wall,
                -jiff::SignedDuration::try_from(age).unwrap_or_default(),
            )
        };
        let told = |(age, count)| Sent {
            at: ago(age),
            count,
        };
        // Where it does not say, what the leader before showed counts all the same.
        spent.unwrap_or_default().into_iter().map(told).collect()
    }

    /// Has the engine keep a lease; whether it did. Alone there is nobody to ask.
    pub(crate) fn put(&self, entry: &LedgerEntry) -> bool {
        self.with_fence(|fence| {
            let left = elapsed(self.0.clock.wall(), entry.expires_at) + KEPT_AFTER;
            let bytes = serde_json::to_vec(entry).unwrap_or_default();
            let key = entry.entra_id.to_string();
            let engine = &self.0.engine;
            let key = (Ledger::Teams, &*key);
            let put = async { engine.put(&fence, key, &bytes, left).await };
            self.0.runtime.block_on(put)
        })
    }

    /// Has the engine forget a lease. One that stays there ends by itself.
    pub(crate) fn remove(&self, id: EntraId) -> bool {
        self.with_fence(|fence| {
            let key = id.to_string();
            let engine = &self.0.engine;
            self.0
                .runtime
                .block_on(async { engine.remove(&fence, (Ledger::Teams, &key)).await })
        })
    }

    /// Says that requests go out; whether this member may send them at all.
    pub(crate) fn spend(&self, requests: u32) -> bool {
        self.with_fence(|fence| {
            let engine = &self.0.engine;
            let asks = async { engine.spend(&fence, requests, u32::MAX).await };
            Ok(match self.0.runtime.block_on(asks)? {
                Spent::Refused => Put::Refused,
                // The limit is kept where requests wait for their turn.
                Spent::Granted | Spent::Full => Put::Taken,
            })
        })
    }

    fn with_fence(&self, ask: impl FnOnce(Fence) -> Result<Put, EngineError>) -> bool {
        match self.standing() {
            Standing::Leads(right) => matches!(ask(right.fence), Ok(Put::Taken)),
            Standing::Alone => true,
            Standing::EngineLost | Standing::Standby => false,
        }
    }
}

impl Seat {
    /// What the engine keeps of what is set in ProCall; nothing where it cannot be asked.
    pub(super) async fn procall_entries(&self) -> Vec<Vec<u8>> {
        let entries = self.0.engine.entries(Ledger::Procall).await;
        let entries = entries.unwrap_or_default().into_iter();
        entries.map(|(_, entry)| entry).collect()
    }

    /// Has the engine keep what may be set in ProCall for a user until then; whether it did. Alone there is nobody to
    /// ask.
    pub(super) async fn keep_procall(&self, user: &str, entry: &[u8], until: Timestamp) -> bool {
        match self.standing() {
            Standing::Leads(right) => {
                let left = elapsed(self.0.clock.wall(), until) + KEPT_AFTER;
                let key = (Ledger::Procall, user);
                let put = self.0.engine.put(&right.fence, key, entry, left).await;
                matches!(put, Ok(Put::Taken))
            }
            Standing::Alone => true,
            Standing::EngineLost | Standing::Standby => false,
        }
    }

    /// Has the engine forget it. What stays there ends by itself.
    pub(super) async fn forget_procall(&self, user: &str) {
        if let Some(fence) = self.fence() {
            let key = (Ledger::Procall, user);
            let _ = self.0.engine.remove(&fence, key).await;
        }
    }
}

/// One that cannot be read is of a version to come, and ends by itself.
pub(super) fn read(entries: Vec<(String, Vec<u8>)>) -> Vec<LedgerEntry> {
    let entries = entries.into_iter();
    let read = entries.filter_map(|(_, bytes)| serde_json::from_slice(&bytes).ok());
    read.collect()
}
