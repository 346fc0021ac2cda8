//! The certificate's proof: a signed JWT in place of the secret (spec section 5.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::EndEntityCert;
use webpki::ring::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256_LEGACY_KEY};

use super::identity::Identity;

/// How far the client's clock may be off.
const LEEWAY: SignedDuration = SignedDuration::from_mins(5);

/// A certificate that is registered for the app.
pub(super) struct Certificate {
    der: CertificateDer<'static>,
    /// base64url of the SHA-256 of its DER.
    thumbprint: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// SHA-1 of the certificate: the legacy form.
    x5t: Option<String>,
    #[serde(rename = "x5t#S256")]
    x5t_s256: Option<String>,
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
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&der).ok()?;
        let key = parsed.public_key().parsed().ok()?;
        if !matches!(key, x509_parser::public_key::PublicKey::RSA(_)) {
            return None;
        }
        Some(Self {
            thumbprint: URL_SAFE_NO_PAD.encode(Sha256::digest(&der)),
            der,
        })
    }

    /// How a token that names this certificate is signed. PS256 names it by SHA-256; the older
    /// RS256 may do so by SHA-1, which we take as it comes: the signature decides.
    fn algorithm(&self, header: &Header) -> Option<&'static dyn SignatureVerificationAlgorithm> {
        let named = header.x5t_s256.as_deref();
        let meant = named.is_some_and(|named| named.trim_end_matches('=') == self.thumbprint);
        match header.alg.as_str() {
            "PS256" if meant => Some(RSA_PSS_2048_8192_SHA256_LEGACY_KEY),
            "RS256" if meant || header.x5t.is_some() => Some(RSA_PKCS1_2048_8192_SHA256),
            _ => None,
        }
    }

    /// Whether `token` (three parts) is signed with this certificate's key.
    fn has_signed(
        &self,
        token: &Parts<'_>,
        algorithm: &'static dyn SignatureVerificationAlgorithm,
    ) -> bool {
        let Ok(certificate) = EndEntityCert::try_from(&self.der) else {
            return false;
        };
        let Ok(signature) = URL_SAFE_NO_PAD.decode(token.signature) else {
            return false;
        };
        certificate
            .verify_signature(algorithm, token.signed.as_bytes(), &signature)
            .is_ok()
    }
}

/// A JWT: `header.claims.signature`, each base64url.
struct Parts<'a> {
    header: &'a str,
    claims: &'a str,
    signature: &'a str,
    /// Header and claims, as they were signed.
    signed: &'a str,
}

fn parts(token: &str) -> Option<Parts<'_>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    Some(Parts {
        header,
        claims,
        signature,
        signed,
    })
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
