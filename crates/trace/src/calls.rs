//! The calls of a contact as they stand on the wire, in both spellings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::message::whole;

/// How a call is shaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `iCallState`, the rest in `optionalParams`: before August 2024.
    V1,
    /// `eCallState`.
    V2,
}

/// A call of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) key: String,
    /// `eCallState`; nothing where there is neither spelling.
    pub(crate) state: Option<i64>,
    pub(crate) journal: Option<i64>,
    pub(crate) action: Option<i64>,
    pub(crate) shape: Option<Shape>,
}

/// What is known of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) state: i64,
    pub(crate) journal: i64,
}

impl Known {
    /// Connected, in a conference or on hold.
    pub(crate) const fn lasts(self) -> bool {
        matches!(self.state, 32 | 64 | 128)
    }

    /// It rings here, or there.
    pub(crate) const fn rings(self) -> bool {
        matches!(self.state, 2 | 4 | 8 | 512)
    }

    /// Destroyed or disconnected.
    pub(crate) const fn is_over(self) -> bool {
        matches!(self.state, 1 | 256)
    }
}

/// By connection.
pub(crate) type Calls = BTreeMap<String, Known>;

impl Call {
    pub(crate) fn read(call: &Value) -> Self {
        let (new, old) = (whole(call.get("eCallState")), whole(call.get("iCallState")));
        let text = |name: &str| call.get(name).and_then(Value::as_str);
        let key = text("u8sConnectionID").or_else(|| text("u8sTrackerID"));
        let key = key.or_else(|| optional(call, "TrackerID").and_then(Value::as_str));
        let journal = whole(call.get("eJournalCallType"));
        Self {
            key: key.unwrap_or_default().to_owned(),
            state: new.or(old),
            journal: journal.or_else(|| whole(optional(call, "eJournalCallType"))),
            action: whole(call.get("iAction")),
            shape: match (new, old) {
                (Some(_), _) => Some(Shape::V2),
                (None, Some(_)) => Some(Shape::V1),
                (None, None) => None,
            },
        }
    }
}

/// A value of `optionalParams`, as a map or as pairs, bare or under the name of its type.
pub(crate) fn optional<'a>(of: &'a Value, key: &str) -> Option<&'a Value> {
    let parameters = of.get("optionalParams")?;
    let value = match parameters {
        Value::Array(pairs) => {
            let named = |pair: &&Value| pair.get("key").and_then(Value::as_str) == Some(key);
            pairs.iter().find(named)?.get("value")?
        }
        map => map.get(key)?,
    };
    let typed = ["integerdata", "stringdata", "binarydata"];
    Some(
        typed
            .iter()
            .find_map(|name| value.get(name))
            .unwrap_or(value),
    )
}

/// Whether a list of calls holds what changed, or everything, where that can be told from it.
pub(crate) fn holds_changes(before: &Calls, list: &[Call], flag: bool) -> Option<bool> {
    let names = |key: &String| list.iter().any(|call| call.key == *key);
    let missing = before.iter().any(|(key, call)| call.lasts() && !names(key));
    if list.iter().any(|call| call.state == Some(1)) {
        // A list of the calls that there are has none that is destroyed.
        return Some(true);
    }
    match (missing, flag) {
        (true, false) => Some(false),
        (true, true) if !list.is_empty() => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::v2(json!({"u8sConnectionID": "c", "eCallState": 32, "eJournalCallType": 7}), Shape::V2)]
    #[case::v1_map(json!({"u8sConnectionID": "c", "iCallState": 32,
        "optionalParams": {"eJournalCallType": 7, "_type": "x"}}), Shape::V1)]
    #[case::v1_pairs(json!({"u8sConnectionID": "c", "iCallState": "32", "optionalParams":
        [{"key": "eJournalCallType", "value": {"integerdata": 7}}]}), Shape::V1)]
    #[case::v1_bare_pairs(json!({"iCallState": 32, "optionalParams":
        [{"key": "TrackerID", "value": "c"}, {"key": "eJournalCallType", "value": "7"}]}), Shape::V1)]
    fn a_call_is_read_in_every_spelling(#[case] call: Value, #[case] shape: Shape) {
        let read = Call::read(&call);
        let expected = ("c", Some(32), Some(7), Some(shape));
        assert_eq!(
            (read.key.as_str(), read.state, read.journal, read.shape),
            expected
        );
    }

    #[rstest]
    #[case::destroyed(&[("a", 1)], true, Some(true))]
    #[case::another_changes(&[("b", 2)], true, Some(true))]
    #[case::gone_with_the_flag(&[], false, Some(false))]
    #[case::the_same(&[("a", 128)], true, None)]
    fn a_list_tells_what_it_holds(
        #[case] list: &[(&str, i64)],
        #[case] flag: bool,
        #[case] expected: Option<bool>,
    ) {
        let before = Calls::from([(
            "a".to_owned(),
            Known {
                state: 32,
                journal: 0,
            },
        )]);
        let list: Vec<_> = list
            .iter()
            .map(|(key, state)| Call {
                key: (*key).to_owned(),
                state: Some(*state),
                ..Call::default()
            })
            .collect();
        assert_eq!(holds_changes(&before, &list, flag), expected);
    }
}
