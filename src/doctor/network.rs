//! Names, connections, proxy, clock.

use std::io::ErrorKind;

use super::finding::{Finding, Words};
use super::refusal::failed_request;
use graph::Failure;

/// From here on a clock is worth a word, in milliseconds.
const ODD: u64 = 30_000;
/// From here on it is wrong: Entra takes signed assertions within five minutes, but every wait,
/// lease and log line is off as well.
const WRONG: u64 = 120_000;

/// A proxy that the environment names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The variable.
    pub variable: &'static str,
    /// Scheme, host and port: the rest may hold a password.
    pub shown: String,
}

/// The proxy for a host, as the HTTP client takes it from the environment. Loopback needs none.
pub fn proxy_for<'a>(host: &str, get: impl Fn(&str) -> Option<&'a str>) -> Option<Proxy> {
    if is_loopback(host) || exempt(host, get("NO_PROXY").or_else(|| get("no_proxy"))) {
        return None;
    }
    let variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let (variable, value) = variables
        .into_iter()
        .find_map(|variable| Some((variable, get(variable)?)))?;
    Some(Proxy {
        variable,
        shown: origin(value),
    })
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    let ip = bare.parse::<std::net::IpAddr>();
    bare.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}

fn exempt(host: &str, no_proxy: Option<&str>) -> bool {
    let host = host.to_ascii_lowercase();
    no_proxy.unwrap_or_default().split(',').any(|entry| {
        let entry = entry.trim().trim_start_matches('.').to_ascii_lowercase();
        let below = || {
            host.strip_suffix(&entry)
                .is_some_and(|rest| rest.ends_with('.'))
        };
        !entry.is_empty() && (entry == "*" || entry == host || below())
    })
}

/// Without user, password and path.
fn origin(value: &str) -> String {
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}")
}

/// What the name of one host brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Which.
    pub host: String,
    /// Through which proxy, which then looks the name up itself.
    pub proxy: Option<Proxy>,
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
            Some(Proxy { variable, shown }) => Words::new(
                format!("der Proxy {shown} ({variable}) ist bekannt und löst {hosts} selbst auf"),
                format!("the proxy {shown} ({variable}) is known and resolves {hosts} itself"),
            ),
            None => Words::new(format!("aufgelöst: {hosts}"), format!("resolved: {hosts}")),
        },
    )
}

fn unresolved(host: &str, proxy: Option<&Proxy>, why: &str) -> Finding {
    match proxy {
        Some(Proxy { variable, shown }) => Finding::failed(
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
pub fn connection(reached: &[(String, Reach)], secure: bool, proxy: Option<&Proxy>) -> Finding {
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
        |Proxy { variable, shown }| {
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

fn unreachable(server: &str, failure: &Failure, proxy: Option<&Proxy>) -> Finding {
    let mut finding = failed_request(failure, "");
    let prefixed = |lang| format!("{server}: {}", finding.message.in_lang(lang));
    finding.message = Words::new(
        prefixed(model::presence::Lang::De),
        prefixed(model::presence::Lang::En),
    );
    match proxy {
        None => finding,
        Some(Proxy { variable, shown }) => finding.with(Words::new(
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
    let off = skew.unsigned_abs();
    let seconds = off / 1000;
    if off < ODD {
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
    if off > WRONG {
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
    #[case("graph.microsoft.com", "", Some("http://proxy:3128"))]
    #[case("graph.microsoft.com", "microsoft.com", None)]
    #[case("graph.microsoft.com", "intern, .microsoft.com", None)]
    #[case("graph.microsoft.com", "soft.com", Some("http://proxy:3128"))]
    #[case("graph.microsoft.com", "*", None)]
    #[case("127.0.0.1", "", None)]
    #[case("[::1]", "", None)]
    fn the_proxy_is_named_without_its_password(
        #[case] host: &str,
        #[case] no_proxy: &str,
        #[case] shown: Option<&str>,
    ) {
        let get = |name: &str| match name {
            "https_proxy" => Some("http://user:pw@proxy:3128/x"),
            "NO_PROXY" => Some(no_proxy),
            _ => None,
        };
        let found = proxy_for(host, get);
        assert_eq!(found.as_ref().map(|proxy| proxy.shown.as_str()), shown);
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
