//! A frame for terminals that only have ASCII: whatever comes to the screen is drawn with the
//! nearest letter in its cells.

use ratatui::buffer::Buffer;
use words::nearest;

/// Draws every cell of the frame with ASCII.
pub(super) fn fold(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        let letter = cell.symbol().chars().next().map_or(' ', nearest);
        cell.set_char(letter);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Cell;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn names_keep_their_cells() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 24, 1));
        buf.set_string(0, 0, "Zoë Weiß 山田 👩‍💻 Łódź", Style::new());
        fold(&mut buf);
        let text: String = buf.content.iter().map(Cell::symbol).collect();
        assert_eq!(text.trim_end(), "Zoe Weis ? ?  ?  Lodz");
    }
}
