//! What is wrong, as a value: one problem for each cause, the worst first. Pure.
//!
//! In: a [`crate::snapshot::Snapshot`] and the moment. Out: [`find()`], every problem with its [`Severity`], how many
//! users it affects and since when, as far as the snapshot tells; [`Roots`], what the rest follows
//! from, so that no screen says twice what is one thing; [`flaws()`], what does not work, each for
//! itself. The console and `--plain` ask for the problems; `check`, whose states and codes monitoring
//! systems keep, asks for the flaws and maps them (`report::check`). The sentences are in `words`.
//!
//! | file | what |
//! | --- | --- |
//! | `health` | whether anything is read, written, heard: what the head of a screen says |
//! | `roots` | what other things follow from |
//! | `flaw` | what does not work, whatever it follows from: what problems are made of |
//! | `find` | the problems of the whole |
//! | `timing` | among those what is late, slow or by the clock |
//! | `of_users` | the problems of users, those of one cause together |

mod find;
mod flaw;
mod health;
mod of_users;
mod roots;
mod timing;

#[cfg(test)]
mod health_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use find::find;
pub use flaw::{Flaw, Hop, flaws, lacks_to_lead};
pub use health::{Reading, TokenState, Writing, reading, silent_since, token_state, writing};
pub use of_users::is_wrong;
pub use roots::{Roots, missing_permission};

use crate::cause::Trouble;
use crate::presence::UserName;
use crate::snapshot::Note;

/// How bad; the order is the order of display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Presence is carried in neither direction, or nothing is known of a side any more.
    Dead,
    /// Something does not work.
    Bad,
    /// Somebody should look.
    Warning,
    /// Good to know.
    Hint,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What it is, with its numbers.
    pub kind: ProblemKind,
    /// How bad it is.
    pub severity: Severity,
    /// Since when, where it is known: when it last worked, or when it began.
    pub since: Option<Timestamp>,
    /// Matched users whose presence is not carried, or not seen, because of it; 0 where it concerns
    /// no user by itself.
    pub affected: usize,
    /// Whose it is, where it is one user's.
    pub user: Option<UserName>,
}

/// What may be wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum ProblemKind {
    /// There is no token that Graph takes: nothing is read or written.
    NoToken(Trouble),
    /// Graph answers nobody.
    GraphDown(Trouble),
    /// Nothing was read well for too long, and no request has said why.
    GraphSilent,
    /// Microsoft throttles until then; so many 429 since the start.
    Throttled {
        /// Nothing is sent before this.
        until: Timestamp,
        /// 429 answers since the start.
        total: u64,
    },
    /// Nothing is heard of ProCall.
    ProcallSilent,
    /// The ProCall source does not work.
    ProcallFails(Trouble),
    /// The token still holds until then, but cannot be renewed.
    TokenNotRenewed {
        /// Why, where an attempt has failed.
        trouble: Option<Trouble>,
        /// When it ends.
        ends: Timestamp,
    },
    /// A permission is not in the token.
    Permission(&'static str),
    /// Reading presence fails: of everybody, or now and then.
    ReadFails {
        /// How.
        trouble: Trouble,
        /// All of the last requests failed.
        down: bool,
    },
    /// Writing presence fails: of everybody, or now and then.
    WriteFails {
        /// How.
        trouble: Trouble,
        /// All of the last requests failed.
        down: bool,
    },
    /// Log or ledger cannot be written.
    StorageFails(Trouble),
    /// Alerts do not reach whoever is told of problems.
    AlertsFail(Trouble),
    /// Another lampfield writes for this tenant.
    OtherWriter {
        /// Its process id, where it could be read.
        pid: Option<u32>,
    },
    /// The state directory cannot be used.
    NoState(Trouble),
    /// estos' own Teams integration is active.
    NativeIntegration,
    /// The engine of the cluster is lost; this member wrote until then, or stands by.
    EngineLost {
        /// Why.
        trouble: Trouble,
        /// This member goes on writing all the same.
        alone: bool,
    },
    /// The engine of the cluster was started anew: nobody may lead yet.
    NoLeader,
    /// A member of the cluster stands by and could not take over.
    StandbyFails {
        /// Its name.
        member: Arc<str>,
        /// What it lacks.
        trouble: Trouble,
    },
    /// Nobody leads in the cluster, and so nobody writes; so many stand by.
    NobodyLeads(usize),
    /// No ProCall user is matched.
    Nobody,
    /// Polls begin late, by so much (95th percentile).
    Late(Duration, LateBy),
    /// So many requests failed within a minute.
    Errors(u32),
    /// Our clock is so many seconds ahead of Microsoft's (negative: behind).
    Skew(i64),
    /// The directory cannot be read.
    Directory(Trouble),
    /// So many ProCall users are not matched.
    Unmatched(usize),
    /// Values that no documentation names.
    UnknownValues(Vec<Arc<str>>),
    /// Records that cannot be read as they come, and how often they came.
    OddRecords(Vec<(Arc<str>, u64)>),
    /// What is odd about a user, or about several for the same reason.
    OfUsers(Note),
}

/// Why polls begin late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateBy {
    /// Requests take longer than the interval: the slowest took so long.
    SlowAnswers(Duration),
    /// Requests wait for the budget.
    Budget,
    /// This machine is busy.
    Machine,
}

impl ProblemKind {
    /// Its name, for whoever follows it from one snapshot to the next; never shown.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoToken(_) => "no_token",
            Self::GraphDown(_) => "graph_down",
            Self::GraphSilent => "graph_silent",
            Self::Throttled { .. } => "throttled",
            Self::ProcallSilent => "procall_silent",
            Self::ProcallFails(_) => "procall_fails",
            Self::TokenNotRenewed { .. } => "token_not_renewed",
            Self::Permission(_) => "permission",
            Self::ReadFails { .. } => "read_fails",
            Self::WriteFails { .. } => "write_fails",
            Self::StorageFails(_) => "storage_fails",
            Self::AlertsFail(_) => "alerts_fail",
            Self::OtherWriter { .. } => "other_writer",
            Self::NoState(_) => "no_state",
            Self::EngineLost { .. } => "engine_lost",
            Self::NoLeader => "no_leader",
            Self::StandbyFails { .. } => "standby_fails",
            Self::NobodyLeads(_) => "nobody_leads",
            Self::NativeIntegration => "native_integration",
            Self::Nobody => "nobody_matched",
            Self::Late(..) => "late",
            Self::Errors(_) => "errors",
            Self::Skew(_) => "clock_skew",
            Self::Directory(_) => "directory",
            Self::Unmatched(_) => "unmatched",
            Self::UnknownValues(_) => "unknown_values",
            Self::OddRecords(_) => "odd_records",
            Self::OfUsers(note) => note.code(),
        }
    }

    /// The same without what may be a person's name: see [`Cause::without_names`](crate::cause::Cause::without_names).
    #[must_use]
    pub fn without_names(self) -> Self {
        match self {
            Self::ProcallFails(trouble) => Self::ProcallFails(trouble.without_names()),
            other => other,
        }
    }

    /// What went wrong, where it is known as a value.
    #[must_use]
    pub const fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::NoToken(trouble)
            | Self::GraphDown(trouble)
            | Self::ProcallFails(trouble)
            | Self::ReadFails { trouble, .. }
            | Self::WriteFails { trouble, .. }
            | Self::StandbyFails { trouble, .. }
            | Self::StorageFails(trouble)
            | Self::AlertsFail(trouble)
            | Self::NoState(trouble)
            | Self::Directory(trouble)
            | Self::TokenNotRenewed {
                trouble: Some(trouble),
                ..
            } => Some(trouble),
            _ => None,
        }
    }
}

impl Problem {
    /// Whether it is the same one in a newer snapshot; numbers, ages and how many it affects may
    /// differ.
    #[must_use]
    pub fn is_still(&self, earlier: &Self) -> bool {
        let same = match (&self.kind, &earlier.kind) {
            (ProblemKind::OfUsers(note), ProblemKind::OfUsers(before)) => {
                of_users::is_one_cause(note, before)
            }
            (ProblemKind::Permission(name), ProblemKind::Permission(before)) => name == before,
            (
                ProblemKind::StandbyFails { member, .. },
                ProblemKind::StandbyFails { member: before, .. },
            ) => member == before,
            (kind, before) => kind.code() == before.code(),
        };
        same && self.user == earlier.user
    }
}
