//! A lease as it is shown.

use std::sync::Arc;
use std::time::Duration;

use super::{Known, Lease};
use crate::event::WriteOp;
use model::snapshot::{LeaseCounts, LeasePhase, LeaseView, Note, Verdict};

impl Lease {
    fn phase(&self) -> LeasePhase {
        let ending = self.wanted.is_none() && !self.undecided;
        match (self.known, self.newest()) {
            (_, Some(WriteOp::Clear)) => LeasePhase::Clearing,
            (Known::Cleared, None) if self.settle_until.is_some() => LeasePhase::Settling,
            (Known::Cleared, _) => LeasePhase::Setting,
            (_, _) if ending => LeasePhase::Clearing,
            (Known::Held(_), _) => LeasePhase::Held,
            (Known::Uncertain, _) => LeasePhase::Setting,
        }
    }

    /// The lease as it is shown.
    pub(in crate::core) fn view(&self, renew_before: Duration) -> LeaseView {
        let phase = self.phase();
        let activity = match self.known {
            Known::Held(activity) => activity,
            _ => self.activity,
        };
        let masked = self.check.verdict == Verdict::Masked;
        LeaseView {
            activity,
            phase,
            set_at: self.set_at,
            // What is counted down: the lease's own end, and after it the window's.
            expires_at: match (phase, self.settle_until) {
                (LeasePhase::Settling, Some(end)) => end,
                _ => self.expires_at,
            },
            renew_at: (phase == LeasePhase::Held && self.wanted.is_some())
                .then(|| self.renew_at(renew_before)),
            renewals: self.renewals,
            verdict: self.check.verdict,
            verdict_after: self.check.after,
            masked_by: self.check.masked_by.clone().filter(|_| masked),
            request_id: self.request_id.clone(),
        }
    }

    /// What is odd about it.
    pub(in crate::core) fn notes_into(&self, notes: &mut Vec<Note>) {
        if let Some(failure) = self.retry.as_ref().and_then(|retry| retry.failure.as_ref()) {
            notes.push(Note::WriteFailing(Arc::new(failure.trouble())));
        }
        if !matches!(self.known, Known::Held(_)) {
            return;
        }
        match (self.check.verdict, &self.check.masked_by) {
            (Verdict::NoEffect, _) => notes.push(Note::NoEffect),
            (Verdict::Masked, Some(by)) => notes.push(Note::Masked(by.to_string().into())),
            _ => {}
        }
    }

    /// Adds it to the sums: those are counted that Graph accepted and that did not end yet.
    pub(in crate::core) fn count_into(&self, counts: &mut LeaseCounts) {
        if !matches!(self.known, Known::Held(_)) {
            return;
        }
        counts.held += 1;
        match self.check.verdict {
            Verdict::Pending => {}
            Verdict::Confirmed => counts.confirmed += 1,
            Verdict::Masked => counts.masked += 1,
            Verdict::NoEffect => counts.no_effect += 1,
        }
    }
}
