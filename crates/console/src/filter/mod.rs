//! The filter over the rows of the table.
//!
//! In: what the administrator types. Out: an [`Expr`] that says whether a row is shown, or a
//! [`FilterError`] with the place. Space is *and*, `|` is *or*, `!` is *not*; `field:text`,
//! `field>number`, `~regex`, `"quoted"`; smart case. `parse(print(expr)) == expr`.

mod matching;
mod parse;

use std::fmt;

pub(crate) use matching::{Subject, contains};
pub(crate) use parse::{FilterError, parse};

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
    /// The text occurs somewhere.
    Text(String),
    /// The text occurs in this field.
    Field(Field, String),
    /// The number of this field compares so.
    Compare(Number, Comparison, u64),
    /// The row is of this kind.
    Is(Kind),
    /// The expression matches somewhere.
    Regex(Pattern),
}

/// A regular expression, compared by its text.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(regex::Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name { $($variant,)* }

        impl $name {
            /// All of them.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word in a filter.
            pub(crate) const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.word().eq_ignore_ascii_case(word))
            }
        }
    };
}

words! {
    /// A field that holds text.
    Field {
        Name = "name",
        User = "user",
        Phone = "phone",
        Teams = "teams",
        Procall = "procall",
        Lamp = "lamp",
        Call = "call",
        Lease = "lease",
        Verdict = "verdict",
        Note = "note",
        Rule = "rule",
    }
}

words! {
    /// A field that holds a number; durations count in milliseconds.
    Number {
        Latency = "lat",
        Age = "age",
        Lease = "lease",
        Calls = "calls",
        Failures = "fails",
        Renewals = "renewals",
    }
}

words! {
    /// What a row may be.
    Kind {
        Call = "call",
        Lease = "lease",
        Wrong = "wrong",
        Stale = "stale",
        Masked = "masked",
        Paused = "paused",
    }
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Less,
    Equal,
    Greater,
}

impl Number {
    /// Whether the number is a duration, so that `ms`, `s` and `m` may follow it.
    pub(crate) const fn is_duration(self) -> bool {
        matches!(self, Self::Latency | Self::Age | Self::Lease)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Less => "<",
            Self::Equal => "=",
            Self::Greater => ">",
        })
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => Ok(()),
            Self::And(parts) => join(f, parts, " "),
            Self::Or(parts) => join(f, parts, " | "),
            Self::Not(inner) => write!(f, "!{inner}"),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Field(field, text) => write!(f, "{}:{}", field.word(), quoted(text)),
            Self::Compare(number, how, value) if number.is_duration() => {
                write!(f, "{}{how}{value}ms", number.word())
            }
            Self::Compare(number, how, value) => write!(f, "{}{how}{value}", number.word()),
            Self::Is(kind) => write!(f, "is:{}", kind.word()),
            Self::Regex(pattern) => write!(f, "~{}", quoted(pattern.0.as_str())),
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

/// Quotes a word only where it would read as something else without.
fn quoted(text: &str) -> String {
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

    use super::*;

    fn leaf() -> impl Strategy<Value = Expr> {
        prop_oneof![
            any::<String>().prop_map(Expr::Text),
            (prop::sample::select(Field::ALL), any::<String>())
                .prop_map(|(field, text)| Expr::Field(field, text)),
            (
                prop::sample::select(Number::ALL),
                prop::sample::select(
                    &[Comparison::Less, Comparison::Equal, Comparison::Greater][..]
                ),
                0_u64..10_000_000,
            )
                .prop_map(|(number, how, value)| Expr::Compare(number, how, value)),
            prop::sample::select(Kind::ALL).prop_map(Expr::Is),
            "[a-z.*+^$ |]{1,8}".prop_filter_map("a regular expression", |text| {
                parse::pattern(&text).ok().map(Expr::Regex)
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
