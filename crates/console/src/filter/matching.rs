//! Whether a row is shown.

use std::time::Duration;

use jiff::Timestamp;

use super::{Comparison, Expr, Field, Kind, Number};
use model::clock::elapsed;
use model::snapshot::{LeasePhase, ReadMark, UserRow, Verdict};

/// A row as the filter sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) row: &'a UserRow,
    pub(crate) read: ReadMark,
    pub(crate) interval: Duration,
    pub(crate) now: Timestamp,
}

/// Whether `needle` occurs in `text`: without case unless it has an upper-case letter.
pub(crate) fn contains(text: &str, needle: &str) -> bool {
    if needle.chars().any(char::is_uppercase) {
        return text.contains(needle);
    }
    // No part of a letter beyond ASCII is an ASCII byte.
    if needle.is_ascii() {
        return contains_ascii(text.as_bytes(), needle.as_bytes());
    }
    text.to_lowercase().contains(&needle.to_lowercase())
}

fn contains_ascii(text: &[u8], needle: &[u8]) -> bool {
    needle.is_empty()
        || text
            .windows(needle.len())
            .any(|window| window.eq_ignore_ascii_case(needle))
}

impl Expr {
    /// Whether this row is shown.
    pub(crate) fn holds(&self, subject: &Subject<'_>) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.holds(subject)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(subject)),
            Self::Not(inner) => !inner.holds(subject),
            Self::Text(text) => subject.any_text(|field| contains(field, text)),
            Self::Regex(pattern) => subject.any_text(|field| pattern.0.is_match(field)),
            Self::Field(field, text) => subject.field_contains(*field, text),
            Self::Is(kind) => subject.is(*kind),
            Self::Compare(number, how, value) => {
                subject.number(*number).is_some_and(|have| match how {
                    Comparison::Less => have < *value,
                    Comparison::Equal => have == *value,
                    Comparison::Greater => have > *value,
                })
            }
        }
    }
}

impl Subject<'_> {
    fn any_text(&self, holds: impl Fn(&str) -> bool) -> bool {
        let row = self.row;
        holds(&row.display_name)
            || holds(row.user_name.as_str())
            || holds(&row.phone)
            || row.teams.as_ref().is_some_and(|teams| {
                holds(teams.availability.as_str()) || holds(teams.activity.as_str())
            })
    }

    fn field_contains(&self, field: Field, text: &str) -> bool {
        let row = self.row;
        match field {
            Field::Name => contains(&row.display_name, text),
            Field::User => contains(row.user_name.as_str(), text),
            Field::Phone => contains(&row.phone, text),
            Field::Teams => self.teams_contains(text),
            Field::Procall => contains(row.procall.as_str(), text),
            Field::Lamp => contains(row.rule.lamp.as_str(), text),
            Field::Call => row
                .calls
                .iter()
                .any(|call| contains(call.kind.as_str(), text)),
            Field::Lease => row
                .lease
                .as_ref()
                .is_some_and(|lease| contains(lease.activity.as_str(), text)),
            Field::Verdict => self
                .held_verdict()
                .is_some_and(|verdict| contains(verdict.as_str(), text)),
            Field::Note => row.notes.iter().any(|note| contains(note.code(), text)),
            Field::Rule => contains(&row.rule.name, text),
        }
    }

    /// `dnd` is what everybody types.
    fn teams_contains(&self, text: &str) -> bool {
        self.row.teams.as_ref().is_some_and(|teams| {
            let wanted = if text.eq_ignore_ascii_case("dnd") {
                "donotdisturb"
            } else {
                text
            };
            contains(&teams.to_string(), wanted)
        })
    }

    fn held_verdict(&self) -> Option<Verdict> {
        let lease = self.row.lease.as_ref()?;
        (lease.phase == LeasePhase::Held).then_some(lease.verdict)
    }

    fn is(&self, kind: Kind) -> bool {
        let row = self.row;
        match kind {
            Kind::Call => row.is_on_the_phone(),
            Kind::Lease => row.lease.is_some(),
            Kind::Wrong => is_wrong(row) || self.is_stale(),
            Kind::Stale => self.is_stale(),
            Kind::Masked => self.held_verdict() == Some(Verdict::Masked),
            Kind::Paused => row.paused,
        }
    }

    /// Too old to be believed.
    pub(crate) fn is_stale(&self) -> bool {
        self.read.is_stale(self.now, self.interval)
    }

    fn number(&self, number: Number) -> Option<u64> {
        let millis = |duration: Duration| u64::try_from(duration.as_millis()).ok();
        match number {
            Number::Latency => self.read.read_at.and_then(|_| millis(self.read.latency)),
            Number::Age => self.read.age(self.now).and_then(millis),
            Number::Lease => millis(elapsed(self.now, self.row.lease.as_ref()?.expires_at)),
            Number::Calls => u64::try_from(self.row.calls.len()).ok(),
            Number::Failures => Some(u64::from(self.read.failures)),
            Number::Renewals => Some(u64::from(self.row.lease.as_ref()?.renewals)),
        }
    }
}

/// Whether somebody should look at the row.
fn is_wrong(row: &UserRow) -> bool {
    row.notes.iter().any(model::problem::is_wrong)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::parse;
    use super::*;
    use crate::fixture;

    #[rstest]
    #[case("", 12)]
    #[case("is:call", 5)]
    #[case("is:lease", 4)]
    #[case("is:masked", 1)]
    #[case("teams:dnd", 2)]
    #[case("lamp:yellow", 2)]
    #[case("teams:busy !teams:inacall", 2)]
    #[case("~^J.rgen", 1)]
    #[case("Jürgen | anna", 2)]
    #[case("ANNA", 0)]
    #[case("lat>500", 1)]
    #[case("verdict:no_effect", 1)]
    fn filters_show(#[case] typed: &str, #[case] count: usize) {
        let snapshot = fixture::snapshot();
        let expr = parse(typed).unwrap();
        let shown = snapshot
            .rows
            .iter()
            .zip(snapshot.reads.iter())
            .filter(|(row, read)| {
                expr.holds(&Subject {
                    row,
                    read: *read,
                    interval: snapshot.poll.interval,
                    now: fixture::now(),
                })
            })
            .count();
        assert_eq!(shown, count, "{typed}");
    }

    #[test]
    fn case_counts_only_where_it_was_typed() {
        assert!(contains("Anna Müller", "müller"));
        assert!(contains("Anna Müller", "Müller"));
        assert!(!contains("Anna Müller", "MÜLLER"));
    }
}
