//! How the bridge stands, for monitoring: what is measured with its bounds, and what is broken.
//!
//! In: a [`Snapshot`] and the present moment, or why there is none. Out: a state, 0 to 3 as every
//! monitoring system counts, and text in the format of one. No user is named in any of it: what a
//! monitoring system keeps is seen by many.
//!
//! | file | what |
//! | --- | --- |
//! | `key` | what is measured: name, area, unit, usual bounds, one row each |
//! | `measure` | a value and its bounds |
//! | `flaw` | how bad what does not work is, and where it belongs |
//! | `sentences` | both in words |
//! | `nagios`, `checkmk`, `prtg`, `json`, `text` | one output format each |

mod checkmk;
mod flaw;
mod fleet;
mod json;
mod key;
mod measure;
mod nagios;
mod prtg;
mod sentences;
mod text;

#[cfg(test)]
mod tests;

pub use checkmk::checkmk;
pub use fleet::{
    FleetOutcome, fleet_checkmk, fleet_nagios, fleet_states_json, fleet_text, worst_of,
};
pub use json::check_json;
pub use key::{Bounds, Key, Unit};
pub use measure::{Measure, Thresholds};
pub use nagios::nagios;
pub use prtg::prtg;
pub use sentences::{area_sentence, whose};
pub use text::check_text;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use model::problem::Flaw;
use model::snapshot::Snapshot;
use words::Words;

/// How something stands, as every monitoring system counts it; the number is the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

    /// What is known to be broken outweighs what is not known.
    const fn weight(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Warning => 1,
            Self::Unknown => 2,
            Self::Critical => 3,
        }
    }
}

/// What belongs together: a service of its own, where a system has services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Area {
    /// Whether there is a bridge, and whether it writes.
    Bridge,
    /// Whether Teams is read, and how fast.
    Reading,
    /// Whom the bridge carries.
    Users,
    /// What is written to Teams.
    Leases,
    /// Every hop of the way, ProCall, log and ledger included.
    Links,
    /// What Microsoft allows: token, budget, clock.
    Access,
}

impl Area {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Bridge,
        Self::Reading,
        Self::Users,
        Self::Leases,
        Self::Links,
        Self::Access,
    ];

    /// The name of its service.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Reading => "reading",
            Self::Users => "users",
            Self::Leases => "leases",
            Self::Links => "links",
            Self::Access => "access",
        }
    }
}

/// Everything that was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// Of this picture.
    pub snapshot: Arc<Snapshot>,
    /// What has a value.
    pub measures: Vec<Measure>,
    /// What is broken.
    pub flaws: Vec<Flaw>,
}

/// Why there is no picture to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// Critical, where it is known that no bridge runs; else unknown.
    pub state: State,
    /// The name in JSON.
    pub code: &'static str,
    /// In words.
    pub why: Words,
}

/// What a check comes to.
pub type Outcome = Result<Checked, Blind>;

/// The state of the whole.
#[must_use]
pub fn state_of(outcome: &Outcome) -> State {
    match outcome {
        Ok(checked) => checked.state(None),
        Err(blind) => blind.state,
    }
}

impl Checked {
    /// Checks a snapshot at this moment.
    #[must_use]
    pub fn new(snapshot: Arc<Snapshot>, now: Timestamp, thresholds: &Thresholds) -> Self {
        Self {
            measures: measure::all(&snapshot, now, thresholds),
            flaws: flaw::all(&snapshot),
            snapshot,
        }
    }

    /// The worst state of an area, or of the whole.
    #[must_use]
    pub fn state(&self, area: Option<Area>) -> State {
        let measures = self.measures_of(area).map(Measure::state);
        let states = measures.chain(self.flaws_of(area).map(flaw::state));
        states
            .max_by_key(|state| state.weight())
            .unwrap_or(State::Ok)
    }

    fn measures_of(&self, area: Option<Area>) -> impl Iterator<Item = &Measure> {
        let here = move |it: &&Measure| area.is_none_or(|area| it.key.area() == area);
        self.measures.iter().filter(here)
    }

    fn flaws_of(&self, area: Option<Area>) -> impl Iterator<Item = &Flaw> {
        let here = move |it: &&Flaw| area.is_none_or(|area| flaw::area(it) == area);
        self.flaws.iter().filter(here)
    }
}
