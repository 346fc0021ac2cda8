//! What a user has granted by signing in, as Entra tells it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Url;
use secrecy::SecretString;
use serde::Deserialize;

use model::redact::{self, Passing};
use model::text::harmless_up_to;

/// How long an access token lives where nobody says (RFC 6749 leaves that open).
pub(super) const UNSAID_LIFETIME: Duration = Duration::from_mins(10);
/// Longest life that is believed; Entra's tokens live an hour, a day at most.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24);
/// Longest text of Entra's that is shown, in characters.
const SHOWN: usize = 200;

/// What a user has granted. Its `Debug` shows no token.
pub struct UserGrant {
    pub(super) access: SecretString,
    pub(super) lifetime: Duration,
    /// What the next access token is asked for with.
    pub refresh_token: Option<SecretString>,
    /// Who signed in, where Entra says. For display only.
    pub account: Option<String>,
    /// The permissions, for display only.
    pub scopes: Vec<String>,
}

impl std::fmt::Debug for UserGrant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserGrant")
            .field("account", &self.account)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// The token endpoint's answer. It has no Debug: it holds tokens.
pub(super) struct TokenAnswer {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    /// Zero where the token is said to have ended already.
    pub(super) expires_in: Option<Duration>,
    pub(super) scope: Option<String>,
    pub(super) id_token: Option<String>,
}

impl TokenAnswer {
    /// Wherever there is a token, whatever the rest is like; nothing where there is none, or only
    /// the beginning of one.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let (answer, whole) = json::tree_to_its_end(body);
        let text = |name: &str| {
            let text = answer.get(name)?.as_str()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let access_token = text("access_token")?;
        let closed = || memchr::memmem::find(body, format!("{access_token}\"").as_bytes());
        if !whole && closed().is_none() {
            return None;
        }
        Some(Self {
            access_token,
            refresh_token: text("refresh_token").filter(|_| whole),
            expires_in: lifetime(json::number(answer.get("expires_in"))),
            scope: text("scope"),
            id_token: text("id_token"),
        })
    }
}

/// Seconds as the endpoint says them (`expires_in`); nothing where it says none.
pub(super) fn lifetime(said: json::Number) -> Option<Duration> {
    let seconds = said.0?.clamp(0.0, LONGEST_LIFETIME.as_secs_f64());
    Some(Duration::from_secs_f64(seconds))
}

#[derive(Default, Deserialize)]
struct Claims {
    preferred_username: Option<String>,
}

impl TokenAnswer {
    /// What `endpoint` has granted; its tokens are hidden from now on.
    pub(super) fn granted(self, endpoint: &Url) -> UserGrant {
        let endpoint = endpoint.as_str();
        redact::hide_passing(Passing::AccessToken, endpoint, &self.access_token);
        if let Some(token) = &self.refresh_token {
            redact::hide_passing(Passing::RefreshToken, endpoint, token);
        }
        let scopes = self.scope.unwrap_or_default();
        UserGrant {
            access: self.access_token.into(),
            lifetime: self.expires_in.unwrap_or(UNSAID_LIFETIME),
            refresh_token: self.refresh_token.map(SecretString::from),
            account: self.id_token.as_deref().and_then(account),
            scopes: scopes
                .split_whitespace()
                .map(|scope| harmless_up_to(scope, SHOWN))
                .collect(),
        }
    }
}

/// Who an id token is about. It came from Entra over TLS, and is only shown.
fn account(id_token: &str) -> Option<String> {
    let payload = id_token.split('.').nth(1)?.trim_end_matches('=');
    let claims = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    claims
        .preferred_username
        .map(|name| harmless_up_to(&name, SHOWN))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(
        r#"{"preferred_username":"anna@corp.example"}"#,
        Some("anna@corp.example")
    )]
    #[case(r#"{"preferred_username":7}"#, None)]
    #[case("no json", None)]
    fn the_account_is_read_where_there_is_one(#[case] claims: &str, #[case] who: Option<&str>) {
        let token = format!("h.{}.s", BASE64_URL_SAFE_NO_PAD.encode(claims));
        assert_eq!(account(&token).as_deref(), who);
        assert_eq!(account("opaque"), None);
    }

    /// ramosbugs/oauth2-rs#191, MicrosoftDocs/azure-docs#54997, freizl/hoauth2#97 (a string);
    /// spring-projects/spring-security#4810 (zero and less); openclaw/openclaw#144082 (none, or
    /// none that can be used).
    #[rstest]
    #[case("3599", Some(3599.0))]
    #[case("\"3599\"", Some(3599.0))]
    #[case("3599.0", Some(3599.0))]
    #[case("0.5", Some(0.5))]
    #[case("0", Some(0.0))]
    #[case("-1", Some(0.0))]
    #[case("31536000", Some(86400.0))]
    #[case("1e300", Some(86400.0))]
    #[case("9223372036854775808", Some(86400.0))]
    #[case("1e999", None)]
    #[case("NaN", None)]
    #[case("null", None)]
    #[case("true", None)]
    #[case("\"soon\"", None)]
    #[case("\"0x10\"", None)]
    #[case("[3599]", None)]
    #[case("{\"a\":1}", None)]
    fn a_lifetime_is_read_however_it_is_written(#[case] raw: &str, #[case] seconds: Option<f64>) {
        let body = format!(r#"{{"token_type":"Bearer","access_token":"t","expires_in":{raw}}}"#);
        let answer = TokenAnswer::read(body.as_bytes()).unwrap();
        assert_eq!(answer.expires_in.map(|life| life.as_secs_f64()), seconds);
    }

    #[rstest]
    #[case::nothing_else(r#"{"access_token":"t"}"#, true)]
    #[case::half_an_emoji(r#"{"access_token":"t","scope":"\ud83d"}"#, true)]
    #[case::twice(r#"{"access_token":"s","access_token":"t"}"#, true)]
    #[case::cut_off_behind_it(r#"{"access_token":"t","token_type":"Bea"#, true)]
    #[case::cut_off_within_it(r#"{"token_type":"Bearer","access_token":"t"#, false)]
    #[case::null(r#"{"access_token":null}"#, false)]
    #[case::empty(r#"{"access_token":" "}"#, false)]
    #[case::list(r#"[{"access_token":"t"}]"#, false)]
    #[case::no_json("t", false)]
    fn where_a_token_came_it_is_used(#[case] body: &str, #[case] used: bool) {
        let token = TokenAnswer::read(body.as_bytes()).map(|answer| answer.access_token);
        assert_eq!(token.as_deref(), used.then_some("t"));
    }

    #[test]
    fn no_token_is_shown() {
        let grant = TokenAnswer {
            access_token: "secret-a".into(),
            refresh_token: Some("secret-r".into()),
            expires_in: None,
            scope: Some("User.ReadBasic.All".into()),
            id_token: None,
        }
        .granted(&"https://login.example/token".parse().unwrap());
        let shown = format!("{grant:?}");
        assert!(
            shown.contains("User.ReadBasic.All") && !shown.contains("secret-"),
            "{shown}"
        );
    }
}
