//! JSON of PRTG's advanced script sensors.

use serde::Serialize;

use super::measure::{Measure, Unit};
use super::nagios::number;
use super::words::summary;
use super::{Checked, Outcome};
use words::Texts;

/// PRTG shows so many characters of a text.
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

#[derive(Default, Serialize)]
struct Channel {
    channel: &'static str,
    value: f64,
    float: u8,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitmode: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitmaxwarning: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitmaxerror: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitminwarning: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limitminerror: Option<u64>,
}

/// The JSON, with a line end. The first channel is the state (0 ok, 1 warning, 2 critical), with limits
/// by which the sensor turns yellow and red.
///
/// # Errors
/// None that anything checked could cause.
pub fn prtg(outcome: &Outcome, t: &Texts) -> Result<String, serde_json::Error> {
    let prtg = match outcome {
        Ok(checked) => Answer::Channels {
            result: channels(checked),
            text: plain(&summary(checked, None, t)),
        },
        Err(unknown) => Answer::Error {
            error: 1,
            text: plain(&unknown.why),
        },
    };
    Ok(serde_json::to_string(&Sensor { prtg })? + "\n")
}

fn channels(checked: &Checked) -> Vec<Channel> {
    let state = Channel {
        channel: "State",
        value: f64::from(checked.state(None) as u8),
        unit: "Count",
        limitmode: Some(1),
        limitmaxwarning: Some(0),
        limitmaxerror: Some(1),
        ..Channel::default()
    };
    let measures = checked.measures.iter().map(channel);
    std::iter::once(state).chain(measures).collect()
}

fn channel(measure: &Measure) -> Channel {
    let bounds = measure.bounds;
    let below = measure.key.is_wrong_below();
    let limited = bounds.warn.is_some() || bounds.crit.is_some();
    Channel {
        channel: measure.key.as_str(),
        value: number(measure.value),
        float: u8::from(measure.key.unit() != Unit::Count),
        unit: match measure.key.unit() {
            Unit::Seconds => "TimeSeconds",
            Unit::Percent => "Percent",
            Unit::Count => "Count",
        },
        limitmode: limited.then_some(1),
        limitmaxwarning: bounds.warn.filter(|_| !below),
        limitmaxerror: bounds.crit.filter(|_| !below),
        limitminwarning: bounds.warn.filter(|_| below),
        limitminerror: bounds.crit.filter(|_| below),
    }
}

/// `#` would end the text.
fn plain(text: &str) -> String {
    let text = text.replace('#', " ").replace(['\n', '\r'], " ");
    text.chars().take(TEXT_LIMIT).collect()
}
