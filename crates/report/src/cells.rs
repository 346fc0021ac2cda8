//! Text in terminal cells: never wrong with wide characters, emoji and combining marks.

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// On which side the space goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// How many cells `text` takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `cells` cells, cut between graphemes.
pub(super) fn cut(text: &str, cells: usize, ellipsis: &str) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let room = cells.saturating_sub(width(ellipsis));
    let mut kept = String::new();
    for grapheme in text.graphemes(true) {
        if width(&kept) + width(grapheme) > room {
            break;
        }
        kept.push_str(grapheme);
    }
    if width(ellipsis) <= cells {
        kept.push_str(ellipsis);
    }
    kept
}

/// `text` cut or filled to exactly `cells` cells.
pub(super) fn fit(text: &str, cells: usize, align: Align, ellipsis: &str) -> String {
    let text = cut(text, cells, ellipsis);
    let space = " ".repeat(cells.saturating_sub(width(&text)));
    match align {
        Align::Left => text + &space,
        Align::Right => space + &text,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Anna", 6, "Anna  ")]
    #[case("Anna Müller", 6, "Anna …")]
    #[case("日本語", 5, "日本…")]
    #[case("日本語", 4, "日… ")]
    #[case("👩‍💻x", 2, "… ")]
    #[case("abc", 0, "")]
    fn text_takes_exactly_its_cells(#[case] text: &str, #[case] cells: usize, #[case] out: &str) {
        assert_eq!(fit(text, cells, Align::Left, "…"), out);
    }

    proptest! {
        #[test]
        fn any_text_fits_any_width(text in "\\PC*", cells in 0_usize..40) {
            let text = model::text::harmless(&text);
            prop_assert!(width(&cut(&text, cells, "…")) <= cells);
            prop_assert_eq!(width(&fit(&text, cells, Align::Right, "…")), cells);
        }
    }
}
