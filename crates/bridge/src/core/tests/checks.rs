//! What must hold in the world, whatever happens.

use super::moves::Writes;
use super::scene::{id_of, secs};
use super::world::{INTERVAL, NAMES, World, who_is};
use crate::{ChunkRead, Effect, WriteOp, WriteOrder, WriteOutcome};
use model::clock::elapsed;
use model::presence::{CallActivity, EntraId, Mapping, ProcallPresence, UserName};
use procall::PresenceChange;

impl World {
    /// Only a ProCall call is ever written, as what it is, while it lasts and while we may.
    pub(super) fn check_order(&self, order: &WriteOrder) {
        assert!(!self.observes(), "{order:?} while observing");
        let (WriteOp::Set(activity) | WriteOp::Renew(activity)) = order.op else {
            return;
        };
        let who = who_is(order.entra_id);
        assert_eq!(
            self.wish(who),
            Some(activity),
            "{order:?} is not what the calls ask for"
        );
        assert!(self.may_set(who), "{order:?} while writing is paused");
        self.check_heard(order);
        let pairs = [("Busy", "InACall"), ("Busy", "InAConferenceCall")];
        assert!(pairs.contains(&activity.pair().wire()), "{order:?}");
        let kept = &self.ledger[&order.entra_id];
        assert_eq!(
            kept.activity,
            order_activity(order.op),
            "the ledger comes first"
        );
    }

    /// What goes out now is allowed now, however long it has waited.
    pub(super) fn check_sent(&self, order: &WriteOrder) {
        assert!(!self.observes(), "{order:?} sent while observing");
        let allowed = order.op == WriteOp::Clear || self.may_set(who_is(order.entra_id));
        assert!(allowed, "{order:?} sent while writing is paused");
        if order.op != WriteOp::Clear {
            self.check_heard(order);
        }
    }

    /// Nothing is set or renewed for calls that nobody has heard of for three signs of life.
    fn check_heard(&self, order: &WriteOrder) {
        let dead = self.death.as_ref();
        assert!(
            !dead.is_some_and(|death| death.forbids_leases(self.now)),
            "{order:?} for a ProCall that is dead"
        );
    }

    /// ProCall is told nothing while observing, and no call of our own or of another lampfield.
    pub(super) fn check_told(&self, change: &PresenceChange) {
        assert!(!self.observes(), "{change:?} while observing");
        let own_call = |who: usize| !self.last_read_a_call[who];
        let who = who_is(id_of(change.user_name.as_str()));
        let mapped_call = change.procall_presence == ProcallPresence::BusyInACall;
        assert!(
            !(mapped_call && own_call(who)),
            "not a Teams call: {change:?}"
        );
    }

    /// A user is idle from when nothing is asked for; a failing or held write starts anew.
    pub(super) fn note_idle(&mut self) {
        for who in 0..NAMES.len() {
            let wanted = self.wish(who).is_some();
            self.failed[who] &= !wanted;
            let waiting = self.flying.iter().any(|flight| {
                who_is(flight.order.entra_id) == who
                    && matches!(flight.outcome, WriteOutcome::Failed(_))
            });
            let hindered = self.observes() || !matches!(self.writes, Writes::Work(_));
            // Whose they are that came with the lock nobody knows before ProCall is back.
            let took_over = self.death.as_ref().is_some_and(|death| death.took_over);
            if wanted || waiting || hindered || took_over {
                self.idle_since[who] = self.now;
            }
        }
    }

    /// What must hold at every second.
    pub(super) fn check(&mut self) {
        for (who, account) in self.accounts.iter().enumerate() {
            let Some((_, ends)) = account.app else {
                continue;
            };
            let idle = elapsed(self.idle_since[who], self.now);
            // After a failure the clear is tried again, at the latest after five minutes.
            let retry = if self.failed[who] { 300 } else { 0 };
            assert!(
                idle <= secs(INTERVAL + retry),
                "a lease outlives its call by {idle:?}"
            );
            let kept = self.ledger.get(&id_of(NAMES[who]));
            assert!(
                kept.is_some_and(|kept| kept.expires_at >= ends),
                "not in the ledger"
            );
        }
        self.check_death();
        let snapshot = self.core.snapshot(self.now);
        assert!(snapshot.coverage.adds_up());
        assert_eq!(snapshot.coverage.procall_users, self.in_procall.len());
        assert_eq!(snapshot.rows.len(), snapshot.coverage.matched);
        assert_eq!(snapshot.rows.len(), snapshot.reads.len());
        let counts = snapshot.leases;
        assert!(counts.held >= counts.confirmed + counts.masked + counts.no_effect);
    }

    /// Every call that lasts is in Teams as what it is.
    pub(super) fn check_calls_are_shown(&self) {
        for (who, account) in self.accounts.iter().enumerate() {
            if self.may_set(who) {
                let held = account.app.map(|(activity, _)| activity);
                assert_eq!(held, self.wish(who), "user {who}");
            }
        }
    }

    /// Every matched user's lamp is what the mapping makes of the truth.
    pub(super) fn check_lamps_are_true(&mut self) {
        for (who, account) in self.accounts.iter().enumerate() {
            assert_eq!(account.app, None);
            if !self.is_matched(who) {
                continue;
            }
            let (shown, _) = account.at(self.now);
            let rule = Mapping::built_in().rule_for(Some(&shown));
            let told = &self.procall[&UserName::new(NAMES[who])];
            let seen = (told.procall_presence, told.lamp, told.tooltip);
            assert_eq!(seen, (rule.procall, rule.lamp, &rule.tooltip), "user {who}");
        }
        assert!(self.ledger.is_empty(), "nothing is left on disk");
    }
}

/// No own call is ever mapped; unknown, missing and failed reads change nothing.
pub(super) fn check_what_a_read_did(read: &ChunkRead, genuine: &[bool], effects: &[Effect]) {
    for effect in effects {
        let Effect::SetProcall(change) = effect else {
            continue;
        };
        let readings = read
            .outcome
            .as_ref()
            .expect("a failed read changes nothing");
        let at = readings
            .iter()
            .position(|reading| same_user(reading.id, &change.user_name))
            .expect("a missing entry changes nothing");
        let rule = Mapping::built_in().rule_for(readings[at].presence.as_ref());
        assert!(!rule.unknown, "unknown changes nothing");
        let mapped_call = change.procall_presence == ProcallPresence::BusyInACall;
        assert!(
            !mapped_call || genuine[at],
            "our own call was mapped: {change:?}"
        );
    }
}

fn same_user(id: EntraId, name: &UserName) -> bool {
    id == id_of(name.as_str())
}

fn order_activity(op: WriteOp) -> CallActivity {
    match op {
        WriteOp::Set(activity) | WriteOp::Renew(activity) => activity,
        WriteOp::Clear => unreachable!("a clear asserts nothing"),
    }
}
