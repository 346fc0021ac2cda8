//! What makes one snapshot worth stepping to from the one before.

use std::sync::Arc;

use model::snapshot::{LinkStatus, Snapshot, UserRow};

use crate::block::About;

/// What has become different in `to`.
pub(super) fn about(from: &Snapshot, to: &Snapshot) -> About {
    let mut about = About {
        problem: whole_problems(from) != whole_problems(to),
        ..About::default()
    };
    if Arc::ptr_eq(&from.rows, &to.rows) {
        return about;
    }
    if from.rows.len() != to.rows.len() {
        about.event = true;
    }
    let pairs = from.rows.iter().zip(to.rows.iter());
    for (old, new) in pairs.filter(|(old, new)| !Arc::ptr_eq(old, new)) {
        about.event |= old.history != new.history || old.user_name != new.user_name;
        about.problem |= note(old) != note(new);
    }
    about
}

/// The code alone: of a failure that goes on, the words change from answer to answer.
fn note(row: &UserRow) -> Option<&'static str> {
    row.odd_note().map(model::snapshot::Note::code)
}

/// What is wrong with more than one user.
fn whole_problems(of: &Snapshot) -> impl PartialEq {
    let links = &of.links;
    let links = [
        &links.entra,
        &links.graph_read,
        &links.graph_write,
        &links.procall,
        &links.storage,
        &links.alerts,
    ];
    (
        links.map(|link| link.status == LinkStatus::Down),
        of.poll.down.is_some(),
        of.token.failure.is_some(),
        of.directory.failure.is_some(),
        of.links.procall_silent_since.is_some(),
        of.budget.throttled_until.is_some(),
        std::mem::discriminant(&of.mode),
    )
}
