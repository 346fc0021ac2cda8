//! Asking Entra for a token: client credentials through the `oauth2` crate, over our own wire.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::SignedDuration;
use oauth2::basic::{
    BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenResponse,
};
use oauth2::{
    AuthType, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    RequestTokenError, Scope, StandardRevocableToken, TokenResponse, TokenUrl,
};
use reqwest::{Request, StatusCode, Url};
use secrecy::{ExposeSecret, SecretString};

use super::aadsts::{self, EntraError};
use super::certificate::CertificateCredential;
use super::operation::Operation;
use super::redirect::redirected;
use super::refusal::{not_graph, refusal, unreadable};
use super::retry_after::retry_after;
use super::settings::{Credential, Settings, SetupError};
use super::skew::Skew;
use super::user_grant::{TokenAnswer, UNSAID_LIFETIME};
use super::wire::{Answer, Wire};
use super::{Failure, FailureKind, RequestId};
use model::cause::Cause;
use model::clock::Clock;
use model::limits::is_clock_wrong;
use model::redact::{self, Passing, redacted};

type OauthClient = oauth2::Client<
    EntraError,
    BasicTokenResponse,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The client of Entra's token endpoint.
pub(super) struct Entra {
    line: Arc<Line>,
    endpoint: Url,
    client_id: String,
    scope: Scope,
    client: OauthClient,
    proof: RwLock<Arc<Proof>>,
}

/// The `oauth2` crate's HTTP client.
struct Line {
    wire: Wire,
    clock: Arc<dyn Clock>,
    skew: Arc<Skew>,
}

enum Proof {
    Secret(SecretString),
    Certificate(CertificateCredential),
}

/// A token and how long it lives.
pub(super) struct Grant {
    pub(super) access: SecretString,
    pub(super) lifetime: Duration,
}

/// What the head of a refusal said, kept beside the `oauth2` crate, which only passes the body.
#[derive(Clone, Default)]
struct Head {
    status: u16,
    retry_after: Option<Duration>,
    request_id: Option<RequestId>,
}

impl Entra {
    pub(super) fn new(
        settings: &Settings,
        clock: Arc<dyn Clock>,
        skew: Arc<Skew>,
    ) -> Result<Self, SetupError> {
        let endpoint = settings.token_endpoint();
        let client_id = settings.client_id.trim().to_owned();
        let client = oauth2::Client::new(ClientId::new(client_id.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::from_url(endpoint.clone()));
        // First: a fault of the way there is none of the credential.
        let proof = Proof::new(&settings.credential)?;
        Ok(Self {
            line: Arc::new(Line {
                wire: Wire::new(&settings.authority, settings, Arc::clone(&clock))?,
                clock,
                skew,
            }),
            endpoint,
            client_id,
            scope: Scope::new(settings.scope()),
            client,
            proof: RwLock::new(Arc::new(proof)),
        })
    }

    /// From the next token on, this is what is shown.
    pub(super) fn replace(&self, credential: &Credential) -> Result<(), SetupError> {
        let proof = Arc::new(Proof::new(credential)?);
        *self.proof.write().unwrap_or_else(PoisonError::into_inner) = proof;
        Ok(())
    }

    fn proof(&self) -> Arc<Proof> {
        let proof = self.proof.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&proof)
    }

    /// Asks for a token.
    pub(super) async fn ask(&self) -> Result<Grant, Failure> {
        let head = Arc::new(Mutex::new(Head::default()));
        let exchange = |request| Arc::clone(&self.line).exchange(request, Arc::clone(&head));
        let proof = self.proof();
        let client = self.client_with_secret(&proof);
        let mut asked = client
            .exchange_client_credentials()
            .add_scope(self.scope.clone());
        if let Proof::Certificate(certificate) = &*proof {
            asked = asked
                .add_extra_param(
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                )
                .add_extra_param("client_assertion", self.assertion(certificate)?);
        }
        let answer = asked.request_async(&exchange).await;
        let head = head.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let grant = judge(answer, head)?;
        self.hide(Passing::AccessToken, grant.access.expose_secret());
        Ok(grant)
    }

    fn hide(&self, kind: Passing, secret: &str) {
        redact::hide_passing(kind, self.endpoint.as_str(), secret);
    }

    fn client_with_secret(&self, proof: &Proof) -> OauthClient {
        let client = self.client.clone();
        match proof {
            Proof::Secret(secret) => {
                client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            }
            Proof::Certificate(_) => client,
        }
    }

    /// Dated by Entra's clock where ours is known to be wrong: nobody should lose their presence
    /// over a machine without NTP.
    fn assertion(&self, certificate: &CertificateCredential) -> Result<String, Failure> {
        let now = self.line.clock.wall();
        let skew = self
            .line
            .skew
            .latest()
            .map(SignedDuration::from_millis)
            .filter(|ahead| is_clock_wrong(*ahead));
        let at = now.saturating_sub(skew.unwrap_or_default()).unwrap_or(now);
        let assertion = certificate.assertion(&self.client_id, self.endpoint.as_str(), at);
        let assertion = assertion.map_err(|_| {
            Failure::new(
                FailureKind::Credentials,
                "Could not sign in: the certificate's key does not sign any more",
            )
            .because(Cause::CannotSign)
        })?;
        self.hide(Passing::Assertion, &assertion);
        Ok(assertion)
    }
}

fn judge(
    answer: Result<BasicTokenResponse, RequestTokenError<Failure, EntraError>>,
    head: Head,
) -> Result<Grant, Failure> {
    let failure = match answer {
        Ok(token) => {
            return Ok(Grant {
                access: token.access_token().secret().clone().into(),
                lifetime: token.expires_in().unwrap_or(UNSAID_LIFETIME),
            });
        }
        Err(RequestTokenError::Request(failure)) => failure,
        Err(RequestTokenError::ServerResponse(error)) => {
            aadsts::failure(&error, head.status, head.retry_after, head.request_id)
        }
        // The crate's error may quote the body, and the body may hold a token.
        Err(RequestTokenError::Parse(..) | RequestTokenError::Other(_)) => unreadable_grant(head),
    };
    Err(scrubbed(failure))
}

impl Line {
    /// One exchange, one redirect on the same host at most.
    async fn exchange(
        self: Arc<Self>,
        request: HttpRequest,
        head: Arc<Mutex<Head>>,
    ) -> Result<HttpResponse, Failure> {
        let mut request = Request::try_from(request).map_err(|_| unsendable())?;
        let mut again = request.try_clone();
        loop {
            let from = request.url().clone();
            let (times, outcome) = self.wire.exchange(Operation::Token, request).await;
            let answer = outcome?;
            self.skew.observe(&times, &answer, self.clock.ahead());
            let to = redirected(Operation::Token, &from, &answer)?;
            if let (Some(to), Some(mut next)) = (to, again.take()) {
                *next.url_mut() = to;
                request = next;
                continue;
            }
            return self.hand_over(&answer, &head);
        }
    }

    /// What the `oauth2` crate can read is handed to it; the rest is a failure at once.
    fn hand_over(&self, answer: &Answer, head: &Mutex<Head>) -> Result<HttpResponse, Failure> {
        let now = self.clock.wall();
        if !answer.may_be_json() {
            return Err(not_graph(Operation::Token, answer));
        }
        let Some((status, body)) = strict(answer) else {
            return Err(refusal(Operation::Token, answer, now));
        };
        *head.lock().unwrap_or_else(PoisonError::into_inner) = Head {
            status: answer.status.as_u16(),
            retry_after: retry_after(&answer.headers, now),
            request_id: answer.request_id(),
        };
        let mut response = HttpResponse::new(body);
        *response.status_mut() = status;
        Ok(response)
    }
}

/// The answer as the `oauth2` crate takes it, which takes no number in a string, no fraction, no success but 200 and
/// no error with one; nothing where it is an error in another form than OAuth's.
fn strict(answer: &Answer) -> Option<(StatusCode, Vec<u8>)> {
    let is_success = answer.status.is_success();
    let token = TokenAnswer::read(&answer.body).filter(|_| is_success);
    let Some(token) = token else {
        if let Some(error) = EntraError::read(&answer.body) {
            let status = if is_success {
                StatusCode::BAD_REQUEST
            } else {
                answer.status
            };
            return Some((status, serde_json::to_vec(&error).ok()?));
        }
        // No token in it: so the crate will find.
        return is_success.then(|| (StatusCode::OK, b"{}".to_vec()));
    };
    let mut body = serde_json::json!({"access_token": token.access_token, "token_type": "Bearer"});
    if let (Some(life), Some(members)) = (token.expires_in, body.as_object_mut()) {
        members.insert("expires_in".to_owned(), life.as_secs().into());
    }
    Some((StatusCode::OK, serde_json::to_vec(&body).ok()?))
}

fn unsendable() -> Failure {
    Failure::new(
        FailureKind::Rejected,
        "Could not renew the token: authority is no URL that a request can be sent to",
    )
    .because(Cause::Settings)
}

fn unreadable_grant(head: Head) -> Failure {
    let answer = Answer {
        status: StatusCode::from_u16(head.status).unwrap_or_default(),
        headers: reqwest::header::HeaderMap::default(),
        body: Vec::new(),
    };
    Failure {
        request_id: head.request_id,
        ..unreadable(Operation::Token, &answer, "no token in it")
    }
}

impl Proof {
    fn new(credential: &Credential) -> Result<Self, SetupError> {
        match credential {
            Credential::Secret(secret) if secret.expose_secret().trim().is_empty() => {
                Err(SetupError::EmptySecret)
            }
            Credential::Secret(secret) => {
                let trimmed = secret.expose_secret().trim().to_owned();
                redact::hide(&trimmed);
                Ok(Self::Secret(trimmed.into()))
            }
            Credential::Certificate {
                certificate_pem,
                private_key_pem,
            } => {
                CertificateCredential::new(certificate_pem, private_key_pem).map(Self::Certificate)
            }
        }
    }
}

/// `failure` without any secret that the server may have quoted: every part of it has been looked at
/// alone, this finds what only stands together in the whole.
pub(super) fn scrubbed(failure: Failure) -> Failure {
    match redacted(&failure.message) {
        Cow::Borrowed(_) => failure,
        Cow::Owned(message) => Failure {
            message: message.into(),
            ..failure
        },
    }
}
