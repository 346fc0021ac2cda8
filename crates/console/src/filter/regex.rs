//! A regular expression, asked only whether it matches.
//!
//! What the crate `regex` has beside these two engines, to be quick in files, would be a fifth of a megabyte of the
//! program.

use std::sync::{Mutex, PoisonError};

use regex_automata::Input;
use regex_automata::hybrid::dfa;
use regex_automata::nfa::thompson;
use regex_automata::nfa::thompson::pikevm;
use regex_automata::util::syntax;

/// Longest compiled size, in bytes: typing must not make the machine slow.
const SIZE: usize = 1 << 18;

/// A regular expression.
#[derive(Debug)]
pub(super) struct Regex {
    /// Reads each byte once, and may give up: at a word boundary beside a letter that is not ASCII.
    quick: dfa::DFA,
    /// Never gives up, and is slower.
    sure: pikevm::PikeVM,
    /// One is enough: whoever filters does so on one thread.
    caches: Mutex<Caches>,
}

/// What the engines write to while they search.
#[derive(Debug)]
struct Caches {
    quick: dfa::Cache,
    sure: pikevm::Cache,
}

impl Regex {
    /// Nothing where the text is no regular expression, or too large a one.
    pub(super) fn new(text: &str, any_case: bool) -> Option<Self> {
        let syntax = syntax::Config::new().case_insensitive(any_case);
        let nfa = thompson::Config::new().nfa_size_limit(Some(SIZE));
        let sure = pikevm::PikeVM::builder()
            .syntax(syntax)
            .thompson(nfa)
            .build(text)
            .ok()?;
        let quick = dfa::DFA::builder()
            .configure(dfa::DFA::config().unicode_word_boundary(true))
            .build_from_nfa(sure.get_nfa().clone())
            .ok()?;
        let caches = Caches {
            quick: quick.create_cache(),
            sure: sure.create_cache(),
        };
        Some(Self {
            quick,
            sure,
            caches: Mutex::new(caches),
        })
    }

    /// Whether it matches somewhere in the text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        // A search begins with caches of whatever state.
        let mut caches = self.caches.lock().unwrap_or_else(PoisonError::into_inner);
        let input = Input::new(text).earliest(true);
        match self.quick.try_search_fwd(&mut caches.quick, &input) {
            Ok(found) => found.is_some(),
            Err(_) => self.sure.is_match(&mut caches.sure, input),
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::RegexBuilder;

    use super::*;

    const PATTERNS: [&str; 16] = [
        "",
        "^$",
        "^m.ller$",
        "müller",
        "MÜ",
        r"\bö",
        r"\Böß\b",
        r"\w+er\b",
        r"\W\w",
        r"\p{Lu}\p{Ll}",
        r"[^a-z]",
        r"\d{2,3}$",
        r"\S\s\S",
        "(a+)+b",
        "a|ß$|^Z",
        "(?-i)Ä",
    ];

    const TEXTS: [&str; 12] = [
        "",
        "Müller",
        "müller",
        "Frau Müller-Öß",
        "Ärger, Ö",
        "öß",
        "x öß y",
        "Zoë 42",
        "+49 30 123",
        "日本 12",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac",
        "a\u{308}b",
    ];

    #[test]
    fn it_matches_what_the_whole_crate_matches() {
        for pattern in PATTERNS {
            for any_case in [false, true] {
                let whole = RegexBuilder::new(pattern)
                    .case_insensitive(any_case)
                    .build()
                    .unwrap();
                let ours = Regex::new(pattern, any_case).unwrap();
                for text in TEXTS {
                    let (ours, whole) = (ours.is_match(text), whole.is_match(text));
                    assert_eq!(ours, whole, "{pattern:?} in {text:?}, any case: {any_case}");
                }
            }
        }
    }

    #[test]
    fn what_is_none_or_too_large_is_refused() {
        for pattern in ["[", "(", "*", r"\q", r"\w{1000}{1000}"] {
            assert!(Regex::new(pattern, true).is_none(), "{pattern}");
        }
    }
}
