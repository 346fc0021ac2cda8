//! Who writes: the writer lock and the ledger belong together. Only the holder of the lock opens
//! the ledger, and only with a ledger may anything be written. Before every write, to Teams or to
//! the ledger, [`Writership::check`] looks whether the lock is still ours.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::FxHashMap;

use super::event::{Event, LedgerEntry};
use super::ledger::{Ledger, LedgerError, Sent};
use super::lock::{Taken, WriterLock};
use super::parts::StatePlace;
use model::clock::{advance, elapsed};
use model::presence::EntraId;
use model::snapshot::{Mode, ObserveReason};

/// How often a second instance looks whether the first one has gone.
const TRY_EVERY: Duration = Duration::from_secs(5);

/// Whether this process is the writer, and what it holds for that.
pub(super) enum Writership {
    /// This run never writes.
    Never,
    /// Another instance writes, or the state directory cannot be used.
    Waiting(Waiting),
    /// This process holds the lock and the ledger.
    Ours(Box<Ours>),
}

/// The lock, and the ledger that only its holder opens.
pub(super) struct Ours {
    ledger: Ledger,
    /// New leases whose first set has not gone out: nothing of theirs can be in Teams, so that a
    /// restart has nothing to clear.
    waiting: FxHashMap<EntraId, LedgerEntry>,
    /// What is wrong with the ledger on disk, and when to try again.
    trouble: Option<(Arc<str>, Timestamp)>,
    /// Held as long as the ledger is open.
    lock: WriterLock,
    place: StatePlace,
}

/// What a process keeps until the lock is free.
pub(super) struct Waiting {
    place: StatePlace,
    try_at: Timestamp,
    said: Option<ObserveReason>,
}

impl Writership {
    /// Nothing is taken yet: see [`Writership::try_write`].
    pub(super) fn new(state: Option<StatePlace>, mode: &Mode, now: Timestamp) -> Self {
        match (state, mode) {
            (Some(place), Mode::Writing | Mode::Paused) => Self::Waiting(Waiting {
                place,
                try_at: now,
                said: None,
            }),
            _ => Self::Never,
        }
    }

    /// Ours already, with this ledger.
    #[cfg(test)]
    pub(crate) fn with_ledger(place: StatePlace, ledger: Ledger) -> Self {
        let taken = WriterLock::try_take(&place.directory, &place.tenant_id);
        let Ok(Taken::Ours(lock)) = taken else {
            panic!("nobody has the lock");
        };
        Self::Ours(Box::new(Ours {
            ledger,
            waiting: FxHashMap::default(),
            trouble: None,
            lock,
            place,
        }))
    }

    /// When to call [`Writership::try_write`] again; never where there is no need.
    pub(super) fn next_try(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting(waiting) => Some(waiting.try_at),
            Self::Ours(ours) => ours.trouble.as_ref().map(|(_, try_at)| *try_at),
            Self::Never => None,
        }
    }

    /// Tries to become the writer, or to get the ledger onto a disk that failed before. Returns
    /// what the core must know: the leases of an earlier run and leave to write; why we only
    /// observe (once); that the disk works again.
    pub(super) fn try_write(&mut self, now: Timestamp) -> Vec<Event> {
        match self {
            Self::Never => Vec::new(),
            Self::Ours(ours) => {
                let synced = ours.ledger.sync();
                ours.report(synced, now).into_iter().collect()
            }
            Self::Waiting(waiting) => match take(&waiting.place, now) {
                Ok((ours, events)) => {
                    *self = Self::Ours(Box::new(ours));
                    events
                }
                Err(reason) => waiting.refused(reason, now),
            },
        }
    }

    /// Looks whether the lock is still ours: somebody may have removed its file, and another
    /// lampfield may have made and locked a new one. Returns what the core must know.
    pub(super) fn check(&mut self, now: Timestamp) -> Vec<Event> {
        let Self::Ours(ours) = self else {
            return Vec::new();
        };
        if ours.lock.is_in_place() {
            return Vec::new();
        }
        // First all that is ours is let go, then it is taken anew as at the start, if it can be.
        let why = format!(
            "the file of the writer lock was removed or replaced in {}",
            ours.place.directory.display()
        );
        *self = Self::Waiting(Waiting {
            place: ours.place.clone(),
            try_at: now,
            said: None,
        });
        let mut events = vec![Event::Observe(ObserveReason::NoState(why.into()))];
        events.extend(self.try_write(now));
        events
    }

    /// What has gone out in the last 30 s, by an earlier run.
    pub(super) fn sent_lately(&self) -> Vec<Sent> {
        match self {
            Self::Ours(ours) => ours.ledger.sent_lately().collect(),
            Self::Never | Self::Waiting(_) => Vec::new(),
        }
    }

    /// Requests go out: a run that is started again at once must know of them.
    pub(super) fn sent(&mut self, sent: Sent, now: Timestamp) -> Option<Event> {
        let Self::Ours(ours) = self else { return None };
        let written = ours.ledger.sent(sent);
        ours.report(written, now)
    }

    /// Whether this run may ever write.
    pub(super) const fn may_ever_write(&self) -> bool {
        !matches!(self, Self::Never)
    }

    /// Whether we write.
    pub(super) const fn is_ours(&self) -> bool {
        matches!(self, Self::Ours(_))
    }

    /// Keeps a lease: on disk at once where it is there already, else when its set goes out.
    pub(super) fn put(&mut self, entry: LedgerEntry, now: Timestamp) -> Option<Event> {
        let Self::Ours(ours) = self else { return None };
        if !ours.ledger.holds(entry.entra_id) {
            ours.waiting.insert(entry.entra_id, entry);
            return None;
        }
        let put = ours.ledger.put(&entry);
        ours.report(put, now)
    }

    /// The set of this user is about to go out: its lease is on disk when this returns.
    pub(super) fn goes_out(&mut self, id: EntraId, at: Timestamp, now: Timestamp) -> Option<Event> {
        let Self::Ours(ours) = self else { return None };
        let entry = ours.waiting.remove(&id)?;
        let waited = elapsed(entry.set_at, at);
        let put = ours.ledger.put(&LedgerEntry {
            set_at: at,
            expires_at: advance(entry.expires_at, waited),
            ..entry
        });
        ours.report(put, now)
    }

    /// Forgets a lease.
    pub(super) fn remove(&mut self, id: EntraId, now: Timestamp) -> Option<Event> {
        let Self::Ours(ours) = self else { return None };
        ours.waiting.remove(&id);
        let removed = ours.ledger.remove(id);
        ours.report(removed, now)
    }
}

impl Waiting {
    /// Says why we only observe, once for every reason.
    fn refused(&mut self, reason: ObserveReason, now: Timestamp) -> Vec<Event> {
        self.try_at = advance(now, TRY_EVERY);
        if self.said.as_ref() == Some(&reason) {
            return Vec::new();
        }
        self.said = Some(reason.clone());
        vec![Event::Observe(reason)]
    }
}

impl Ours {
    /// A ledger that cannot be written does not stop the writing: leases heal by themselves
    /// within five minutes. But it is said, once, and again when it works.
    fn report(&mut self, result: Result<(), LedgerError>, now: Timestamp) -> Option<Event> {
        let trouble: Option<Arc<str>> = result.err().map(|error| error.to_string().into());
        let known = self.trouble.as_ref().map(|(words, _)| Arc::clone(words));
        self.trouble = trouble
            .clone()
            .map(|words| (words, advance(now, TRY_EVERY)));
        (known != trouble).then_some(Event::StorageTrouble {
            what: "ledger",
            trouble,
        })
    }
}

/// The lock first: only its holder may read and write the ledger.
fn take(place: &StatePlace, now: Timestamp) -> Result<(Ours, Vec<Event>), ObserveReason> {
    let unusable = |error: String| ObserveReason::NoState(error.into());
    let taken = WriterLock::try_take(&place.directory, &place.tenant_id)
        .map_err(|error| unusable(error.to_string()))?;
    let lock = match taken {
        Taken::Ours(lock) => lock,
        Taken::Other { pid } => return Err(ObserveReason::OtherWriter { pid }),
    };
    let (ledger, entries) = Ledger::open(&place.directory, &place.tenant_id, &place.client_id)
        .map_err(|error| unusable(error.to_string()))?;
    let full: Option<Arc<str>> = ledger.opening().not_written.as_deref().map(Arc::from);
    let mut events = vec![Event::Ledger(entries), Event::Write];
    if full.is_some() {
        events.push(Event::StorageTrouble {
            what: "ledger",
            trouble: full.clone(),
        });
    }
    Ok((
        Ours {
            ledger,
            waiting: FxHashMap::default(),
            // Tried again also where there is nothing to write: a call that comes then is kept.
            trouble: full.map(|words| (words, advance(now, TRY_EVERY))),
            lock,
            place: place.clone(),
        },
        events,
    ))
}
