//! What is odd about one user, and what to do.

use super::{Problem, Severity};
use crate::columns::note_rank;
use model::snapshot::{Note, UserRow};
use words::Texts;

pub(super) fn of_user(row: &UserRow, note: &Note, t: &Texts) -> Problem {
    let (what, remedy) = words::note(note, t);
    let severity = match note {
        Note::WriteFailing(_) | Note::NoEffect => Severity::Bad,
        _ => Severity::Warning,
    };
    Problem {
        severity,
        user: Some(row.user_name.clone()),
        page: None,
        what,
        remedy: remedy.to_owned(),
        rank: 1 + note_rank(note),
    }
}
