//! Why no connection came about, found in the types of its error: above all what is wrong with the
//! server's certificate.

use std::error::Error;
use std::io;

use rustls::CertificateError;
use webpki::Error as PkiError;

use crate::trust::NotPinned;
use model::cause::{Cause, CertificateFault, NotResolved};
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
    let speaks_no_tls = |error: &rustls::Error| matches!(error, rustls::Error::InvalidMessage(_));
    if typed(error).any(speaks_no_tls) {
        return Cause::NoTls(host.into());
    }
    if typed::<NotResolved>(error).next().is_some() {
        return Cause::NameResolution(host.into());
    }
    Cause::Connection(host.into())
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
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        assert_eq!(cause(&refused), Cause::Connection("h".into()));
        let used_up = io::Error::from_raw_os_error(24);
        assert_eq!(cause(&used_up), Cause::Scarce(Scarce::Descriptors));
    }
}
