//! Output of a Nagios plugin, as Nagios, Icinga, Naemon and Centreon read it (Monitoring Plugins
//! Development Guidelines: plugin output, threshold ranges, performance data).

use super::key::Unit;
use super::measure::Measure;
use super::sentences::{findings, of_blind, summary, whose};
use super::{Outcome, state_of};
use model::text::harmless;
use words::Texts;

/// The first line is status, text and performance data; each finding and whose picture it is follow
/// on lines of their own. `name` stands at the very beginning.
#[must_use]
pub fn nagios(outcome: &Outcome, name: &str, t: &Texts) -> String {
    let name = plain(&harmless(name).to_uppercase());
    let head = format!("{name} {}", state_of(outcome).word());
    let checked = match outcome {
        Ok(checked) => checked,
        Err(blind) => return format!("{head} - {}\n", plain(&of_blind(blind, t))),
    };
    let data: Vec<_> = checked.measures.iter().map(data).collect();
    let summary = plain(&summary(checked, None, t));
    let first = format!("{head} - {summary} | {}", data.join(" "));
    let found = findings(checked, None, t).into_iter();
    let found = found.map(|(state, what)| format!("[{}] {}", state.word(), plain(&what)));
    let whose = plain(&whose(&checked.snapshot, t));
    let lines: Vec<_> = std::iter::once(first).chain(found).chain([whose]).collect();
    lines.join("\n") + "\n"
}

/// A bar begins the performance data, so no text may have one; `illegal_macro_output_chars` of Nagios
/// drops the others from every notification.
fn plain(text: &str) -> String {
    let told = |letter| match letter {
        '|' => '/',
        '`' | '"' => '\'',
        '\n' | '\r' | '$' | '<' | '>' | '~' => ' ',
        letter => letter,
    };
    text.chars().map(told).collect()
}

/// `'label'=value[UOM];[warn];[crit];[min];[max]`
fn data(measure: &Measure) -> String {
    let below = measure.key.is_wrong_below();
    let unit = match measure.key.unit() {
        Unit::Seconds | Unit::Latency => "s",
        Unit::Percent => "%",
        Unit::Count => "",
    };
    // A bound below which it is wrong is a range that is open above.
    let range = |bound: Option<f64>| match bound {
        None => String::new(),
        Some(bound) if below => format!("{}:", number(bound)),
        Some(bound) => number(bound).to_string(),
    };
    let (warn, crit) = (range(measure.bounds.warn), range(measure.bounds.crit));
    let (label, value) = (measure.key.as_str(), number(measure.value));
    let least = if below { "" } else { "0" };
    format!("'{label}'={value}{unit};{warn};{crit};{least};")
}

/// To the thousandth, without zeroes at the end.
pub(super) fn number(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
