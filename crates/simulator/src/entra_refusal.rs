//! How Entra words a refusal.

use serde_json::json;

use super::reply::{Reply, Trace};
use super::world::World;

/// AADSTS codes: HTTP status, `error`, text (spec section 5.4).
const REFUSALS: &[(u32, u16, &str, &str)] = &[
    (
        7_000_215,
        401,
        "invalid_client",
        "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'.",
    ),
    (
        7_000_222,
        401,
        "invalid_client",
        "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app.",
    ),
    (
        700_016,
        400,
        "unauthorized_client",
        "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant.",
    ),
    (
        90_002,
        400,
        "invalid_request",
        "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    ),
    (
        9_001_023,
        400,
        "invalid_request",
        "The grant type is not supported over the /common or /consumers endpoints. Please use the /organizations or tenant-specific endpoint.",
    ),
    (
        700_027,
        401,
        "invalid_client",
        "The certificate with identifier used to sign the client assertion is not registered on application. Reason - The key was not found.",
    ),
    (
        700_024,
        401,
        "invalid_client",
        "Client assertion is not within its valid time range.",
    ),
    (
        50_012,
        401,
        "invalid_client",
        "Authentication failed: the client assertion is invalid.",
    ),
    (
        700_030,
        401,
        "invalid_client",
        "Invalid certificate - subject name in certificate is not authorized.",
    ),
    (
        7_000_218,
        401,
        "invalid_client",
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    (
        900_144,
        400,
        "invalid_request",
        "The request body must contain the following parameter: 'grant_type', 'client_id' and 'scope'.",
    ),
    (
        70_003,
        400,
        "unsupported_grant_type",
        "The app requested an unsupported grant type.",
    ),
    (
        70_011,
        400,
        "invalid_scope",
        "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid.",
    ),
    (
        28_002,
        400,
        "invalid_scope",
        "Provided value for the input parameter scope is not valid when requesting an access token for several resources.",
    ),
    (
        70_016,
        400,
        "authorization_pending",
        "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    ),
    (
        70_018,
        400,
        "bad_verification_code",
        "Invalid verification code due to user typing in wrong user code for device code flow.",
    ),
    (
        70_019,
        400,
        "expired_token",
        "Verification code expired. Have the user retry the sign-in.",
    ),
    (
        65_004,
        400,
        "authorization_declined",
        "User declined to consent to access the app.",
    ),
    (
        700_082,
        400,
        "invalid_grant",
        "The refresh token has expired due to inactivity.",
    ),
    (
        500_011,
        400,
        "invalid_resource",
        "The resource principal was not found in the tenant named {tenant}.",
    ),
    (
        65_001,
        400,
        "invalid_grant",
        "The user or administrator has not consented to use the application with ID '{app}'.",
    ),
    (
        90_094,
        400,
        "invalid_grant",
        "An administrator of the tenant must consent.",
    ),
    (
        7_000_112,
        400,
        "unauthorized_client",
        "Application '{app}' is disabled.",
    ),
    (
        53_003,
        400,
        "invalid_grant",
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    (
        90_055,
        429,
        "temporarily_unavailable",
        "Server is busy, too many requests.",
    ),
    (
        90_024,
        503,
        "temporarily_unavailable",
        "Request budget is exceeded. Try again later.",
    ),
    (
        90_033,
        503,
        "temporarily_unavailable",
        "A transient error has occurred. Please try again.",
    ),
];

/// One refusal as Entra words it.
pub(super) fn refusal(world: &World, code: u32, app: &str, tenant: &str, trace: &Trace) -> Reply {
    let known = REFUSALS.iter().find(|row| row.0 == code);
    let (status, error, text) = known.map_or(
        (400, "invalid_request", "The request was refused."),
        |row| (row.1, row.2, row.3),
    );
    let text = text.replace("{app}", app).replace("{tenant}", tenant);
    let correlation = world.guid();
    let at = trace.date.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!(
        "AADSTS{code}: {text} Trace ID: {} Correlation ID: {correlation} Timestamp: {at}",
        trace.request_id
    );
    let body = json!({
        "error": error,
        "error_description": description,
        "error_codes": [code],
        "timestamp": at,
        "trace_id": trace.request_id,
        "correlation_id": correlation,
        "error_uri": format!("{}/error?code={code}", world.origin),
    });
    Reply::text(status, "application/json; charset=utf-8", body.to_string())
}

/// RFC 8628, 3.5. Which AADSTS number Entra gives it, if any, is not documented.
pub(super) fn slow_down() -> Reply {
    let body = json!({"error": "slow_down", "error_description": "Poll more slowly."});
    Reply::text(400, "application/json; charset=utf-8", body.to_string())
}
