//! What this member may do. The ledger's thread and the state machine's loop ask here; the task of the
//! member keeps it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cluster::{Election, Fence, Right, Rules};
use engine::{Engine, EngineError, Ledger, Put, Spent};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::ClusterParts;
use super::yielding::Lack;
use crate::event::LedgerEntry;
use crate::ledger::Sent;
use model::cause::Trouble;
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
    /// What this member lacks to lead, for the others.
    pub(super) lacks: Option<Lack>,
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
            lacks: None,
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

    /// What this member lacks to lead, as its own snapshot says: the others hear of it within seconds. `looks_every`: how
    /// often that is found out anew.
    pub(crate) fn tell_lacks(&self, trouble: Option<Trouble>, looks_every: Duration) {
        let now = self.0.clock.now();
        let mut state = self.state();
        let since = state.lacks.as_ref().map_or(now, |it| it.since);
        state.lacks = trouble.map(|trouble| Lack {
            trouble,
            since,
            looks_every,
        });
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

    /// Whether it does not lead, and did not until the engine was lost.
    pub(crate) fn stands_by(&self) -> bool {
        self.standing() == Standing::Standby
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
        let left = elapsed(self.0.clock.wall(), entry.expires_at);
        let bytes = serde_json::to_vec(entry).unwrap_or_default();
        let key = entry.entra_id.to_string();
        let kept = self.keep((Ledger::Teams, &key), &bytes, left);
        self.0.runtime.block_on(kept)
    }

    /// Has the engine forget a lease. One that stays there ends by itself.
    pub(crate) fn remove(&self, id: EntraId) -> bool {
        let key = id.to_string();
        let forgotten = self.forget((Ledger::Teams, &key));
        self.0.runtime.block_on(forgotten)
    }

    /// Says that requests go out; whether this member may send them at all.
    pub(crate) fn spend(&self, requests: u32) -> bool {
        let engine = &self.0.engine;
        let spent = self.with_fence(|fence| async move {
            Ok(match engine.spend(&fence, requests, u32::MAX).await? {
                Spent::Refused => Put::Refused,
                // The limit is kept where requests wait for their turn.
                Spent::Granted | Spent::Full => Put::Taken,
            })
        });
        self.0.runtime.block_on(spent)
    }

    /// Has the engine keep an entry for so long, and a minute more; whether it did.
    pub(super) async fn keep(&self, at: (Ledger, &str), entry: &[u8], kept: Duration) -> bool {
        let engine = &self.0.engine;
        let put = |fence| async move { engine.put(&fence, at, entry, kept + KEPT_AFTER).await };
        self.with_fence(put).await
    }

    /// Has the engine forget an entry; whether it did. One that stays there ends by itself.
    pub(super) async fn forget(&self, at: (Ledger, &str)) -> bool {
        let engine = &self.0.engine;
        let remove = |fence| async move { engine.remove(&fence, at).await };
        self.with_fence(remove).await
    }

    /// Alone there is nobody to ask.
    async fn with_fence<A>(&self, ask: impl FnOnce(Fence) -> A) -> bool
    where
        A: Future<Output = Result<Put, EngineError>>,
    {
        match self.standing() {
            Standing::Leads(right) => matches!(ask(right.fence).await, Ok(Put::Taken)),
            Standing::Alone => true,
            Standing::EngineLost | Standing::Standby => false,
        }
    }

    /// What the engine keeps of what is set in ProCall; nothing where it cannot be asked.
    pub(super) async fn procall_entries(&self) -> Vec<Vec<u8>> {
        let entries = self.0.engine.entries(Ledger::Procall).await;
        let entries = entries.unwrap_or_default().into_iter();
        entries.map(|(_, entry)| entry).collect()
    }
}

/// One that cannot be read is of a version to come, and ends by itself.
pub(super) fn read(entries: Vec<(String, Vec<u8>)>) -> Vec<LedgerEntry> {
    let entries = entries.into_iter();
    let read = entries.filter_map(|(_, bytes)| serde_json::from_slice(&bytes).ok());
    read.collect()
}
