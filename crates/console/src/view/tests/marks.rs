//! What has just changed is marked for four seconds: lamp, Teams, ProCall and verdict.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;
use rstest::rstest;

use super::{Kind, drawn, state_of};
use crate::fixture;
use model::clock::advance;
use model::presence::{Lang, Mapping, ProcallPresence, TeamsPresence};
use model::snapshot::{History, Snapshot, UserEvent, UserEventKind, UserRow, Verdict};

/// Bernd Kowalski, the second row: he has a lease.
const ROW: u16 = 5;

fn with_bernd(change: impl FnOnce(&mut UserRow)) -> Snapshot {
    let mut snapshot = fixture::snapshot();
    let mut rows = (*snapshot.rows).clone();
    change(Arc::make_mut(&mut rows[1]));
    snapshot.rows = Arc::new(rows);
    snapshot
}

fn happened(row: &mut UserRow, kind: UserEventKind, at: Timestamp) {
    row.history = row.history.with(&UserEvent { at, kind });
}

/// The first words of the columns whose cells are underlined.
fn marked(buf: &Buffer) -> Vec<String> {
    let title = |x: u16| {
        let from = (0..=x).rev().take_while(|x| buf[(*x, 3)].symbol() != " ");
        let start = from.last().unwrap_or(x);
        let word = (start..80).map(|x| buf[(x, 3)].symbol());
        word.take_while(|sign| *sign != " ").collect::<String>()
    };
    let mut titles: Vec<String> = (0..80)
        .filter(|x| buf[(*x, ROW)].modifier.contains(Modifier::UNDERLINED))
        .map(title)
        .filter(|title| !title.is_empty())
        .collect();
    titles.dedup();
    titles
}

#[rstest]
#[case("nothing", &[], |_: &mut UserRow, _| {})]
#[case("Teams", &["TEAMS"], |row: &mut UserRow, at: Timestamp| {
    row.since = Some(at.into());
})]
#[case("ProCall", &["PROCALL"], |row: &mut UserRow, at: Timestamp| {
    row.procall = ProcallPresence::DoNotDisturb;
    row.procall_since = Some(at.into());
})]
#[case("the lamp", &["L"], |row: &mut UserRow, at| {
    let away = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Away", "Away"))).into();
    row.rule = away;
    happened(row, UserEventKind::ProcallSet(away), at);
})]
#[case("the verdict", &["LEASE"], |row: &mut UserRow, at| {
    let verdict = UserEventKind::Verdict(Verdict::Masked, Duration::from_secs(3));
    happened(row, verdict, at);
})]
#[case("a lamp told again", &[], |row: &mut UserRow, at| {
    row.history = History::default();
    happened(row, UserEventKind::ProcallSet(row.rule), fixture::now() - Duration::from_mins(1));
    happened(row, UserEventKind::ProcallSet(row.rule), at);
})]
fn a_change_is_marked_for_four_seconds(
    #[case] what: &str,
    #[case] columns: &[&str],
    #[case] change: fn(&mut UserRow, Timestamp),
) {
    let at = fixture::now();
    let state = state_of(
        with_bernd(|row| change(row, at)),
        (80, 24),
        Kind::Colour,
        Lang::En,
    );
    for (seconds, wanted) in [(0, columns), (3, columns), (4, &[])] {
        let buf = drawn(&state, advance(at, Duration::from_secs(seconds)));
        assert_eq!(marked(&buf), wanted, "{what}, {seconds} s later");
    }
}
