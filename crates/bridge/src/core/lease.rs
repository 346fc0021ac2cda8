//! One lease: what may be in Teams of ours, what is under way, and the next step towards the
//! wish. Pure bookkeeping of one user; `reconcile` and `written` drive it.

mod ledger;
mod outcome;
mod steps;
mod under_way;
mod view;

use std::time::Duration;

use jiff::Timestamp;

use super::super::event::{WriteId, WriteOp};
use super::permission::Permit;
use super::retry::Retry;
use super::verdict::Check;
use graph::RequestId;
use model::clock::advance;
use model::presence::{CallActivity, MatchKey, UserName};

pub(super) use outcome::Times;
use under_way::UnderWay;

/// What may be in Teams of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Nothing, unless an order under way puts it there.
    Cleared,
    /// This; Graph accepted it.
    Held(CallActivity),
    /// A write failed and may have been applied all the same.
    Uncertain,
}

/// Everything of ours about one Teams account.
#[derive(Clone, Debug)]
pub(super) struct Lease {
    user_name: UserName,
    key: MatchKey,
    /// What the calls ask for.
    wanted: Option<CallActivity>,
    /// What was last asserted.
    activity: CallActivity,
    known: Known,
    set_at: Timestamp,
    /// When it ends, counted from when it was sent: what is shown, and what renewal goes by.
    expires_at: Timestamp,
    /// When it ends at the latest, counted from when the answer was there.
    latest_end: Timestamp,
    renewals: u32,
    request_id: Option<RequestId>,
    check: Check,
    under_way: UnderWay,
    retry: Option<Retry>,
    /// Readings that began up to here may still show it.
    settle_until: Option<Timestamp>,
    /// What the ledger on disk says about its end; nothing where the ledger has no entry.
    ledger_until: Option<Timestamp>,
    echo_counted: bool,
    /// From an earlier run, and ProCall has not said yet which calls last.
    undecided: bool,
    alarm_at: Option<Timestamp>,
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
            under_way: UnderWay::default(),
            retry: None,
            settle_until: None,
            ledger_until: None,
            echo_counted: false,
            undecided: false,
            alarm_at: None,
        }
    }

    /// What it asserts, where it was taken over from an earlier run and is still wanted.
    pub(super) fn adopted(&self) -> Option<CallActivity> {
        match self.known {
            Known::Held(activity) if !self.undecided && self.wanted.is_some() => Some(activity),
            _ => None,
        }
    }

    /// The user in ProCall.
    pub(super) const fn user_name(&self) -> &UserName {
        &self.user_name
    }

    /// The same, for comparing.
    pub(super) const fn key(&self) -> &MatchKey {
        &self.key
    }

    /// When what may be in Teams of ours ends at the latest; nothing where nothing is.
    pub(super) fn in_teams_until(&self) -> Option<Timestamp> {
        (self.known != Known::Cleared).then_some(self.latest_end)
    }

    /// The end of the settling window, if one has begun.
    pub(super) const fn settles_until(&self) -> Option<Timestamp> {
        self.settle_until
    }

    /// From an earlier run, and ProCall has not said yet which calls last.
    pub(super) const fn is_undecided(&self) -> bool {
        self.undecided
    }

    /// ProCall has said which calls last.
    pub(super) const fn decide(&mut self) {
        self.undecided = false;
    }

    /// Its echo was held: counted once a lease; whether it was counted before.
    pub(super) const fn count_echo(&mut self) -> bool {
        std::mem::replace(&mut self.echo_counted, true)
    }

    /// Whether this would change nothing any more.
    pub(super) fn is_done(&self, op: WriteOp) -> bool {
        op == WriteOp::Clear && self.known == Known::Cleared
    }

    /// The write that is tried again.
    pub(super) const fn retry(&self) -> Option<&Retry> {
        self.retry.as_ref()
    }

    /// Takes an order off the list; whether it was the newest.
    pub(super) fn take_order(&mut self, id: WriteId) -> Option<bool> {
        self.under_way.take(id)
    }

    /// Withdraws what was ordered and has not gone out, where it may not be sent any more; whether
    /// there was anything to withdraw.
    pub(super) fn withdraw(&mut self, permit: Permit) -> bool {
        self.under_way.withdraw(permit)
    }

    /// Whether this order is still to go out.
    pub(super) fn expects(&self, id: WriteId) -> bool {
        self.under_way.expects(id)
    }

    /// Whether InACall in a reading that began then may be ours.
    pub(super) fn explains(&self, started: Timestamp) -> bool {
        self.known != Known::Cleared
            || self.under_way.sets()
            || self.settle_until.is_some_and(|until| started <= until)
    }

    /// The newest order without a result.
    pub(super) fn newest(&self) -> Option<WriteOp> {
        self.under_way.newest()
    }

    /// Whether nothing of ours can be in Teams unless the one order under way puts it there.
    pub(super) fn only_if_sent(&self) -> bool {
        self.known == Known::Cleared && self.under_way.is_one_set()
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
        self.under_way.add(id, op);
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
}
