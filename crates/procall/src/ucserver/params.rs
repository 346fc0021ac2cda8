//! `AsnOptionalParameters`: what the older interface keeps beside a structure's own members.
//!
//! UCWeb writes them as a map, `{"TrackerID":"x","_type":…}`; the plain encoder as pairs,
//! `[{"key":"TrackerID","value":{"stringdata":"x"}}]`. A value is bare, or a choice under
//! `integerdata`, `stringdata` or `binarydata`. Each is read in either place.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// The choices of a value (`AsnOptionalParam`) that hold something which we can read.
const CHOICES: [&str; 2] = ["integerdata", "stringdata"];

/// Optional parameters by name; empty where there are none, or none that can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Params(Vec<(String, Value)>);

impl Params {
    /// From JSON of either form.
    pub(crate) fn from_tree(tree: &Value) -> Self {
        let params = match tree {
            Value::Object(map) => map
                .iter()
                .map(|(key, value)| (key.clone(), bare(value)))
                .collect(),
            Value::Array(pairs) => pairs.iter().filter_map(pair).collect(),
            _ => Vec::new(),
        };
        Self(params)
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let named = self
            .0
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value)
    }

    /// A whole number, also one that is written as a text.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        json::number(self.value(name)).whole()
    }

    /// A text that says something.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let text = self.value(name)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    /// The names, for the log.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| key.as_str())
    }
}

impl<'de> Deserialize<'de> for Params {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        Ok(Self::from_tree(&json::tree(raw.get().as_bytes())))
    }
}

/// A pair; one without `value` may hold the choice itself.
fn pair(pair: &Value) -> Option<(String, Value)> {
    let key = pair.get("key")?.as_str()?;
    Some((key.to_owned(), bare(pair.get("value").unwrap_or(pair))))
}

fn bare(value: &Value) -> Value {
    let choice = CHOICES.iter().find_map(|choice| value.get(choice));
    choice.unwrap_or(value).clone()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::map(r#"{"eJournalCallType":7,"TrackerID":"t1"}"#)]
    #[case::map_with_a_type(
        r#"{"_type":"AsnOptionalParameters","eJournalCallType":7,"TrackerID":"t1"}"#
    )]
    #[case::map_of_choices(
        r#"{"eJournalCallType":{"integerdata":7},"TrackerID":{"stringdata":"t1"}}"#
    )]
    #[case::pairs(
        r#"[{"key":"eJournalCallType","value":{"integerdata":7}},{"key":"TrackerID","value":{"stringdata":"t1"}}]"#
    )]
    #[case::pairs_with_types(
        r#"[{"_type":"AsnOptionalParam","key":"eJournalCallType","value":{"_type":"x","integerdata":7}},
            {"_type":"AsnOptionalParam","key":"TrackerID","value":{"stringdata":"t1"}}]"#
    )]
    #[case::bare_pairs(
        r#"[{"key":"eJournalCallType","value":7},{"key":"TrackerID","value":"t1"}]"#
    )]
    #[case::pairs_without_value(
        r#"[{"key":"eJournalCallType","integerdata":7},{"key":"TrackerID","stringdata":"t1"}]"#
    )]
    #[case::number_as_text(r#"{"eJournalCallType":"7","TrackerID":"t1"}"#)]
    #[case::among_odd_ones(
        r#"[7,null,{"key":3},{"key":"jpegPhoto","value":{"binarydata":"AAA="}},
            {"key":"EJOURNALCALLTYPE","value":7.0},{"key":"TrackerID","value":"t1"}]"#
    )]
    fn both_forms_say_the_same(#[case] json: &str) {
        let read: Params = serde_json::from_str(json).unwrap();
        assert_eq!(read.integer("eJournalCallType"), Some(7));
        assert_eq!(read.text("TrackerID"), Some("t1"));
        assert_eq!(read.integer("HomeServer"), None);
    }

    #[rstest]
    #[case("null")]
    #[case("7")]
    #[case("\"x\"")]
    #[case("[]")]
    #[case("{}")]
    #[case(r#"{"eJournalCallType":{"binarydata":"Nw=="},"TrackerID":""}"#)]
    #[case(r#"{"eJournalCallType":[7],"TrackerID":{"stringdata":7}}"#)]
    fn what_is_none_says_nothing(#[case] json: &str) {
        let read: Params = serde_json::from_str(json).unwrap();
        assert_eq!(read.integer("eJournalCallType"), None);
        assert_eq!(read.text("TrackerID"), None);
    }
}
