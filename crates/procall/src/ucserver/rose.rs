//! The envelope: ROSE in JSON (invoke, result, error, reject), as UCWeb speaks it.
//!
//! In: a text frame. Out: messages, and the number of things in it that are none. The server
//! wraps each message in an array of one; an object and longer arrays are taken as well.
//! Mind the spelling: `invokeID` in invoke and result, `invokedID` in error and reject.

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// The invoke id of every event, in both directions: not answered.
pub(crate) const EVENT_ID: u32 = 99_999;

/// `invokeProblem` of a reject: the server does not know the operation.
pub(crate) const UNRECOGNISED: i64 = 1;
/// `invokeProblem` of a reject: the server cannot read the argument.
pub(crate) const MISTYPED: i64 = 2;
/// `invokeProblem` of a reject: the session is over.
pub(crate) const INVALID_SESSION: i64 = 8;
/// `invokeProblem` of a reject: not, or not completely, logged in.
pub(crate) const NOT_AUTHENTICATED: [i64; 2] = [9, 10];

/// One message of the server.
#[derive(Clone, Debug)]
pub(crate) enum Message<'a> {
    /// The server tells something.
    Event {
        /// The operation's name.
        name: String,
        /// What it tells.
        argument: &'a RawValue,
    },
    /// The answer to one of our requests.
    Answer {
        /// The invoke id of the request that it answers.
        id: u32,
        /// What the server answered.
        answer: Answer<'a>,
    },
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) enum Answer<'a> {
    /// The operation worked; this is what it returned.
    Result(&'a RawValue),
    /// The operation failed.
    Error {
        /// `iErrorDetail`; 0 where there is none.
        detail: i64,
        /// `u8sErrorString`.
        text: String,
    },
    /// The request was not even tried.
    Reject {
        /// `invokeProblem`; -1 where there is none.
        problem: i64,
        /// `details`.
        text: String,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    invoke: Option<Invoke<'a>>,
    #[serde(borrow)]
    result: Option<ResultPart<'a>>,
    error: Option<ErrorPart>,
    reject: Option<RejectPart>,
}

#[derive(Deserialize)]
struct Invoke<'a> {
    #[serde(rename = "operationName", default)]
    name: Value,
    #[serde(borrow)]
    argument: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ResultPart<'a> {
    #[serde(rename = "invokeID", alias = "invokedID")]
    id: Value,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ResultBody<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ErrorPart {
    #[serde(rename = "invokedID", alias = "invokeID")]
    id: Value,
    #[serde(default)]
    error_value: Value,
    #[serde(default)]
    error: Value,
}

#[derive(Deserialize)]
struct RejectPart {
    #[serde(rename = "invokedID", alias = "invokeID")]
    id: Value,
    #[serde(default)]
    reject: Value,
    #[serde(default)]
    details: Value,
}

/// `"invokedID":{"invokedID":3}`, as a reject has it, or the bare number; also as a string.
fn id_of(value: &Value) -> Option<u32> {
    let inner = value.get("invokedID").or_else(|| value.get("invokeID"));
    let id = json::number(Some(inner.unwrap_or(value))).whole()?;
    u32::try_from(id).ok()
}

/// The frame as it should have come, where parts of it are none as it came: see [`decode`].
pub(crate) fn mended(frame: &[u8]) -> Option<String> {
    json::clean(frame)
}

/// The messages of one text frame, and how many parts of it were none.
pub(crate) fn decode(frame: &str) -> (Vec<Message<'_>>, usize) {
    let Some(parts) = split(frame) else {
        return (Vec::new(), 1);
    };
    let total = parts.len();
    let messages: Vec<_> = parts
        .into_iter()
        .filter_map(|part| serde_json::from_str::<Envelope<'_>>(part.get()).ok())
        .filter_map(Envelope::message)
        .collect();
    let bad = total - messages.len();
    (messages, bad)
}

fn split(frame: &str) -> Option<Vec<&RawValue>> {
    if frame.trim_start().starts_with('[') {
        return serde_json::from_str(frame).ok();
    }
    serde_json::from_str(frame).ok().map(|one| vec![one])
}

impl<'a> Envelope<'a> {
    fn message(self) -> Option<Message<'a>> {
        if let Some(invoke) = self.invoke {
            return Some(Message::Event {
                name: invoke.name.as_str().unwrap_or_default().to_owned(),
                argument: invoke.argument.unwrap_or(RawValue::NULL),
            });
        }
        let (id, answer) = if let Some(result) = self.result {
            let body = result.result.map_or("", RawValue::get);
            let body = serde_json::from_str::<ResultBody<'a>>(body).ok();
            let body = body.and_then(|body| body.result);
            let id = id_of(&result.id)?;
            (id, Answer::Result(body.unwrap_or(RawValue::NULL)))
        } else if let Some(error) = self.error {
            (id_of(&error.id)?, error.answer())
        } else {
            let reject = self.reject?;
            (id_of(&reject.id)?, reject.answer())
        };
        Some(Message::Answer { id, answer })
    }
}

impl ErrorPart {
    fn answer<'a>(self) -> Answer<'a> {
        let detail = json::number(self.error.get("iErrorDetail")).whole();
        let text = self.error.get("u8sErrorString").and_then(Value::as_str);
        Answer::Error {
            detail: detail
                .or_else(|| json::number(Some(&self.error_value)).whole())
                .unwrap_or(0),
            text: text.unwrap_or_default().to_owned(),
        }
    }
}

impl RejectPart {
    fn answer<'a>(self) -> Answer<'a> {
        let problem = json::number(self.reject.get("invokeProblem")).whole();
        Answer::Reject {
            problem: problem.unwrap_or(-1),
            text: self.details.as_str().unwrap_or_default().to_owned(),
        }
    }
}

/// A request, or with [`EVENT_ID`] an event.
pub(crate) fn encode(id: u32, operation: (u32, &str), argument: &Value) -> String {
    json!({"invoke": {
        "invokeID": id,
        "operationID": operation.0,
        "operationName": operation.1,
        "argument": argument,
    }})
    .to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn only(frame: &str) -> Message<'_> {
        let (mut messages, bad) = decode(frame);
        assert_eq!((messages.len(), bad), (1, 0), "{frame}");
        messages.remove(0)
    }

    #[rstest]
    #[case::as_ucweb_sends_it(
        r#"[{"result":{"invokeID":3,"result":{"resultValue":0,"result":{"bSuccess":true}}}}]"#
    )]
    #[case::bare(r#"{"result":{"invokeID":3,"result":{"result":{"bSuccess":true}}}}"#)]
    fn a_result_is_found(#[case] frame: &str) {
        let Message::Answer { id, answer } = only(frame) else {
            panic!("no answer");
        };
        assert_eq!(id, 3);
        assert!(matches!(answer, Answer::Result(body) if body.get().contains("bSuccess")));
    }

    #[rstest]
    #[case::error(
        r#"[{"error":{"invokedID":7,"error_value":1,"error":{"iErrorDetail":2,"u8sErrorString":"no"}}}]"#
    )]
    fn an_error_has_its_detail(#[case] frame: &str) {
        let Message::Answer { id: 7, answer } = only(frame) else {
            panic!("no answer");
        };
        assert!(matches!(answer, Answer::Error { detail: 2, text } if text == "no"));
    }

    #[rstest]
    #[case::wrapped(
        r#"{"reject":{"invokedID":{"invokedID":9},"reject":{"invokeProblem":1},"details":"what"}}"#
    )]
    #[case::bare(r#"{"reject":{"invokedID":9,"reject":{"invokeProblem":1}}}"#)]
    fn a_reject_has_its_problem(#[case] frame: &str) {
        let Message::Answer { id: 9, answer } = only(frame) else {
            panic!("no answer");
        };
        assert!(matches!(
            answer,
            Answer::Reject {
                problem: UNRECOGNISED,
                ..
            }
        ));
    }

    #[rstest]
    #[case::no_json("garbage", 0, 1)]
    #[case::empty("", 0, 1)]
    #[case::nothing("[]", 0, 0)]
    #[case::no_envelope(r#"[{"hello":1}]"#, 0, 1)]
    #[case::one_good_among_bad(
        r#"[1,{"invoke":{"invokeID":99999,"operationName":"x","argument":{}}},{"result":{}}]"#,
        1,
        2
    )]
    #[case::cut_off(r#"[{"invoke":{"invokeID":999"#, 0, 1)]
    fn what_is_no_message_is_counted(#[case] frame: &str, #[case] good: usize, #[case] bad: usize) {
        let (messages, counted) = decode(frame);
        assert_eq!((messages.len(), counted), (good, bad));
    }

    #[rstest]
    #[case::text(r#"{"result":{"invokeID":"3","result":{"result":{"a":1}}}}"#)]
    #[case::fraction(r#"{"result":{"invokeID":3.0,"result":{"result":{"a":1}}}}"#)]
    #[case::null_beside(
        r#"{"invoke":null,"error":null,"result":{"invokeID":3,"result":{"result":{"a":1}}}}"#
    )]
    #[case::odd_beside(r#"{"x":[[[[]]]],"result":{"invokeID":3,"y":"\ud83d","result":{"result":{"a":1},"z":1e999}}}"#)]
    fn an_odd_envelope_is_read(#[case] frame: &str) {
        let Message::Answer { id, answer } = only(frame) else {
            panic!("no answer");
        };
        assert_eq!(id, 3);
        assert!(matches!(answer, Answer::Result(body) if body.get() == r#"{"a":1}"#));
    }

    #[rstest]
    #[case::no_body(r#"{"result":{"invokeID":3,"result":true}}"#)]
    #[case::null_body(r#"{"result":{"invokeID":3,"result":null}}"#)]
    fn a_result_without_a_body_is_an_answer(#[case] frame: &str) {
        assert!(
            matches!(only(frame), Message::Answer { id: 3, answer: Answer::Result(body) } if body.get() == "null")
        );
    }

    /// One message that is none is mended, or costs itself.
    #[rstest]
    #[case::raw_byte(b"{\"result\":{\"invokeID\":3,\"result\":{\"result\":\"J\xfcrgen\"}}}")]
    #[case::line_break(b"{\"result\":{\"invokeID\":3,\"result\":{\"result\":\"a\nb\"}}}")]
    #[case::twice(br#"{"result":{"invokeID":2},"result":{"invokeID":3,"result":{"result":7}}}"#)]
    #[case::not_a_number(br#"{"result":{"invokeID":3,"result":{"resultValue":NaN,"result":7}}}"#)]
    #[case::comma(br#"{"result":{"invokeID":3,"result":{"result":7,},},}"#)]
    fn a_damaged_frame_is_mended(#[case] frame: &[u8]) {
        let whole = [
            &br#"[{"result":{"invokeID":1}},"#[..],
            frame,
            br#",{"result":{"invokeID":5}}]"#,
        ]
        .concat();
        let mended = mended(&whole).unwrap();
        let (messages, bad) = decode(&mended);
        let ids: Vec<_> = messages
            .iter()
            .map(|message| match message {
                Message::Answer { id, .. } => *id,
                Message::Event { .. } => 0,
            })
            .collect();
        assert_eq!((ids, bad), (vec![1, 3, 5], 0));
    }

    #[test]
    fn a_reject_that_nests_without_end_is_an_answer() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let frame = format!(
            r#"{{"reject":{{"invokedID":9,"reject":{{"invokeProblem":"1"}},"details":{deep}}}}}"#
        );
        let mended = mended(frame.as_bytes()).unwrap();
        assert!(matches!(
            only(&mended),
            Message::Answer {
                id: 9,
                answer: Answer::Reject {
                    problem: UNRECOGNISED,
                    ..
                }
            }
        ));
    }

    #[test]
    fn a_request_names_its_operation() {
        insta::assert_snapshot!(
            encode(3, (1130, "asnResetUserAbsentState"), &json!({"u8sContactId": "sip:a@b"})),
            @r#"{"invoke":{"argument":{"u8sContactId":"sip:a@b"},"invokeID":3,"operationID":1130,"operationName":"asnResetUserAbsentState"}}"#
        );
    }

    proptest! {
        #[test]
        fn no_frame_is_fatal(frame in any::<String>()) {
            let (messages, bad) = decode(&frame);
            prop_assert!(messages.len() + bad <= frame.len() + 1);
        }
    }
}
