//! What Entra says when it refuses a token, in plain words.
//!
//! Decided by `error`; the AADSTS numbers only choose the explanation, because Microsoft reserves
//! the right to change them (Entra reference, error codes).
//!
//! Nothing that could hold what we have sent is quoted: a credential went with the request, and a
//! proxy in between may answer in Entra's name. Shown are numbers, names of errors that are known,
//! and ids that are GUIDs.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Failure, FailureKind, RequestId};
use model::answer::IdText;
use model::cause::Cause;

/// The error object of the token endpoint.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct EntraError {
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_description: Option<String>,
    #[serde(default)]
    pub(super) error_codes: Vec<u64>,
    #[serde(default)]
    pub(super) trace_id: Option<String>,
}

impl EntraError {
    /// Wherever there is an `error`, whatever the rest is like.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let said = json::tree(body);
        let text = |name: &str| said.get(name)?.as_str().map(ToOwned::to_owned);
        let codes = said
            .get("error_codes")
            .and_then(serde_json::Value::as_array);
        let code = |value| u64::try_from(json::number(Some(value)).whole()?).ok();
        Some(Self {
            error: text("error")?,
            error_description: text("error_description"),
            error_codes: codes.into_iter().flatten().filter_map(code).collect(),
            trace_id: text("trace_id"),
        })
    }
}

impl fmt::Display for EntraError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.error)
    }
}

impl oauth2::ErrorResponse for EntraError {}

const ACT: FailureKind = FailureKind::Credentials;
const WAIT: FailureKind = FailureKind::Server;

/// Numbers that say that Entra is overloaded or not available (graph.md 5.4, from Microsoft's list
/// of error codes): nobody need act. What all of them mean is `words::aadsts`.
const OVERLOADED: [u32; 5] = [90_055, 90_024, 90_006, 90_033, 90_012];

/// Why, what to do, and whether somebody must act; nothing for a number that nobody explains.
fn explained(code: u64) -> Option<(&'static str, &'static str, FailureKind)> {
    let code = u32::try_from(code).ok()?;
    let (why, advice) = words::aadsts(code, words::texts(words::Lang::En))?;
    let kind = if OVERLOADED.contains(&code) {
        WAIT
    } else {
        ACT
    };
    Some((why, advice, kind))
}

/// The failure that `error` means; `status` and the rest are of the answer's head.
pub(super) fn failure(
    error: &EntraError,
    status: u16,
    retry_after: Option<Duration>,
    request_id: Option<RequestId>,
) -> Failure {
    let row = error.error_codes.iter().find_map(|code| explained(*code));
    let (why, advice, known) = row.unwrap_or_else(|| unknown(&error.error));
    let kind = match status {
        429 => FailureKind::Throttled,
        500.. => FailureKind::Server,
        _ => known,
    };
    let trace = error.trace_id.as_deref().map(IdText::from).map(RequestId);
    let id = request_id.or(trace).filter(RequestId::is_guid);
    Failure {
        kind,
        cause: number(error).map_or_else(
            || Cause::EntraError {
                error: known_error(&error.error).into(),
            },
            |code| Cause::Entra { code },
        ),
        message: sentence(error, why, advice, row.is_none(), id.as_ref()).into(),
        status: Some(status),
        request_id: id,
        retry_after,
    }
}

/// By `error` alone (RFC 6749 5.2 and Entra's additions).
fn unknown(error: &str) -> (&'static str, &'static str, FailureKind) {
    match error {
        "temporarily_unavailable" | "server_error" => (
            "Entra is not available",
            "It is tried again by itself",
            WAIT,
        ),
        "invalid_client" => (
            "the application's credentials are not accepted",
            "Check the secret or certificate under Certificates & secrets",
            ACT,
        ),
        "unauthorized_client" => (
            "the application is not allowed to sign in here",
            "Check client_id, tenant_id and admin consent",
            ACT,
        ),
        _ => (
            "the request for a token is not accepted",
            "Check tenant_id, client_id, cloud and the credentials",
            ACT,
        ),
    }
}

fn sentence(
    error: &EntraError,
    why: &str,
    advice: &str,
    is_unknown: bool,
    id: Option<&RequestId>,
) -> String {
    let number = number(error);
    let code = number.map_or_else(
        || known_error(&error.error).to_owned(),
        |code| format!("AADSTS{code}"),
    );
    let mut text =
        format!("Entra refused the sign-in of the application: {why} ({code}). {advice}");
    if is_unknown && let Some(code) = number {
        let page = format!(". Microsoft explains it at {EXPLAINED_AT}{code}");
        text.push_str(&page);
    }
    if let Some(id) = id {
        text.push_str(" (trace ");
        text.push_str(&id.to_string());
        text.push(')');
    }
    text
}

/// The first that it may be told by.
fn number(error: &EntraError) -> Option<u32> {
    let first = error.error_codes.first().filter(|code| **code < NUMBERS)?;
    u32::try_from(*first).ok()
}

/// No AADSTS number has more than eight digits.
const NUMBERS: u64 = 1_000_000_000;
/// What `error_uri` leads to, for any number.
const EXPLAINED_AT: &str = "https://login.microsoftonline.com/error?code=";

/// Names of errors that may be shown: RFC 6749 5.2, RFC 8628 3.5, OpenID Connect 3.1.2.6, Entra
/// reference.
const ERRORS: &[&str] = &[
    "access_denied",
    "account_selection_required",
    "authorization_declined",
    "authorization_pending",
    "bad_verification_code",
    "code_expired",
    "consent_required",
    "expired_token",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_resource",
    "invalid_scope",
    "invalid_target",
    "login_required",
    "request_not_supported",
    "server_error",
    "slow_down",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
];

fn known_error(error: &str) -> &'static str {
    let known = ERRORS.iter().find(|known| **known == error);
    known.copied().unwrap_or("an error without a known name")
}

#[cfg(test)]
#[path = "aadsts_tests.rs"]
mod tests;
