//! A failed request to Microsoft in both languages.

use super::entra::explained;
use super::finding::{Finding, Words};
use graph::{Failure, FailureKind};
use model::cause::{Cause, CertificateFault};

/// What a failed request means. The whole message, with the request id that Microsoft's support
/// asks for, follows as a line of its own.
#[must_use]
pub fn failed_request(failure: &Failure, consent_url: &str) -> Finding {
    let finding = match failure.aadsts() {
        Some(code) => of_entra(code, consent_url),
        None => None,
    };
    let finding = finding.unwrap_or_else(|| of_kind(failure, consent_url));
    finding.with(Words::same(&failure.message))
}

fn of_entra(code: u32, consent_url: &str) -> Option<Finding> {
    let words = explained(code)?;
    let message = Words::new(
        format!(
            "Entra lehnt die Anmeldung ab: {} (AADSTS{code})",
            words.de.0
        ),
        format!("Entra refuses the sign-in: {} (AADSTS{code})", words.en.0),
    );
    let (de, en) = (words.de.1, words.en.1);
    let advice = if matches!(code, 65_001 | 90_094 | 700_016) {
        Words::new(
            format!("{de}. Zustimmung: {consent_url}"),
            format!("{en}. Consent: {consent_url}"),
        )
    } else {
        Words::new(de, en)
    };
    Some(Finding::failed(message, advice))
}

fn of_kind(failure: &Failure, consent_url: &str) -> Finding {
    let status = failure
        .status
        .map_or_else(String::new, |status| format!(" ({status})"));
    let (de, en) = what(failure);
    let message = Words::new(format!("{de}{status}"), format!("{en}{status}"));
    let advice = match failure.kind {
        FailureKind::Permission => Words::new(
            format!(
                "Unter „API-Berechtigungen“ (Typ Anwendung) erteilen und zustimmen: {consent_url}"
            ),
            format!("Grant it under API permissions (type Application) and consent: {consent_url}"),
        ),
        _ => advice(failure),
    };
    Finding::failed(message, advice)
}

fn what(failure: &Failure) -> (&'static str, &'static str) {
    match failure.kind {
        FailureKind::Credentials => (
            "Entra lehnt die Anmeldung der Anwendung ab",
            "Entra refuses the application's sign-in",
        ),
        FailureKind::Unauthorized => (
            "Graph nimmt das Token nicht an, auch kein neues",
            "Graph does not take the token, nor a new one",
        ),
        FailureKind::Permission => (
            "der Anwendung fehlt eine Berechtigung",
            "the application lacks a permission",
        ),
        FailureKind::NotFound => (
            "Graph kennt den Benutzer nicht",
            "Graph does not know the user",
        ),
        FailureKind::Rejected => ("die Anfrage wurde abgelehnt", "the request was refused"),
        FailureKind::Throttled => (
            "Microsoft drosselt: zu viele Anfragen oder überlastet",
            "Microsoft throttles: too many requests, or overloaded",
        ),
        FailureKind::Server => ("Störung bei Microsoft", "trouble at Microsoft"),
        FailureKind::Network => certificate(failure).unwrap_or((
            "es kommt keine Verbindung zustande",
            "no connection could be made",
        )),
        FailureKind::Timeout => ("es kam rechtzeitig keine Antwort", "no answer came in time"),
        FailureKind::Garbled => (
            "statt Microsoft hat ein Proxy, eine Firewall oder ein Portal geantwortet",
            "a proxy, firewall or portal answered instead of Microsoft",
        ),
        FailureKind::ForeignHost => (
            "die Antwort leitet auf einen anderen Host um; das Token geht nicht dorthin",
            "the answer leads to another host; the token is not sent there",
        ),
        FailureKind::Resync => (
            "die Änderungsliste ist abgelaufen",
            "the change list has expired",
        ),
    }
}

/// What is wrong with a server's certificate.
const fn certificate(failure: &Failure) -> Option<(&'static str, &'static str)> {
    let Cause::Certificate { fault, .. } = failure.cause else {
        return None;
    };
    Some(match fault {
        CertificateFault::Unvouched => (
            "dem Zertifikat des Servers traut dieser Rechner nicht: die Kette endet bei einer unbekannten Zertifizierungsstelle",
            "this machine does not trust the server's certificate: its chain ends at an unknown authority",
        ),
        CertificateFault::WrongTime => (
            "das Zertifikat des Servers gilt zu dieser Zeit nicht",
            "the server's certificate is not valid at this time",
        ),
        CertificateFault::WrongName => (
            "das Zertifikat des Servers ist auf einen anderen Namen ausgestellt",
            "the server's certificate is made out to another name",
        ),
        CertificateFault::NotPinned | CertificateFault::Other => (
            "das Zertifikat des Servers wird nicht angenommen",
            "the server's certificate is not accepted",
        ),
    })
}

fn advice(failure: &Failure) -> Words {
    match failure.kind {
        _ if matches!(failure.cause, Cause::Certificate { given: true, .. }) => Words::new(
            "Die angegebenen Zertifikate gehören nicht zu dem, das hier gezeigt wird: beide vergleichen (openssl s_client -connect HOST:443) und das des Proxys oder der Firewall angeben, die TLS aufbricht; auch die Uhr prüfen",
            "The certificates that are given do not belong to the one that is shown here: compare the two (openssl s_client -connect HOST:443), and give the one of the proxy or firewall that opens TLS; check the clock, too",
        ),
        _ if certificate(failure).is_some() => Words::new(
            "Bricht hier ein Proxy TLS auf, dessen Zertifikat als ca_file angeben; sonst die Uhr und das Paket ca-certificates prüfen",
            "If a proxy opens TLS here, give its certificate as ca_file; otherwise check the clock and the package ca-certificates",
        ),
        FailureKind::Network | FailureKind::Timeout => Words::new(
            "Firewall und Proxy (HTTPS_PROXY) prüfen; Port 443 zu diesem Host muss frei sein",
            "Check firewall and proxy (HTTPS_PROXY); port 443 to this host must be open",
        ),
        FailureKind::Garbled | FailureKind::ForeignHost => Words::new(
            "Diesen Host unverändert durchlassen: in Proxy oder Firewall ausnehmen; authority und graph_base prüfen",
            "Let this host through unchanged: exempt it in the proxy or firewall; check authority and graph_base",
        ),
        FailureKind::Throttled | FailureKind::Server | FailureKind::Resync => Words::new(
            "Später noch einmal versuchen; bleibt es so, den Dienststatus von Microsoft 365 ansehen",
            "Try again later; if it stays so, look at the service health of Microsoft 365",
        ),
        _ => Words::new(
            "tenant_id, client_id, cloud und die Anmeldedaten prüfen",
            "Check tenant_id, client_id, cloud and the credentials",
        ),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use model::presence::Lang;

    fn found(kind: FailureKind, cause: Cause) -> (String, String) {
        let failure = Failure::new(kind, "said").because(cause);
        let finding = failed_request(&failure, "https://consent");
        assert_eq!(finding.details, [Words::same("said")]);
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
}
