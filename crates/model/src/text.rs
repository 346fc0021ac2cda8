//! Untrusted text (display names, server messages, log lines) made harmless before it reaches a
//! terminal, a log file or a clipboard sequence.

use std::borrow::Cow;
use std::path::Path;

use crate::redact::redacted;

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

/// Text of somebody else's to be shown: [`harmless`], without any secret of ours that it gives back,
/// trimmed and cut to `limit` characters (an ellipsis counts as one).
#[must_use]
pub fn harmless_up_to(raw: &str, limit: usize) -> String {
    // Before the cut: half a secret in base64 could not be recognised any more.
    cut(&redacted(&harmless(raw)), limit)
}

/// The same for a name that somebody is found by: where it has eight letters in common with a
/// password, it must stay what it is.
#[must_use]
pub fn harmless_name_up_to(raw: &str, limit: usize) -> String {
    cut(&harmless(raw), limit)
}

fn cut(clean: &str, limit: usize) -> String {
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

/// Longest path that is shown, in characters.
const PATH_LIMIT: usize = 240;

/// A path to be shown: [`harmless`], and where it is very long without its middle, because both of
/// its ends tell something.
#[must_use]
pub fn harmless_path(path: &Path) -> String {
    let lossy = path.to_string_lossy();
    let clean = harmless(&lossy);
    let length = clean.chars().count();
    if length <= PATH_LIMIT {
        return clean.into_owned();
    }
    let half = PATH_LIMIT / 2;
    let begin: String = clean.chars().take(half).collect();
    let end: String = clean.chars().skip(length - half).collect();
    format!("{begin}…{end}")
}

/// What a program says of its arguments, line by line, without what they hold of control characters
/// and each line cut to `limit` characters: an argument may be as long as a file.
#[must_use]
pub fn harmless_lines(raw: &str, limit: usize) -> String {
    let lines = raw.lines().map(|line| {
        let indent: String = line.chars().take_while(|c| *c == ' ').take(limit).collect();
        format!("{indent}{}", harmless_up_to(line, limit))
    });
    lines.collect::<Vec<_>>().join("\n")
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
    fn a_path_keeps_both_ends_and_no_control_characters() {
        assert_eq!(harmless_path(Path::new("/a\u{1b}[2J/b\nc")), "/a[2J/b c");
        let long = format!("/begin/{}/end.toml", "x".repeat(1 << 20));
        let shown = harmless_path(Path::new(&long));
        assert!(shown.starts_with("/begin/x") && shown.ends_with("x/end.toml"));
        assert_eq!(shown.chars().count(), PATH_LIMIT + 1);
    }

    #[test]
    fn lines_stay_lines() {
        let raw = format!("error: '\u{1b}]0;x\u{7}'\n\n  tip: {}", "y".repeat(1_000));
        let shown = harmless_lines(&raw, 10);
        assert_eq!(shown, "error: ']…\n\n  tip: yyyy…");
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(harmless_up_to("äöüß", 3), "äö…");
        assert_eq!(harmless_up_to(" äöü ", 3), "äöü");
    }

    #[test]
    fn a_secret_is_removed_before_the_text_is_cut() {
        crate::redact::hide("W7-a-secret-of-this-test");
        let said = "no: W7-a-secret-of-this-test";
        assert_eq!(harmless_up_to(said, 15), "no: [removed]");
        assert_eq!(
            harmless_up_to("no: W7-a-secret\u{200B}-of-this", 300),
            "no: [removed]"
        );
        assert_eq!(harmless_name_up_to(said, 15), "no: W7-a-secre…");
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
