//! Names, connections, proxy, clock.

use std::io::ErrorKind;

use super::finding::{Finding, Words};
use super::refusal::failed_request;
use graph::{Failure, ProxyFault, ProxyWhy};
use jiff::SignedDuration;
use model::limits::{is_clock_odd, is_clock_wrong};

/// A proxy that the environment names, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyInUse {
    /// The environment variable that names it.
    pub variable: &'static str,
    /// Scheme, host and port: the rest may hold a password.
    pub shown: String,
}

/// The environment names a proxy that cannot be used.
#[must_use]
pub fn unusable_proxy(fault: &ProxyFault) -> Finding {
    let ProxyFault { variable, why } = fault;
    let german = match why {
        ProxyWhy::Encoding => "der Wert ist kein Text in UTF-8",
        ProxyWhy::Control => "ein Steuerzeichen steht darin",
        ProxyWhy::Socks => "ein SOCKS-Proxy ist genannt, lampfield spricht nur mit HTTP-Proxys",
        ProxyWhy::Scheme => "der Anfang ist weder http:// noch https://",
        ProxyWhy::Host => "kein gültiger Host mit Port steht darin",
        ProxyWhy::Login => "Benutzername oder Kennwort lassen sich nicht senden",
    };
    Finding::failed(
        Words::new(
            format!(
                "{variable} ist nicht zu gebrauchen: {german}. Am Proxy vorbei wird nichts gesendet"
            ),
            format!("{variable} cannot be used: {why}. Nothing is sent past the proxy"),
        ),
        Words::new(
            format!(
                "{variable} berichtigen oder entfernen; erwartet wird http://host:port oder http://benutzer:kennwort@host:port"
            ),
            format!(
                "Correct or remove {variable}; expected is http://host:port or http://user:password@host:port"
            ),
        ),
    )
}

/// Beside names that are looked up without a proxy: a variable that people take for one.
#[must_use]
pub fn only_for_http(variable: &str) -> Words {
    Words::new(
        format!(
            "{variable} gilt nur für http, und lampfield spricht https: muss ein Proxy benutzt werden, HTTPS_PROXY setzen"
        ),
        format!(
            "{variable} counts for http only, and lampfield speaks https: where a proxy is needed, set HTTPS_PROXY"
        ),
    )
}

/// What the name of one host brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The name that was looked up.
    pub host: String,
    /// Through which proxy, which then looks the name up itself.
    pub proxy: Option<ProxyInUse>,
    /// How many addresses, or why none.
    pub found: Result<usize, String>,
}

/// The names of Entra and Graph.
#[must_use]
pub fn dns(lookups: &[Lookup]) -> Finding {
    if let Some((lookup, why)) = lookups.iter().find_map(|lookup| {
        let why = lookup.found.as_ref().err()?;
        Some((lookup, why))
    }) {
        return unresolved(&lookup.host, lookup.proxy.as_ref(), why);
    }
    let hosts: Vec<_> = lookups.iter().map(|lookup| lookup.host.as_str()).collect();
    let hosts = hosts.join(", ");
    Finding::ok(
        match lookups.iter().find_map(|lookup| lookup.proxy.as_ref()) {
            Some(ProxyInUse { variable, shown }) => Words::new(
                format!("der Proxy {shown} ({variable}) ist bekannt und löst {hosts} selbst auf"),
                format!("the proxy {shown} ({variable}) is known and resolves {hosts} itself"),
            ),
            None => Words::new(format!("aufgelöst: {hosts}"), format!("resolved: {hosts}")),
        },
    )
}

fn unresolved(host: &str, proxy: Option<&ProxyInUse>, why: &str) -> Finding {
    match proxy {
        Some(ProxyInUse { variable, shown }) => Finding::failed(
            Words::new(
                format!("der Name des Proxys {shown} ({variable}) hat keine Adresse: {why}"),
                format!("the name of the proxy {shown} ({variable}) has no address: {why}"),
            ),
            Words::new(
                format!("{variable} berichtigen oder entfernen"),
                format!("Correct or remove {variable}"),
            ),
        ),
        None => Finding::failed(
            Words::new(
                format!("der Name {host} hat keine Adresse: {why}"),
                format!("the name {host} has no address: {why}"),
            ),
            Words::new(
                "DNS-Server dieses Rechners (resolv.conf), Netz und die Schreibweise von authority und graph_base prüfen; muss ein Proxy benutzt werden, HTTPS_PROXY setzen",
                "Check this machine's DNS servers (resolv.conf), the network and the spelling of authority and graph_base; where a proxy is needed, set HTTPS_PROXY",
            ),
        ),
    }
}

/// How far we came to one server.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// It answered as itself.
    Answered,
    /// No TCP connection.
    NoTcp(ErrorKind, String),
    /// TLS or the answer was not what it should be.
    Failed(Failure),
}

/// The connections to Entra and Graph: name of the server with its host and port, and how far it
/// went.
#[must_use]
pub fn connection(
    reached: &[(String, Reach)],
    secure: bool,
    proxy: Option<&ProxyInUse>,
) -> Finding {
    for (server, reach) in reached {
        match reach {
            Reach::Answered => {}
            Reach::NoTcp(kind, why) => return no_tcp(server, *kind, why),
            Reach::Failed(failure) => return unreachable(server, failure, proxy),
        }
    }
    let servers: Vec<_> = reached.iter().map(|(server, _)| server.as_str()).collect();
    let servers = servers.join(", ");
    let (how_de, how_en) = if secure {
        ("TLS, Zertifikate gültig", "TLS, certificates valid")
    } else {
        (
            "ohne TLS, auf diesem Rechner",
            "without TLS, on this machine",
        )
    };
    let through = proxy.map_or_else(
        || (String::new(), String::new()),
        |ProxyInUse { variable, shown }| {
            (
                format!(", durch den Proxy {shown} ({variable})"),
                format!(", through the proxy {shown} ({variable})"),
            )
        },
    );
    Finding::ok(Words::new(
        format!("{servers} antworten ({how_de}{})", through.0),
        format!("{servers} answer ({how_en}{})", through.1),
    ))
}

fn no_tcp(server: &str, kind: ErrorKind, why: &str) -> Finding {
    let (de, en) = match kind {
        ErrorKind::ConnectionRefused => {
            ("dort nimmt niemand Verbindungen an", "nobody listens there")
        }
        ErrorKind::TimedOut => (
            "keine Antwort; eine Firewall verwirft die Pakete",
            "no answer; a firewall drops the packets",
        ),
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
            ("kein Weg dorthin", "there is no route to it")
        }
        _ => ("keine Verbindung", "no connection"),
    };
    Finding::failed(
        Words::new(
            format!("{server} ist nicht erreichbar: {de} ({why})"),
            format!("{server} cannot be reached: {en} ({why})"),
        ),
        Words::new(
            "Firewall (Port 443 ausgehend) prüfen; muss ein Proxy benutzt werden, HTTPS_PROXY setzen; authority und graph_base prüfen",
            "Check the firewall (port 443 outbound); where a proxy is needed, set HTTPS_PROXY; check authority and graph_base",
        ),
    )
}

fn unreachable(server: &str, failure: &Failure, proxy: Option<&ProxyInUse>) -> Finding {
    let mut finding = failed_request(failure, "");
    let prefixed = |lang| format!("{server}: {}", finding.message.in_lang(lang));
    finding.message = Words::new(
        prefixed(model::presence::Lang::De),
        prefixed(model::presence::Lang::En),
    );
    match proxy {
        None => finding,
        Some(ProxyInUse { variable, shown }) => finding.with(Words::new(
            format!("Der Weg führt durch den Proxy {shown} ({variable})"),
            format!("The way leads through the proxy {shown} ({variable})"),
        )),
    }
}

/// Our clock against the `Date` of the answers: ours minus theirs, in milliseconds.
#[must_use]
pub fn clock(skew_ms: Option<i64>) -> Finding {
    let Some(skew) = skew_ms else {
        return Finding::warning(
            Words::new(
                "keine Antwort trug ein Datum: nicht zu vergleichen",
                "no answer carried a date: nothing to compare with",
            ),
            Words::new(
                "Ein Proxy entfernt die Kopfzeile Date; die Uhr von Hand prüfen",
                "A proxy removes the Date header; check the clock by hand",
            ),
        );
    };
    let ahead = SignedDuration::from_millis(skew);
    let seconds = ahead.unsigned_abs().as_secs();
    if !is_clock_odd(ahead) {
        return Finding::ok(Words::new(
            "geht wie die von Microsoft",
            "goes with Microsoft's",
        ));
    }
    let (de, en) = if skew > 0 {
        ("vor", "ahead of")
    } else {
        ("nach", "behind")
    };
    let message = Words::new(
        format!("die Uhr dieses Rechners geht {seconds} s {de} (gegen Microsofts)"),
        format!("this machine's clock is {seconds} s {en} Microsoft's"),
    );
    let advice = Words::new(
        "Die Uhr stellen und NTP einschalten (timedatectl set-ntp true). Mit mehr als zwei Minuten Fehler werden mit Zertifikat unterschriebene Anmeldungen abgelehnt, und alle Zeiten im Protokoll sind falsch",
        "Set the clock and switch NTP on (timedatectl set-ntp true). More than two minutes off, sign-ins signed with a certificate are refused, and every time in the log is wrong",
    );
    if is_clock_wrong(ahead) {
        Finding::failed(message, advice)
    } else {
        Finding::warning(message, advice)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::doctor::Status;
    use model::presence::Lang;

    #[rstest]
    #[case(None, Status::Warning, "no answer carried")]
    #[case(Some(0), Status::Ok, "goes with")]
    #[case(Some(-29_999), Status::Ok, "goes with")]
    #[case(Some(30_000), Status::Warning, "30 s ahead of")]
    #[case(Some(120_000), Status::Warning, "120 s ahead of")]
    #[case(Some(120_001), Status::Failed, "120 s ahead of")]
    #[case(Some(-600_000), Status::Failed, "600 s behind")]
    fn a_clock_is_judged_by_its_distance(
        #[case] skew: Option<i64>,
        #[case] status: Status,
        #[case] says: &str,
    ) {
        let finding = clock(skew);
        assert_eq!(finding.status, status);
        let said = finding.message.in_lang(Lang::En);
        assert!(said.contains(says), "{said}");
    }

    #[rstest]
    #[case(ProxyWhy::Encoding)]
    #[case(ProxyWhy::Control)]
    #[case(ProxyWhy::Socks)]
    #[case(ProxyWhy::Scheme)]
    #[case(ProxyWhy::Host)]
    #[case(ProxyWhy::Login)]
    fn a_proxy_that_cannot_be_used_is_named_by_its_variable(#[case] why: ProxyWhy) {
        let finding = unusable_proxy(&ProxyFault {
            variable: "https_proxy",
            why,
        });
        assert_eq!(finding.status, Status::Failed);
        for lang in [Lang::De, Lang::En] {
            assert!(finding.message.in_lang(lang).starts_with("https_proxy "));
        }
    }

    #[test]
    fn a_proxy_for_http_is_said_to_be_no_use() {
        let words = only_for_http("http_proxy");
        for lang in [Lang::De, Lang::En] {
            let said = words.in_lang(lang);
            assert!(
                said.starts_with("http_proxy ") && said.contains("HTTPS_PROXY"),
                "{said}"
            );
        }
    }

    #[rstest]
    #[case(ErrorKind::ConnectionRefused, "nobody listens")]
    #[case(ErrorKind::TimedOut, "firewall drops")]
    #[case(ErrorKind::NetworkUnreachable, "no route")]
    fn the_first_server_that_does_not_answer_is_named(#[case] kind: ErrorKind, #[case] says: &str) {
        let reached = [
            ("Entra (a:443)".to_owned(), Reach::Answered),
            (
                "Graph (b:443)".to_owned(),
                Reach::NoTcp(kind, "os error".into()),
            ),
        ];
        let finding = connection(&reached, true, None);
        let said = finding.message.in_lang(Lang::En);
        assert!(
            said.starts_with("Graph (b:443)") && said.contains(says),
            "{said}"
        );
        assert_eq!(finding.status, Status::Failed);
    }
}
