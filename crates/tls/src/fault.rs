//! What is wrong with a server's certificate, found in the error of a connection.

use std::error::Error;
use std::io;

use rustls::CertificateError;

/// Why a server's certificate is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Nobody whom we trust vouches for it.
    Unvouched,
    /// It is made out to another name.
    WrongName,
    /// It is not valid at this time.
    WrongTime,
    /// Something else is wrong with the certificate.
    Other,
}

/// The fault in `error` or what it was caused by; nothing where it is about something else.
#[must_use]
pub fn certificate_fault(error: &(dyn Error + 'static)) -> Option<CertificateFault> {
    let mut next = Some(error);
    while let Some(error) = next {
        let fault = error.downcast_ref::<rustls::Error>().and_then(of_rustls);
        // `source` of an I/O error passes over the error that it carries.
        let carried = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        let carried = carried.and_then(|carried| certificate_fault(carried));
        if let Some(fault) = fault.or(carried) {
            return Some(fault);
        }
        next = error.source();
    }
    None
}

const fn of_rustls(error: &rustls::Error) -> Option<CertificateFault> {
    let rustls::Error::InvalidCertificate(why) = error else {
        return None;
    };
    Some(match why {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
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
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(CertificateError::UnknownIssuer, CertificateFault::Unvouched)]
    #[case(CertificateError::NotValidForName, CertificateFault::WrongName)]
    #[case(CertificateError::Expired, CertificateFault::WrongTime)]
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
}
