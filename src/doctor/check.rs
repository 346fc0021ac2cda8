//! One check and what came of it.

use std::time::Duration;

use super::checks::CheckName;
use super::finding::Finding;

/// A check that ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Which.
    pub name: CheckName,
    /// What it found.
    pub finding: Finding,
    /// How long it took.
    pub took: Duration,
}
