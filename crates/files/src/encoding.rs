//! Which encoding a text is in. Windows tools write UTF-8 with and without a byte order mark,
//! UTF-16 with and without one, and windows-1252.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes of the beginning are looked at to tell UTF-16 without a byte order mark.
const SAMPLE: usize = 1024;

/// How the lines of a text are encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextKind {
    /// One byte a unit: UTF-8 where a line is valid UTF-8, else windows-1252 (a superset of the
    /// printable part of latin-1). Decided line by line: appended text may come from another
    /// program than the beginning.
    #[default]
    Bytes,
    /// UTF-16, little-endian (what Windows calls "Unicode").
    Utf16Le,
    /// UTF-16, big-endian.
    Utf16Be,
}

impl TextKind {
    /// Guesses from the beginning of a text: by the byte order mark, else by where the zero
    /// bytes are (western text in UTF-16 has one in nearly every unit, other encodings none).
    #[must_use]
    pub fn guess(head: &[u8]) -> Self {
        match Encoding::for_bom(head) {
            Some((encoding, _)) if encoding == UTF_16LE => return Self::Utf16Le,
            Some((encoding, _)) if encoding == UTF_16BE => return Self::Utf16Be,
            Some(_) => return Self::Bytes,
            None => {}
        }
        let sample = head.get(..SAMPLE).unwrap_or(head);
        let units = sample.len() / 2;
        let zeros = |at: usize| {
            let parity = sample.iter().skip(at).step_by(2);
            parity.filter(|byte| **byte == 0).count()
        };
        let (even, odd) = (zeros(0), zeros(1));
        let mostly = |zeros: usize| units >= 2 && zeros * 10 >= units * 4;
        match (mostly(even), mostly(odd)) {
            (false, true) => Self::Utf16Le,
            (true, false) => Self::Utf16Be,
            _ => Self::Bytes,
        }
    }

    /// Bytes of one code unit.
    #[must_use]
    pub const fn unit(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Utf16Le | Self::Utf16Be => 2,
        }
    }

    /// Makes text of bytes of this kind. A byte order mark at the beginning is dropped; what is
    /// not valid becomes U+FFFD. Never fails.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Bytes => match UTF_8.decode_with_bom_removal(bytes) {
                (text, false) => text,
                (_, true) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
            },
            Self::Utf16Le => UTF_16LE.decode_with_bom_removal(bytes).0,
            Self::Utf16Be => UTF_16BE.decode_with_bom_removal(bytes).0,
        }
    }
}

/// A whole text in whatever encoding: UTF-8, UTF-16, else windows-1252.
#[must_use]
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    TextKind::guess(bytes).decode(bytes)
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
    #[case(b"")]
    #[case(b"a")]
    #[case(b"\0\0\0\0")]
    #[case(b"\xFF")]
    fn odd_beginnings_are_bytes(#[case] head: &[u8]) {
        assert_eq!(TextKind::guess(head), TextKind::Bytes);
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
