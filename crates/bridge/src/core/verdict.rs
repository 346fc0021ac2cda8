//! What a read says about a lease. Graph has no field for "a status set by hand hides yours":
//! it is inferred from what no session of ours can look like.

use std::time::Duration;

use jiff::Timestamp;

use super::super::event::WriteOp;
use model::clock::elapsed;
use model::presence::{Activity, Availability, ProcallPresence, Rule, TeamsPresence};
use model::snapshot::Verdict;

/// A read that began sooner after the write says nothing against it: Graph may lag.
const SETTLED_AFTER: Duration = Duration::from_secs(10);

/// After the lease was sent once more, Graph gets this long to show it.
const GIVE_UP_AFTER: Duration = Duration::from_secs(30);

/// What a pair says about a lease that we hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// It is there.
    Shown,
    /// A higher session, another busy source, or a status that is only ever set by hand.
    Hidden,
    /// Impossible by the precedence of sessions: set by hand, or our write was not applied.
    Overridden,
    /// No session at all: our write was not applied.
    Gone,
    /// Neither for the lease nor against it.
    Silent,
}

impl Evidence {
    /// Reads a pair. `rule` is the mapping's row for it.
    #[must_use]
    pub fn from_presence(presence: &TeamsPresence, rule: &Rule) -> Self {
        if rule.unknown {
            return Self::Silent;
        }
        if rule.procall == ProcallPresence::BusyInACall {
            return Self::Shown;
        }
        let availability = &presence.availability;
        let off_work = presence.activity == Activity::OFF_WORK;
        if *availability == Availability::OFFLINE && !off_work {
            return Self::Gone;
        }
        let below_busy = [
            Availability::AVAILABLE,
            Availability::AVAILABLE_IDLE,
            Availability::AWAY,
            Availability::OUT_OF_OFFICE,
        ];
        if below_busy.contains(availability) {
            return Self::Overridden;
        }
        Self::Hidden
    }
}

/// What follows from a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// This is the verdict.
    Verdict(Verdict),
    /// Send the lease once more.
    SendAgain,
    /// Too early for a verdict.
    Wait,
}

/// The read-back of one lease.
#[derive(Clone, Debug)]
pub(super) struct Check {
    /// Reads that began after this time count: Graph had accepted the lease.
    base: Timestamp,
    /// When it was sent once more (then: when that was accepted).
    sent_again: Option<Timestamp>,
    pub(super) verdict: Verdict,
    /// From accepted to the read that gave the verdict.
    pub(super) after: Option<Duration>,
    pub(super) masked_by: Option<TeamsPresence>,
}

impl Check {
    /// A lease that was accepted at `base`.
    pub(super) fn starting(base: Timestamp) -> Self {
        Self {
            base,
            sent_again: None,
            verdict: Verdict::Pending,
            after: None,
            masked_by: None,
        }
    }

    /// The lease was accepted once more.
    pub(super) fn sent_again(&mut self, op: WriteOp, at: Timestamp) {
        if matches!(op, WriteOp::Set(_)) && self.sent_again.is_some() {
            self.sent_again = Some(at);
        }
    }

    /// What a read says that began at `started`.
    pub(super) fn find(&self, evidence: Evidence, started: Timestamp) -> Finding {
        if started <= self.base {
            return Finding::Wait;
        }
        let settled = elapsed(self.base, started) >= SETTLED_AFTER;
        match evidence {
            Evidence::Shown => Finding::Verdict(Verdict::Confirmed),
            Evidence::Hidden if settled => Finding::Verdict(Verdict::Masked),
            Evidence::Overridden if settled => self.doubt(Verdict::Masked, started),
            Evidence::Gone if settled => self.doubt(Verdict::NoEffect, started),
            _ => Finding::Wait,
        }
    }

    /// Whether it was confirmed and a read says the opposite: what a read has shown once is not shown
    /// for true until the next verdict.
    pub(super) fn is_contradicted(&self, evidence: Evidence, started: Timestamp) -> bool {
        let against = !matches!(evidence, Evidence::Shown | Evidence::Silent);
        self.verdict == Verdict::Confirmed && started > self.base && against
    }

    /// There is no verdict any more.
    pub(super) fn reopen(&mut self) {
        self.verdict = Verdict::Pending;
        self.after = None;
    }

    fn doubt(&self, verdict: Verdict, started: Timestamp) -> Finding {
        match self.sent_again {
            None => Finding::SendAgain,
            Some(at) if elapsed(at, started) >= GIVE_UP_AFTER => Finding::Verdict(verdict),
            Some(_) => Finding::Wait,
        }
    }

    /// The lease is being sent once more.
    pub(super) fn send_again(&mut self, now: Timestamp) {
        self.sent_again = Some(now);
    }

    /// Takes a verdict; how long it took where it is a new one.
    pub(super) fn conclude(
        &mut self,
        verdict: Verdict,
        by: &TeamsPresence,
        read_at: Timestamp,
    ) -> Option<Duration> {
        let masked_by = (verdict == Verdict::Masked).then(|| by.clone());
        let same = self.verdict == verdict;
        self.masked_by = masked_by;
        if same {
            return None;
        }
        self.verdict = verdict;
        let after = elapsed(self.base, read_at);
        self.after = Some(after);
        Some(after)
    }
}
