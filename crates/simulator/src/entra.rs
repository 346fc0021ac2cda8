//! Entra: `POST /{tenant}/oauth2/v2.0/token` with client credentials, secret or certificate.

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::json;

use super::entra_refusal::refusal;
use super::entra_request::{Asked, asked, check_client, check_tenant};
use super::reply::{Reply, Trace};
use super::world::World;
use super::{assertion, entra_device};

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
