//! The proxy that the environment names: understood as people write it, or refused in words. It is
//! never passed by in silence, and its password is in no text.

use std::error::Error;
use std::ffi::OsString;
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::loopback::is_loopback;
use model::redact;
use words::{DoctorNetworkTexts, DoctorTexts, Lang, Words};

/// What counts for https, in this order; the first that is set and not empty (as curl has it).
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
const EXEMPT: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy to go through.
#[derive(Clone)]
pub struct Proxy {
    /// The variable that names it.
    pub variable: &'static str,
    /// Scheme, host and port.
    pub url: Url,
    /// User and password, ready for the proxy.
    login: Option<HeaderValue>,
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.shown(), self.variable)
    }
}

/// A variable that is set and names no proxy. Its value is not repeated: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyFault {
    /// The environment variable that is wrong.
    pub variable: &'static str,
    /// What is wrong with it.
    pub why: ProxyWhy,
}

/// What is wrong with such a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyWhy {
    /// Bytes that are no UTF-8.
    Encoding,
    /// A control character.
    Control,
    /// `socks5://` and its like.
    Socks,
    /// Something else than `http://` or `https://`.
    Scheme,
    /// What stands behind scheme and password is no host with a port.
    Host,
    /// User or password cannot be sent.
    Login,
}

impl ProxyFault {
    /// What is wrong, and what to do, in both languages.
    #[must_use]
    pub fn words(&self) -> (Words, Words) {
        let said = |entry: fn(&'static DoctorNetworkTexts) -> &'static str, why: &Words| {
            let entry = |lang| entry(&DoctorTexts::in_lang(lang).network);
            Words::filled(entry, &[("variable", &self.variable), ("why", why)])
        };
        let nothing = Words::default();
        let why = said(self.why.entry(), &nothing);
        let what = said(|n| n.proxy_unusable, &why);
        (what, said(|n| n.proxy_unusable_do, &nothing))
    }
}

impl fmt::Display for ProxyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, remedy) = self.words();
        write!(
            f,
            "{}. {}",
            what.in_lang(Lang::En),
            remedy.in_lang(Lang::En)
        )
    }
}

impl Error for ProxyFault {}

impl ProxyWhy {
    fn entry(self) -> fn(&'static DoctorNetworkTexts) -> &'static str {
        match self {
            Self::Encoding => |n| n.proxy_encoding,
            Self::Control => |n| n.proxy_control,
            Self::Socks => |n| n.proxy_socks,
            Self::Scheme => |n| n.proxy_scheme,
            Self::Host => |n| n.proxy_host,
            Self::Login => |n| n.proxy_login,
        }
    }
}

impl Proxy {
    /// The proxy for the server at `base`, from the environment of this process.
    ///
    /// # Errors
    /// A variable that is set and cannot be used.
    pub fn of_process(base: &Url) -> Result<Option<Self>, ProxyFault> {
        Self::from_variables(base, |name| std::env::var_os(name))
    }

    /// The same from any environment. Loopback needs no proxy, nor what `NO_PROXY` exempts.
    ///
    /// # Errors
    /// A variable that is set and cannot be used.
    pub fn from_variables(
        base: &Url,
        get: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Option<Self>, ProxyFault> {
        let set = |name: &'static str| {
            let value = get(name).filter(|value| !value.to_string_lossy().trim().is_empty())?;
            Some((name, value))
        };
        let no_proxy = EXEMPT.into_iter().find_map(set).map(|(_, value)| value);
        let no_proxy = no_proxy.unwrap_or_default();
        if is_loopback(base) || is_exempt(base, &no_proxy.to_string_lossy()) {
            return Ok(None);
        }
        let Some((variable, value)) = VARIABLES.into_iter().find_map(set) else {
            return Ok(None);
        };
        hide_login(&value.to_string_lossy());
        let read = value.to_str().ok_or(ProxyWhy::Encoding);
        read.and_then(|value| read_value(variable, value))
            .map(Some)
            .map_err(|why| ProxyFault { variable, why })
    }

    /// Scheme, host and port, for a person.
    #[must_use]
    pub fn shown(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// As the HTTP client wants it.
    pub(super) fn client(&self) -> Result<reqwest::Proxy, reqwest::Error> {
        let proxy = reqwest::Proxy::all(self.url.clone())?;
        Ok(match &self.login {
            Some(login) => proxy.custom_http_auth(login.clone()),
            None => proxy,
        })
    }
}

/// The rules of curl, as the HTTP client reads them.
fn is_exempt(base: &Url, no_proxy: &str) -> bool {
    let Ok(uri) = base.as_str().parse() else {
        return false;
    };
    let any = Matcher::builder().all("http://proxy.invalid").no(no_proxy);
    any.build().intercept(&uri).is_none()
}

/// People paste passwords as they are; so the login is whatever stands before the last `@`.
fn login_of(value: &str) -> Option<&str> {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    rest.rsplit_once('@').map(|(login, _)| login)
}

/// Also where the rest of the value cannot be used.
fn hide_login(value: &str) {
    let Some(login) = login_of(value) else {
        return;
    };
    let (_, password) = login.split_once(':').unwrap_or(("", login));
    redact::hide(password);
    redact::hide(&unescaped(password));
}

fn read_value(variable: &'static str, value: &str) -> Result<Proxy, ProxyWhy> {
    let value = unquoted(value.trim());
    if value.chars().any(char::is_control) {
        return Err(ProxyWhy::Control);
    }
    let (scheme, rest) = match value.split_once("://") {
        Some(both) => both,
        // A slash is missing: what follows is no password.
        None if value.to_ascii_lowercase().starts_with("http") && value.contains(":/") => {
            return Err(ProxyWhy::Scheme);
        }
        None => ("http", value),
    };
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    Ok(Proxy {
        variable,
        url: place_url(scheme, place)?,
        login: login_of(value).map(header).transpose()?,
    })
}

/// Some files of variables keep the quotation marks (docker's `--env-file`).
fn unquoted(value: &str) -> &str {
    let mut pairs = ['"', '\''].into_iter();
    pairs
        .find_map(|mark| value.strip_prefix(mark)?.strip_suffix(mark))
        .map_or(value, str::trim)
}

fn place_url(scheme: &str, place: &str) -> Result<Url, ProxyWhy> {
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "http" | "https" => {}
        "socks" | "socks4" | "socks4a" | "socks5" | "socks5h" => {
            return Err(ProxyWhy::Socks);
        }
        _ => return Err(ProxyWhy::Scheme),
    }
    // The client takes no path either.
    let host = place.split(['/', '?', '#']).next().unwrap_or_default();
    let is_odd = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && !"-._:[]".contains(c);
    if host.is_empty() || host.contains(is_odd) || host.contains(char::is_whitespace) {
        return Err(ProxyWhy::Host);
    }
    Url::parse(&format!("{scheme}://{host}/")).map_err(|_| ProxyWhy::Host)
}

/// `Basic`, in UTF-8 (RFC 7617).
fn header(login: &str) -> Result<HeaderValue, ProxyWhy> {
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let both = format!("{}:{}", unescaped(user), unescaped(password));
    let value = format!("Basic {}", BASE64_STANDARD.encode(both));
    let mut value = HeaderValue::from_str(&value).map_err(|_| ProxyWhy::Login)?;
    value.set_sensitive(true);
    Ok(value)
}

/// `%23` as `#`; a `%` that begins no such thing is a per cent sign.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, more)) = rest.split_first() {
        let (byte, after) = escaped(rest).unwrap_or((*first, more));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

fn escaped(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = text.strip_prefix(b"%")?.split_at_checked(2)?;
    let digits = str::from_utf8(digits).ok()?;
    let both = digits.chars().all(|c| c.is_ascii_hexdigit());
    Some((u8::from_str_radix(digits, 16).ok().filter(|_| both)?, after))
}

#[cfg(test)]
#[path = "proxy_tests.rs"]
mod tests;
