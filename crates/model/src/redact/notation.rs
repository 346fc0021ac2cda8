//! The notations in which programs write a text that is not theirs, and how each is read.
//!
//! Every reader takes what it knows and leaves the rest as it is, so that one piece in another
//! notation is found in any text; none fails. They are applied to each other's results, because
//! things are wrapped twice: a form in JSON, base64 in a percent-encoded query.

mod blocks;
mod signs;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use super::reading::Reading;

/// So many notations one in the other are unwrapped.
const DEPTH: usize = 6;
/// At most so many readings of one text, and so many bytes in all of them.
const READINGS: usize = 400;
const BYTES: usize = 4 << 20;

/// Reads one notation; nothing where the text has none of it.
type Reader = fn(&Reading) -> Vec<Reading>;

/// Joining first: the others then see what was wrapped.
const READERS: [Reader; 9] = [
    signs::joined,
    signs::percent,
    signs::plus,
    signs::backslash,
    signs::entities,
    signs::quoted_printable,
    blocks::base64,
    blocks::hexadecimal,
    blocks::numbers,
];

/// The text in every notation that it may be in, itself first.
pub(super) fn readings(text: Reading) -> Vec<Reading> {
    let mut seen = HashSet::from([fingerprint(&text)]);
    let mut bytes = text.0.len();
    let mut all = vec![text];
    let mut level = 0..1;
    for _ in 0..DEPTH {
        let next = all.len();
        for at in level.clone() {
            let Some(reading) = all.get(at).cloned() else {
                break;
            };
            for found in READERS.iter().flat_map(|read| read(&reading)) {
                if all.len() < READINGS && bytes < BYTES && seen.insert(fingerprint(&found)) {
                    bytes += found.0.len();
                    all.push(found);
                }
            }
        }
        level = next..all.len();
    }
    all
}

fn fingerprint(reading: &Reading) -> u64 {
    let mut hasher = DefaultHasher::new();
    for byte in &reading.0 {
        byte.value.hash(&mut hasher);
    }
    hasher.finish()
}
