//! By what a list of users is known again: the bridge has the list itself, and a second one of
//! 20,000 users would take megabytes.

use std::hash::{Hash as _, Hasher as _};

use rustc_hash::FxHasher;

use model::presence::ProcallUser;

/// A list of users is equal to another one when their marks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListMark {
    /// How many users the list has.
    pub(super) users: usize,
    hash: u64,
}

impl ListMark {
    /// The mark of a list.
    pub(super) fn from_users(users: &[ProcallUser]) -> Self {
        let mut hash = FxHasher::default();
        for user in users {
            let name = user.user_name.as_str();
            (name, &user.display_name, &user.phone, user.excluded).hash(&mut hash);
        }
        Self {
            users: users.len(),
            hash: hash.finish(),
        }
    }
}
