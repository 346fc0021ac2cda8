//! A user signs in by device code (RFC 8628): for tenants in which presence is read with a
//! delegated permission. No secret is sent, the application must allow public client flows.
//!
//! Not with the `oauth2` crate, as client credentials are: its device flow asks again and waits by
//! itself, while ours is asked by whoever shows the code, by the clock that tests move.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Url};
use secrecy::{ExposeSecret as _, SecretString};

use super::Failure;
use super::aadsts::{self, EntraError};
use super::operation::Operation;
use super::refusal::{not_graph, refusal, unreadable};
use super::retry_after::retry_after;
use super::settings::{Settings, SetupError, below};
use super::user_grant::{TokenAnswer, UserGrant, lifetime};
use super::wire::{Answer, Wire};
use model::clock::Clock;
use model::permission::{PRESENCE_READ, USER_READ_BASIC};
use model::redact::{self, Passing};
use model::text::harmless_up_to;

/// RFC 8628, 3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Where the server names no interval (RFC 8628, 3.2), and what `slow_down` adds (3.5).
const INTERVAL: Duration = Duration::from_secs(5);
/// How long a code holds where the server does not say; Entra's hold so long.
const UNSAID_LIFE_OF_A_CODE: Duration = Duration::from_mins(15);
/// Shortest and longest interval that is believed.
const SHORTEST_INTERVAL: Duration = Duration::from_secs(1);
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);
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
    /// The page where the user types the code.
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

struct DeviceAnswer {
    device_code: String,
    user_code: String,
    verification_uri: String,
    expires_in: Duration,
    interval: Duration,
}

/// What comes back where all is well, read in spite of odd members.
trait Reads: Sized {
    fn read(body: &[u8]) -> Option<Self>;
}

impl Reads for TokenAnswer {
    fn read(body: &[u8]) -> Option<Self> {
        Self::read(body)
    }
}

impl Reads for DeviceAnswer {
    fn read(body: &[u8]) -> Option<Self> {
        let answer = json::tree(body);
        let text = |name: &str| answer.get(name)?.as_str().map(ToOwned::to_owned);
        let seconds = |name: &str| lifetime(json::number(answer.get(name)));
        let said = seconds("interval").unwrap_or(INTERVAL);
        Some(Self {
            device_code: text("device_code")?,
            user_code: text("user_code")?,
            // The name that it had in Entra's first endpoint.
            verification_uri: text("verification_uri").or_else(|| text("verification_url"))?,
            expires_in: seconds("expires_in")
                .filter(|life| !life.is_zero())
                .unwrap_or(UNSAID_LIFE_OF_A_CODE),
            interval: said.clamp(SHORTEST_INTERVAL, LONGEST_INTERVAL),
        })
    }
}

/// Either, or what Entra says against it.
enum Said<T> {
    Yes(T),
    No(EntraError, Failure),
}

impl DeviceAnswer {
    /// What the user is asked to enter; the code is hidden from now on.
    fn prompt(self, endpoint: &Url) -> DevicePrompt {
        redact::hide_passing(Passing::DeviceCode, endpoint.as_str(), &self.device_code);
        DevicePrompt {
            device_code: self.device_code.into(),
            user_code: harmless_up_to(&self.user_code, SHOWN),
            verification_uri: harmless_up_to(&self.verification_uri, SHOWN),
            expires_in: self.expires_in,
            interval: self.interval,
        }
    }
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
                "{graph}/{PRESENCE_READ} {graph}/{USER_READ_BASIC} openid profile offline_access"
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
            Said::Yes(answer) => Ok(answer.prompt(&self.token_endpoint)),
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
            Said::Yes(answer) => {
                let grant = answer.granted(&self.token_endpoint);
                Ok(Polled::SignedIn(Box::new(grant)))
            }
            Said::No(error, failure) => not_yet(&error.error, interval).ok_or(failure),
        }
    }

    /// A new access token for a refresh token, which Entra may exchange as well.
    ///
    /// # Errors
    /// Why there is none; [`super::FailureKind::Credentials`] where the user must sign in again.
    pub async fn refresh(&self, token: &SecretString) -> Result<UserGrant, Failure> {
        let endpoint = self.token_endpoint.as_str();
        redact::hide_passing(Passing::RefreshToken, endpoint, token.expose_secret());
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
            Said::Yes(answer) => Ok(answer.granted(&self.token_endpoint)),
            Said::No(_, failure) => Err(failure),
        }
    }

    async fn post<T: Reads>(&self, to: &Url, fields: &[(&str, &str)]) -> Result<Said<T>, Failure> {
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
        if !answer.status.is_success() {
            return self.refused(&answer);
        }
        match T::read(&answer.body) {
            Some(said) => Ok(Said::Yes(said)),
            None if EntraError::read(&answer.body).is_some() => self.refused(&answer),
            None => Err(unreadable(operation, &answer, "something is missing in it")),
        }
    }

    fn refused<T>(&self, answer: &Answer) -> Result<Said<T>, Failure> {
        let now = self.clock.wall();
        let Some(error) = EntraError::read(&answer.body) else {
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

    /// Interval and lifetime of the code, in seconds.
    #[rstest]
    #[case(r#""interval":1,"expires_in":900"#, 1, 900)]
    #[case(r#""interval":"1","expires_in":"900""#, 1, 900)]
    #[case(r#""interval":2.5,"expires_in":900.0"#, 2, 900)]
    #[case(r#""interval":0,"expires_in":0"#, 1, 900)]
    #[case(r#""interval":-5,"expires_in":-1"#, 1, 900)]
    #[case(r#""interval":null,"expires_in":null"#, 5, 900)]
    #[case(r#""interval":"soon","expires_in":[900]"#, 5, 900)]
    #[case(r#""interval":1e300,"message":"\ud83d""#, 60, 900)]
    fn a_code_is_shown_whatever_its_numbers_are(
        #[case] members: &str,
        #[case] interval: u64,
        #[case] life: u64,
    ) {
        let body = format!(
            r#"{{"device_code":"d","user_code":"ABCD","verification_uri":"https://x",{members}}}"#
        );
        let answer = DeviceAnswer::read(body.as_bytes()).unwrap();
        assert_eq!(
            (answer.interval.as_secs(), answer.expires_in.as_secs()),
            (interval, life)
        );
    }

    #[test]
    fn a_form_is_encoded() {
        let url = Url::parse("https://login.example/t").unwrap();
        assert_eq!(
            encoded(&url, &[("a", "x+y &"), ("b", "ü")]),
            "a=x%2By+%26&b=%C3%BC"
        );
    }
}
