//! Why no connection came about, found in the types of its error: above all what is wrong with the
//! server's certificate.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError, PeerIncompatible};
use webpki::Error as PkiError;

use crate::trust::{NotPinned, WeakKey};
use model::cause::{Cause, CertificateFault, NotResolved, TlsFault};
use model::scarce::Scarce;

/// Why no connection to `host` came about; `given`: certificates of one's own are configured.
#[must_use]
pub fn connection_cause(error: &(dyn Error + 'static), host: &str, given: bool) -> Cause {
    if let Some(scarce) = Scarce::of(error) {
        return Cause::Scarce(scarce);
    }
    if let Some(fault) = certificate_fault(error) {
        let host = host.into();
        return Cause::Certificate { host, fault, given };
    }
    if let Some(fault) = typed(error).find_map(tls_fault) {
        let host = host.into();
        return Cause::NoCommonTls { host, fault };
    }
    let speaks_no_tls = |error: &rustls::Error| matches!(error, rustls::Error::InvalidMessage(_));
    if typed(error).any(speaks_no_tls) {
        return Cause::NoTls(host.into());
    }
    if typed::<NotResolved>(error).next().is_some() {
        return Cause::NameResolution(host.into());
    }
    Cause::Connection(host.into())
}

/// What the server says, or what it lacks; nothing where it is about something else.
fn tls_fault(error: &rustls::Error) -> Option<TlsFault> {
    Some(match error {
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => TlsFault::OldVersion,
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            TlsFault::ClientCertificate
        }
        rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity,
        )
        | rustls::Error::PeerIncompatible(_) => TlsFault::Ciphers,
        _ => return None,
    })
}

/// The fault in `error` or what it was caused by; nothing where it is about something else.
#[must_use]
pub fn certificate_fault(error: &(dyn Error + 'static)) -> Option<CertificateFault> {
    typed::<rustls::Error>(error).find_map(of_rustls)
}

/// `error` and everything that it was caused by, outermost first.
pub fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| below(*error))
}

/// Those of this type.
fn typed<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a E> {
    causes(error).filter_map(|error| error.downcast_ref::<E>())
}

/// `source` of an I/O error passes over the error that it carries, and rustls' has none.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    if let Some(rustls::Error::Other(other)) = error.downcast_ref() {
        return Some(other.0.as_ref());
    }
    let carried = error.downcast_ref().and_then(io::Error::get_ref);
    match carried {
        Some(carried) => Some(carried),
        None => error.source(),
    }
}

fn of_rustls(error: &rustls::Error) -> Option<CertificateFault> {
    let why = match error {
        rustls::Error::InvalidCertificate(why) => why,
        rustls::Error::Other(other) if other.0.is::<NotPinned>() => {
            return Some(CertificateFault::NotPinned);
        }
        rustls::Error::Other(other) if other.0.is::<WeakKey>() => {
            return Some(CertificateFault::WeakKey);
        }
        _ => return None,
    };
    Some(match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            CertificateFault::Unvouched
        }
        // A self-signed certificate that says that it is an authority.
        CertificateError::Other(other)
            if other.0.downcast_ref() == Some(&PkiError::CaUsedAsEndEntity) =>
        {
            CertificateFault::Unvouched
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::WrongName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => CertificateFault::WrongTime,
        _ => CertificateFault::Other,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;
    use rustls::OtherError;

    use super::*;

    #[rstest]
    #[case(CertificateError::UnknownIssuer, CertificateFault::Unvouched)]
    #[case(CertificateError::NotValidForName, CertificateFault::WrongName)]
    #[case(CertificateError::Expired, CertificateFault::WrongTime)]
    #[case(
        CertificateError::Other(OtherError(Arc::new(PkiError::CaUsedAsEndEntity))),
        CertificateFault::Unvouched
    )]
    #[case(CertificateError::Revoked, CertificateFault::Other)]
    fn a_fault_is_found_within_other_errors(
        #[case] why: CertificateError,
        #[case] fault: CertificateFault,
    ) {
        let bare = rustls::Error::InvalidCertificate(why);
        assert_eq!(certificate_fault(&bare), Some(fault));
        let carried = io::Error::other(bare);
        assert_eq!(certificate_fault(&carried), Some(fault));
        let twice = io::Error::other(carried);
        assert_eq!(certificate_fault(&twice), Some(fault));
        assert_eq!(certificate_fault(&io::Error::other("x")), None);
    }

    #[test]
    fn a_connection_that_fails_says_at_which_hop() {
        let cause = |error: &(dyn Error + 'static)| connection_cause(error, "h", false);
        let unresolved = io::Error::other(NotResolved(io::Error::other("no such name")));
        assert_eq!(cause(&unresolved), Cause::NameResolution("h".into()));
        let garbage = rustls::InvalidMessage::InvalidContentType;
        let no_tls = io::Error::other(rustls::Error::InvalidMessage(garbage));
        assert_eq!(cause(&no_tls), Cause::NoTls("h".into()));
        let old = rustls::Error::AlertReceived(AlertDescription::ProtocolVersion);
        let host = "h".into();
        let fault = TlsFault::OldVersion;
        assert_eq!(
            cause(&io::Error::other(old)),
            Cause::NoCommonTls { host, fault }
        );
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(cause(&refused), Cause::Connection("h".into()));
        let used_up = io::Error::from_raw_os_error(24);
        assert_eq!(cause(&used_up), Cause::Scarce(Scarce::Descriptors));
    }
}
