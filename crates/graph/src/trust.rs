//! Whom to trust over TLS: the system's authorities, and certificates that are given beside them.
//!
//! Who trusts the same shares one configuration in a process: the authorities and the sessions to take up again take
//! 150 KB, and a process with a hundred tenants has two hundred clients.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;

use super::settings::SetupError;
use tls::{certificates, provider, verifier};

/// One for all who trust the same, as long as anybody does.
static SHARED: Mutex<Vec<Weak<Trust>>> = Mutex::new(Vec::new());

/// Whom to trust.
pub(super) struct Trust {
    /// Certificates beside the system's authorities.
    pub(super) given: Vec<CertificateDer<'static>>,
    /// TLS that does, HTTP/2 first.
    pub(super) config: ClientConfig,
}

impl Trust {
    /// Trusts certificates beside the system's authorities.
    pub(super) fn of(given: Vec<CertificateDer<'static>>) -> Result<Arc<Self>, SetupError> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.retain(|trust| trust.strong_count() > 0);
        let same = shared.iter().filter_map(Weak::upgrade);
        if let Some(trust) = same.into_iter().find(|trust| trust.given == given) {
            return Ok(trust);
        }
        let config = config(&given).map_err(|error| SetupError::Tls(error.to_string()))?;
        let trust = Arc::new(Self { given, config });
        shared.push(Arc::downgrade(&trust));
        Ok(trust)
    }
}

/// The certificates of `ca_file`.
pub(super) fn given(pem: Option<&[u8]>) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let Some(pem) = pem else {
        return Ok(Vec::new());
    };
    certificates(pem).map_err(|why| SetupError::TrustAnchor(why.words()))
}

fn config(given: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        // `dangerous` is rustls' word for any verifier of one's own.
        .dangerous()
        .with_custom_certificate_verifier(verifier(given.to_vec(), provider())?)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}
