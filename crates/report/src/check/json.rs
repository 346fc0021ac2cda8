//! For scripts.

use jiff::Timestamp;
use serde::Serialize;

use super::flaw::{area, code, state};
use super::key::Unit;
use super::measure::Measure;
use super::nagios::number;
use super::sentences::{of_blind, of_flaw, of_measure};
use super::{Area, Blind, Outcome, State, state_of};
use crate::SCHEMA;
use crate::json::BridgeLine;
use crate::line::instant;
use model::cause::Cause;
use model::problem::{Flaw, Hop};
use words::{Lang, Texts, texts};

#[derive(Serialize)]
struct Whole<'a> {
    schema: u32,
    at: String,
    state: u8,
    status: State,
    /// Why there is no picture.
    blind: Option<BlindLine>,
    bridge: Option<BridgeLine<'a>>,
    measures: Vec<MeasureLine>,
    flaws: Vec<FlawLine<'a>>,
}

#[derive(Serialize)]
struct BlindLine {
    code: &'static str,
    text: String,
}

#[derive(Serialize)]
struct MeasureLine {
    name: &'static str,
    area: Area,
    status: State,
    value: f64,
    /// `s`, `%`, or `1` for what is counted.
    unit: &'static str,
    /// Whether it is the small values that are wrong.
    below: bool,
    warn: Option<f64>,
    crit: Option<f64>,
    text: String,
}

#[derive(Serialize)]
struct FlawLine<'a> {
    code: &'static str,
    area: Area,
    status: State,
    hop: Option<Hop>,
    cause: Option<&'a Cause>,
    text: String,
}

/// One object on one line, with a line end. Text is English, whatever `--lang` says. `at` is the
/// machine's time.
///
/// # Errors
/// None that anything checked could cause.
pub fn check_json(outcome: &Outcome, at: Timestamp) -> Result<String, serde_json::Error> {
    let (state, t) = (state_of(outcome), texts(Lang::En));
    let checked = outcome.as_ref().ok();
    let measures = checked.map(|checked| {
        let measures = checked.measures.iter();
        measures.map(|it| measure(it, t)).collect()
    });
    let flaws = checked.map(|checked| checked.flaws.iter().map(|it| flaw(it, t)).collect());
    let whole = Whole {
        schema: SCHEMA,
        at: instant(at),
        state: state as u8,
        status: state,
        blind: outcome.as_ref().err().map(|blind| blind_line(blind, t)),
        bridge: checked.map(|checked| BridgeLine::from_snapshot(&checked.snapshot)),
        measures: measures.unwrap_or_default(),
        flaws: flaws.unwrap_or_default(),
    };
    Ok(serde_json::to_string(&whole)? + "\n")
}

fn blind_line(blind: &Blind, t: &Texts) -> BlindLine {
    BlindLine {
        code: blind.code,
        text: of_blind(blind, t),
    }
}

fn measure(measure: &Measure, t: &Texts) -> MeasureLine {
    MeasureLine {
        name: measure.key.as_str(),
        area: measure.key.area(),
        status: measure.state(),
        value: number(measure.value),
        unit: match measure.key.unit() {
            Unit::Seconds | Unit::Latency => "s",
            Unit::Percent => "%",
            Unit::Count => "1",
        },
        below: measure.key.is_wrong_below(),
        warn: measure.bounds.warn,
        crit: measure.bounds.crit,
        text: of_measure(measure, t),
    }
}

fn flaw<'a>(flaw: &'a Flaw, t: &Texts) -> FlawLine<'a> {
    FlawLine {
        code: code(flaw),
        area: area(flaw),
        status: state(flaw),
        hop: match flaw {
            Flaw::Hop { hop, .. } => Some(*hop),
            _ => None,
        },
        cause: flaw.cause(),
        text: of_flaw(flaw, t),
    }
}
