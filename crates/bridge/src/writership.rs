//! Who writes: the writer lock and the ledger belong together. Only the holder of the lock opens
//! the ledger, and only with a ledger may anything be written. Before every write, to Teams or to
//! the ledger, [`Writership::check`] looks whether the lock is still ours.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustc_hash::{FxHashMap, FxHashSet};

use super::cluster::Seat;
use super::event::{Event, LedgerEntry};
use super::ledger::{Ledger, LedgerError, Sent};
use super::lock::{Taken, WriterLock};
use super::parts::StatePlace;
use model::cause::{Cause, Trouble};
use model::clock::{advance, elapsed};
use model::file_fault::{FileRefusal, StorageFault, StoragePart};
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
    trouble: Option<(Trouble, Timestamp)>,
    /// Held as long as the ledger is open.
    lock: WriterLock,
    place: StatePlace,
    /// This member's part in a cluster, where there is one.
    cluster: Option<Clustered>,
}

/// What the lock alone does not decide: where there is a cluster, its leader writes.
struct Clustered {
    seat: Seat,
    /// As the core was last told: nothing while we write.
    observes: Option<ObserveReason>,
}

/// What a process keeps until the lock is free.
pub(super) struct Waiting {
    place: StatePlace,
    seat: Option<Seat>,
    try_at: Timestamp,
    said: Option<ObserveReason>,
}

impl Writership {
    /// Nothing is taken yet: see [`Writership::try_write`].
    pub(super) fn new(
        state: Option<StatePlace>,
        seat: Option<Seat>,
        mode: &Mode,
        now: Timestamp,
    ) -> Self {
        match (state, mode) {
            (Some(place), Mode::Writing | Mode::Paused) => Self::Waiting(Waiting {
                place,
                seat,
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
            cluster: None,
        }))
    }

    /// When to call [`Writership::try_write`] again; never where there is no need.
    pub(super) fn next_try(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting(waiting) => Some(waiting.try_at),
            Self::Ours(ours) => ours.next_try(),
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
            Self::Waiting(waiting) => match take(waiting, now) {
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
            return ours.follow_standing(now);
        }
        // First all that is ours is let go, then it is taken anew as at the start, if it can be.
        let gone = FileRefusal::Replaced;
        let fault = StorageFault::unwritten(StoragePart::Lock, &ours.place.directory, gone);
        let why = words::explained(Cause::Storage(Arc::new(fault)));
        let cluster = ours.cluster.as_ref();
        let seat = cluster.map(|cluster| cluster.seat.clone());
        if let Some(seat) = &seat {
            seat.stand(false);
        }
        *self = Self::Waiting(Waiting {
            place: ours.place.clone(),
            seat,
            try_at: now,
            said: None,
        });
        let mut events = vec![Event::Observe(ObserveReason::NoState(why))];
        events.extend(self.try_write(now));
        events
    }

    /// What has gone out in the last 30 s, by an earlier run or by the leader before.
    pub(super) fn sent_lately(&self) -> Vec<Sent> {
        match self {
            Self::Ours(ours) => match &ours.cluster {
                Some(cluster) => cluster.seat.sent_lately(),
                None => ours.ledger.sent_lately().collect(),
            },
            Self::Never | Self::Waiting(_) => Vec::new(),
        }
    }

    /// Requests go out: a run that is started again at once must know of them.
    pub(super) fn sent(&mut self, sent: Sent, now: Timestamp) -> Option<Event> {
        let Self::Ours(ours) = self else { return None };
        if let Some(cluster) = &ours.cluster {
            cluster.seat.spend(sent.count);
        }
        let written = ours.ledger.sent(sent);
        ours.report(written, now)
    }

    /// Whether this run may ever write.
    pub(super) const fn may_ever_write(&self) -> bool {
        !matches!(self, Self::Never)
    }

    /// Whether we write.
    pub(super) const fn is_ours(&self) -> bool {
        match self {
            Self::Ours(ours) => ours.writes(),
            Self::Never | Self::Waiting(_) => false,
        }
    }

    /// Keeps a lease: on disk at once where it is there already, else when its set goes out.
    pub(super) fn put(&mut self, entry: LedgerEntry, now: Timestamp) -> Option<Event> {
        let Self::Ours(ours) = self else { return None };
        if !ours.ledger.holds(entry.entra_id) {
            ours.waiting.insert(entry.entra_id, entry);
            return None;
        }
        if let Some(cluster) = &ours.cluster {
            // What the engine does not hear of now, it hears before the next write of this user.
            cluster.seat.put(&entry);
        }
        let put = ours.ledger.put(&entry);
        ours.report(put, now)
    }

    /// The write of this user is about to go out: its lease is on disk when this returns, and with the
    /// engine where there is a cluster. Whether it may go out.
    pub(super) fn goes_out(
        &mut self,
        id: EntraId,
        at: Timestamp,
        now: Timestamp,
    ) -> (bool, Option<Event>) {
        let Self::Ours(ours) = self else {
            return (true, None);
        };
        let mut event = None;
        if let Some(entry) = ours.waiting.remove(&id) {
            let waited = elapsed(entry.set_at, at);
            let put = ours.ledger.put(&LedgerEntry {
                set_at: at,
                expires_at: advance(entry.expires_at, waited),
                ..entry
            });
            event = ours.report(put, now);
        }
        (ours.is_fenced(id), event)
    }

    /// Forgets a lease.
    pub(super) fn remove(&mut self, id: EntraId, now: Timestamp) -> Option<Event> {
        let Self::Ours(ours) = self else { return None };
        ours.waiting.remove(&id);
        if let Some(cluster) = &ours.cluster {
            cluster.seat.remove(id);
        }
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

impl Clustered {
    /// From now on this member stands for election.
    fn standby(seat: Seat) -> Self {
        seat.stand(true);
        Self {
            seat,
            observes: Some(ObserveReason::Standby),
        }
    }
}

impl Ours {
    /// In a cluster the engine may keep the ledger from it for a moment: it is asked again.
    fn next_try(&self) -> Option<Timestamp> {
        self.trouble.as_ref().map(|(_, try_at)| *try_at)
    }

    const fn writes(&self) -> bool {
        match &self.cluster {
            Some(cluster) => cluster.observes.is_none(),
            None => true,
        }
    }

    /// The fence: the engine takes the entry of this lease, from whoever leads.
    fn is_fenced(&self, id: EntraId) -> bool {
        let Some(cluster) = &self.cluster else {
            return true;
        };
        match self.ledger.entry(id) {
            Some(entry) => cluster.seat.put(entry),
            // What is cleared without an entry is asked for all the same.
            None => cluster.seat.spend(0),
        }
    }

    /// What the core must know, where this member has become the leader or is not any more.
    fn follow_standing(&mut self, now: Timestamp) -> Vec<Event> {
        let Some(cluster) = &mut self.cluster else {
            return Vec::new();
        };
        let observes = cluster.seat.standing().observes();
        if cluster.observes == observes {
            return Vec::new();
        }
        if let Some(reason) = observes {
            cluster.observes = Some(reason.clone());
            return vec![Event::Observe(reason)];
        }
        // Where the engine does not say what it keeps, its next answer is another chance.
        let Ok(theirs) = cluster.seat.entries() else {
            return Vec::new();
        };
        cluster.observes = None;
        let seat = cluster.seat.clone();
        self.lead(&seat, theirs, now)
    }

    /// Those of our own ledger that the engine does not know are over.
    fn forget_others(&mut self, known: &FxHashSet<EntraId>, now: Timestamp) -> Vec<Event> {
        let ours = self.ledger.entries().map(|entry| entry.entra_id);
        let over: Vec<_> = ours.filter(|id| !known.contains(id)).collect();
        let removed = over.into_iter().filter_map(|id| {
            let removed = self.ledger.remove(id);
            self.report(removed, now)
        });
        removed.collect()
    }

    /// Takes over the leases that the engine knows. One that was started anew knows none: then those of
    /// our own ledger and what it named before are all there is, and it is told of them.
    fn lead(&mut self, seat: &Seat, theirs: Vec<LedgerEntry>, now: Timestamp) -> Vec<Event> {
        let mut events = Vec::new();
        let named: FxHashSet<_> = theirs.iter().map(|entry| entry.entra_id).collect();
        let known = if named.is_empty() {
            seat.known()
        } else {
            events.extend(self.forget_others(&named, now));
            theirs
        };
        for entry in known {
            let put = self.ledger.put(&entry);
            events.extend(self.report(put, now));
        }
        let mut untold = self.ledger.entries();
        // One that it does not take is told with the next write of its user.
        let _ = untold.all(|entry| named.contains(&entry.entra_id) || seat.put(entry));
        let all = self.ledger.entries().cloned().collect();
        events.extend([Event::Ledger(all), Event::Write]);
        events
    }

    /// A ledger that cannot be written does not stop the writing: leases heal by themselves
    /// within five minutes. But it is said, once, and again when it works.
    fn report(&mut self, result: Result<(), LedgerError>, now: Timestamp) -> Option<Event> {
        let trouble = result.err().map(|error| error.trouble());
        let known = self.trouble.as_ref().map(|(known, _)| known.clone());
        let again = advance(now, TRY_EVERY);
        self.trouble = trouble.clone().map(|trouble| (trouble, again));
        (known != trouble).then_some(Event::StorageTrouble {
            what: "ledger",
            trouble,
        })
    }
}

/// The lock first: only its holder may read and write the ledger.
fn take(waiting: &Waiting, now: Timestamp) -> Result<(Ours, Vec<Event>), ObserveReason> {
    let place = &waiting.place;
    let taken = WriterLock::try_take(&place.directory, &place.tenant_id)
        .map_err(|error| ObserveReason::NoState(error.trouble()))?;
    let lock = match taken {
        Taken::Ours(lock) => lock,
        Taken::Other { pid } => return Err(ObserveReason::OtherWriter { pid }),
    };
    let (ledger, entries) = Ledger::open(&place.directory, &place.tenant_id, &place.client_id)
        .map_err(|error| ObserveReason::NoState(error.trouble()))?;
    let full = ledger.opening().not_written.clone();
    let cluster = waiting.seat.clone().map(Clustered::standby);
    let mut events = match &cluster {
        Some(_) => vec![Event::Observe(ObserveReason::Standby)],
        None => vec![Event::Ledger(entries), Event::Write],
    };
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
            trouble: full.map(|trouble| (trouble, advance(now, TRY_EVERY))),
            lock,
            place: place.clone(),
            cluster,
        },
        events,
    ))
}
