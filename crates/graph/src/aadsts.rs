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

/// AADSTS numbers, why, what to do, and whether somebody must act.
type Row = (&'static [u32], &'static str, &'static str, FailureKind);

const ACT: FailureKind = FailureKind::Credentials;
const WAIT: FailureKind = FailureKind::Server;

/// Spec: graph.md 5.4, from Microsoft's list of error codes.
const ROWS: &[Row] = &[
    (
        &[7_000_215],
        "the client secret is wrong",
        "Was the secret's ID pasted instead of its value? Create a new one under Certificates & secrets",
        ACT,
    ),
    (
        &[7_000_222],
        "the client secret expired",
        "Create a new one under Certificates & secrets",
        ACT,
    ),
    (
        &[700_016],
        "the tenant does not know the application",
        "Check client_id, tenant_id and cloud; has an administrator consented?",
        ACT,
    ),
    (
        &[90_002],
        "there is no such tenant",
        "Check tenant_id and cloud for a typing error",
        ACT,
    ),
    (
        &[700_027],
        "the signature of the certificate's assertion is not valid",
        "Upload this certificate under Certificates & secrets; does the key belong to it, and has it expired?",
        ACT,
    ),
    (
        &[700_024],
        "the assertion is not valid at this time",
        "This machine's clock is wrong: set it (NTP)",
        ACT,
    ),
    (
        &[700_030, 50_012],
        "the certificate or its assertion is not accepted",
        "Upload this certificate under Certificates & secrets, or make a new one",
        ACT,
    ),
    (
        &[7_000_218],
        "the application needs a secret or certificate",
        "Configure one of them, or allow public client flows for device sign-in",
        ACT,
    ),
    (
        &[700_025],
        "a public client must not send a secret",
        "Register the application as a confidential (web) client",
        ACT,
    ),
    (
        &[70_011, 28_002, 700_022],
        "the scope is not valid",
        "graph_base must name the Graph host of this cloud",
        ACT,
    ),
    (
        &[500_011, 650_057],
        "the tenant's cloud does not know this Graph host",
        "Check cloud, authority and graph_base: they must belong together",
        ACT,
    ),
    (
        &[65_001, 90_094],
        "an administrator has not consented",
        "Grant admin consent under API permissions",
        ACT,
    ),
    (
        &[7_000_112, 70_001],
        "the application is disabled in the tenant",
        "Enable it under Enterprise applications, Properties",
        ACT,
    ),
    (
        &[53_003, 53_000, 50_005, 530_032],
        "a Conditional Access policy blocks it",
        "The Conditional Access administrator must exclude the application",
        ACT,
    ),
    (
        &[700_082, 70_008, 70_043],
        "the sign-in is too old",
        "Sign in again",
        ACT,
    ),
    (
        &[90_038, 900_432, 900_382],
        "the tenant is in another national cloud",
        "Set cloud to the tenant's cloud",
        ACT,
    ),
    (
        &[9_001_023],
        "the token must be asked for at one tenant",
        "Set tenant_id to the tenant's GUID or domain",
        ACT,
    ),
    (
        &[90_055, 90_024, 90_006, 90_033, 90_012],
        "Entra is overloaded or not available",
        "It is tried again by itself",
        WAIT,
    ),
];

/// Why and what to do, in English; nothing for a number that nobody explains.
#[must_use]
pub fn aadsts_in_words(code: u32) -> Option<(&'static str, &'static str)> {
    let row = ROWS.iter().find(|(codes, ..)| codes.contains(&code))?;
    Some((row.1, row.2))
}

/// All numbers that are explained.
pub fn explained_aadsts() -> impl Iterator<Item = u32> {
    ROWS.iter().flat_map(|(codes, ..)| codes.iter().copied())
}

/// The failure that `error` means; `status` and the rest are of the answer's head.
pub(super) fn failure(
    error: &EntraError,
    status: u16,
    retry_after: Option<Duration>,
    request_id: Option<RequestId>,
) -> Failure {
    let row = ROWS
        .iter()
        .find(|(codes, ..)| error.error_codes.iter().any(|code| named(codes, *code)));
    let (why, advice, known) = row.map_or_else(
        || unknown(&error.error),
        |(_, why, advice, kind)| (*why, *advice, *kind),
    );
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

fn named(codes: &[u32], code: u64) -> bool {
    codes.iter().any(|known| u64::from(*known) == code)
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
