//! Whom to trust: one TLS configuration for HTTP and WebSocket alike.

use std::sync::Arc;

use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::CryptoProvider;

use super::settings::Trust;
use tls::{Pinned, Vouched, certificates};
use words::Words;

/// The configuration for `trust`.
///
/// # Errors
/// In an administrator's words, when the authority's file holds no certificate.
pub(crate) fn client_config(trust: &Trust) -> Result<ClientConfig, Words> {
    let provider = tls::provider();
    let verifier = verifier(trust, &provider)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| not_set_up(&error))?;
    // `dangerous` is rustls' word for any verifier of one's own; both of ours do verify.
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// TLS, or the HTTP client on it, cannot be set up.
pub(crate) fn not_set_up(error: &dyn std::error::Error) -> Words {
    let why = Words::quoted(error.to_string());
    Words::say(|t| t.errors.tls, &[("why", &why)])
}

fn verifier(
    trust: &Trust,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Words> {
    let given = match trust {
        Trust::Pinned(hash) => return Ok(Arc::new(Pinned::new(*hash, Arc::clone(provider)))),
        Trust::System => Vec::new(),
        Trust::SystemAnd { ca_pem } => certificates(ca_pem.as_bytes())
            .map_err(|why| Words::say(|t| t.errors.ca_file, &[("why", &why.words())]))?,
    };
    Ok(Arc::new(Vouched::new(given, Arc::clone(provider))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use words::Lang;

    #[test]
    fn an_authority_without_a_certificate_is_refused() {
        let trust = Trust::SystemAnd {
            ca_pem: "nothing here".to_owned(),
        };
        let refused = client_config(&trust).map(|_| ()).unwrap_err();
        for lang in [Lang::De, Lang::En] {
            let refused = refused.in_lang(lang);
            assert!(refused.contains("BEGIN CERTIFICATE"), "{refused}");
        }
    }
}
