//! A frame for terminals that only have ASCII: whatever comes to the screen is drawn with the
//! nearest letter in its cells.

use ratatui::buffer::Buffer;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;
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

/// A text in the letters that a frame shows it with, blanks in the second cells included.
pub(super) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for cluster in text.graphemes(true) {
        shown.push(cluster.chars().next().map_or(' ', nearest));
        let more = cluster.width().saturating_sub(1);
        shown.extend(std::iter::repeat_n(' ', more));
    }
    shown
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
        assert_eq!(folded("Zoë Weiß 山田 👩‍💻 Łódź"), text.trim_end());
    }
}
