//! The notations in which programs write a text that is not theirs, and how each is read.
//!
//! Every reader takes what it knows and leaves the rest as it is, so that one piece in another
//! notation is found in any text; none fails. They are applied to each other's results, because
//! things are wrapped twice: a form in JSON, base64 in a percent-encoded query.

mod blocks;
mod signs;

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
    let mut bytes = text.0.len();
    let mut all = vec![text];
    let mut level = 0..1;
    for _ in 0..DEPTH {
        let next = all.len();
        for at in level.clone() {
            for read in READERS {
                for found in all.get(at).map(read).unwrap_or_default() {
                    let is_new = !all.iter().any(|known: &Reading| known.is_like(&found));
                    if all.len() < READINGS && bytes < BYTES && is_new {
                        bytes += found.0.len();
                        all.push(found);
                    }
                }
            }
        }
        level = next..all.len();
    }
    all
}
