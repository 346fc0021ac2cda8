//! What a client asks Entra for, and whether it asks the right tenant as the right application.

use axum::body::Bytes;
use axum::http::HeaderMap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::names::DOMAIN;
use super::query::fields;
use super::world::World;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a client asks for.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) grant: String,
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) secret: Option<String>,
    pub(super) assertion: Option<String>,
    pub(super) device_code: String,
    pub(super) refresh_token: String,
}

/// The tenant is ours.
pub(super) fn check_tenant(world: &World, tenant: &str) -> Result<(), u32> {
    if ["common", "consumers"].contains(&tenant) {
        return Err(9_001_023);
    }
    let ours = tenant.eq_ignore_ascii_case(&world.tenant_id.to_string());
    if ours || tenant == DOMAIN {
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

/// Reads what was posted; an application may also name itself by `Authorization: Basic`.
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
