//! An answer that is no success, made a [`Failure`] in words that an administrator understands.
//!
//! Only the status and a few stable codes decide the kind; the message of the server is shown,
//! never branched on (Graph reference, errors).

use std::time::Duration;

use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;

use super::operation::Operation;
use super::retry_after::retry_after;
use super::wire::Answer;
use super::{Failure, FailureKind, RequestId};
use model::cause::Cause;
use model::redact::REMOVED;
use model::text::{MESSAGE_LIMIT, harmless_up_to};

/// Error bodies beyond this are not looked into.
const LOOK_INTO: usize = 64 << 10;
/// How deep `innerError` may nest.
const DEPTH: usize = 4;

/// What an error body says. Every part may be missing or empty.
#[derive(Debug, Default)]
struct ErrorBody {
    code: String,
    message: String,
    request_id: Option<String>,
}

/// The failure that `answer` (not 2xx) means. `now` is for a `Retry-After` that is a date.
pub(super) fn refusal(operation: Operation, answer: &Answer, now: Timestamp) -> Failure {
    let wait = retry_after(&answer.headers, now);
    if !answer.may_be_json() {
        let failure = not_graph(operation, answer);
        return Failure {
            retry_after: wait,
            ..failure
        };
    }
    let said = ErrorBody::read(&answer.body);
    let said = if operation.sends_credential() {
        said.unquotable()
    } else {
        said
    };
    let kind = kind(operation, answer.status, &said.code, wait);
    let id = request_id(operation, answer)
        .or_else(|| said.request_id.as_deref().map(|id| RequestId(id.into())));
    let message = sentence(operation, kind, answer.status, &said, wait, id.as_ref());
    Failure {
        kind,
        cause: cause(operation, kind, answer.status.as_u16(), wait),
        message: message.into(),
        status: Some(answer.status.as_u16()),
        request_id: id,
        retry_after: wait,
    }
}

fn cause(operation: Operation, kind: FailureKind, status: u16, wait: Option<Duration>) -> Cause {
    match kind {
        FailureKind::Unauthorized => Cause::Token { clock_ahead: None },
        FailureKind::Permission => Cause::Permission {
            name: operation.permission().into(),
            delegated: operation == Operation::ReadPresenceAsUser,
        },
        FailureKind::NotFound => Cause::NotFound,
        FailureKind::Throttled => Cause::Throttled {
            wait: wait.and_then(|wait| u32::try_from(wait.as_secs()).ok()),
        },
        FailureKind::Resync => Cause::Resync,
        FailureKind::Server | FailureKind::Timeout => Cause::Server {
            status: Some(status),
        },
        FailureKind::Network => Cause::ProxyCredentials,
        FailureKind::Credentials
        | FailureKind::Rejected
        | FailureKind::Garbled
        | FailureKind::ForeignHost => Cause::Refused { status },
    }
}

/// An answer that cannot be Graph's or Entra's: a page of a proxy, a portal, a gateway.
pub(super) fn not_graph(operation: Operation, answer: &Answer) -> Failure {
    let (what, server) = (operation.words(), operation.server());
    let status = answer.status.as_u16();
    let kind = match status {
        407 => FailureKind::Network,
        429 => FailureKind::Throttled,
        500.. => FailureKind::Server,
        _ => FailureKind::Garbled,
    };
    let title = page_title(&answer.body).filter(|_| !operation.sends_credential());
    let form = match title {
        Some(title) => format!("a web page ({title:?})"),
        None => "something that is not JSON".to_owned(),
    };
    let advice = if status == 407 {
        "The proxy wants a user name and password: give them in HTTPS_PROXY"
    } else {
        "A proxy, firewall or portal in between answered: let this host through unchanged"
    };
    let cause = match status {
        407 => Cause::ProxyCredentials,
        _ => Cause::NotTheServer { status },
    };
    let id = request_id(operation, answer);
    Failure {
        status: Some(status),
        request_id: id.clone(),
        ..Failure::new(
            kind,
            format!(
                "Could not {what}: {form} came back instead of an answer of {server} ({status}). {advice}{}",
                named(id.as_ref())
            ),
        )
        .because(cause)
    }
}

/// Where a credential went with the request only what is Microsoft's for certain: a GUID.
fn request_id(operation: Operation, answer: &Answer) -> Option<RequestId> {
    let id = answer.request_id();
    id.filter(|id| id.is_guid() || !operation.sends_credential())
}

/// A 2xx whose body is JSON in name only.
pub(super) fn unreadable(operation: Operation, answer: &Answer, why: &str) -> Failure {
    let (what, server) = (operation.words(), operation.server());
    let why = harmless_up_to(why, 120);
    let id = request_id(operation, answer);
    Failure {
        status: Some(answer.status.as_u16()),
        request_id: id.clone(),
        ..Failure::new(
            FailureKind::Garbled,
            format!(
                "Could not {what}: {server}'s answer is cut off or damaged ({why}). A proxy in between may do that{}",
                named(id.as_ref())
            ),
        )
        .because(Cause::Damaged)
    }
}

fn kind(
    operation: Operation,
    status: StatusCode,
    code: &str,
    wait: Option<Duration>,
) -> FailureKind {
    let lost = ["syncStateNotFound", "resyncRequired"].iter().any(|known| {
        code.to_ascii_lowercase()
            .starts_with(&known.to_ascii_lowercase())
    });
    match status.as_u16() {
        _ if lost && operation == Operation::ReadDirectory => FailureKind::Resync,
        410 if operation == Operation::ReadDirectory => FailureKind::Resync,
        401 => FailureKind::Unauthorized,
        403 => FailureKind::Permission,
        404 => FailureKind::NotFound,
        407 => FailureKind::Network,
        408 => FailureKind::Timeout,
        // 509 is Graph's bandwidth limit.
        429 | 509 => FailureKind::Throttled,
        503 | 504 if wait.is_some() => FailureKind::Throttled,
        500.. => FailureKind::Server,
        400.. => FailureKind::Rejected,
        _ => FailureKind::Garbled,
    }
}

fn sentence(
    operation: Operation,
    kind: FailureKind,
    status: StatusCode,
    said: &ErrorBody,
    wait: Option<Duration>,
    id: Option<&RequestId>,
) -> String {
    let (server, what) = (operation.server(), operation.words());
    let (why, advice) = reason(operation, kind, wait);
    let mut text = format!("{server} refused to {what}: {why} ({}", status.as_u16());
    for part in [&said.code, &said.message] {
        if !part.is_empty() {
            text.push_str(": ");
            text.push_str(part);
        }
    }
    text.push_str("). ");
    text.push_str(&advice);
    text.push_str(&named(id));
    text
}

/// How a sentence names the request at its end: every one does that has an id.
pub(super) fn named(id: Option<&RequestId>) -> String {
    id.map_or_else(String::new, |id| format!(" (request-id {id})"))
}

/// Why, and what to do.
fn reason(operation: Operation, kind: FailureKind, wait: Option<Duration>) -> (String, String) {
    let permission = operation.permission();
    let (why, advice) = match kind {
        FailureKind::Unauthorized if operation == Operation::ReadPresenceAsUser => (
            "it does not take the user's token, a new one neither",
            "Sign in again with lampfield login",
        ),
        FailureKind::Permission if operation == Operation::ReadPresenceAsUser => {
            return (
                format!("the sign-in of lampfield login lacks the delegated permission {permission}"),
                "Add it under API permissions (type Delegated), give consent, and sign in again with lampfield login: a sign-in keeps the permissions that it began with"
                    .to_owned(),
            );
        }
        FailureKind::Unauthorized => (
            "it does not take the token, a new one neither",
            "Check that tenant, client id and cloud belong together and that this machine's clock is right",
        ),
        FailureKind::Permission => {
            return (
                format!("the application lacks {permission}"),
                "Grant it under API permissions (type Application) and give admin consent; it is in the next token"
                    .to_owned(),
            );
        }
        FailureKind::NotFound => (
            "it does not know the user",
            "Deleted, or in another tenant? The directory is read again by itself",
        ),
        FailureKind::Throttled => {
            let wait = wait.map_or_else(String::new, |wait| format!(" of {} s", wait.as_secs()));
            return (
                "too many requests, or overloaded".to_owned(),
                format!(
                    "It goes on by itself after a pause{wait}; if this happens often, lower requests_per_30s or poll less often"
                ),
            );
        }
        FailureKind::Resync => (
            "its change list does not reach back that far",
            "The full list is read instead",
        ),
        FailureKind::Server | FailureKind::Timeout => (
            "trouble at Microsoft",
            "It is tried again; if it lasts, look at the service health and give Microsoft the request-id",
        ),
        FailureKind::Network => (
            "the proxy wants a user name and password",
            "Give them in HTTPS_PROXY",
        ),
        _ => (
            "it does not like the request",
            "Give Microsoft's support the request-id",
        ),
    };
    (why.to_owned(), advice.to_owned())
}

impl ErrorBody {
    /// Without what the server has written freely.
    fn unquotable(self) -> Self {
        let is_guid = |id: &String| RequestId(id.as_str().into()).is_guid();
        Self {
            request_id: self.request_id.filter(is_guid),
            ..Self::default()
        }
    }

    fn read(body: &[u8]) -> Self {
        if body.len() > LOOK_INTO {
            return Self::default();
        }
        let body = json::tree(body);
        let Some(error) = body.get("error") else {
            return Self::default();
        };
        let text = |name: &str| {
            let raw = error.get(name).and_then(Value::as_str).unwrap_or_default();
            harmless_up_to(raw, MESSAGE_LIMIT / 2)
        };
        Self {
            code: text("code"),
            message: text("message"),
            request_id: inner_request_id(error, DEPTH),
        }
    }
}

/// `innerError` or `innererror`, which may nest.
fn inner_request_id(error: &Value, depth: usize) -> Option<String> {
    let inner = error
        .get("innerError")
        .or_else(|| error.get("innererror"))?;
    let here = inner.get("request-id").and_then(Value::as_str);
    match here {
        Some(id) => Some(harmless_up_to(id, 64)).filter(|id| !id.contains(REMOVED)),
        None if depth == 0 => None,
        None => inner_request_id(inner, depth - 1),
    }
}

fn page_title(body: &[u8]) -> Option<String> {
    let head = body.get(..body.len().min(4096))?;
    let text = String::from_utf8_lossy(head);
    let (_, after) = text.split_once("<title>")?;
    let (title, _) = after.split_once("</title>")?;
    Some(harmless_up_to(title, 60))
}
