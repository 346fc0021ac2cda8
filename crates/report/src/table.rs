//! The snapshot as a table for people, with the sums below.

use jiff::Timestamp;

use super::cells::{self, Align};
use super::columns::{FIELDS, PrintedColumn};
use super::line::{UserLine, millis};
use super::look::{Look, Paint};
use super::span::span;
use model::clock::elapsed;
use model::snapshot::Snapshot;
use words::{Texts, fill};

/// Cells between two columns.
const GAP: usize = 2;

/// Every user, at this moment, in the order of ProCall's list.
pub(super) fn lines(snapshot: &Snapshot, now: Timestamp) -> impl Iterator<Item = UserLine<'_>> {
    let interval = snapshot.poll.interval;
    let marked = snapshot.rows.iter().enumerate();
    let ahead = snapshot.wall_ahead;
    marked
        .map(move |(at, row)| UserLine::from_row(row, snapshot.read_mark(at), now, interval, ahead))
}

/// The snapshot as a table: as wide as it needs to be, or as the terminal is.
#[must_use]
pub fn table(snapshot: &Snapshot, now: Timestamp, look: &Look) -> String {
    let columns: Vec<&PrintedColumn> = FIELDS.iter().filter_map(|f| f.column.as_ref()).collect();
    let users: Vec<UserLine<'_>> = lines(snapshot, now).collect();
    let cells: Vec<Vec<String>> = users
        .iter()
        .map(|user| columns.iter().map(|c| (c.cell)(user, look)).collect())
        .collect();
    let widths = layout(&columns, &natural(&columns, &cells, look), look.width);

    let header = columns
        .iter()
        .map(|c| ((c.title)(&look.texts().report), Some(Paint::Title)));
    let mut text = draw(&columns, &widths, header, look);
    for (user, cells) in users.iter().zip(&cells) {
        let painted = columns.iter().zip(cells);
        let painted = painted.map(|(c, cell)| (cell.as_str(), (c.paint)(user)));
        text += &draw(&columns, &widths, painted, look);
    }
    text + "\n" + &sums(snapshot, now, look)
}

/// The widest cell of each column, header included.
fn natural(columns: &[&PrintedColumn], cells: &[Vec<String>], look: &Look) -> Vec<usize> {
    let mut widths: Vec<usize> = columns
        .iter()
        .map(|c| cells::width((c.title)(&look.texts().report)).max(c.least.min(4)))
        .collect();
    for row in cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cells::width(cell));
        }
    }
    widths
}

/// The width of each column; `None`: it is not shown. First columns go, the least important
/// first, until the least widths fit; then the widest is narrowed until the whole fits.
fn layout(
    columns: &[&PrintedColumn],
    natural: &[usize],
    room: Option<usize>,
) -> Vec<Option<usize>> {
    let mut slots: Vec<Slot> = columns
        .iter()
        .zip(natural)
        .map(|(column, natural)| Slot {
            rank: column.rank,
            least: column.least.min(*natural),
            width: Some(*natural),
        })
        .collect();
    if let Some(room) = room {
        drop_columns(&mut slots, room);
        narrow_columns(&mut slots, room);
    }
    slots.into_iter().map(|slot| slot.width).collect()
}

struct Slot {
    rank: u8,
    least: usize,
    width: Option<usize>,
}

fn drop_columns(slots: &mut [Slot], room: usize) {
    let shown = |slot: &&mut Slot| slot.width.is_some();
    while total(slots.iter().filter(|s| s.width.is_some()).map(|s| s.least)) > room {
        let last = slots.iter_mut().filter(shown).max_by_key(|slot| slot.rank);
        match last {
            Some(slot) if slot.rank > 0 => slot.width = None,
            _ => return,
        }
    }
}

fn narrow_columns(slots: &mut [Slot], room: usize) {
    let spare = |slot: &Slot| slot.width.unwrap_or_default().saturating_sub(slot.least);
    while total(slots.iter().filter_map(|slot| slot.width)) > room {
        let wide = slots.iter_mut().filter(|slot| spare(slot) > 0);
        let Some(widest) = wide.max_by_key(|slot| spare(slot)) else {
            return;
        };
        widest.width = widest.width.map(|width| width - 1);
    }
}

fn total(widths: impl Iterator<Item = usize>) -> usize {
    let (sum, count) = widths.fold((0, 0), |(sum, count), width| (sum + width, count + 1));
    sum + GAP * usize::saturating_sub(count, 1)
}

fn draw<'a>(
    columns: &[&PrintedColumn],
    widths: &[Option<usize>],
    cells: impl Iterator<Item = (&'a str, Option<Paint>)>,
    look: &Look,
) -> String {
    let shown = columns.iter().zip(widths).zip(cells);
    let mut parts: Vec<(String, Option<Paint>)> = shown
        .filter_map(|((column, width), (cell, paint))| {
            let text = cells::fit(cell, (*width)?, column.align, look.ellipsis());
            Some((text, paint))
        })
        .collect();
    if let Some((last, _)) = parts.last_mut() {
        last.truncate(last.trim_end().len());
    }
    let painted: Vec<_> = parts.iter().map(|(t, p)| look.paint(*p, t)).collect();
    painted.join(&" ".repeat(GAP)).trim_end().to_owned() + "\n"
}

/// The sums below the table.
fn sums(snapshot: &Snapshot, now: Timestamp, look: &Look) -> String {
    let t = look.texts();
    [
        coverage(snapshot, t),
        poll(snapshot, now, t),
        leases(snapshot, t),
    ]
    .join("\n")
        + "\n"
}

fn coverage(snapshot: &Snapshot, t: &Texts) -> String {
    let c = &snapshot.coverage;
    let reasons = c.unmatched.iter().map(|(reason, n)| {
        let (why, _) = words::unmatched(*reason, t);
        fill(t.report.reason, &[("n", n), ("reason", &why)])
    });
    let reasons: Vec<_> = reasons.collect();
    let why = match reasons.as_slice() {
        [] => String::new(),
        some => format!(" ({})", some.join("; ")),
    };
    let sums = fill(
        t.report.coverage,
        &[
            ("all", &c.procall_users),
            ("matched", &c.matched),
            ("excluded", &c.excluded),
            ("unmatched", &c.unmatched_total()),
        ],
    );
    sums + &why
}

fn poll(snapshot: &Snapshot, now: Timestamp, t: &Texts) -> String {
    let (poll, budget) = (&snapshot.poll, &snapshot.budget);
    let said = fill(
        t.report.poll,
        &[
            ("requests", &poll.requests),
            ("errors", &poll.errors),
            ("took", &millis(poll.duration)),
            ("late", &millis(poll.late)),
            ("p50", &millis(poll.latency.p50)),
            ("p95", &millis(poll.latency.p95)),
            ("used", &budget.used_30s),
            ("limit", &budget.allowed_30s),
        ],
    );
    let until = budget.throttled_until.filter(|until| *until > now);
    let wait = until.map(|until| {
        let left = span(elapsed(now, until));
        fill(t.report.throttled, &[("age", &left)])
    });
    said + &wait.unwrap_or_default()
}

fn leases(snapshot: &Snapshot, t: &Texts) -> String {
    let held = snapshot.leases;
    fill(
        t.report.leases,
        &[
            ("held", &held.held),
            ("confirmed", &held.confirmed),
            ("masked", &held.masked),
            ("no_effect", &held.no_effect),
            ("echoes", &snapshot.echoes_suppressed),
        ],
    )
}

/// Rows of cells under a header, all columns as wide as they need to be.
pub(super) fn simple(rows: &[Vec<String>], look: &Look) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells
            .map(|cell| cells::width(cell))
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(widest).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths);
        let cells: Vec<_> = cells
            .map(|(cell, width)| cells::fit(cell, *width, Align::Left, look.ellipsis()))
            .collect();
        cells.join("  ").trim_end().to_owned() + "\n"
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::fixture;
    use model::presence::Lang;

    fn drawn(look: &Look) -> String {
        table(&fixture::snapshot(), fixture::now(), look)
    }

    #[test]
    fn the_table_of_six_users() {
        insta::assert_snapshot!(drawn(&Look::default()));
    }

    #[test]
    fn the_german_table_at_80_columns() {
        let look = Look {
            width: Some(80),
            lang: Lang::De,
            ..Look::default()
        };
        insta::assert_snapshot!(drawn(&look));
    }

    #[test]
    fn colours_add_nothing_but_colour() {
        let look = Look {
            color: true,
            ..Look::default()
        };
        let colored = drawn(&look);
        assert!(colored.contains("\x1b[31mred"), "{colored:?}");
        let stripped = ["\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[33m"]
            .iter()
            .fold(colored, |text, code| text.replace(code, ""));
        let trimmed = |text: &str| -> Vec<String> {
            text.lines()
                .map(|line| line.trim_end().to_owned())
                .collect()
        };
        assert_eq!(trimmed(&stripped), trimmed(&drawn(&Look::default())));
    }

    #[rstest]
    fn no_row_is_wider_than_the_terminal(#[values(12, 20, 40, 60, 80, 120, 200)] width: usize) {
        let look = Look {
            width: Some(width),
            ..Look::default()
        };
        let text = drawn(&look);
        let (rows, _) = text.split_once("\n\n").unwrap();
        for row in rows.lines() {
            assert!(cells::width(row) <= width, "{width}: {row}");
        }
        assert_eq!(rows.lines().count(), 7);
    }
}
