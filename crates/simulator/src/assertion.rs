//! The certificate's proof: a signed JWT in place of the secret (spec section 5.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::certificate::{Header, parts};
use super::identity::Identity;

/// How far the client's clock may be off.
const LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// Why an assertion is refused: the AADSTS code.
pub(super) type Refusal = u32;

/// Signature invalid, or the certificate is not registered.
const BAD_SIGNATURE: Refusal = 700_027;
/// Not yet or no longer valid.
const BAD_TIME: Refusal = 700_024;
/// Malformed, for somebody else, or seen before.
const BAD_ASSERTION: Refusal = 50_012;

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    sub: String,
    jti: String,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, Refusal> {
    let json = URL_SAFE_NO_PAD.decode(part).map_err(|_| BAD_ASSERTION)?;
    serde_json::from_slice(&json).map_err(|_| BAD_ASSERTION)
}

/// Checks an assertion: signature, audience, issuer, time, and that it is new.
pub(super) fn check(
    identity: &mut Identity,
    assertion: &str,
    audiences: &[String],
    client_id: &str,
    wire_now: Timestamp,
) -> Result<(), Refusal> {
    let certificate = identity.certificate.as_ref().ok_or(BAD_SIGNATURE)?;
    let token = parts(assertion).ok_or(BAD_ASSERTION)?;
    let header: Header = decoded(token.header)?;
    let algorithm = certificate.algorithm(&header).ok_or(BAD_SIGNATURE)?;
    if !certificate.has_signed(&token, algorithm) {
        return Err(BAD_SIGNATURE);
    }
    // Audience, issuer and times are checked against our own clock and codes.
    let claims: Claims = decoded(token.claims)?;
    let ours =
        audiences.contains(&claims.aud) && claims.iss == client_id && claims.sub == client_id;
    if !ours || claims.jti.is_empty() {
        return Err(BAD_ASSERTION);
    }
    in_time(&claims, wire_now)?;
    remember(identity, &claims, wire_now)
}

fn in_time(claims: &Claims, now: Timestamp) -> Result<(), Refusal> {
    let at = |second| Timestamp::from_second(second).map_err(|_| BAD_TIME);
    let over = at(claims.exp)?
        .saturating_add(LEEWAY)
        .map_err(|_| BAD_TIME)?;
    let begins = at(claims.nbf.unwrap_or(0))?
        .saturating_sub(LEEWAY)
        .map_err(|_| BAD_TIME)?;
    if now >= over || now < begins {
        return Err(BAD_TIME);
    }
    Ok(())
}

/// An assertion is good for once.
fn remember(identity: &mut Identity, claims: &Claims, now: Timestamp) -> Result<(), Refusal> {
    let keep = LEEWAY * 2;
    let fresh = |seen: &Timestamp| now.duration_since(*seen) < keep;
    identity.seen.retain(|_, seen| fresh(seen));
    match identity.seen.insert(claims.jti.clone(), now) {
        Some(_) => Err(BAD_ASSERTION),
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
