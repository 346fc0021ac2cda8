//! A frame as an SVG picture: in colour, sharp at any size, and the same bytes on every machine.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use unicode_width::UnicodeWidthStr as _;

/// Size of a cell and of the letters in it, in pixels: monospaced letters are 0.6 em wide.
const CELL: (usize, usize) = (9, 18);
const LETTER: usize = 15;
/// From a cell's upper edge to the line that letters stand on.
const BASELINE: usize = 14;
/// Between the screen and the picture's edge.
const MARGIN: usize = 12;

/// What a terminal draws with where the theme says nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paper {
    ink: &'static str,
    faint: &'static str,
    ground: &'static str,
}

/// For the dark theme.
pub(crate) const DARK: Paper = Paper {
    ink: "#d4d4d4",
    faint: "#8f8f8f",
    ground: "#1e1e1e",
};
/// For the light theme.
pub(crate) const LIGHT: Paper = Paper {
    ink: "#1f1f1f",
    faint: "#6b6b6b",
    ground: "#ffffff",
};

/// Cells beside each other that look the same.
struct Run {
    from: usize,
    cells: usize,
    text: String,
    /// Whether one sign takes all of it.
    wide: bool,
}

/// The picture; `title` is what a screen reader says.
pub(crate) fn picture(buf: &Buffer, paper: Paper, title: &str) -> String {
    let (columns, rows) = (usize::from(buf.area.width), usize::from(buf.area.height));
    let (across, down) = (columns * CELL.0 + 2 * MARGIN, rows * CELL.1 + 2 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{across}\" height=\"{down}\" \
         viewBox=\"0 0 {across} {down}\" role=\"img\" font-size=\"{LETTER}\" \
         font-family=\"'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace\">\n\
         <title>{}</title>\n\
         <rect width=\"{across}\" height=\"{down}\" rx=\"8\" fill=\"{}\"/>\n",
        escaped(title),
        paper.ground,
    );
    for (y, row) in buf.content.chunks(columns.max(1)).enumerate() {
        for run in runs(row) {
            let Some(cell) = row.get(run.from) else {
                continue;
            };
            draw(&mut out, &run, cell, y, paper);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn runs(row: &[Cell]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut at = 0;
    while let Some(cell) = row.get(at) {
        let cells = cell.symbol().width().max(1);
        let wide = cells > 1 || !cell.symbol().is_ascii();
        let before = runs.last_mut().filter(|run| {
            let same = |other: &Cell| other.style() == cell.style();
            !wide && !run.wide && row.get(run.from).is_some_and(same)
        });
        match before {
            Some(run) => {
                run.text.push_str(cell.symbol());
                run.cells += cells;
            }
            None => runs.push(Run {
                from: at,
                cells,
                text: cell.symbol().to_owned(),
                wide,
            }),
        }
        at += cells;
    }
    runs
}

fn draw(out: &mut String, run: &Run, cell: &Cell, y: usize, paper: Paper) {
    let modifier = cell.modifier;
    let faint = modifier.contains(Modifier::DIM);
    let ink = hex(cell.fg).unwrap_or_else(|| if faint { paper.faint } else { paper.ink }.into());
    let ground = hex(cell.bg).unwrap_or_else(|| paper.ground.into());
    let reversed = modifier.contains(Modifier::REVERSED);
    let (ink, ground) = if reversed {
        (ground, ink)
    } else {
        (ink, ground)
    };
    let (x, top) = (MARGIN + run.from * CELL.0, MARGIN + y * CELL.1);
    let across = run.cells * CELL.0;
    // Writing into a string cannot fail.
    if ground != paper.ground {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{top}\" width=\"{across}\" height=\"{}\" fill=\"{ground}\"/>",
            CELL.1
        );
    }
    let blank = run.text.trim().is_empty();
    if blank && !modifier.contains(Modifier::UNDERLINED) {
        return;
    }
    let mut more = String::new();
    if modifier.contains(Modifier::BOLD) {
        more.push_str(" font-weight=\"bold\"");
    }
    if modifier.contains(Modifier::UNDERLINED) {
        more.push_str(" text-decoration=\"underline\"");
    }
    let length = match (run.wide, run.cells) {
        (_, 1) => String::new(),
        (true, _) => format!(" textLength=\"{across}\" lengthAdjust=\"spacingAndGlyphs\""),
        (false, _) => format!(" textLength=\"{across}\""),
    };
    let _ = writeln!(
        out,
        "<text x=\"{x}\" y=\"{}\" fill=\"{ink}\"{more}{length} xml:space=\"preserve\">{}</text>",
        top + BASELINE,
        escaped(&run.text),
    );
}

/// A true colour; others are the terminal's own.
fn hex(color: Color) -> Option<String> {
    match color {
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn drawn(text: &str, style: Style) -> String {
        let mut buf = Buffer::empty(Rect::new(0, 0, 8, 1));
        buf.set_string(0, 0, text, style);
        picture(&buf, DARK, "a <title>")
    }

    #[test]
    fn what_looks_the_same_is_one_text_of_its_cells() {
        let picture = drawn("a<b", Style::new().fg(Color::Rgb(1, 2, 255)));
        assert!(picture.contains(
            "<text x=\"12\" y=\"26\" fill=\"#0102ff\" textLength=\"27\" xml:space=\"preserve\">a&lt;b</text>"
        ), "{picture}");
        assert!(picture.contains("a &lt;title&gt;"));
        assert_eq!(picture.matches("<text").count(), 1, "blanks are not drawn");
    }

    #[test]
    fn a_wide_sign_takes_its_two_cells() {
        let picture = drawn("山x", Style::new());
        assert!(
            picture.contains(
                "<text x=\"12\" y=\"26\" fill=\"#d4d4d4\" textLength=\"18\" lengthAdjust"
            )
        );
        assert!(picture.contains("<text x=\"30\""), "{picture}");
    }

    #[test]
    fn reversed_swaps_ink_and_ground() {
        let picture = drawn("x", Style::new().add_modifier(Modifier::REVERSED));
        assert!(
            picture.contains("height=\"18\" fill=\"#d4d4d4\"/>"),
            "{picture}"
        );
        assert!(picture.contains("fill=\"#1e1e1e\" xml:space"), "{picture}");
    }
}
