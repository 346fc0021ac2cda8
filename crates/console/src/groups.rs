//! The table in groups: the pinned first, then department by department, each under a heading.
//!
//! A heading takes a line and is no row: it is never selected, and places of rows do not count it.

use super::columns::compare_text;
use model::snapshot::UserRow;
use model::string_pool::ArcStr;

/// What the rows of a group have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupName {
    Pinned,
    /// Entra's department; none where Entra has none.
    Department(Option<ArcStr>),
}

/// A heading with what it says of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: GroupName,
    /// The place of its first row among the shown.
    pub(crate) start: usize,
    /// Rows that are shown.
    pub(crate) shown: usize,
    /// Rows that there are.
    pub(crate) all: usize,
    /// Of the shown: on the phone.
    pub(crate) calls: usize,
    /// Of the shown: something is wrong.
    pub(crate) wrong: usize,
}

impl Group {
    pub(crate) const fn new(name: GroupName, start: usize) -> Self {
        Self {
            name,
            start,
            shown: 0,
            all: 0,
            calls: 0,
            wrong: 0,
        }
    }
}

/// A line of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableLine<'a> {
    Heading(&'a Group),
    /// The row at this place of the shown.
    Row(usize),
}

/// Where lines and rows are, with these groups in the order of the table; without any a line is a
/// row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) groups: &'a [Group],
    /// How many rows are shown.
    pub(crate) rows: usize,
}

impl<'a> Lines<'a> {
    /// How many lines there are.
    pub(crate) const fn count(self) -> usize {
        self.rows + self.groups.len()
    }

    /// The line of the row at this place.
    pub(crate) fn of_row(self, place: usize) -> usize {
        place + self.groups.partition_point(|group| group.start <= place)
    }

    /// The group that the row at this place belongs to.
    pub(crate) fn group_of(self, place: usize) -> Option<&'a Group> {
        let begun = self.groups.partition_point(|group| group.start <= place);
        self.groups.get(begun.checked_sub(1)?)
    }

    /// What stands on this line; nothing below the last.
    pub(crate) fn at(self, line: usize) -> Option<TableLine<'a>> {
        if line >= self.count() {
            return None;
        }
        let begun = self.begun(line);
        let last = begun.checked_sub(1);
        if let Some(at) = last.filter(|at| self.heading(*at) == Some(line)) {
            return self.groups.get(at).map(TableLine::Heading);
        }
        Some(TableLine::Row(line - begun))
    }

    /// How many headings stand on this line or above. Groups are never empty, so their places
    /// ascend.
    fn begun(self, line: usize) -> usize {
        let (mut from, mut to) = (0, self.groups.len());
        while from < to {
            let middle = usize::midpoint(from, to);
            if self.heading(middle).is_some_and(|heading| heading <= line) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// The line of the heading of this group.
    fn heading(self, at: usize) -> Option<usize> {
        self.groups.get(at).map(|group| group.start + at)
    }
}

/// By department, as in a telephone book; who has none comes last.
pub(crate) fn compare(a: &UserRow, b: &UserRow) -> std::cmp::Ordering {
    match (&a.department, &b.department) {
        (Some(a), Some(b)) if ArcStr::ptr_eq(a, b) => std::cmp::Ordering::Equal,
        // The second comparison tells apart what only looks the same.
        (Some(a), Some(b)) => compare_text(a, b).then_with(|| a.cmp(b)),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_line_is_a_heading_or_a_row_and_each_of_them_once(
            sizes in prop::collection::vec(1_usize..5, 0..6),
        ) {
            let mut start = 0;
            let mut groups = Vec::new();
            for size in &sizes {
                groups.push(Group::new(GroupName::Department(None), start));
                start += size;
            }
            let lines = Lines { groups: &groups, rows: start };
            let all: Vec<_> = (0..lines.count()).filter_map(|line| lines.at(line)).collect();
            prop_assert_eq!(all.len(), start + sizes.len());
            prop_assert_eq!(lines.at(lines.count()), None);
            let rows = all.iter().filter_map(|line| match line {
                TableLine::Row(place) => Some(*place),
                TableLine::Heading(_) => None,
            });
            prop_assert_eq!(rows.collect::<Vec<_>>(), (0..start).collect::<Vec<_>>());
            for place in 0..start {
                prop_assert_eq!(lines.at(lines.of_row(place)), Some(TableLine::Row(place)));
            }
            for group in &groups {
                let above = lines.of_row(group.start) - 1;
                prop_assert_eq!(lines.at(above), Some(TableLine::Heading(group)));
            }
        }
    }
}
