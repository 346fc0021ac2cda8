//! Getting in: the address, `createsession`, the WebSocket.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{DATE, HeaderMap, WWW_AUTHENTICATE};
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::address::address;
use super::hurdle::Hurdle;
use super::logon::{self, logon_answer};
use super::resolver::Resolver;
use super::settings::{Trust, UcServerSettings};
use super::tapped::{Listener, TlsNote, note, tls_note, unanswered};
use super::tls;
use super::untyped::Untyped;
use ::tls::{causes, connection_cause};
use model::cause::{Cause, NotResolved};
use model::redact::{self, Passing};
use model::text::harmless_up_to;
use words::{Lang, Words};

/// Largest answer over HTTP.
const LARGEST_ANSWER: usize = 1 << 20;
/// Largest frame: the profiles of 20,000 users in one piece, several times over.
const LARGEST_FRAME: usize = 128 << 20;

/// A byte stream, with or without TLS.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

pub(crate) use super::tapped::Socket;

/// The client that logs in to one UCWeb: its address, its HTTP client, its TLS, its time limit.
#[derive(Clone)]
pub(crate) struct LogInClient {
    base: Url,
    http: Client,
    tls: Arc<ClientConfig>,
    /// Whether certificates of one's own, or a fingerprint, are configured.
    given: bool,
    timeout: Duration,
    tap: Listener,
}

/// A session of UCWeb. The id is a secret: whoever has it is logged in.
pub(crate) struct Session {
    id: SecretString,
    /// The server's time when it was opened, to the second, where it says.
    pub(crate) opened: Option<Timestamp>,
}

impl LogInClient {
    /// Checks the address and sets up TLS.
    ///
    /// # Errors
    /// In an administrator's words.
    pub(crate) fn new(settings: &UcServerSettings) -> Result<Self, Words> {
        for account in std::iter::once(&settings.account).chain(&settings.admin) {
            redact::hide(account.password.expose_secret());
        }
        let tls = tls::client_config(&settings.trust)?;
        let http = Client::builder()
            .tls_backend_preconfigured(tls.clone())
            .redirect(reqwest::redirect::Policy::none())
            .timeout(settings.call_timeout)
            .user_agent(concat!("lampfield/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .dns_resolver(Resolver)
            // Every log-in looks at the certificate anew.
            .pool_max_idle_per_host(0)
            .build()
            .map_err(|error| tls::not_set_up(&error))?;
        Ok(Self {
            base: address(&settings.url).map_err(|fault| fault.words())?,
            http,
            tls: Arc::new(tls),
            given: !matches!(settings.trust, Trust::System),
            timeout: settings.call_timeout,
            tap: settings.tap.clone(),
        })
    }

    /// The same, at another address: a host (with the port of this one), a host with its port, or
    /// a URL.
    ///
    /// # Errors
    /// In an administrator's words.
    fn moved_to(&self, to: &str) -> Result<Self, String> {
        let base = address(&logon::url_of(to, &self.base));
        let base = base.map_err(|fault| fault.words().in_lang(Lang::En).to_owned())?;
        if self.base.scheme() == "https" && base.scheme() != "https" {
            return Err("UCServer sends us to an address without TLS; refused".to_owned());
        }
        Ok(Self {
            base,
            ..self.clone()
        })
    }

    /// The same, where a server sends us: to the same host, or to one of those that may be named.
    ///
    /// # Errors
    /// Where we do not go.
    pub(crate) fn sent_to(&self, to: &str, may_be: &[String]) -> Result<Self, Hurdle> {
        let other = self
            .moved_to(to)
            .map_err(|text| Hurdle::link(Cause::Redirected(to.into()), text))?;
        let is_other = |host: &str| host.eq_ignore_ascii_case(other.host());
        if is_other(self.host()) || may_be.iter().any(|host| is_other(host)) {
            return Ok(other);
        }
        Err(Hurdle::ForeignRedirect(other.host().to_owned()))
    }

    /// The host that it connects to.
    pub(crate) fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Said, Hurdle> {
        let note = note(&self.tap, &request);
        let answer = request
            .send()
            .await
            .inspect_err(|_| unanswered(note.as_ref()))
            .map_err(|error| self.no_answer(&error))?;
        let status = answer.status().as_u16();
        let date = date(answer.headers());
        let headers = note.as_ref().map(|_| answer.headers().clone());
        let offers = offers(answer.headers());
        let mut answer = answer;
        let mut body = Vec::new();
        while let Some(part) = answer
            .chunk()
            .await
            .map_err(|error| self.no_answer(&error))?
        {
            body.extend_from_slice(&part);
            if body.len() > LARGEST_ANSWER {
                let message = format!("{} answers more than 1 MiB: is this a UCWeb?", self.host());
                return Err(Hurdle::link(Cause::NotUcweb(self.host().into()), message));
            }
        }
        if let (Some(note), Some(headers)) = (&note, &headers) {
            note.answered(Some(status), headers, &body);
        }
        Ok(Said {
            status,
            date,
            offers,
            body: json::tree(&body),
        })
    }

    /// `Display` of a reqwest error shows the URL; ours holds no secret, but causes matter more.
    fn no_answer(&self, error: &(dyn std::error::Error + 'static)) -> Hurdle {
        let cause = self.cause(error);
        let why = match &cause {
            Cause::Scarce(scarce) => scarce.to_string(),
            _ => innermost(error),
        };
        let message = format!(
            "UCWeb at {}:{} cannot be reached: {why}",
            self.host(),
            self.base.port_or_known_default().unwrap_or_default(),
        );
        Hurdle::link(cause, message)
    }

    fn cause(&self, error: &(dyn std::error::Error + 'static)) -> Cause {
        let request: Option<&reqwest::Error> = error.downcast_ref();
        if request.is_some_and(reqwest::Error::is_timeout) {
            return Cause::TimeOut(self.host().into());
        }
        connection_cause(error, self.host(), self.given)
    }

    /// The server's protocol version.
    pub(crate) async fn version(&self, ucsid: &str) -> Result<u64, Hurdle> {
        let mut url = self.at("/ws/client/ucserverversion");
        url.query_pairs_mut().append_pair("ucsid", ucsid);
        let said = self.ask(self.http.get(url)).await?;
        if said.status == 502 {
            return Err(Hurdle::NotAttached);
        }
        // Whatever else listens there must not get the password.
        logon::version(&said.body).ok_or_else(|| {
            let message = format!(
                "{}:{} answers (HTTP {}), but not as a UCWeb: it does not tell its protocol version",
                self.host(),
                self.base.port_or_known_default().unwrap_or_default(),
                said.status
            );
            Hurdle::link(Cause::NotUcweb(self.host().into()), message)
        })
    }

    /// `createsession`, with the token where there is one, else with the password.
    pub(crate) async fn log_in(
        &self,
        settings: &UcServerSettings,
        token: Option<&SecretString>,
    ) -> Result<Session, Hurdle> {
        let version = self.version(&settings.ucsid).await?;
        let mut url = self.at("/ws/client/createsession");
        url.query_pairs_mut()
            .append_pair("clientappid", &settings.client_app_id.to_string());
        let request = self
            .http
            .post(url)
            .header("X-ucsid", &settings.ucsid)
            .header("X-no401", "1")
            .header("X-simple", "1")
            .header("X-epid", uuid::Uuid::new_v4().simple().to_string())
            .json(&logon::negotiate(version));
        let request = match token {
            Some(token) => request.header("x-uctoken", token.expose_secret()),
            None => request.basic_auth(
                &settings.account.user,
                Some(settings.account.password.expose_secret()),
            ),
        };
        let said = self.ask(request).await?;
        let (user, with_token) = (&settings.account.user, token.is_some());
        if let Some(offers) = logon::without_basic(said.status, &said.offers, &said.body)
            && !with_token
        {
            return Err(Hurdle::BasicOff(offers));
        }
        let is_here = |to: &str| {
            self.moved_to(to)
                .is_ok_and(|other| other.base.origin() == self.base.origin())
        };
        let id = logon_answer(said.status, &said.body, user, with_token, &is_here)?;
        redact::hide_passing(Passing::Session, self.base.as_str(), id.expose_secret());
        Ok(Session {
            id,
            opened: said.date,
        })
    }

    /// Opens the WebSocket of a session.
    pub(crate) async fn open(&self, session: &Session) -> Result<Socket, Hurdle> {
        let opening = tokio::time::timeout(self.timeout, self.handshake(session));
        opening.await.unwrap_or_else(|_| {
            let cause = Cause::TimeOut(self.host().into());
            let message = format!(
                "the WebSocket of {} does not open within {} s",
                self.host(),
                self.timeout.as_secs()
            );
            Err(Hurdle::link(cause, message))
        })
    }

    async fn handshake(&self, session: &Session) -> Result<Socket, Hurdle> {
        let (stream, tls) = self.connect().await?;
        let stream: Box<dyn Duplex> = Box::new(Untyped::new(stream));
        let mut url = self.at("/ws/client/websocket");
        url.query_pairs_mut()
            .append_pair("x-ucsessionid", session.id.expose_secret());
        let scheme = if url.scheme() == "https" { "wss" } else { "ws" };
        let url = url.as_str().replacen(url.scheme(), scheme, 1);
        let config = WebSocketConfig::default()
            .max_message_size(Some(LARGEST_FRAME))
            .max_frame_size(Some(LARGEST_FRAME));
        tokio_tungstenite::client_async_with_config(url, stream, Some(config))
            .await
            .map(|(socket, _)| Socket::new(socket, self.tap.clone(), tls.as_ref()))
            .map_err(|error| {
                let why = harmless_up_to(&error.to_string(), 200);
                let message = format!(
                    "UCWeb at {} does not open the WebSocket: {why}",
                    self.host()
                );
                Hurdle::link(Cause::WebSocket, message)
            })
    }

    async fn connect(&self) -> Result<(Box<dyn Duplex>, Option<TlsNote>), Hurdle> {
        let host = self.host().trim_matches(['[', ']']).to_owned();
        let port = self.base.port_or_known_default().unwrap_or(443);
        let addresses = tokio::net::lookup_host((host.as_str(), port))
            .await
            .map_err(|error| self.no_answer(&NotResolved(error)))?;
        let addresses: Vec<_> = addresses.collect();
        let plain = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(|error| self.no_answer(&error))?;
        // Frames are small and each one counts; a failure only costs a few milliseconds.
        let _ = plain.set_nodelay(true);
        if self.base.scheme() == "http" {
            return Ok((Box::new(plain), None));
        }
        let name = ServerName::try_from(host).map_err(|error| self.no_answer(&error))?;
        let secured = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, plain)
            .await
            .map_err(|error| self.no_answer(&error))?;
        let tls = tls_note(secured.get_ref().1);
        Ok((Box::new(secured), tls))
    }

    /// Ends the session; whether UCWeb has answered. What it answers makes no difference: a session
    /// that it does not know is over, too.
    pub(crate) async fn log_out(&self, session: &Session) -> bool {
        let mut url = self.at("/ws/client/destroysession");
        url.query_pairs_mut()
            .append_pair("ucsessionid", session.id.expose_secret());
        let request = self.http.get(url);
        let note = note(&self.tap, &request);
        let answer = request.send().await;
        if let (Some(note), Ok(answer)) = (&note, &answer) {
            note.answered(Some(answer.status().as_u16()), answer.headers(), b"");
        }
        answer.is_ok_and(|answer| !answer.status().is_server_error())
    }
}

/// An answer over HTTP.
struct Said {
    status: u16,
    date: Option<Timestamp>,
    /// The methods of logging in that a 401 offers (`WWW-Authenticate`).
    offers: Vec<String>,
    body: Value,
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let raw = headers.get(DATE)?.to_str().ok()?;
    DateTimeParser::new().parse_timestamp(raw.trim()).ok()
}

fn offers(headers: &HeaderMap) -> Vec<String> {
    let all = headers.get_all(WWW_AUTHENTICATE).iter();
    all.filter_map(|one| Some(one.to_str().ok()?.to_owned()))
        .collect()
}

/// An address that we may send a password to: https, or this machine.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let innermost = causes(error)
        .last()
        .map_or_else(String::new, ToString::to_string);
    harmless_up_to(&innermost, 300)
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
