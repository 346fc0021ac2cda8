//! Where Microsoft's clients learn where to sign in: they ask before they do.

use serde_json::json;

use super::entra_refusal::refusal;
use super::entra_request::check_tenant;
use super::query::segment;
use super::reply::{Reply, Trace};
use super::world::World;

/// The answer to a question about addresses; nothing where `path` asks for something else.
pub(super) fn answer(world: &World, path: &str, trace: &Trace) -> Option<Reply> {
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(segment)
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            Some(configuration(world, tenant, trace))
        }
        ["common", "discovery", "instance"] => Some(instance(world)),
        _ => None,
    }
}

/// OpenID Connect Discovery 1.0, as Entra fills it.
fn configuration(world: &World, tenant: &str, trace: &Trace) -> Reply {
    if let Err(code) = check_tenant(world, tenant) {
        return refusal(world, code, "", tenant, trace);
    }
    let (origin, id) = (&world.origin, world.tenant_id);
    json_reply(&json!({
        "issuer": format!("{origin}/{id}/v2.0"),
        "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
        "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
        "device_authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/devicecode"),
        "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_types_supported": ["code", "id_token", "token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "tenant_region_scope": "EU",
    }))
}

/// Which hosts are one and the same Entra: ours alone.
fn instance(world: &World) -> Reply {
    let host = world.origin.trim_start_matches("http://");
    json_reply(&json!({
        "tenant_discovery_endpoint":
            format!("{}/{}/v2.0/.well-known/openid-configuration", world.origin, world.tenant_id),
        "api-version": "1.1",
        "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
    }))
}

fn json_reply(body: &serde_json::Value) -> Reply {
    Reply::text(200, "application/json; charset=utf-8", body.to_string())
}
