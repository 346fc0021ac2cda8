//! Output of a Nagios plugin, for Nagios, Icinga and whatever runs their plugins: one line of text
//! with performance data, then a line for each thing that is wrong.

use std::fmt::Write as _;

use super::measure::{Measure, Unit};
use super::words::{findings, summary};
use super::{Outcome, state_of};
use words::Texts;

/// The output, with a line end; the exit code is [`state_of`].
#[must_use]
pub fn nagios(outcome: &Outcome, t: &Texts) -> String {
    let state = state_of(outcome).word();
    let checked = match outcome {
        Ok(checked) => checked,
        Err(unknown) => return format!("LAMPFIELD {state} - {}\n", plain(&unknown.why)),
    };
    let data: Vec<_> = checked.measures.iter().map(data).collect();
    let summary = plain(&summary(checked, None, t));
    let mut text = format!("LAMPFIELD {state} - {summary} | {}\n", data.join(" "));
    for (state, what, remedy) in findings(checked, None, t) {
        let remedy = remedy.map_or_else(String::new, |remedy| format!(". {remedy}"));
        let line = plain(&format!("{what}{remedy}"));
        // Writing to a string does not fail.
        let _ = writeln!(text, "[{}] {line}", state.word());
    }
    text
}

/// The bar begins the performance data, so no text may have one.
fn plain(text: &str) -> String {
    text.replace('|', "/").replace(['\n', '\r'], " ")
}

/// `'label'=value[UOM];[warn];[crit];[min];[max]`
fn data(measure: &Measure) -> String {
    let (unit, most) = match measure.key.unit() {
        Unit::Seconds => ("s", ""),
        Unit::Percent => ("%", "100"),
        Unit::Count => ("", ""),
    };
    let range = |bound: Option<u64>| match bound {
        None => String::new(),
        Some(bound) if measure.key.is_wrong_below() => format!("{bound}:"),
        Some(bound) => bound.to_string(),
    };
    let (warn, crit) = (range(measure.bounds.warn), range(measure.bounds.crit));
    let (label, value) = (measure.key.as_str(), number(measure.value));
    format!("'{label}'={value}{unit};{warn};{crit};0;{most}")
}

/// To the thousandth, without zeroes at the end.
pub(super) fn number(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
