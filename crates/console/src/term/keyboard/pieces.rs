//! What has a length: characters of several bytes, reports of the mouse in the oldest way.

/// What a byte makes of it.
pub(super) enum Piece {
    /// More is missing.
    Missing,
    /// This was the last byte of a character.
    Whole(char),
    /// This was the last byte, and it is nothing.
    Nothing,
    /// The byte is no part of it.
    Torn,
}

/// A character in UTF-8.
#[derive(Debug)]
pub(super) struct Character {
    bytes: [u8; 4],
    got: usize,
}

impl Character {
    pub(super) const fn begun_by(first: u8) -> Self {
        Self {
            bytes: [first, 0, 0, 0],
            got: 1,
        }
    }

    pub(super) fn take(&mut self, byte: u8) -> Piece {
        if !matches!(byte, 0x80..=0xbf) {
            return Piece::Torn;
        }
        if let Some(place) = self.bytes.get_mut(self.got) {
            *place = byte;
        }
        self.got += 1;
        if self.got < self.length() {
            return Piece::Missing;
        }
        let text = self.bytes.get(..self.got).map(str::from_utf8);
        let c = text.and_then(|text| text.ok()?.chars().next());
        c.map_or(Piece::Nothing, Piece::Whole)
    }

    const fn length(&self) -> usize {
        match self.bytes {
            [..=0xdf, ..] => 2,
            [0xe0..=0xef, ..] => 3,
            _ => 4,
        }
    }
}

/// An X10 report: button, column and line, each a byte or a character of two bytes (mode 1005).
#[derive(Debug)]
pub(super) struct Mouse {
    missing: u8,
    /// The last byte begins a character, perhaps.
    wide: bool,
}

impl Default for Mouse {
    fn default() -> Self {
        Self {
            missing: 3,
            wide: false,
        }
    }
}

impl Mouse {
    pub(super) fn take(&mut self, byte: u8) -> Piece {
        match byte {
            0x80..=0xbf if self.wide => self.wide = false,
            0x01..=0x1f => return Piece::Torn,
            _ if self.missing == 0 => return Piece::Torn,
            // 0 stands for a place that is too far away to be told.
            _ => {
                self.missing -= 1;
                self.wide = matches!(byte, 0xc2..=0xdf);
            }
        }
        if self.missing > 0 || self.wide {
            Piece::Missing
        } else {
            Piece::Nothing
        }
    }
}
