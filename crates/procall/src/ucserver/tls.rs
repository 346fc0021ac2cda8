//! Whom to trust: one TLS configuration for HTTP and WebSocket alike.

use std::sync::Arc;

use rustls_platform_verifier::Verifier;
use sha2::{Digest, Sha256};
use tokio_rustls::rustls;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};

use super::settings::Trust;

/// The configuration for `trust`.
///
/// # Errors
/// In an administrator's words, when the authority's file holds no certificate or the system's
/// authorities cannot be read.
pub(crate) fn client_config(trust: &Trust) -> Result<ClientConfig, String> {
    let provider = tls::provider();
    let verifier = verifier(trust, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS cannot be set up: {error}"))?;
    // `dangerous` is rustls' word for any verifier of one's own; both of ours do verify.
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

fn verifier(
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let extra = match trust {
        Trust::Pinned(hash) => {
            return Ok(Arc::new(Pinned {
                hash: *hash,
                provider: Arc::clone(provider),
            }));
        }
        Trust::System => Vec::new(),
        Trust::SystemAnd { ca_pem } => certificates(ca_pem)?,
    };
    Verifier::new_with_extra_roots(extra, Arc::clone(provider))
        .map(|verifier| Arc::new(verifier) as Arc<dyn ServerCertVerifier>)
        .map_err(|error| format!("the system's certificate authorities cannot be read: {error}"))
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err("the certificate authority's file holds no PEM certificate".to_owned()),
        Err(error) => Err(format!(
            "the certificate authority's file cannot be read: {error}"
        )),
    }
}

/// Takes exactly one certificate.
#[derive(Debug)]
struct Pinned {
    hash: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let shown: [u8; 32] = Sha256::digest(end_entity.as_ref()).into();
        if shown == self.hash {
            return Ok(ServerCertVerified::assertion());
        }
        Err(Error::General(format!(
            "the server's certificate has the fingerprint {}, not the pinned one. If it was \
             renewed, check the fingerprint on the server and pin the new one",
            hex(&shown)
        )))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

fn hex(bytes: &[u8]) -> String {
    let pairs: Vec<_> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_without_a_certificate_is_refused() {
        let trust = Trust::SystemAnd {
            ca_pem: "nothing here".to_owned(),
        };
        let refused = client_config(&trust).map(|_| ()).unwrap_err();
        assert!(refused.contains("no PEM certificate"), "{refused}");
    }

    #[test]
    fn a_fingerprint_is_printed_as_openssl_does() {
        assert_eq!(hex(&[0xAB, 0x0F]), "AB:0F");
    }
}
