//! JSON as the world sends it: half a character, a number as a string, a field a thousand levels
//! deep. One such place must cost itself and not the message that it stands in.
//!
//! In: any bytes. Out: JSON that `serde_json` takes, where every place that it would not have taken
//! says nothing (`null`, or U+FFFD within a text). Whoever reads tries the bytes as they are first:
//! mending copies them.

mod mend;
mod number;
mod strings;

pub use mend::{Mended, mended};
pub use number::{Number, integer};

use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a `T`: as it came, else mended, else with the members that stand there twice taken once.
#[must_use]
pub fn read<T: DeserializeOwned>(raw: &[u8]) -> Option<T> {
    as_it_came(raw).or_else(|| {
        let text = mended(raw).text;
        serde_json::from_str(&text)
            .ok()
            .or_else(|| serde_json::from_str(&once(&text)?).ok())
    })
}

/// Always by way of text, where `serde_json` would have code of its own for bytes of each `T`.
fn as_it_came<T: DeserializeOwned>(raw: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(raw).ok()?;
    serde_json::from_str(text).ok()
}

/// The same as JSON in which nothing is odd: mended, every member once. Nothing where it was cut
/// off.
#[must_use]
pub fn clean(raw: &[u8]) -> Option<String> {
    let mended = mended(raw);
    mended.complete.then(|| once(&mended.text)).flatten()
}

/// Whatever JSON there may be, as a tree no deeper than the library takes.
#[must_use]
pub fn tree(raw: &[u8]) -> Value {
    read(raw).unwrap_or_default()
}

/// The same, and whether it was there to its end.
#[must_use]
pub fn tree_to_its_end(raw: &[u8]) -> (Value, bool) {
    match as_it_came(raw) {
        Some(tree) => (tree, true),
        None => (tree(raw), mended(raw).complete),
    }
}

/// A number in a tree, also as a string.
#[must_use]
pub fn number(value: Option<&Value>) -> Number {
    let number = value.and_then(|value| serde_json::from_value(value.clone()).ok());
    number.unwrap_or_default()
}

/// The same with every member once: the last one counts.
fn once(text: &str) -> Option<String> {
    let tree: Value = serde_json::from_str(text).ok()?;
    Some(tree.to_string())
}

#[cfg(test)]
mod tests;
