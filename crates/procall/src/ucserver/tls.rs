//! Whom to trust: one TLS configuration for HTTP and WebSocket alike.

use std::sync::Arc;

use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::CryptoProvider;

use super::settings::Trust;
use tls::{Pinned, Vouched, certificates};

/// The configuration for `trust`.
///
/// # Errors
/// In an administrator's words, when the authority's file holds no certificate.
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
    let given = match trust {
        Trust::Pinned(hash) => return Ok(Arc::new(Pinned::new(*hash, Arc::clone(provider)))),
        Trust::System => Vec::new(),
        Trust::SystemAnd { ca_pem } => certificates(ca_pem.as_bytes())
            .map_err(|why| format!("the file with the certificate cannot be used: {why}"))?,
    };
    Ok(Arc::new(Vouched::new(given, Arc::clone(provider))))
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
        assert!(refused.contains("BEGIN CERTIFICATE"), "{refused}");
    }
}
