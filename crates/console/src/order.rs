//! Which rows are shown, and in which order: filter and sort over a whole snapshot.

use std::cmp::Ordering;

use super::by_name::ByName;
use super::columns;
use super::filter::{Expr, Kind, Sight, Subject};
use super::groups::{self, Group, GroupName, Lines};
use super::pins::Pins;
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
    by_name: ByName,
    /// Grouped, with headings.
    pub(crate) by_department: bool,
    pub(crate) pins: Pins,
    /// In force in `all`.
    sort: Sort,
    /// The rows of the pinned, in ascending order.
    pinned: Vec<usize>,
    /// How many of them are shown: they are the first.
    pinned_shown: usize,
    groups: Vec<Group>,
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
        self.by_name.update(&snapshot.rows);
        let (by_department, by_name) = (self.by_department, &self.by_name);
        self.all.sort_by(|a, b| {
            let groups = match (snapshot.rows.get(*a), snapshot.rows.get(*b)) {
                (Some(a), Some(b)) if by_department => groups::compare(a, b),
                _ => Ordering::Equal,
            };
            groups.then_with(|| in_order(snapshot, (sort, by_name), *a, *b))
        });
        self.sort = sort;
        self.pinned = self.pins.rows(snapshot);
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
        } else {
            let all = self.all.iter().copied();
            self.shown
                .extend(all.filter(|at| holds(filter, snapshot, *at, sight)));
        }
        self.pins_first(snapshot);
        self.groups.clear();
        if self.by_department {
            self.group(snapshot, sight);
        }
    }

    /// The pinned, whatever their department, then the others; both in the order of the sort.
    fn pins_first(&mut self, snapshot: &Snapshot) {
        let pinned = |at: &usize| self.pinned.binary_search(at).is_ok();
        if self.pinned.is_empty() {
            self.pinned_shown = 0;
            return;
        }
        let (mut first, others): (Vec<_>, Vec<_>) = self.shown.iter().partition(|at| pinned(at));
        self.pinned_shown = first.len();
        let order = (self.sort, &self.by_name);
        first.sort_by(|a, b| in_order(snapshot, order, *a, *b));
        first.extend(others);
        self.shown = first;
    }

    /// Headings over the shown rows, with what they say of all rows.
    fn group(&mut self, snapshot: &Snapshot, sight: &Sight<'_>) {
        let [calls, wrong] = [Kind::Call, Kind::Wrong].map(Expr::Is);
        for (place, at) in self.shown.iter().enumerate() {
            let name = self.group_of(snapshot, *at);
            if self.groups.last().is_none_or(|last| last.name != name) {
                self.groups.push(Group::new(name, place));
            }
            if let Some(group) = self.groups.last_mut() {
                group.shown += 1;
                group.calls += usize::from(holds(&calls, snapshot, *at, sight));
                group.wrong += usize::from(holds(&wrong, snapshot, *at, sight));
            }
        }
        self.count_all(snapshot);
    }

    /// The rows of a department stand together in the whole order, so its heading is looked for
    /// once.
    fn count_all(&mut self, snapshot: &Snapshot) {
        let mut before: Option<(GroupName, Option<usize>)> = None;
        for row in &self.all {
            let name = self.group_of(snapshot, *row);
            let known = before.take().filter(|(last, _)| *last == name);
            let (name, heading) = known.unwrap_or_else(|| {
                let heading = self.groups.iter().position(|group| group.name == name);
                (name, heading)
            });
            if let Some(group) = heading.and_then(|at| self.groups.get_mut(at)) {
                group.all += 1;
            }
            before = Some((name, heading));
        }
    }

    fn group_of(&self, snapshot: &Snapshot, at: usize) -> GroupName {
        if self.pinned.binary_search(&at).is_ok() {
            return GroupName::Pinned;
        }
        let row = snapshot.rows.get(at);
        GroupName::Department(row.and_then(|row| row.department.clone()))
    }

    /// The lines of the table: rows, and headings where it is grouped.
    pub(crate) fn lines(&self) -> Lines<'_> {
        Lines {
            groups: &self.groups,
            rows: self.shown.len(),
        }
    }

    /// How many of the first lines belong to the pinned.
    pub(crate) const fn pinned_lines(&self) -> usize {
        let heading = self.by_department && self.pinned_shown > 0;
        self.pinned_shown + heading as usize
    }

    /// Indices into the snapshot's rows, in the order of the screen.
    pub(crate) fn shown(&self) -> &[usize] {
        &self.shown
    }
}

/// Reversed means the column's order reversed; rows without a value stay last, ties stay by name.
fn in_order(snapshot: &Snapshot, (sort, by_name): (Sort, &ByName), a: usize, b: usize) -> Ordering {
    let name = by_name.compare(a, b);
    if sort.column == columns::BY_NAME {
        return if sort.reversed { name.reverse() } else { name };
    }
    match (line(snapshot, a), line(snapshot, b)) {
        (Some(a), Some(b)) => compare(sort, a, b, name),
        _ => a.cmp(&b),
    }
}

fn holds(filter: &Expr, snapshot: &Snapshot, at: usize, sight: &Sight<'_>) -> bool {
    line(snapshot, at).is_some_and(|(row, read)| filter.holds(&Subject { row, read, sight }))
}

fn line(snapshot: &Snapshot, at: usize) -> Option<(&UserRow, ReadMark)> {
    let row = snapshot.rows.get(at)?;
    Some((row, snapshot.read_mark(at)))
}

fn compare(
    sort: Sort,
    a: (&UserRow, ReadMark),
    b: (&UserRow, ReadMark),
    name: Ordering,
) -> Ordering {
    let has = |line: &(&UserRow, ReadMark)| columns::has_key(sort.column, line.0, &line.1);
    let forward = columns::compare(sort.column, (a.0, &a.1), (b.0, &b.1)).then(name);
    if sort.reversed && has(&a) && has(&b) {
        return forward.reverse();
    }
    forward
}

#[cfg(test)]
mod tests {
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
        let mut by_name = ByName::default();
        by_name.update(&snapshot.rows);
        for column in 0..COLUMNS.len() {
            for reversed in [false, true] {
                let order = (Sort { column, reversed }, &by_name);
                for a in 0..40 {
                    for b in 0..40 {
                        let there = in_order(&snapshot, order, a, b);
                        let back = in_order(&snapshot, order, b, a);
                        assert_eq!(there, back.reverse());
                        assert_eq!(there == Ordering::Equal, a == b);
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
