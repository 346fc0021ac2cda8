//! What an operation answers.

use serde_json::Value;

/// What comes back.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum UcReply {
    /// The operation worked; this is what it returns.
    Result(Value),
    /// `AsnRequestError`.
    Error(i64, &'static str),
    /// Not even tried: `invokeProblem` and why.
    Reject(i64, String),
    /// An event has no answer.
    Nothing,
}

impl UcReply {
    /// A result without a member.
    pub(super) fn empty() -> Self {
        Self::Result(Value::Object(serde_json::Map::new()))
    }
}

/// `invokeProblem`: unknown operation.
pub(super) const UNKNOWN: i64 = 1;
/// `invokeProblem`: the argument cannot be read.
pub(super) const MISTYPED: i64 = 2;
/// `invokeProblem`: the session is not valid.
pub(super) const NO_SESSION: i64 = 8;
/// `iErrorDetail`: access denied.
pub(super) const DENIED: i64 = 2;
