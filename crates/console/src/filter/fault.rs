//! What does not read in a filter, and where.

use std::borrow::Cow;
use std::fmt::Display;

use super::fields::{FIELDS, Field};
use super::kinds::Kind;
use words::{Lang, Texts, Value, fill, texts};

/// What does not read, and where: byte offsets into the text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FilterError {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) problem: FilterProblem,
}

/// What is wrong with a filter; [`FilterError`] adds the place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FilterProblem {
    /// `"` without an end.
    Unclosed,
    /// `!`, `|` or `~` with nothing after it.
    Nothing(&'static str),
    /// The word before `:` or a comparison is no field.
    NoField(String),
    /// A field, as it was typed, with nothing behind the colon.
    NoValue(String),
    /// `is:` with nothing behind it.
    NoKindYet,
    /// What follows a comparison is no number of this field; empty: nothing follows.
    NoNumber(Field, String),
    /// A duration without its unit.
    NoUnit(Field, String),
    /// A field, as it was typed, that has nothing to compare.
    NotComparable(String),
    /// `is:` something that nothing is.
    NoKind(String),
    /// Not a regular expression.
    Regex,
}

impl FilterProblem {
    /// What is missing, in words.
    pub(crate) fn said(&self, t: &Texts) -> String {
        let f = &t.filter;
        let (entry, word): (&str, &dyn Display) = match self {
            Self::Unclosed => (f.unclosed, &""),
            Self::Nothing(sign) => (f.nothing, sign),
            Self::NoField(word) => (f.no_field, word),
            Self::NoValue(word) => (f.no_value, word),
            Self::NoKindYet => (f.no_kind_yet, &""),
            Self::NoNumber(field, found) => return no_number(*field, found, t),
            Self::NoUnit(field, number) => return no_unit(*field, number, t),
            Self::NotComparable(word) => (f.not_comparable, word),
            Self::NoKind(word) => (f.no_kind, word),
            Self::Regex => (f.regex, &""),
        };
        fill(
            entry,
            &[("word", word), ("fields", &fields()), ("kinds", &kinds())],
        )
    }
}

impl Value for FilterProblem {
    fn in_lang(&self, lang: Lang) -> Cow<'_, str> {
        self.said(texts(lang)).into()
    }
}

fn unit(field: Field) -> &'static str {
    field.0.measure.map_or("", |measure| measure.unit.sign())
}

fn no_number(field: Field, found: &str, t: &Texts) -> String {
    let f = &t.filter;
    let entry = match (unit(field), found) {
        ("", "") => &f.count_missing,
        ("", _) => &f.no_count,
        (_, "") => &f.duration_missing,
        _ => &f.no_duration,
    };
    fill(entry, &[("word", &field.0.word), ("found", &found)])
}

fn no_unit(field: Field, number: &str, t: &Texts) -> String {
    fill(
        t.filter.no_unit,
        &[("number", &number), ("unit", &unit(field))],
    )
}

fn fields() -> String {
    let words: Vec<&str> = FIELDS.iter().map(|row| row.word).collect();
    words.join(" ")
}

fn kinds() -> String {
    Kind::ALL.map(Kind::word).join(" ")
}
