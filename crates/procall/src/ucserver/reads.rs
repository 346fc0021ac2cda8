//! How the manual presence of a user is read before it is changed. `asnGetUserAbsentState` (1129)
//! exists since August 2024: a server that rejects it is asked once a session, and from then on a
//! subscription of that one contact says what is set.

use super::manual::Step;

/// How to ask for a step that reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// By the operation that reads.
    ByOperation(Step),
    /// By a subscription of the contact.
    BySubscription(Step),
}

/// What is known of the server's way to read. Pure.
#[derive(Debug, Default)]
pub(super) struct AbsentReads {
    way: Way,
    /// They wait for the answer to the first.
    held: Vec<Step>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Way {
    /// Nothing was asked yet in this session.
    #[default]
    Untried,
    /// The first question is under way.
    Trying,
    /// By the operation made for it.
    Operation,
    /// By a subscription.
    Subscription,
}

impl AbsentReads {
    /// How to ask for this step; nothing while it has to wait.
    pub(super) fn ask(&mut self, step: Step) -> Option<Reading> {
        match self.way {
            Way::Trying => {
                self.held.push(step);
                None
            }
            Way::Untried => {
                self.way = Way::Trying;
                Some(Reading::ByOperation(step))
            }
            Way::Operation => Some(Reading::ByOperation(step)),
            Way::Subscription => Some(Reading::BySubscription(step)),
        }
    }

    /// Whether the first question is under way.
    pub(super) fn is_trying(&self) -> bool {
        self.way == Way::Trying
    }

    /// Nobody waits for an answer any more.
    pub(super) fn let_go(&mut self) {
        self.held.clear();
        if self.is_trying() {
            self.way = Way::Untried;
        }
    }

    /// The operation was answered, or not known, or (`None`) nobody answered. Those who waited.
    pub(super) fn answered(&mut self, known: Option<bool>) -> Vec<Step> {
        if self.way == Way::Trying || known == Some(false) {
            self.way = match known {
                Some(true) => Way::Operation,
                Some(false) => Way::Subscription,
                None => Way::Untried,
            };
        }
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::super::manual::Action;
    use super::*;
    use model::presence::{ContactUri, MatchKey};

    fn step(n: usize) -> Step {
        Step {
            user: MatchKey::new(&format!("user{n}")),
            contact: ContactUri::new(&format!("sip:user{n}@x")),
            action: Action::Read,
        }
    }

    fn is_operation(reading: Option<Reading>) -> Option<bool> {
        Some(matches!(reading?, Reading::ByOperation(_)))
    }

    #[test]
    fn a_server_that_knows_no_read_is_asked_once_a_session() {
        let mut reads = AbsentReads::default();
        assert_eq!(is_operation(reads.ask(step(0))), Some(true));
        for n in 1..4 {
            assert_eq!(is_operation(reads.ask(step(n))), None, "it waits");
        }
        assert_eq!(reads.answered(Some(false)).len(), 3);
        assert_eq!(is_operation(reads.ask(step(1))), Some(false));
    }

    #[test]
    fn a_server_that_knows_it_is_asked_by_it() {
        let mut reads = AbsentReads::default();
        assert_eq!(is_operation(reads.ask(step(0))), Some(true));
        assert_eq!(reads.answered(Some(true)), []);
        assert_eq!(is_operation(reads.ask(step(1))), Some(true));
        assert_eq!(is_operation(reads.ask(step(2))), Some(true));
    }

    #[test]
    fn one_that_is_not_answered_is_tried_again_alone() {
        let mut reads = AbsentReads::default();
        reads.ask(step(0));
        reads.ask(step(1));
        reads.ask(step(2));
        let held = reads.answered(None);
        assert_eq!(held.len(), 2);
        let again: Vec<_> = held
            .into_iter()
            .map(|step| is_operation(reads.ask(step)))
            .collect();
        assert_eq!(again, [Some(true), None]);
    }
}
