//! Users who stay on top of the table.

use std::collections::BTreeSet;

use model::presence::UserName;
use model::snapshot::Snapshot;

/// More would be a second table.
pub(crate) const MOST_PINS: usize = 50;

/// Their user names, whether there are such users now or not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pins(BTreeSet<UserName>);

impl Pins {
    /// The first [`MOST_PINS`] of these.
    pub(crate) fn of_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().filter(|name| !name.is_empty());
        Self(names.take(MOST_PINS).map(UserName::new).collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(UserName::as_str)
    }

    pub(crate) fn has(&self, user: &UserName) -> bool {
        self.0.contains(user)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= MOST_PINS
    }

    /// Pins a user, or lets go of one; whether the user is pinned now.
    pub(crate) fn toggle(&mut self, user: &UserName) -> bool {
        !self.0.remove(user) && self.0.insert(user.clone())
    }

    /// The rows of the pinned, in ascending order.
    pub(crate) fn rows(&self, snapshot: &Snapshot) -> Vec<usize> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let rows = snapshot.rows.iter().enumerate();
        rows.filter(|(_, row)| self.has(&row.user_name))
            .map(|(at, _)| at)
            .collect()
    }
}
