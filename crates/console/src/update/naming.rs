//! Filters get a name here, and lose it again.

use jiff::Timestamp;

use super::say;
use crate::filter::Expr;
use crate::input::Input;
use crate::settings::NamedFilter;
use crate::state::{Prompt, Prompted, State};
use crate::theme::Role;
use model::text::harmless_up_to;
use words::{StatusTexts, fill};

/// Longest name, in characters: a list shows it beside the filter.
const LONGEST: usize = 40;

/// Asks for the name of the filter in force.
pub(super) fn ask(state: &mut State, now: Timestamp) {
    if state.filter.expr == Expr::All {
        return told(state, |t| t.no_filter_to_save, "", Role::Warning, now);
    }
    state.prompt = Some(Prompt {
        what: Prompted::FilterName,
        input: Input::default(),
    });
}

/// The name is there. A filter of the configuration keeps its own; one that was saved here gives
/// way.
pub(super) fn save(state: &mut State, name: &str, now: Timestamp) {
    let name = harmless_up_to(name.trim(), LONGEST);
    if name.is_empty() {
        return;
    }
    if state.look().filters.iter().any(|known| known.name == name) {
        return told(state, |t| t.filter_configured, &name, Role::Warning, now);
    }
    let filter = NamedFilter {
        name: name.clone(),
        text: state.filter.text.clone(),
    };
    let saved = &mut state.filter.saved;
    match saved.iter_mut().find(|known| known.name == name) {
        Some(known) => *known = filter,
        None => saved.push(filter),
    }
    told(state, |t| t.filter_saved, &name, Role::Good, now);
}

/// Forgets the one at this place of the list, where it was saved here.
pub(super) fn forget(state: &mut State, at: usize, now: Timestamp) {
    let configured = state.look().filters.len();
    let Some(place) = at.checked_sub(configured) else {
        let name = state.look().filters.get(at).map(|known| known.name.clone());
        let name = name.unwrap_or_default();
        return told(state, |t| t.filter_configured, &name, Role::Warning, now);
    };
    if place >= state.filter.saved.len() {
        return;
    }
    let gone = state.filter.saved.remove(place);
    if let Some(menu) = &mut state.menu {
        let last = (configured + state.filter.saved.len()).saturating_sub(1);
        menu.at = menu.at.min(last);
    }
    told(state, |t| t.filter_forgotten, &gone.name, Role::Text, now);
}

fn told(
    state: &mut State,
    entry: fn(&StatusTexts) -> &str,
    name: &str,
    role: Role,
    now: Timestamp,
) {
    let text = fill(entry(&state.look().texts.status), &[("detail", &name)]);
    say(state, text, role, now);
}
