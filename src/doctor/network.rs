//! Names, connections, proxy, clock.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use super::finding::{Finding, Words, say};
use super::refusal::failed_request;
use graph::{Failure, ProxyFault};
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

impl fmt::Display for ProxyInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.shown, self.variable)
    }
}

/// The environment names a proxy that cannot be used.
#[must_use]
pub fn unusable_proxy(fault: &ProxyFault) -> Finding {
    let (what, remedy) = fault.words();
    Finding::failed(what, remedy)
}

/// Beside names that are looked up without a proxy: a variable that people take for one.
#[must_use]
pub fn only_for_http(variable: &str) -> Words {
    say(|t| t.network.only_for_http, &[("variable", &variable)])
}

/// What the name of one host brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// The name that was looked up.
    pub host: String,
    /// Through which proxy, which then looks the name up itself.
    pub proxy: Option<ProxyInUse>,
    /// How many addresses, or why none.
    pub found: Result<usize, Words>,
}

/// A name has no address at all.
#[must_use]
pub fn lookup_none() -> Words {
    say(|t| t.network.lookup_none, &[])
}

/// Nobody has answered within this time.
#[must_use]
pub fn lookup_slow(within: Duration) -> Words {
    say(|t| t.network.lookup_slow, &[("n", &within.as_secs())])
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
    let proxy = lookups.iter().find_map(|lookup| lookup.proxy.as_ref());
    Finding::ok(match proxy {
        Some(proxy) => say(
            |t| t.network.resolved_by_proxy,
            &[("proxy", proxy), ("hosts", &hosts)],
        ),
        None => say(|t| t.network.resolved, &[("hosts", &hosts)]),
    })
}

fn unresolved(host: &str, proxy: Option<&ProxyInUse>, why: &Words) -> Finding {
    match proxy {
        Some(proxy) => Finding::failed(
            say(
                |t| t.network.proxy_no_address,
                &[("proxy", proxy), ("why", why)],
            ),
            say(
                |t| t.network.proxy_no_address_do,
                &[("variable", &proxy.variable)],
            ),
        ),
        None => Finding::failed(
            say(|t| t.network.no_address, &[("host", &host), ("why", why)]),
            say(|t| t.network.no_address_do, &[]),
        ),
    }
}

/// How far we came to one server.
#[derive(Clone, Debug, PartialEq)]
pub enum Reach {
    /// It answered as itself.
    Answered,
    /// No TCP connection.
    NoTcp(ErrorKind, Words),
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
    let how = if secure {
        say(|t| t.network.answer_tls, &[])
    } else {
        say(|t| t.network.answer_plain, &[])
    };
    let through = proxy.map(|proxy| say(|t| t.network.answer_through, &[("proxy", proxy)]));
    Finding::ok(say(
        |t| t.network.answer,
        &[
            ("servers", &servers.join(", ")),
            ("how", &how),
            ("through", &through.unwrap_or_default()),
        ],
    ))
}

fn no_tcp(server: &str, kind: ErrorKind, why: &Words) -> Finding {
    let what = match kind {
        ErrorKind::ConnectionRefused => say(|t| t.network.nobody_listens, &[]),
        ErrorKind::TimedOut => say(|t| t.network.packets_dropped, &[]),
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => {
            say(|t| t.network.no_route, &[])
        }
        _ => say(|t| t.network.no_connection, &[]),
    };
    Finding::failed(
        say(
            |t| t.network.unreachable,
            &[("server", &server), ("what", &what), ("why", why)],
        ),
        say(|t| t.network.unreachable_do, &[]),
    )
}

fn unreachable(server: &str, failure: &Failure, proxy: Option<&ProxyInUse>) -> Finding {
    let mut finding = failed_request(failure, "");
    finding.message = say(
        |t| t.network.of_server,
        &[("server", &server), ("what", &finding.message)],
    );
    match proxy {
        None => finding,
        Some(proxy) => finding.with(say(|t| t.network.through_proxy, &[("proxy", proxy)])),
    }
}

/// Our clock against the `Date` of the answers: ours minus theirs, in milliseconds.
#[must_use]
pub fn clock(skew_ms: Option<i64>) -> Finding {
    let Some(skew) = skew_ms else {
        return Finding::warning(
            say(|t| t.network.no_date, &[]),
            say(|t| t.network.no_date_do, &[]),
        );
    };
    let ahead = SignedDuration::from_millis(skew);
    let seconds = ahead.unsigned_abs().as_secs();
    if !is_clock_odd(ahead) {
        return Finding::ok(say(|t| t.network.clock_right, &[]));
    }
    let message = if skew > 0 {
        say(|t| t.network.clock_ahead, &[("n", &seconds)])
    } else {
        say(|t| t.network.clock_behind, &[("n", &seconds)])
    };
    let advice = say(|t| t.network.clock_do, &[]);
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
    use graph::ProxyWhy;
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
