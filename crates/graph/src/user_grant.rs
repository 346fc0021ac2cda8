//! What a user has granted by signing in, as Entra tells it.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde::Deserialize;

use model::redact::{self, Passing};
use model::text::harmless_up_to;

/// How long an access token lives where nobody says.
const UNSAID_LIFETIME: Duration = Duration::from_mins(10);
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
#[derive(Deserialize)]
pub(super) struct TokenAnswer {
    pub(super) access_token: String,
    pub(super) refresh_token: Option<String>,
    pub(super) expires_in: Option<u64>,
    pub(super) scope: Option<String>,
    pub(super) id_token: Option<String>,
}

#[derive(Default, Deserialize)]
struct Claims {
    preferred_username: Option<String>,
}

impl From<TokenAnswer> for UserGrant {
    fn from(answer: TokenAnswer) -> Self {
        redact::hide_passing(Passing::AccessToken, &answer.access_token);
        if let Some(token) = &answer.refresh_token {
            redact::hide_passing(Passing::RefreshToken, token);
        }
        let scopes = answer.scope.unwrap_or_default();
        Self {
            access: answer.access_token.into(),
            lifetime: answer
                .expires_in
                .map_or(UNSAID_LIFETIME, Duration::from_secs),
            refresh_token: answer.refresh_token.map(SecretString::from),
            account: answer.id_token.as_deref().and_then(account),
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

    #[test]
    fn no_token_is_shown() {
        let grant = UserGrant::from(TokenAnswer {
            access_token: "secret-a".into(),
            refresh_token: Some("secret-r".into()),
            expires_in: None,
            scope: Some("User.ReadBasic.All".into()),
            id_token: None,
        });
        let shown = format!("{grant:?}");
        assert!(
            shown.contains("User.ReadBasic.All") && !shown.contains("secret-"),
            "{shown}"
        );
    }
}
