//! A failed request to Microsoft: what its cause is called stands in `words`, what to do about it
//! may be another thing here, where nothing is tried again by itself.

use super::finding::{Finding, Words, say};
use graph::{Failure, FailureKind};
use model::cause::{Cause, CertificateFault};
use model::presence::Lang;

/// What a failed request means. The whole message, with the request id that Microsoft's support
/// asks for, follows as a line of its own; in German what is not in the cause.
#[must_use]
pub fn failed_request(failure: &Failure, consent_url: &str) -> Finding {
    let (message, remedy) = Words::of_cause(&shown(&failure.cause));
    let advice = advice(failure, remedy, consent_url);
    Finding::failed(message, advice).with(detail(failure))
}

/// The message of a failure as a line of its own: in English as the log has it, in German what the
/// cause does not say.
pub(super) fn detail(failure: &Failure) -> Words {
    if failure.cause == Cause::Unexplained {
        return Words::same(&failure.message);
    }
    let status = failure.status;
    let status = status.map(|status| say(|t| t.request.status, &[("status", &status)]));
    let id = failure.request_id.as_ref();
    let id = id.map(|id| say(|t| t.request.request_id, &[("id", id)]));
    let parts: Vec<_> = [&status, &id].into_iter().flatten().collect();
    let german: Vec<_> = parts.iter().map(|part| part.in_lang(Lang::De)).collect();
    Words::new(german.join(", "), &failure.message)
}

/// What is wrong with a certificate does not depend on what is configured; what to do does.
fn shown(cause: &Cause) -> Cause {
    match cause {
        Cause::Certificate { host, fault, .. } => Cause::Certificate {
            host: host.clone(),
            fault: match fault {
                CertificateFault::NotPinned => CertificateFault::Other,
                fault => *fault,
            },
            given: false,
        },
        cause => cause.clone(),
    }
}

fn advice(failure: &Failure, remedy: Words, consent_url: &str) -> Words {
    match failure.cause {
        Cause::Certificate { given: true, .. } => say(|t| t.request.given_certificate_do, &[]),
        Cause::Certificate { .. } => say(|t| t.request.certificate_do, &[]),
        Cause::Permission {
            delegated: false, ..
        } => say(|t| t.request.permission_do, &[("url", &consent_url)]),
        Cause::Entra {
            code: 65_001 | 90_094 | 700_016,
        } => say(
            |t| t.request.consent_do,
            &[("what", &remedy), ("url", &consent_url)],
        ),
        Cause::ProxyCredentials | Cause::NameResolution(_) | Cause::Scarce(_) => remedy,
        _ => by_kind(failure.kind, remedy),
    }
}

/// What waits for its next turn elsewhere is tried once here.
fn by_kind(kind: FailureKind, remedy: Words) -> Words {
    match kind {
        FailureKind::Network | FailureKind::Timeout => say(|t| t.request.connection_do, &[]),
        FailureKind::Garbled | FailureKind::ForeignHost => say(|t| t.request.portal_do, &[]),
        FailureKind::Throttled | FailureKind::Server | FailureKind::Resync => {
            say(|t| t.request.later_do, &[])
        }
        _ => remedy,
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn found(kind: FailureKind, cause: Cause) -> (String, String) {
        let failure = Failure::new(kind, "said").because(cause);
        let finding = failed_request(&failure, "https://consent");
        let [detail] = finding.details.as_slice() else {
            panic!("{finding:?}")
        };
        assert_eq!(detail.in_lang(Lang::En), "said");
        let advice = finding.advice.expect("every failure has an advice");
        let shown = |words: &Words| words.in_lang(Lang::En).to_owned();
        (shown(&finding.message), shown(&advice))
    }

    fn certificate(fault: CertificateFault, given: bool) -> Cause {
        let host = "graph".into();
        Cause::Certificate { host, fault, given }
    }

    #[rstest]
    #[case(7_000_222, "expired (AADSTS7000222)", "Create a new one")]
    #[case(65_001, "not consented", "https://consent")]
    #[case(424_242, "refuses the application", "credentials")]
    fn entras_numbers_are_explained(#[case] code: u32, #[case] why: &str, #[case] do_: &str) {
        let (message, advice) = found(FailureKind::Credentials, Cause::Entra { code });
        assert!(message.contains(why), "{message}");
        assert!(advice.contains(do_), "{advice}");
    }

    #[test]
    fn an_advice_does_not_name_what_is_set_already() {
        let cause = certificate(CertificateFault::Unvouched, true);
        let (message, advice) = found(FailureKind::Network, cause);
        assert!(message.contains("unknown authority"), "{message}");
        assert!(!advice.contains("ca_file"), "{advice}");
    }

    #[rstest]
    #[case(
        certificate(CertificateFault::Unvouched, false),
        "unknown authority",
        "ca_file"
    )]
    #[case(
        certificate(CertificateFault::WrongTime, false),
        "at this time",
        "clock"
    )]
    #[case(
        certificate(CertificateFault::WrongName, false),
        "another name",
        "ca_file"
    )]
    #[case(Cause::Connection("h".into()), "no connection", "HTTPS_PROXY")]
    fn a_broken_connection_says_where(#[case] cause: Cause, #[case] why: &str, #[case] do_: &str) {
        let (message, advice) = found(FailureKind::Network, cause);
        assert!(message.contains(why), "{message}");
        assert!(advice.contains(do_), "{advice}");
    }

    #[test]
    fn german_has_the_request_id_and_no_english_sentence() {
        let id = "7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11";
        let failure = Failure {
            status: Some(403),
            request_id: Some(graph::RequestId(id.into())),
            ..Failure::new(FailureKind::Permission, "Graph refused").because(Cause::Permission {
                name: "User.Read.All".into(),
                delegated: false,
            })
        };
        let finding = failed_request(&failure, "");
        let german = finding.details[0].in_lang(Lang::De);
        assert!(
            german.contains("HTTP 403") && german.contains(id),
            "{german}"
        );
        assert!(!german.contains("refused"), "{german}");
    }
}
