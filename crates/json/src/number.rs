//! Numbers as servers write them: `5`, `5.0`, `"5"`, ` "5 " `.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A number, or a string that is one; anything else (also infinite) is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Number(pub Option<f64>);

impl Number {
    fn from_f64(value: f64) -> Self {
        Self(value.is_finite().then_some(value))
    }

    /// Without what follows the point; nothing beyond what a float counts exactly.
    #[must_use]
    pub fn whole(self) -> Option<i64> {
        let exact = f64::from(1_u32 << 31) * f64::from(1_u32 << 22);
        let value = self.0.filter(|value| value.abs() < exact)?;
        // Within range, so nothing is lost but the fraction.
        #[expect(clippy::cast_possible_truncation)]
        Some(value.trunc() as i64)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NumberVisitor)
    }
}

/// A whole number in a field of a structure, for `deserialize_with`.
///
/// # Errors
/// None but the reader's own.
pub fn integer<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Number::deserialize(from).map(Number::whole)
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    #[expect(clippy::cast_precision_loss)]
    fn visit_i64<E>(self, value: i64) -> Result<Number, E> {
        Ok(Number::from_f64(value as f64))
    }
    #[expect(clippy::cast_precision_loss)]
    fn visit_u64<E>(self, value: u64) -> Result<Number, E> {
        Ok(Number::from_f64(value as f64))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Number, E> {
        Ok(Number::from_f64(value))
    }
    fn visit_str<E>(self, text: &str) -> Result<Number, E> {
        Ok(text
            .trim()
            .parse()
            .map_or_else(|_| Number(None), Number::from_f64))
    }
    fn visit_bool<E>(self, _: bool) -> Result<Number, E> {
        Ok(Number(None))
    }
    fn visit_unit<E>(self) -> Result<Number, E> {
        Ok(Number(None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Number, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Number(None))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Number, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Number(None))
    }
}
