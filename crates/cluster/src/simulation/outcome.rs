//! What a run brought, and what it must never bring.

use std::fmt;

use crate::Fence;

/// What a run brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) writes: u64,
    pub(super) leaders: u64,
    pub(super) refused_entries: u64,
    pub(super) yields: u64,
}

impl Outcome {
    pub(super) fn add(&mut self, other: Self) {
        self.writes += other.writes;
        self.leaders += other.leaders;
        self.refused_entries += other.refused_entries;
        self.yields += other.yields;
    }
}

/// What must never be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Violation {
    OldEntry(Fence),
    NumberAgain(Fence),
    TwoWriters(u64),
    TwoRights(u64),
    OverBudget(usize),
    NobodyWrites,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}
