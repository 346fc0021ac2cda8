//! One value of an open set of strings, small enough to be kept by the hundred thousand.

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

/// One value of an open set: a known one as an index, anything else as it came.
///
/// Small, because 20,000 users keep a dozen each: what is not known is kept once in [`OTHERS`].
#[derive(Clone, Copy)]
pub(super) enum Open {
    Known(u8),
    Other {
        /// The index of the text in the table of spellings.
        spelling: u16,
        /// The same for texts that differ in case alone.
        word: u16,
    },
}

/// The unknown values met so far. They are never let go: at most [`OTHERS_LIMIT`] are kept.
static OTHERS: RwLock<Option<Others>> = RwLock::new(None);

#[derive(Default)]
struct Others {
    texts: Vec<&'static str>,
    found: FxHashMap<&'static str, (u16, u16)>,
}

impl Others {
    /// Finds or keeps `text`; its number, and that of its first spelling.
    fn keep(&mut self, text: &str) -> (u16, u16) {
        if let Some(found) = self.found.get(text) {
            return *found;
        }
        if self.texts.len() >= OTHERS_LIMIT && text != TOO_MANY {
            return self.keep(TOO_MANY);
        }
        let spelling = u16::try_from(self.texts.len()).unwrap_or(u16::MAX);
        let folded = text.to_lowercase();
        let same = |other: &&str| other.to_lowercase() == folded;
        let first = self.texts.iter().position(same);
        let word = first.and_then(|at| u16::try_from(at).ok());
        let text: &'static str = Box::leak(text.into());
        self.texts.push(text);
        let number = (spelling, word.unwrap_or(spelling));
        self.found.insert(text, number);
        number
    }
}

fn other(text: &str) -> (u16, u16) {
    let known = OTHERS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known.as_ref().and_then(|others| others.found.get(text)) {
        return *found;
    }
    drop(known);
    let mut others = OTHERS.write().unwrap_or_else(PoisonError::into_inner);
    others.get_or_insert_default().keep(text)
}

fn other_text(spelling: u16) -> &'static str {
    let others = OTHERS.read().unwrap_or_else(PoisonError::into_inner);
    let texts = others.as_ref().map_or(&[][..], |others| &others.texts);
    texts
        .get(usize::from(spelling))
        .copied()
        .unwrap_or_default()
}

impl Open {
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
            return Self::Known(at);
        }
        let (spelling, word) = other(&harmless_up_to(raw, VALUE_LIMIT));
        Self::Other { spelling, word }
    }

    pub(super) fn as_str(self, known: &'static [&'static str]) -> &'static str {
        match self {
            Self::Known(at) => known.get(usize::from(at)).copied().unwrap_or_default(),
            Self::Other { spelling, .. } => other_text(spelling),
        }
    }

    /// A number for this value, as long as the program runs.
    pub(super) fn code(self) -> u16 {
        match self {
            Self::Known(at) => u16::from(at),
            Self::Other { spelling, .. } => spelling.saturating_add(FIRST_OTHER),
        }
    }

    /// The value of a number that [`Open::code`] gave.
    pub(super) fn of_code(code: u16) -> Self {
        if let Ok(at) = u8::try_from(code) {
            return Self::Known(at);
        }
        let (spelling, word) = other(other_text(code - FIRST_OTHER));
        Self::Other { spelling, word }
    }

    pub(super) fn same(self, other: Self) -> bool {
        match (self, other) {
            (Self::Known(a), Self::Known(b)) => a == b,
            (Self::Other { word: a, .. }, Self::Other { word: b, .. }) => a == b,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_unknown_values_are_one() {
        let mut others = Others::default();
        let (first, _) = others.keep("Value");
        assert_eq!(others.keep("VALUE"), (first + 1, first));
        for n in 0..2 * OTHERS_LIMIT {
            others.keep(&format!("value {n}"));
        }
        assert_eq!(others.texts.len(), OTHERS_LIMIT + 1);
        assert_eq!(others.keep("one more"), others.keep(TOO_MANY));
        assert_eq!(others.keep("Value"), (first, first));
    }
}
