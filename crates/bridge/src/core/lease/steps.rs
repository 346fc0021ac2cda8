//! The next step of a lease towards the wish, and when it is due.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::permission::Permit;
use super::{Known, Lease};
use crate::event::WriteOp;
use model::presence::CallActivity;

impl Lease {
    /// The next write towards the wish, if one is due.
    pub(in crate::core) fn next_step(
        &self,
        permit: Permit,
        renew_before: Duration,
        now: Timestamp,
    ) -> Option<WriteOp> {
        if self.undecided {
            return None;
        }
        match (self.wanted, permit) {
            (_, Permit::Nothing) | (Some(_), Permit::ClearOnly | Permit::Unheard) => None,
            (Some(wish), Permit::Write) => self.step_towards(wish, renew_before, now),
            (None, _) => self.step_away(now),
        }
    }

    fn step_towards(
        &self,
        wish: CallActivity,
        renew_before: Duration,
        now: Timestamp,
    ) -> Option<WriteOp> {
        match self.newest() {
            Some(WriteOp::Set(on_its_way) | WriteOp::Renew(on_its_way)) if on_its_way == wish => {
                return None;
            }
            Some(_) => return Some(WriteOp::Set(wish)),
            None if self.must_wait(now) => return None,
            None => {}
        }
        if self.known != Known::Held(wish) {
            return Some(WriteOp::Set(wish));
        }
        if now >= self.renew_at(renew_before) {
            return Some(WriteOp::Renew(wish));
        }
        // A lease that was sent once more, and failed: the retry is due now.
        self.retry.as_ref().map(|retry| retry.op)
    }

    fn step_away(&self, now: Timestamp) -> Option<WriteOp> {
        match self.newest() {
            Some(WriteOp::Clear) => None,
            None if self.known == Known::Cleared || self.must_wait(now) => None,
            Some(_) | None => Some(WriteOp::Clear),
        }
    }

    fn must_wait(&self, now: Timestamp) -> bool {
        self.retry.as_ref().is_some_and(|retry| now < retry.at)
    }

    pub(super) fn renew_at(&self, renew_before: Duration) -> Timestamp {
        let before = SignedDuration::try_from(renew_before).unwrap_or(SignedDuration::MAX);
        self.expires_at
            .saturating_sub(before)
            .unwrap_or(Timestamp::MIN)
    }

    /// The next time at which something happens by itself.
    fn deadline(
        &self,
        permit: Permit,
        (expiration, renew_before): (Duration, Duration),
        now: Timestamp,
    ) -> Option<Timestamp> {
        let in_teams = self.known != Known::Cleared;
        let renewing = in_teams
            && self.wanted.is_some()
            && permit == Permit::Write
            && self.under_way.is_empty()
            && self.retry.is_none();
        let times = [
            in_teams.then_some(self.latest_end),
            renewing.then(|| self.renew_at(renew_before)),
            self.retry.as_ref().map(|retry| retry.at),
            self.settle_until,
            self.ledger_due(expiration),
        ];
        times.into_iter().flatten().filter(|at| *at > now).min()
    }

    /// The next time to be woken at, where no alarm is set for then or before.
    pub(in crate::core) fn next_alarm(
        &mut self,
        permit: Permit,
        terms: (Duration, Duration),
        now: Timestamp,
    ) -> Option<Timestamp> {
        let next = self.deadline(permit, terms, now);
        let next = next.filter(|at| self.alarm_at.is_none_or(|set| *at < set))?;
        self.alarm_at = Some(next);
        Some(next)
    }

    /// The alarm that was set for `at` rang: one that was replaced by an earlier one means nothing.
    pub(in crate::core) fn alarm_rang(&mut self, at: Timestamp) {
        self.alarm_at.take_if(|set| *set == at);
    }

    /// Whether there is nothing left to do or to remember.
    pub(in crate::core) fn is_over(&self, permit: Permit, now: Timestamp) -> bool {
        let unwanted = self.wanted.is_none() || permit != Permit::Write;
        unwanted
            && self.known == Known::Cleared
            && self.under_way.is_empty()
            && self.settle_until.is_none_or(|until| until <= now)
    }

    /// What the calls ask for now; while it is undecided, what they ask for is not known.
    pub(in crate::core) fn want(&mut self, wish: Option<CallActivity>, permit: Permit) {
        if !self.undecided {
            self.wanted = wish;
            self.drop_needless_retry(permit);
        }
    }

    /// A retry of what is not wanted any more is dropped.
    fn drop_needless_retry(&mut self, permit: Permit) {
        let in_teams = self.known != Known::Cleared;
        let wanted = self.wanted.filter(|_| permit == Permit::Write);
        self.retry.take_if(|retry| match retry.op {
            WriteOp::Clear => self.wanted.is_some() || !in_teams,
            WriteOp::Set(activity) | WriteOp::Renew(activity) => wanted != Some(activity),
        });
    }

    /// The program ends: whether its call still lasts makes no difference any more, and a failed
    /// write is tried again soon.
    pub(in crate::core) fn give_back(&mut self, now: Timestamp) {
        self.undecided = false;
        self.hurry(now);
    }

    /// What stood in the way of a failed write is gone: it need not wait for minutes.
    pub(in crate::core) fn retry_now(&mut self, now: Timestamp) {
        if let Some(retry) = self.retry.as_mut() {
            retry.at = retry.at.min(now);
        }
    }

    /// A try that waits for nothing but time is made at once: there is little of it left.
    fn hurry(&mut self, now: Timestamp) {
        let retry = self.retry.as_mut();
        if let Some(retry) = retry.filter(|retry| retry.waits_for_time_alone()) {
            retry.at = retry.at.min(now);
        }
    }
}
