//! What Entra says when it refuses a token, in plain words.
//!
//! Decided by `error`; the AADSTS numbers only choose the explanation, because Microsoft reserves
//! the right to change them (Entra reference, error codes).

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Failure, FailureKind, RequestId};
use model::text::harmless_up_to;

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
type Row = (&'static [u64], &'static str, &'static str, FailureKind);

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
pub fn aadsts_in_words(code: u64) -> Option<(&'static str, &'static str)> {
    let row = ROWS.iter().find(|(codes, ..)| codes.contains(&code))?;
    Some((row.1, row.2))
}

/// All numbers that are explained.
pub fn explained_aadsts() -> impl Iterator<Item = u64> {
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
        .find(|(codes, ..)| error.error_codes.iter().any(|code| codes.contains(code)));
    let (why, advice, known) = row.map_or_else(
        || unknown(&error.error),
        |(_, why, advice, kind)| (*why, *advice, *kind),
    );
    let kind = match status {
        429 => FailureKind::Throttled,
        500.. => FailureKind::Server,
        _ => known,
    };
    let id = request_id.or_else(|| {
        let raw = error.trace_id.as_deref()?;
        Some(RequestId(harmless_up_to(raw, 64).into()))
    });
    Failure {
        kind,
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
    quote: bool,
    id: Option<&RequestId>,
) -> String {
    let code = error.error_codes.first().map_or_else(
        || harmless_up_to(&error.error, 40),
        |code| format!("AADSTS{code}"),
    );
    let mut text =
        format!("Entra refused the sign-in of the application: {why} ({code}). {advice}");
    if quote && let Some(said) = first_line(error) {
        text.push_str(". Entra says: ");
        text.push_str(&said);
    }
    if let Some(id) = id {
        text.push_str(" (trace ");
        text.push_str(&id.to_string());
        text.push(')');
    }
    text
}

/// The description without trace id and time, which follow on lines of their own.
fn first_line(error: &EntraError) -> Option<String> {
    let line = error.error_description.as_deref()?.lines().next()?;
    let line = line.split(" Trace ID:").next()?.trim();
    (!line.is_empty()).then(|| harmless_up_to(line, 200))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn refused(error: &str, code: u64, status: u16) -> Failure {
        let error = EntraError {
            error: error.into(),
            error_description: Some(format!(
                "AADSTS{code}: Something\u{1b}[2J is odd. Trace ID: 1\r\nCorrelation ID: 2"
            )),
            error_codes: vec![code],
            trace_id: Some("trace-1".into()),
        };
        failure(&error, status, None, None)
    }

    #[rstest]
    #[case(
        "invalid_client",
        7_000_215,
        401,
        FailureKind::Credentials,
        "secret's ID"
    )]
    #[case(
        "invalid_client",
        7_000_222,
        401,
        FailureKind::Credentials,
        "secret expired"
    )]
    #[case(
        "unauthorized_client",
        700_016,
        400,
        FailureKind::Credentials,
        "client_id"
    )]
    #[case("invalid_request", 90_002, 400, FailureKind::Credentials, "tenant_id")]
    #[case(
        "invalid_client",
        700_027,
        401,
        FailureKind::Credentials,
        "certificate"
    )]
    #[case(
        "invalid_resource",
        500_011,
        400,
        FailureKind::Credentials,
        "graph_base"
    )]
    #[case(
        "invalid_grant",
        65_001,
        400,
        FailureKind::Credentials,
        "admin consent"
    )]
    #[case(
        "invalid_grant",
        53_003,
        400,
        FailureKind::Credentials,
        "Conditional Access"
    )]
    #[case(
        "temporarily_unavailable",
        90_033,
        400,
        FailureKind::Server,
        "by itself"
    )]
    #[case(
        "temporarily_unavailable",
        90_055,
        429,
        FailureKind::Throttled,
        "overloaded"
    )]
    #[case("server_error", 1, 503, FailureKind::Server, "not available")]
    #[case(
        "invalid_client",
        424_242,
        401,
        FailureKind::Credentials,
        "Something[2J is odd."
    )]
    fn every_refusal_says_what_to_do(
        #[case] error: &str,
        #[case] code: u64,
        #[case] status: u16,
        #[case] kind: FailureKind,
        #[case] words: &str,
    ) {
        let failure = refused(error, code, status);
        assert_eq!((failure.kind, failure.status), (kind, Some(status)));
        assert!(failure.message.contains(words), "{failure}");
        assert!(
            failure.message.contains(&format!("AADSTS{code}")),
            "{failure}"
        );
        assert!(!failure.message.contains("Correlation"), "{failure}");
        assert!(failure.message.ends_with("(trace trace-1)"), "{failure}");
    }

    #[rstest]
    #[case(r#"{"error":"invalid_client","error_codes":["7000215",null],"error_description":null}"#)]
    #[case(
        r#"{"error":"invalid_client","error_codes":[7000215.0,"x"],"error_description":"\ud83d"}"#
    )]
    #[case(r#"{"error":"invalid_client","error_codes":[7000215],"trace_id":7,"x":[[[[]]]]}"#)]
    fn one_odd_member_of_an_error_costs_itself(#[case] body: &str) {
        let error = EntraError::read(body.as_bytes()).unwrap();
        assert_eq!(error.error_codes, [7_000_215]);
    }

    #[test]
    fn no_code_is_explained_twice() {
        let mut codes: Vec<_> = ROWS.iter().flat_map(|(codes, ..)| *codes).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
