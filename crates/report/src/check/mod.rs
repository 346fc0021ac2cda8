//! How the bridge stands, for monitoring: measures with bounds, and what is broken.
//!
//! | file | what |
//! | --- | --- |
//! | `measure` | a value and its bounds |
//! | `flaw` | what is broken whatever its value |
//! | `words` | both in words |
//! | `nagios`, `checkmk`, `prtg`, `json`, `text` | one output format each |

mod checkmk;
mod flaw;
mod json;
mod measure;
mod nagios;
mod prtg;
mod text;
mod words;

pub use checkmk::checkmk;
pub use flaw::{Flaw, Hop};
pub use json::check_json;
pub use measure::{Bounds, Key, Measure, Thresholds, Unit};
pub use nagios::nagios;
pub use prtg::prtg;
pub use text::check_text;

use jiff::Timestamp;
use serde::Serialize;

use model::snapshot::Snapshot;

/// How something stands, as every monitoring system counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok = 0,
    /// Somebody should look.
    Warning = 1,
    /// Something does not work.
    Critical = 2,
    /// Nothing can be said.
    Unknown = 3,
}

impl State {
    /// As Nagios writes it.
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What belongs together: a service of its own, where a system has services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Whether Teams is read.
    Reading,
    /// Whom the bridge carries.
    Users,
    /// What is written to Teams.
    Leases,
    /// Every hop of the way, log and ledger included.
    Hops,
    /// What Microsoft allows.
    Access,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Reading,
        Self::Users,
        Self::Leases,
        Self::Hops,
        Self::Access,
    ];

    /// The name of its service.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Users => "users",
            Self::Leases => "leases",
            Self::Hops => "hops",
            Self::Access => "access",
        }
    }
}

/// Everything that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// What has a value.
    pub measures: Vec<Measure>,
    /// What is broken.
    pub flaws: Vec<Flaw>,
}

/// Why nothing can be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The name in JSON.
    pub code: &'static str,
    /// In words.
    pub why: String,
}

/// What a check comes to.
pub type Outcome = Result<Checked, Unknown>;

/// The state of the whole.
#[must_use]
pub fn state_of(outcome: &Outcome) -> State {
    match outcome {
        Ok(checked) => checked.state(None),
        Err(_) => State::Unknown,
    }
}

impl Checked {
    /// Checks a snapshot at this moment.
    #[must_use]
    pub fn new(snapshot: &Snapshot, now: Timestamp, thresholds: &Thresholds) -> Self {
        Self {
            measures: measure::all(snapshot, now, thresholds),
            flaws: flaw::all(snapshot),
        }
    }

    /// The worst state of an area, or of the whole.
    #[must_use]
    pub fn state(&self, area: Option<Area>) -> State {
        let measures = self.measures_of(area).map(Measure::state);
        let flaws = self.flaws_of(area).map(Flaw::state);
        measures.chain(flaws).max().unwrap_or(State::Ok)
    }

    fn measures_of(&self, area: Option<Area>) -> impl Iterator<Item = &Measure> {
        let here = move |it: &&Measure| area.is_none_or(|area| it.key.area() == area);
        self.measures.iter().filter(here)
    }

    fn flaws_of(&self, area: Option<Area>) -> impl Iterator<Item = &Flaw> {
        let here = move |it: &&Flaw| area.is_none_or(|area| it.area() == area);
        self.flaws.iter().filter(here)
    }
}

#[cfg(test)]
mod tests;
