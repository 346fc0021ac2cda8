//! Which row is selected, and which lines of the table are on the screen.

use std::sync::Arc;

use super::State;
use crate::groups::TableLine;
use model::presence::UserName;
use model::snapshot::UserRow;

impl State {
    /// The shown row at this place.
    pub(crate) fn row_at(&self, at: usize) -> Option<(usize, &Arc<UserRow>)> {
        let row = *self.order.shown().get(at)?;
        Some((row, self.snapshot().rows.get(row)?))
    }

    /// The selected user's row, shown or not.
    pub(crate) fn selected_row(&self) -> Option<(usize, &Arc<UserRow>)> {
        let selected = self.selected.as_ref()?;
        self.row_at(self.selected_at)
            .filter(|(_, row)| row.user_name == *selected)
            .or_else(|| self.snapshot().row(selected))
    }

    /// Selects the shown row at this place, or the last one.
    pub(crate) fn select(&mut self, at: usize) {
        let last = self.order.shown().len().saturating_sub(1);
        self.selected_at = at.min(last);
        self.selected = self
            .row_at(self.selected_at)
            .map(|(_, row)| row.user_name.clone());
    }

    /// Where the selected user is now; where it is shown no more, the row in its place.
    pub(super) fn find_selected(&mut self) {
        let Some(selected) = &self.selected else {
            return self.select(0);
        };
        let still = |at: usize| {
            self.row_at(at)
                .is_some_and(|(_, row)| row.user_name == *selected)
        };
        if still(self.selected_at) {
            return;
        }
        match (0..self.order.shown().len()).find(|at| still(*at)) {
            Some(at) => self.selected_at = at,
            None => self.select(self.selected_at),
        }
    }

    /// How many rows of the table there is room for, beside those that are found without one.
    pub(crate) fn rows(&self) -> usize {
        usize::from(self.areas().rows()) - self.found_lines()
    }

    /// Lines for those that are found without a row, their heading included: what the rows leave
    /// free, and a third of the table at least.
    pub(crate) fn found_lines(&self) -> usize {
        if self.found.is_empty() {
            return 0;
        }
        let height = usize::from(self.areas().rows());
        let free = height.saturating_sub(self.order.lines().count().max(1));
        (self.found.len() + 1).min(free.max(height / 3))
    }

    /// Keeps the selected row on the screen, with a row beyond it where there is one.
    pub(crate) fn keep_visible(&mut self) {
        let (fixed, lines) = (self.fixed_lines(), self.order.lines());
        let room = self.rows() - fixed;
        let line = lines.of_row(self.selected_at);
        if line >= fixed {
            let margin = usize::from(room > 4);
            let above = margin.max(usize::from(self.has_sticky_heading()));
            let lowest = line.saturating_sub(above);
            let highest = (line + margin + 1).saturating_sub(room);
            self.top = self.top.min(lowest).max(highest);
        }
        self.top = self.top.min(lines.count().saturating_sub(room)).max(fixed);
    }

    /// How many of the first lines stay on the screen however far the others are scrolled: those of
    /// the pinned, up to half of it.
    fn fixed_lines(&self) -> usize {
        let half = self.rows() / 2;
        self.order.pinned_lines().min(half)
    }

    /// The line of the table that stands this far down on the screen.
    pub(crate) fn line_at(&self, y: usize) -> Option<TableLine<'_>> {
        if y >= self.rows() {
            return None;
        }
        let fixed = self.fixed_lines();
        let line = if y < fixed { y } else { self.top + (y - fixed) };
        let lines = self.order.lines();
        match lines.at(line) {
            // Whatever is scrolled, it is seen which group the rows belong to.
            Some(TableLine::Row(place)) if y == fixed && self.has_sticky_heading() => {
                lines.group_of(place).map(TableLine::Heading)
            }
            other => other,
        }
    }

    /// Whether the first of the scrolled lines is a heading, always.
    fn has_sticky_heading(&self) -> bool {
        let room = self.rows() - self.fixed_lines();
        self.order.by_department && room > 2
    }

    /// Where this user is among the shown rows.
    pub(crate) fn place_of(&self, user: &UserName) -> Option<usize> {
        let (row, _) = self.snapshot().row(user)?;
        self.order.shown().iter().position(|shown| *shown == row)
    }
}
