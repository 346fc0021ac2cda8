//! The problems of users: one for each user, or one for all who have it for the same reason.

use super::roots::{Roots, is_alike};
use super::{Problem, ProblemKind, Severity};
use crate::cause::Cause;
use crate::procall::Obstacle;
use crate::snapshot::{Note, Snapshot, UserRow};

/// So many users with something of their own are named one by one; of more it is said how many.
const ONE_BY_ONE: usize = 5;

/// Whether somebody should look at the row. Observing, a pause, a held echo and a presence that
/// somebody has set by hand in ProCall are as they should be.
#[must_use]
pub fn is_wrong(note: &Note) -> bool {
    let fact = matches!(
        note,
        Note::WouldWrite(_) | Note::Paused | Note::Obstacle(Obstacle::ForeignPresence)
    );
    !note.is_usual() && !fact
}

/// What is wrong with users and follows from nothing else.
pub(super) fn add(snapshot: &Snapshot, roots: &Roots, problems: &mut Vec<Problem>) {
    let mut causes: Vec<(&Note, Vec<&UserRow>)> = Vec::new();
    for row in snapshot.rows.iter() {
        let worst = row.notes.iter().find(|it| is_wrong(it) && !roots.hide(it));
        let Some(note) = worst else {
            continue;
        };
        match causes.iter_mut().find(|(it, _)| is_one_cause(it, note)) {
            Some((_, rows)) => rows.push(row),
            None => causes.push((note, vec![row])),
        }
    }
    for (note, rows) in causes {
        match rows.as_slice() {
            rows if is_shared(note) && rows.len() > 1 => problems.push(of_several(note, rows)),
            rows if rows.len() > ONE_BY_ONE => problems.push(of_several(note, rows)),
            rows => problems.extend(rows.iter().filter_map(|row| of_one(row, note))),
        }
    }
}

fn of_several(note: &Note, rows: &[&UserRow]) -> Problem {
    Problem {
        kind: ProblemKind::OfUsers(note.clone()),
        severity: severity(note),
        since: None,
        affected: rows.len(),
        user: None,
    }
}

fn of_one(row: &UserRow, like: &Note) -> Option<Problem> {
    let note = row.notes.iter().find(|note| is_one_cause(note, like))?;
    Some(Problem {
        kind: ProblemKind::OfUsers(note.clone()),
        severity: severity(note),
        since: None,
        affected: 1,
        user: Some(row.user_name.clone()),
    })
}

const fn severity(note: &Note) -> Severity {
    match note {
        Note::WriteFailing(_) | Note::NoEffect => Severity::Bad,
        _ => Severity::Warning,
    }
}

/// Whether several users have it for one reason, rather than each for one's own.
const fn is_shared(note: &Note) -> bool {
    matches!(
        note,
        Note::WriteFailing(_) | Note::Stale | Note::Obstacle(_)
    )
}

/// Whether both say the same, perhaps of other users or with other words of a server.
pub(super) fn is_one_cause(a: &Note, b: &Note) -> bool {
    match (a, b) {
        (Note::WriteFailing(a), Note::WriteFailing(b)) => is_alike(&a.cause, &b.cause) || a == b,
        (a, b) => a == b,
    }
}

/// How many users' writes fail with this cause.
pub(super) fn writes_failing(snapshot: &Snapshot, cause: &Cause) -> usize {
    let fails = |note: &Note| match note {
        Note::WriteFailing(trouble) => is_alike(&trouble.cause, cause),
        _ => false,
    };
    let rows = snapshot.rows.iter();
    rows.filter(|row| row.notes.iter().any(fails)).count()
}
