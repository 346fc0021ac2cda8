//! Why UCServer's UCWeb cannot be reached, and what helps.

use super::finding::{Words, say};
use model::cause::{Cause, CertificateFault};

/// What the configuration gives to know UCWeb's certificate by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Nothing: the system's authorities.
    Nothing,
    /// `ca_file`.
    File,
    /// `pin_sha256`.
    Fingerprint,
}

/// What the cause means here, and what to do.
pub(super) fn link(cause: &Cause, given: Given) -> (Words, Words) {
    let (what, remedy) = Words::of_cause(cause);
    match cause {
        Cause::Certificate { fault, .. } => certificate(*fault, given, what, &remedy),
        Cause::NotUcweb(_) => (say(|t| t.ucserver.not_ucweb, &[("what", &what)]), remedy),
        Cause::NoTls(_) => (what, say(|t| t.ucserver.no_tls_do, &[])),
        Cause::NoCommonTls { .. } => (what, remedy),
        _ => (
            say(|t| t.ucserver.unreachable, &[]),
            say(|t| t.ucserver.unreachable_do, &[]),
        ),
    }
}

/// What is wrong with the certificate, and what helps that is not done already.
fn certificate(
    fault: CertificateFault,
    given: Given,
    what: Words,
    remedy: &Words,
) -> (Words, Words) {
    match fault {
        CertificateFault::NotPinned => (what, say(|t| t.ucserver.pin_do, &[("what", remedy)])),
        CertificateFault::WrongName => (what, say(|t| t.ucserver.name_do, &[])),
        CertificateFault::WrongTime => (what, say(|t| t.ucserver.time_do, &[])),
        CertificateFault::WeakKey => (what, remedy.clone()),
        CertificateFault::Unvouched | CertificateFault::Other => {
            (say(|t| t.ucserver.untrusted, &[]), untrusted(given))
        }
    }
}

fn untrusted(given: Given) -> Words {
    match given {
        Given::Nothing => say(|t| t.ucserver.untrusted_do, &[]),
        // What is set already is not what helps.
        Given::File => say(|t| t.ucserver.untrusted_file_do, &[]),
        Given::Fingerprint => say(|t| t.ucserver.untrusted_pinned_do, &[]),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use model::presence::Lang;

    #[rstest]
    #[case(CertificateFault::Unvouched, Given::Nothing, "ca_file or pin_sha256")]
    #[case(CertificateFault::Unvouched, Given::File, "pin_sha256")]
    #[case(CertificateFault::Unvouched, Given::Fingerprint, "make a new one")]
    #[case(CertificateFault::WrongName, Given::File, "url")]
    #[case(CertificateFault::WrongTime, Given::File, "clock")]
    fn a_certificate_that_is_refused_is_no_riddle(
        #[case] fault: CertificateFault,
        #[case] given: Given,
        #[case] do_: &str,
    ) {
        let cause = Cause::Certificate {
            host: "uc".into(),
            fault,
            given: given != Given::Nothing,
        };
        let (_, advice) = link(&cause, given);
        for lang in [Lang::De, Lang::En] {
            let said = advice.in_lang(lang);
            assert!(given != Given::File || !said.contains("ca_file"), "{said}");
            assert!(
                given != Given::Fingerprint || !said.contains("pin_sha256"),
                "{said}"
            );
        }
        assert!(advice.in_lang(Lang::En).contains(do_), "{advice:?}");
    }
}
