//! Queries and paths, taken apart.

use axum::extract::Query;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The fields of a query string or form, decoded, in their order; empty when it is none.
pub(super) fn fields(raw: &str) -> Vec<(String, String)> {
    // The decoder of the web framework works on addresses only.
    let Ok(path) = PathAndQuery::try_from(format!("/?{}", raw.trim())) else {
        return Vec::new();
    };
    Query::try_from_uri(&Uri::from(path)).map_or_else(|_| Vec::new(), |Query(fields)| fields)
}

/// One segment of a path, decoded.
pub(super) fn segment(raw: &str) -> String {
    if !raw.contains('%') {
        return raw.to_owned();
    }
    // In a path a plus is a plus.
    let field = format!("v={}", raw.replace('+', "%2B").replace('&', "%26"));
    let decoded = fields(&field).into_iter().next();
    decoded.map_or_else(|| raw.to_owned(), |(_, value)| value)
}

/// The first field of this name, without regard to case.
pub(super) fn field<'a>(fields: &'a [(String, String)], name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("anna.m%C3%BCller@x", "anna.müller@x")]
    #[case("sinead.o%27connor%40x", "sinead.o'connor@x")]
    #[case("a+b@x", "a+b@x")]
    #[case("a+b%40x", "a+b@x")]
    fn a_segment_is_decoded(#[case] raw: &str, #[case] expected: &str) {
        assert_eq!(segment(raw), expected);
    }

    #[test]
    fn a_form_is_decoded() {
        let form = fields("scope=http%3A%2F%2F127.0.0.1%3A1%2F.default&client_secret=a%2Bb+c");
        assert_eq!(field(&form, "scope"), Some("http://127.0.0.1:1/.default"));
        assert_eq!(field(&form, "client_secret"), Some("a+b c"));
    }
}
