//! One request of a cycle, and how it ended. Pure.

use std::sync::Arc;

use graph::FailureKind;
use model::presence::EntraId;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Which chunk of the cycle it belongs to.
    pub(super) chunk: usize,
    /// Who is asked for.
    pub(super) ids: Arc<[EntraId]>,
    pub(super) step: Step,
    /// Which split it comes from.
    pub(super) split: Option<usize>,
    /// Something else had been answered before this was asked: if it fails, that is no outage
    /// which ends just now.
    pub(super) after_good: bool,
}

/// How far the search for a bad id has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing is searched for.
    First,
    /// The whole chunk again.
    Retry,
    /// One half of what failed.
    Half,
    /// An id that failed alone, once more.
    Last,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Answered.
    Good,
    /// Failed.
    Bad(FailureKind),
}

/// Whether asking for fewer ids could help. A throttle, a lost network or a missing permission
/// concerns everybody: the next cycle tries again.
pub(super) const fn may_be_an_ids_fault(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Rejected | FailureKind::NotFound | FailureKind::Server | FailureKind::Garbled
    )
}
