//! The client: one call to Graph with everything around it (token, turn, redirect, refusal).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, StatusCode, Url};
use tokio::sync::watch;

use super::device_code::DeviceSignIn;
use super::entra::{Entra, scrubbed};
use super::gate::Gate;
use super::operation::Operation;
use super::redirect::redirected;
use super::refusal::{not_graph, refusal};
use super::settings::{Credential, Settings, SetupError};
use super::skew::Skew;
use super::token::{Asker, Bearer, TokenStore};
use super::user_session::{RefreshTokens, UserSession};
use super::wire::{Answer, Times, Wire};
use super::{BudgetView, Failure, FailureKind, Priority, TokenView};
use model::cause::Cause;
use model::clock::Clock;
use model::limits::is_clock_wrong;

/// Microsoft Graph, for one application in one tenant. A clone is another handle to the same
/// token, connections and budget.
#[derive(Clone)]
pub struct Graph {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    client_id: String,
    clock: Arc<dyn Clock>,
    wire: Wire,
    token: Arc<TokenStore>,
    /// A user's, where presence is read with it.
    reading: Option<Arc<TokenStore>>,
    gate: Arc<Gate>,
    skew: Arc<Skew>,
}

/// What to ask Graph.
pub(super) struct Call {
    pub(super) operation: Operation,
    pub(super) turn: TurnOf,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<Vec<u8>>,
}

/// How a call comes to its first turn in the budget.
#[derive(Clone, Copy)]
pub(super) enum TurnOf {
    /// It waits itself.
    Call(Priority),
    /// Its caller has waited for it: see [`Graph::admit`].
    Caller(Priority),
}

impl TurnOf {
    const fn priority(self) -> Priority {
        match self {
            Self::Call(priority) | Self::Caller(priority) => priority,
        }
    }
}

/// A turn in the budget that has come and must now be used: see [`Graph::admit`].
#[derive(Debug)]
#[must_use = "the budget has counted it"]
pub struct Admission {
    priority: Priority,
    turn: bool,
}

impl Admission {
    /// Where there was no turn (no token), the call itself says why.
    pub(super) const fn turn(&self) -> TurnOf {
        if self.turn {
            TurnOf::Caller(self.priority)
        } else {
            TurnOf::Call(self.priority)
        }
    }
}

/// How it went.
pub(super) struct Called {
    /// Of the last request of this call; all alike where none was sent.
    pub(super) times: Times,
    /// Whether anything went out.
    pub(super) sent: bool,
    /// A 2xx answer that may be JSON, or a failure.
    pub(super) outcome: Result<Answer, Failure>,
}

impl Graph {
    /// Checks the settings; sends nothing.
    ///
    /// # Errors
    /// A [`SetupError`] where the settings cannot work, whatever the servers say.
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, SetupError> {
        Self::with(settings, clock, None)
    }

    /// The same, but presence is read as a user who signed in: [`DeviceSignIn`]. Everything else
    /// stays the application's.
    ///
    /// # Errors
    /// As [`Graph::new`].
    pub fn reading_as_user(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        tokens: Arc<dyn RefreshTokens>,
    ) -> Result<Self, SetupError> {
        let sign_in = DeviceSignIn::new(settings, Arc::clone(&clock))?;
        let asker = Asker::User(Box::new(UserSession::new(sign_in, tokens)));
        let reading = TokenStore::new(asker, Arc::clone(&clock));
        Self::with(settings, clock, Some(reading))
    }

    fn with(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        reading: Option<Arc<TokenStore>>,
    ) -> Result<Self, SetupError> {
        settings.check()?;
        let skew = Arc::new(Skew::new());
        let entra = Entra::new(settings, Arc::clone(&clock), Arc::clone(&skew))?;
        let inner = Inner {
            base: settings.graph_base.clone(),
            client_id: settings.client_id.trim().to_owned(),
            wire: Wire::new(&settings.graph_base, settings, Arc::clone(&clock))?,
            token: TokenStore::new(Asker::Application(Box::new(entra)), Arc::clone(&clock)),
            reading,
            gate: Gate::new(settings.requests_per_30s, Arc::clone(&clock)),
            skew,
            clock,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The token's state, at every change.
    #[must_use]
    pub fn watch_token(&self) -> watch::Receiver<TokenView> {
        self.inner.token.watch()
    }

    /// The budget's state, at most a few times a second and only when it changed.
    #[must_use]
    pub fn watch_budget(&self) -> watch::Receiver<BudgetView> {
        self.inner.gate.watch()
    }

    /// How far our clock is ahead of Microsoft's, in milliseconds (negative: behind), as far as
    /// latency cannot explain it. Nothing before the first answer with a date.
    #[must_use]
    pub fn watch_clock_skew(&self) -> watch::Receiver<Option<i64>> {
        self.inner.skew.watch()
    }

    /// Renews the token now, whatever pause a failure has set; joins a renewal under way. At the
    /// start it tells early whether the credentials work.
    ///
    /// # Errors
    /// Why there is no new token; [`FailureKind::Credentials`] where somebody must act.
    pub async fn renew_token(&self) -> Result<(), Failure> {
        self.inner.token.renew_now().await
    }

    /// From the next token on, the application shows this credential; [`Graph::renew_token`] asks for
    /// one with it.
    ///
    /// # Errors
    /// Where it cannot work, whatever Entra says: then the one before stays.
    pub fn replace_credential(&self, credential: &Credential) -> Result<(), SetupError> {
        self.inner.token.replace_credential(credential)
    }

    /// The state of the user's token, where presence is read with one.
    #[must_use]
    pub fn watch_reading_token(&self) -> Option<watch::Receiver<TokenView>> {
        self.inner.reading.as_ref().map(|token| token.watch())
    }

    /// Renews the user's token now, where presence is read with one.
    ///
    /// # Errors
    /// As [`Graph::renew_token`].
    pub async fn renew_reading_token(&self) -> Result<(), Failure> {
        match &self.inner.reading {
            Some(token) => token.renew_now().await,
            None => Ok(()),
        }
    }

    /// Whose token goes with a request.
    fn token_for(&self, operation: Operation) -> &Arc<TokenStore> {
        let users = self.inner.reading.as_ref();
        users
            .filter(|_| operation == Operation::ReadPresence)
            .unwrap_or(&self.inner.token)
    }

    /// Waits for a turn in the budget before it is known what to send: whoever has a queue of
    /// wishes takes the newest one when the turn has come, and nothing stale is ever sent.
    /// Giving up the wait gives up the place.
    pub async fn admit(&self, priority: Priority) -> Admission {
        let turn = self.inner.token.bearer().await.is_ok();
        if turn {
            self.inner.gate.turn(priority).await;
        }
        Admission { priority, turn }
    }

    /// Counts requests of an earlier run against the budget, as Microsoft does; those that are
    /// older than its window count no more.
    pub fn count_as_sent(&self, sent: impl IntoIterator<Item = Timestamp>) {
        self.inner.gate.count_as_sent(sent);
    }

    /// Somebody else may be sending for this application as well, uncounted here, or not any more: meanwhile only a
    /// fifth of Microsoft's limit is used, so that both together stay within it. Call it inside a tokio runtime.
    pub fn is_beside_another(&self, is: bool) {
        self.inner.gate.is_beside_another(is);
    }

    pub(super) fn base(&self) -> &Url {
        &self.inner.base
    }

    pub(super) fn client_id(&self) -> &str {
        &self.inner.client_id
    }

    pub(super) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// One call: at most one redirect on the same host and one renewal of the token on the way,
    /// every request in its turn. Whether to try again is the caller's decision.
    pub(super) async fn call(&self, call: &Call) -> Called {
        let mut called = Called {
            times: Times::nothing_sent(self.now()),
            sent: false,
            outcome: Err(not_sent()),
        };
        called.outcome = self.walk(call, &mut called.times, &mut called.sent).await;
        if let Err(failure) = called.outcome.as_ref()
            && called.sent
            && !(failure.kind == FailureKind::NotFound && call.operation.is_met_by_absence())
        {
            self.inner.gate.failed(failure.kind);
        }
        called
    }

    async fn walk(
        &self,
        call: &Call,
        times: &mut Times,
        sent: &mut bool,
    ) -> Result<Answer, Failure> {
        let token = self.token_for(call.operation);
        let (mut moved, mut renewed) = (false, None);
        let mut url = call.url.clone();
        loop {
            let has_turn = !*sent && matches!(call.turn, TurnOf::Caller(_));
            let bearer = self
                .admitted(token, call.turn, has_turn, renewed.as_ref())
                .await?;
            let (now, outcome) = self.request(call, &url, &bearer).await;
            (*times, *sent) = (now, true);
            let answer = outcome.map_err(scrubbed)?;
            if let Some(to) = redirected(call.operation, &url, &answer)?
                && !std::mem::replace(&mut moved, true)
            {
                url = to;
                continue;
            }
            if answer.status == StatusCode::UNAUTHORIZED && renewed.is_none() {
                renewed = token.after_refusal(&bearer).await?;
                if renewed.is_some() {
                    continue;
                }
            }
            let judged = self.judge(call.operation, answer);
            if judged.is_ok() {
                token.taken(renewed.is_some());
            }
            return judged.map_err(scrubbed);
        }
    }

    /// Waits for a token, then for a turn, then looks whether the token still holds: a freeze may
    /// have lasted five minutes.
    async fn admitted(
        &self,
        token: &Arc<TokenStore>,
        turn: TurnOf,
        has_turn: bool,
        renewed: Option<&Bearer>,
    ) -> Result<Bearer, Failure> {
        if has_turn {
            return token.bearer().await;
        }
        if renewed.is_none() {
            token.bearer().await?;
        }
        self.inner.gate.turn(turn.priority()).await;
        token.bearer().await
    }

    async fn request(
        &self,
        call: &Call,
        url: &Url,
        bearer: &Bearer,
    ) -> (Times, Result<Answer, Failure>) {
        let mut request = Request::new(call.method.clone(), url.clone());
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, bearer.header());
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(body) = &call.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(body.clone().into());
        }
        let (times, outcome) = self.inner.wire.exchange(call.operation, request).await;
        if let Ok(answer) = &outcome {
            let ahead = self.inner.clock.ahead();
            self.inner.skew.observe(&times, answer, ahead);
        }
        (times, outcome)
    }

    /// The same, or as a user where it is done with a user's token.
    fn as_tried(&self, operation: Operation) -> Operation {
        match (&self.inner.reading, operation) {
            (Some(_), Operation::ReadPresence) => Operation::ReadPresenceAsUser,
            (_, other) => other,
        }
    }

    fn judge(&self, operation: Operation, answer: Answer) -> Result<Answer, Failure> {
        let inner = &self.inner;
        if !answer.status.is_success() {
            let tried = self.as_tried(operation);
            let failure = self.with_clock(refusal(tried, &answer, inner.clock.wall()));
            if failure.kind == FailureKind::Throttled {
                inner.gate.throttled(failure.retry_after);
            }
            return Err(failure);
        }
        if !answer.may_be_json() {
            return Err(not_graph(operation, &answer));
        }
        inner.gate.answered();
        Ok(answer)
    }

    /// A clock that is off is the classic reason for a refused token: then it is said.
    fn with_clock(&self, failure: Failure) -> Failure {
        let skew = self.inner.skew.latest().unwrap_or_default();
        let ahead = SignedDuration::from_millis(skew);
        if failure.kind != FailureKind::Unauthorized || !is_clock_wrong(ahead) {
            return failure;
        }
        let side = if skew > 0 { "ahead of" } else { "behind" };
        let message = format!(
            "{}. This machine's clock is {} s {side} Microsoft's",
            failure.message,
            ahead.unsigned_abs().as_secs()
        );
        let clock_ahead = i32::try_from(skew / 1000).ok();
        Failure {
            message: message.into(),
            cause: Cause::Token { clock_ahead },
            ..failure
        }
    }
}

fn not_sent() -> Failure {
    Failure::new(FailureKind::Network, "The request was not sent").because(Cause::BrokeOff)
}
