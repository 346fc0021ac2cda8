//! One line per change.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::SCHEMA;
use super::columns::{FIELDS, PrintedColumn};
use super::line::{UserLine, instant};
use super::look::Look;
use model::snapshot::{ReadMark, UserRow};

#[derive(Serialize)]
struct WatchLine<'a> {
    schema: u32,
    at: String,
    user: UserLine<'a>,
}

/// A change as one JSON object on one line, with a line end; `interval` is the poll's. All times are the machine's clock's
/// already.
///
/// # Errors
/// None that anything in a row could cause.
pub fn watch_line_json(
    row: &UserRow,
    mark: ReadMark,
    now: Timestamp,
    interval: Duration,
) -> Result<String, serde_json::Error> {
    let line = WatchLine {
        schema: SCHEMA,
        at: instant(now),
        user: UserLine::from_row(row, mark, now, interval, SignedDuration::ZERO),
    };
    Ok(serde_json::to_string(&line)? + "\n")
}

/// A change as one line for people, with a line end: the cells of the table, one after the other.
#[must_use]
pub fn watch_line_text(
    row: &UserRow,
    mark: ReadMark,
    now: Timestamp,
    interval: Duration,
    look: &Look,
) -> String {
    let user = UserLine::from_row(row, mark, now, interval, SignedDuration::ZERO);
    let time = now.to_zoned(look.zone.clone()).strftime("%H:%M:%S");
    let columns = FIELDS.iter().filter_map(|field| field.column.as_ref());
    let cells = columns.filter(|column| !is_timing(column)).map(|column| {
        let cell = (column.cell)(&user, look);
        let style = (column.paint)(&user).filter(|_| !cell.is_empty());
        look.paint(style, &cell)
    });
    let cells: Vec<_> = cells.filter(|cell| !cell.is_empty()).collect();
    format!("{time}  {}\n", cells.join("  "))
}

/// Age and latency of a value that has just been read say nothing.
fn is_timing(column: &PrintedColumn) -> bool {
    column.align == super::cells::Align::Right
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn text(at: usize) -> String {
        let snapshot = fixture::snapshot();
        let (mark, interval) = (snapshot.read_mark(at), snapshot.poll.interval);
        watch_line_text(
            &snapshot.rows[at],
            mark,
            fixture::now(),
            interval,
            &Look::default(),
        )
    }

    #[test]
    fn changes_read_like_the_table() {
        let lines: String = (0..6).map(text).collect();
        insta::assert_snapshot!(lines);
    }

    #[test]
    fn a_json_line_is_one_line_and_names_the_user() {
        let snapshot = fixture::snapshot();
        let (mark, interval) = (snapshot.read_mark(0), snapshot.poll.interval);
        let line = watch_line_json(&snapshot.rows[0], mark, fixture::now(), interval).unwrap();
        assert_eq!(line.matches('\n').count(), 1);
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["schema"], 1);
        assert_eq!(value["at"], "2026-03-02T14:03:10.000Z");
        assert_eq!(value["user"]["user_name"], "anna@corp.example");
        assert_eq!(value["user"]["lease"]["verdict"], "confirmed");
        assert_eq!(value["user"]["lease"]["set_at"], "2026-03-02T14:01:10.000Z");
    }
}
