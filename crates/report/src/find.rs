//! Which user is meant by what somebody typed.

use model::presence::{MatchKey, UnmatchedReason, UnmatchedUser};
use model::snapshot::Snapshot;

/// So many near misses are named.
const NEAR: usize = 5;

/// From here on two names look alike (Jaro-Winkler, 0 to 1).
const ALIKE: f64 = 0.8;

/// Who is meant.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    /// The matched user of this row.
    Row(usize),
    /// A user of ProCall who is not matched.
    Unmatched(&'a UnmatchedUser),
    /// Any of these, in the order of ProCall's list: what was typed is part of all of them.
    Several(Vec<Person<'a>>),
    /// Nobody; these come nearest, the nearest first.
    Nobody(Vec<Person<'a>>),
}

/// A user of ProCall by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// The user name.
    pub user_name: &'a str,
    /// The name people know.
    pub display_name: &'a str,
    /// Why the user is not matched; nothing for one who is.
    pub unmatched: Option<UnmatchedReason>,
    place: Place,
}

/// Where the user stands in the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Row(usize),
    Unmatched(usize),
}

/// Finds the user by user name or user principal name (they are the same for a matched user), by
/// display name, or by a part of either that only one user has; without case, in Unicode NFC. What
/// fits better wins: a whole user name before a whole display name before a part.
#[must_use]
pub fn find_user<'a>(snapshot: &'a Snapshot, asked: &str) -> Found<'a> {
    let asked = MatchKey::new(asked);
    let named: Vec<Named<'a>> = everybody(snapshot).map(Named::new).collect();
    let ways: [fn(&Named<'_>, &str) -> bool; 3] = [
        |user, asked| user.name.as_str() == asked,
        |user, asked| user.shown.as_str() == asked || user.local() == asked,
        |user, asked| user.name.as_str().contains(asked) || user.shown.as_str().contains(asked),
    ];
    for fits in ways {
        let fitting = named.iter().filter(|user| fits(user, asked.as_str()));
        let fitting: Vec<_> = fitting.collect();
        if let Some(found) = one_of(snapshot, &fitting) {
            return found;
        }
    }
    Found::Nobody(nearest(&named, asked.as_str()))
}

fn everybody(snapshot: &Snapshot) -> impl Iterator<Item = Person<'_>> {
    let rows = snapshot.rows.iter().enumerate().map(|(at, row)| Person {
        user_name: row.user_name.as_str(),
        display_name: &row.display_name,
        unmatched: None,
        place: Place::Row(at),
    });
    let others = snapshot.unmatched.iter().enumerate();
    rows.chain(others.map(|(at, user)| Person {
        user_name: user.procall.user_name.as_str(),
        display_name: &user.procall.display_name,
        unmatched: Some(user.reason),
        place: Place::Unmatched(at),
    }))
}

struct Named<'a> {
    person: Person<'a>,
    name: MatchKey,
    shown: MatchKey,
}

impl<'a> Named<'a> {
    fn new(person: Person<'a>) -> Self {
        Self {
            name: MatchKey::new(person.user_name),
            shown: MatchKey::new(person.display_name),
            person,
        }
    }

    /// What stands before the `@`.
    fn local(&self) -> &str {
        let name = self.name.as_str();
        name.split_once('@').map_or(name, |(local, _)| local)
    }

    fn likeness(&self, asked: &str) -> f64 {
        let words = self.shown.as_str().split_whitespace();
        let names = [self.name.as_str(), self.local(), self.shown.as_str()];
        let all = names.into_iter().chain(words);
        all.map(|name| strsim::jaro_winkler(name, asked))
            .fold(0.0, f64::max)
    }
}

/// Nothing where nobody fits. Users of one and the same name are one answer: that is why they are
/// not matched.
fn one_of<'a>(snapshot: &'a Snapshot, fitting: &[&Named<'a>]) -> Option<Found<'a>> {
    let first = fitting.first()?;
    if fitting.iter().any(|user| user.name != first.name) {
        return Some(Found::Several(
            fitting.iter().map(|user| user.person).collect(),
        ));
    }
    match first.person.place {
        Place::Row(at) => Some(Found::Row(at)),
        Place::Unmatched(at) => snapshot.unmatched.get(at).map(Found::Unmatched),
    }
}

fn nearest<'a>(named: &[Named<'a>], asked: &str) -> Vec<Person<'a>> {
    let scored = named.iter().map(|user| (user.likeness(asked), user.person));
    let mut near: Vec<_> = scored.filter(|(alike, _)| *alike >= ALIKE).collect();
    near.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    near.truncate(NEAR);
    near.into_iter().map(|(_, person)| person).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::fixture;

    #[rstest]
    #[case::user_name("anna@corp.example", 0)]
    #[case::case("ANNA@Corp.Example", 0)]
    #[case::decomposed("ANNA MU\u{308}LLER", 0)]
    #[case::before_the_at("bjørn", 1)]
    #[case::part_of_the_name("neil", 2)]
    #[case::part_of_the_display_name("chlo", 2)]
    #[case::whole_display_name_before_part("eva", 4)]
    fn one_user_is_found(#[case] asked: &str, #[case] row: usize) {
        assert_eq!(find_user(&fixture::snapshot(), asked), Found::Row(row));
    }

    #[test]
    fn a_part_of_several_names_them() {
        let snapshot = fixture::snapshot();
        let Found::Several(people) = find_user(&snapshot, "corp.example") else {
            panic!("several");
        };
        assert_eq!(people.len(), 6 + 3);
        assert_eq!(people[0].user_name, "anna@corp.example");
        assert_eq!(people[6].unmatched, Some(UnmatchedReason::NoEntraUser));
    }

    #[test]
    fn a_misspelled_name_finds_its_neighbours() {
        let snapshot = fixture::snapshot();
        let Found::Nobody(near) = find_user(&snapshot, "anna@corp.exmaple") else {
            panic!("nobody");
        };
        assert_eq!(near[0].user_name, "anna@corp.example");
        assert_eq!(find_user(&snapshot, "zzzz"), Found::Nobody(Vec::new()));
    }

    #[test]
    fn an_unmatched_user_is_found_with_the_reason() {
        let snapshot = fixture::snapshot();
        let Found::Unmatched(user) = find_user(&snapshot, "gast") else {
            panic!("unmatched");
        };
        assert_eq!(user.reason, UnmatchedReason::Guest);
    }

    #[test]
    fn two_users_of_one_name_are_one_answer() {
        let mut snapshot = fixture::snapshot();
        let mut unmatched = (*snapshot.unmatched).clone();
        unmatched.push(unmatched[0].clone());
        snapshot.unmatched = unmatched.into();
        let found = find_user(&snapshot, "gerd@old.corp.example");
        assert!(matches!(found, Found::Unmatched(_)), "{found:?}");
    }
}
