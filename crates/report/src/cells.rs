//! Text measured in terminal cells: cut by grapheme, padded to a width.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// How a text sits in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Flush left, for words.
    Left,
    /// Flush right, for numbers.
    Right,
}

/// How many cells `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to at most `limit` cells, with `mark` at the cut.
#[must_use]
pub fn cut<'a>(text: &'a str, limit: usize, mark: &str) -> Cow<'a, str> {
    if text.width() <= limit {
        return Cow::Borrowed(text);
    }
    let room = limit.saturating_sub(mark.width());
    let mut kept = String::with_capacity(limit + mark.len());
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let next = used + cluster.width();
        if next > room {
            break;
        }
        kept.push_str(cluster);
        used = next;
    }
    if mark.width() <= limit {
        kept.push_str(mark);
    }
    Cow::Owned(kept)
}

/// `text` as exactly `limit` cells: cut where it is longer, padded where it is shorter.
#[must_use]
pub fn fit(text: &str, limit: usize, align: Align, mark: &str) -> String {
    let shown = cut(text, limit, mark);
    let padding = " ".repeat(limit.saturating_sub(shown.width()));
    match align {
        Align::Left => format!("{shown}{padding}"),
        Align::Right => format!("{padding}{shown}"),
    }
}

/// `text` in lines of at most `limit` cells, broken at spaces where there are some.
#[must_use]
pub fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let body = word.trim_end();
        if used + body.width() > limit && !line.trim().is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        if used == 0 && body.is_empty() {
            continue;
        }
        if body.width() > limit {
            used = wrap_hard(body, limit, &mut line, &mut lines);
        } else {
            line.push_str(body);
            used += body.width();
        }
        if body.len() < word.len() {
            line.push(' ');
            used += 1;
        }
    }
    if !line.trim().is_empty() || lines.is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// A word longer than a whole line: broken between graphemes. Returns the width of the last line.
fn wrap_hard(word: &str, limit: usize, line: &mut String, lines: &mut Vec<String>) -> usize {
    let mut used = line.width();
    for cluster in word.graphemes(true) {
        if used + cluster.width() > limit && used > 0 {
            lines.push(std::mem::take(line));
            used = 0;
        }
        line.push_str(cluster);
        used += cluster.width();
    }
    used
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Jürgen", 6, "Jürgen")]
    #[case("Jürgen", 5, "Jürg…")]
    #[case("漢字名前", 5, "漢字…")]
    #[case("漢字名前", 4, "漢…")]
    #[case("👩‍💻 Anna", 3, "👩‍💻…")]
    #[case("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…")]
    #[case("abc", 0, "")]
    fn text_is_cut_by_cells(#[case] text: &str, #[case] limit: usize, #[case] shown: &str) {
        assert_eq!(cut(text, limit, "…"), shown);
    }

    #[test]
    fn numbers_sit_right() {
        assert_eq!(fit("41ms", 6, Align::Right, "…"), "  41ms");
        assert_eq!(fit("anna", 6, Align::Left, "…"), "anna  ");
    }

    #[rstest]
    #[case("one two three", 7, &["one two", "three"])]
    #[case("one two.", 7, &["one", "two."])]
    #[case("abcdefgh", 3, &["abc", "def", "gh"])]
    #[case("", 3, &[""])]
    fn text_is_wrapped(#[case] text: &str, #[case] limit: usize, #[case] lines: &[&str]) {
        assert_eq!(wrap(text, limit), lines);
    }

    proptest! {
        #[test]
        fn nothing_is_ever_wider_than_its_room(text in any::<String>(), limit in 0_usize..60) {
            prop_assert!(width(&cut(&text, limit, "…")) <= limit);
            prop_assert!(width(&fit(&text, limit, Align::Left, "…")) >= limit.min(width(&text)).min(limit));
        }
    }

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
