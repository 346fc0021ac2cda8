//! Letters for terminals that only have ASCII: our own texts are spelled with more letters where
//! need be, anything else with the nearest letter.

use unicode_normalization::UnicodeNormalization;

/// Whether a terminal shows more than ASCII, as the locale says: these variables of the environment, where they are set.
#[must_use]
pub fn shows_more_than_ascii<S: AsRef<str>>(get: impl Fn(&str) -> Option<S>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(get)
        .find(|value| !value.as_ref().is_empty());
    let locale = locale.map_or_else(String::new, |it| it.as_ref().to_lowercase());
    locale.contains("utf-8") || locale.contains("utf8")
}

/// A text of ours without anything but ASCII.
#[must_use]
pub fn spelled(text: &str) -> String {
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

/// One letter for one sign; a question mark where there is none near it.
#[must_use]
pub fn nearest(c: char) -> char {
    letter(c).unwrap_or('?')
}

/// The nearest letter or sign of ASCII, where there is one.
#[must_use]
pub fn letter(c: char) -> Option<char> {
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
    use model::presence::Lang;

    use rstest::rstest;

    use super::shows_more_than_ascii;
    use crate::{ascii_texts, texts};

    #[rstest]
    #[case(&[("LANG", "de_DE.UTF-8")], true)]
    #[case(&[("LANG", "C.utf8")], true)]
    #[case(&[("LANG", "C")], false)]
    #[case(&[("LANG", "de_DE@euro")], false)]
    #[case(&[], false)]
    #[case(&[("LC_ALL", ""), ("LANG", "de_DE.UTF-8")], true)]
    #[case(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")], false)]
    #[case(&[("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], true)]
    fn the_locale_says_whether_there_is_more_than_ascii(
        #[case] set: &[(&str, &str)],
        #[case] more: bool,
    ) {
        let get = |name: &str| {
            let found = set.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| *value)
        };
        assert_eq!(shows_more_than_ascii(get), more);
    }

    #[test]
    fn every_text_of_ours_is_spelled_in_ascii_without_a_question_mark() {
        for lang in [Lang::De, Lang::En] {
            let real = texts(lang).all();
            for ((name, text), (_, real)) in ascii_texts(lang).all().into_iter().zip(real) {
                assert!(text.is_ascii(), "{name}: {text}");
                let asked = |text: &str| text.matches('?').count();
                assert_eq!(asked(text), asked(real), "{name}: {text}");
            }
        }
    }
}
