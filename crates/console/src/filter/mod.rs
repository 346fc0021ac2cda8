//! The filter over everybody: the rows of the table, and the users without a row.
//!
//! In: what the administrator types. Out: an [`Expr`] that says whether a row is shown, or a
//! [`FilterError`] with the place. Space is *and*, `|` is *or*, `!` is *not*; `field:text`,
//! `field>number`, `~regex`, `"quoted"`. `parse(print(expr)) == expr`.
//!
//! What is on the screen can be typed: a word without a field is looked for in what the cells of a
//! row show, and a field takes the words of both languages. One table, [`fields`], has all fields.

mod complete;
mod fault;
mod fields;
mod kinds;
mod matching;
mod needle;
mod parse;
mod quantity;
mod regex;
mod subject;
mod vocabulary;

use std::fmt;

pub(crate) use complete::{Completion, complete};
pub(crate) use fault::FilterError;
pub(crate) use fields::{FIELDS, Field};
pub(crate) use kinds::Kind;
pub(crate) use needle::{Needle, contains};
pub(crate) use parse::parse;
pub(crate) use quantity::Quantity;
pub(crate) use subject::{Sight, Subject};
pub(crate) use vocabulary::Known;

/// What is shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// Every row: no filter.
    All,
    /// All of them hold.
    And(Vec<Expr>),
    /// One of them holds.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// It occurs somewhere.
    Text(Needle),
    /// It occurs in this field.
    Field(Field, Needle),
    /// The number of this field compares so.
    Compare(Field, Comparison, Quantity),
    /// The row is of this kind.
    Is(Kind),
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

impl Comparison {
    /// All of them, those of two signs first.
    pub(crate) const ALL: [Self; 5] = [
        Self::AtMost,
        Self::AtLeast,
        Self::Less,
        Self::Equal,
        Self::Greater,
    ];

    /// How it is written.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::And(parts) => join(f, parts, " "),
            Self::Or(parts) => join(f, parts, " | "),
            Self::Not(inner) => write!(f, "!{inner}"),
            Self::Text(needle) => f.write_str(&printed(needle)),
            Self::Field(field, needle) => write!(f, "{}:{}", field.0.word, printed(needle)),
            Self::Compare(field, how, than) => {
                write!(f, "{}{}{}", field.0.word, how.sign(), than.text)
            }
            Self::Is(kind) => write!(f, "is:{}", kind.word()),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Expr], between: &str) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}

fn printed(needle: &Needle) -> String {
    let text = quoted(needle.text());
    if needle.is_regex() {
        return format!("~{text}");
    }
    text
}

/// Quotes a word only where it would read as something else without.
pub(crate) fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text.chars().all(|c| {
            !c.is_whitespace() && !matches!(c, '"' | '\\' | '|' | '!' | ':' | '<' | '>' | '=' | '~')
        });
    if plain {
        return text.to_owned();
    }
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::fields::FieldRow;
    use super::*;

    fn field(which: fn(&&'static FieldRow) -> bool) -> impl Strategy<Value = Field> {
        let rows = FIELDS.iter().filter(which).map(Field);
        prop::sample::select(rows.collect::<Vec<_>>())
    }

    fn leaf() -> impl Strategy<Value = Expr> {
        prop_oneof![
            any::<String>().prop_map(|text| Expr::Text(Needle::new(&text))),
            (
                field(|row| row.measure.is_none() || row.column.is_some()),
                any::<String>()
            )
                .prop_map(|(field, text)| Expr::Field(field, Needle::new(&text))),
            (
                field(|row| row.measure.is_some()),
                prop::sample::select(&Comparison::ALL[..]),
                0_u64..10_000_000,
            )
                .prop_map(|(field, how, value)| {
                    let unit = field.0.measure.unwrap().unit;
                    let text = format!("{value}{}", unit.sign());
                    Expr::Compare(field, how, Quantity::read(&text, unit).unwrap())
                }),
            prop::sample::select(&Kind::ALL[..]).prop_map(Expr::Is),
            "[a-z.*+^$ |]{1,8}".prop_filter_map("a regular expression", |text| {
                Needle::regex(&text).map(Expr::Text)
            }),
        ]
    }

    fn expr() -> impl Strategy<Value = Expr> {
        let term = prop_oneof![leaf(), leaf().prop_map(|inner| Expr::Not(Box::new(inner))),];
        let all_of = prop_oneof![
            term.clone(),
            prop::collection::vec(term, 2..4).prop_map(Expr::And),
        ];
        prop_oneof![
            Just(Expr::All),
            all_of.clone(),
            prop::collection::vec(all_of, 2..4).prop_map(Expr::Or),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_the_same(expr in expr()) {
            prop_assert_eq!(parse(&expr.to_string()), Ok(expr));
        }

        #[test]
        fn anything_may_be_typed(text in any::<String>()) {
            if let Err(error) = parse(&text) {
                prop_assert!(error.start <= error.end && error.end <= text.len());
                prop_assert!(text.is_char_boundary(error.start) && text.is_char_boundary(error.end));
            }
        }
    }
}
