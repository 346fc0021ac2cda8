//! JSON of PRTG's advanced script sensors (PRTG manual, "Custom Sensors").

use serde::Serialize;

use super::key::Unit;
use super::measure::Measure;
use super::sentences::{of_blind, summary, whose};
use super::{Checked, Outcome};
use words::Texts;

/// PRTG takes 2,000 characters of a message.
const TEXT_LIMIT: usize = 1_900;

#[derive(Serialize)]
struct Sensor {
    prtg: Answer,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Channels { result: Vec<Channel>, text: String },
    Error { error: u8, text: String },
}

/// A value is whole or, where `float` says so, has decimals. Limits are whole.
#[derive(Serialize)]
#[serde(untagged)]
enum Value {
    Whole(i64),
    Decimal(f64),
}

#[derive(Serialize)]
struct Channel {
    #[serde(rename = "channel")]
    name: &'static str,
    value: Value,
    float: u8,
    unit: &'static str,
    limitmode: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitmaxwarning: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitmaxerror: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitminwarning: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitminerror: Option<i64>,
}

/// The JSON, with a line end. PRTG takes limits over when a channel comes for the first time, so the
/// first channel is our own state (0 ok, 1 warning, 2 critical, 3 unknown), whose limits never change.
/// Where there is no picture it is the error form: the sensor is down and says why.
///
/// # Errors
/// None that anything checked could cause.
pub fn prtg(outcome: &Outcome, t: &Texts) -> Result<String, serde_json::Error> {
    let prtg = match outcome {
        Ok(checked) => Answer::Channels {
            result: channels(checked),
            text: message(checked, t),
        },
        Err(blind) => Answer::Error {
            error: 1,
            text: plain(&of_blind(blind, t)),
        },
    };
    Ok(serde_json::to_string(&Sensor { prtg })? + "\n")
}

fn message(checked: &Checked, t: &Texts) -> String {
    let (summary, whose) = (summary(checked, None, t), whose(&checked.snapshot, t));
    plain(&format!("{summary} ({whose})"))
}

fn channels(checked: &Checked) -> Vec<Channel> {
    let state = Channel {
        name: "state",
        value: Value::Whole(i64::from(checked.state(None) as u8)),
        float: 0,
        unit: "Count",
        limitmode: 1,
        limitmaxwarning: Some(0),
        limitmaxerror: Some(1),
        limitminwarning: None,
        limitminerror: None,
    };
    let measures = checked.measures.iter().map(channel);
    std::iter::once(state).chain(measures).collect()
}

fn channel(measure: &Measure) -> Channel {
    let below = measure.key.is_wrong_below();
    let (unit, factor) = match measure.key.unit() {
        Unit::Seconds => ("TimeSeconds", 1.0),
        // Milliseconds.
        Unit::Latency => ("TimeResponse", 1000.0),
        Unit::Percent => ("Percent", 1.0),
        Unit::Count => ("Count", 1.0),
    };
    let decimal = measure.key.unit() == Unit::Percent;
    let (warn, crit) = (measure.bounds.warn, measure.bounds.crit);
    let limit = |bound: Option<f64>| bound.map(|bound| whole(bound * factor));
    Channel {
        name: measure.key.as_str(),
        value: if decimal {
            Value::Decimal(super::nagios::number(measure.value))
        } else {
            Value::Whole(whole(measure.value * factor))
        },
        float: decimal.into(),
        unit,
        limitmode: u8::from(warn.is_some() || crit.is_some()),
        limitmaxwarning: limit(warn.filter(|_| !below)),
        limitmaxerror: limit(crit.filter(|_| !below)),
        limitminwarning: limit(warn.filter(|_| below)),
        limitminerror: limit(crit.filter(|_| below)),
    }
}

/// Far from any limit of either type.
#[allow(clippy::cast_possible_truncation)]
fn whole(value: f64) -> i64 {
    value.round() as i64
}

/// `#` would end the text.
fn plain(text: &str) -> String {
    let text = text.replace('#', " ").replace(['\n', '\r'], " ");
    text.chars().take(TEXT_LIMIT).collect()
}
