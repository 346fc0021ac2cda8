//! The way to the server: name, TCP, TLS, login; with sentinels, first to the one that knows where it is.
//!
//! TLS is our own, for the trust that the whole program has (a server's own certificate, too), and for
//! errors that say what is wrong with a certificate.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::cause::{Cause, EngineFault, NotResolved};
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{
    AsyncConnectionConfig, Cmd, Pipeline, RedisConnectionInfo, RedisError, RedisFuture, Value,
};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use secrecy::ExposeSecret as _;
use tls::{Vouched, certificates, provider};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::Settings;
use crate::error::EngineError;

/// How long a server has to say that it takes nobody: it does so in the same moment in which it takes the connection.
const GREETS_WITHIN: Duration = Duration::from_millis(10);

/// A connection; what is under way on it ends with its last clone.
#[derive(Clone)]
pub(crate) struct Link {
    redis: MultiplexedConnection,
    _driver: Arc<Driver>,
}

struct Driver(JoinHandle<()>);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        self.redis.req_packed_command(command)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.redis.req_packed_commands(commands, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.redis.get_db()
    }
}

/// How the server is reached.
pub(crate) struct Way {
    /// The sentinel that is asked first: the one that answered last.
    good: AtomicUsize,
}

impl Way {
    pub(crate) const fn new() -> Self {
        Self {
            good: AtomicUsize::new(0),
        }
    }

    /// To the server; the sentinels are asked anew each time, for it may be another one by now.
    pub(crate) async fn connect(&self, settings: &Settings) -> Result<Link, EngineError> {
        let login = login(settings);
        if let Some(name) = &settings.url.sentinel_name {
            let server = self.server(settings, name).await?;
            return connect_to(&server, settings, &login).await;
        }
        let server = settings.url.hosts.first();
        let server = server.ok_or_else(|| EngineError::odd(&settings.url.to_string()))?;
        connect_to(server, settings, &login).await
    }

    /// Where the first sentinel that knows says it is. Each has its part of the time, so that one that
    /// stands still holds nobody up.
    async fn server(&self, settings: &Settings, name: &str) -> Result<(String, u16), EngineError> {
        let hosts = &settings.url.hosts;
        let parts = u32::try_from(hosts.len()).unwrap_or(u32::MAX).clamp(1, 3) + 1;
        let time = settings.rules.answer_within / parts;
        let mut failure = None;
        let from = self.good.load(Ordering::Relaxed);
        for turn in 0..hosts.len() {
            let at = from.wrapping_add(turn) % hosts.len();
            let Some(host) = hosts.get(at) else { continue };
            let asked = timeout(time, master(host, settings, name)).await;
            match asked.unwrap_or_else(|_| Err(EngineError::timed_out(&host.0, time))) {
                Ok(server) => {
                    self.good.store(at, Ordering::Relaxed);
                    return Ok(server);
                }
                Err(error) => failure = Some(error),
            }
        }
        // Those that stand still at the front are passed over next time.
        self.good.store(from.wrapping_add(1), Ordering::Relaxed);
        Err(failure.unwrap_or_else(|| EngineError::odd(name)))
    }
}

/// What this sentinel says where the server is. It takes no password of ours.
async fn master(
    sentinel: &(String, u16),
    settings: &Settings,
    name: &str,
) -> Result<(String, u16), EngineError> {
    let nobody = RedisConnectionInfo::default().set_skip_set_lib_name();
    let mut link = connect_to(sentinel, settings, &nobody).await?;
    let found: Option<(String, u16)> = redis::cmd("SENTINEL")
        .arg("GET-MASTER-ADDR-BY-NAME")
        .arg(name)
        .query_async(&mut link)
        .await
        .map_err(|error| EngineError::of_redis(&error, &sentinel.0))?;
    found.ok_or_else(|| {
        EngineError::of_cause(
            Cause::Engine(EngineFault::UnknownName),
            &format!("the sentinel {} knows no server named {name}", sentinel.0),
        )
    })
}

fn login(settings: &Settings) -> RedisConnectionInfo {
    let mut login = RedisConnectionInfo::default()
        .set_db(settings.url.database.into())
        .set_skip_set_lib_name();
    if let Some(user) = &settings.url.user {
        login = login.set_username(user);
    }
    if let Some(password) = &settings.password {
        login = login.set_password(password.expose_secret());
    }
    login
}

async fn connect_to(
    at: &(String, u16),
    settings: &Settings,
    login: &RedisConnectionInfo,
) -> Result<Link, EngineError> {
    let failed = |error: &(dyn Error + 'static)| EngineError::of_way(error, &at.0, settings);
    let found = lookup_host((&*at.0, at.1)).await;
    let found: Vec<_> = found
        .map_err(|error| failed(&NotResolved(error)))?
        .collect();
    let tcp = TcpStream::connect(&*found)
        .await
        .map_err(|error| failed(&error))?;
    if let Some(said) = greeting(&tcp).await {
        return Err(EngineError::of_greeting(&said, &at.0));
    }
    // Small questions, each of which is waited for.
    let _ = tcp.set_nodelay(true);
    let made = if settings.url.tls {
        let config = client_config(settings)?;
        let name = ServerName::try_from(at.0.clone()).map_err(|error| failed(&error))?;
        let stream = TlsConnector::from(config).connect(name, tcp).await;
        log_in(stream.map_err(|error| failed(&error))?, login).await
    } else {
        log_in(tcp, login).await
    };
    made.map_err(|error| EngineError::of_redis(&error, &at.0))
}

/// A server that takes nobody says so as soon as somebody comes, and hangs up; any other waits to be asked.
async fn greeting(tcp: &TcpStream) -> Option<String> {
    let mut said = [0; 200];
    let heard = timeout(GREETS_WITHIN, tcp.peek(&mut said)).await;
    let said = said.get(..heard.ok()?.ok()?)?;
    let line = String::from_utf8_lossy(said);
    let refuses = line.starts_with('-');
    refuses.then(|| line.lines().next().unwrap_or_default().to_owned())
}

async fn log_in<S>(stream: S, login: &RedisConnectionInfo) -> Result<Link, RedisError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // How long an answer may take is decided where it is asked for.
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let (redis, driver) = MultiplexedConnection::new_with_config(login, stream, config).await?;
    let driver = Arc::new(Driver(tokio::spawn(driver)));
    Ok(Link {
        redis,
        _driver: driver,
    })
}

/// Trusts the system's authorities, and what is configured.
fn client_config(settings: &Settings) -> Result<Arc<ClientConfig>, EngineError> {
    let unusable = || EngineError::of_cause(Cause::Settings, "no certificate can be read");
    let given = match &settings.ca_pem {
        Some(pem) => certificates(pem).map_err(|_| unusable())?,
        None => Vec::new(),
    };
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|_| unusable())?
        // `dangerous` is rustls' word for any verifier of one's own.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Vouched::new(given, provider())))
        .with_no_client_auth();
    Ok(Arc::new(config))
}
