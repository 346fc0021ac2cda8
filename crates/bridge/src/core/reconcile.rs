//! From the wish to the next write. Level-triggered: [`Core::reconcile`] may be called at any
//! time and as often as one likes; it looks at what is wanted, what is known and what is under
//! way, and orders what is missing.

use jiff::Timestamp;
use tracing::Level;

use super::super::event::{Effect, WriteId, WriteOp};
use super::super::line::{LineKind, LogTarget};
use super::Core;
use super::alarms::Alarm;
use super::leases::Ordered;
use super::permission::Permit;
use super::user::User;
use model::clock::advance;
use model::presence::{CallActivity, EntraId, MatchKey};
use model::snapshot::UserEventKind;

/// The ledger names an end this much later than a write would have that is sent at once: the
/// budget may hold it back. While it is held back for long, the ledger is told again.
const LEDGER_MARGIN: std::time::Duration = std::time::Duration::from_secs(30);

impl Core {
    /// What the calls of this account's user ask of Teams. Users that are not matched (any more)
    /// ask nothing; before the lists are known, the ledger's name stands in.
    fn wish(&self, id: EntraId) -> Option<CallActivity> {
        if self.permission.is_stopping() {
            return None;
        }
        let key = match self.roster.user(id) {
            Some(user) => user.key(),
            None if self.roster.is_known() => return None,
            None => self.leases.get(id)?.key().clone(),
        };
        self.states.wish(&key, self.permission.other_writer())
    }

    pub(super) fn permit(&self, id: EntraId) -> Permit {
        let paused = |key: &MatchKey| self.states.is_paused(key);
        let user_paused = match self.roster.user(id) {
            Some(user) => paused(&user.key()),
            None => self.leases.get(id).is_some_and(|lease| paused(lease.key())),
        };
        self.permission.permit(user_paused)
    }

    /// All users with a call and all accounts with a lease.
    pub(super) fn reconcile_all(&mut self, now: Timestamp) {
        let calling = self.states.calling();
        let users = calling.filter_map(|key| self.roster.index_of_key(key));
        let mut ids: Vec<EntraId> = users
            .filter_map(|ix| self.roster.at(ix))
            .map(User::id)
            .chain(self.leases.ids())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            self.reconcile(id, now);
        }
    }

    /// The user of this name, or the leases remembered under it.
    pub(super) fn reconcile_key(&mut self, key: &MatchKey, now: Timestamp) {
        let matched = self.roster.index_of_key(key);
        if let Some(user) = matched.and_then(|ix| self.roster.at(ix)) {
            return self.reconcile(user.id(), now);
        }
        if let Some(id) = self.leases.id_of_key(key) {
            self.reconcile(id, now);
        }
    }

    /// Brings one account a step nearer to the wish.
    pub(super) fn reconcile(&mut self, id: EntraId, now: Timestamp) {
        let (wish, permit) = (self.wish(id), self.permit(id));
        self.show_what_would_be(id, wish, permit, now);
        if permit == Permit::Write {
            self.begin_lease(id, wish, now);
        }
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        lease.want(wish, permit);
        if let Some(end) = lease.in_teams_until().filter(|end| now >= *end) {
            self.expired(id, end, now);
        }
        self.take_step(id, permit, now);
        self.withdraw(id, permit);
        self.retire_or_wait(id, permit, now);
        self.touch_id(id);
    }

    fn begin_lease(&mut self, id: EntraId, wish: Option<CallActivity>, now: Timestamp) {
        let (Some(activity), Some(user)) = (wish, self.roster.user(id)) else {
            return;
        };
        self.leases.begin(user, activity, now);
    }

    fn take_step(&mut self, id: EntraId, permit: Permit, now: Timestamp) {
        let Some(lease) = self.leases.get(id) else {
            return;
        };
        if let Some(op) = lease.next_step(permit, self.settings.renew_before, now) {
            self.order(id, op, now);
        }
    }

    /// What was ordered and has not gone out must not, where it is not allowed any more.
    pub(super) fn withdraw(&mut self, id: EntraId, permit: Permit) {
        if let Some(lease) = self.leases.get_mut(id)
            && lease.withdraw(permit)
        {
            self.out.push(Effect::Withdraw(id));
        }
    }

    /// Whether this order is still to go out: asked at the last moment, when the budget has let it
    /// through.
    #[must_use]
    pub fn expects(&self, user: EntraId, order: WriteId) -> bool {
        let lease = self.leases.get(user);
        lease.is_some_and(|lease| lease.expects(order))
    }

    /// Orders a write, and has the ledger say so first.
    pub(super) fn order(&mut self, id: EntraId, op: WriteOp, now: Timestamp) {
        let expiration = self.settings.expiration;
        let Some(Ordered { order, again }) = self.leases.order(id, op, expiration, now) else {
            return;
        };
        if op != WriteOp::Clear {
            self.keep_on_disk(id, self.end_on_disk(now));
        }
        let name = order.user_name.clone();
        self.out.push(Effect::Write(order));
        self.log(
            Level::DEBUG,
            LogTarget::Set,
            Some(&name),
            format!("{} ordered", words(op)),
        );
        if let (WriteOp::Set(activity), false, Some(ix)) = (op, again, self.roster.index_of(id)) {
            self.record(ix, now, UserEventKind::LeaseOrdered(activity));
        }
    }

    /// What the ledger says of the end of a lease that is ordered now.
    pub(super) fn end_on_disk(&self, now: Timestamp) -> Timestamp {
        advance(advance(now, self.settings.expiration), LEDGER_MARGIN)
    }

    /// Has the ledger say that a lease may last until `end`.
    pub(super) fn keep_on_disk(&mut self, id: EntraId, end: Timestamp) {
        if let Some(lease) = self.leases.get_mut(id) {
            self.out.push(Effect::LedgerPut(lease.keep_until(id, end)));
        }
    }

    /// The lease ran out in Teams before it could be renewed or cleared.
    fn expired(&mut self, id: EntraId, end: Timestamp, now: Timestamp) {
        let Some(lease) = self.leases.get(id) else {
            return;
        };
        let name = lease.user_name().clone();
        self.lease_gone(id, end);
        self.log_of(
            LineKind::LeaseExpired,
            Level::WARN,
            LogTarget::Set,
            Some(&name),
            "the lease ran out by itself",
        );
        if let Some(ix) = self.roster.index_of(id) {
            self.record(ix, now, UserEventKind::LeaseExpired);
        }
    }

    /// Nothing of ours is in Teams any more since `from`: the settling window begins. The
    /// ledger keeps the lease until the window ends, so that a bridge that is started again
    /// within it does not take the echo for a Teams call either.
    pub(super) fn lease_gone(&mut self, id: EntraId, from: Timestamp) {
        let window = self.settings.settling();
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        let until = lease.settle(from, window);
        if lease.is_kept_while_settling() {
            self.keep_on_disk(id, until);
        }
        if let Some(user) = self.roster.index_of(id) {
            self.hold_echo_until(user, until);
        }
    }

    fn retire_or_wait(&mut self, id: EntraId, permit: Permit, now: Timestamp) {
        let (expiration, renew_before) = (self.settings.expiration, self.settings.renew_before);
        let Some(lease) = self.leases.get(id) else {
            return;
        };
        if lease.is_over(permit, now) {
            return self.retire(id);
        }
        if lease.ledger_due(expiration).is_some_and(|due| due <= now) {
            self.keep_on_disk(id, self.end_on_disk(now));
        }
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        if let Some(at) = lease.next_alarm(permit, (expiration, renew_before), now) {
            self.alarms.set(at, Alarm::Lease(id));
        }
    }

    fn retire(&mut self, id: EntraId) {
        if self.leases.retire(id) {
            self.out.push(Effect::LedgerRemove(id));
        }
    }

    /// An alarm rang.
    pub(super) fn lease_alarm(&mut self, id: EntraId, at: Timestamp, now: Timestamp) {
        let Some(lease) = self.leases.get_mut(id) else {
            return;
        };
        lease.alarm_rang(at);
        self.reconcile(id, now);
    }

    /// While nothing may be set: shows what would be.
    fn show_what_would_be(
        &mut self,
        id: EntraId,
        wish: Option<CallActivity>,
        permit: Permit,
        now: Timestamp,
    ) {
        // Nobody observes: it is not known what would be.
        if permit == Permit::Unheard {
            return;
        }
        let Some(ix) = self.roster.index_of(id) else {
            return;
        };
        let would = wish.filter(|_| permit != Permit::Write);
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        if !user.observe(would, now) {
            return;
        }
        if permit != Permit::Write {
            self.note_would_be(ix, would, now);
        }
        self.touch(ix);
    }

    fn note_would_be(&mut self, ix: usize, would: Option<CallActivity>, now: Timestamp) {
        self.record(ix, now, UserEventKind::WouldWrite(would));
        if self.permission.other_writer() && would.is_none() {
            // The other writer's lease comes back to us as ours would.
            let until = advance(now, self.settings.settling());
            self.hold_echo_until(ix, until);
        }
        let message = match would {
            Some(activity) => format!("would write Busy/{}", activity.as_str()),
            None => "would clear".to_owned(),
        };
        if let Some(name) = self.roster.name_at(ix) {
            self.log(Level::INFO, LogTarget::Set, Some(&name), message);
        }
    }
}

/// A write in words.
pub(super) fn words(op: WriteOp) -> String {
    match op {
        WriteOp::Set(activity) => format!("set Busy/{}", activity.as_str()),
        WriteOp::Renew(activity) => format!("renew Busy/{}", activity.as_str()),
        WriteOp::Clear => "clear".to_owned(),
    }
}
