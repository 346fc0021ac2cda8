//! Users without a row: those that are not matched, and those that are left out on purpose.

use model::presence::{ProcallUser, UnmatchedReason, UnmatchedUser, Upn};
use model::snapshot::Snapshot;
use words::Texts;

/// Where somebody without a row stands in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the list of those that are not matched.
    Unmatched(usize),
    /// In the list of those that are left out.
    Excluded(usize),
}

/// A user without a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Other<'a> {
    pub(crate) place: Place,
    /// As ProCall lists it.
    pub(crate) procall: &'a ProcallUser,
    /// Why there is no row; nothing: left out on purpose.
    pub(crate) reason: Option<UnmatchedReason>,
    /// The account that was probably meant.
    pub(crate) near: Option<&'a Upn>,
}

impl<'a> Other<'a> {
    const fn unmatched(at: usize, user: &'a UnmatchedUser) -> Self {
        Self {
            place: Place::Unmatched(at),
            procall: &user.procall,
            reason: Some(user.reason),
            near: user.near.as_ref(),
        }
    }

    const fn excluded(at: usize, procall: &'a ProcallUser) -> Self {
        Self {
            place: Place::Excluded(at),
            procall,
            reason: None,
            near: None,
        }
    }

    /// Why there is no row, and what to do.
    pub(crate) fn why(self, t: &Texts) -> (&str, &str) {
        match self.reason {
            Some(reason) => words::unmatched(reason, t),
            None => (t.unmatched.excluded, t.unmatched.excluded_do),
        }
    }

    /// The reason's name in files.
    pub(crate) const fn code(self) -> &'static str {
        match self.reason {
            Some(reason) => reason.as_str(),
            None => "excluded",
        }
    }
}

/// All of them, by reason, those that are left out last.
pub(crate) fn all(snapshot: &Snapshot) -> impl Iterator<Item = Other<'_>> {
    let of_reason = |reason| {
        let users = snapshot.unmatched.iter().enumerate();
        users.filter(move |(_, user)| user.reason == reason)
    };
    let unmatched = UnmatchedReason::ALL.into_iter().flat_map(of_reason);
    let unmatched = unmatched.map(|(at, user)| Other::unmatched(at, user));
    let excluded = snapshot.excluded.iter().enumerate();
    unmatched.chain(excluded.map(|(at, user)| Other::excluded(at, user)))
}

/// The one at this place.
pub(crate) fn at(snapshot: &Snapshot, place: Place) -> Option<Other<'_>> {
    match place {
        Place::Unmatched(at) => Some(Other::unmatched(at, snapshot.unmatched.get(at)?)),
        Place::Excluded(at) => Some(Other::excluded(at, snapshot.excluded.get(at)?)),
    }
}
