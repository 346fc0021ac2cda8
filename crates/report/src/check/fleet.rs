//! The bridges of a machine, checked together: the state is that of the worst.

use jiff::Timestamp;

use super::checkmk::checkmk;
use super::json::check_json;
use super::nagios::nagios;
use super::text::check_text;
use super::{Outcome, State, state_of};
use crate::fleet::FleetPlace;
use crate::look::Look;
use model::text::harmless;
use words::Texts;

/// A bridge by its place, and how it stands.
pub type FleetOutcome = (FleetPlace, Outcome);

/// The worst state of all.
#[must_use]
pub fn worst_of(outcomes: &[FleetOutcome]) -> State {
    let states = outcomes.iter().map(|(_, outcome)| state_of(outcome));
    states
        .max_by_key(|state| state.weight())
        .unwrap_or(State::Ok)
}

/// The tenant, or the place where nothing is seen.
fn name((place, outcome): &FleetOutcome) -> String {
    let tenant = outcome
        .as_ref()
        .map(|it| it.snapshot.tenant.name().to_owned());
    harmless(&tenant.unwrap_or_else(|_| place.name())).into_owned()
}

/// For people: the worst first.
#[must_use]
pub fn fleet_text(outcomes: &[FleetOutcome], look: &Look) -> String {
    let text = |it: &&FleetOutcome| format!("{}\n{}", name(it), check_text(&it.1, look));
    let mut sorted: Vec<_> = outcomes.iter().collect();
    sorted.sort_by_key(|(_, outcome)| std::cmp::Reverse(state_of(outcome).weight()));
    let texts: Vec<_> = sorted.iter().map(text).collect();
    texts.join("\n")
}

/// The first line is the state of all and how many there are; the first line of each follows, without
/// its performance data.
#[must_use]
pub fn fleet_nagios(outcomes: &[FleetOutcome], label: &str, t: &Texts) -> String {
    let ok = outcomes.iter().filter(|(_, it)| state_of(it) == State::Ok);
    let (ok, all) = (ok.count(), outcomes.len());
    let label = harmless(label).to_uppercase();
    let state = worst_of(outcomes).word();
    let head = format!("{label} {state} - {ok}/{all} OK | 'ok'={ok};;;0;{all}\n");
    let each = outcomes.iter().map(|it| {
        let whole = nagios(&it.1, &name(it), t);
        let first = whole.lines().next().unwrap_or_default();
        let first = first.split(" | ").next().unwrap_or_default();
        format!("{first}\n")
    });
    head + &each.collect::<String>()
}

/// The services of each, with its tenant in their names.
#[must_use]
pub fn fleet_checkmk(outcomes: &[FleetOutcome], label: &str, t: &Texts) -> String {
    let each = outcomes.iter().map(|it| {
        let label = format!("{label} {}", name(it));
        checkmk(&it.1, &label, t)
    });
    each.collect()
}

/// One object a line.
///
/// # Errors
/// None that anything checked could cause.
pub fn fleet_states_json(
    outcomes: &[FleetOutcome],
    at: Timestamp,
) -> Result<String, serde_json::Error> {
    let each = outcomes.iter().map(|(_, outcome)| check_json(outcome, at));
    each.collect()
}
