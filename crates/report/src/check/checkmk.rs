//! Lines of a Checkmk local check (Checkmk user guide, "Local checks"): a service for each area.

use super::measure::Measure;
use super::nagios::number;
use super::sentences::{findings, of_blind, summary, whose};
use super::{Area, Checked, Outcome, State};
use model::text::harmless;
use words::Texts;

/// The lines. Each says its own state; where there is no picture every service says so, for one that
/// goes missing says less. `name` stands before each area.
#[must_use]
pub fn checkmk(outcome: &Outcome, name: &str, t: &Texts) -> String {
    let lines = Area::ALL.map(|area| match outcome {
        Ok(checked) => of_area(checked, (name, area), t),
        Err(blind) => {
            let state = match area {
                Area::Bridge => blind.state,
                _ => State::Unknown,
            };
            line(state, (name, area), "-", &plain(&of_blind(blind, t)))
        }
    });
    lines.concat()
}

fn of_area(checked: &Checked, service: (&str, Area), t: &Texts) -> String {
    let area = Some(service.1);
    let data: Vec<_> = checked.measures_of(area).map(data).collect();
    let data = if data.is_empty() {
        "-".to_owned()
    } else {
        data.join("|")
    };
    let mut parts = vec![plain(&summary(checked, area, t))];
    if service.1 == Area::Bridge {
        parts.push(plain(&whose(&checked.snapshot, t)));
    } else {
        let found = findings(checked, area, t).into_iter();
        parts.extend(found.map(|(_, what)| plain(&what)));
    }
    // Written out: what follows the first line are details.
    line(checked.state(area), service, &data, &parts.join("\\n"))
}

/// `<state> "<service>" <metrics> <text>`, one space in between.
fn line(state: State, (name, area): (&str, Area), data: &str, text: &str) -> String {
    let name = harmless(name).replace(['"', '\'', '|', '\\'], " ");
    let (state, area) = (state as u8, area.as_str());
    format!("{state} \"{name} {area}\" {data} {text}\n")
}

/// A backslash would begin what Checkmk reads as a line end; a bar begins performance data in its core.
fn plain(text: &str) -> String {
    text.replace(['\\', '|'], "/").replace(['\n', '\r'], " ")
}

/// `name=value;[lower:]warn;[lower:]crit;min;max`. Names are the same for all services of a site, so
/// they begin with ours. The state is told with the line, not found from the levels: they are drawn.
fn data(measure: &Measure) -> String {
    let level = |bound: Option<f64>| {
        let bound = bound.filter(|_| !measure.key.is_wrong_below());
        bound.map_or_else(String::new, |bound| number(bound).to_string())
    };
    let (warn, crit) = (level(measure.bounds.warn), level(measure.bounds.crit));
    let (name, value) = (measure.key.as_str(), number(measure.value));
    let least = if measure.key.is_wrong_below() {
        ""
    } else {
        "0"
    };
    format!("lampfield_{name}={value};{warn};{crit};{least}")
}
