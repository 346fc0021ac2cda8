//! The calls of a presence, in the newer form (`AsnPresenceCallV2`) and the older one
//! (`AsnPresenceCall`), whatever operation they came with: a server may answer in one form and
//! tell changes in the other.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::lenient::lenient;
use super::params::Params;
use model::source_fault::CallShape;
use model::text::harmless_up_to;

/// So many names of members are told of a call that is not understood.
const NAMED: usize = 20;
/// Longest of these names, in characters.
const NAME_LIMIT: usize = 40;

/// One call, of either form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Members")]
pub(crate) struct Call {
    /// The connection id, by which the call is known again.
    pub(crate) connection: Option<String>,
    /// Names the same call on several lines; a second choice as a key.
    pub(crate) tracker: Option<String>,
    /// Where it stands.
    pub(crate) state: Option<i64>,
    /// What kind of call it is: phone, chat or meeting.
    pub(crate) journal: Option<i64>,
}

impl Call {
    /// By which it is known again.
    pub(crate) fn key(&self) -> Option<&str> {
        self.connection.as_deref().or(self.tracker.as_deref())
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Members {
    #[serde(rename = "u8sConnectionID", deserialize_with = "lenient")]
    connection: Option<String>,
    #[serde(rename = "u8sTrackerID", deserialize_with = "lenient")]
    tracker: Option<String>,
    #[serde(rename = "eCallState", deserialize_with = "json::integer")]
    state: Option<i64>,
    #[serde(rename = "iCallState", deserialize_with = "json::integer")]
    old_state: Option<i64>,
    #[serde(rename = "eJournalCallType", deserialize_with = "json::integer")]
    journal: Option<i64>,
    #[serde(rename = "optionalParams")]
    params: Params,
}

impl From<Members> for Call {
    fn from(members: Members) -> Self {
        let params = &members.params;
        let some = |text: &String| !text.is_empty();
        let tracker = members.tracker.filter(some);
        Self {
            connection: members.connection.filter(some),
            tracker: tracker.or_else(|| params.text("TrackerID").map(str::to_owned)),
            state: members.state.or(members.old_state),
            journal: members
                .journal
                .or_else(|| params.integer("eJournalCallType")),
        }
    }
}

/// A list of calls, and what of it could not be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    /// The calls, in the order of the list.
    pub(crate) list: Vec<Call>,
    /// Of each element that is no call, or tells neither its key nor its state, what it looks
    /// like: names of members, no values.
    pub(crate) odd: Vec<CallShape>,
    /// It is a list, however long.
    pub(crate) is_list: bool,
    /// What stands there, or one of its elements, is no call that could be known again.
    pub(crate) has_keyless: bool,
}

impl std::ops::Deref for Calls {
    type Target = [Call];

    fn deref(&self) -> &[Call] {
        &self.list
    }
}

impl Calls {
    fn from_raw(raw: &RawValue) -> Option<Self> {
        if raw.get() == "null" {
            return None;
        }
        let elements: Option<Vec<Box<RawValue>>> = json::read(raw.get().as_bytes());
        let mut calls = Self {
            is_list: elements.is_some(),
            has_keyless: elements.is_none(),
            ..Self::default()
        };
        if elements.is_none() {
            calls.odd.push(shape(raw));
        }
        for element in elements.unwrap_or_default() {
            calls.take(&element);
        }
        Some(calls)
    }

    fn take(&mut self, element: &RawValue) {
        let is_object = element.get().starts_with('{');
        let call = is_object.then(|| json::read::<Call>(element.get().as_bytes()));
        let call = call.flatten().unwrap_or_default();
        if call.key().is_none() || call.state.is_none() {
            self.odd.push(shape(element));
        }
        match call.key() {
            Some(_) => self.list.push(call),
            None => self.has_keyless = true,
        }
    }
}

/// What stands there, without what it says.
fn shape(raw: &RawValue) -> CallShape {
    let tree = json::tree(raw.get().as_bytes());
    let Value::Object(members) = &tree else {
        return if tree.is_array() {
            CallShape::List
        } else {
            CallShape::NoStructure
        };
    };
    let params = members.get("optionalParams").map(Params::from_tree);
    let params = params.unwrap_or_default();
    let names = members.keys().map(String::as_str).chain(params.names());
    let names = names.filter(|name| *name != "optionalParams");
    let names: Vec<_> = names
        .take(NAMED)
        .map(|name| harmless_up_to(name, NAME_LIMIT))
        .collect();
    CallShape::Members(names.join(", ").into())
}

/// The calls of a presence, for `deserialize_with`: nothing where there is no list of them.
///
/// # Errors
/// None but the reader's own.
pub(super) fn calls<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Calls>, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    Ok(Calls::from_raw(&raw))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn read(json: &str) -> Calls {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        Calls::from_raw(&raw).unwrap()
    }

    /// `AsnPresenceCall` and `AsnPresenceCallV2` with all their mandatory members, and what lies
    /// between them.
    #[rstest]
    #[case::newer(r#"{"iAction":0,"u8sConnectionID":"c1","u8sLinePhoneNumber":"tel:1@pbx","u8sLineNumber":"1",
        "u8sCurrentNumberSC":"+49","u8sTrackerID":"t1","eCallState":32,"iFeatures":0,"bOutbound":true,
        "bInternal":false,"eCallType":0,"eJournalCallType":7}"#)]
    #[case::older(r#"{"iAction":0,"u8sConnectionID":"c1","u8sLinePhoneNumber":"tel:1@pbx","u8sLineNumber":"1",
        "u8sCurrentNumberSC":"+49","iCallState":32,"iFeatures":0,"iOutbound":1,"iInternal":0,"iCallType":0,
        "optionalParams":{"TrackerID":"t1","eJournalCallType":7}}"#)]
    #[case::older_in_pairs(r#"{"iAction":0,"u8sConnectionID":"c1","iCallState":"32","optionalParams":
        [{"key":"TrackerID","value":{"stringdata":"t1"}},{"key":"eJournalCallType","value":{"integerdata":7}}]}"#)]
    #[case::both_spellings(
        r#"{"u8sConnectionID":"c1","u8sTrackerID":"t1","eCallState":32,"iCallState":2,
        "eJournalCallType":7,"optionalParams":{"TrackerID":"t2","eJournalCallType":0}}"#
    )]
    #[case::the_newer_ones_are_empty(
        r#"{"u8sConnectionID":"c1","u8sTrackerID":"","eCallState":null,"iCallState":32,
        "eJournalCallType":"","optionalParams":{"TrackerID":"t1","eJournalCallType":7}}"#
    )]
    fn a_call_is_read_in_either_form(#[case] json: &str) {
        let calls = read(&format!("[{json}]"));
        let expected = Call {
            connection: Some("c1".to_owned()),
            tracker: Some("t1".to_owned()),
            state: Some(32),
            journal: Some(7),
        };
        assert_eq!(
            (calls.list, calls.odd),
            (vec![expected], Vec::<CallShape>::new())
        );
    }

    #[rstest]
    #[case::another_spelling(
        r#"[{"u8sConnectionID":"c1","callState":"connected"}]"#,
        "members callState, u8sConnectionID"
    )]
    #[case::no_key(
        r#"[{"eCallState":32,"optionalParams":{"Number":"+49 30 1"}}]"#,
        "members eCallState, Number"
    )]
    #[case::a_number("[7]", "no structure")]
    #[case::in_a_list("[[32]]", "a list")]
    #[case::no_list(r#"{"c1":{"eCallState":32}}"#, "members c1")]
    fn what_is_not_understood_is_told_by_its_shape(#[case] json: &str, #[case] shape: &str) {
        let odd = match read(json).odd.as_slice() {
            [CallShape::List] => "a list".to_owned(),
            [CallShape::NoStructure] => "no structure".to_owned(),
            [CallShape::Members(names)] => format!("members {names}"),
            odd => format!("{odd:?}"),
        };
        assert_eq!(odd, shape);
    }

    #[test]
    fn an_odd_call_costs_no_other() {
        let calls = read(r#"[null,{"u8sConnectionID":"c1","iCallState":32},{"x":[[]]}]"#);
        assert_eq!((calls.len(), calls.odd.len()), (1, 2));
    }
}
