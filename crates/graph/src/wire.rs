//! The wire: one HTTP exchange with one host, timed, with every way it can break made a
//! [`Failure`]. It knows nothing of tokens or budgets.

use std::io;
use std::os::fd::AsFd as _;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Request, Response, StatusCode, Url};
use uuid::Uuid;

use super::broken::{Broken, root_causes};
use super::operation::Operation;
use super::proxy::Proxy;
use super::resolver::Resolver;
use super::settings::{Settings, SetupError, Timeouts};
use super::trust::{Trust, given};
use super::{Failure, FailureKind, RequestId, RequestTiming};
use model::cause::Cause;
use model::clock::Clock;
use model::redact::REMOVED;
use model::scarce::Scarce;
use model::text::harmless_up_to;
use tls::connection_cause;

/// Connections that are kept for the next request: as many as a poll uses at once. Each keeps a
/// buffer as large as the largest answers it has carried; the ones that only a storm of writes
/// needs would come to megabytes. With HTTP/2, as Graph speaks it, there is one connection anyway.
const IDLE_CONNECTIONS: usize = 8;
/// Largest body whose memory is kept, in bytes: presence of 650 users takes a fifth of it.
const LARGEST_SPARE: usize = 1 << 20;
/// Longest request id that is kept, in characters; Microsoft's have 36.
const ID_LIMIT: usize = 64;

/// What helps against a certificate that is not taken although some are given.
const UNVOUCHED: &str = "The certificates that are given do not vouch for the one that is shown here: compare the two (openssl s_client -connect HOST:443), and give the one of the proxy or firewall that opens TLS";

/// An answer, whatever its status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// `request-id` (Graph) or `x-ms-request-id` (Entra). Nothing where it gives back a secret.
    pub(super) fn request_id(&self) -> Option<RequestId> {
        let raw = ["request-id", "x-ms-request-id"]
            .iter()
            .find_map(|name| self.header(name))?;
        let as_it_came = RequestId(raw.into());
        // Thirty a cycle: what is Microsoft's is not looked at for more than that.
        if as_it_came.is_guid() && self.status.is_success() {
            return Some(as_it_came);
        }
        let id = harmless_up_to(raw, ID_LIMIT);
        let id = Some(id).filter(|id| !id.contains(REMOVED))?;
        Some(RequestId(id.into()))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether this can be a Graph or Entra answer: JSON, or nothing at all. What it begins with counts for more than
    /// what its head says: proxies rewrite that.
    pub(super) fn may_be_json(&self) -> bool {
        let said = self.header(CONTENT_TYPE.as_str());
        match self.body.trim_ascii_start().first() {
            None | Some(b'{' | b'[') => true,
            Some(b'<') => false,
            Some(_) => said.is_none_or(|said| said.to_ascii_lowercase().contains("json")),
        }
    }
}

/// When a request began, was answered, ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub(super) started: Timestamp,
    pub(super) first_byte: Option<Timestamp>,
    pub(super) finished: Timestamp,
}

impl Times {
    /// The times of a request that never went out.
    pub(super) const fn nothing_sent(now: Timestamp) -> Self {
        Self {
            started: now,
            first_byte: None,
            finished: now,
        }
    }

    pub(super) const fn since(self, scheduled: Timestamp) -> RequestTiming {
        RequestTiming {
            scheduled,
            started: self.started,
            first_byte: self.first_byte,
            finished: self.finished,
        }
    }
}

/// See the head of the file.
pub(super) struct Wire {
    clock: Arc<dyn Clock>,
    plan: Plan,
    pool: Mutex<Pool>,
}

/// For the bodies of the next polls, of whichever tenant: see [`give_back`].
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// How to build a client.
struct Plan {
    base: Url,
    /// Nothing where nothing is encrypted: the demo runs where no authorities are installed.
    trust: Option<Arc<Trust>>,
    proxy: Option<Proxy>,
    timeouts: Timeouts,
}

/// The connections in use. Replaced as a whole where a retry must not meet the same server.
#[derive(Clone)]
struct Pool {
    client: Client,
    generation: u64,
}

impl Wire {
    /// A wire to the host of `base`.
    pub(super) fn new(
        base: &Url,
        settings: &Settings,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        Self::trusting(base, settings.ca_pem.as_deref(), settings.timeouts, clock)
    }

    /// The same, trusting these certificates beside the system's authorities.
    pub(super) fn trusting(
        base: &Url,
        ca_pem: Option<&[u8]>,
        timeouts: Timeouts,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SetupError> {
        // What is given must be a certificate, whether it is needed or not.
        let given = given(ca_pem)?;
        let trust = (base.scheme() == "https").then(|| Trust::of(given));
        let plan = Plan {
            base: base.clone(),
            trust: trust.transpose()?,
            proxy: Proxy::of_process(base)?,
            timeouts,
        };
        let client = plan.client()?;
        Ok(Self {
            clock,
            plan,
            pool: Mutex::new(Pool {
                client,
                generation: 0,
            }),
        })
    }

    /// Sends one request. Redirects come back as they are.
    pub(super) async fn exchange(
        &self,
        operation: Operation,
        mut request: Request,
    ) -> (Times, Result<Answer, Failure>) {
        let pool = self.pool();
        let id = Uuid::new_v4().to_string();
        if let Ok(id) = HeaderValue::from_str(&id) {
            request.headers_mut().insert("client-request-id", id);
        }
        let mut times = Times::nothing_sent(self.clock.now());
        let outcome = match pool.client.execute(request).await {
            Ok(response) => {
                times.first_byte = Some(self.clock.now());
                let host = self.plan.base.host_str().unwrap_or_default();
                let read = read(operation, response, buffer(operation)).await;
                read.map_err(|broken| broken.failure(operation, host))
            }
            Err(error) => Err(self.unanswered(operation, &error)),
        };
        times.finished = self.clock.now();
        if let Ok(answer) = &outcome
            && is_overload(answer.status)
        {
            self.leave_connections(pool.generation);
        }
        (times, outcome)
    }

    fn pool(&self) -> Pool {
        self.pool
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// After a 503 or 504 the retry must use a new connection (Graph best practices), so the pool
    /// is replaced, once for all the requests that met the same overload.
    fn leave_connections(&self, generation: u64) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if pool.generation != generation {
            return;
        }
        if let Ok(client) = self.plan.client() {
            *pool = Pool {
                client,
                generation: generation + 1,
            };
        }
    }

    fn unanswered(&self, operation: Operation, error: &reqwest::Error) -> Failure {
        let host = self.plan.base.host_str().unwrap_or_default();
        let what = operation.words();
        if error.is_timeout() {
            let after = self.plan.timeouts.total.min(self.plan.timeouts.read);
            return Failure::new(
                FailureKind::Timeout,
                format!(
                    "Could not {what}: {host} did not answer in time ({after:?}). It is tried again; if it stays so, look at the network and the proxy"
                ),
            )
            .because(Cause::TimeOut(host.into()));
        }
        let trust = self.plan.trust.as_ref();
        let given = trust.is_some_and(|trust| !trust.given.is_empty());
        let cause =
            no_descriptor().map_or_else(|| connection_cause(error, host, given), Cause::Scarce);
        let why = match &cause {
            Cause::Scarce(scarce) => scarce.to_string(),
            cause => format!(
                "no connection to {host}: {}. {}",
                root_causes(error),
                advice(cause)
            ),
        };
        Failure::new(FailureKind::Network, format!("Could not {what}: {why}")).because(cause)
    }
}

/// Takes back the memory of a body that was read, for the next poll: blocks of 200 KB, some
/// thirty in a cycle, leave holes between what stays.
pub(super) fn give_back(mut body: Vec<u8>) {
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    if spare.len() < IDLE_CONNECTIONS && body.capacity() <= LARGEST_SPARE {
        body.clear();
        spare.push(body);
    }
}

fn buffer(operation: Operation) -> Vec<u8> {
    if operation != Operation::ReadPresence {
        return Vec::new();
    }
    let mut spare = SPARE.lock().unwrap_or_else(PoisonError::into_inner);
    spare.pop().unwrap_or_default()
}

impl Plan {
    fn client(&self) -> Result<Client, SetupError> {
        tls::install();
        let mut builder = Client::builder()
            .user_agent(concat!("lampfield/", env!("CARGO_PKG_VERSION")))
            // A redirect is judged by hand: the token must not leave for another host.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .pool_max_idle_per_host(IDLE_CONNECTIONS)
            .connect_timeout(self.timeouts.connect)
            .read_timeout(self.timeouts.read)
            .timeout(self.timeouts.total);
        // The client would pass by a variable that it cannot read.
        builder = builder.no_proxy().dns_resolver(Resolver);
        if let Some(proxy) = &self.proxy {
            let proxy = proxy.client();
            builder = builder.proxy(proxy.map_err(|error| SetupError::Tls(root_causes(&error)))?);
        }
        builder = match &self.trust {
            None => builder.tls_certs_only([]),
            Some(trust) => builder
                .https_only(true)
                .tls_backend_preconfigured(trust.config.clone()),
        };
        builder
            .build()
            .map_err(|error| SetupError::Tls(root_causes(&error)))
    }
}

const fn advice(cause: &Cause) -> &'static str {
    match cause {
        Cause::Certificate { given: true, .. } => UNVOUCHED,
        Cause::Certificate { .. } => {
            "If a proxy inspects TLS here, give its certificate as ca_file"
        }
        _ => "Check name resolution, firewall and proxy (HTTPS_PROXY)",
    }
}

/// Whether there is none left: a resolver without one only says that the name does not resolve
/// (hyperium/hyper#1422).
fn no_descriptor() -> Option<Scarce> {
    let error = io::stderr().as_fd().try_clone_to_owned().err()?;
    Scarce::of(&error)
}

/// 503 and 504: the server behind this connection is overloaded.
fn is_overload(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
    )
}

async fn read(
    operation: Operation,
    mut response: Response,
    mut body: Vec<u8>,
) -> Result<Answer, Broken> {
    let announced = response.content_length().unwrap_or_default();
    let limit = operation.body_limit();
    body.reserve(usize::try_from(announced).map_or(0, |n| n.min(limit)));
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(Broken::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(error) => return Err(Broken::Off(error)),
        }
    }
    Ok(Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}
