//! A JSON document posted to a server that is not Microsoft's: over the same wire as everything else,
//! with the same proxy, trust and limits. Who is posted to may be secret, so only its host is named.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request, Url};

use super::operation::Operation;
use super::retry_after::retry_after;
use super::settings::{SetupError, Timeouts, check_url};
use super::wire::{Answer, Wire};
use super::{Failure, FailureKind};
use model::cause::Cause;
use model::clock::Clock;
use model::text::harmless_up_to;

/// Somebody else's server, and where on it.
pub struct Webhook {
    wire: Wire,
    url: Url,
    clock: Arc<dyn Clock>,
}

impl Webhook {
    /// Checks the settings; sends nothing. `ca_pem` is trusted beside the system's authorities.
    ///
    /// # Errors
    /// Plain http to another machine, certificates that are none, a proxy that cannot be used.
    pub fn new(
        url: &Url,
        ca_pem: Option<&[u8]>,
        timeouts: Timeouts,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        let host = host_alone(url);
        check_url("alerts.webhook", &host)?;
        Ok(Self {
            wire: Wire::trusting(&host, ca_pem, timeouts, Arc::clone(&clock))?,
            url: url.clone(),
            clock,
        })
    }

    /// Posts this document; any 2xx means that it was taken. A redirect that asks for the same request
    /// again (307, 308) is followed once, on the same host.
    ///
    /// # Errors
    /// No connection, no answer, or any other answer.
    pub async fn post(&self, json: &str) -> Result<(), Failure> {
        let answer = self.ask(&self.url, json).await?;
        let answer = match self.moved(&answer)? {
            Some(to) => self.ask(&to, json).await?,
            None => answer,
        };
        if answer.status.is_success() {
            return Ok(());
        }
        Err(self.refused(&answer))
    }

    async fn ask(&self, url: &Url, json: &str) -> Result<Answer, Failure> {
        let mut request = Request::new(Method::POST, url.clone());
        let kind = HeaderValue::from_static("application/json");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        *request.body_mut() = Some(json.to_owned().into());
        let (_, answer) = self.wire.exchange(Operation::SendAlert, request).await;
        answer
    }

    /// Where the same is asked for again.
    fn moved(&self, answer: &Answer) -> Result<Option<Url>, Failure> {
        if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(to) = answer.header("location") else {
            return Ok(None);
        };
        let Ok(to) = self.url.join(to) else {
            return Ok(None);
        };
        if to.origin() != self.url.origin() {
            return Err(self.sent_away(&to));
        }
        let again = matches!(answer.status.as_u16(), 307 | 308);
        Ok(again.then_some(to))
    }

    fn sent_away(&self, to: &Url) -> Failure {
        let here = self.host();
        let there = harmless_up_to(to.host_str().unwrap_or_default(), 80);
        let message = format!(
            "Did not send the alert: {here} sends it on to {there}. Alerts go to the host in [alerts] alone"
        );
        Failure::new(FailureKind::ForeignHost, message).because(Cause::ForeignHost(there.into()))
    }

    fn refused(&self, answer: &Answer) -> Failure {
        let (host, status) = (self.host(), answer.status.as_u16());
        let wait = retry_after(&answer.headers, self.now());
        let kind = match status {
            429 => FailureKind::Throttled,
            500.. => FailureKind::Server,
            _ => FailureKind::Rejected,
        };
        let message = format!("Could not send the alert: {host} answers {}", answer.status);
        let cause = Cause::Webhook {
            host: host.into(),
            status,
        };
        Failure {
            status: Some(status),
            retry_after: wait,
            ..Failure::new(kind, message).because(cause)
        }
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    fn now(&self) -> Timestamp {
        self.clock.wall()
    }
}

/// Without path and query: what errors may name.
fn host_alone(url: &Url) -> Url {
    let mut host = url.clone();
    host.set_path("/");
    host.set_query(None);
    host.set_fragment(None);
    host
}
