//! The certificates that are trusted beside the system's authorities.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;

use super::settings::SetupError;
use tls::{Vouched, certificates, provider};

/// The certificates of `ca_file`.
pub(super) fn given(pem: Option<&[u8]>) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let Some(pem) = pem else {
        return Ok(Vec::new());
    };
    certificates(pem).map_err(|why| SetupError::TrustAnchor(why.words()))
}

/// TLS that trusts them; nothing where there are none: the HTTP client itself trusts the system's
/// authorities.
pub(super) fn trusting(
    given: &[CertificateDer<'static>],
) -> Result<Option<ClientConfig>, SetupError> {
    if given.is_empty() {
        return Ok(None);
    }
    let set_up = |error: rustls::Error| SetupError::Tls(error.to_string());
    let trust = Vouched::new(given.to_vec(), provider());
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(set_up)?
        // `dangerous` is rustls' word for any verifier of one's own.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(trust))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Some(config))
}
