//! What ProCall was told of a user, and what is held back because it may be ours.

use jiff::Timestamp;

use super::User;
use super::flags::UserFlag;
use model::presence::{BuiltInRule, CallActivity, ProcallPresence, Rule};
use model::stamp::Stamp;

/// An echo is being held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::core) struct EchoHeld {
    /// It would change what ProCall was told.
    pub(in crate::core) would_change: bool,
    /// And is held for the first time.
    pub(in crate::core) begins: bool,
}

impl User {
    /// What we hold in ProCall.
    pub(in crate::core) fn procall(&self) -> ProcallPresence {
        self.told
            .map_or(ProcallPresence::Unchanged, |rule| rule.procall)
    }

    /// The rule by which ProCall was last told; nothing before the first time.
    pub(in crate::core) fn told(&self) -> Option<&'static Rule> {
        self.told.map(BuiltInRule::rule)
    }

    /// This is the rule in force; whether ProCall has to be told.
    pub(in crate::core) fn apply(&mut self, rule: &'static Rule) -> bool {
        self.rule = rule.into();
        self.was_told_otherwise(rule)
    }

    fn was_told_otherwise(&self, rule: &Rule) -> bool {
        self.told.is_none_or(|told| !says_the_same(&told, rule))
    }

    /// ProCall is told by this rule; whether for the first time.
    pub(in crate::core) fn tell(&mut self, rule: &'static Rule, now: Timestamp) -> bool {
        let first = self.told.is_none();
        if first || self.procall() != rule.procall {
            self.procall_since = Some(now.into());
        }
        self.told = Some(rule.into());
        first
    }

    /// A call that ProCall was told of may have been another writer's lease: the next reading says.
    /// Whether there was one.
    pub(in crate::core) fn doubt_call(&mut self) -> bool {
        let calls = self.procall() == ProcallPresence::BusyInACall;
        calls && self.doubt()
    }

    /// What ProCall was told is no longer known to be so: the next reading says. Whether it was told anything.
    pub(in crate::core) fn doubt(&mut self) -> bool {
        self.told.take().is_some()
    }

    /// Whether a reading that began then may show a lease that ended.
    pub(in crate::core) fn may_echo(&self, started: Timestamp) -> bool {
        Stamp::from(started) <= self.echo_until
    }

    /// A lease ended: readings that began up to `until` may still show it.
    pub(in crate::core) fn hold_echo_until(&mut self, until: Timestamp) {
        self.echo_until = self.echo_until.max(until.into());
    }

    /// What a reading says by this rule is held back.
    pub(in crate::core) fn hold_echo(&mut self, rule: &Rule) -> EchoHeld {
        let would_change = self.was_told_otherwise(rule);
        let was_held = self.flags.set(UserFlag::EchoHeld, would_change);
        EchoHeld {
            would_change,
            begins: would_change && !was_held,
        }
    }

    /// Nothing is held back any more; whether anything was.
    pub(in crate::core) fn release_echo(&mut self) -> bool {
        self.flags.set(UserFlag::EchoHeld, false)
    }

    /// Whether anything would be written if we were writing.
    pub(in crate::core) const fn is_observed(&self) -> bool {
        self.observed.is_some()
    }

    /// What would be written if we were writing; whether that is news.
    pub(in crate::core) fn observe(&mut self, would: Option<CallActivity>, now: Timestamp) -> bool {
        let before = self.observed.as_ref().map(|observed| observed.0);
        if before == would {
            return false;
        }
        self.observed = would.map(|activity| Box::new((activity, now.into())));
        true
    }
}

fn says_the_same(a: &Rule, b: &Rule) -> bool {
    std::ptr::eq(a, b) || (a.procall, a.lamp, &a.tooltip) == (b.procall, b.lamp, &b.tooltip)
}
