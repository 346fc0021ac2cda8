//! Entra: `POST /{tenant}/oauth2/v2.0/token` with client credentials, secret or certificate.

use axum::body::Bytes;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::query::fields;
use super::reply::{Reply, Trace};
use super::world::World;
use super::{assertion, entra_device};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

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

/// What a client asks for.
#[derive(Default)]
pub(super) struct Asked {
    grant: String,
    pub(super) client_id: String,
    pub(super) scope: String,
    secret: Option<String>,
    assertion: Option<String>,
    pub(super) device_code: String,
    pub(super) refresh_token: String,
}

/// The token endpoint.
pub(super) fn token(
    world: &World,
    tenant: &str,
    headers: &HeaderMap,
    body: &Bytes,
    trace: &Trace,
) -> Reply {
    let asked = asked(headers, body);
    if let Some(answer) = entra_device::token(world, tenant, &asked, trace) {
        return answer;
    }
    match grant(world, tenant, &asked, trace) {
        Err(code) => refusal(world, code, &asked.client_id, tenant, trace),
        Ok((token, life)) => {
            let answer = json!({
                "token_type": "Bearer",
                "expires_in": life,
                "ext_expires_in": life,
                "access_token": token,
            });
            Reply::text(200, "application/json; charset=utf-8", answer.to_string())
                .with("cache-control", "no-store, no-cache")
        }
    }
}

fn grant(world: &World, tenant: &str, asked: &Asked, trace: &Trace) -> Result<(String, u32), u32> {
    check_tenant(world, tenant)?;
    if asked.grant.is_empty() || asked.client_id.is_empty() || asked.scope.is_empty() {
        return Err(900_144);
    }
    if asked.grant != "client_credentials" {
        return Err(70_003);
    }
    check_client(world, &asked.client_id)?;
    check_scope(world, &asked.scope)?;
    let now = world.clock.now();
    let mut identity = world.identity();
    match (&asked.assertion, &asked.secret) {
        (Some(proof), _) => {
            let audiences = audiences(world, tenant);
            assertion::check(
                &mut identity,
                proof,
                &audiences,
                &asked.client_id,
                trace.date,
            )?;
        }
        (None, Some(secret)) if *secret == identity.client_secret => {}
        (None, Some(_)) => return Err(7_000_215),
        (None, None) => return Err(7_000_218),
    }
    Ok(identity.issue(world.settings.token_lifetime_s, now))
}

/// The tenant is ours.
pub(super) fn check_tenant(world: &World, tenant: &str) -> Result<(), u32> {
    if ["common", "consumers"].contains(&tenant) {
        return Err(9_001_023);
    }
    let ours = tenant.eq_ignore_ascii_case(&world.tenant_id.to_string());
    if ours || tenant == super::names::DOMAIN {
        return Ok(());
    }
    Err(90_002)
}

/// The application is ours.
pub(super) fn check_client(world: &World, client_id: &str) -> Result<(), u32> {
    if client_id.eq_ignore_ascii_case(&world.client_id.to_string()) {
        return Ok(());
    }
    Err(700_016)
}

impl Asked {
    pub(super) fn grant(&self) -> &str {
        &self.grant
    }
}

fn audiences(world: &World, tenant: &str) -> [String; 2] {
    let origin = &world.origin;
    [
        format!("{origin}/{tenant}/oauth2/v2.0/token"),
        format!("{origin}/{tenant}/v2.0"),
    ]
}

/// Exactly one resource, ours, and `/.default`.
fn check_scope(world: &World, scope: &str) -> Result<(), u32> {
    if scope.split_whitespace().count() > 1 {
        return Err(28_002);
    }
    match scope.strip_suffix("/.default") {
        None => Err(70_011),
        Some(resource) if resource == world.origin => Ok(()),
        Some(_) => Err(500_011),
    }
}

pub(super) fn asked(headers: &HeaderMap, body: &Bytes) -> Asked {
    let mut asked = Asked::default();
    let mut is_jwt = false;
    for (name, value) in fields(&String::from_utf8_lossy(body)) {
        match name.as_str() {
            "grant_type" => asked.grant = value,
            "client_id" => asked.client_id = value,
            "scope" => asked.scope = value,
            "client_secret" => asked.secret = Some(value),
            "device_code" => asked.device_code = value,
            "refresh_token" => asked.refresh_token = value,
            "client_assertion" => asked.assertion = Some(value),
            "client_assertion_type" => is_jwt = value == JWT_BEARER,
            _ => {}
        }
    }
    asked.assertion = asked.assertion.filter(|_| is_jwt);
    if let Some((id, secret)) = basic(headers) {
        asked.client_id = id;
        asked.secret = Some(secret);
    }
    asked
}

/// `Authorization: Basic`, both halves URL-encoded as RFC 6749 wants it.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get("authorization")?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let mut plain = fields(&format!("id={id}&secret={secret}")).into_iter();
    Some((plain.next()?.1, plain.next()?.1))
}
