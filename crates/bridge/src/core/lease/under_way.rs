//! The orders of one user that have no result yet, oldest first.

use super::super::permission::Permit;
use crate::event::{WriteId, WriteOp};

/// An order without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Order {
    id: WriteId,
    op: WriteOp,
    /// It is not to go out any more.
    withdrawn: bool,
}

/// All of one user, mostly none or one.
#[derive(Clone, Debug, Default)]
pub(super) struct UnderWay(Vec<Order>);

impl UnderWay {
    /// Writes down an order.
    pub(super) fn add(&mut self, id: WriteId, op: WriteOp) {
        let withdrawn = false;
        self.0.push(Order { id, op, withdrawn });
    }

    /// Takes an order off the list; whether it was the newest.
    pub(super) fn take(&mut self, id: WriteId) -> Option<bool> {
        let at = self.0.iter().position(|order| order.id == id)?;
        let newest = at + 1 == self.0.len();
        self.0.remove(at);
        Some(newest)
    }

    /// What the newest is to do.
    pub(super) fn newest(&self) -> Option<WriteOp> {
        self.0.last().map(|order| order.op)
    }

    /// Whether all have their results.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether any puts something into Teams.
    pub(super) fn sets(&self) -> bool {
        self.0.iter().any(|order| order.op != WriteOp::Clear)
    }

    /// Whether there is one alone, and it puts something into Teams.
    pub(super) fn is_one_set(&self) -> bool {
        self.0.len() == 1 && self.sets()
    }

    /// Withdraws the newest, the only one that can still wait, where it may not be sent any more;
    /// whether there was one to withdraw.
    pub(super) fn withdraw(&mut self, permit: Permit) -> bool {
        let Some(newest) = self.0.last_mut() else {
            return false;
        };
        let forbidden = match permit {
            Permit::Write => false,
            Permit::ClearOnly | Permit::Unheard => newest.op != WriteOp::Clear,
            Permit::Nothing => true,
        };
        forbidden && !std::mem::replace(&mut newest.withdrawn, true)
    }

    /// Whether this order is still to go out.
    pub(super) fn expects(&self, id: WriteId) -> bool {
        let order = self.0.iter().find(|order| order.id == id);
        order.is_some_and(|order| !order.withdrawn)
    }
}
