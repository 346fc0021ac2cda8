//! The snapshot of the bridge for scripts and for people without the console.
//!
//! In: a [`model::snapshot::Snapshot`] and the present moment. Out: text: a table, one JSON object,
//! CSV, one line per change, everything about one user, how the bridge stands, or numbers for Prometheus. Pure: nothing here
//! prints, reads a clock or waits.
//!
//! One table of columns drives table and CSV; one struct, `line::UserLine`, holds what is known
//! of a user in the spelling of the JSON. [`cells`] measures text in cells, for the console too, [`check`]
//! judges a snapshot for monitoring. All text from outside is made harmless on its way.

pub mod cells;
pub mod check;
mod columns;
mod csv;
mod find;
mod fleet;
mod fleet_json;
mod json;
mod line;
mod look;
mod mapping;
mod metrics;
mod span;
mod table;
mod unmatched;
mod watch;
mod why;

#[cfg(test)]
mod fixture;

pub use self::csv::csv;
pub use self::json::json;
pub use find::{Found, Person, find_user};
pub use fleet::{
    FleetPlace, FleetRow, FleetSite, fleet_rows, fleet_sum, fleet_table, fleet_titles,
};
pub use fleet_json::fleet_json;
pub use look::{Look, MASKED, NO_EFFECT, Paint, Sign};
pub use mapping::{mapping_json, mapping_table};
pub use metrics::{Exposition, METRICS, Metric, metrics};
pub use table::table;
pub use unmatched::{UnmatchedLine, unmatched_list_csv, unmatched_list_json};
pub use watch::{watch_line_json, watch_line_text};
pub use why::{
    excluded_json, excluded_text, people_json, people_text, unmatched_json, unmatched_text,
    why_json, why_text,
};

/// The version of the JSON: goes up when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;
