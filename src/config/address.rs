//! Which addresses may be sent a secret: https, or http that stays on this machine.

use reqwest::Url;

/// Checks a URL without ever repeating it: somebody may have written a password into it.
pub(super) fn safe_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "no URL")?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return Err("a URL without a host");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err("a URL with a user name or password in it");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a URL with ? or # in it");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        "http" => Err("http to another machine: tokens and passwords would be readable on the way"),
        _ => Err("a URL that is not https"),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://graph.microsoft.com/v1.0", true)]
    #[case("http://127.0.0.1:8080", true)]
    #[case("http://[::1]:8080/v1.0", true)]
    #[case("http://localhost:1", true)]
    #[case("http://graph.microsoft.com", false)]
    #[case("http://localhost.evil.example", false)]
    #[case("http://127.0.0.1.evil.example", false)]
    #[case("https://user:secret@graph.microsoft.com", false)]
    #[case("https://graph.microsoft.com?x=1", false)]
    #[case("ftp://graph.microsoft.com", false)]
    #[case("graph.microsoft.com", false)]
    fn only_urls_that_keep_a_secret_are_taken(#[case] text: &str, #[case] taken: bool) {
        assert_eq!(safe_url(text).is_ok(), taken);
    }
}
