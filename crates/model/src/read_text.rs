//! Text for serde that is not kept as it comes: 20,000 rows hold a dozen each, and every `String` on
//! the way is memory taken and given back.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// What `make` makes of the text.
///
/// # Errors
/// Those of the format, and where there is no text.
pub(crate) fn made<'de, D: Deserializer<'de>, T>(
    from: D,
    make: impl FnOnce(&str) -> T,
) -> Result<T, D::Error> {
    from.deserialize_str(Maker(make, PhantomData))
}

/// The text in memory of its own size.
///
/// # Errors
/// Those of the format, and where there is no text.
pub fn shared<'de, D: Deserializer<'de>, T: for<'a> From<&'a str>>(from: D) -> Result<T, D::Error> {
    made(from, |text: &str| text.into())
}

struct Maker<F, T>(F, PhantomData<T>);

impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Maker<F, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok((self.0)(text))
    }
}
