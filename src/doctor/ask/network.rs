//! Names and connections.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use crate::doctor::{
    Finding, Lookup, ProxyInUse, Reach, Words, clock, connection, dns, lookup_none, lookup_slow,
    only_for_http, unusable_proxy,
};
use crate::graph::{self, ProxyFault, Server, probe};
use reqwest::Url;
use tokio::net::{TcpStream, lookup_host};

use super::context::CheckContext;

/// How long a name or a TCP connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A server and the way to it.
struct Way {
    server: Server,
    host: String,
    port: u16,
    secure: bool,
    proxy: Option<ProxyInUse>,
}

impl Way {
    /// The way that the client itself takes.
    fn to(server: Server, base: &Url) -> Result<Self, ProxyFault> {
        let proxy = graph::Proxy::of_process(base)?.map(|proxy| ProxyInUse {
            variable: proxy.variable,
            shown: proxy.shown(),
        });
        Ok(Self {
            server,
            proxy,
            host: base.host_str().unwrap_or_default().to_owned(),
            port: base.port_or_known_default().unwrap_or(443),
            secure: base.scheme() == "https",
        })
    }

    /// Whom to look up: the host, or the proxy that does it for us.
    fn next(&self) -> (String, u16) {
        let proxy = self.proxy.as_ref().and_then(|proxy| {
            let url = Url::parse(&proxy.shown).ok()?;
            let port = url.port_or_known_default().unwrap_or(1080);
            Some((url.host_str()?.to_owned(), port))
        });
        let (host, port) = proxy.unwrap_or_else(|| (self.host.clone(), self.port));
        (host.trim_matches(['[', ']']).to_owned(), port)
    }
}

fn ways(context: &CheckContext<'_>) -> Result<[Way; 2], ProxyFault> {
    let tenant = &context.config.tenant;
    Ok([
        Way::to(Server::Entra, &tenant.authority)?,
        Way::to(Server::Graph, &tenant.graph_base)?,
    ])
}

impl CheckContext<'_> {
    /// The names of both servers.
    pub(in crate::doctor) async fn names(&self) -> Finding {
        names(self).await
    }

    /// Both connections.
    pub(in crate::doctor) async fn connections(&mut self) -> Finding {
        let (finding, skew) = connections(self).await;
        self.skew = skew;
        finding
    }

    /// Our clock against what the connections have shown.
    pub(in crate::doctor) fn clock(&self) -> Finding {
        clock(self.skew)
    }
}

async fn names(context: &CheckContext<'_>) -> Finding {
    let mut lookups: Vec<Lookup> = Vec::new();
    let ways = match ways(context) {
        Ok(ways) => ways,
        Err(fault) => return unusable_proxy(&fault),
    };
    let is_secure = ways.iter().any(|way| way.secure);
    for way in ways {
        if lookups.iter().any(|lookup| lookup.host == way.host) {
            continue;
        }
        let found = addresses(way.next()).await;
        lookups.push(Lookup {
            host: way.host,
            proxy: way.proxy,
            found,
        });
    }
    let finding = dns(&lookups);
    let goes_directly = lookups.iter().all(|lookup| lookup.proxy.is_none());
    match proxy_for_http().filter(|_| goes_directly && is_secure) {
        Some(variable) => finding.with(only_for_http(variable)),
        None => finding,
    }
}

fn proxy_for_http() -> Option<&'static str> {
    let variables = ["HTTP_PROXY", "http_proxy"].into_iter();
    let mut set = variables.filter(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    set.next()
}

async fn addresses(to: (String, u16)) -> Result<usize, Words> {
    let found = tokio::time::timeout(PATIENCE, lookup_host(to)).await;
    match found {
        Err(_) => Err(lookup_slow(PATIENCE)),
        Ok(Err(why)) => Err(Words::of_io(&why)),
        Ok(Ok(addresses)) => match addresses.count() {
            0 => Err(lookup_none()),
            count => Ok(count),
        },
    }
}

/// Both connections, and how far our clock is ahead, in milliseconds: the larger of the two
/// differences.
async fn connections(context: &CheckContext<'_>) -> (Finding, Option<i64>) {
    let (mut reached, mut skews) = (Vec::new(), Vec::new());
    let (mut secure, mut proxy) = (true, None);
    let ways = match ways(context) {
        Ok(ways) => ways,
        Err(fault) => return (unusable_proxy(&fault), None),
    };
    for way in ways {
        let (reach, skew) = reach(&way, context).await;
        reached.push((format!("{} ({})", way.server.as_str(), way.host), reach));
        skews.extend(skew);
        secure &= way.secure;
        proxy = proxy.or(way.proxy);
    }
    let skew = skews.into_iter().max_by_key(|skew| skew.unsigned_abs());
    (connection(&reached, secure, proxy.as_ref()), skew)
}

async fn reach(way: &Way, context: &CheckContext<'_>) -> (Reach, Option<i64>) {
    if let Err(why) = tcp(way.next()).await {
        return (Reach::NoTcp(why.kind(), Words::of_io(&why)), None);
    }
    let clock = Arc::clone(&context.clock);
    match probe(&context.settings, way.server, clock).await {
        Ok(skew) => (Reach::Answered, skew),
        Err(failure) => (Reach::Failed(failure), None),
    }
}

async fn tcp(to: (String, u16)) -> std::io::Result<()> {
    match tokio::time::timeout(PATIENCE, TcpStream::connect(to)).await {
        Ok(connected) => connected.map(drop),
        Err(_) => Err(ErrorKind::TimedOut.into()),
    }
}
