//! Which addresses may be sent a secret: https, or http that stays on this machine.

use reqwest::Url;

use super::fault::said;
use words::{ConfigTexts, Words};

/// Checks a URL without ever repeating it: somebody may have written a password into it.
pub(super) fn safe_url(text: &str) -> Result<Url, Words> {
    let url = secret_url(text)?;
    if url.query().is_some() {
        return Err(said(|t| t.faults.url_with_query, &[]));
    }
    Ok(url)
}

/// The same where what follows `?` may belong to it.
pub(super) fn secret_url(text: &str) -> Result<Url, Words> {
    let wrong = |entry: fn(&'static ConfigTexts) -> &'static str| Err(said(entry, &[]));
    let Ok(url) = Url::parse(text) else {
        return wrong(|t| t.faults.no_url);
    };
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else {
        return wrong(|t| t.faults.url_without_host);
    };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong(|t| t.faults.url_with_login);
    }
    if url.fragment().is_some() {
        return wrong(|t| t.faults.url_with_query);
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        "http" => wrong(|t| t.faults.url_plain),
        _ => wrong(|t| t.faults.url_no_https),
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
