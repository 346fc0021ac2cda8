//! Letters for terminals that only have ASCII: our own texts are spelled with more letters where
//! need be, and whatever else comes to the screen is drawn with the nearest letter in its cells.

use ratatui::buffer::Buffer;
use unicode_normalization::UnicodeNormalization;

/// A text of ours without anything but ASCII.
pub(super) fn spelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'Ä' => out.push_str("Ae"),
            'Ö' => out.push_str("Oe"),
            'Ü' => out.push_str("Ue"),
            'ß' => out.push_str("ss"),
            '…' => out.push_str("..."),
            '→' => out.push_str("->"),
            '↑' => out.push_str("up"),
            '↓' => out.push_str("down"),
            c => out.push(nearest(c)),
        }
    }
    out
}

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

/// One letter for one sign; a question mark where there is none near it.
fn nearest(c: char) -> char {
    letter(c).unwrap_or('?')
}

/// The nearest letter or sign of ASCII, where there is one.
pub(super) fn letter(c: char) -> Option<char> {
    let near = match c {
        c if c.is_ascii() => c,
        '„' | '“' | '”' | '’' | '‘' | '‚' => '\'',
        '·' | '│' | '┃' | '║' => '|',
        '─' | '━' | '═' | '–' | '—' => '-',
        '┌'..='┿' => '+',
        'ß' => 's',
        'Ø' | 'Œ' => 'O',
        'ø' | 'œ' => 'o',
        'Æ' => 'A',
        'æ' => 'a',
        'Ł' => 'L',
        'ł' => 'l',
        'Đ' => 'D',
        'đ' => 'd',
        'ı' => 'i',
        '\u{a0}' => ' ',
        c => return c.nfd().next().filter(char::is_ascii),
    };
    Some(near)
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Cell;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;
    use crate::texts::ascii_texts;
    use model::presence::Lang;

    #[test]
    fn every_text_of_ours_is_spelled_in_ascii_without_a_question_mark() {
        for lang in [Lang::De, Lang::En] {
            let real = crate::texts::texts(lang).all();
            for ((name, text), (_, real)) in ascii_texts(lang).all().into_iter().zip(real) {
                assert!(text.is_ascii(), "{name}: {text}");
                let asked = |text: &str| text.matches('?').count();
                assert_eq!(asked(text), asked(real), "{name}: {text}");
            }
        }
    }

    #[test]
    fn names_keep_their_cells() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 24, 1));
        buf.set_string(0, 0, "Zoë Weiß 山田 👩‍💻 Łódź", Style::new());
        fold(&mut buf);
        let text: String = buf.content.iter().map(Cell::symbol).collect();
        assert_eq!(text.trim_end(), "Zoe Weis ? ?  ?  Lodz");
    }
}
