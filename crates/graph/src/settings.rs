//! What the integrator sets, and what is wrong with it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::loopback::is_loopback;
use super::proxy::ProxyFault;
use words::{Lang, Words};

/// How to reach the tenant.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The tenant: a GUID or a domain, never `common`.
    pub tenant_id: String,
    /// The application (client) id; also the `sessionId` of every presence that is written.
    pub client_id: String,
    /// How the application proves who it is.
    pub credential: Credential,
    /// Entra, for example `https://login.microsoftonline.com`.
    pub authority: Url,
    /// Graph with its version, for example `https://graph.microsoft.com/v1.0`. The scope of the
    /// token is this URL's origin with `/.default`, so it decides the national cloud.
    pub graph_base: Url,
    /// A further trust anchor, PEM, one or more certificates.
    pub ca_pem: Option<Vec<u8>>,
    /// The documented limit, in requests per 30 s (Graph reference: 1,500); 80 % of it is used.
    pub requests_per_30s: u32,
    /// How long to wait for what.
    pub timeouts: Timeouts,
}

/// How long a request may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To the established connection, TLS included. Default 10 s.
    pub connect: Duration,
    /// From one piece of the answer to the next. Default 15 s.
    pub read: Duration,
    /// From the first attempt to connect to the end of the answer: what ends a slow drip.
    /// Default 30 s.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(15),
            total: Duration::from_secs(30),
        }
    }
}

/// How the application proves who it is. Its `Debug` shows the kind, never the secret.
#[derive(Clone)]
pub enum Credential {
    /// A client secret (its value, not its id).
    Secret(SecretString),
    /// A certificate that is uploaded to the app registration, with its RSA key.
    Certificate {
        /// PEM; of several certificates the one that fits the key is used.
        certificate_pem: Vec<u8>,
        /// PEM, PKCS#1 or PKCS#8, not encrypted.
        private_key_pem: SecretString,
    },
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret(…)",
            Self::Certificate { .. } => "Certificate(…)",
        })
    }
}

/// Why the settings cannot work. Nothing was sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// Plain http leaves the machine.
    PlainHttp {
        /// The name of the setting.
        what: &'static str,
        /// The address as it was configured.
        url: String,
    },
    /// `common`, `organizations`, `consumers` or nothing.
    Tenant(String),
    /// The application id is missing.
    ClientId,
    /// The client secret is missing.
    EmptySecret,
    /// No certificate in the certificate file.
    Certificate(Words),
    /// No usable key in the key file.
    PrivateKey(Words),
    /// They do not belong together.
    KeyMismatch,
    /// The further trust anchor is no certificate.
    TrustAnchor(Words),
    /// The environment names a proxy that cannot be used.
    Proxy(ProxyFault),
    /// The HTTP client could not be built.
    Tls(String),
}

impl SetupError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::PlainHttp { what, url } => {
                Words::say(|t| t.errors.plain_http, &[("what", what), ("url", url)])
            }
            Self::Tenant(tenant) => {
                Words::say(|t| t.errors.tenant, &[("tenant", &format!("{tenant:?}"))])
            }
            Self::ClientId => Words::say(|t| t.errors.client_id, &[]),
            Self::EmptySecret => Words::say(|t| t.errors.empty_secret, &[]),
            Self::Certificate(why) => Words::say(|t| t.errors.certificate_file, &[("why", why)]),
            Self::PrivateKey(why) => Words::say(|t| t.errors.key_file, &[("why", why)]),
            Self::KeyMismatch => Words::say(|t| t.errors.key_mismatch, &[]),
            Self::TrustAnchor(why) => Words::say(|t| t.errors.ca_file, &[("why", why)]),
            Self::Proxy(fault) => {
                let (what, remedy) = fault.words();
                what.then(&remedy)
            }
            Self::Tls(why) => Words::say(|t| t.errors.tls, &[("why", &Words::quoted(why))]),
        }
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().in_lang(Lang::En))
    }
}

impl Error for SetupError {}

impl From<ProxyFault> for SetupError {
    fn from(fault: ProxyFault) -> Self {
        Self::Proxy(fault)
    }
}

impl Settings {
    /// What must hold before anything is sent.
    pub(super) fn check(&self) -> Result<(), SetupError> {
        check_url("authority", &self.authority)?;
        check_url("graph_base", &self.graph_base)?;
        let tenant = self.tenant_id.trim();
        let shared = ["", "common", "organizations", "consumers"];
        if shared.iter().any(|name| tenant.eq_ignore_ascii_case(name)) {
            return Err(SetupError::Tenant(tenant.to_owned()));
        }
        if self.client_id.trim().is_empty() {
            return Err(SetupError::ClientId);
        }
        Ok(())
    }

    /// `{authority}/{tenant_id}/oauth2/v2.0/token`.
    pub(super) fn token_endpoint(&self) -> Url {
        let tenant = self.tenant_id.trim();
        below(&self.authority, &[tenant, "oauth2", "v2.0", "token"])
    }

    /// `{origin of graph_base}/.default`: exactly one resource, the one of this cloud.
    pub(super) fn scope(&self) -> String {
        format!(
            "{}/.default",
            self.graph_base.origin().ascii_serialization()
        )
    }
}

pub(super) fn check_url(what: &'static str, url: &Url) -> Result<(), SetupError> {
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)) {
        return Ok(());
    }
    Err(SetupError::PlainHttp {
        what,
        url: url.to_string(),
    })
}

/// `base` with path segments added, each of them escaped.
pub(super) fn below(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn settings(authority: &str, graph: &str, tenant: &str) -> Settings {
        Settings {
            tenant_id: tenant.into(),
            client_id: "11111111-1111-1111-1111-111111111111".into(),
            credential: Credential::Secret("s3cret-value".into()),
            authority: authority.parse().unwrap(),
            graph_base: graph.parse().unwrap(),
            ca_pem: None,
            requests_per_30s: 1500,
            timeouts: Timeouts::default(),
        }
    }

    #[rstest]
    #[case(
        "https://login.microsoftonline.com",
        "https://graph.microsoft.com/v1.0",
        true
    )]
    #[case("http://127.0.0.1:1", "http://localhost:2/v1.0", true)]
    #[case("http://[::1]:1", "http://[::1]:2/v1.0", true)]
    #[case("http://login.example", "https://graph.microsoft.com/v1.0", false)]
    #[case("https://login.example", "http://graph.example/v1.0", false)]
    #[case("https://login.example", "http://127.0.0.1.evil.example/v1.0", false)]
    #[case("ftp://127.0.0.1", "https://graph.microsoft.com/v1.0", false)]
    fn only_https_leaves_the_machine(
        #[case] authority: &str,
        #[case] graph: &str,
        #[case] fine: bool,
    ) {
        assert_eq!(settings(authority, graph, "t").check().is_ok(), fine);
    }

    #[rstest]
    #[case("common")]
    #[case("Organizations")]
    #[case(" ")]
    fn an_application_needs_one_tenant(#[case] tenant: &str) {
        let settings = settings(
            "https://login.example",
            "https://graph.example/v1.0",
            tenant,
        );
        assert!(matches!(settings.check(), Err(SetupError::Tenant(_))));
    }

    #[rstest]
    #[case(
        "https://graph.microsoft.com/v1.0",
        "https://graph.microsoft.com/.default"
    )]
    #[case(
        "https://dod-graph.microsoft.us/v1.0/",
        "https://dod-graph.microsoft.us/.default"
    )]
    #[case("http://127.0.0.1:8080/v1.0", "http://127.0.0.1:8080/.default")]
    fn the_scope_is_the_graph_host_of_the_cloud(#[case] graph: &str, #[case] scope: &str) {
        assert_eq!(settings("https://login.example", graph, "t").scope(), scope);
    }

    #[test]
    fn the_token_endpoint_escapes_the_tenant() {
        let settings = settings("https://login.example/", "https://g.example", "a/../b");
        assert_eq!(
            settings.token_endpoint().as_str(),
            "https://login.example/a%2F..%2Fb/oauth2/v2.0/token"
        );
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!(
            "{:?}",
            settings("https://l.example", "https://g.example", "t")
        );
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
