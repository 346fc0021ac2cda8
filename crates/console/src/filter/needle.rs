//! What is looked for in a text, and whether it is there.
//!
//! What a pattern does not have does not count: without an upper-case letter case does not, without
//! an accent accents do not. `muller` and `mueller` find *Müller*, `weiss` finds *Weiß*; *Müller*
//! finds neither *Muller* nor *Mueller*. Composed and decomposed letters are the same always.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::regex::Regex;

/// Where the screen has cut a text: what was copied from there is looked for without it.
const CUT: char = '…';

/// A text or a regular expression to look for.
#[derive(Clone, Debug)]
pub(crate) struct Needle {
    text: String,
    how: How,
    /// Whether it is a number, a duration or a sign: found as a whole word only.
    whole: bool,
    /// What was found out about it once for all rows.
    known: OnceLock<u8>,
}

#[derive(Clone, Debug)]
enum How {
    /// As it was typed, and without case.
    Literal(Form, Form),
    Regex(Arc<Regex>),
}

/// A text in the form in which it is compared.
#[derive(Clone, Debug)]
struct Form {
    wanted: String,
    /// Case counts.
    cased: bool,
    /// Accents count.
    marked: bool,
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.is_regex() == other.is_regex()
    }
}

impl Needle {
    /// This text.
    pub(crate) fn new(text: &str) -> Self {
        let cut = text.strip_suffix(CUT).filter(|rest| !rest.is_empty());
        let typed: String = cut.unwrap_or(text).nfc().collect();
        Self {
            text: text.to_owned(),
            how: How::Literal(Form::new(&typed), Form::new(&lowered(&typed))),
            whole: is_whole(text),
            known: OnceLock::new(),
        }
    }

    /// This regular expression, without case unless it has an upper-case letter; nothing where it is none.
    pub(crate) fn regex(text: &str) -> Option<Self> {
        let composed: String = text.nfc().collect();
        let regex = Regex::new(&composed, !composed.chars().any(char::is_uppercase))?;
        Some(Self {
            text: text.to_owned(),
            how: How::Regex(Arc::new(regex)),
            whole: false,
            known: OnceLock::new(),
        })
    }

    /// As it was typed.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is a regular expression.
    pub(crate) const fn is_regex(&self) -> bool {
        matches!(self.how, How::Regex(_))
    }

    /// Whether it could be a number, a duration or a sign of the screen.
    pub(crate) const fn is_whole(&self) -> bool {
        self.whole || self.is_regex()
    }

    /// Whether it occurs in a text that somebody wrote.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        match &self.how {
            How::Literal(typed, _) => typed.is_in(text),
            How::Regex(regex) => regex.is_match(&composed(text)),
        }
    }

    /// Whether it occurs in a word of ours: there case never counts.
    pub(crate) fn is_in_word(&self, word: &str) -> bool {
        match &self.how {
            How::Literal(_, any_case) => any_case.is_in(word),
            How::Regex(_) => self.is_in(word),
        }
    }

    /// Whether it is what a cell of the screen shows, or a part of it; of numbers and signs only
    /// whole words.
    pub(crate) fn is_shown_by(&self, cell: &str) -> bool {
        if !self.whole {
            return self.is_in_word(cell);
        }
        let (cell, text) = (cell.trim(), self.text.trim());
        cell == text || format!(" {cell} ").contains(&format!(" {text} "))
    }

    /// What `find_out` says of the words of ours that it is in, asked once: 20,000 rows ask it.
    pub(crate) fn known(&self, find_out: impl FnOnce() -> u8) -> u8 {
        *self.known.get_or_init(find_out)
    }

    /// Whether it is this sign.
    pub(crate) fn is_sign(&self, sign: &str) -> bool {
        self.text == sign
    }
}

/// Whether `wanted` occurs in `text`, as a [`Needle`] finds it.
pub(crate) fn contains(text: &str, wanted: &str) -> bool {
    Needle::new(wanted).is_in(text)
}

fn is_whole(text: &str) -> bool {
    let digit = text.chars().any(|c| c.is_ascii_digit());
    digit || !text.chars().any(char::is_alphabetic)
}

/// Letter by letter, so that a part of a text has the letters that it has in the whole.
fn lowered(text: &str) -> String {
    text.chars().map(lower).collect()
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.nfc().collect())
}

impl Form {
    fn new(typed: &str) -> Self {
        let cased = typed.chars().any(char::is_uppercase);
        Self {
            wanted: if cased {
                typed.to_owned()
            } else {
                lowered(typed)
            },
            cased,
            marked: typed.chars().any(has_mark),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        if text.is_ascii() {
            return self.is_in_ascii(text);
        }
        match (self.marked, self.cased) {
            (false, _) => self.is_spelled_in(text),
            (true, true) => composed(text).contains(&self.wanted),
            (true, false) => lowered(&composed(text)).contains(&self.wanted),
        }
    }

    fn is_in_ascii(&self, text: &str) -> bool {
        let wanted = self.wanted.as_bytes();
        if self.cased || wanted.is_empty() {
            return text.contains(&self.wanted);
        }
        // No part of a letter beyond ASCII is an ASCII byte.
        let mut windows = text.as_bytes().windows(wanted.len());
        windows.any(|window| window.eq_ignore_ascii_case(wanted))
    }

    /// In one pass, with every place in the wanted text that the text may have come to.
    fn is_spelled_in(&self, text: &str) -> bool {
        if self.wanted.is_empty() {
            return true;
        }
        let (mut places, mut next) = (Vec::new(), Vec::new());
        for c in text.nfc() {
            places.push(0);
            let mut found = false;
            for_each_spelling(self.in_case(c), |spelling| {
                found |= self.go_on(&places, spelling, &mut next);
            });
            if found {
                return true;
            }
            std::mem::swap(&mut places, &mut next);
            next.clear();
        }
        false
    }

    fn in_case(&self, c: char) -> char {
        if self.cased {
            return c;
        }
        lower(c)
    }

    /// Whether the wanted text ends within this spelling of a letter; else where it goes on.
    fn go_on(&self, places: &[usize], spelling: &str, next: &mut Vec<usize>) -> bool {
        for place in places {
            let rest = self.wanted.get(*place..).unwrap_or_default();
            if spelling.starts_with(rest) {
                return true;
            }
            let further = place + spelling.len();
            if rest.starts_with(spelling) && !next.contains(&further) {
                next.push(further);
            }
        }
        false
    }
}

/// Letters that are written otherwise where somebody cannot type them: first without what is on
/// them, then as in a passport.
const SPELLINGS: [(char, &[&str]); 19] = [
    ('ä', &["a", "ae"]),
    ('ö', &["o", "oe"]),
    ('ü', &["u", "ue"]),
    ('Ä', &["A", "Ae", "AE"]),
    ('Ö', &["O", "Oe", "OE"]),
    ('Ü', &["U", "Ue", "UE"]),
    ('ß', &["s", "ss"]),
    ('ẞ', &["S", "SS"]),
    ('å', &["a", "aa"]),
    ('Å', &["A", "Aa", "AA"]),
    ('æ', &["a", "ae"]),
    ('Æ', &["A", "Ae", "AE"]),
    ('ø', &["o", "oe"]),
    ('Ø', &["O", "Oe", "OE"]),
    ('œ', &["o", "oe"]),
    ('ł', &["l"]),
    ('Ł', &["L"]),
    ('đ', &["d"]),
    ('ı', &["i"]),
];

fn spellings(c: char) -> Option<&'static [&'static str]> {
    let (_, spellings) = SPELLINGS.iter().find(|(letter, _)| *letter == c)?;
    Some(spellings)
}

fn has_mark(c: char) -> bool {
    !c.is_ascii() && (spellings(c).is_some() || c.nfd().any(is_combining_mark))
}

/// The letter itself where nothing is on it; a mark alone is spelled by nothing.
fn for_each_spelling(c: char, mut say: impl FnMut(&str)) {
    if !has_mark(c) {
        return say(c.encode_utf8(&mut [0; 4]));
    }
    if let Some(spellings) = spellings(c) {
        return spellings.iter().for_each(|spelling| say(spelling));
    }
    let bare: String = c.nfd().filter(|part| !is_combining_mark(*part)).collect();
    say(&bare);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("müller", "Anna Müller", true)]
    #[case("Müller", "Anna Müller", true)]
    #[case("MÜLLER", "Anna Müller", false)]
    #[case("muller", "Anna Müller", true)]
    #[case("mueller", "Anna Müller", true)]
    #[case("Mueller", "Anna Müller", true)]
    #[case("MUELLER", "ANNA MÜLLER", true)]
    #[case("müller", "Anna Muller", false)]
    #[case("müller", "Anna Mueller", false)]
    #[case("Müller", "Mu\u{308}ller", true)]
    #[case("Mu\u{308}ller", "Müller", true)]
    #[case("muller", "Mu\u{308}ller", true)]
    #[case("weiss", "Jürgen Weiß", true)]
    #[case("weis", "Jürgen Weiß", true)]
    #[case("weiser", "Weißer", true)]
    #[case("weiß", "Weiss", false)]
    #[case("jurgen weiss", "Jürgen Weiß", true)]
    #[case("jose", "José", true)]
    #[case("lodz", "Łódź", true)]
    #[case("soren", "Søren", true)]
    #[case("soeren", "Søren", true)]
    #[case("山", "Emil 山田", true)]
    #[case("emil", "Emil 山田", true)]
    #[case("anna", "Hanna Ünal", true)]
    #[case("aana", "Hanna Ünal", false)]
    #[case("Gustav Steinb…", "Gustav Steinbrück", true)]
    #[case("", "Zoë", true)]
    fn letters_fold_where_the_pattern_has_none(
        #[case] wanted: &str,
        #[case] text: &str,
        #[case] found: bool,
    ) {
        assert_eq!(Needle::new(wanted).is_in(text), found);
    }

    #[rstest]
    #[case("2s", "2s", true)]
    #[case("2s", "12s", false)]
    #[case("4:38", "✓ 4:38 confirmed", true)]
    #[case("✓", "✓ 4:38", true)]
    #[case("4:3", "✓ 4:38", false)]
    #[case("conf", "✓ 4:38 confirmed", true)]
    #[case("TAPI 1m", "TAPI 1m", true)]
    #[case("Masked", "masked", true)]
    fn numbers_and_signs_are_whole_words(
        #[case] wanted: &str,
        #[case] cell: &str,
        #[case] found: bool,
    ) {
        assert_eq!(Needle::new(wanted).is_shown_by(cell), found);
    }

    #[test]
    fn a_regular_expression_sees_composed_letters() {
        assert!(Needle::regex("^m.ller$").unwrap().is_in("Mu\u{308}ller"));
        assert!(Needle::regex("Mu\u{308}").unwrap().is_in("Müller"));
    }

    proptest! {
        #[test]
        fn every_text_is_found_in_itself(before in ".{0,5}", text in ".{0,12}", after in ".{0,5}") {
            let text = model::text::harmless(&text).into_owned();
            prop_assert!(Needle::new(&text).is_in(&text), "{}", text);
            // A mark after it would be another letter.
            prop_assume!(!after.starts_with(is_combining_mark));
            let around = format!("{before} {text} {after}");
            prop_assert!(Needle::new(&text).is_in(&around), "{} in {}", text, around);
        }
    }
}
