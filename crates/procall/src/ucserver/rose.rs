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
        /// Which.
        id: u32,
        /// What.
        answer: Answer<'a>,
    },
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) enum Answer<'a> {
    /// It worked.
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
    name: String,
    #[serde(borrow)]
    argument: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ResultPart<'a> {
    #[serde(rename = "invokeID", alias = "invokedID")]
    id: u32,
    #[serde(borrow)]
    result: Option<ResultBody<'a>>,
}

#[derive(Deserialize)]
struct ResultBody<'a> {
    #[serde(borrow)]
    result: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct ErrorPart {
    #[serde(rename = "invokedID", alias = "invokeID")]
    id: u32,
    #[serde(default)]
    error_value: Value,
    #[serde(default)]
    error: Value,
}

#[derive(Deserialize)]
struct RejectPart {
    #[serde(rename = "invokedID", alias = "invokeID")]
    id: RejectedId,
    #[serde(default)]
    reject: Value,
    #[serde(default)]
    details: Value,
}

/// `"invokedID":{"invokedID":3}`; a bare number is taken too.
#[derive(Deserialize)]
#[serde(untagged)]
enum RejectedId {
    Bare(u32),
    Wrapped {
        #[serde(rename = "invokedID", alias = "invokeID")]
        id: u32,
    },
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
                name: invoke.name,
                argument: invoke.argument.unwrap_or(RawValue::NULL),
            });
        }
        let (id, answer) = if let Some(result) = self.result {
            let body = result.result.and_then(|body| body.result);
            (result.id, Answer::Result(body.unwrap_or(RawValue::NULL)))
        } else if let Some(error) = self.error {
            (error.id, error.answer())
        } else {
            let reject = self.reject?;
            (reject.id(), reject.answer())
        };
        Some(Message::Answer { id, answer })
    }
}

impl ErrorPart {
    fn answer<'a>(self) -> Answer<'a> {
        let detail = self.error.get("iErrorDetail").and_then(Value::as_i64);
        let text = self.error.get("u8sErrorString").and_then(Value::as_str);
        Answer::Error {
            detail: detail.or_else(|| self.error_value.as_i64()).unwrap_or(0),
            text: text.unwrap_or_default().to_owned(),
        }
    }
}

impl RejectPart {
    const fn id(&self) -> u32 {
        match self.id {
            RejectedId::Bare(id) | RejectedId::Wrapped { id } => id,
        }
    }

    fn answer<'a>(self) -> Answer<'a> {
        let problem = self.reject.get("invokeProblem").and_then(Value::as_i64);
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
