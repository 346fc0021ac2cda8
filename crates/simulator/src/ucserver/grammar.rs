//! What estos' own decoder demands of a message: every mandatory member, each of its kind.
//!
//! A decoder made from the interface description throws where one is missing. Members that it
//! does not know, and `_type`, it passes over.

use serde_json::{Map, Value};

use super::times::TimeForm;

/// What a value must be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// `UTF8String`
    Text,
    /// `INTEGER` or `ENUMERATED`
    Whole,
    /// `BOOLEAN`
    Flag,
    /// `NULL`
    Null,
    /// `AsnSystemTime`
    Time,
    /// `AsnOptionalParameters`
    Params,
    /// `SEQUENCE OF`
    List(&'static Shape),
    /// `SEQUENCE`
    Record(&'static [Member]),
    /// `CHOICE`: exactly one of these.
    Choice(&'static [Member]),
}

/// A member of a record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) optional: bool,
}

/// A mandatory member.
pub(super) const fn must(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        optional: false,
    }
}

/// An optional member.
pub(super) const fn may(name: &'static str, shape: Shape) -> Member {
    Member {
        name,
        shape,
        optional: true,
    }
}

/// Reads a record as the decoder would.
///
/// # Errors
/// The first thing that it would throw for, with the path of the member; values are not quoted.
pub(super) fn check(members: &[Member], value: &Value, times: TimeForm) -> Result<(), String> {
    record(members, value, times, "argument")
}

fn record(members: &[Member], value: &Value, times: TimeForm, path: &str) -> Result<(), String> {
    let Value::Object(found) = value else {
        return Err(format!("{path} is no object"));
    };
    for member in members {
        let inner = format!("{path}.{}", member.name);
        match found.get(member.name) {
            Some(value) => shape(member.shape, value, times, &inner)?,
            None if member.optional => {}
            None => return Err(format!("{inner} is missing")),
        }
    }
    Ok(())
}

fn shape(shape_: Shape, value: &Value, times: TimeForm, path: &str) -> Result<(), String> {
    let plain = |fits: bool, what: &str| {
        let wrong = || format!("{path} is no {what}");
        fits.then_some(()).ok_or_else(wrong)
    };
    match shape_ {
        Shape::Text => plain(value.is_string(), "text"),
        Shape::Whole => plain(value.is_i64() || value.is_u64(), "whole number"),
        Shape::Flag => plain(value.is_boolean(), "boolean"),
        Shape::Null => plain(value.is_null(), "null"),
        Shape::Time => times
            .read(value)
            .map(drop)
            .map_err(|why| format!("{path} {why}")),
        Shape::Params => plain(are_params(value), "list of optional parameters"),
        Shape::Record(members) => record(members, value, times, path),
        Shape::Choice(members) => choice(members, value, times, path),
        Shape::List(of) => {
            let list = value
                .as_array()
                .ok_or_else(|| format!("{path} is no list"))?;
            list.iter().try_for_each(|one| shape(*of, one, times, path))
        }
    }
}

fn choice(members: &[Member], value: &Value, times: TimeForm, path: &str) -> Result<(), String> {
    let wrong = || format!("{path} is no choice of one");
    let found = value.as_object().ok_or_else(wrong)?;
    let known = |member: &&Member| found.contains_key(member.name);
    let mut chosen = members.iter().filter(known);
    let (Some(one), None) = (chosen.next(), chosen.next()) else {
        return Err(wrong());
    };
    let inner = found.get(one.name).unwrap_or(&Value::Null);
    shape(one.shape, inner, times, &format!("{path}.{}", one.name))
}

/// A map of values, or a list of pairs.
fn are_params(value: &Value) -> bool {
    let is_value = |value: &Value| match value {
        Value::Object(choice) => is_chosen(choice),
        other => other.is_string() || other.is_i64() || other.is_u64(),
    };
    match value {
        Value::Object(map) => map.values().all(is_value),
        Value::Array(list) => list.iter().all(|pair| {
            let has_key = pair.get("key").is_some_and(Value::is_string);
            has_key && pair.get("value").is_some_and(is_value)
        }),
        _ => false,
    }
}

fn is_chosen(choice: &Map<String, Value>) -> bool {
    let names = ["stringdata", "integerdata", "binarydata"];
    names
        .iter()
        .filter(|name| choice.contains_key(**name))
        .count()
        == 1
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    const RECORD: &[Member] = &[
        must("id", Shape::Text),
        must(
            "list",
            Shape::List(&Shape::Record(&[must("n", Shape::Whole)])),
        ),
        may("flag", Shape::Flag),
        may("till", Shape::Time),
        may(
            "one",
            Shape::Choice(&[must("all", Shape::Null), must("name", Shape::Text)]),
        ),
        may("optionalParams", Shape::Params),
    ];

    #[rstest]
    #[case(json!({"id": "", "list": []}))]
    #[case(json!({"_type": "X", "id": "a", "list": [{"n": 1, "more": 2}], "future": {}}))]
    #[case(json!({"id": "", "list": [], "one": {"all": null}, "till": ""}))]
    #[case(json!({"id": "", "list": [], "optionalParams": {"a": 1, "b": "x"}}))]
    #[case(json!({"id": "", "list": [],
        "optionalParams": [{"key": "a", "value": {"integerdata": 1}}, {"key": "b", "value": "x"}]}))]
    fn what_has_every_mandatory_member_is_read(#[case] value: Value) {
        assert_eq!(check(RECORD, &value, TimeForm::Text), Ok(()));
    }

    #[rstest]
    #[case(json!(null), "argument is no object")]
    #[case(json!({"list": []}), "argument.id is missing")]
    #[case(json!({"id": 7, "list": []}), "argument.id is no text")]
    #[case(json!({"id": "", "list": {}}), "argument.list is no list")]
    #[case(json!({"id": "", "list": [{}]}), "argument.list.n is missing")]
    #[case(json!({"id": "", "list": [{"n": "1"}]}), "argument.list.n is no whole number")]
    #[case(json!({"id": "", "list": [], "flag": 1}), "argument.flag is no boolean")]
    #[case(json!({"id": "", "list": [], "flag": null}), "argument.flag is no boolean")]
    #[case(json!({"id": "", "list": [], "one": {}}), "argument.one is no choice of one")]
    #[case(json!({"id": "", "list": [], "one": {"all": null, "name": ""}}),
        "argument.one is no choice of one")]
    #[case(json!({"id": "", "list": [], "one": {"all": 1}}), "argument.one.all is no null")]
    #[case(json!({"id": "", "list": [], "till": 1.5}),
        "argument.till is no text, as this server writes its times")]
    #[case(json!({"id": "", "list": [], "optionalParams": [1]}),
        "argument.optionalParams is no list of optional parameters")]
    fn what_the_decoder_would_throw_for_is_named(#[case] value: Value, #[case] why: &str) {
        assert_eq!(check(RECORD, &value, TimeForm::Text), Err(why.to_owned()));
    }
}
