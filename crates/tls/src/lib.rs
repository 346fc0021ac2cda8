//! The one cryptography under TLS: ring, which builds fastest and smallest of those that rustls
//! takes (`benches/README.md`).

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};

/// What every TLS configuration of ours is built with.
#[must_use]
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Makes it the process's default too: reqwest takes its own from there, and has none without.
/// Harmless when called again.
pub fn install() {
    // An error says only that there is one already.
    let _ = ring::default_provider().install_default();
}
