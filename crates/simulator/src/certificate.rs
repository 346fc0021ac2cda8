//! A certificate that is registered for the app, and what it has signed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, SignatureVerificationAlgorithm};
use webpki::EndEntityCert;
use webpki::ring::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256_LEGACY_KEY};

/// A certificate that is registered for the app.
pub(super) struct Certificate {
    der: CertificateDer<'static>,
    /// base64url of the SHA-256 of its DER.
    pub(super) thumbprint: String,
}

#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    /// SHA-1 of the certificate: the legacy form.
    x5t: Option<String>,
    #[serde(rename = "x5t#S256")]
    x5t_s256: Option<String>,
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
    pub(super) fn algorithm(
        &self,
        header: &Header,
    ) -> Option<&'static dyn SignatureVerificationAlgorithm> {
        let named = header.x5t_s256.as_deref();
        let meant = named.is_some_and(|named| named.trim_end_matches('=') == self.thumbprint);
        match header.alg.as_str() {
            "PS256" if meant => Some(RSA_PSS_2048_8192_SHA256_LEGACY_KEY),
            "RS256" if meant || header.x5t.is_some() => Some(RSA_PKCS1_2048_8192_SHA256),
            _ => None,
        }
    }

    /// Whether `token` (three parts) is signed with this certificate's key.
    pub(super) fn has_signed(
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
pub(super) struct Parts<'a> {
    pub(super) header: &'a str,
    pub(super) claims: &'a str,
    signature: &'a str,
    /// Header and claims, as they were signed.
    signed: &'a str,
}

pub(super) fn parts(token: &str) -> Option<Parts<'_>> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    Some(Parts {
        header,
        claims,
        signature,
        signed,
    })
}
