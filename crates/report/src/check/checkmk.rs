//! Lines of a Checkmk local check: a service for each area.

use super::measure::Measure;
use super::nagios::number;
use super::words::{findings, summary};
use super::{Area, Checked, Outcome, State};
use words::Texts;

/// The lines. Each says its own state; where nothing is known every service does, for one that goes
/// missing says less.
#[must_use]
pub fn checkmk(outcome: &Outcome, t: &Texts) -> String {
    let lines = Area::ALL.map(|area| match outcome {
        Ok(checked) => of_area(checked, area, t),
        Err(unknown) => line(State::Unknown, area, "-", &plain(&unknown.why)),
    });
    lines.concat()
}

fn of_area(checked: &Checked, area: Area, t: &Texts) -> String {
    let data: Vec<_> = checked.measures_of(Some(area)).map(data).collect();
    let data = if data.is_empty() {
        "-".to_owned()
    } else {
        data.join("|")
    };
    let mut text = plain(&summary(checked, Some(area), t));
    for (_, _, remedy) in findings(checked, Some(area), t) {
        // Written out: what follows are details.
        text += &remedy.map_or_else(String::new, |remedy| format!("\\n{}", plain(&remedy)));
    }
    line(checked.state(Some(area)), area, &data, &text)
}

/// `<state> "<name>" <performance data> <text>`
fn line(state: State, area: Area, data: &str, text: &str) -> String {
    let (state, area) = (state as u8, area.as_str());
    format!("{state} \"lampfield {area}\" {data} {text}\n")
}

/// A backslash would begin what Checkmk reads as a line end.
fn plain(text: &str) -> String {
    text.replace('\\', "/").replace(['\n', '\r'], " ")
}

/// `name=value;warn;crit;min;max`. Checkmk's levels are upper ones; the state is ours anyhow.
fn data(measure: &Measure) -> String {
    let level = |bound: Option<u64>| {
        let bound = bound.filter(|_| !measure.key.is_wrong_below());
        bound.map_or_else(String::new, |bound| bound.to_string())
    };
    let (warn, crit) = (level(measure.bounds.warn), level(measure.bounds.crit));
    let (name, value) = (measure.key.as_str(), number(measure.value));
    format!("lampfield_{name}={value};{warn};{crit};0")
}
