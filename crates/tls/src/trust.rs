//! Whom to trust: the system's authorities and the certificates that are given, or exactly one.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_platform_verifier::Verifier;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

/// Trusts the system's authorities and the certificates that were given: as authorities, or, where
/// the server shows one of them itself, as that very certificate. A server's own self-signed
/// certificate is no authority (often it says that it is: `openssl req -x509` does), and rustls
/// takes no authority for a server.
#[derive(Debug)]
pub struct Vouched {
    /// Nothing is wrong with a system that has none, as long as nobody needs them: the demo, an
    /// unencrypted UCServer, a server's own certificate.
    system: Result<Verifier, Error>,
    given: Vec<CertificateDer<'static>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Vouched {
    /// With these certificates beside the system's authorities. Where those cannot be read, a server
    /// that needs them is refused with that reason.
    #[must_use]
    pub fn new(given: Vec<CertificateDer<'static>>, provider: Arc<CryptoProvider>) -> Self {
        Self {
            algorithms: provider.signature_verification_algorithms,
            system: Verifier::new_with_extra_roots(given.clone(), provider),
            given,
        }
    }

    fn is_given(&self, cert: &CertificateDer<'_>) -> bool {
        self.given.iter().any(|given| given == cert)
    }
}

/// rustls' verdict on a signature or, where it cannot read a certificate that is known by itself, the same question asked of
/// its key.
fn or_by_key(
    verified: Result<HandshakeSignatureValid, Error>,
    is_known: bool,
    algorithms: &WebPkiSupportedAlgorithms,
    message: &[u8],
    cert: &CertificateDer<'_>,
    dss: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    verified.or_else(|error| {
        let signed = (dss.scheme, dss.signature());
        if is_known && is_signed_by(cert, algorithms, message, signed) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        Err(weak_key(cert).map_or(error, |weak| Error::Other(OtherError(Arc::new(weak)))))
    })
}

/// The key of the server's certificate is one that nothing is verified with any more.
#[derive(Debug, thiserror::Error)]
#[error("the certificate's key is RSA with {bits} bits: {STRONG_RSA} are needed")]
pub(crate) struct WeakKey {
    bits: usize,
}

/// What `ring` verifies with, in bits.
const STRONG_RSA: usize = 2_048;

/// Of a key that is too short, how long it is.
fn weak_key(cert: &CertificateDer<'_>) -> Option<WeakKey> {
    let (_, certificate) = X509Certificate::from_der(cert).ok()?;
    let PublicKey::RSA(key) = certificate.public_key().parsed().ok()? else {
        return None;
    };
    let bits = key.key_size();
    (bits < STRONG_RSA).then_some(WeakKey { bits })
}

/// Whether the key in the certificate has signed `message`. rustls reads certificates of X.509
/// version 3 only; `openssl x509 -req -signkey` makes version 1.
fn is_signed_by(
    cert: &CertificateDer<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
    message: &[u8],
    (scheme, signature): (SignatureScheme, &[u8]),
) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(cert) else {
        return false;
    };
    let key = &certificate.public_key().subject_public_key.data;
    let fitting = algorithms
        .mapping
        .iter()
        .filter(|(known, _)| *known == scheme);
    fitting
        .flat_map(|(_, algorithms)| algorithms.iter())
        .any(|algorithm| algorithm.verify_signature(key, message, signature).is_ok())
}

impl ServerCertVerifier for Vouched {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.is_given(shown) {
            return itself(shown, name, now);
        }
        let system = self.system.as_ref().map_err(Clone::clone)?;
        system.verify_server_cert(shown, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls12_signature(message, cert, dss, &self.algorithms);
        let is_known = self.is_given(cert);
        or_by_key(verified, is_known, &self.algorithms, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let verified = verify_tls13_signature(message, cert, dss, &self.algorithms);
        let is_known = self.is_given(cert);
        or_by_key(verified, is_known, &self.algorithms, message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// The certificate that was given: nobody needs to vouch for it, but it must be made out to this
/// server and valid now.
fn itself(
    shown: &CertificateDer<'_>,
    name: &ServerName<'_>,
    now: UnixTime,
) -> Result<ServerCertVerified, Error> {
    let refused = |why| Err(Error::InvalidCertificate(why));
    let Ok((_, certificate)) = X509Certificate::from_der(shown) else {
        return refused(CertificateError::BadEncoding);
    };
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let validity = certificate.validity();
    if now < validity.not_before.timestamp() {
        return refused(CertificateError::NotValidYet);
    }
    if now > validity.not_after.timestamp() {
        return refused(CertificateError::Expired);
    }
    if is_in_common_name(&certificate, name) {
        return Ok(ServerCertVerified::assertion());
    }
    verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
    Ok(ServerCertVerified::assertion())
}

/// A certificate of an older kind has its name in the subject alone; rustls does not look there. It
/// counts where there is no other name (RFC 2818, 3.1), and only in this very certificate.
fn is_in_common_name(certificate: &X509Certificate<'_>, name: &ServerName<'_>) -> bool {
    let others = certificate.subject_alternative_name();
    let mut names = certificate.subject().iter_common_name();
    matches!(others, Ok(None))
        && names.any(|common| {
            let common = common.as_str().unwrap_or_default();
            common.eq_ignore_ascii_case(&name.to_str())
        })
}

/// What trusts the system's authorities, and these certificates beside them.
///
/// # Errors
/// Where none are given and the system has no authorities that can be read: nobody could be trusted.
pub fn verifier(
    given: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    if given.is_empty() {
        return Ok(Arc::new(Verifier::new(provider)?));
    }
    Ok(Arc::new(Vouched::new(given, provider)))
}

/// The server shows another certificate than the pinned one.
#[derive(Debug, thiserror::Error)]
#[error(
    "the server's certificate has the fingerprint {}, not the pinned one. If it was renewed, \
     check the fingerprint on the server and pin the new one",
    hex(.shown)
)]
pub(crate) struct NotPinned {
    shown: [u8; 32],
}

/// Takes exactly the certificate (DER) with this SHA-256, whatever its name or validity.
#[derive(Debug)]
pub struct Pinned {
    hash: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl Pinned {
    /// With this fingerprint.
    #[must_use]
    pub const fn new(hash: [u8; 32], provider: Arc<CryptoProvider>) -> Self {
        Self { hash, provider }
    }
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
        Err(Error::Other(OtherError(Arc::new(NotPinned { shown }))))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = verify_tls12_signature(message, cert, dss, algorithms);
        or_by_key(verified, true, algorithms, message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let verified = verify_tls13_signature(message, cert, dss, algorithms);
        or_by_key(verified, true, algorithms, message, cert, dss)
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
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
    use rstest::rstest;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;
    use crate::{certificate_fault, provider};
    use model::cause::CertificateFault;

    /// A self-signed certificate as tools make them.
    fn own(names: &[&str], common: Option<&str>, is_ca: IsCa) -> CertificateDer<'static> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.is_ca = is_ca;
        if let Some(common) = common {
            params.distinguished_name.push(DnType::CommonName, common);
        }
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().clone()
    }

    fn verified(
        given: &CertificateDer<'static>,
        shown: &CertificateDer<'static>,
        name: &str,
        at: UnixTime,
    ) -> Result<(), CertificateFault> {
        let trust = Vouched::new(vec![given.clone()], provider());
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let verified = trust.verify_server_cert(shown, &[], &name, &[], at);
        verified
            .map(|_| ())
            .map_err(|error| certificate_fault(&error).unwrap())
    }

    fn ca() -> IsCa {
        IsCa::Ca(BasicConstraints::Unconstrained)
    }

    /// `openssl req -x509 -newkey rsa:1024`, without the key.
    const SHORT: &str = "MIICEjCCAXugAwIBAgIUWbipBUSWa1b+3zBN2sZC2zIOAG0wDQYJKoZIhvcNAQELBQAwDTELMAkGA1UEAwwCdWMwHhcNMjYxMTI4MTM0OTQyWhcNMjYxMjI4MTM0OTQyWjANMQswCQYDVQQDDAJ1YzCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEAwB+qbCBuwjaA1HrKWifXDAx0lsJTDHRSvHy8762ctP4t2r56pMo3rgeRoBzSyB+nR/u2p2PsaYgbXWsf9XlBzb5BWaHrzxz5MBmFB9j8hgDa2ffxREE/yMvIPtGX5vTYBkxuAepOw8p0PibBFArCuU3Bxbw3aXWoFSsso+tw+50CAwEAAaNvMG0wHQYDVR0OBBYEFF/09A5M5ojXvBE+zG3EC75OKZiEMB8GA1UdIwQYMBaAFF/09A5M5ojXvBE+zG3EC75OKZiEMA8GA1UdEwEB/wQFMAMBAf8wGgYDVR0RBBMwEYIJbG9jYWxob3N0hwR/AAABMA0GCSqGSIb3DQEBCwUAA4GBAHb0aNOhVoTDS8vUfWGa1AHwvLppyEYYXClDxKS21gCH4X8UPopuxviZ7GHiM+PbiYswQ0ndvqkVO/E75mFL0NX2woLlcylYLopKvRJKyRcDQA3wK8GQtEQLbantREUYCf+rYQLhyvvBYVKpF2wizUL6oNdGeth1/QKeqmrXDkds";

    #[test]
    fn a_key_that_is_too_short_is_named() {
        let pem = format!("-----BEGIN CERTIFICATE-----\n{SHORT}\n-----END CERTIFICATE-----\n");
        let short = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        assert_eq!(weak_key(&short).map(|weak| weak.bits), Some(1_024));
        let refused = Error::Other(OtherError(Arc::new(weak_key(&short).unwrap())));
        assert_eq!(certificate_fault(&refused), Some(CertificateFault::WeakKey));
        assert!(weak_key(&own(&["ucserver"], None, IsCa::NoCa)).is_none());
    }

    /// seanmonstar/reqwest#2041, rustls/webpki#205, lightningnetwork/lnd#5450.
    #[rstest]
    #[case::an_authority(&["ucserver", "127.0.0.1"], None, ca())]
    #[case::no_authority(&["ucserver", "127.0.0.1"], None, IsCa::ExplicitNoCa)]
    #[case::says_nothing(&["ucserver", "127.0.0.1"], None, IsCa::NoCa)]
    fn a_servers_own_certificate_is_trusted_under_its_names(
        #[case] names: &[&str],
        #[case] common: Option<&str>,
        #[case] is_ca: IsCa,
    ) {
        let own_one = own(names, common, is_ca);
        for name in names {
            assert_eq!(verified(&own_one, &own_one, name, UnixTime::now()), Ok(()));
        }
        let other = verified(&own_one, &own_one, "other", UnixTime::now());
        assert_eq!(other, Err(CertificateFault::WrongName));
    }

    #[rstest]
    #[case::alone(&[], "ucserver", Ok(()))]
    #[case::in_capitals(&[], "UCServer", Ok(()))]
    #[case::another(&[], "other", Err(CertificateFault::WrongName))]
    #[case::beside_another_name(&["other"], "ucserver", Err(CertificateFault::WrongName))]
    fn a_common_name_counts_where_there_is_no_other(
        #[case] names: &[&str],
        #[case] asked: &str,
        #[case] expected: Result<(), CertificateFault>,
    ) {
        let own_one = own(names, Some("ucserver"), ca());
        assert_eq!(
            verified(&own_one, &own_one, asked, UnixTime::now()),
            expected
        );
    }

    fn version_1() -> CertificateDer<'static> {
        let pem = include_bytes!("../../../tests/keys/version_1.pem");
        crate::certificates(pem).unwrap().remove(0)
    }

    #[test]
    fn a_certificate_of_version_1_is_trusted_as_well() {
        let own_one = version_1();
        let verified = |name| verified(&own_one, &own_one, name, UnixTime::now());
        assert_eq!(verified("127.0.0.1"), Ok(()));
        let trust = Vouched::new(vec![own_one.clone()], provider());
        let other = ServerName::try_from("other").unwrap();
        let now = UnixTime::now();
        let refused = trust.verify_server_cert(&own_one, &[], &other, &[], now);
        assert!(refused.is_err());
    }

    #[test]
    fn the_key_of_a_certificate_of_version_1_signs() {
        let pem = include_str!("../../../tests/keys/version_1_key.pem");
        let key = rustls::pki_types::PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap();
        let key = provider().key_provider.load_private_key(key).unwrap();
        let scheme = SignatureScheme::RSA_PSS_SHA256;
        let signature = key
            .choose_scheme(&[scheme])
            .unwrap()
            .sign(b"hello")
            .unwrap();
        let algorithms = provider().signature_verification_algorithms;
        let signed =
            |message: &[u8]| is_signed_by(&version_1(), &algorithms, message, (scheme, &signature));
        assert!(signed(b"hello"));
        assert!(!signed(b"hallo"));
    }

    #[test]
    fn a_system_without_authorities_refuses_only_those_who_need_them() {
        let (given, shown) = (
            own(&["ucserver"], None, ca()),
            own(&["other"], None, IsCa::NoCa),
        );
        let mut trust = Vouched::new(vec![given.clone()], provider());
        trust.system = Err(Error::General("none".to_owned()));
        let verified = |shown, name| {
            let name = ServerName::try_from(name).unwrap();
            trust.verify_server_cert(shown, &[], &name, &[], UnixTime::now())
        };
        assert!(verified(&given, "ucserver").is_ok());
        let refused = verified(&shown, "other").unwrap_err();
        assert!(refused.to_string().contains("none"), "{refused}");
    }

    #[test]
    fn another_certificate_of_the_same_name_is_not_trusted() {
        let (given, shown) = (
            own(&["ucserver"], None, ca()),
            own(&["ucserver"], None, IsCa::NoCa),
        );
        let refused = verified(&given, &shown, "ucserver", UnixTime::now());
        assert_eq!(refused, Err(CertificateFault::Unvouched));
    }

    #[test]
    fn a_certificate_out_of_its_time_is_not_trusted() {
        let own_one = own(&["ucserver"], None, ca());
        let long_ago = UnixTime::since_unix_epoch(Duration::from_secs(1));
        let refused = verified(&own_one, &own_one, "ucserver", long_ago);
        assert_eq!(refused, Err(CertificateFault::WrongTime));
    }

    #[test]
    fn a_fingerprint_is_printed_as_openssl_does() {
        assert_eq!(hex(&[0xAB, 0x0F]), "AB:0F");
    }
}
