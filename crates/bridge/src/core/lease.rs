//! One lease: what may be in Teams of ours, what is under way, and the next step towards the
//! wish. Pure bookkeeping of one user; `reconcile` and `written` drive it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::super::event::{LedgerEntry, WriteId, WriteOp};
use super::permission::Permit;
use super::retry::{Retry, RetryPace};
use super::verdict::Check;
use graph::{Failure, FailureKind, RequestId};
use model::clock::advance;
use model::presence::{CallActivity, EntraId, MatchKey, UserName};

/// What the ledger says about the end of a lease is this much later than a write would have it
/// that goes out now.
const LEDGER_AHEAD: Duration = Duration::from_secs(10);

/// What may be in Teams of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing, unless an order under way puts it there.
    Cleared,
    /// This; Graph accepted it.
    Held(CallActivity),
    /// A write failed and may have been applied all the same.
    Uncertain,
}

/// An order without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    id: WriteId,
    op: WriteOp,
    /// It is not to go out any more.
    withdrawn: bool,
}

/// When a write went out and was answered, and what a lease lasts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) sent: Timestamp,
    pub(super) finished: Timestamp,
    pub(super) expiration: Duration,
}

/// Everything of ours about one Teams account.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    pub(super) user_name: UserName,
    pub(super) key: MatchKey,
    /// What the calls ask for.
    pub(super) wanted: Option<CallActivity>,
    /// What was last asserted.
    pub(super) activity: CallActivity,
    pub(super) known: Known,
    pub(super) set_at: Timestamp,
    /// When it ends, counted from when it was sent: what is shown, and what renewal goes by.
    pub(super) expires_at: Timestamp,
    /// When it ends at the latest, counted from when the answer was there.
    pub(super) latest_end: Timestamp,
    pub(super) renewals: u32,
    pub(super) request_id: Option<RequestId>,
    pub(super) check: Check,
    under_way: Vec<Order>,
    pub(super) retry: Option<Retry>,
    /// Readings that began up to here may still show it.
    pub(super) settle_until: Option<Timestamp>,
    /// What the ledger on disk says about its end; nothing where the ledger has no entry.
    pub(super) ledger_until: Option<Timestamp>,
    pub(super) echo_counted: bool,
    /// From an earlier run, and ProCall has not said yet which calls last.
    pub(super) undecided: bool,
    pub(super) alarm_at: Option<Timestamp>,
}

impl Lease {
    /// A lease that is about to be ordered.
    pub(super) fn new(
        user_name: UserName,
        key: MatchKey,
        activity: CallActivity,
        now: Timestamp,
    ) -> Self {
        Self {
            user_name,
            key,
            wanted: Some(activity),
            activity,
            known: Known::Cleared,
            set_at: now,
            expires_at: now,
            latest_end: now,
            renewals: 0,
            request_id: None,
            check: Check::starting(now),
            under_way: Vec::new(),
            retry: None,
            settle_until: None,
            ledger_until: None,
            echo_counted: false,
            undecided: false,
            alarm_at: None,
        }
    }

    /// A lease of an earlier run. That it is in Teams is likely, not certain: the ledger is
    /// written first. The read-back finds out.
    ///
    /// No lease ends after `at_most`. One that the ledger says does was written before the clock
    /// was set back: when it ends is not known, so it is written anew instead of renewed.
    pub(super) fn remembered(entry: &LedgerEntry, at_most: Timestamp, now: Timestamp) -> Self {
        let name = entry.user_name.clone();
        let key = name.key();
        let known = if entry.expires_at > at_most {
            Known::Uncertain
        } else {
            Known::Held(entry.activity)
        };
        let end = entry.expires_at.min(at_most);
        Self {
            wanted: None,
            known,
            set_at: entry.set_at.min(now),
            expires_at: end,
            latest_end: end,
            ledger_until: Some(entry.expires_at),
            undecided: true,
            ..Self::new(name, key, entry.activity, now)
        }
    }

    /// What it asserts, where it was taken over from an earlier run and is still wanted.
    pub(super) fn adopted(&self) -> Option<CallActivity> {
        match self.known {
            Known::Held(activity) if !self.undecided && self.wanted.is_some() => Some(activity),
            _ => None,
        }
    }

    /// What the ledger keeps.
    pub(super) fn entry(&self, id: EntraId, expires_at: Timestamp) -> LedgerEntry {
        LedgerEntry {
            entra_id: id,
            user_name: self.user_name.clone(),
            activity: self.activity,
            set_at: self.set_at,
            expires_at,
        }
    }

    /// Whether InACall in a reading that began then may be ours.
    pub(super) fn explains(&self, started: Timestamp) -> bool {
        self.known != Known::Cleared
            || self.sets_under_way() > 0
            || self.settle_until.is_some_and(|until| started <= until)
    }

    fn sets_under_way(&self) -> usize {
        let sets = |order: &&Order| order.op != WriteOp::Clear;
        self.under_way.iter().filter(sets).count()
    }

    /// The newest order without a result.
    pub(super) fn newest(&self) -> Option<WriteOp> {
        self.under_way.last().map(|order| order.op)
    }

    /// Whether nothing of ours can be in Teams unless the one order under way puts it there.
    pub(super) fn only_if_sent(&self) -> bool {
        self.known == Known::Cleared && self.under_way.len() == 1 && self.sets_under_way() == 1
    }

    /// Whether there is nothing left to do or to remember.
    pub(super) fn is_over(&self, permit: Permit, now: Timestamp) -> bool {
        let unwanted = self.wanted.is_none() || permit != Permit::Write;
        unwanted
            && self.known == Known::Cleared
            && self.under_way.is_empty()
            && self.settle_until.is_none_or(|until| until <= now)
    }

    /// The next write towards the wish, if one is due.
    pub(super) fn next_step(
        &self,
        permit: Permit,
        renew_before: Duration,
        now: Timestamp,
    ) -> Option<WriteOp> {
        match (self.wanted, permit) {
            (_, Permit::Nothing) | (Some(_), Permit::ClearOnly) => None,
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

    /// While a write is under way: when the ledger must be told of a later end, because the
    /// budget holds the write back.
    pub(super) fn ledger_due(&self, expiration: Duration) -> Option<Timestamp> {
        let until = self.ledger_until.filter(|_| self.sets_under_way() > 0)?;
        let ahead = expiration.saturating_add(LEDGER_AHEAD);
        let ahead = SignedDuration::try_from(ahead).unwrap_or(SignedDuration::MAX);
        until.saturating_sub(ahead).ok()
    }

    /// The next time at which something happens by itself.
    pub(super) fn deadline(
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

    /// Whether this order says nothing new: a retry, or a set that is sent once more.
    pub(super) fn is_repeated_by(&self, op: WriteOp) -> bool {
        self.retry.is_some() || matches!(op, WriteOp::Set(it) if self.known == Known::Held(it))
    }

    /// Writes down an order.
    pub(super) fn ordered(
        &mut self,
        id: WriteId,
        op: WriteOp,
        expiration: Duration,
        now: Timestamp,
    ) {
        let withdrawn = false;
        self.under_way.push(Order { id, op, withdrawn });
        let (WriteOp::Set(activity) | WriteOp::Renew(activity)) = op else {
            return;
        };
        self.activity = activity;
        if self.known == Known::Cleared {
            self.echo_counted &= self.settle_until.is_none();
            self.set_at = now;
            self.expires_at = advance(now, expiration);
            self.renewals = 0;
            self.request_id = None;
            self.check = Check::starting(now);
        }
    }

    /// Withdraws the newest order, the only one that can still wait, where it may not be sent any
    /// more; whether there was one to withdraw.
    pub(super) fn withdraw(&mut self, permit: Permit) -> bool {
        let Some(newest) = self.under_way.last_mut() else {
            return false;
        };
        let forbidden = match permit {
            Permit::Write => false,
            Permit::ClearOnly => newest.op != WriteOp::Clear,
            Permit::Nothing => true,
        };
        forbidden && !std::mem::replace(&mut newest.withdrawn, true)
    }

    /// Whether this order is still to go out.
    pub(super) fn expects(&self, id: WriteId) -> bool {
        let ours = |order: &&Order| order.id == id;
        let order = self.under_way.iter().find(ours);
        order.is_some_and(|order| !order.withdrawn)
    }

    /// Takes an order off the list; its operation, and whether it was the newest.
    pub(super) fn take_order(&mut self, id: WriteId) -> Option<(WriteOp, bool)> {
        let at = self.under_way.iter().position(|order| order.id == id)?;
        let newest = at + 1 == self.under_way.len();
        let order = self.under_way.remove(at);
        Some((order.op, newest))
    }

    /// Graph accepted a set or a renewal; whether a new lease began with it.
    pub(super) fn accept(&mut self, op: WriteOp, activity: CallActivity, times: Times) -> bool {
        let again = self.known == Known::Held(activity);
        self.known = Known::Held(activity);
        self.settle_until = None;
        self.expires_at = advance(times.sent, times.expiration);
        self.latest_end = advance(times.finished, times.expiration);
        if matches!(op, WriteOp::Renew(_)) {
            self.renewals += 1;
        }
        if again {
            self.check.sent_again(op, times.finished);
            return false;
        }
        self.set_at = times.finished;
        self.check = Check::starting(times.finished);
        true
    }

    /// Nothing of ours is in Teams any more, as of `from`.
    pub(super) fn settle(&mut self, from: Timestamp, window: Duration) -> Timestamp {
        self.known = Known::Cleared;
        let until = advance(from, window);
        self.settle_until = Some(until);
        until
    }

    /// A write failed: what may be in Teams now.
    pub(super) fn failed(&mut self, op: WriteOp, failure: &Failure, sent: bool, times: Times) {
        let may_be_applied = sent && may_be_applied(failure.kind);
        if !may_be_applied {
            return;
        }
        match op {
            WriteOp::Clear if self.known == Known::Cleared => {}
            WriteOp::Clear => self.known = Known::Uncertain,
            WriteOp::Set(activity) | WriteOp::Renew(activity) => {
                if self.known != Known::Held(activity) {
                    self.known = Known::Uncertain;
                    self.expires_at = advance(times.sent, times.expiration);
                }
                let end = advance(times.finished, times.expiration);
                self.latest_end = self.latest_end.max(end);
            }
        }
    }

    /// Plans another try.
    pub(super) fn try_again(
        &mut self,
        (op, failure): (WriteOp, Option<Arc<Failure>>),
        pace: RetryPace,
        now: Timestamp,
    ) {
        let before = self.retry.as_ref();
        self.retry = Some(Retry::plan((op, failure), before, pace, now));
    }

    /// A try that waits for nothing but time is made at once: there is little of it left.
    pub(super) fn hurry(&mut self, now: Timestamp) {
        let retry = self.retry.as_mut();
        if let Some(retry) = retry.filter(|retry| retry.waits_for_time_alone()) {
            retry.at = retry.at.min(now);
        }
    }

    /// A retry of what is not wanted any more is dropped.
    pub(super) fn drop_needless_retry(&mut self, permit: Permit) {
        let in_teams = self.known != Known::Cleared;
        let wanted = self.wanted.filter(|_| permit == Permit::Write);
        self.retry.take_if(|retry| match retry.op {
            WriteOp::Clear => self.wanted.is_some() || !in_teams,
            WriteOp::Set(activity) | WriteOp::Renew(activity) => wanted != Some(activity),
        });
    }
}

/// Whether a request that failed in this way may have been carried out all the same.
const fn may_be_applied(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Server | FailureKind::Network | FailureKind::Timeout | FailureKind::Garbled
    )
}
