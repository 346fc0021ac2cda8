//! A rule of the built-in mapping as its name, for serde; a name that this version does not know is
//! read as the rule for what nobody knows.

use serde::{Deserializer, Serializer};

use super::mapping::{Mapping, Rule};
use crate::read_text;

pub(crate) fn serialize<S: Serializer>(rule: &Rule, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&rule.name)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<&'static Rule, D::Error> {
    let mapping = Mapping::built_in();
    let unknown = || mapping.rule_for(None);
    read_text::made(from, |name| {
        mapping.rule_named(name).unwrap_or_else(unknown)
    })
}
