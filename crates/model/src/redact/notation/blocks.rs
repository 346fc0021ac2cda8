//! Notations that write a whole text in another alphabet: base64, hexadecimal, lists of numbers.
//!
//! Where such a block begins is not known: a server may have cut it anywhere. So each is read from
//! every place at which its first character could begin, and of what comes out only what can be
//! text is kept.

use super::super::reading::{Byte, Reading, gapless, only};

/// So many characters of base64 are the shortest secret.
const SHORTEST_BASE64: usize = 6;
/// So many bytes that can be text are more than chance.
const SHORTEST_TEXT: usize = 4;
/// Stands where something was that is no text: no secret has it (DEL).
const BREAK: u8 = 0x7F;

/// base64 and base64url, also wrapped.
pub(super) fn base64(text: &Reading) -> Vec<Reading> {
    let digits = gapless(&text.0);
    let runs = runs(&digits, |value| sextet(value).is_some(), SHORTEST_BASE64);
    (0..4)
        .map(|offset| collected(&runs, offset, |digits| decoded(digits, 4, 6, sextet)))
        .filter(|reading| !reading.0.is_empty())
        .collect()
}

/// `73 65 63`, `73:65:63`, `736563`.
pub(super) fn hexadecimal(text: &Reading) -> Vec<Reading> {
    let digits = only(&text.0, |byte| !byte.is_gap() && !separates(byte.value));
    let runs = runs(&digits, |value| nibble(value).is_some(), 2 * SHORTEST_TEXT);
    (0..2)
        .map(|offset| collected(&runs, offset, |digits| decoded(digits, 2, 4, nibble)))
        .filter(|reading| !reading.0.is_empty())
        .collect()
}

/// `[115, 101, 99]` and `0x73 0x65`: how programs print bytes. White space is between two numbers, or
/// (wrapped) within one.
pub(super) fn numbers(text: &Reading) -> Vec<Reading> {
    let readings = [listed(&text.0), listed(&gapless(&text.0))].into_iter();
    readings.filter(|reading| !reading.0.is_empty()).collect()
}

fn listed(text: &[Byte]) -> Reading {
    let is_end = |byte: &Byte| byte.is_gap() || b",;[](){}|:-".contains(&byte.value);
    let words = text.split(is_end).filter(|word| !word.is_empty());
    let spelt = words.map(|word| Byte::spelt(value(word).unwrap_or(BREAK), word));
    Reading(texts(&spelt.collect::<Vec<_>>()))
}

fn value(word: &[Byte]) -> Option<u8> {
    let mut letters = [0; 4];
    for (letter, byte) in letters.get_mut(..word.len())?.iter_mut().zip(word) {
        *letter = byte.value;
    }
    let word = str::from_utf8(letters.get(..word.len())?).ok()?;
    match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
        Some(digits) => u8::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

const fn sextet(value: u8) -> Option<u8> {
    match value {
        b'A'..=b'Z' => Some(value - b'A'),
        b'a'..=b'z' => Some(value - b'a' + 26),
        b'0'..=b'9' => Some(value - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

const fn nibble(value: u8) -> Option<u8> {
    match value {
        b'0'..=b'9' => Some(value - b'0'),
        b'a'..=b'f' => Some(value - b'a' + 10),
        b'A'..=b'F' => Some(value - b'A' + 10),
        _ => None,
    }
}

fn separates(value: u8) -> bool {
    b":-,".contains(&value)
}

/// The parts that are all of one alphabet.
fn runs(gapless: &[Byte], is_digit: impl Fn(u8) -> bool, shortest: usize) -> Vec<&[Byte]> {
    let runs = gapless.split(|byte| !is_digit(byte.value));
    runs.filter(|run| run.len() >= shortest).collect()
}

fn collected(runs: &[&[Byte]], offset: usize, decode: impl Fn(&[Byte]) -> Vec<Byte>) -> Reading {
    let from_offset = runs.iter().filter_map(|run| run.get(offset..));
    Reading(from_offset.flat_map(|run| texts(&decode(run))).collect())
}

/// The bytes that groups of `size` digits with `bits` each spell; the last group may be shorter.
fn decoded(
    digits: &[Byte],
    size: usize,
    bits: usize,
    digit: impl Fn(u8) -> Option<u8>,
) -> Vec<Byte> {
    let mut bytes = Vec::with_capacity(digits.len() * bits / 8);
    for group in digits.chunks(size) {
        let values = group
            .iter()
            .map(|byte| digit(byte.value).unwrap_or_default());
        let whole = values.fold(0_u32, |whole, value| whole << bits | u32::from(value));
        let whole = whole << (bits * (size - group.len()));
        let places = [size * bits / 8, group.len() * bits / 8];
        for place in 0..places[1] {
            let value = (whole >> (8 * (places[0] - 1 - place))) & 0xFF;
            bytes.push(Byte::spelt(u8::try_from(value).unwrap_or(BREAK), group));
        }
    }
    bytes
}

/// What of it can be text, each with a break behind it. The zeros between the letters of UTF-16 are
/// left out.
fn texts(bytes: &[Byte]) -> Vec<Byte> {
    let mut kept: Vec<Byte> = Vec::new();
    let mut part: Vec<Byte> = Vec::new();
    for (at, byte) in bytes.iter().enumerate() {
        if byte.value == 0 {
            continue;
        }
        if can_be_text(bytes, at) {
            part.push(*byte);
        } else {
            keep(&mut kept, &mut part);
        }
    }
    keep(&mut kept, &mut part);
    kept
}

fn keep(kept: &mut Vec<Byte>, part: &mut Vec<Byte>) {
    if part.len() >= SHORTEST_TEXT {
        part.push(Byte::spelt(BREAK, part));
        kept.append(part);
    }
    part.clear();
}

/// ASCII, or a letter of two bytes as European languages have them, in UTF-8 or UTF-16.
fn can_be_text(bytes: &[Byte], at: usize) -> bool {
    let value = |at: Option<usize>| Some(bytes.get(at?)?.value);
    let begins = |value: Option<u8>| matches!(value, Some(0xC2..=0xC5));
    let goes_on = |value: Option<u8>| matches!(value, Some(0x80..=0xBF));
    match value(Some(at)) {
        Some(b'\t'..=b'~') => true,
        Some(0xA0..) if value(Some(at + 1)) == Some(0) => true,
        here if begins(here) => goes_on(value(Some(at + 1))),
        here => goes_on(here) && begins(value(at.checked_sub(1))),
    }
}
