//! The list of all actions: made from the key table, for the place where the administrator is.

use super::filter::contains;
use super::glyphs::Glyphs;
use super::keys::{Action, Binding, Key, Scope, all_spelled, scopes, spelled};
use super::state::{Screen, State};
use model::presence::Lang;
use words::texts;

/// One line of the list.
#[derive(Debug)]
pub(crate) struct Offer {
    pub(crate) action: Action,
    /// Which of the action's keys: of a named filter, which filter.
    pub(crate) nth: usize,
    /// Where it is done: going there is part of it.
    pub(crate) scope: Scope,
    /// The keys that do the same, where they do.
    pub(crate) keys: String,
    pub(crate) what: String,
    /// The name of the place, where that is not this one.
    pub(crate) place: Option<String>,
    /// Whether there is something to do it to.
    pub(crate) possible: bool,
    /// Everything that is searched in beside the above: the name in settings, and the same words in
    /// the other language.
    also: String,
}

impl Offer {
    fn fits(&self, word: &str) -> bool {
        let fields = [&self.what, &self.also, &self.keys];
        let place = self.place.iter();
        fields
            .into_iter()
            .chain(place)
            .any(|text| contains(text, word))
    }

    fn has_key(&self, typed: &str) -> bool {
        self.keys.split(' ').any(|key| key == typed)
    }
}

/// The lines that fit what is typed; one whose key it is comes first.
pub(crate) fn matching(state: &State, typed: &str) -> Vec<Offer> {
    let mut offers = all(state);
    let typed = typed.trim();
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    offers.retain(|offer| offer.has_key(typed) || words.iter().all(|word| offer.fits(word)));
    offers.sort_by_key(|offer| !offer.has_key(typed));
    offers
}

/// What can be done here comes first, then what holds everywhere, then what leads elsewhere.
fn all(state: &State) -> Vec<Offer> {
    let here = state.scope();
    let mut offers: Vec<Offer> = Vec::new();
    for scope in [
        here,
        Scope::Everywhere,
        Scope::Table,
        Scope::Log,
        Scope::Screen,
    ] {
        for (row, keys) in state.look().keymap.rows() {
            if row.scope == scope && is_new(&offers, row, here) {
                offers.extend(of_row(state, row, keys, here));
            }
        }
    }
    offers
}

/// An action that means something else in another pane is there for each; on other screens the
/// actions of the table that have the same name do the same.
fn is_new(offers: &[Offer], row: &Binding, here: Scope) -> bool {
    let known = |scopes: &[Scope]| {
        let mut all = offers.iter();
        all.any(|offer| offer.action == row.action && scopes.contains(&offer.scope))
    };
    let covered: &[Scope] = match row.scope {
        Scope::Everywhere => &[here],
        Scope::Table | Scope::Log => &[row.scope],
        Scope::Screen => &[Scope::Table, Scope::Log, Scope::Screen, Scope::Everywhere],
    };
    row.action != Action::Commands && !known(covered)
}

fn of_row(state: &State, row: &Binding, keys: &[Key], here: Scope) -> Vec<Offer> {
    let look = state.look();
    let other = match look.lang {
        Lang::De => Lang::En,
        Lang::En => Lang::De,
    };
    let offer = |nth: usize, keys: String, what: String| Offer {
        action: row.action,
        nth,
        scope: row.scope,
        keys,
        what,
        place: place(state, row.scope, here),
        possible: is_possible(state, row.action),
        also: format!("{} {}", row.action.name(), (row.help)(texts(other))),
    };
    if row.action != Action::NamedFilter {
        let what = (row.help)(look.texts).to_owned();
        return vec![offer(0, all_spelled(keys, look.glyphs), what)];
    }
    let named = look.filters.iter().enumerate();
    let named = named.map(|(at, filter)| {
        let what = format!(
            "{} {}  {}",
            look.texts.status.filter, filter.name, filter.text
        );
        offer(at, key_at(keys, at, look.glyphs), what)
    });
    named.collect()
}

fn key_at(keys: &[Key], at: usize, glyphs: &Glyphs) -> String {
    keys.get(at)
        .map_or_else(String::new, |key| spelled(*key, glyphs))
}

fn place(state: &State, scope: Scope, here: Scope) -> Option<String> {
    if [here, Scope::Everywhere].contains(&scope) {
        return None;
    }
    if scope == Scope::Screen {
        return Some(state.look().texts.detail.title.to_owned());
    }
    let mut all = scopes(state.look().texts).into_iter();
    all.find_map(|(it, title)| (it == scope).then(|| title.to_owned()))
}

/// Whether there is something to do it to. What cannot be done now says why when it is tried.
fn is_possible(state: &State, action: Action) -> bool {
    let row = state.selected_row().map(|(_, row)| row);
    match action {
        Action::Refresh | Action::Detail | Action::Copy | Action::CopyCell | Action::Pin => {
            row.is_some()
        }
        Action::PauseUser => row.is_some() && !state.is_observing(),
        Action::Clear => row.is_some_and(|row| row.lease.is_some()) && !state.is_observing(),
        Action::Pause => !state.is_observing(),
        Action::ClearAll => state.snapshot().leases.held > 0 && !state.is_observing(),
        Action::NextProblem | Action::PreviousProblem => !state.problems.is_empty(),
        Action::Export => !state.private,
        Action::Back => {
            state.screen().is_some() || state.scope() == Scope::Log || !state.filter.text.is_empty()
        }
        Action::NextUser | Action::PreviousUser => {
            row.is_some() && matches!(state.screen(), None | Some(Screen::Detail))
        }
        _ => true,
    }
}
