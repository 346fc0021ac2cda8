//! A text in one notation: its bytes, and where each of them stands in the text as it was given.

use std::ops::Range;

/// One byte, and the place in the text that it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Byte {
    pub(super) value: u8,
    /// In bytes, below 4 GiB: half the size of `usize`, and a text has several readings.
    start: u32,
    end: u32,
}

impl Byte {
    /// The byte that `from` spells.
    pub(super) fn spelt(value: u8, from: &[Self]) -> Self {
        Self {
            value,
            start: from.first().map_or(0, |byte| byte.start),
            end: from.last().map_or(0, |byte| byte.end),
        }
    }

    /// The two bytes of a letter of Latin-1 in UTF-8.
    fn joined(self, second: Self) -> Self {
        Self::spelt(
            (self.value & 3) << 6 | (second.value & 0x3F),
            &[self, second],
        )
    }

    const fn lower(self) -> Self {
        let value = match self.value {
            letter @ 0xC0..=0xDE => letter + 0x20,
            other => other.to_ascii_lowercase(),
        };
        Self { value, ..self }
    }

    /// White space and control characters: what lines are wrapped with.
    pub(super) const fn is_gap(self) -> bool {
        self.value <= b' ' || self.value == 0x7F
    }
}

const fn is_second(value: u8) -> bool {
    matches!(value, 0x80..=0xBF)
}

/// Bytes of one notation, each with its place in the given text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading(pub(super) Vec<Byte>);

impl Reading {
    /// The text as it is.
    pub(super) fn from_text(text: &str) -> Self {
        let mut reading = Self(Vec::with_capacity(text.len()));
        for (at, c) in text.char_indices() {
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let from = Byte {
                value: 0,
                start: place(at),
                end: place(at + c.len_utf8()),
            };
            reading.push_char(c, &[from]);
        }
        reading
    }

    /// A character of which `from` is the notation, in UTF-8.
    pub(super) fn push_char(&mut self, c: char, from: &[Byte]) {
        let mut buffer = [0; 4];
        for value in c.encode_utf8(&mut buffer).bytes() {
            self.0.push(Byte::spelt(value, from));
        }
    }

    /// As secrets are compared: a letter of Latin-1 as one byte (UTF-8 has two), in lower case.
    pub(super) fn folded(&self) -> Vec<Byte> {
        let mut folded = Vec::with_capacity(self.0.len());
        let mut first: Option<Byte> = None;
        for byte in &self.0 {
            match first.take() {
                Some(first) if is_second(byte.value) => {
                    folded.push(first.joined(*byte).lower());
                    continue;
                }
                Some(first) => folded.push(first.lower()),
                None => {}
            }
            if byte.value | 1 == 0xC3 {
                first = Some(*byte);
            } else {
                folded.push(byte.lower());
            }
        }
        folded.extend(first.map(Byte::lower));
        folded
    }

    /// Whether both read the same, wherever it stands in the text.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let values = || self.0.iter().map(|byte| byte.value);
        self.0.len() == other.0.len() && values().eq(other.0.iter().map(|byte| byte.value))
    }

    /// The place in the text of some of its bytes.
    pub(super) fn place(some: &[Byte]) -> Range<usize> {
        let start = some.iter().map(|byte| byte.start).min();
        let end = some.iter().map(|byte| byte.end).max();
        start.unwrap_or_default() as usize..end.unwrap_or_default() as usize
    }
}

/// Those of some bytes that `keeps` keeps.
pub(super) fn only(bytes: &[Byte], keeps: impl Fn(&Byte) -> bool) -> Vec<Byte> {
    let mut kept = Vec::with_capacity(bytes.len());
    for byte in bytes {
        if keeps(byte) {
            kept.push(*byte);
        }
    }
    kept
}

/// Without what lines are wrapped with.
pub(super) fn gapless(bytes: &[Byte]) -> Vec<Byte> {
    only(bytes, |byte| !byte.is_gap())
}
