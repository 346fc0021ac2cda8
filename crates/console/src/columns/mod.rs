//! The table's columns: one list drives header, width, cell and order.

mod arrangement;
mod cell;
mod procall;

use std::cmp::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use model::presence::Lamp;
use model::snapshot::{ReadMark, UserRow};

use super::drawing::Drawing;
use super::theme::Role;
use report::cells::Align;
use words::Texts;
use words::letter;

pub(crate) use arrangement::Arrangement;
pub(crate) use cell::{abbreviated, lamp_role, lease_role, note_role, note_word, pair};
use cell::{age, call, department, lamp, latency, lease, name, note, phone, since, teams, user};

/// Terminals by width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WidthClass {
    /// Up to 99 columns: the SSH window that everybody has.
    Narrow,
    /// Up to 139.
    Medium,
    /// From 140 columns on.
    Wide,
}

impl WidthClass {
    /// The class of a table of this width.
    pub(crate) const fn for_width(width: u16) -> Self {
        match width {
            0..100 => Self::Narrow,
            100..140 => Self::Medium,
            _ => Self::Wide,
        }
    }
}

/// A row as a cell sees it.
pub(crate) struct Row<'a> {
    pub(crate) user: &'a UserRow,
    pub(crate) read: ReadMark,
    pub(crate) stale: bool,
    pub(crate) ctx: &'a Drawing<'a>,
    pub(crate) class: WidthClass,
}

/// What stands in a cell.
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) role: Role,
    /// It has changed just now.
    pub(crate) changed: bool,
}

/// What rows are ordered by; rows with the same key are ordered by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SortKey<'a> {
    /// A number or a rank; the smallest comes first.
    Number(u64),
    /// A text, compared byte by byte.
    Text(&'a str),
    /// Rows that have nothing to order by come last.
    Nothing,
}

/// A column of the table: heading, width, cell and sort key.
pub(crate) struct Column {
    /// Its name in settings.
    pub(crate) id: &'static str,
    pub(crate) title: fn(&Texts) -> &str,
    /// Cells by width class; 0 hides it.
    pub(crate) widths: [u16; 3],
    /// Its share of what is left over.
    pub(crate) grows: u16,
    pub(crate) align: Align,
    pub(crate) cell: fn(&Row<'_>) -> Cell,
    pub(crate) key: for<'a> fn(&'a UserRow, &ReadMark) -> SortKey<'a>,
}

/// All columns, in the order of the screen.
pub(crate) static COLUMNS: [Column; 13] = [
    Column {
        id: "lamp",
        title: |t| t.columns.lamp,
        widths: [1, 1, 1],
        grows: 0,
        align: Align::Left,
        cell: lamp,
        key: |row, _| SortKey::Number(lamp_rank(row.rule.lamp)),
    },
    Column {
        id: "name",
        title: |t| t.columns.name,
        widths: [18, 20, 24],
        grows: 2,
        align: Align::Left,
        cell: name,
        key: |row, _| SortKey::Text(&row.display_name),
    },
    Column {
        id: "user",
        title: |t| t.columns.user,
        widths: [0, 24, 28],
        grows: 0,
        align: Align::Left,
        cell: user,
        key: |row, _| SortKey::Text(row.user_name.as_str()),
    },
    Column {
        id: "phone",
        title: |t| t.columns.phone,
        widths: [0, 14, 16],
        grows: 0,
        align: Align::Left,
        cell: phone,
        key: |row, _| SortKey::Text(&row.phone),
    },
    Column {
        id: "department",
        title: |t| t.columns.department,
        widths: [0, 16, 20],
        grows: 0,
        align: Align::Left,
        cell: department,
        key: |row, _| match &row.department {
            Some(department) => SortKey::Text(department),
            None => SortKey::Nothing,
        },
    },
    Column {
        id: "teams",
        title: |t| t.columns.teams,
        widths: [16, 18, 23],
        grows: 0,
        align: Align::Left,
        cell: teams,
        key: |row, _| {
            row.teams.as_ref().map_or(SortKey::Nothing, |teams| {
                SortKey::Text(teams.availability.as_str())
            })
        },
    },
    Column {
        id: "since",
        title: |t| t.columns.since,
        widths: [0, 5, 5],
        grows: 0,
        align: Align::Right,
        cell: since,
        key: |row, _| {
            row.since
                .and_then(|at| u64::try_from(Timestamp::from(at).as_second()).ok())
                .map_or(SortKey::Nothing, SortKey::Number)
        },
    },
    Column {
        id: "procall",
        title: |t| t.columns.procall,
        widths: procall::WIDTHS,
        grows: 0,
        align: Align::Left,
        cell: procall::cell,
        key: |row, _| procall::rank(row).map_or(SortKey::Nothing, SortKey::Number),
    },
    Column {
        id: "call",
        title: |t| t.columns.call,
        widths: [5, 10, 10],
        grows: 0,
        align: Align::Left,
        cell: call,
        key: |row, _| {
            let of_teams = row.since.filter(|_| row.has_teams_call());
            let begun = row.calls.iter().map(|call| call.since);
            let begun = begun.chain(of_teams.map(Timestamp::from));
            begun
                .map(Timestamp::as_second)
                .min()
                .and_then(|at| u64::try_from(at).ok())
                .map_or(SortKey::Nothing, SortKey::Number)
        },
    },
    Column {
        id: "lease",
        title: |t| t.columns.lease,
        widths: [6, 6, 19],
        grows: 0,
        align: Align::Left,
        cell: lease,
        key: |row, _| {
            row.lease
                .as_ref()
                .and_then(|lease| u64::try_from(lease.expires_at.as_second()).ok())
                .map_or(SortKey::Nothing, SortKey::Number)
        },
    },
    Column {
        id: "poll",
        title: |t| t.columns.poll,
        widths: [0, 7, 7],
        grows: 0,
        align: Align::Right,
        cell: latency,
        key: |_, read| millis(read.latency).map_or(SortKey::Nothing, SortKey::Number),
    },
    Column {
        id: "age",
        title: |t| t.columns.age,
        widths: [3, 4, 4],
        grows: 0,
        align: Align::Right,
        cell: age,
        key: |_, read| {
            read.read_at.map_or(SortKey::Number(0), |at| {
                SortKey::Number(u64::try_from(at.as_second()).unwrap_or(0))
            })
        },
    },
    Column {
        id: "note",
        title: |t| t.columns.note,
        widths: [12, 12, 14],
        grows: 1,
        align: Align::Left,
        cell: note,
        key: |row, _| {
            row.odd_note()
                .map_or(SortKey::Nothing, |note| SortKey::Number(note.rank().into()))
        },
    },
];

/// Which column the table is sorted by when nobody has said otherwise.
pub(crate) const BY_NAME: usize = 1;

/// Orders two rows by a column alone.
pub(crate) fn compare(
    column: usize,
    a: (&UserRow, &ReadMark),
    b: (&UserRow, &ReadMark),
) -> Ordering {
    COLUMNS.get(column).map_or(Ordering::Equal, |column| {
        compare_keys((column.key)(a.0, a.1), (column.key)(b.0, b.1))
    })
}

/// Whether rows without a value for the column stay last when the order is reversed.
pub(crate) fn has_key(column: usize, row: &UserRow, read: &ReadMark) -> bool {
    COLUMNS
        .get(column)
        .is_some_and(|column| (column.key)(row, read) != SortKey::Nothing)
}

fn compare_keys(a: SortKey<'_>, b: SortKey<'_>) -> Ordering {
    match (a, b) {
        (SortKey::Text(a), SortKey::Text(b)) => compare_text(a, b),
        (a, b) => a.cmp(&b),
    }
}

/// As in a telephone book: without case, an umlaut beside its letter (DIN 5007-1), and without
/// allocating.
pub(crate) fn compare_text(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() {
        let fold = |byte: u8| byte.to_ascii_lowercase();
        return a.bytes().map(fold).cmp(b.bytes().map(fold));
    }
    a.chars().flat_map(folded).cmp(b.chars().flat_map(folded))
}

/// Appends the letters that [`compare_text`] compares: texts folded so are ordered by their bytes.
pub(crate) fn fold(text: &str, to: &mut String) {
    for c in text.chars() {
        if c.is_ascii() {
            to.push(c.to_ascii_lowercase());
        } else {
            to.extend(folded(c));
        }
    }
}

fn folded(c: char) -> impl Iterator<Item = char> {
    letter(c).unwrap_or(c).to_lowercase()
}

fn millis(duration: Duration) -> Option<u64> {
    u64::try_from(duration.as_millis()).ok()
}

const fn lamp_rank(lamp: Lamp) -> u64 {
    match lamp {
        Lamp::Red => 0,
        Lamp::Yellow => 1,
        Lamp::Neutral => 2,
    }
}
