//! What has a beginning and an end with anything between: strings of the terminal, pasted text.

use crate::background::{Background, LONGEST};

/// Longest pasted text that is kept, in bytes; no line of the console takes more.
pub(super) const PASTE_LIMIT: usize = 4_096;
const PASTE_ENDS: &[u8] = b"\x1b[201~";
const PASTE_ENDS_C1: &[u8] = b"\x9b201~";

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
const CANCEL: u8 = 0x18;
const SUBSTITUTE: u8 = 0x1a;
const STRING_TERMINATOR: u8 = 0x9c;

/// Where in a character of UTF-8 a string is: a byte of one is no control character.
#[derive(Debug, Default)]
struct Characters {
    missing: u8,
    /// In a character that is a control character of eight bits, written in UTF-8.
    control: bool,
}

impl Characters {
    /// Whether `byte` stands for itself.
    fn stands_alone(&mut self, byte: u8) -> bool {
        if matches!(byte, 0x80..=0xbf) && self.missing > 0 {
            self.missing -= 1;
            return std::mem::take(&mut self.control);
        }
        self.control = byte == 0xc2;
        self.missing = match byte {
            0xc2..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf4 => 3,
            _ => 0,
        };
        true
    }
}

/// How a string goes on.
pub(super) enum Next {
    /// It goes on.
    Goes,
    /// This byte was its last.
    Ended,
    /// It is cut off; the byte is no part of it.
    CutBy,
    /// It is cut off by ESC, which this byte follows.
    CutByEscapeAnd,
}

/// A string of the terminal. Of an OSC so much is kept as an answer that we ask for has.
#[derive(Debug, Default)]
pub(super) struct Text {
    escaped: bool,
    characters: Characters,
    kept: Option<Vec<u8>>,
}

impl Text {
    /// Of an OSC.
    pub(super) fn of_command() -> Self {
        Self {
            kept: Some(Vec::with_capacity(LONGEST)),
            ..Self::default()
        }
    }

    /// The background that it tells, where it does.
    pub(super) fn background(&self) -> Option<Background> {
        Background::from_answer(self.kept.as_deref()?)
    }

    fn keep(&mut self, byte: u8) {
        match &mut self.kept {
            Some(kept) if kept.len() < LONGEST => kept.push(byte),
            // Longer than any answer.
            kept => *kept = None,
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.kept.as_ref().map_or(0, Vec::len)
    }

    pub(super) fn take(&mut self, byte: u8) -> Next {
        if std::mem::replace(&mut self.escaped, byte == ESC) {
            return match byte {
                b'\\' => Next::Ended,
                ESC => Next::Goes,
                _ => Next::CutByEscapeAnd,
            };
        }
        let alone = self.characters.stands_alone(byte);
        match byte {
            BEL => Next::Ended,
            STRING_TERMINATOR if alone => Next::Ended,
            CANCEL | SUBSTITUTE => Next::CutBy,
            ESC => Next::Goes,
            _ => {
                self.keep(byte);
                Next::Goes
            }
        }
    }
}

/// Text of a bracketed paste, until its end is read.
#[derive(Debug, Default)]
pub(super) struct Paste {
    text: Vec<u8>,
    /// How much of which end marker has come.
    end: &'static [u8],
    matched: usize,
    characters: Characters,
}

impl Paste {
    /// Takes a byte; whether it was the last of the end marker.
    pub(super) fn take(&mut self, byte: u8) -> bool {
        if self.matched > 0 && self.end.get(self.matched) == Some(&byte) {
            self.matched += 1;
            return self.matched == self.end.len();
        }
        self.keep_what_was_no_end();
        let alone = self.characters.stands_alone(byte);
        match byte {
            ESC => (self.end, self.matched) = (PASTE_ENDS, 1),
            0x9b if alone => (self.end, self.matched) = (PASTE_ENDS_C1, 1),
            _ => self.keep(byte),
        }
        false
    }

    fn keep_what_was_no_end(&mut self) {
        let matched = self.end.get(..self.matched).unwrap_or_default();
        self.matched = 0;
        for byte in matched {
            self.keep(*byte);
        }
    }

    fn keep(&mut self, byte: u8) {
        if self.text.len() < PASTE_LIMIT {
            self.text.push(byte);
        }
    }

    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.text.len()
    }

    /// All of it; what is not UTF-8 is marked.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.text).into_owned()
    }
}
