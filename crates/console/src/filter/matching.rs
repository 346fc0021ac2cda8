//! Whether a row is shown, and whether somebody without a row is found.

use super::fields::{FIELDS, Field};
use super::quantity::Quantity;
use super::subject::Subject;
use super::{Comparison, Expr, Needle};
use crate::others::Other;

impl Expr {
    /// Whether this row is shown.
    pub(crate) fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.holds(subject)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(subject)),
            Self::Not(inner) => !inner.holds(subject),
            Self::Text(needle) => anywhere(subject, needle),
            Self::Field(field, needle) => (field.0.has)(subject, needle),
            Self::Is(kind) => kind.holds(subject),
            Self::Compare(field, how, than) => compares(subject, *field, *how, than),
        }
    }

    /// Whether somebody without a row fits.
    pub(crate) fn fits(&self, other: Other<'_>) -> bool {
        self.fits_and_names(other).0
    }

    /// Whether somebody without a row is looked for: fits, and not only because of what is not.
    /// `!is:call` is no search for everybody without a row.
    pub(crate) fn looks_for(&self, other: Other<'_>) -> bool {
        self.fits_and_names(other) == (true, true)
    }

    fn fits_and_names(&self, other: Other<'_>) -> (bool, bool) {
        let both = |fits: bool| (fits, fits);
        let mut fields = FIELDS.iter();
        match self {
            Self::All => (true, false),
            Self::Not(inner) => (!inner.fits(other), false),
            Self::Compare(..) => (false, false),
            Self::Is(kind) => both(kind.holds_for(other)),
            Self::Field(field, needle) => both((field.0.other_has)(other, needle)),
            Self::Text(needle) => both(fields.any(|row| (row.other_has)(other, needle))),
            Self::And(parts) => {
                let all = parts.iter().map(|part| part.fits_and_names(other));
                all.fold((true, false), |(fits, names), (part, named)| {
                    (fits && part, names || named)
                })
            }
            Self::Or(parts) => {
                let parts = parts.iter().map(|part| part.fits_and_names(other));
                let held = parts.filter(|(fits, _)| *fits);
                held.fold((false, false), |(_, names), (_, named)| {
                    (true, names || named)
                })
            }
        }
    }
}

fn anywhere(subject: &Subject<'_>, needle: &Needle) -> bool {
    let mut places = FIELDS.iter().filter_map(|row| row.anywhere);
    places.any(|has| has(subject, needle))
}

fn compares(subject: &Subject<'_>, field: Field, how: Comparison, than: &Quantity) -> bool {
    let have = field.0.measure.and_then(|measure| (measure.of)(subject));
    have.is_some_and(|have| match how {
        Comparison::Less => have < than.value,
        Comparison::AtMost => have <= than.value,
        Comparison::Equal => than.is_shown_for(have),
        Comparison::AtLeast => have >= than.value,
        Comparison::Greater => have > than.value,
    })
}

#[cfg(test)]
mod tests;
