//! What the screen of all bridges looks like. Pure.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use ratatui::style::Style;
use report::cells::{cut, width};
use report::{FleetRow, Paint, fleet_titles};

use super::state::FleetState;
use crate::theme::Role;
use words::fill;

/// Cells between two columns.
const GAP: usize = 2;

/// Draws everything into an empty buffer of the state's size; where the cursor stands.
pub(super) fn view(state: &FleetState, buf: &mut Buffer) -> Option<Position> {
    let shown = state.shown();
    let t = state.look.texts;
    line(buf, state, (0, " lampfield fleet"), Role::Title);
    let last = buf.area.height.checked_sub(1)?;
    if state.rows.is_none() {
        line(buf, state, (1, &t.fleet.waiting), Role::Muted);
        line(buf, state, (last, &t.fleet.keys), Role::Muted);
        return None;
    }
    let titles = fleet_titles(t).map(str::to_owned);
    let widths = widths(&titles, &shown);
    cells(buf, state, 1, (&titles, &widths), |_| Role::Heading);
    let at = state.at();
    let first = at.saturating_sub(state.room().saturating_sub(1));
    let rows = shown.iter().enumerate().skip(first).take(state.room());
    for ((place, row), y) in rows.zip(2..) {
        if place == at {
            line(buf, state, (y, ""), Role::Selected);
        }
        cells(buf, state, y, (&row.cells, &widths), |cell| {
            role(row, cell, place == at)
        });
    }
    line(buf, state, (last.saturating_sub(1), &state.sum), Role::Text);
    foot(buf, state, last)
}

/// The filter where there is one, else the keys.
fn foot(buf: &mut Buffer, state: &FleetState, y: u16) -> Option<Position> {
    let t = state.look.texts;
    if !state.typing && state.filter.is_empty() {
        line(buf, state, (y, &t.fleet.keys), Role::Muted);
        return None;
    }
    let told = fill(&t.fleet.filtering, &[("text", &state.filter)]);
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

/// Each as wide as its widest cell; the last has what is left.
fn widths(titles: &[String; 9], rows: &[&FleetRow]) -> [usize; 9] {
    std::array::from_fn(|at| {
        let cells = rows.iter().map(|row| &row.cells).chain([titles]);
        let cells = cells.filter_map(|cells| cells.get(at));
        cells.map(|cell| width(cell)).max().unwrap_or(0)
    })
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
}
