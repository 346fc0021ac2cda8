//! The token: kept, renewed before it ends, by one caller at a time, and never in a hurry where
//! Entra refuses: a wrong secret that is tried twice a second locks the application out.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard, watch};

use super::entra::{Entra, Grant};
use super::settings::{Credential, SetupError};
use super::user_session::UserSession;
use super::{Failure, FailureKind, TokenView};
use clocks::jitter;
use model::backoff::{Backoff, Jitter};
use model::cause::Cause;
use model::clock::{Clock, advance};
use model::text::harmless_up_to;

/// A token is renewed at the latest this long before it ends.
const MARGIN: Duration = Duration::from_mins(5);
/// A token that came is used so long, whatever is said of its life: a server that says nothing
/// sensible (0, -1) is asked every few seconds and not all the time.
const SHORTEST_LIFE: Duration = Duration::from_secs(5);
/// First and longest pause after credentials were refused, and after any other failure.
const REFUSED_PAUSE: Backoff = Backoff::new(Duration::from_secs(5), Duration::from_mins(5));
const FAILED_PAUSE: Backoff = Backoff::new(Duration::from_secs(1), Duration::from_mins(1));
/// How many roles are kept for display.
const ROLE_LIMIT: usize = 64;

/// A token, ready for the `Authorization` header.
#[derive(Clone)]
pub(super) struct Bearer {
    header: HeaderValue,
    /// Which token this is, counted from 1.
    number: u64,
    renew_at: Timestamp,
    expires_at: Timestamp,
}

impl Bearer {
    /// Marked as sensitive.
    pub(super) fn header(&self) -> HeaderValue {
        self.header.clone()
    }
}

/// Whose token it is.
pub(super) enum Asker {
    /// The application's own.
    Application(Box<Entra>),
    /// A user's, who signed in with `lampfield login`.
    User(Box<UserSession>),
}

impl Asker {
    async fn ask(&self) -> Result<Grant, Failure> {
        match self {
            Self::Application(entra) => entra.ask().await,
            Self::User(session) => session.ask().await.map(|grant| Grant {
                access: grant.access,
                lifetime: grant.lifetime,
            }),
        }
    }
}

/// The token in force, and the one renewal that may be under way.
pub(super) struct TokenStore {
    asker: Asker,
    clock: Arc<dyn Clock>,
    held: RwLock<Option<Bearer>>,
    renewal: Arc<Mutex<Renewal>>,
    /// How many renewals ended, well or badly: whoever waited for one sees that it happened.
    rounds: AtomicU64,
    view: watch::Sender<TokenView>,
}

/// What is known from the renewals so far.
#[derive(Default)]
struct Renewal {
    last: Option<Result<Bearer, Failure>>,
    failures: u32,
    not_before: Option<Timestamp>,
    /// Tokens in a row that Graph refused although they were new.
    refused: u32,
    no_forced_before: Option<Timestamp>,
}

impl TokenStore {
    pub(super) fn new(asker: Asker, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            asker,
            clock,
            held: RwLock::new(None),
            renewal: Arc::default(),
            rounds: AtomicU64::new(0),
            view: watch::channel(TokenView::default()).0,
        })
    }

    /// From the next token on, the application shows this; who signed in as a user stays so.
    pub(super) fn replace_credential(&self, credential: &Credential) -> Result<(), SetupError> {
        match &self.asker {
            Asker::Application(entra) => entra.replace(credential),
            Asker::User(_) => Ok(()),
        }
    }

    pub(super) fn watch(&self) -> watch::Receiver<TokenView> {
        self.view.subscribe()
    }

    /// A valid token. Where the one at hand should be renewed but still holds, it is used and the
    /// renewal goes on beside; where there is none, every caller waits for the same renewal.
    pub(super) async fn bearer(self: &Arc<Self>) -> Result<Bearer, Failure> {
        let now = self.clock.now();
        match self.held() {
            Some(bearer) if now < bearer.renew_at => Ok(bearer),
            Some(bearer) if now < bearer.expires_at => {
                self.renew_beside(now);
                Ok(bearer)
            }
            _ => self.renew_needed().await,
        }
    }

    /// A token other than `refused`, which Graph did not take. Nothing where a new one was
    /// refused just now as well: a further one would not help.
    pub(super) async fn after_refusal(&self, refused: &Bearer) -> Result<Option<Bearer>, Failure> {
        let mut renewal = self.renewal.lock().await;
        if let Some(other) = self.held().filter(|held| held.number != refused.number) {
            return Ok(Some(other));
        }
        let now = self.clock.now();
        if renewal.no_forced_before.is_some_and(|at| now < at) {
            return match &renewal.last {
                Some(Err(failure)) => Err(failure.clone()),
                _ => Ok(None),
            };
        }
        renewal.refused += 1;
        renewal.no_forced_before = Some(advance(now, REFUSED_PAUSE.wait(renewal.refused)));
        self.attempt(&mut renewal).await.map(Some)
    }

    /// Graph took the token; `in_place_of_refused`: for a request for which it had refused the
    /// one before.
    pub(super) fn taken(&self, in_place_of_refused: bool) {
        // Locked means that a renewal is under way: its token will be taken or not, then.
        if let Ok(mut renewal) = self.renewal.try_lock()
            && renewal.refused > 0
        {
            renewal.forgive(in_place_of_refused, self.clock.now());
        }
    }

    /// Renews at once, whatever the pauses say; joins a renewal under way.
    pub(super) async fn renew_now(&self) -> Result<(), Failure> {
        let seen = self.rounds.load(Ordering::Acquire);
        let mut renewal = self.renewal.lock().await;
        if let Some(ended) = self.ended_since(seen, &renewal) {
            return ended.map(drop);
        }
        self.attempt(&mut renewal).await.map(drop)
    }

    async fn renew_needed(&self) -> Result<Bearer, Failure> {
        let seen = self.rounds.load(Ordering::Acquire);
        let mut renewal = self.renewal.lock().await;
        if let Some(ended) = self.ended_since(seen, &renewal) {
            return ended;
        }
        let now = self.clock.now();
        if let Some(fresh) = self.held().filter(|held| now < held.renew_at) {
            return Ok(fresh);
        }
        if let Some(failure) = renewal.paused(now) {
            return Err(failure);
        }
        self.attempt(&mut renewal).await
    }

    fn renew_beside(self: &Arc<Self>, now: Timestamp) {
        let Ok(mut renewal) = Arc::clone(&self.renewal).try_lock_owned() else {
            return;
        };
        if renewal.paused(now).is_some() {
            return;
        }
        let store = Arc::clone(self);
        tokio::spawn(async move {
            // Its failure is in the view; the token at hand holds a while yet.
            let _ = store.attempt(&mut renewal).await;
        });
    }

    fn ended_since(
        &self,
        seen: u64,
        renewal: &MutexGuard<'_, Renewal>,
    ) -> Option<Result<Bearer, Failure>> {
        let ended = self.rounds.load(Ordering::Acquire) != seen;
        renewal.last.clone().filter(|_| ended)
    }

    async fn attempt(&self, renewal: &mut Renewal) -> Result<Bearer, Failure> {
        let now = self.clock.now();
        let outcome = self
            .asker
            .ask()
            .await
            .and_then(|grant| self.keep(&grant, now));
        match &outcome {
            Ok(_) => {
                renewal.failures = 0;
                renewal.not_before = None;
            }
            Err(failure) => {
                renewal.pause(failure, self.clock.now());
                self.view
                    .send_modify(|view| view.failure = Some(failure.clone()));
            }
        }
        renewal.last = Some(outcome.clone());
        self.rounds.fetch_add(1, Ordering::Release);
        outcome
    }

    fn keep(&self, grant: &Grant, now: Timestamp) -> Result<Bearer, Failure> {
        let access = grant.access.expose_secret();
        let mut header = HeaderValue::from_str(&format!("Bearer {access}")).map_err(|_| {
            Failure::new(
                FailureKind::Garbled,
                "Could not renew the token: what Entra sent is no token",
            )
            .because(Cause::Damaged)
        })?;
        header.set_sensitive(true);
        let lifetime = grant.lifetime.max(SHORTEST_LIFE);
        let bearer = Bearer {
            header,
            number: self.rounds.load(Ordering::Acquire) + 1,
            renew_at: advance(now, renew_after(lifetime, jitter()).max(SHORTEST_LIFE)),
            expires_at: advance(now, lifetime),
        };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(bearer.clone());
        self.view.send_replace(TokenView {
            expires_at: Some(bearer.expires_at),
            renewed_at: Some(now),
            roles: roles(access).into(),
            failure: None,
        });
        Ok(bearer)
    }

    fn held(&self) -> Option<Bearer> {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Renewal {
    /// The last failure, while its pause lasts.
    fn paused(&self, now: Timestamp) -> Option<Failure> {
        self.not_before.filter(|at| now < *at)?;
        self.last.as_ref()?.as_ref().err().cloned()
    }

    /// Forgets refusals when the renewal helped, or once their pause is over. Another request
    /// that went well is no reason: where one kind of request is always refused and the others
    /// are not, every refusal would renew the token.
    fn forgive(&mut self, it_helped: bool, now: Timestamp) {
        if it_helped || self.no_forced_before.is_none_or(|at| at <= now) {
            self.refused = 0;
            self.no_forced_before = None;
        }
    }

    fn pause(&mut self, failure: &Failure, now: Timestamp) {
        self.failures += 1;
        let wait = match failure.kind {
            // It concerns this application alone: nobody else comes back at the same moment.
            FailureKind::Credentials => REFUSED_PAUSE.wait(self.failures),
            _ => jitter().stretch(FAILED_PAUSE.wait(self.failures)),
        };
        let wait = wait.max(failure.retry_after.unwrap_or_default());
        self.not_before = Some(advance(now, wait));
    }
}

/// A token is renewed 5 min or a tenth of its life before it ends, whichever is longer, but never
/// in its first half. `jitter` moves that forward by up to a twentieth, so that
/// several installations do not ask in step.
fn renew_after(lifetime: Duration, jitter: Jitter) -> Duration {
    let margin = MARGIN.max(lifetime / 10).min(lifetime / 2);
    let latest = lifetime.saturating_sub(margin);
    latest.saturating_sub(jitter.share(latest / 20))
}

/// The `roles` of an application's token, or the scopes of a user's, for display only: the token is not checked here, and nothing in the
/// program depends on it (Microsoft: tokens are opaque to clients).
fn roles(access: &str) -> Vec<Arc<str>> {
    #[derive(Default, Deserialize)]
    struct Claims {
        #[serde(default)]
        roles: Vec<String>,
        #[serde(default)]
        scp: String,
    }
    let payload = access.split('.').nth(1).unwrap_or_default();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('='));
    let claims: Claims = claims
        .ok()
        .and_then(|json| serde_json::from_slice(&json).ok())
        .unwrap_or_default();
    let roles = claims.roles.iter().map(String::as_str);
    roles
        .chain(claims.scp.split_whitespace())
        .take(ROLE_LIMIT)
        .map(|role| harmless_up_to(role, 80).into())
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(3600, Jitter::NONE, 3240)]
    #[case(3600, Jitter::FULL, 3078)]
    #[case(5400, Jitter::NONE, 4860)]
    #[case(1200, Jitter::NONE, 900)]
    #[case(60, Jitter::NONE, 30)]
    #[case(0, Jitter::NONE, 0)]
    fn a_token_is_renewed_well_before_it_ends(
        #[case] life: u64,
        #[case] jitter: Jitter,
        #[case] after: u64,
    ) {
        let after_s = renew_after(Duration::from_secs(life), jitter).as_secs();
        assert_eq!(after_s, after);
    }

    #[rstest]
    #[case(REFUSED_PAUSE, 1, 5)]
    #[case(REFUSED_PAUSE, 3, 20)]
    #[case(REFUSED_PAUSE, 40, 300)]
    #[case(FAILED_PAUSE, 1, 1)]
    #[case(FAILED_PAUSE, 9, 60)]
    fn pauses_grow(#[case] pause: Backoff, #[case] failures: u32, #[case] s: u64) {
        assert_eq!(pause.wait(failures).as_secs(), s);
    }

    #[rstest]
    #[case(r#"{"roles":["User.Read.All","Presence.ReadWrite.All"]}"#, 2)]
    #[case(r#"{"scp":"User.ReadBasic.All Presence.Read.All"}"#, 2)]
    #[case(r#"{"aud":"x"}"#, 0)]
    #[case(r#"{"roles":7}"#, 0)]
    #[case("no json", 0)]
    fn roles_are_read_where_there_are_any(#[case] payload: &str, #[case] expected: usize) {
        let token = format!("h.{}.s", BASE64_URL_SAFE_NO_PAD.encode(payload));
        assert_eq!(roles(&token).len(), expected);
        assert!(roles("opaque").is_empty());
    }
}
