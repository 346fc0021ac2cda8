//! Which rows are shown, and in which order: filter and sort over a whole snapshot.

use super::columns;
use super::filter::{Expr, Sight, Subject};
use model::snapshot::{ReadMark, Snapshot, UserRow};

/// By which column, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) column: usize,
    pub(crate) reversed: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            column: columns::BY_NAME,
            reversed: false,
        }
    }
}

/// The rows of a snapshot in order, all of them and the shown ones.
///
/// The whole order is kept from snapshot to snapshot: it is nearly right already, and a stable sort
/// of what is nearly sorted takes one pass.
#[derive(Debug, Default)]
pub(crate) struct Order {
    all: Vec<usize>,
    shown: Vec<usize>,
}

impl Order {
    /// Sorts and filters afresh.
    pub(crate) fn update(
        &mut self,
        snapshot: &Snapshot,
        sort: Sort,
        filter: &Expr,
        sight: &Sight<'_>,
    ) {
        if !self.covers(snapshot) {
            self.all = (0..snapshot.rows.len()).collect();
        }
        self.all
            .sort_by(|a, b| match (line(snapshot, *a), line(snapshot, *b)) {
                (Some(a), Some(b)) => compare(sort, a, b),
                _ => a.cmp(b),
            });
        self.filter(snapshot, filter, sight);
    }

    /// Whether every row of this snapshot has its place.
    pub(crate) fn covers(&self, snapshot: &Snapshot) -> bool {
        self.all.len() == snapshot.rows.len()
    }

    /// Filters afresh; the order stays.
    pub(crate) fn filter(&mut self, snapshot: &Snapshot, filter: &Expr, sight: &Sight<'_>) {
        self.shown.clear();
        if *filter == Expr::All {
            self.shown.extend_from_slice(&self.all);
            return;
        }
        self.shown.extend(self.all.iter().copied().filter(|at| {
            line(snapshot, *at)
                .is_some_and(|(row, read)| filter.holds(&Subject { row, read, sight }))
        }));
    }

    /// Indices into the snapshot's rows, in the order of the screen.
    pub(crate) fn shown(&self) -> &[usize] {
        &self.shown
    }
}

fn line(snapshot: &Snapshot, at: usize) -> Option<(&UserRow, ReadMark)> {
    let row = snapshot.rows.get(at)?;
    Some((row, snapshot.read_mark(at)))
}

/// Reversed means the column's order reversed; rows without a value stay last, ties stay by name.
fn compare(sort: Sort, a: (&UserRow, ReadMark), b: (&UserRow, ReadMark)) -> std::cmp::Ordering {
    let has = |line: &(&UserRow, ReadMark)| columns::has_key(sort.column, line.0, &line.1);
    let forward = columns::compare(sort.column, (a.0, &a.1), (b.0, &b.1));
    if sort.reversed && has(&a) && has(&b) {
        return forward.reverse();
    }
    forward
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::sync::Arc;

    use super::*;
    use crate::columns::COLUMNS;
    use crate::filter::parse;
    use crate::fixture;

    fn sight() -> Sight<'static> {
        Sight {
            now: fixture::now(),
            interval: fixture::snapshot().poll.interval,
            drawn: None,
        }
    }

    #[test]
    fn every_column_orders_totally_both_ways() {
        let snapshot = fixture::crowd(40);
        let lines: Vec<_> = (0..40).filter_map(|at| line(&snapshot, at)).collect();
        for column in 0..COLUMNS.len() {
            for reversed in [false, true] {
                let sort = Sort { column, reversed };
                for a in &lines {
                    for b in &lines {
                        let (there, back) = (compare(sort, *a, *b), compare(sort, *b, *a));
                        assert_eq!(there, back.reverse());
                        assert_eq!(there == Ordering::Equal, a.0.user_name == b.0.user_name);
                    }
                }
            }
        }
    }

    #[test]
    fn names_are_ordered_as_in_a_telephone_book() {
        let names = [
            "Äbler",
            "Abt",
            "celine",
            "Céline B.",
            "Claudia",
            "Öz",
            "Ozan",
            "Zoë",
        ];
        let mut snapshot = fixture::crowd(names.len());
        let rows = snapshot.rows.iter().zip(names.iter().rev());
        let renamed = rows.map(|(row, name)| {
            let row = UserRow::clone(row);
            Arc::new(UserRow {
                display_name: (*name).into(),
                ..row
            })
        });
        snapshot.rows = Arc::new(renamed.collect());
        let mut order = Order::default();
        order.update(&snapshot, Sort::default(), &Expr::All, &sight());
        let shown = order.shown().iter();
        let shown: Vec<&str> = shown.map(|at| &*snapshot.rows[*at].display_name).collect();
        assert_eq!(shown, names);
    }

    #[test]
    fn rows_without_a_value_come_last_whichever_way() {
        let snapshot = fixture::snapshot();
        let leases = COLUMNS
            .iter()
            .position(|column| column.id == "lease")
            .unwrap();
        for reversed in [false, true] {
            let mut order = Order::default();
            let sort = Sort {
                column: leases,
                reversed,
            };
            order.update(&snapshot, sort, &Expr::All, &sight());
            let has: Vec<bool> = order
                .shown()
                .iter()
                .map(|at| snapshot.rows[*at].lease.is_some())
                .collect();
            assert!(has[..4].iter().all(|has| *has) && has[4..].iter().all(|has| !*has));
        }
    }

    #[test]
    fn an_order_kept_from_snapshot_to_snapshot_equals_a_fresh_one() {
        let filter = parse("!is:stale").unwrap();
        let mut kept = Order::default();
        for count in [30, 12, 50] {
            let snapshot = fixture::crowd(count);
            kept.update(&snapshot, Sort::default(), &filter, &sight());
            let mut fresh = Order::default();
            fresh.update(&snapshot, Sort::default(), &filter, &sight());
            assert_eq!(kept.shown(), fresh.shown());
        }
    }
}
