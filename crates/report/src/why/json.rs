//! For scripts: causes as values.

use jiff::Timestamp;
use serde::Serialize;

use super::line::{ExcludedLine, UnmatchedLine, WhyLine};
use crate::SCHEMA;
use crate::find::Person;
use crate::json::BridgeLine;
use crate::line::wall;
use model::presence::{ProcallUser, UnmatchedReason, UnmatchedUser};
use model::snapshot::Snapshot;
use model::text::harmless;

#[derive(Serialize)]
struct Whole<'a, T> {
    schema: u32,
    at: String,
    bridge: BridgeLine<'a>,
    #[serde(flatten)]
    answer: T,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer<'a> {
    User(Box<WhyLine<'a>>),
    Unmatched(UnmatchedLine<'a>),
    Excluded(ExcludedLine<'a>),
    Matches(Vec<PersonLine>),
    Near(Vec<PersonLine>),
}

#[derive(Serialize)]
struct PersonLine {
    user_name: String,
    display_name: String,
    /// Nothing for a matched user.
    unmatched: Option<UnmatchedReason>,
    /// An administrator took the user out.
    excluded: bool,
}

/// The user of the row at `at` as one JSON object on one line, with a line end; nothing where there
/// is no such row.
///
/// # Errors
/// None that anything in a snapshot could cause.
pub fn why_json(
    snapshot: &Snapshot,
    at: usize,
    now: Timestamp,
) -> Result<Option<String>, serde_json::Error> {
    let Some(row) = snapshot.rows.get(at) else {
        return Ok(None);
    };
    let (read, interval) = (snapshot.read_mark(at), snapshot.poll.interval);
    let line = WhyLine::new(row, read, now, interval, snapshot.wall_ahead);
    print(snapshot, now, Answer::User(Box::new(line))).map(Some)
}

/// The same of a user who is not matched.
///
/// # Errors
/// As [`why_json`].
pub fn unmatched_json(
    snapshot: &Snapshot,
    user: &UnmatchedUser,
    now: Timestamp,
) -> Result<String, serde_json::Error> {
    print(snapshot, now, Answer::Unmatched(UnmatchedLine::new(user)))
}

/// The same of a user whom an administrator took out.
///
/// # Errors
/// As [`why_json`].
pub fn excluded_json(
    snapshot: &Snapshot,
    user: &ProcallUser,
    now: Timestamp,
) -> Result<String, serde_json::Error> {
    print(snapshot, now, Answer::Excluded(ExcludedLine::new(user)))
}

/// The same where several are meant, or nobody (then these come near).
///
/// # Errors
/// As [`why_json`].
pub fn people_json(
    snapshot: &Snapshot,
    people: &[Person<'_>],
    any_is_meant: bool,
    now: Timestamp,
) -> Result<String, serde_json::Error> {
    let lines = people.iter().map(|person| PersonLine {
        user_name: harmless(person.user_name).into_owned(),
        display_name: harmless(person.display_name).into_owned(),
        unmatched: person.unmatched,
        excluded: person.excluded,
    });
    let lines = lines.collect();
    let answer = if any_is_meant {
        Answer::Matches(lines)
    } else {
        Answer::Near(lines)
    };
    print(snapshot, now, answer)
}

fn print(
    snapshot: &Snapshot,
    now: Timestamp,
    answer: Answer<'_>,
) -> Result<String, serde_json::Error> {
    let whole = Whole {
        schema: SCHEMA,
        at: wall(now, snapshot.wall_ahead),
        bridge: BridgeLine::from_snapshot(snapshot),
        answer,
    };
    Ok(serde_json::to_string(&whole)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::{Found, find_user};
    use crate::fixture;

    #[test]
    fn the_json_of_a_call() {
        let text = why_json(&fixture::snapshot(), 0, fixture::now());
        let text = text.unwrap().unwrap();
        assert_eq!(text.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
    }

    #[test]
    fn a_user_without_a_row_has_the_account_that_was_meant_or_none() {
        let snapshot = fixture::snapshot();
        let read = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        let unmatched = unmatched_json(&snapshot, &snapshot.unmatched[0], fixture::now());
        let unmatched = read(unmatched.unwrap());
        assert_eq!(unmatched["unmatched"]["near_upn"], "gerd@corp.example");
        let excluded = excluded_json(&snapshot, &snapshot.excluded[0], fixture::now());
        let excluded = read(excluded.unwrap());
        assert_eq!(excluded["excluded"]["user_name"], "foyer@corp.example");
    }

    #[test]
    fn those_who_are_meant_are_told_from_those_who_come_near() {
        let snapshot = fixture::snapshot();
        let Found::Several(people) = find_user(&snapshot, "corp.example") else {
            panic!("several");
        };
        for (any, field) in [(true, "matches"), (false, "near")] {
            let text = people_json(&snapshot, &people, any, fixture::now()).unwrap();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(value[field].as_array().unwrap().len(), 10, "{text}");
            assert_eq!(value[field][8]["unmatched"], "guest");
            assert_eq!(value[field][9]["excluded"], true);
        }
    }
}
