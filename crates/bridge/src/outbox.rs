//! Write orders that wait for their turn: who goes first, and which order makes another needless.
//!
//! In: orders from the core. Out: the next one to send. Pure; the set task does the sending.
//!
//! - Clear goes before set, set before renew; within one priority first come, first served.
//! - One order per user is under way at most, so that a clear can never overtake its set.
//! - A newer order replaces one that still waits: nothing stale is ever sent after a throttle.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::event::{WriteOp, WriteOrder};
use graph::Priority;
use model::presence::EntraId;

/// The place of a waiting order: priority first, then age.
type Place = (Priority, u64);

/// The orders that wait and those that are under way.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: BTreeMap<Place, WriteOrder>,
    place_of: FxHashMap<EntraId, Place>,
    under_way: FxHashSet<EntraId>,
    pushed: u64,
}

impl Outbox {
    /// Takes an order and returns those that will never be sent because of it: the one it
    /// replaces, and itself where there is nothing to clear.
    pub(super) fn push(&mut self, order: WriteOrder) -> Vec<WriteOrder> {
        let user = order.entra_id;
        let mut needless: Vec<_> = self.withdraw(user).into_iter().collect();
        let nothing_to_clear =
            order.op == WriteOp::Clear && order.only_if_sent && !self.under_way.contains(&user);
        if nothing_to_clear {
            needless.push(order);
            return needless;
        }
        self.pushed += 1;
        let place = (order.op.priority(), self.pushed);
        self.place_of.insert(user, place);
        self.waiting.insert(place, order);
        needless
    }

    /// The priority of the next order, if one may go now.
    pub(super) fn next_priority(&self) -> Option<Priority> {
        self.next_place().map(|(priority, _)| priority)
    }

    /// Takes the next order out; its user's later orders wait until [`Outbox::ended`].
    pub(super) fn pop(&mut self) -> Option<WriteOrder> {
        let place = self.next_place()?;
        let order = self.waiting.remove(&place)?;
        self.place_of.remove(&order.entra_id);
        self.under_way.insert(order.entra_id);
        Some(order)
    }

    /// An order of this user was answered, well or badly.
    pub(super) fn ended(&mut self, user: EntraId) {
        self.under_way.remove(&user);
    }

    /// Whether nothing waits and nothing is under way.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_empty()
    }

    /// Gives up what waits for this user, and returns it.
    pub(super) fn withdraw(&mut self, user: EntraId) -> Option<WriteOrder> {
        let place = self.place_of.remove(&user)?;
        self.waiting.remove(&place)
    }

    /// Gives up everything that waits, except what puts things right: used when the program ends.
    pub(super) fn keep_only_clears(&mut self) -> Vec<WriteOrder> {
        let (clears, others) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(_, order)| order.op == WriteOp::Clear);
        self.waiting = clears;
        for order in others.values() {
            self.place_of.remove(&order.entra_id);
        }
        others.into_values().collect()
    }

    fn next_place(&self) -> Option<Place> {
        // At most as many are skipped as are under way, and those are few.
        self.waiting
            .iter()
            .find(|(_, order)| !self.under_way.contains(&order.entra_id))
            .map(|(place, _)| *place)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::super::event::WriteId;
    use super::*;
    use model::presence::{CallActivity, UserName};

    fn order(id: u64, user: u128, op: WriteOp) -> WriteOrder {
        WriteOrder {
            id: WriteId(id),
            user_name: UserName::new("anna@corp.example"),
            entra_id: EntraId(Uuid::from_u128(user)),
            op,
            only_if_sent: false,
        }
    }

    const SET: WriteOp = WriteOp::Set(CallActivity::InACall);
    const RENEW: WriteOp = WriteOp::Renew(CallActivity::InACall);

    fn ids(orders: &[WriteOrder]) -> Vec<u64> {
        orders.iter().map(|order| order.id.0).collect()
    }

    #[test]
    fn clear_goes_before_set_and_set_before_renew() {
        let mut outbox = Outbox::default();
        for (id, op) in [(1, RENEW), (2, SET), (3, WriteOp::Clear), (4, SET)] {
            assert!(outbox.push(order(id, u128::from(id), op)).is_empty());
        }
        let sent: Vec<_> = std::iter::from_fn(|| outbox.pop()).collect();
        assert_eq!(ids(&sent), [3, 2, 4, 1]);
    }

    #[test]
    fn a_newer_order_replaces_one_that_waits() {
        let mut outbox = Outbox::default();
        outbox.push(order(1, 7, SET));
        assert_eq!(ids(&outbox.push(order(2, 7, WriteOp::Clear))), [1]);
        assert_eq!(outbox.pop().map(|order| order.id.0), Some(2));
        assert!(outbox.pop().is_none());
    }

    #[test]
    fn a_clear_waits_for_the_set_that_is_under_way() {
        let mut outbox = Outbox::default();
        outbox.push(order(1, 7, SET));
        let set = outbox.pop().expect("the set is next");
        let clear = WriteOrder {
            only_if_sent: true,
            ..order(2, 7, WriteOp::Clear)
        };
        assert!(outbox.push(clear).is_empty());
        assert!(outbox.pop().is_none(), "the set is still under way");
        outbox.ended(set.entra_id);
        assert_eq!(outbox.pop().map(|order| order.id.0), Some(2));
    }

    #[test]
    fn a_call_that_ends_before_its_set_was_sent_costs_no_request() {
        let mut outbox = Outbox::default();
        outbox.push(order(1, 7, SET));
        let clear = WriteOrder {
            only_if_sent: true,
            ..order(2, 7, WriteOp::Clear)
        };
        assert_eq!(ids(&outbox.push(clear)), [1, 2]);
        assert!(outbox.is_idle());
    }

    #[test]
    fn at_the_end_only_clears_are_left() {
        let mut outbox = Outbox::default();
        outbox.push(order(1, 1, SET));
        outbox.push(order(2, 2, WriteOp::Clear));
        assert_eq!(ids(&outbox.keep_only_clears()), [1]);
        assert_eq!(outbox.pop().map(|order| order.id.0), Some(2));
    }

    proptest! {
        /// Whatever happens: every order is either sent or named as needless, exactly once, and
        /// no user has two under way.
        #[test]
        fn no_order_is_lost_or_sent_twice(steps in prop::collection::vec((0u8..5, 0u128..4, any::<bool>()), 1..80)) {
            let mut outbox = Outbox::default();
            let mut open = std::collections::BTreeSet::new();
            let mut flying: Vec<WriteOrder> = Vec::new();
            for (id, (what, user, flag)) in (1u64..).zip(steps) {
                match what {
                    4 => if let Some(gone) = outbox.withdraw(EntraId(Uuid::from_u128(user))) {
                        prop_assert!(open.remove(&gone.id.0));
                    },
                    0 | 1 => {
                        let op = if flag { SET } else { WriteOp::Clear };
                        let pushed = WriteOrder { only_if_sent: what == 1, ..order(id, user, op) };
                        open.insert(id);
                        for gone in outbox.push(pushed) {
                            prop_assert!(open.remove(&gone.id.0));
                        }
                    }
                    2 => if let Some(next) = outbox.pop() {
                        prop_assert!(flying.iter().all(|other| other.entra_id != next.entra_id));
                        prop_assert!(open.remove(&next.id.0));
                        flying.push(next);
                    },
                    _ => if let Some(done) = flying.pop() { outbox.ended(done.entra_id); },
                }
            }
            for done in flying { outbox.ended(done.entra_id); }
            while let Some(next) = outbox.pop() {
                prop_assert!(open.remove(&next.id.0));
                outbox.ended(next.entra_id);
            }
            prop_assert!(open.is_empty());
            prop_assert!(outbox.is_idle());
        }
    }
}
