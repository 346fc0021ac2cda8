//! The ways in which servers write `AsnOptionalParameters`.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// How optional parameters are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamsForm {
    /// `{"TrackerID":"t-1","eJournalCallType":7}`
    #[default]
    Map,
    /// A map with its `_type`.
    TypedMap,
    /// `[{"key":"eJournalCallType","value":{"integerdata":7}}]`
    Pairs,
    /// Pairs, each with its `_type`.
    TypedPairs,
    /// `[{"key":"eJournalCallType","value":7}]`
    BarePairs,
}

/// The member that holds them.
pub(super) const NAME: &str = "optionalParams";

impl ParamsForm {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Map,
        Self::TypedMap,
        Self::Pairs,
        Self::TypedPairs,
        Self::BarePairs,
    ];

    /// Writes every `optionalParams` of a message, each given as a plain map, in this form.
    pub(super) fn write(self, message: &mut Value) {
        match message {
            Value::Array(list) => list.iter_mut().for_each(|one| self.write(one)),
            Value::Object(members) => {
                for (name, value) in members {
                    match value {
                        Value::Object(params) if name == NAME => *value = self.written(params),
                        _ => self.write(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn written(self, params: &mut Map<String, Value>) -> Value {
        let params = std::mem::take(params);
        let pair = |(key, value): (String, Value)| match self {
            Self::TypedPairs => json!({"_type": "AsnOptionalParam", "key": key,
                "value": chosen(value)}),
            Self::Pairs => json!({"key": key, "value": chosen(value)}),
            _ => json!({"key": key, "value": value}),
        };
        match self {
            Self::Map => Value::Object(params),
            Self::TypedMap => {
                let mut typed = params;
                typed.insert("_type".to_owned(), json!("AsnOptionalParameters"));
                Value::Object(typed)
            }
            Self::Pairs | Self::TypedPairs | Self::BarePairs => {
                params.into_iter().map(pair).collect()
            }
        }
    }
}

/// The value as the choice that the interface has for it.
fn chosen(value: Value) -> Value {
    match value {
        Value::Number(_) => json!({ "integerdata": value }),
        other => json!({ "stringdata": other }),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(ParamsForm::Map, json!({"a": 7, "b": "x"}))]
    #[case(ParamsForm::TypedMap, json!({"a": 7, "b": "x", "_type": "AsnOptionalParameters"}))]
    #[case(ParamsForm::Pairs, json!([{"key": "a", "value": {"integerdata": 7}},
        {"key": "b", "value": {"stringdata": "x"}}]))]
    #[case(ParamsForm::TypedPairs, json!([
        {"_type": "AsnOptionalParam", "key": "a", "value": {"integerdata": 7}},
        {"_type": "AsnOptionalParam", "key": "b", "value": {"stringdata": "x"}}]))]
    #[case(ParamsForm::BarePairs, json!([{"key": "a", "value": 7}, {"key": "b", "value": "x"}]))]
    fn each_form_is_written_at_any_depth(#[case] form: ParamsForm, #[case] written: Value) {
        let mut message = json!({"list": [{"optionalParams": {"a": 7, "b": "x"}}]});
        form.write(&mut message);
        assert_eq!(message, json!({"list": [{"optionalParams": written}]}));
    }
}
