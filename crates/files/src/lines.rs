//! Cuts appended bytes into lines; a line in pieces is held until its end has come.

use super::encoding::{LineFeed, TextKind};

/// One line, without its line end (`\n`, `\r\n` or `\r`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLine<'a> {
    /// Its number in the file, counted from 1.
    pub number: u64,
    /// What it says, at most the limit.
    pub text: &'a str,
    /// How many bytes it has in the file; holes are not counted.
    pub length: u64,
    /// How many bytes beyond the limit were thrown away; 0 for nearly every line.
    pub dropped: u64,
}

/// So many NULs in a row are a hole (a file that was emptied under a writer who goes on at their
/// old place); more of them are not kept.
const HOLE: [u8; 4] = [0; 4];

/// Cuts a stream of bytes into lines of at most a limit, each in whatever encoding it is.
#[derive(Debug)]
pub struct LineSplitter {
    /// How the last line was encoded.
    kind: TextKind,
    limit: usize,
    number: u64,
    held: Vec<u8>,
    /// The last byte was a line end if the one that has not come yet is a NUL (UTF-16).
    half: bool,
    dropped: u64,
}

impl LineSplitter {
    /// The first line is of `kind` where it does not show what it is; of each line at most `limit`
    /// bytes are kept, so that a file without line ends cannot eat the memory.
    #[must_use]
    pub fn new(kind: TextKind, limit: usize) -> Self {
        Self {
            kind,
            limit: limit.max(2) / 2 * 2,
            number: 1,
            held: Vec::new(),
            half: false,
            dropped: 0,
        }
    }

    /// Takes the next bytes and hands every line that is complete to `sink`.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn FnMut(TextLine<'_>)) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if std::mem::take(&mut self.half) {
                rest = self.second_half(rest, sink);
                continue;
            }
            let Some(at) = memchr::memchr(b'\n', rest) else {
                return self.hold(rest, sink);
            };
            let (before, behind) = rest.split_at(at);
            self.hold(before, sink);
            self.line_end(sink);
            rest = behind.get(1..).unwrap_or_default();
        }
    }

    /// The unfinished last line as it stands; empty where there is none.
    #[must_use]
    pub fn unfinished(&self) -> String {
        self.kind.line(&self.held).0
    }

    /// Whether something of a line has come and its end has not.
    #[must_use]
    pub fn is_unfinished(&self) -> bool {
        !self.held.is_empty()
    }

    /// Hands out the unfinished last line, and goes on behind it: its line end may still come.
    pub fn take_unfinished(&mut self, sink: &mut dyn FnMut(TextLine<'_>)) {
        if !self.held.is_empty() {
            let number = self.number;
            self.emit(sink);
            self.number = number;
        }
    }

    /// Hands out the unfinished last line, if there is one, and begins a new file.
    pub fn finish(&mut self, sink: &mut dyn FnMut(TextLine<'_>)) {
        if !self.held.is_empty() {
            self.emit(sink);
        }
        self.forget();
    }

    /// Throws the unfinished last line away and begins a new file.
    pub fn forget(&mut self) {
        self.held.clear();
        self.half = false;
        self.dropped = 0;
        self.number = 1;
    }

    /// A `\n` has come: the end of a line, half of one, or half of a letter.
    fn line_end(&mut self, sink: &mut dyn FnMut(TextLine<'_>)) {
        match self.kind.at_line_feed(&self.held) {
            LineFeed::End => self.emit(sink),
            LineFeed::EndWithNul => {
                self.held.pop();
                self.emit(sink);
            }
            LineFeed::EndIfNulFollows => self.half = true,
            LineFeed::Within => self.hold(b"\n", sink),
        }
    }

    fn second_half<'b>(&mut self, rest: &'b [u8], sink: &mut dyn FnMut(TextLine<'_>)) -> &'b [u8] {
        if let Some(behind) = rest.strip_prefix(&[0]) {
            self.emit(sink);
            return behind;
        }
        if self.held.is_empty() {
            self.emit(sink);
        } else {
            self.hold(b"\n", sink);
        }
        rest
    }

    fn hold(&mut self, bytes: &[u8], sink: &mut dyn FnMut(TextLine<'_>)) {
        if memchr::memchr(0, bytes).is_none() {
            return self.hold_text(bytes, sink);
        }
        for byte in bytes {
            if *byte == 0 && self.held.ends_with(&HOLE) {
                // An odd number of NULs stays odd: UTF-16 goes by pairs.
                self.held.pop();
            } else {
                self.hold_text(&[*byte], sink);
            }
        }
    }

    fn hold_text(&mut self, bytes: &[u8], sink: &mut dyn FnMut(TextLine<'_>)) {
        let mut rest = bytes;
        loop {
            let room = self.limit.saturating_sub(self.held.len());
            let (kept, more) = rest.split_at(room.min(rest.len()));
            self.held.extend_from_slice(kept);
            rest = more;
            if rest.is_empty() {
                return;
            }
            if self.dropped > 0 || !self.emit_to_carriage_return(sink) {
                self.dropped += rest.len() as u64;
                return;
            }
        }
    }

    /// Lines of old Macintoshes end in `\r` alone: a file of them is one line otherwise.
    fn emit_to_carriage_return(&mut self, sink: &mut dyn FnMut(TextLine<'_>)) -> bool {
        let Some(at) = memchr::memrchr(b'\r', &self.held).filter(|_| !self.held.contains(&0))
        else {
            return false;
        };
        let rest = self.held.split_off(at + 1);
        self.emit(sink);
        self.held = rest;
        true
    }

    fn emit(&mut self, sink: &mut dyn FnMut(TextLine<'_>)) {
        let (text, kind) = self.kind.line(&self.held);
        if !self.held.is_empty() {
            self.kind = kind;
        }
        let text = text.strip_suffix('\r').unwrap_or(&text);
        let mut parts = text.split('\r').peekable();
        while let Some(part) = parts.next() {
            let is_last = parts.peek().is_none();
            let dropped = if is_last { self.dropped } else { 0 };
            sink(TextLine {
                number: self.number,
                text: part,
                length: self.held.len() as u64 + dropped,
                dropped,
            });
            self.number += 1;
        }
        self.held.clear();
        self.dropped = 0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn lines(splitter: &mut LineSplitter, pieces: &[&[u8]]) -> Vec<(u64, String, u64)> {
        let mut seen = Vec::new();
        for piece in pieces {
            splitter.feed(piece, &mut |line| {
                seen.push((line.number, line.text.to_owned(), line.dropped));
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
        splitter.finish(&mut |line| last.push((line.number, line.text.to_owned())));
        assert_eq!(last, [(2, "b".to_owned())]);
        assert_eq!(lines(&mut splitter, &[b"c\n"]), [(1, "c".into(), 0)]);
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        let bytes = |unit: u16| {
            if little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    const A: &str = r#"{"user_name":"anna@corp.example","who":"Jürgen"}"#;
    const B: &str = r#"{"user_name":"bert@corp.example","who":"Zoë"}"#;

    fn le(text: &str) -> Vec<u8> {
        utf16(text, true)
    }

    fn be(text: &str) -> Vec<u8> {
        utf16(text, false)
    }

    fn bytes(text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    fn ansi(text: &str) -> Vec<u8> {
        encoding_rs::WINDOWS_1252.encode(text).0.into_owned()
    }

    // PowerShell/PowerShell#9423, shyiko/jabba#740 (>> of Windows PowerShell), grafana/alloy#4794,
    // fluent/fluent-bit#9321; logrotate/logrotate#286, #363 (holes).
    #[rstest]
    #[case::utf8(&[bytes(A), bytes("\n"), bytes(B), bytes("\n")])]
    #[case::windows(&[bytes("\u{FEFF}"), ansi(A), bytes("\r\n"), ansi(B), bytes("\r\n")])]
    #[case::macintosh(&[bytes(A), bytes("\r"), bytes(B), bytes("\r\n")])]
    #[case::le_with_mark(&[le("\u{FEFF}"), le(A), le("\r\n"), le(B), le("\r\n")])]
    #[case::le(&[le(A), le("\r\n"), le(B), le("\n")])]
    #[case::be_with_mark(&[be("\u{FEFF}"), be(A), be("\r\n"), be(B), be("\r\n")])]
    #[case::be(&[be(A), be("\n"), be(B), be("\r\n")])]
    #[case::le_behind_utf8(&[bytes(A), bytes("\n"), le(B), le("\r\n")])]
    #[case::be_behind_utf8(&[bytes(A), bytes("\r\n"), be(B), be("\r\n")])]
    #[case::marked_behind_utf8(&[bytes(A), bytes("\n"), le("\u{FEFF}"), le(B), le("\r\n")])]
    #[case::utf8_behind_le(&[le(A), le("\r\n"), bytes(B), bytes("\n")])]
    #[case::utf8_behind_be(&[be(A), be("\r\n"), bytes("\u{FEFF}"), bytes(B), bytes("\n")])]
    #[case::be_behind_le(&[le(A), le("\n"), be("\u{FEFF}"), be(B), be("\n")])]
    #[case::ansi_behind_utf8(&[bytes(A), bytes("\n"), ansi(B), bytes("\r\n")])]
    #[case::hole(&[vec![0; 20_001], bytes(A), bytes("\n"), vec![0; 7], bytes(B), bytes("\n")])]
    #[case::hole_before_le(&[vec![0; 70_000], le(A), le("\r\n"), vec![0; 8], le(B), le("\n")])]
    fn every_line_is_read_in_its_own_encoding(#[case] pieces: &[Vec<u8>]) {
        let whole = pieces.concat();
        for step in [1, 2, 3, 7, whole.len()] {
            let mut splitter = LineSplitter::new(TextKind::Bytes, 1_000);
            let parts: Vec<&[u8]> = whole.chunks(step).collect();
            let seen = lines(&mut splitter, &parts);
            let seen: Vec<_> = seen
                .iter()
                .map(|(_, text, _)| text.trim_matches('\0'))
                .collect();
            assert_eq!(seen, [A, B], "in steps of {step}");
            assert!(!splitter.is_unfinished());
        }
    }

    /// PowerShell appends to a file whose last line has no end.
    #[rstest]
    #[case::le_behind_utf8(&[bytes(A), le(B), le("\r\n")])]
    #[case::utf8_behind_le(&[le(A), bytes(B), bytes("\n")])]
    #[case::hole_within(&[bytes(A), vec![0; 9_000], bytes(B), bytes("\n")])]
    fn two_encodings_may_stand_on_one_line(#[case] pieces: &[Vec<u8>]) {
        let mut splitter = LineSplitter::new(TextKind::Bytes, 1_000);
        let seen = lines(&mut splitter, &[&pieces.concat()]);
        let seen: Vec<_> = seen
            .iter()
            .map(|(_, text, _)| text.replace('\0', ""))
            .collect();
        assert_eq!(seen, [format!("{A}{B}")]);
    }

    #[test]
    fn a_line_that_was_taken_before_its_end_came_is_not_there_twice() {
        let mut splitter = LineSplitter::new(TextKind::Bytes, 100);
        assert!(lines(&mut splitter, &[b"one"]).is_empty());
        assert_eq!(splitter.unfinished(), "one");
        let mut taken = Vec::new();
        splitter.take_unfinished(&mut |line| taken.push((line.number, line.text.to_owned())));
        assert_eq!(taken, [(1, "one".to_owned())]);
        let seen = lines(&mut splitter, &[b"\ntwo\n"]);
        assert_eq!(seen, [(1, String::new(), 0), (2, "two".into(), 0)]);
    }

    #[test]
    fn a_hole_of_any_size_takes_no_room() {
        let mut splitter = LineSplitter::new(TextKind::Bytes, 16);
        for _ in 0..1_000 {
            splitter.feed(&[0; 999], &mut |_| panic!("there is no line"));
        }
        assert_eq!(lines(&mut splitter, &[b"one\n"]), [(1, "one".into(), 0)]);
    }

    proptest! {
        #[test]
        fn no_bytes_of_any_kind_do_harm(pieces in proptest::collection::vec(any::<Vec<u8>>(), 0..9)) {
            let mut splitter = LineSplitter::new(TextKind::Bytes, 64);
            for piece in &pieces {
                splitter.feed(piece, &mut |line| assert!(line.length >= line.dropped));
            }
            splitter.finish(&mut |_| {});
        }
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
