//! What is wrong, worst first, in words: the console says it before anybody asks. What counts as
//! wrong, and what follows from what, is `model::problem`'s; here each gets its sentence and the
//! place where it leads.

use jiff::Timestamp;

use super::screen::Screen;
use model::presence::UserName;
pub(crate) use model::problem::Severity;
use model::problem::{self, ProblemKind};
use model::snapshot::{Note, Snapshot};
use words::Texts;

/// A line of the list of problems.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Problem {
    pub(crate) severity: Severity,
    /// Whose; none: of the whole, or of several.
    pub(crate) user: Option<UserName>,
    /// Where there is more about it.
    pub(crate) leads: Leads,
    pub(crate) what: String,
    pub(crate) remedy: String,
    of: problem::Problem,
}

/// Where a problem leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leads {
    /// To why? of its user.
    Why,
    /// To this page.
    Page(Screen),
    /// To the rows that this filter shows.
    Rows(&'static str),
    /// To the log.
    Log,
}

impl Problem {
    /// Whether it is the same one in a newer snapshot; numbers and ages may differ.
    pub(crate) fn is_still(&self, earlier: &Self) -> bool {
        self.of.is_still(&earlier.of)
    }

    /// Whether these are several users who have it for the same reason.
    pub(crate) fn has(&self, note: &Note) -> bool {
        matches!(&self.of.kind, ProblemKind::OfUsers(it) if it == note)
    }
}

/// Finds them all.
pub(crate) fn find(snapshot: &Snapshot, t: &Texts, now: Timestamp) -> Vec<Problem> {
    let found = problem::find(snapshot, now).into_iter();
    found.map(|of| in_words(of, t, now)).collect()
}

fn in_words(of: problem::Problem, t: &Texts, now: Timestamp) -> Problem {
    let (what, remedy) = words::problem(&of, now, t);
    Problem {
        severity: of.severity,
        user: of.user.clone(),
        leads: leads(&of),
        what,
        remedy,
        of,
    }
}

fn leads(of: &problem::Problem) -> Leads {
    match &of.kind {
        ProblemKind::OfUsers(_) if of.user.is_some() => Leads::Why,
        ProblemKind::OfUsers(note) => Leads::Rows(rows_with(note)),
        ProblemKind::WriteFails { .. } if of.affected > 0 => Leads::Rows("note:write_failing"),
        ProblemKind::Throttled { .. }
        | ProblemKind::Late(..)
        | ProblemKind::Errors(_)
        | ProblemKind::Skew(_) => Leads::Page(Screen::Timing),
        ProblemKind::Nobody | ProblemKind::Unmatched(_) => Leads::Page(Screen::Unmatched),
        ProblemKind::UnknownValues(_) => Leads::Rows("note:unknown"),
        ProblemKind::OddRecords(_) => Leads::Log,
        _ => Leads::Page(Screen::Topology),
    }
}

/// The filter for everybody who has such a note.
const fn rows_with(note: &Note) -> &'static str {
    match note {
        Note::WriteFailing(_) => "note:write_failing",
        Note::NoEffect => "note:no_effect",
        Note::Masked(_) => "note:masked",
        Note::Obstacle(_) => "note:obstacle",
        Note::Stale => "note:stale",
        Note::Missing => "note:missing",
        Note::Unknown(_) => "note:unknown",
        Note::Flapping => "note:flapping",
        Note::EchoHeld => "note:echo_held",
        Note::Paused => "note:paused",
        Note::WouldWrite(_) => "note:would_write",
    }
}

#[cfg(test)]
mod tests;
