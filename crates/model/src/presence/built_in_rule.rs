//! A rule of the built-in mapping in one byte, for what is kept of 20,000 users.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::mapping::{Mapping, Rule};
use crate::read_text;

/// A rule of [`Mapping::built_in`]. In texts it is its name; one that this version does not know is read as the rule
/// for what nobody knows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BuiltInRule {
    /// Among [`Mapping::teams_rows`].
    place: u8,
}

impl BuiltInRule {
    /// The rule itself.
    #[must_use]
    pub fn rule(self) -> &'static Rule {
        let mapping = Mapping::built_in();
        let unknown = || mapping.rule_for(None);
        mapping
            .teams_rows()
            .get(usize::from(self.place))
            .unwrap_or_else(unknown)
    }

    /// Its place among [`Mapping::teams_rows`].
    pub(crate) const fn place(self) -> u8 {
        self.place
    }

    /// The rule at this place; that for an unknown presence where there is none.
    pub(crate) const fn at(place: u8) -> Self {
        Self { place }
    }
}

/// One that is not of the built-in mapping is the rule for an unknown presence.
impl From<&'static Rule> for BuiltInRule {
    fn from(rule: &'static Rule) -> Self {
        let mut rows = Mapping::built_in().teams_rows().iter();
        let place = rows.position(|row| std::ptr::eq(row, rule));
        let place = place.and_then(|place| u8::try_from(place).ok());
        Self::at(place.unwrap_or(u8::MAX))
    }
}

impl Deref for BuiltInRule {
    type Target = Rule;

    fn deref(&self) -> &Rule {
        self.rule()
    }
}

impl fmt::Debug for BuiltInRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Serialize for BuiltInRule {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for BuiltInRule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mapping = Mapping::built_in();
        let unknown = || mapping.rule_for(None);
        read_text::made(from, |name| {
            mapping.rule_named(name).unwrap_or_else(unknown).into()
        })
    }
}
