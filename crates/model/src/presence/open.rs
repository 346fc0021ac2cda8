//! One value of an open set of strings, small enough to be kept by the hundred thousand.

use std::num::NonZeroU16;
use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::text::harmless_up_to;

/// Longest unknown value that is kept, in characters. Known ones have at most 23.
const VALUE_LIMIT: usize = 48;

/// Different unknown values that are kept; a year's documentation has about 30 in all, so more
/// than this are no values but noise.
const OTHERS_LIMIT: usize = 1_000;

/// The [`Open::code`] of the first unknown value; below are the known ones.
const FIRST_OTHER: u16 = 256;

/// What further unknown values are kept as.
const TOO_MANY: &str = "(one of too many values)";

/// One value of an open set, as a number of its own: one more than [`Open::code`], so that none takes no room.
///
/// Small, because 20,000 users keep a dozen each: what is not known is kept once in [`OTHERS`].
#[derive(Clone, Copy)]
pub(super) struct Open(NonZeroU16);

/// The unknown values met so far. They are never let go: at most [`OTHERS_LIMIT`] are kept.
static OTHERS: RwLock<Option<Others>> = RwLock::new(None);

#[derive(Default)]
struct Others {
    /// Each text, and the place of the first one that differs from it in case alone.
    texts: Vec<(&'static str, u16)>,
    found: FxHashMap<&'static str, u16>,
}

impl Others {
    /// Finds or keeps `text`; its place.
    fn keep(&mut self, text: &str) -> u16 {
        if let Some(found) = self.found.get(text) {
            return *found;
        }
        if self.texts.len() >= OTHERS_LIMIT && text != TOO_MANY {
            return self.keep(TOO_MANY);
        }
        let place = u16::try_from(self.texts.len()).unwrap_or(u16::MAX);
        let folded = text.to_lowercase();
        let mut texts = self.texts.iter();
        let same = texts.find(|(other, _)| other.to_lowercase() == folded);
        let word = same.map_or(place, |(_, word)| *word);
        let text: &'static str = Box::leak(text.into());
        self.texts.push((text, word));
        self.found.insert(text, place);
        place
    }
}

fn other(text: &str) -> u16 {
    let known = OTHERS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.as_ref().and_then(|others| others.found.get(text)) {
        return *found;
    }
    drop(known);
    let mut others = OTHERS.write().unwrap_or_else(PoisonError::into_inner);
    others.get_or_insert_default().keep(text)
}

/// The text at this place, and the place of its first spelling.
fn other_at(place: u16) -> (&'static str, u16) {
    let others = OTHERS.read().unwrap_or_else(PoisonError::into_inner);
    let texts = others.as_ref().map_or(&[][..], |others| &others.texts);
    texts.get(usize::from(place)).copied().unwrap_or_default()
}

impl Open {
    /// A known value, by its index.
    pub(super) const fn known(at: u8) -> Self {
        Self(NonZeroU16::MIN.saturating_add(at as u16))
    }

    pub(super) fn parse(raw: &str, known: &'static [&'static str]) -> Self {
        let trimmed = raw.trim();
        let exactly = known.iter().position(|name| *name == trimmed);
        let in_any_case = || {
            known
                .iter()
                .position(|name| name.eq_ignore_ascii_case(trimmed))
        };
        let at = exactly.or_else(in_any_case);
        if let Some(at) = at.and_then(|at| u8::try_from(at).ok()) {
            return Self::known(at);
        }
        let place = other(&harmless_up_to(raw, VALUE_LIMIT));
        Self::of_code(place.saturating_add(FIRST_OTHER))
    }

    pub(super) fn as_str(self, known: &'static [&'static str]) -> &'static str {
        match self.other() {
            None => known.get(usize::from(self.code())).copied(),
            Some(place) => Some(other_at(place).0),
        }
        .unwrap_or_default()
    }

    pub(super) const fn is_known(self) -> bool {
        self.code() < FIRST_OTHER
    }

    /// A number for this value, as long as the program runs.
    pub(super) const fn code(self) -> u16 {
        self.0.get() - 1
    }

    /// The value of a number that [`Open::code`] gave.
    pub(super) const fn of_code(code: u16) -> Self {
        Self(NonZeroU16::MIN.saturating_add(code))
    }

    pub(super) fn same(self, other: Self) -> bool {
        // What is unknown may differ in case alone.
        let words = self.other().zip(other.other());
        self.0 == other.0 || words.is_some_and(|(a, b)| other_at(a).1 == other_at(b).1)
    }

    /// The place of an unknown value's text.
    const fn other(self) -> Option<u16> {
        self.code().checked_sub(FIRST_OTHER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_unknown_values_are_one() {
        let mut others = Others::default();
        let first = others.keep("Value");
        assert_eq!(others.keep("VALUE"), first + 1);
        assert_eq!(others.texts[1], ("VALUE", first));
        for n in 0..2 * OTHERS_LIMIT {
            others.keep(&format!("value {n}"));
        }
        assert_eq!(others.texts.len(), OTHERS_LIMIT + 1);
        assert_eq!(others.keep("one more"), others.keep(TOO_MANY));
        assert_eq!(others.keep("Value"), first);
    }
}
