//! A user signs in by device code (RFC 8628), and stays signed in by refresh tokens: for tenants
//! in which presence is read with a delegated permission. No secret is sent, the application
//! must allow public client flows.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Url};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::aadsts::{self, EntraError};
use super::operation::Operation;
use super::refusal::{not_graph, refusal, unreadable};
use super::retry_after::retry_after;
use super::settings::{Settings, SetupError, below};
use super::wire::{Answer, Wire};
use super::{Failure, FailureKind};
use crate::clock::Clock;
use crate::text::harmless_up_to;

/// RFC 8628, 3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Where the server names no interval (RFC 8628, 3.2), and what `slow_down` adds (3.5).
const INTERVAL: Duration = Duration::from_secs(5);
/// Longest interval that is believed.
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);
/// How long an access token lives where nobody says.
const UNSAID_LIFETIME: Duration = Duration::from_mins(10);
/// Longest text of Entra's that is shown, in characters.
const SHOWN: usize = 200;

/// Signs users in.
pub struct DeviceSignIn {
    wire: Wire,
    clock: Arc<dyn Clock>,
    device_endpoint: Url,
    token_endpoint: Url,
    client_id: String,
    scope: String,
}

/// What the user is told.
pub struct DevicePrompt {
    device_code: SecretString,
    /// What to enter.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// How long it holds.
    pub expires_in: Duration,
    /// From one poll to the next.
    pub interval: Duration,
}

/// What a poll brought.
#[derive(Debug)]
pub enum Polled {
    /// The user is signed in.
    SignedIn(Box<UserGrant>),
    /// Not yet; the next poll in this time.
    Wait(Duration),
    /// The user said no.
    Declined,
    /// The code has expired.
    Expired,
}

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

#[derive(Deserialize)]
struct DeviceAnswer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: u64,
    interval: Option<u64>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    scope: Option<String>,
    id_token: Option<String>,
}

#[derive(Default, Deserialize)]
struct Claims {
    preferred_username: Option<String>,
}

/// Either, or what Entra says against it.
enum Said<T> {
    Yes(T),
    No(EntraError, Failure),
}

impl DeviceSignIn {
    /// Checks the settings; sends nothing. The credential among them is not used.
    ///
    /// # Errors
    /// A [`SetupError`] where the settings cannot work, whatever the servers say.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        settings.check()?;
        let tenant = settings.tenant_id.trim();
        let at = |name| below(&settings.authority, &[tenant, "oauth2", "v2.0", name]);
        let graph = settings.graph_base.origin().ascii_serialization();
        Ok(Self {
            wire: Wire::new(&settings.authority, settings, Arc::clone(&clock))?,
            clock,
            device_endpoint: at("devicecode"),
            token_endpoint: at("token"),
            client_id: settings.client_id.trim().to_owned(),
            scope: format!(
                "{graph}/Presence.Read.All {graph}/User.ReadBasic.All openid profile offline_access"
            ),
        })
    }

    /// Begins: what the user is to enter, and where.
    ///
    /// # Errors
    /// Why Entra does not let anybody begin.
    pub async fn begin(&self) -> Result<DevicePrompt, Failure> {
        let fields = [
            ("client_id", self.client_id.as_str()),
            ("scope", &self.scope),
        ];
        match self
            .post::<DeviceAnswer>(&self.device_endpoint, &fields)
            .await?
        {
            Said::No(_, failure) => Err(failure),
            Said::Yes(answer) => Ok(DevicePrompt {
                device_code: answer.device_code.into(),
                user_code: harmless_up_to(&answer.user_code, SHOWN),
                verification_uri: harmless_up_to(&answer.verification_uri, SHOWN),
                expires_in: Duration::from_secs(answer.expires_in),
                interval: answer.interval.map_or(INTERVAL, |seconds| {
                    Duration::from_secs(seconds).min(LONGEST_INTERVAL)
                }),
            }),
        }
    }

    /// Asks whether the user has signed in; `interval` is the one in force.
    ///
    /// # Errors
    /// Why the sign-in cannot succeed; a transient failure says nothing about it.
    pub async fn poll(&self, prompt: &DevicePrompt, interval: Duration) -> Result<Polled, Failure> {
        let fields = [
            ("grant_type", GRANT),
            ("client_id", &self.client_id),
            ("device_code", prompt.device_code.expose_secret()),
        ];
        match self
            .post::<TokenAnswer>(&self.token_endpoint, &fields)
            .await?
        {
            Said::Yes(answer) => Ok(Polled::SignedIn(Box::new(answer.into()))),
            Said::No(error, failure) => not_yet(&error.error, interval).ok_or(failure),
        }
    }

    /// A new access token for a refresh token, which Entra may exchange as well.
    ///
    /// # Errors
    /// Why there is none; [`FailureKind::Credentials`] where the user must sign in again.
    pub async fn refresh(&self, token: &SecretString) -> Result<UserGrant, Failure> {
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", self.client_id.as_str()),
            ("scope", &self.scope),
            ("refresh_token", token.expose_secret()),
        ];
        match self
            .post::<TokenAnswer>(&self.token_endpoint, &fields)
            .await?
        {
            Said::Yes(answer) => Ok(answer.into()),
            Said::No(_, failure) => Err(failure),
        }
    }

    async fn post<T: DeserializeOwned>(
        &self,
        to: &Url,
        fields: &[(&str, &str)],
    ) -> Result<Said<T>, Failure> {
        let operation = Operation::SignIn;
        let mut request = Request::new(Method::POST, to.clone());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, form);
        *request.body_mut() = Some(encoded(to, fields).into());
        let (_, answer) = self.wire.exchange(operation, request).await;
        let answer = answer?;
        if !answer.may_be_json() {
            return Err(not_graph(operation, &answer));
        }
        if answer.status.is_success() {
            // The reader's error may quote the body, and the body holds tokens.
            let read = serde_json::from_slice(&answer.body);
            return read
                .map(Said::Yes)
                .map_err(|_| unreadable(operation, &answer, "something is missing in it"));
        }
        self.refused(&answer)
    }

    fn refused<T>(&self, answer: &Answer) -> Result<Said<T>, Failure> {
        let now = self.clock.now();
        let Ok(error) = serde_json::from_slice::<EntraError>(&answer.body) else {
            return Err(refusal(Operation::SignIn, answer, now));
        };
        let wait = retry_after(&answer.headers, now);
        let (status, id) = (answer.status.as_u16(), answer.request_id());
        let failure = aadsts::failure(&error, status, wait, id);
        Ok(Said::No(error, failure))
    }
}

/// What of Entra's errors is no failure (RFC 8628, 3.5, and Entra's names for the same).
fn not_yet(error: &str, interval: Duration) -> Option<Polled> {
    match error {
        "authorization_pending" => Some(Polled::Wait(interval)),
        "slow_down" => Some(Polled::Wait(interval + INTERVAL)),
        "authorization_declined" | "access_denied" => Some(Polled::Declined),
        "expired_token" | "code_expired" => Some(Polled::Expired),
        _ => None,
    }
}

/// The fields as a form.
fn encoded(base: &Url, fields: &[(&str, &str)]) -> String {
    let mut url = base.clone();
    url.query_pairs_mut().clear().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

impl From<TokenAnswer> for UserGrant {
    fn from(answer: TokenAnswer) -> Self {
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

/// Where the refresh token is kept between two uses; whoever keeps it also protects it.
pub trait RefreshTokens: Send + Sync + 'static {
    /// The token that holds.
    ///
    /// # Errors
    /// Why there is none, for an administrator.
    fn load(&self) -> Result<SecretString, String>;

    /// Takes the place of the one that was loaded.
    ///
    /// # Errors
    /// Why it cannot be kept.
    fn keep(&self, token: &SecretString) -> Result<(), String>;
}

/// A user's sign-in in use: every access token costs a refresh token and brings the next.
pub(super) struct UserSession {
    sign_in: DeviceSignIn,
    tokens: Arc<dyn RefreshTokens>,
    /// One that could not be kept: it holds as long as this process lives.
    unkept: std::sync::Mutex<Option<SecretString>>,
}

impl UserSession {
    pub(super) fn new(sign_in: DeviceSignIn, tokens: Arc<dyn RefreshTokens>) -> Self {
        Self {
            sign_in,
            tokens,
            unkept: std::sync::Mutex::new(None),
        }
    }

    pub(super) async fn ask(&self) -> Result<UserGrant, Failure> {
        let token = self.token().map_err(|why| {
            let message = format!("Could not read presence as a user: {why}");
            Failure::new(FailureKind::Credentials, message)
        })?;
        let grant = self.sign_in.refresh(&token).await.map_err(signed_out)?;
        if let Some(next) = &grant.refresh_token {
            let kept = self.tokens.keep(next);
            *self.unkept() = kept.is_err().then(|| next.clone());
        }
        Ok(grant)
    }

    fn token(&self) -> Result<SecretString, String> {
        let unkept = self.unkept().clone();
        unkept.map_or_else(|| self.tokens.load(), Ok)
    }

    fn unkept(&self) -> std::sync::MutexGuard<'_, Option<SecretString>> {
        self.unkept
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What helps a user who is not signed in any more.
fn signed_out(failure: Failure) -> Failure {
    if failure.kind != FailureKind::Credentials {
        return failure;
    }
    let message = format!(
        "Presence is read with a user's sign-in, and it does not hold any more: sign in again with lampfield login. {}",
        failure.message
    );
    Failure {
        message: message.into(),
        ..failure
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("authorization_pending", Some("Wait(3s)"))]
    #[case("slow_down", Some("Wait(8s)"))]
    #[case("authorization_declined", Some("Declined"))]
    #[case("access_denied", Some("Declined"))]
    #[case("expired_token", Some("Expired"))]
    #[case("invalid_grant", None)]
    fn a_poll_that_is_no_yes_says_what_comes_next(
        #[case] error: &str,
        #[case] expected: Option<&str>,
    ) {
        let next = not_yet(error, Duration::from_secs(3));
        assert_eq!(next.map(|next| format!("{next:?}")).as_deref(), expected);
    }

    #[test]
    fn a_form_is_encoded() {
        let url = Url::parse("https://login.example/t").unwrap();
        assert_eq!(
            encoded(&url, &[("a", "x+y &"), ("b", "ü")]),
            "a=x%2By+%26&b=%C3%BC"
        );
    }

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
