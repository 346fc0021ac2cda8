//! Which encoding a text is in. Windows tools write UTF-8 with and without a byte order mark,
//! UTF-16 with and without one, and windows-1252.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How many bytes of the beginning are looked at to tell UTF-16 without a byte order mark.
const SAMPLE: usize = 1024;

/// How a line of a text is encoded.
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

    /// One line in whatever encodings it is, and how its end is encoded: what `self` was told of
    /// the line before helps where the line does not show it. NULs round it (holes) and byte order
    /// marks are left out; what is not valid becomes U+FFFD. Never fails.
    #[must_use]
    pub(super) fn line(self, bytes: &[u8]) -> (String, Self) {
        if is_plain(bytes) {
            return (Self::Bytes.piece(bytes).into_owned(), Self::Bytes);
        }
        let mut text = String::with_capacity(bytes.len());
        let mut kind = Self::Bytes;
        for (piece, of) in Pieces::in_line(bytes, self) {
            text.push_str(&of.piece(piece));
            kind = of;
        }
        text.retain(|c| c != MARK);
        (text.trim_matches('\0').to_owned(), kind)
    }

    /// Whether a `\n` that follows these bytes of a line is its end.
    pub(super) fn at_line_feed(self, held: &[u8]) -> LineFeed {
        if is_plain(held) && !(held.is_empty() && self != Self::Bytes) {
            return LineFeed::End;
        }
        let last = Pieces::in_line(held, self).last();
        let (piece, kind) = last.unwrap_or((&[], self));
        let is_whole = piece.len().is_multiple_of(2);
        match kind {
            Self::Bytes => LineFeed::End,
            Self::Utf16Le if is_whole => LineFeed::EndIfNulFollows,
            Self::Utf16Be if !is_whole && piece.ends_with(&[0]) => LineFeed::EndWithNul,
            _ => LineFeed::Within,
        }
    }

    fn piece(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Bytes => western(bytes),
            Self::Utf16Le => UTF_16LE.decode_with_bom_removal(bytes).0,
            Self::Utf16Be => UTF_16BE.decode_with_bom_removal(bytes).0,
        }
    }
}

/// UTF-8, else windows-1252: that may stand behind a mark which another program has left.
fn western(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let utf8 = std::str::from_utf8(bytes).map(Cow::Borrowed);
    utf8.unwrap_or_else(|_| WINDOWS_1252.decode_without_bom_handling(bytes).0)
}

/// What a `\n` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineFeed {
    /// The end of the line.
    End,
    /// The end, and the NUL before it is a part of it.
    EndWithNul,
    /// The end where a NUL follows.
    EndIfNulFollows,
    /// Half of a letter.
    Within,
}

/// A byte order mark. It may stand anywhere: behind each other, files keep theirs.
const MARK: char = '\u{FEFF}';

/// Nothing but UTF-8 or windows-1252, and no mark: nearly every line.
fn is_plain(bytes: &[u8]) -> bool {
    memchr::memchr2(0, 0xFE, bytes).is_none()
        && memchr::memmem::find(bytes, b"\xEF\xBB\xBF").is_none()
}

/// The text, where it is UTF-8 as it stands and holds no mark.
pub(super) fn as_utf8(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|_| is_plain(bytes))
}

/// So many bytes of plain text in a row are not UTF-16: there, they would be eight Chinese letters.
const PLAIN: usize = 16;

/// So many letters in a row that would be western ones in UTF-16 are UTF-16.
const UNITS: usize = 4;

/// The pieces of a line, each in one encoding.
struct Pieces<'a> {
    rest: &'a [u8],
    kind: TextKind,
}

impl<'a> Pieces<'a> {
    fn in_line(line: &'a [u8], before: TextKind) -> Self {
        let holes = line.iter().take_while(|byte| **byte == 0).count();
        let (zeros, text) = line.split_at(holes);
        let kind = beginning(text, zeros.len(), before);
        // Big-endian text begins with the NUL before its first letter.
        let from = zeros.len() - usize::from(kind == TextKind::Utf16Be && zeros.len() % 2 == 1);
        Self {
            rest: line.get(from..).unwrap_or_default(),
            kind,
        }
    }

    /// Where this encoding ends and another begins.
    fn end(&self) -> usize {
        let length = self.rest.len();
        match self.kind {
            TextKind::Bytes => (0..length).find(|at| {
                let tail = self.rest.get(*at..).unwrap_or_default();
                is_western(tail) || is_marked_text(tail)
            }),
            _ => (2..length).step_by(2).find(|at| {
                let plain = self.rest.get(*at..*at + PLAIN).unwrap_or_default();
                !plain.is_empty() && plain.iter().all(|byte| matches!(byte, b' '..=b'~'))
            }),
        }
        .unwrap_or(length)
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = (&'a [u8], TextKind);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let (piece, rest) = self.rest.split_at(self.end());
        let kind = self.kind;
        self.rest = rest;
        self.kind = match kind {
            TextKind::Bytes => mark(rest).unwrap_or(TextKind::Utf16Le),
            _ => TextKind::Bytes,
        };
        Some((piece, kind))
    }
}

/// What the beginning of a line behind so many NULs is in.
fn beginning(text: &[u8], zeros: usize, before: TextKind) -> TextKind {
    if let Some(marked) = mark(text).filter(|_| is_marked_line(text)) {
        return marked;
    }
    if text.is_empty() {
        return before;
    }
    // Behind an odd number of NULs the first letter is the second half of its unit.
    let here = if zeros.is_multiple_of(2) {
        TextKind::Utf16Le
    } else {
        TextKind::Utf16Be
    };
    if is_western(text) || is_short_line_end(text) {
        here
    } else if text.contains(&0) || (before == here && zeros % 2 == 1) {
        before
    } else {
        TextKind::Bytes
    }
}

/// `\r` in UTF-16 and nothing else: an empty line.
fn is_short_line_end(text: &[u8]) -> bool {
    text == b"\r\0"
}

/// Whether this begins with letters that each have a NUL behind them, and no hole.
fn is_western(text: &[u8]) -> bool {
    let units = text.len().div_ceil(2).min(UNITS);
    let mut units = text.chunks(2).take(units);
    text.len() >= UNITS * 2 - 1
        && units.all(|unit| matches!(unit, [letter, 0] | [letter] if *letter != 0))
}

/// A mark within a line, and not two letters of windows-1252.
fn is_marked_text(text: &[u8]) -> bool {
    let first = text.get(2..4);
    mark(text).is_some() && first.is_some_and(|unit| unit.contains(&0))
}

/// A mark at the beginning of a line, and not two broken bytes before other text: names and keywords
/// of western letters stand in every file that we read.
fn is_marked_line(text: &[u8]) -> bool {
    let behind = text.get(2..).unwrap_or_default();
    behind.len() < 2 || behind.iter().take(PLAIN).any(|byte| *byte == 0)
}

/// UTF-16 by its byte order mark.
fn mark(text: &[u8]) -> Option<TextKind> {
    match text {
        [0xFF, 0xFE, ..] => Some(TextKind::Utf16Le),
        [0xFE, 0xFF, ..] => Some(TextKind::Utf16Be),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"")]
    #[case(b"a")]
    #[case(b"\0\0\0\0")]
    #[case(b"\xFF")]
    fn odd_beginnings_are_bytes(#[case] head: &[u8]) {
        assert_eq!(TextKind::guess(head), TextKind::Bytes);
    }
}
