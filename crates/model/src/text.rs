//! Untrusted text (display names, server messages, log lines) made harmless before it reaches a
//! terminal, a log file or a clipboard sequence.

use std::borrow::Cow;

/// Longest text that a server message may take in a log line or on the screen, in characters.
pub const MESSAGE_LIMIT: usize = 300;

/// `raw` without control characters (C0, DEL, C1, line and paragraph separators) and without
/// bidirectional or zero-width formatting characters. Tabs and line ends become one space.
#[must_use]
pub fn harmless(raw: &str) -> Cow<'_, str> {
    if !raw.chars().any(is_harmful) {
        return Cow::Borrowed(raw);
    }
    let mut clean = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '\t' | '\n' | '\u{2028}' | '\u{2029}' => clean.push(' '),
            c if is_harmful(c) => {}
            c => clean.push(c),
        }
    }
    Cow::Owned(clean)
}

/// [`harmless`], trimmed and cut to `limit` characters (an ellipsis counts as one).
#[must_use]
pub fn harmless_up_to(raw: &str, limit: usize) -> String {
    let clean = harmless(raw);
    let clean = clean.trim();
    if clean.chars().count() <= limit {
        return clean.to_owned();
    }
    clean
        .chars()
        .take(limit.saturating_sub(1))
        .chain(std::iter::once('…'))
        .collect()
}

fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("Jürgen O'Neil 👩‍💻", "Jürgen O'Neil 👩‍💻")]
    #[case("a\u{1b}[2Jb", "a[2Jb")]
    #[case("a\r\nb\tc", "a b c")]
    #[case("\u{202E}evil\u{2066}", "evil")]
    #[case("c1\u{9b}31m", "c131m")]
    fn text_is_made_harmless(#[case] raw: &str, #[case] clean: &str) {
        assert_eq!(harmless(raw), clean);
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(harmless_up_to("äöüß", 3), "äö…");
        assert_eq!(harmless_up_to(" äöü ", 3), "äöü");
    }

    proptest! {
        #[test]
        fn nothing_harmful_is_left(raw in any::<String>()) {
            let clean = harmless(&raw);
            prop_assert!(!clean.chars().any(is_harmful));
            let again = harmless(&clean);
            prop_assert_eq!(&again, &clean);
        }
    }
}
