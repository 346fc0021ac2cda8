//! Members that are read whatever stands there: of another type they are nothing, and the rest of
//! the message still counts. For `deserialize_with`.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A text, a structure: whatever is no list.
pub(super) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    if raw.get().starts_with('[') {
        // serde would take the elements for the members of a structure, in order.
        return Ok(None);
    }
    Ok(json::read(raw.get().as_bytes()))
}

/// A list without its elements that are none.
///
/// One element after the other: the profiles of 20,000 users come in one piece, and a tree of
/// them would take several times the memory that is kept.
pub(super) fn lenient_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<Option<Vec<T>>, D::Error> {
    from.deserialize_any(Items(PhantomData))
}

/// The same list with nothing in the place of an element that is none, so that it can be named.
pub(super) fn whole_list<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let items: Option<Vec<Kept<T>>> = lenient_list(from)?;
    Ok(items.map(|items| items.into_iter().map(|Kept(item)| item).collect()))
}

struct Kept<T>(T);

impl<'de, T: DeserializeOwned + Default> Deserialize<'de> for Kept<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from).map(|item| Self(item.unwrap_or_default()))
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Items<T> {
    type Value = Option<Vec<T>>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list; anything else is none")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut good = Vec::new();
        while let Some(item) = items.next_element::<Box<RawValue>>()? {
            good.extend(json::read::<T>(item.get().as_bytes()));
        }
        Ok(Some(good))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// A truth value, also as a word or a number.
pub(super) fn lenient_bool<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    Ok(match raw.get().trim_matches('"').trim() {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        number => number.parse().ok().map(|number: f64| number != 0.0),
    })
}
