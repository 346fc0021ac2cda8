//! What the screen of all bridges looks like. Pure.

use std::fmt::Display;

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;
use report::cells::{cut, width};
use report::{FleetRow, Paint, fleet_titles};

use super::state::FleetState;
use crate::theme::Role;
use words::fill;

/// What the screen is called.
const TITLE: &str = " lampfield fleet";

/// Cells between two columns.
const GAP: usize = 2;

/// The columns by their place: see [`fleet_titles`].
const TENANT: usize = 1;
const PROBLEM: usize = 8;

/// Columns that are left out where the terminal is too narrow, the first one first: latency, budget, bridge,
/// users. Who has a problem, and which, is seen on any terminal.
const LEFT_OUT: [usize; 4] = [7, 6, 2, 4];

/// So much of a problem is to be seen, where it is so long, and so much of a tenant's name.
const PROBLEM_WIDTH: usize = 24;
const TENANT_WIDTH: usize = 18;

/// Draws everything into an empty buffer of the state's size; where the cursor stands.
pub(super) fn view(state: &FleetState, buf: &mut Buffer) -> Option<Position> {
    let shown = state.shown();
    let t = state.look.texts;
    let last = buf.area.height.checked_sub(1)?;
    if state.rows.is_none() {
        line(buf, state, (0, TITLE), Role::Title);
        line(buf, state, (1, t.fleet.waiting), Role::Muted);
        line(buf, state, (last, t.fleet.keys), Role::Muted);
        return None;
    }
    let at = state.at();
    let first = at.saturating_sub(state.room().saturating_sub(1));
    let head = head(state, first, shown.len());
    line(buf, state, (0, &head), Role::Title);
    let titles = titles(state);
    let widths = widths(&titles, &shown, buf.area.width.into());
    cells(buf, state, 1, (&titles, &widths), |_| Role::Heading);
    let rows = shown.iter().enumerate().skip(first).take(state.room());
    for ((place, row), y) in rows.zip(2..) {
        if place == at {
            line(buf, state, (y, ""), Role::Selected);
        }
        cells(buf, state, y, (&row.cells, &widths), |cell| {
            role(row, cell, place == at)
        });
    }
    if state.rows.as_ref().is_some_and(Vec::is_empty) {
        line(buf, state, (2, t.fleet.empty), Role::Muted);
    }
    line(buf, state, (last.saturating_sub(1), &state.sum), Role::Text);
    foot(buf, state, last)
}

/// Which rows are on the screen, where not all of them are.
fn head(state: &FleetState, first: usize, shown: usize) -> String {
    if shown <= state.room() {
        return TITLE.to_owned();
    }
    let (from, to) = (first + 1, (first + state.room()).min(shown));
    let values: [(&str, &dyn Display); 3] = [("from", &from), ("to", &to), ("n", &shown)];
    let place = fill(state.look.texts.fleet.place, &values);
    format!("{TITLE}   {place}")
}

/// The titles; the column that the rows are sorted by says so.
fn titles(state: &FleetState) -> [String; 9] {
    let (sorted, reversed) = state.sorted();
    let glyphs = state.look.glyphs;
    let mark = if reversed {
        glyphs.descending
    } else {
        glyphs.ascending
    };
    let mut titles = fleet_titles(state.look.texts).map(str::to_owned);
    if let Some(title) = sorted.and_then(|at| titles.get_mut(at)) {
        title.push_str(mark);
    }
    titles
}

/// The filter where there is one, else the keys.
fn foot(buf: &mut Buffer, state: &FleetState, y: u16) -> Option<Position> {
    let t = state.look.texts;
    if !state.typing && state.filter().is_empty() {
        line(buf, state, (y, t.fleet.keys), Role::Muted);
        return None;
    }
    let told = fill(t.fleet.filtering, &[("text", &state.filter())]);
    line(buf, state, (y, &told), Role::Accent);
    let x = u16::try_from(width(&told)).unwrap_or(u16::MAX);
    let inside = x < buf.area.width && y < buf.area.height;
    (state.typing && inside).then_some(Position::new(x, y))
}

fn role(row: &FleetRow, cell: usize, selected: bool) -> Role {
    let colored = cell == 0 || cell == row.cells.len() - 1;
    match row.paint {
        _ if selected => Role::Selected,
        Some(Paint::Red) if colored => Role::Bad,
        Some(Paint::Yellow) if colored => Role::Warning,
        _ => Role::Text,
    }
}

/// Each as wide as its widest cell, as far as there is room; 0 where a column is left out. The last one has what
/// is left.
fn widths(titles: &[String; 9], rows: &[&FleetRow], room: usize) -> [usize; 9] {
    let mut widths: [usize; 9] = std::array::from_fn(|at| {
        let cells = rows.iter().map(|row| &row.cells).chain([titles]);
        let cells = cells.filter_map(|cells| cells.get(at));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    });
    let needed = |widths: &[usize; 9]| -> usize {
        let before = widths.iter().take(PROBLEM).filter(|wide| **wide > 0);
        before.map(|wide| wide + GAP).sum::<usize>() + widths[PROBLEM].min(PROBLEM_WIDTH)
    };
    for column in LEFT_OUT {
        let longest = widths[TENANT].saturating_sub(TENANT_WIDTH);
        let too_much = needed(&widths).saturating_sub(room);
        if too_much == 0 {
            break;
        }
        // A name is cut off before the users are left out.
        if column == LEFT_OUT[3] && longest >= too_much {
            break;
        }
        if let Some(wide) = widths.get_mut(column) {
            *wide = 0;
        }
    }
    let too_much = needed(&widths).saturating_sub(room);
    let least = widths[TENANT].min(TENANT_WIDTH);
    widths[TENANT] = widths[TENANT].saturating_sub(too_much).max(least);
    widths
}

fn cells(
    buf: &mut Buffer,
    state: &FleetState,
    y: u16,
    (cells, widths): (&[String; 9], &[usize; 9]),
    role: impl Fn(usize) -> Role,
) {
    let mut x = 0_usize;
    for (at, (cell, wide)) in cells.iter().zip(widths).enumerate() {
        if *wide == 0 {
            continue;
        }
        let room = usize::from(buf.area.width).saturating_sub(x);
        let shown = cut(cell, room.min(*wide), mark(state));
        put(buf, (x, y), &shown, state.look.theme.style(role(at)));
        x += wide + GAP;
    }
}

fn mark(state: &FleetState) -> &'static str {
    if state.look.ascii { "~" } else { "…" }
}

/// A whole line in one look.
fn line(buf: &mut Buffer, state: &FleetState, (y, text): (u16, &str), role: Role) {
    let wide = usize::from(buf.area.width);
    let text = cut(text, wide, mark(state));
    let padded = format!("{text}{:pad$}", "", pad = wide.saturating_sub(width(&text)));
    put(buf, (0, y), &padded, state.look.theme.style(role));
}

fn put(buf: &mut Buffer, (x, y): (usize, u16), text: &str, style: Style) {
    let Ok(x) = u16::try_from(x) else { return };
    if x < buf.area.width && y < buf.area.height {
        buf.set_string(x, y, text, style);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::{Rect, Size};
    use rstest::rstest;

    use super::super::state::tests::screen;
    use super::*;

    fn drawn(state: &FleetState) -> Vec<String> {
        let area = Rect::new(0, 0, state.size.width, state.size.height);
        let mut buf = Buffer::empty(area);
        view(state, &mut buf);
        let row = |y| {
            let cells = (0..area.width).map(|x| buf[(x, y)].symbol().to_owned());
            cells.collect::<String>().trim_end().to_owned()
        };
        (0..area.height).map(row).collect()
    }

    #[test]
    fn the_selected_row_is_always_on_the_screen() {
        let mut state = screen(&[("a", true), ("b", true), ("c", true), ("d", false)]);
        assert!(
            drawn(&state)[2].contains("a.example"),
            "{:?}",
            drawn(&state)
        );
        state.press(ratatui::crossterm::event::KeyCode::End.into());
        let shown = drawn(&state);
        assert!(
            shown[3].contains("not seen") && shown[3].contains("d.example"),
            "{shown:?}"
        );
        assert!(shown[1].starts_with("STATE"), "{shown:?}");
    }

    #[test]
    fn no_size_is_too_small() {
        let mut state = screen(&[("a", true), ("b", false)]);
        for width in 0..90 {
            for height in 0..9 {
                state.size = Size::new(width, height);
                drawn(&state);
            }
        }
    }

    /// Whatever else there is: who has a problem, and which.
    #[rstest]
    #[case::narrow(60, &["STATE", "TENANT", "PROBLEM"])]
    #[case::usual(80, &["STATE", "TENANT", "READ", "USERS", "LEASES", "PROBLEM"])]
    #[case::wide(160, &["STATE", "TENANT", "BRIDGE", "READ", "USERS", "LEASES", "BUDGET", "P95", "PROBLEM"])]
    fn the_problem_is_seen_at_every_width(#[case] wide: u16, #[case] titles: &[&str]) {
        let mut state = screen(&[("a", true), ("b", true)]);
        state.size = Size::new(wide, 8);
        let row = &mut state.rows.as_mut().unwrap()[0];
        let told = "The token cannot be renewed: the secret has expired";
        row.cells = [
            "writing",
            "kanzlei-mueller-und-partner-002",
            "server-01:30162 +1",
            "12s",
            "4711",
            "117/120 3▒",
            "1200/1200",
            "1234ms",
            told,
        ]
        .map(str::to_owned);
        let drawn = drawn(&state);
        for title in titles {
            assert!(drawn[1].contains(title), "{title}: {drawn:#?}");
        }
        assert!(drawn[2].contains("The token ca"), "{drawn:#?}");
        assert!(drawn[2].contains("kanzlei-mueller-u"), "{drawn:#?}");
    }

    #[test]
    fn it_is_said_which_rows_are_shown_and_how_they_are_sorted() {
        let mut state = screen(&[("a", true), ("b", true), ("c", true)]);
        state.press(ratatui::crossterm::event::KeyCode::End.into());
        state.press(ratatui::crossterm::event::KeyCode::Char('o').into());
        let drawn = drawn(&state);
        assert!(drawn[0].ends_with("fleet   2-3 of 3"), "{drawn:#?}");
        assert!(drawn[1].starts_with("STATE▴"), "{drawn:#?}");
    }
}
