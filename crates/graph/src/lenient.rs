//! Values that may be anything: what has the wrong type counts as missing, and never spoils the
//! entry, the page or the poll that it came in.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The visitor methods for JSON values that are not wanted: each becomes `Self::default()`.
macro_rules! anything_else_is_missing {
    (@scalars) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    (@bool) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    (@text) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
    (@seq) => {
        fn visit_seq<A: ::serde::de::SeqAccess<'de>>(
            self,
            mut seq: A,
        ) -> Result<Self::Value, A::Error> {
            while seq.next_element::<::serde::de::IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
    (@map) => {
        fn visit_map<A: ::serde::de::MapAccess<'de>>(
            self,
            mut map: A,
        ) -> Result<Self::Value, A::Error> {
            while map
                .next_entry::<::serde::de::IgnoredAny, ::serde::de::IgnoredAny>()?
                .is_some()
            {}
            Ok(Self::Value::default())
        }
    };
    ($($kind:ident)*) => {
        $(crate::lenient::anything_else_is_missing!(@$kind);)*
    };
}
pub(super) use anything_else_is_missing;

/// A string, borrowed where it has no escapes; anything else is nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Text<'a>(pub(super) Option<Cow<'a, str>>);

impl Text<'_> {
    pub(super) fn as_deref(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_borrowed_str<E>(self, raw: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Borrowed(raw))))
            }
            fn visit_str<E>(self, raw: &str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(raw.to_owned()))))
            }
            anything_else_is_missing!(scalars bool seq map);
        }
        from.deserialize_any(TextVisitor)
    }
}

/// A truth value, also as a word or a number; anything else is nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flag(pub(super) Option<bool>);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct FlagVisitor;
        impl<'de> Visitor<'de> for FlagVisitor {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_bool<E>(self, raw: bool) -> Result<Self::Value, E> {
                Ok(Flag(Some(raw)))
            }
            fn visit_str<E>(self, raw: &str) -> Result<Self::Value, E> {
                Ok(Flag(match raw.trim() {
                    "1" => Some(true),
                    "0" => Some(false),
                    word => word.to_ascii_lowercase().parse().ok(),
                }))
            }
            fn visit_u64<E>(self, raw: u64) -> Result<Self::Value, E> {
                Ok(Flag((raw < 2).then_some(raw == 1)))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Flag::default())
            }
            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Flag::default())
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Flag::default())
            }
            anything_else_is_missing!(seq map);
        }
        from.deserialize_any(FlagVisitor)
    }
}

/// What an object with members of interest makes of them; see [`Object`].
pub(super) trait Members<'de>: Default {
    /// Takes the member `name`, or ignores it. The value must be consumed.
    fn member<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;
}

/// Consumes the value of a member that nobody wants.
pub(super) fn ignore<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// An object; anything else (null, a string, a list) is an object without members.
#[derive(Clone, Debug, Default)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Members<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Members<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut object = T::default();
                // `Text` borrows the name; `Cow` would copy it, for every member of every user.
                while let Some(name) = map.next_key::<Text<'de>>()? {
                    object.member(name.as_deref().unwrap_or_default(), &mut map)?;
                }
                Ok(Object(object))
            }
            anything_else_is_missing!(scalars bool text seq);
        }
        from.deserialize_any(ObjectVisitor(std::marker::PhantomData))
    }
}

/// A list of lenient things, folded while it is read; anything else is nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Any<T>(pub(super) Option<T>);

/// Folds the elements of a list; see [`Any`].
pub(super) trait Fold<'de>: Default {
    /// One element.
    type Element: Deserialize<'de>;
    /// Takes one element.
    fn take(&mut self, element: Self::Element);
}

impl<'de, T: Fold<'de>> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Fold<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = Any<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut folded = T::default();
                while let Some(element) = seq.next_element()? {
                    folded.take(element);
                }
                Ok(Any(Some(folded)))
            }
            anything_else_is_missing!(scalars bool text map);
        }
        from.deserialize_any(ListVisitor(std::marker::PhantomData))
    }
}
