//! Which addresses of UCServer may be sent a password.

use reqwest::Url;
use words::Words;

/// What is wrong with an address of UCServer. It is not repeated: it may hold a password.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AddressFault {
    /// It is no URL.
    NoUrl,
    /// It holds a user or password.
    LogIn,
    /// It would send the password in the clear, to this host.
    Plain(String),
    /// It is of another kind than http and https.
    Scheme,
}

impl AddressFault {
    /// In both languages.
    pub(super) fn words(&self) -> Words {
        match self {
            Self::NoUrl => Words::say(|t| t.errors.ucserver_no_url, &[]),
            Self::LogIn => Words::say(|t| t.errors.ucserver_url_log_in, &[]),
            Self::Plain(host) => Words::say(|t| t.errors.ucserver_url_plain, &[("host", host)]),
            Self::Scheme => Words::say(|t| t.errors.ucserver_url_scheme, &[]),
        }
    }
}

/// The address, where a password may be sent to it.
pub(super) fn address(url: &str) -> Result<Url, AddressFault> {
    let parsed = Url::parse(url).map_err(|_| AddressFault::NoUrl)?;
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err(AddressFault::LogIn);
    }
    match (parsed.scheme(), parsed.host_str()) {
        ("https", Some(_)) => Ok(parsed),
        ("http", Some(host)) if is_loopback(host) => Ok(parsed),
        ("http", Some(host)) => Err(AddressFault::Plain(host.to_owned())),
        _ => Err(AddressFault::Scheme),
    }
}

fn is_loopback(host: &str) -> bool {
    let ip = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback())
}
