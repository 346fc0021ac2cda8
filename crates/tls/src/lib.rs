//! TLS: the one cryptography under it, and whom to trust.
//!
//! | file | what |
//! | --- | --- |
//! | this one | ring, which builds fastest and smallest of those that rustls takes (`benches/README.md`) |
//! | `trust` | the system's authorities and certificates that are given, or exactly one certificate |
//! | `pem` | certificates and keys in PEM, however the file has lost its line ends |
//! | `fault` | what is wrong with a certificate, found in the error of a connection |

mod fault;
pub mod pem;
mod trust;

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::pem::{Kind, PemError, mended};

pub use fault::{causes, certificate_fault, connection_cause};
pub use trust::{Pinned, Vouched, verifier};

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

/// The certificates of a PEM file.
///
/// # Errors
/// Where there is none; never with a byte of the file.
pub fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemError> {
    let pem = mended(&String::from_utf8_lossy(pem), Kind::Certificate)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    found.map_err(|_| PemError::Damaged)
}
