//! Echo, and what ProCall is told. While something of ours may show in Teams, a reading that the
//! mapping would turn into "busy, in a call" is ours: it is held, never mapped (design, rule 1).

use jiff::Timestamp;

use super::super::event::{Effect, LedgerEntry};
use super::Core;
use super::user::{EchoHeld, User};
use model::clock::advance;
use model::presence::{EntraId, ProcallPresence, Rule, UserName};
use model::snapshot::UserEventKind;
use procall::PresenceChange;

impl Core {
    /// Whether InACall in a reading that began then may be ours, or the lease of another lampfield
    /// that writes for this tenant: until ProCall has told its calls once, any of them may be.
    pub(super) fn may_be_ours(&self, ix: usize, started: Timestamp) -> bool {
        let Some(user) = self.roster.at(ix) else {
            return false;
        };
        let lease = self.leases.get(user.id());
        user.may_echo(started)
            || self.may_be_others(user.id(), started)
            || lease.is_some_and(|lease| lease.explains(started))
            || (self.permission.other_writer()
                && (user.is_observed() || !self.states.calls_known()))
    }

    /// Whether the ledger of another process that writes for this tenant explains it.
    fn may_be_others(&self, id: EntraId, started: Timestamp) -> bool {
        let until = self.others.get(&id);
        self.permission.observes().is_some() && until.is_some_and(|until| started <= *until)
    }

    /// The leases of another process, and nothing of what its ledger named before.
    pub(super) fn take_others(&mut self, entries: &[LedgerEntry]) {
        let window = self.settings.settling();
        let until = |entry: &LedgerEntry| (entry.entra_id, advance(entry.expires_at, window));
        self.others = entries.iter().map(until).collect();
    }

    /// A lease of this user ended: readings that began up to `until` may still show it.
    pub(super) fn hold_echo_until(&mut self, ix: usize, until: Timestamp) {
        if let Some(user) = self.roster.at_mut(ix) {
            user.hold_echo_until(until);
        }
        self.touch(ix);
    }

    /// Applies the rule for a reading that says something.
    pub(super) fn apply_rule(
        &mut self,
        ix: usize,
        rule: &'static Rule,
        started: Timestamp,
        now: Timestamp,
    ) {
        if rule.procall == ProcallPresence::BusyInACall && self.may_be_ours(ix, started) {
            return self.hold_echo(ix, rule, now);
        }
        self.release_echo(ix, rule, now);
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        if user.apply(rule) {
            self.tell(ix, rule, now);
        }
    }

    fn hold_echo(&mut self, ix: usize, rule: &'static Rule, now: Timestamp) {
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        let id = user.id();
        let EchoHeld {
            would_change,
            begins,
        } = user.hold_echo(rule);
        if begins {
            self.record(ix, now, UserEventKind::EchoHeld);
        }
        let counted = match self.leases.get_mut(id) {
            Some(lease) => lease.count_echo(),
            None => !begins,
        };
        if would_change && !counted {
            self.echoes_suppressed += 1;
        }
        self.touch(ix);
    }

    fn release_echo(&mut self, ix: usize, rule: &Rule, now: Timestamp) {
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        if !user.release_echo() {
            return;
        }
        let name = user.name().clone();
        if rule.procall == ProcallPresence::BusyInACall {
            self.record(ix, now, UserEventKind::EchoReleased);
            self.log_presence(&name, || {
                "the call in Teams outlasts our lease: a real Teams call".to_owned()
            });
        }
    }

    fn tell(&mut self, ix: usize, rule: &'static Rule, now: Timestamp) {
        let Some(user) = self.roster.at_mut(ix) else {
            return;
        };
        let first = user.tell(rule, now);
        let name = user.name().clone();
        if first {
            self.journal.first_read();
        }
        if !first || rule.procall != ProcallPresence::Unchanged {
            self.record(ix, now, UserEventKind::ProcallSet(rule.into()));
        }
        if !first {
            self.log_presence(&name, || told_words(rule));
        }
        self.tell_procall(name, rule, now);
        self.touch(ix);
    }

    /// Sends a change to ProCall, unless nothing at all may be written.
    pub(super) fn tell_procall(&mut self, name: UserName, rule: &'static Rule, now: Timestamp) {
        if !self.permission.may_tell_procall() {
            return;
        }
        self.out.push(Effect::SetProcall(PresenceChange {
            at: now,
            user_name: name,
            procall_presence: rule.procall,
            lamp: rule.lamp,
            tooltip: &rule.tooltip,
            rule: &rule.name,
        }));
    }

    /// Another lampfield has written until now, and what ProCall was told may not be so any more: a call in Teams may
    /// have been that one's lease, of which it alone knew. Whoever is in `doubt` is told anew by the next reading.
    pub(super) fn doubt_presences(&mut self, doubt: fn(&mut User) -> bool) {
        for ix in 0..self.roster.users().len() {
            let user = self.roster.at_mut(ix);
            if user.is_some_and(doubt) {
                self.touch(ix);
            }
        }
    }

    /// ProCall may have heard nothing so far: tells it everything.
    pub(super) fn tell_procall_everything(&mut self, now: Timestamp) {
        let told: Vec<(UserName, &'static Rule)> = self
            .roster
            .users()
            .iter()
            .filter_map(|user| Some((user.name().clone(), user.told()?)))
            .collect();
        for (name, rule) in told {
            self.tell_procall(name, rule, now);
        }
    }
}

fn told_words(rule: &Rule) -> String {
    format!(
        "ProCall: {}, lamp {} ({}), rule {}",
        rule.procall.as_str(),
        rule.lamp.as_str(),
        rule.tooltip.en,
        rule.name
    )
}
