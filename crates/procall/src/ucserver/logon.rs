//! What stands in the answer to a log-in. Where UCWeb puts a redirection or "busy" is open: the
//! documented names are looked for at every level, and in `optionalParams`.

use reqwest::Url;
use secrecy::SecretString;
use serde_json::{Value, json};

use super::hurdle::Hurdle;
use super::params::Params;
use model::cause::Cause;
use model::redact::REMOVED;
use model::text::harmless_up_to;

/// Longest address that a redirect may name, in characters.
const LONGEST_ADDRESS: usize = 200;
/// The protocol of ProCall 7 and later.
const SINCE_7: u64 = 70;
/// How deep the documented names are looked for: error, result, choice, negotiation.
const DEEPEST: usize = 5;
/// How long to wait where a server is busy and does not say.
const BUSY_SECONDS: u64 = 30;
/// Longest list of methods that is shown, in characters.
const LONGEST_OFFERS: usize = 80;

/// The body of `createsession`.
pub(super) fn negotiate(version: u64) -> Value {
    json!({"negotiate": {
        "iClientProtocolVersion": version,
        "optionalParams": {"ClientDeviceName": "lampfield"},
    }})
}

/// The server's protocol version, also as a text (`"70"`). One that is told as something else than
/// a number (`"8.0.20240822"`) is that of every server since ProCall 7.
pub(super) fn version(body: &Value) -> Option<u64> {
    let told = body.get("ucserverprotocolversion")?;
    if let Some(text) = told.as_str().map(str::trim) {
        let begins = text.starts_with(|c: char| c.is_ascii_digit());
        return begins.then(|| text.parse().unwrap_or(SINCE_7));
    }
    let version = json::number(Some(told)).whole()?;
    u64::try_from(version).ok()
}

/// What a 401 offers in the place of a password, where Basic is not among it: the methods' names.
/// That is no wrong password, unless the answer names another reason than one.
pub(super) fn without_basic(status: u16, offers: &[String], body: &Value) -> Option<String> {
    let code = json::number(find(body, "iErrorDetail")).whole();
    if status != 401 || !matches!(code, None | Some(101 | 105 | 106)) {
        return None;
    }
    let mut names = Vec::new();
    for offer in offers.iter().flat_map(|one| one.split(',')) {
        // `Digest realm="a", nonce="b"` is one offer: its parameters have an equals sign.
        let name = offer.split_whitespace().next().unwrap_or_default();
        if !name.is_empty() && !name.contains('=') {
            names.push(name);
        }
    }
    let basic = names.iter().any(|name| name.eq_ignore_ascii_case("basic"));
    (!names.is_empty() && !basic).then(|| harmless_up_to(&names.join(", "), LONGEST_OFFERS))
}

/// What `createsession` says. `is_here` is whether an address is the one that was asked: a server
/// may name itself.
pub(super) fn logon_answer(
    status: u16,
    body: &Value,
    user: &str,
    with_token: bool,
    is_here: &dyn Fn(&str) -> bool,
) -> Result<SecretString, Hurdle> {
    if let Some(to) = find(body, "serverRedirect").and_then(|to| to.get("u8sRedirectTo")) {
        return Err(redirect(to.as_str().unwrap_or_default()));
    }
    if let Some(busy) = find(body, "serverBusy") {
        return Err(busy_for(json::number(busy.get("iRetryInSeconds")).whole()));
    }
    if let Some(id) = body.get("sessionid").and_then(Value::as_str) {
        return Ok(id.into());
    }
    if let Some(seconds) = busy_timeout(body) {
        return Err(busy_for(Some(seconds)));
    }
    if let Some(home) = home_server(body).filter(|home| !is_here(home)) {
        return Err(redirect(&home));
    }
    let code = json::number(find(body, "iErrorDetail")).whole();
    match (status, code) {
        (_, Some(code)) => Err(Hurdle::logon(code, user, with_token)),
        (401 | 403, None) => Err(Hurdle::logon(101, user, with_token)),
        (502, None) => Err(Hurdle::NotAttached),
        _ => Err(Hurdle::link(
            Cause::Refused { status },
            format!("UCWeb answers the log-in with HTTP {status} and no session: is this a UCWeb?"),
        )),
    }
}

fn busy_for(seconds: Option<i64>) -> Hurdle {
    let seconds = seconds.map(|seconds| u64::try_from(seconds).unwrap_or_default());
    Hurdle::Busy(seconds.unwrap_or(BUSY_SECONDS))
}

/// `ServerBusyTimeout` of the older negotiation, `busy.iServerBusyTimeout` of the newer one; in
/// seconds.
fn busy_timeout(body: &Value) -> Option<i64> {
    let newer = json::number(find(body, "iServerBusyTimeout")).whole();
    newer.or_else(|| find_param(body, &|params| params.integer("ServerBusyTimeout")))
}

/// `HomeServer` of a log-on error: the node that the user belongs to.
fn home_server(body: &Value) -> Option<String> {
    let text = |params: &Params| params.text("HomeServer").map(str::to_owned);
    find_param(body, &text).filter(|home| !home.trim().is_empty())
}

fn redirect(to: &str) -> Hurdle {
    match destination(to) {
        Some(to) => Hurdle::Redirect(to),
        None => Hurdle::link(
            Cause::Redirected("?".into()),
            "UCServer sends us on, but not to an address that we may go to; refused",
        ),
    }
}

/// Where a redirect leads: scheme, host and port and nothing else of it. The password has just been
/// sent, and whatever more there is may give it back.
fn destination(raw: &str) -> Option<String> {
    let raw = harmless_up_to(raw.trim(), LONGEST_ADDRESS);
    let has_scheme = raw.contains("://");
    let url = if has_scheme {
        Url::parse(&raw)
    } else {
        Url::parse(&format!("https://{}", bracketed(&raw)))
    };
    let url = url
        .ok()
        .filter(|url| !raw.contains(REMOVED) && url.username().is_empty())?;
    let host = url.host_str()?;
    let port = url.port().or_else(|| named_port(&raw));
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    Some(if has_scheme {
        format!("{}://{host}{port}", url.scheme())
    } else {
        format!("{host}{port}")
    })
}

/// The URL of a destination, seen from `here`: one without a scheme has this one's, one that is
/// only a host its port as well.
pub(super) fn url_of(to: &str, here: &Url) -> String {
    if to.contains("://") {
        return to.to_owned();
    }
    let to = bracketed(to);
    match (named_port(&to), here.port_or_known_default()) {
        (None, Some(port)) => format!("{}://{to}:{port}", here.scheme()),
        _ => format!("{}://{to}", here.scheme()),
    }
}

/// An IPv6 address as it stands in a URL; anything else as it is.
fn bracketed(host: &str) -> String {
    if host.parse::<std::net::Ipv6Addr>().is_ok() {
        format!("[{host}]")
    } else {
        host.to_owned()
    }
}

/// The port that stands there, also where it is the scheme's own.
fn named_port(to: &str) -> Option<u16> {
    let place = to.split_once("://").map_or(to, |(_, place)| place);
    let place = place.split(['/', '?', '#']).next()?;
    let (host, port) = place.rsplit_once(':')?;
    let whole = !host.contains(':') || host.ends_with(']');
    port.parse().ok().filter(|_| whole)
}

/// The member `name`, at the top or below.
fn find<'a>(body: &'a Value, name: &str) -> Option<&'a Value> {
    find_by(body, DEEPEST, &|members| members.get(name))
}

/// What `pick` finds among the members of a structure, or its optional parameters.
fn find_param<T>(body: &Value, pick: &dyn Fn(&Params) -> Option<T>) -> Option<T> {
    find_by(body, DEEPEST, &|members| {
        let params = members.get("optionalParams").map(Params::from_tree);
        pick(&params.unwrap_or_default()).or_else(|| pick(&Params::from_tree(members)))
    })
}

fn find_by<'a, T>(
    part: &'a Value,
    deepest: usize,
    pick: &dyn Fn(&'a Value) -> Option<T>,
) -> Option<T> {
    let members = part.as_object().filter(|_| deepest > 0)?;
    pick(part).or_else(|| {
        let mut parts = members.iter().filter(|(name, _)| *name != "optionalParams");
        parts.find_map(|(_, part)| find_by(part, deepest - 1, pick))
    })
}

#[cfg(test)]
#[path = "logon_tests.rs"]
mod tests;
