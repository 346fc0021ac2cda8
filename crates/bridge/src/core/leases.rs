//! All leases, by account.

use jiff::Timestamp;
use rustc_hash::FxHashMap;
use std::time::Duration;

use super::super::event::{LedgerEntry, WriteId, WriteOp, WriteOrder};
use super::farewell::GivingBack;
use super::lease::Lease;
use super::user::User;
use model::presence::{CallActivity, EntraId, MatchKey, UserName};
use model::snapshot::LeaseCounts;

/// An order that was given.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) order: WriteOrder,
    /// It says nothing new: a retry, or a set that is sent once more.
    pub(super) again: bool,
}

/// What may be in Teams of ours, and what is under way.
#[derive(Debug, Default)]
pub(super) struct Leases {
    /// Boxed: a table has room for half as many again, and twice that while it grows.
    by_id: FxHashMap<EntraId, Box<Lease>>,
    /// The number of the last order.
    orders: u64,
}

impl Leases {
    /// The lease of this account.
    pub(super) fn get(&self, id: EntraId) -> Option<&Lease> {
        self.by_id.get(&id).map(Box::as_ref)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, id: EntraId) -> Option<&mut Lease> {
        self.by_id.get_mut(&id).map(Box::as_mut)
    }

    /// Whether there is one.
    pub(super) fn has(&self, id: EntraId) -> bool {
        self.by_id.contains_key(&id)
    }

    /// The accounts that have one.
    pub(super) fn ids(&self) -> impl Iterator<Item = EntraId> {
        self.by_id.keys().copied()
    }

    /// The account whose lease is remembered under this name.
    pub(super) fn id_of_key(&self, key: &MatchKey) -> Option<EntraId> {
        let mut leases = self.by_id.iter();
        let (id, _) = leases.find(|(_, lease)| lease.key() == key)?;
        Some(*id)
    }

    /// Those of an earlier run that wait until ProCall has said which calls last, in order.
    pub(super) fn undecided(&self) -> Vec<EntraId> {
        let leases = self.by_id.iter();
        let undecided = leases.filter(|(_, lease)| lease.is_undecided());
        let mut ids: Vec<EntraId> = undecided.map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }

    /// The sums over all that Graph accepted and that did not end yet.
    pub(super) fn counts(&self) -> LeaseCounts {
        let mut counts = LeaseCounts::default();
        for lease in self.by_id.values() {
            lease.count_into(&mut counts);
        }
        counts
    }

    /// A lease for this user, unless there is one.
    pub(super) fn begin(&mut self, user: &User, activity: CallActivity, now: Timestamp) {
        self.by_id.entry(user.id()).or_insert_with(|| {
            let (name, key) = (user.name().clone(), user.key());
            Box::new(Lease::new(name, key, activity, now))
        });
    }

    /// A lease of an earlier run, that ends at `at_most`.
    pub(super) fn remember(&mut self, entry: &LedgerEntry, at_most: Timestamp, now: Timestamp) {
        let lease = Lease::remembered(entry, at_most, now);
        self.by_id.insert(entry.entra_id, Box::new(lease));
    }

    /// Forgets all; whose they were.
    pub(super) fn forget_all(&mut self) -> impl Iterator<Item = EntraId> + use<> {
        std::mem::take(&mut self.by_id).into_keys()
    }

    /// Lets go of a lease that is over; whether the ledger has it.
    pub(super) fn retire(&mut self, id: EntraId) -> bool {
        let lease = self.by_id.remove(&id);
        lease.is_some_and(|lease| lease.on_disk(id).is_some())
    }

    /// Orders a write.
    pub(super) fn order(
        &mut self,
        id: EntraId,
        op: WriteOp,
        expiration: Duration,
        now: Timestamp,
    ) -> Option<Ordered> {
        let lease = self.by_id.get_mut(&id)?;
        self.orders += 1;
        let order = WriteOrder {
            id: WriteId(self.orders),
            user_name: lease.user_name().clone(),
            entra_id: id,
            op,
            only_if_sent: op == WriteOp::Clear && lease.only_if_sent(),
        };
        let again = lease.is_repeated_by(op);
        lease.ordered(order.id, op, expiration, now);
        Some(Ordered { order, again })
    }

    /// What the ledger has, as it has to say it now.
    pub(super) fn on_disk(&self) -> impl Iterator<Item = LedgerEntry> {
        let leases = self.by_id.iter();
        leases.filter_map(|(id, lease)| lease.on_disk(*id))
    }

    /// What stood in the way of failed writes is gone.
    pub(super) fn retry_now(&mut self, now: Timestamp) {
        for lease in self.by_id.values_mut() {
            lease.retry_now(now);
        }
    }

    /// The program ends: all are given back.
    pub(super) fn give_back(&mut self, now: Timestamp) {
        for lease in self.by_id.values_mut() {
            lease.give_back(now);
        }
    }

    /// How far the giving back has come.
    pub(super) fn giving_back(&self) -> GivingBack {
        if self.by_id.values().any(|lease| lease.newest().is_some()) {
            return GivingBack::UnderWay;
        }
        let retries = self.in_teams().filter_map(|lease| Some(lease.retry()?.at));
        retries.min().map_or(GivingBack::Over, GivingBack::Waiting)
    }

    /// Until when Microsoft has asked us to wait with what is tried again.
    pub(super) fn asked_to_wait_until(&self) -> Option<Timestamp> {
        let retries = self.by_id.values().filter_map(|lease| lease.retry());
        let asked = retries.filter(|retry| retry.was_asked_to_wait());
        asked.map(|retry| retry.at).max()
    }

    /// Whose leases may be in Teams, in order.
    pub(super) fn names_in_teams(&self) -> Vec<UserName> {
        let names = self.in_teams().map(|lease| lease.user_name().clone());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable_by(|one, other| one.as_str().cmp(other.as_str()));
        names
    }

    fn in_teams(&self) -> impl Iterator<Item = &Lease> {
        let leases = self.by_id.values().map(Box::as_ref);
        leases.filter(|lease| lease.in_teams_until().is_some())
    }
}
