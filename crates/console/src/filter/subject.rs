//! A row as the filter sees it: what is known of the user, and what the screen shows of it.

use std::time::Duration;

use jiff::Timestamp;

use super::needle::Needle;
use crate::ascii::folded;
use crate::columns::{COLUMNS, Row, WidthClass};
use crate::drawing::Drawing;
use model::snapshot::{LeasePhase, ReadMark, UserRow, Verdict};

/// When and how the rows are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    /// The moment of the screen.
    pub(crate) now: Timestamp,
    /// How often rows are read.
    pub(crate) interval: Duration,
    /// What cells are drawn with, and for which width; nothing: only what is known counts.
    pub(crate) drawn: Option<(&'a Drawing<'a>, WidthClass)>,
}

/// A row as the filter sees it.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) row: &'a UserRow,
    pub(crate) read: ReadMark,
    pub(crate) sight: &'a Sight<'a>,
}

impl Subject<'_> {
    /// Too old to be believed.
    pub(crate) fn is_stale(&self) -> bool {
        self.read.is_stale(self.sight.now, self.sight.interval)
    }

    /// The verdict of a lease that is held.
    pub(crate) fn held_verdict(&self) -> Option<Verdict> {
        let lease = self.row.lease.as_ref()?;
        (lease.phase == LeasePhase::Held).then_some(lease.verdict)
    }

    /// Whether the cell of this column shows it.
    pub(crate) fn shows(&self, column: &str, needle: &Needle) -> bool {
        self.cell(column)
            .is_some_and(|cell| needle.is_shown_by(&cell))
    }

    /// What stands in the cell of this column, in the letters of the screen.
    pub(crate) fn cell(&self, column: &str) -> Option<String> {
        let (ctx, class) = self.sight.drawn?;
        let column = COLUMNS.iter().find(|known| known.id == column)?;
        let row = Row {
            user: self.row,
            read: self.read,
            stale: self.is_stale(),
            ctx,
            class,
        };
        let text = (column.cell)(&row).text;
        Some(if ctx.ascii { folded(&text) } else { text })
    }
}
