//! What a frame says: invokes, results, errors, rejects. Read as leniently as the connector reads
//! them, and by code of its own.

use serde_json::Value;

/// Who has sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// UCServer.
    In,
    /// lampfield.
    Out,
}

/// One message of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<'a> {
    /// The invoke id; 0 where there is none.
    pub id: u64,
    /// What it says.
    pub said: Said<'a>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said<'a> {
    /// A request, or an event.
    Invoke {
        /// The operation's name.
        name: &'a str,
        /// What goes with it.
        argument: &'a Value,
    },
    /// It worked.
    Result(&'a Value),
    /// It failed: `iErrorDetail`.
    Error(i64),
    /// It was not tried: `invokeProblem`.
    Reject(i64),
}

impl Message<'_> {
    /// The invoke id of everything that is not answered.
    pub const EVENT: u64 = 99_999;
}

/// The messages of a frame.
pub fn messages(frame: &Value) -> impl Iterator<Item = Message<'_>> {
    let items = match frame {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    items.iter().filter_map(message)
}

static NOTHING: Value = Value::Null;

fn message(one: &Value) -> Option<Message<'_>> {
    if let Some(invoke) = one.get("invoke") {
        let said = Said::Invoke {
            name: invoke
                .get("operationName")
                .and_then(Value::as_str)
                .unwrap_or_default(),
            argument: invoke.get("argument").unwrap_or(&NOTHING),
        };
        return Some(Message {
            id: id(invoke),
            said,
        });
    }
    if let Some(result) = one.get("result") {
        let said = Said::Result(result.pointer("/result/result").unwrap_or(&NOTHING));
        return Some(Message {
            id: id(result),
            said,
        });
    }
    if let Some(error) = one.get("error") {
        let detail = whole(error.pointer("/error/iErrorDetail"));
        let detail = detail.or_else(|| whole(error.get("error_value")));
        let said = Said::Error(detail.unwrap_or(0));
        return Some(Message {
            id: id(error),
            said,
        });
    }
    let reject = one.get("reject")?;
    let problem = whole(reject.pointer("/reject/invokeProblem"));
    let said = Said::Reject(problem.unwrap_or(-1));
    Some(Message {
        id: id(reject),
        said,
    })
}

fn id(part: &Value) -> u64 {
    let named = part.get("invokeID").or_else(|| part.get("invokedID"));
    let inner = named.and_then(|id| id.get("invokedID").or_else(|| id.get("invokeID")));
    let id = whole(inner.or(named));
    id.and_then(|id| u64::try_from(id).ok()).unwrap_or(0)
}

/// A whole number, also where it is written as a text.
pub(crate) fn whole(value: Option<&Value>) -> Option<i64> {
    json::number(value).whole()
}
