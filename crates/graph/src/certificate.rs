//! The certificate credential: checked once, then signs one short-lived assertion per token.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::settings::{Credential, SetupError};
use model::clock::advance;
use model::redact;
use tls::pem::{self, Kind, PemError};
use words::Words;

/// How long an assertion is valid: the documentation asks for five to ten minutes at most.
const ASSERTION_LIFE: Duration = Duration::from_mins(5);

/// Signs assertions: PS256, named by `x5t#S256` (RS256 with SHA-1 is Entra's legacy form).
pub(super) struct CertificateCredential {
    thumbprint: String,
    key: Arc<dyn SigningKey>,
}

/// A JWT's first part. Written by hand because the signature is rustls', which is here anyway: a
/// library for tokens would bring a second cryptography with it.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(rename = "x5t#S256")]
    thumbprint: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    iss: &'a str,
    sub: &'a str,
    jti: String,
    nbf: i64,
    iat: i64,
    exp: i64,
}

impl CertificateCredential {
    /// Reads both files and checks that they belong together and can sign.
    pub(super) fn new(certificate_pem: &[u8], key_pem: &SecretString) -> Result<Self, SetupError> {
        let key = read_key(key_pem)?;
        let signing = signing_key(&key)?;
        if signing.algorithm() != SignatureAlgorithm::RSA {
            let need = Words::say(|t| t.errors.key_not_rsa, &[]);
            return Err(SetupError::PrivateKey(need));
        }
        let certificate = fitting(read_certificates(certificate_pem)?, &signing)?;
        let credential = Self {
            thumbprint: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&certificate)),
            key: signing,
        };
        // A key that cannot sign is reported now, not at three in the morning.
        credential
            .assertion("check", "https://check.invalid", Timestamp::UNIX_EPOCH)
            .map_err(|error| SetupError::PrivateKey(Words::quoted(error.to_string())))?;
        Ok(credential)
    }

    /// A fresh assertion of `client_id` for the token endpoint `audience`.
    pub(super) fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<String, rustls::Error> {
        let header = Header {
            alg: "PS256",
            typ: "JWT",
            thumbprint: &self.thumbprint,
        };
        let claims = Claims {
            aud: audience,
            iss: client_id,
            sub: client_id,
            jti: Uuid::new_v4().to_string(),
            nbf: now.as_second(),
            iat: now.as_second(),
            exp: advance(now, ASSERTION_LIFE).as_second(),
        };
        let mut token = format!("{}.{}", part(&header)?, part(&claims)?);
        let signature = self.sign(token.as_bytes())?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// PS256 is what TLS calls `rsa_pss_rsae_sha256`: a salt as long as the hash.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signer = self.key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]);
        let signer = signer.ok_or_else(|| rustls::Error::General("no PS256".into()))?;
        signer.sign(message)
    }
}

fn part(content: &impl Serialize) -> Result<String, rustls::Error> {
    let json = serde_json::to_vec(content);
    let json = json.map_err(|error| rustls::Error::General(error.to_string()))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(json))
}

impl Credential {
    /// When the certificate ends; nothing for a secret, whose end only Entra knows, and where the
    /// files are not in order.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        let Self::Certificate {
            certificate_pem,
            private_key_pem,
        } = self
        else {
            return None;
        };
        let key = read_key(private_key_pem).ok()?;
        let signing = signing_key(&key).ok()?;
        let certificate = fitting(read_certificates(certificate_pem).ok()?, &signing).ok()?;
        let (_, parsed) = x509_parser::parse_x509_certificate(&certificate).ok()?;
        Timestamp::from_second(parsed.validity().not_after.timestamp()).ok()
    }
}

fn signing_key(key: &PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, SetupError> {
    tls::provider()
        .key_provider
        .load_private_key(key.clone_key())
        .map_err(|error| SetupError::PrivateKey(Words::quoted(error.to_string())))
}

/// The parser's error quotes the file, which may hold the key as well; so it is not passed on.
fn read_certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    tls::certificates(pem).map_err(|why| SetupError::Certificate(why.words()))
}

fn read_key(pem: &SecretString) -> Result<PrivateKeyDer<'static>, SetupError> {
    let pem = pem.expose_secret();
    for key in pem::key_bodies(pem) {
        redact::hide(&key);
    }
    let mended = SecretString::from(pem::mended(pem, Kind::PrivateKey).map_err(no_key)?);
    PrivateKeyDer::from_pem_slice(mended.expose_secret().as_bytes())
        .map_err(|_| SetupError::PrivateKey(Words::say(|t| t.errors.key_none, &[])))
}

fn no_key(why: PemError) -> SetupError {
    SetupError::PrivateKey(match why {
        PemError::Encrypted => Words::say(|t| t.errors.key_encrypted, &[]),
        PemError::Missing(_) => Words::say(|t| t.errors.key_none, &[]),
        other => other.words(),
    })
}

/// Of a bundle, the certificate that belongs to the key.
fn fitting(
    certificates: Vec<CertificateDer<'static>>,
    key: &Arc<dyn SigningKey>,
) -> Result<CertificateDer<'static>, SetupError> {
    let mut unreadable = None;
    for certificate in certificates {
        let pair = CertifiedKey::new(vec![certificate.clone()], Arc::clone(key));
        match pair.keys_match() {
            Ok(()) => return Ok(certificate),
            Err(rustls::Error::InconsistentKeys(_)) => {}
            Err(error) => unreadable = Some(Words::quoted(error.to_string())),
        }
    }
    Err(unreadable.map_or(SetupError::KeyMismatch, SetupError::Certificate))
}
