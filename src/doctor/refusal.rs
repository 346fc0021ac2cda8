//! A failed request to Microsoft in both languages.

use super::entra::explained;
use super::finding::{Finding, Words};
use graph::{Failure, FailureKind};

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

fn of_entra(code: u64, consent_url: &str) -> Option<Finding> {
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

/// What is wrong with a server's certificate: rustls' own words, which say little to most.
fn certificate(failure: &Failure) -> Option<(&'static str, &'static str)> {
    let said = failure.message.to_ascii_lowercase().replace(' ', "");
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if !said.contains("certificate") {
        return None;
    }
    Some(
        if has(&["unknownissuer", "selfsigned", "causedasendentity"]) {
            (
                "dem Zertifikat des Servers traut dieser Rechner nicht: die Kette endet bei einer unbekannten Zertifizierungsstelle",
                "this machine does not trust the server's certificate: its chain ends at an unknown authority",
            )
        } else if has(&["expired", "notvalidyet"]) {
            (
                "das Zertifikat des Servers gilt zu dieser Zeit nicht",
                "the server's certificate is not valid at this time",
            )
        } else if has(&["notvalidforname"]) {
            (
                "das Zertifikat des Servers ist auf einen anderen Namen ausgestellt",
                "the server's certificate is made out to another name",
            )
        } else {
            (
                "das Zertifikat des Servers wird nicht angenommen",
                "the server's certificate is not accepted",
            )
        },
    )
}

fn advice(failure: &Failure) -> Words {
    match failure.kind {
        FailureKind::Network if certificate(failure).is_some() => Words::new(
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

    fn found(kind: FailureKind, message: &str) -> (String, String) {
        let finding = failed_request(&Failure::new(kind, message), "https://consent");
        assert_eq!(finding.details, [Words::same(message)]);
        let advice = finding.advice.expect("every failure has an advice");
        let shown = |words: &Words| words.in_lang(Lang::En).to_owned();
        (shown(&finding.message), shown(&advice))
    }

    #[rstest]
    #[case(
        "Entra refused: x (AADSTS7000222). y",
        "expired (AADSTS7000222)",
        "Create a new one"
    )]
    #[case(
        "Entra refused: x (AADSTS65001). y",
        "not consented",
        "https://consent"
    )]
    #[case(
        "Entra refused: x (AADSTS424242). y",
        "refuses the application",
        "credentials"
    )]
    fn entras_numbers_are_explained(#[case] said: &str, #[case] why: &str, #[case] do_: &str) {
        let (message, advice) = found(FailureKind::Credentials, said);
        assert!(message.contains(why), "{message}");
        assert!(advice.contains(do_), "{advice}");
    }

    #[rstest]
    #[case(
        "invalid peer certificate: UnknownIssuer",
        "unknown authority",
        "ca_file"
    )]
    #[case(
        "invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
        "unknown authority",
        "ca_file"
    )]
    #[case(
        "invalid peer certificate: certificate expired: x",
        "at this time",
        "clock"
    )]
    #[case(
        "invalid peer certificate: certificate not valid for name \"x\"",
        "another name",
        "ca_file"
    )]
    #[case("connection refused", "no connection", "HTTPS_PROXY")]
    fn a_broken_connection_says_where(#[case] said: &str, #[case] why: &str, #[case] do_: &str) {
        let (message, advice) = found(FailureKind::Network, said);
        assert!(message.contains(why), "{message}");
        assert!(advice.contains(do_), "{advice}");
    }
}
