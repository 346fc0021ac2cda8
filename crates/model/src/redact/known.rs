//! What is known of the secrets: every eight bytes in a row of each.

use std::collections::BTreeSet;
use std::ops::Range;

use super::reading::{Byte, Reading, gapless, only};

/// So many characters of a secret in a row must not be shown; shorter secrets only as a whole.
const PIECE: usize = 8;
/// A secret of fewer characters could be guessed, and would take half of every sentence with it.
const SHORTEST: usize = 4;
/// Of a longer secret the beginning is known: no token of Entra's is longer.
const LONGEST: usize = 16 << 10;

/// Words of our own sentences. A secret that holds one (people choose such passwords) is not given
/// away by it, and the sentences stay readable.
const OUR_WORDS: [&str; 47] = [
    "account",
    "admin",
    "administrator",
    "anwendung",
    "authority",
    "authorization",
    "benutzer",
    "calls",
    "certificate",
    "client_secret",
    "configuration",
    "directory",
    "entra",
    "error",
    "graph",
    "http",
    "https",
    "kennwort",
    "lampfield",
    "lampfield.toml",
    "local",
    "localhost",
    "login",
    "login.microsoftonline.com",
    "graph.microsoft.com",
    "microsoft",
    "onmicrosoft.com",
    "password",
    "passwort",
    "phone",
    "presence",
    "presence.readwrite.all",
    "user.read.all",
    "procall",
    "proxy",
    "secret",
    "server",
    "signature",
    "simulated",
    "simulator",
    "teams",
    "tenant",
    "test",
    "token",
    "ucserver",
    "user",
    "users",
];

/// What one secret leaves in a text that shows it, or a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traces {
    /// Eight bytes in a row each, or all of a shorter one, packed; sorted.
    pieces: Vec<u64>,
    /// Bytes of a shorter one; 0 where it is none.
    short: usize,
}

impl Traces {
    pub(super) fn of_secret(secret: &str) -> Self {
        let end = secret.floor_char_boundary(LONGEST);
        let secret = secret.get(..end).unwrap_or_default().trim();
        let folded = gapless(&Reading::from_text(secret).folded());
        let whole: Vec<u8> = folded.iter().map(|byte| byte.value).collect();
        let is_ours = OUR_WORDS.iter().any(|word| word.as_bytes() == whole);
        if whole.len() < PIECE {
            let tells = whole.len() >= SHORTEST && !is_ours;
            return if tells {
                Self::of_short(&whole)
            } else {
                Self::default()
            };
        }
        let letters = whole.iter().copied().filter(|byte| is_letter(*byte));
        let letters: Vec<u8> = letters.collect();
        // Without signs two words of a sentence are one: only with a digit it is no sentence.
        let has_digit = |piece: &&[u8]| piece.iter().any(u8::is_ascii_digit);
        let without_signs = letters.windows(PIECE).filter(has_digit);
        let pieces = whole.windows(PIECE).chain(without_signs);
        let mut pieces: Vec<u64> = pieces.filter(|piece| tells(piece)).map(packed).collect();
        pieces.sort_unstable();
        pieces.dedup();
        Self { pieces, short: 0 }
    }

    fn of_short(whole: &[u8]) -> Self {
        Self {
            pieces: vec![packed(whole)],
            short: whole.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }
}

/// Whether seeing this tells anything of a secret.
fn tells(piece: &[u8]) -> bool {
    let mut distinct = piece.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let is_in = |word: &str| word.as_bytes().windows(PIECE).any(|part| part == piece);
    distinct.len() > 2 && !OUR_WORDS.iter().any(|word| is_in(word))
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

/// No byte is 0, so that a shorter piece is never a longer one.
fn packed(piece: &[u8]) -> u64 {
    piece.iter().fold(0, |packed, byte| pushed(packed, *byte))
}

const fn pushed(packed: u64, byte: u8) -> u64 {
    packed << 8 | byte as u64
}

/// Bits of the sieve for each piece, and at least: one text byte in eight is looked up, at the most.
const BITS: usize = 8;
const FEWEST_BITS: usize = 1 << 16;

/// The traces of all secrets.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Sorted.
    pieces: Vec<u64>,
    sieve: Sieve,
    /// The lengths of the short ones, sorted.
    short: Vec<usize>,
}

impl Known {
    pub(super) fn from_traces<'a>(secrets: impl Iterator<Item = &'a Traces>) -> Self {
        let (mut pieces, mut short) = (Vec::new(), BTreeSet::new());
        for traces in secrets {
            pieces.extend(&traces.pieces);
            short.extend(Some(traces.short).filter(|length| *length > 0));
        }
        pieces.sort_unstable();
        pieces.dedup();
        Self {
            sieve: Sieve::of(&pieces),
            pieces,
            short: short.into_iter().collect(),
        }
    }

    /// Texts of fewer bytes show nothing.
    pub(super) fn shortest(&self) -> usize {
        match (self.pieces.is_empty(), self.short.is_empty()) {
            (true, _) => usize::MAX,
            (false, true) => PIECE,
            (false, false) => SHORTEST,
        }
    }

    fn has(&self, piece: u64) -> bool {
        self.sieve.may_have(piece) && self.pieces.binary_search(&piece).is_ok()
    }

    /// Where in the text a secret shows through `reading`.
    pub(super) fn find(&self, reading: &Reading, hits: &mut Vec<Range<usize>>) {
        let folded = reading.folded();
        self.find_pieces(&gapless(&folded), hits);
        self.find_pieces(&only(&folded, |byte| is_letter(byte.value)), hits);
        self.find_short(&folded, hits);
    }

    fn find_pieces(&self, bytes: &[Byte], hits: &mut Vec<Range<usize>>) {
        let mut piece = 0;
        for (at, byte) in bytes.iter().enumerate() {
            piece = pushed(piece, byte.value);
            let Some(start) = (at + 1).checked_sub(PIECE) else {
                continue;
            };
            // The other way round: a secret that comes back mirrored.
            if self.has(piece) || self.has(piece.swap_bytes()) {
                hits.push(Reading::place(bytes.get(start..=at).unwrap_or_default()));
            }
        }
    }

    fn find_short(&self, bytes: &[Byte], hits: &mut Vec<Range<usize>>) {
        for &length in &self.short {
            for (at, part) in bytes.windows(length).enumerate() {
                let values = part.iter().map(|byte| byte.value);
                let piece = values.clone().fold(0, pushed);
                let is_it = self.has(piece) || self.has(values.rev().fold(0, pushed));
                if is_it && stands_alone(bytes, at, length) {
                    hits.push(Reading::place(part));
                }
            }
        }
    }
}

/// Whether no letter stands beside it: a short password may be a part of any word.
fn stands_alone(bytes: &[Byte], at: usize, length: usize) -> bool {
    let letter_at = |at: usize| bytes.get(at).is_some_and(|byte| is_letter(byte.value));
    !letter_at(at + length) && at.checked_sub(1).is_none_or(|before| !letter_at(before))
}

/// A bit for every piece, at a place that its value gives: tells of most others at once that they are none.
#[derive(Debug, Default)]
struct Sieve(Vec<u64>);

impl Sieve {
    fn of(pieces: &[u64]) -> Self {
        let bits = (pieces.len() * BITS).next_power_of_two().max(FEWEST_BITS);
        let mut sieve = Self(vec![0; bits / 64]);
        for piece in pieces {
            let (word, bit) = sieve.place(*piece);
            if let Some(word) = sieve.0.get_mut(word) {
                *word |= bit;
            }
        }
        sieve
    }

    fn may_have(&self, piece: u64) -> bool {
        let (word, bit) = self.place(piece);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    const fn place(&self, piece: u64) -> (usize, u64) {
        // Fibonacci hashing: the upper bits of the product are well mixed.
        let bits = (self.0.len() * 64).trailing_zeros();
        let place = piece.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - bits);
        ((place / 64) as usize, 1 << (place % 64))
    }
}
