//! Entra: a user signs in by device code, and stays signed in by refresh tokens.
//!
//! Nobody sits at a browser: [`super::Control`] approves or declines. A refresh token holds once;
//! whoever does not keep the new one is signed out. (Entra takes the old one a while longer.)

use std::collections::BTreeSet;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::json;

use super::entra_refusal::refusal;
use super::entra_request::{Asked, asked, check_client, check_tenant};
use super::identity::jwt;
use super::reply::{Reply, Trace};
use super::sign_ins::{Consent, Decision, Device};
use super::world::World;
use model::clock::advance;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// How long a code waits for its user (spec section 5.2).
const CODE_LIFE: Duration = Duration::from_mins(15);
/// Scopes that are no permission of Graph.
const OF_OPENID: [&str; 3] = ["openid", "profile", "offline_access"];

/// `POST /{tenant}/oauth2/v2.0/devicecode`
pub(super) fn begin(world: &World, tenant: &str, body: &Bytes, trace: &Trace) -> Reply {
    let asked = asked(&HeaderMap::new(), body);
    let checked = check_tenant(world, tenant).and_then(|()| check_client(world, &asked.client_id));
    let scopes = checked.and_then(|()| scopes(world, &asked.scope));
    let scopes = match scopes {
        Ok(scopes) => scopes,
        Err(code) => return refusal(world, code, &asked.client_id, tenant, trace),
    };
    let mut identity = world.identity();
    let (device_code, drawn) = (identity.random_text(48), identity.random_text(12));
    let letters = drawn.chars().filter(char::is_ascii_alphanumeric);
    let user_code = letters.take(9).collect::<String>().to_uppercase();
    let device = Device {
        user_code: user_code.clone(),
        scopes,
        until: advance(world.clock.now(), CODE_LIFE),
        decision: Decision::Pending,
    };
    identity
        .sign_ins
        .devices
        .insert(device_code.clone(), device);
    json_reply(&json!({
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": format!("{}/devicelogin", world.origin),
        "expires_in": CODE_LIFE.as_secs(),
        "interval": world.settings.device_interval_s,
        "message": "To sign in, use a web browser.",
    }))
}

/// Our Graph's permissions among the scopes; foreign ones are refused.
fn scopes(world: &World, asked: &str) -> Result<BTreeSet<String>, u32> {
    let mut scopes = BTreeSet::new();
    for scope in asked.split_whitespace() {
        if OF_OPENID.contains(&scope) {
            continue;
        }
        let ours = scope.strip_prefix(world.origin.as_str());
        let name = ours.and_then(|rest| rest.strip_prefix('/'));
        scopes.insert(name.ok_or(70_011_u32)?.to_owned());
    }
    Ok(scopes)
}

/// The token endpoint for users; nothing where the request is an application's.
pub(super) fn token(world: &World, tenant: &str, asked: &Asked, trace: &Trace) -> Option<Reply> {
    let consent = match asked.grant.as_str() {
        DEVICE_CODE => of_device,
        "refresh_token" => of_refresh,
        _ => return None,
    };
    let checked = check_tenant(world, tenant).and_then(|()| check_client(world, &asked.client_id));
    Some(match checked.and_then(|()| consent(world, asked)) {
        Ok(consent) => granted(world, &consent),
        Err(code) => refusal(world, code, &asked.client_id, tenant, trace),
    })
}

fn of_device(world: &World, asked: &Asked) -> Result<Consent, u32> {
    let now = world.clock.now();
    let mut identity = world.identity();
    let devices = &mut identity.sign_ins.devices;
    let device = devices.get(&asked.device_code).ok_or(70_018_u32)?;
    if device.until <= now {
        return Err(70_019);
    }
    match &device.decision {
        Decision::Pending => Err(70_016),
        Decision::Declined => Err(65_004),
        Decision::Approved(upn) => {
            let consent = Consent {
                upn: upn.clone(),
                scopes: device.scopes.clone(),
            };
            devices.remove(&asked.device_code);
            Ok(consent)
        }
    }
}

fn of_refresh(world: &World, asked: &Asked) -> Result<Consent, u32> {
    let mut identity = world.identity();
    let known = identity.sign_ins.refresh.remove(&asked.refresh_token);
    known.ok_or(700_082)
}

fn granted(world: &World, consent: &Consent) -> Reply {
    let Consent { upn, scopes } = consent;
    let now = world.clock.now();
    let mut identity = world.identity();
    let lifetime = world.settings.token_lifetime_s;
    let (access, life) = identity.issue_delegated(upn, scopes, lifetime, now);
    let refresh = format!("1.{}", identity.random_text(64));
    identity
        .sign_ins
        .refresh
        .insert(refresh.clone(), consent.clone());
    let spelt: Vec<_> = scopes.iter().map(String::as_str).collect();
    json_reply(&json!({
        "token_type": "Bearer",
        "scope": spelt.join(" "),
        "expires_in": life,
        "access_token": access,
        "refresh_token": refresh,
        "id_token": jwt(&json!({"preferred_username": upn, "ver": "2.0"}), b"made up"),
    }))
}

fn json_reply(body: &serde_json::Value) -> Reply {
    Reply::text(200, "application/json; charset=utf-8", body.to_string())
        .with("cache-control", "no-store, no-cache")
}
