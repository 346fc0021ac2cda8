//! Users of calls whom the list does not know: somebody has mistyped a name, in the list or in the
//! telephone system, and that person's calls never reach Teams.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault};
use std::sync::Arc;

use rustc_hash::FxHasher;

use model::presence::{ProcallUser, UserName};

/// So many are remembered as named; whoever has more has the wrong list.
const NAMED: usize = 1_000;

/// Names in calls that the list does not know, kept as hashes: there are tens of thousands.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// In order.
    known: Box<[u64]>,
    named: HashSet<u64>,
    /// Met since the last time that they were named.
    news: Vec<Arc<str>>,
}

impl Strangers {
    /// These are all users.
    pub(super) fn know(&mut self, users: &[ProcallUser]) {
        let mut known: Box<[u64]> = users.iter().map(|user| hash(&user.user_name)).collect();
        known.sort_unstable();
        self.known = known;
    }

    /// This one has a call.
    pub(super) fn meet(&mut self, user: &UserName) {
        let hash = hash(user);
        let known = self.known.binary_search(&hash).is_ok();
        if known || self.named.len() >= NAMED || !self.named.insert(hash) {
            return;
        }
        self.news.push(user.as_str().into());
    }

    /// Those who are new.
    pub(super) fn named(&mut self) -> Vec<Arc<str>> {
        std::mem::take(&mut self.news)
    }
}

fn hash(user: &UserName) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(user.key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_is_named_once_and_a_user_never() {
        let user = |name: &str| ProcallUser {
            user_name: UserName::new(name),
            display_name: name.into(),
            phone: "".into(),
            excluded: false,
        };
        let mut strangers = Strangers::default();
        strangers.know(&[user("anna@corp.example")]);
        for name in [
            "ANNA@corp.example",
            "bert@corp.example",
            "Bert@corp.example",
        ] {
            strangers.meet(&UserName::new(name));
        }
        let named = strangers.named();
        assert_eq!(named.len(), 1);
        assert!(named[0].contains("bert@corp.example"), "{named:?}");
        strangers.meet(&UserName::new("bert@corp.example"));
        assert!(strangers.named().is_empty());
    }
}
