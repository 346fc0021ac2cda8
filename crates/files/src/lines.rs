//! Cuts appended bytes into lines; a line in pieces is held until its end has come.

use super::encoding::TextKind;

/// One line, without its line end (`\n` or `\r\n`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// Its number in the file, counted from 1.
    pub number: u64,
    /// The first bytes of it, at most the limit.
    pub bytes: &'a [u8],
    /// How many bytes beyond the limit were thrown away; 0 for nearly every line.
    pub dropped: u64,
}

/// Cuts a stream of bytes into lines of at most a limit.
#[derive(Debug)]
pub struct LineSplitter {
    kind: TextKind,
    limit: usize,
    number: u64,
    held: Vec<u8>,
    /// The first byte of a UTF-16 unit whose second has not come yet.
    half: Option<u8>,
    dropped: u64,
}

impl LineSplitter {
    /// Lines of `kind`; of each at most `limit` bytes are kept, so that a file without line ends
    /// cannot eat the memory.
    #[must_use]
    pub fn new(kind: TextKind, limit: usize) -> Self {
        Self {
            kind,
            limit: limit.max(2) / 2 * 2,
            number: 1,
            held: Vec::new(),
            half: None,
            dropped: 0,
        }
    }

    /// Takes the next bytes and hands every line that is complete to `sink`.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        match self.kind {
            TextKind::Bytes => self.feed_bytes(bytes, sink),
            TextKind::Utf16Le => self.feed_units(bytes, [b'\n', 0], sink),
            TextKind::Utf16Be => self.feed_units(bytes, [0, b'\n'], sink),
        }
    }

    /// Hands out the unfinished last line, if there is one, and begins a new file.
    pub fn finish(&mut self, sink: &mut dyn FnMut(RawLine<'_>)) {
        if !self.held.is_empty() {
            self.emit(sink);
        }
        self.forget();
    }

    /// Throws the unfinished last line away and begins a new file.
    pub fn forget(&mut self) {
        self.held.clear();
        self.half = None;
        self.dropped = 0;
        self.number = 1;
    }

    fn feed_bytes(&mut self, bytes: &[u8], sink: &mut dyn FnMut(RawLine<'_>)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            if let Some(rest) = piece.strip_suffix(b"\n") {
                self.hold(rest);
                self.emit(sink);
            } else {
                self.hold(piece);
            }
        }
    }

    fn feed_units(&mut self, bytes: &[u8], end: [u8; 2], sink: &mut dyn FnMut(RawLine<'_>)) {
        for byte in bytes {
            let Some(first) = self.half.take() else {
                self.half = Some(*byte);
                continue;
            };
            match [first, *byte] {
                unit if unit == end => self.emit(sink),
                unit => self.hold(&unit),
            }
        }
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = self.limit.saturating_sub(self.held.len());
        let (kept, rest) = bytes.split_at(room.min(bytes.len()));
        self.held.extend_from_slice(kept);
        self.dropped += rest.len() as u64;
    }

    fn emit(&mut self, sink: &mut dyn FnMut(RawLine<'_>)) {
        let kept = self.held.as_slice();
        let bytes = match self.kind {
            TextKind::Bytes => kept.strip_suffix(b"\r"),
            TextKind::Utf16Le => kept.strip_suffix(b"\r\0"),
            TextKind::Utf16Be => kept.strip_suffix(b"\0\r"),
        };
        sink(RawLine {
            number: self.number,
            bytes: bytes.unwrap_or(kept),
            dropped: self.dropped,
        });
        self.held.clear();
        self.dropped = 0;
        self.number += 1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn lines(splitter: &mut LineSplitter, pieces: &[&[u8]]) -> Vec<(u64, String, u64)> {
        let mut seen = Vec::new();
        let kind = splitter.kind;
        for piece in pieces {
            splitter.feed(piece, &mut |line| {
                seen.push((
                    line.number,
                    kind.decode(line.bytes).into_owned(),
                    line.dropped,
                ));
            });
        }
        seen
    }

    #[rstest]
    #[case::lf(&["a\nb\n"])]
    #[case::crlf(&["a\r\nb\r\n"])]
    #[case::in_pieces(&["a", "\r", "\nb", "\n"])]
    #[case::with_an_unfinished_line(&["a\nb\nc"])]
    fn complete_lines_come_out_with_their_number(#[case] pieces: &[&str]) {
        let mut splitter = LineSplitter::new(TextKind::Bytes, 100);
        let pieces: Vec<&[u8]> = pieces.iter().map(|piece| piece.as_bytes()).collect();
        let seen = lines(&mut splitter, &pieces);
        assert_eq!(seen, [(1, "a".into(), 0), (2, "b".into(), 0)]);
    }

    #[rstest]
    #[case(TextKind::Utf16Le)]
    #[case(TextKind::Utf16Be)]
    fn utf16_is_cut_at_units_not_at_bytes(#[case] kind: TextKind) {
        // U+0A0D and U+0D0A hold the bytes of a line end without being one.
        let text = "a\u{0A0D}\u{0D0A}\r\nü\n";
        let bytes: Vec<u8> = text
            .encode_utf16()
            .flat_map(|unit| match kind {
                TextKind::Utf16Be => unit.to_be_bytes(),
                _ => unit.to_le_bytes(),
            })
            .collect();
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        let mut splitter = LineSplitter::new(kind, 100);
        let seen = lines(&mut splitter, &pieces);
        assert_eq!(
            seen,
            [(1, "a\u{0A0D}\u{0D0A}".into(), 0), (2, "ü".into(), 0)]
        );
    }

    #[test]
    fn a_long_line_is_cut_and_says_by_how_much() {
        let mut splitter = LineSplitter::new(TextKind::Bytes, 4);
        let seen = lines(&mut splitter, &[b"abcdef", b"gh\nij\n"]);
        assert_eq!(seen, [(1, "abcd".into(), 4), (2, "ij".into(), 0)]);
    }

    #[test]
    fn the_unfinished_line_is_handed_out_at_the_end() {
        let mut splitter = LineSplitter::new(TextKind::Bytes, 100);
        assert_eq!(lines(&mut splitter, &[b"a\nb"]).len(), 1);
        let mut last = Vec::new();
        splitter.finish(&mut |line| last.push((line.number, line.bytes.to_vec())));
        assert_eq!(last, [(2, b"b".to_vec())]);
        assert_eq!(lines(&mut splitter, &[b"c\n"]), [(1, "c".into(), 0)]);
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference(text in "[a-c\r\n]{0,60}", cut in 0_usize..60) {
            let (first, second) = text.as_bytes().split_at(cut.min(text.len()));
            let mut whole = LineSplitter::new(TextKind::Bytes, 8);
            let mut parts = LineSplitter::new(TextKind::Bytes, 8);
            prop_assert_eq!(
                lines(&mut whole, &[text.as_bytes()]),
                lines(&mut parts, &[first, second])
            );
        }
    }
}
