//! Who may steer the tenant: programs on this machine, and no page that a browser on it shows.
//!
//! A page can have its browser send requests to loopback, some without asking first; and with a name
//! of its own that resolves to 127.0.0.1 it can read the answers as well.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::uri::Authority;

/// Whether a request to the control comes from somewhere else, whatever it carries.
pub(super) fn is_foreign(parts: &Parts) -> bool {
    let named = |name: &'static str| parts.headers.get_all(name).iter();
    let hosts: Vec<_> = named("host").map(|host| host.to_str().ok()).collect();
    let in_address = parts.uri.authority().map(|host| Some(host.as_str()));
    let mut all = hosts.iter().copied().chain(in_address);
    let is_here = |host: Option<&str>| host.is_some_and(is_loopback);
    let is_same = |origin: &str| {
        let host = hosts.first().copied().flatten();
        host.is_some_and(|host| origin.eq_ignore_ascii_case(&format!("http://{host}")))
    };
    !all.all(is_here)
        || hosts.len() > 1
        || named("origin").any(|origin| !origin.to_str().is_ok_and(is_same))
        || named("sec-fetch-site").any(|site| site != "same-origin" && site != "none")
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let bare = authority.host().trim_matches(['[', ']']);
    let has_user = host.contains('@');
    let ip = bare.parse::<IpAddr>();
    !has_user && (bare.eq_ignore_ascii_case("localhost") || ip.is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::curl("/", &[("host", "127.0.0.1:4242")], false)]
    #[case::by_name("/", &[("host", "localhost:4242")], false)]
    #[case::version_6("/", &[("host", "[::1]:4242")], false)]
    #[case::http_1_0("/", &[], false)]
    #[case::its_own_page("/", &[("host", "localhost:1"), ("origin", "http://localhost:1"), ("sec-fetch-site", "same-origin")], false)]
    #[case::typed_by_hand("/", &[("host", "localhost:1"), ("sec-fetch-site", "none")], false)]
    #[case::rebound("/", &[("host", "evil.example:4242")], true)]
    #[case::looks_like_us("/", &[("host", "127.0.0.1.evil.example")], true)]
    #[case::with_a_user("/", &[("host", "127.0.0.1@evil.example")], true)]
    #[case::no_host("/", &[("host", "")], true)]
    #[case::two_hosts("/", &[("host", "localhost"), ("host", "evil.example")], true)]
    #[case::in_the_address("http://evil.example/", &[("host", "localhost")], true)]
    #[case::another_page("/", &[("host", "localhost:1"), ("origin", "http://evil.example")], true)]
    #[case::another_local_page("/", &[("host", "localhost:1"), ("origin", "http://localhost:2")], true)]
    #[case::a_file("/", &[("host", "localhost:1"), ("origin", "null")], true)]
    #[case::by_an_image("/", &[("host", "localhost:1"), ("sec-fetch-site", "cross-site")], true)]
    #[case::a_form("/", &[("host", "localhost:1"), ("origin", "https://evil.example"), ("content-type", "text/plain")], true)]
    #[case::json("/", &[("host", "localhost:1"), ("origin", "https://evil.example"), ("content-type", "application/json")], true)]
    fn a_page_of_somebody_elses_is_foreign(
        #[case] uri: &str,
        #[case] headers: &[(&str, &str)],
        #[case] foreign: bool,
    ) {
        let mut request = Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(is_foreign(&parts), foreign);
    }
}
