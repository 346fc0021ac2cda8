//! The certificate's proof: a signed JWT in place of the secret (spec section 5.1).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::identity::Identity;

/// How far the client's clock may be off.
const LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// A certificate that is registered for the app.
pub(super) struct Certificate {
    key: DecodingKey,
    /// base64url of the SHA-256 of its DER.
    thumbprint: String,
}

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

impl Certificate {
    /// Reads a certificate from PEM; `None` when it is none with an RSA key.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let inner = pem.split("-----BEGIN CERTIFICATE-----").nth(1)?;
        let inner = inner.split("-----END CERTIFICATE-----").next()?;
        let base64: String = inner.split_whitespace().collect();
        let der = STANDARD.decode(base64).ok()?;
        Some(Self {
            key: DecodingKey::from_rsa_pem(pem.as_bytes()).ok()?,
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(der)),
        })
    }

    /// PS256 names the certificate by SHA-256; the older RS256 may do so by SHA-1, which we
    /// take as it comes: the signature decides.
    fn is_meant(&self, header: &jsonwebtoken::Header) -> bool {
        let same = |named: &str| named.trim_end_matches('=') == self.thumbprint;
        match header.alg {
            Algorithm::PS256 => header.x5t_s256.as_deref().is_some_and(same),
            Algorithm::RS256 => {
                header.x5t.is_some() || header.x5t_s256.as_deref().is_some_and(same)
            }
            _ => false,
        }
    }
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
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| BAD_ASSERTION)?;
    if !certificate.is_meant(&header) {
        return Err(BAD_SIGNATURE);
    }
    let mut rules = Validation::new(header.alg);
    // Audience, issuer and times are checked below, against our own clock and codes.
    rules.validate_aud = false;
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.set_required_spec_claims::<&str>(&[]);
    let claims = jsonwebtoken::decode::<Claims>(assertion, &certificate.key, &rules)
        .map_err(|_| BAD_SIGNATURE)?
        .claims;
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
