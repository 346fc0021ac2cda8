//! The leases of an earlier run: adopted where the call still lasts, cleared where it does not.

use jiff::Timestamp;
use tracing::Level;

use super::super::event::{Effect, LedgerEntry};
use super::super::line::LogTarget;
use super::Core;
use super::journal::several;
use super::lease::Lease;
use model::clock::advance;
use model::presence::EntraId;
use model::snapshot::UserEventKind;

impl Core {
    /// Remembers what is on disk. Nothing is decided before ProCall has said which calls last.
    ///
    /// The ledger comes with the writer lock. Whoever had the lock last knows what is in Teams; what
    /// we remember ourselves, where we had it once before, is out of date.
    pub(super) fn take_ledger(&mut self, entries: Vec<LedgerEntry>, now: Timestamp) {
        for id in self.leases.forget_all() {
            self.touch_id(id);
        }
        if !entries.is_empty() {
            let leases = several(entries.len(), "lease");
            let message = format!("{leases} of an earlier run found in the ledger");
            self.log(Level::INFO, LogTarget::Bridge, None, message);
        }
        for entry in entries {
            self.remember(&entry, now);
        }
        if self.states.calls_known() && !self.permission.is_unheard() {
            self.decide_adoptions(now);
        }
    }

    fn remember(&mut self, entry: &LedgerEntry, now: Timestamp) {
        let id = entry.entra_id;
        let seen_until = advance(entry.expires_at, self.settings.settling());
        if seen_until <= now {
            if let Some(user) = self.roster.index_of(id) {
                // A reading that began before may still be under way.
                self.hold_echo_until(user, seen_until);
            }
            self.out.push(Effect::LedgerRemove(id));
            return;
        }
        let at_most = self.end_on_disk(now);
        self.leases.remember(entry, at_most, now);
        self.reconcile(id, now);
    }

    /// ProCall has said which calls last.
    pub(super) fn decide_adoptions(&mut self, now: Timestamp) {
        let (mut adopted, mut cleared) = (0_usize, 0_usize);
        for id in self.leases.undecided() {
            if let Some(lease) = self.leases.get_mut(id) {
                lease.decide();
            }
            self.reconcile(id, now);
            if self.adopted(id, now) {
                adopted += 1;
            } else {
                cleared += 1;
            }
        }
        if adopted + cleared > 0 {
            let message = format!(
                "leases of an earlier run: {adopted} adopted, {cleared} given back or run out"
            );
            self.log(Level::INFO, LogTarget::Bridge, None, message);
        }
    }

    fn adopted(&mut self, id: EntraId, now: Timestamp) -> bool {
        let Some(activity) = self.leases.get(id).and_then(Lease::adopted) else {
            return false;
        };
        if let Some(ix) = self.roster.index_of(id) {
            self.record(ix, now, UserEventKind::LeaseAdopted(activity));
        }
        true
    }
}
