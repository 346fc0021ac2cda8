//! For scripts.

use serde::Serialize;

use super::measure::{Measure, Unit};
use super::nagios::number;
use super::{Area, Flaw, Hop, Outcome, State, state_of};
use crate::SCHEMA;
use crate::json::BridgeLine;
use model::cause::Cause;
use model::snapshot::Snapshot;

#[derive(Serialize)]
struct Whole<'a> {
    schema: u32,
    state: u8,
    status: State,
    /// Why nothing can be said.
    unknown: Option<&'a str>,
    bridge: Option<BridgeLine<'a>>,
    measures: Vec<MeasureLine>,
    flaws: Vec<FlawLine<'a>>,
}

#[derive(Serialize)]
struct MeasureLine {
    name: &'static str,
    area: Area,
    status: State,
    value: f64,
    unit: &'static str,
    /// Whether it is the small values that are wrong.
    below: bool,
    warn: Option<u64>,
    crit: Option<u64>,
}

#[derive(Serialize)]
struct FlawLine<'a> {
    code: &'static str,
    area: Area,
    status: State,
    hop: Option<Hop>,
    cause: Option<&'a Cause>,
}

/// One object on one line, with a line end.
///
/// # Errors
/// None that anything checked could cause.
pub fn check_json(
    outcome: &Outcome,
    snapshot: Option<&Snapshot>,
) -> Result<String, serde_json::Error> {
    let state = state_of(outcome);
    let checked = outcome.as_ref().ok();
    let measures = checked.map(|checked| checked.measures.iter().map(measure).collect());
    let flaws = checked.map(|checked| checked.flaws.iter().map(flaw).collect());
    let whole = Whole {
        schema: SCHEMA,
        state: state as u8,
        status: state,
        unknown: outcome.as_ref().err().map(|unknown| unknown.code),
        bridge: snapshot.map(BridgeLine::from_snapshot),
        measures: measures.unwrap_or_default(),
        flaws: flaws.unwrap_or_default(),
    };
    Ok(serde_json::to_string(&whole)? + "\n")
}

fn measure(measure: &Measure) -> MeasureLine {
    MeasureLine {
        name: measure.key.as_str(),
        area: measure.key.area(),
        status: measure.state(),
        value: number(measure.value),
        unit: match measure.key.unit() {
            Unit::Seconds => "s",
            Unit::Percent => "%",
            Unit::Count => "1",
        },
        below: measure.key.is_wrong_below(),
        warn: measure.bounds.warn,
        crit: measure.bounds.crit,
    }
}

fn flaw(flaw: &Flaw) -> FlawLine<'_> {
    FlawLine {
        code: flaw.code(),
        area: flaw.area(),
        status: flaw.state(),
        hop: match flaw {
            Flaw::Hop { hop, .. } => Some(*hop),
            _ => None,
        },
        cause: flaw.cause(),
    }
}
