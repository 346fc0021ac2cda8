//! Whole texts.

use std::borrow::Cow;

use super::encoding::{TextKind, as_utf8};
use super::lines::LineSplitter;

/// A whole text in whatever encodings its lines are: UTF-8, UTF-16, else windows-1252. Byte order
/// marks are left out.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(text) = as_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut lines = LineSplitter::new(TextKind::guess(bytes), usize::MAX);
    let mut text = String::with_capacity(bytes.len());
    let mut add = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    lines.feed(bytes, &mut |line| add(line.text));
    let ended = !lines.is_unfinished();
    lines.finish(&mut |line| add(line.text));
    if !ended {
        text.pop();
    }
    Cow::Owned(text)
}

/// The text with one `\n` at the end of each line, where it has `\r\n` or `\r`.
#[must_use]
pub fn with_line_ends(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        return text.replace("\r\n", "\n").replace('\r', "\n").into();
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn utf16(text: &str, little: bool, bom: bool) -> Vec<u8> {
        let mark = bom.then_some(0xFEFF_u16);
        let units = mark.into_iter().chain(text.encode_utf16());
        units
            .flat_map(|unit| {
                if little {
                    unit.to_le_bytes()
                } else {
                    unit.to_be_bytes()
                }
            })
            .collect()
    }

    #[rstest]
    #[case::utf8("Jürgen".as_bytes().to_vec())]
    #[case::utf8_with_bom([b"\xEF\xBB\xBF".as_slice(), "Jürgen".as_bytes()].concat())]
    #[case::latin1(b"J\xFCrgen".to_vec())]
    #[case::utf16_le_bom(utf16("Jürgen", true, true))]
    #[case::utf16_be_bom(utf16("Jürgen", false, true))]
    #[case::utf16_le(utf16("Jürgen", true, false))]
    #[case::utf16_be(utf16("Jürgen", false, false))]
    fn every_encoding_of_windows_is_read(#[case] bytes: Vec<u8>) {
        assert_eq!(decode(&bytes), "Jürgen");
    }

    #[test]
    fn the_euro_sign_is_windows_1252() {
        assert_eq!(decode(b"5 \x80"), "5 €");
    }

    #[rstest]
    #[case("a\n\u{FEFF}b\r\n", "a\nb\r\n")]
    #[case("\u{FEFF}", "")]
    fn marks_are_left_out_wherever_they_stand(#[case] text: &str, #[case] read: &str) {
        assert_eq!(
            decode(text.as_bytes()).replace('\r', ""),
            read.replace('\r', "")
        );
    }

    #[rstest]
    #[case("a\r\nb\rc\n", "a\nb\nc\n")]
    #[case("a\nb", "a\nb")]
    fn line_ends_are_one(#[case] text: &str, #[case] read: &str) {
        assert_eq!(with_line_ends(text), read);
    }

    proptest::proptest! {
        #[test]
        fn any_utf8_text_stays_what_it_is(text in "[^\u{0}\u{FEFF}]*") {
            let read = decode(text.as_bytes());
            proptest::prop_assert_eq!(read.as_ref(), text.as_str());
        }

        #[test]
        fn anything_becomes_text(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }
    }
}
