//! One connection to the engine, made when it is needed and anew after each loss.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, FromRedisValue,
    IntoConnectionInfo as _, RedisConnectionInfo, RedisError, ScriptInvocation, TlsCertificates,
    TlsMode,
};
use secrecy::ExposeSecret as _;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::Settings;
use crate::error::EngineError;
use crate::scripts::{Keys, Scripts};

/// A handle of the engine. Clones share the connection.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    settings: Settings,
    /// For messages.
    host: String,
    keys: Keys,
    scripts: Scripts,
    connection: Mutex<Option<MultiplexedConnection>>,
}

impl Engine {
    /// Nothing is connected before the first question.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(Arc::new(Shared {
            host: settings.url.to_string(),
            keys: Keys::new(&settings.prefix, &settings.tenant),
            scripts: Scripts::new(),
            connection: Mutex::default(),
            settings,
        }))
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn scripts(&self) -> &Scripts {
        &self.0.scripts
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn odd(&self) -> EngineError {
        EngineError::odd(&self.0.host)
    }

    /// The answer of a script, within the time that all members go by.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, EngineError> {
        self.within(self.0.settings.rules.answer_within, async {
            let mut connection = self.connection().await?;
            script.invoke_async(&mut connection).await
        })
        .await
    }

    /// The answer of one command.
    pub(crate) async fn query<T: FromRedisValue>(
        &self,
        call: &redis::Cmd,
    ) -> Result<T, EngineError> {
        self.within(self.0.settings.rules.answer_within, async {
            let mut connection = self.connection().await?;
            call.query_async(&mut connection).await
        })
        .await
    }

    /// Several commands whose answers do not matter.
    pub(crate) async fn query_all(&self, calls: &redis::Pipeline) -> Result<(), EngineError> {
        self.within(self.0.settings.rules.answer_within, async {
            let mut connection = self.connection().await?;
            calls.query_async(&mut connection).await
        })
        .await
    }

    /// What `ask` brings, within a time. A connection that has failed is not used again.
    pub(crate) async fn within<T>(
        &self,
        time: Duration,
        ask: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, EngineError> {
        let failure = match timeout(time, ask).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => error,
            Err(_) => {
                self.drop_connection();
                return Err(EngineError::timed_out(&self.0.host, time));
            }
        };
        // A replica where a primary was: the sentinels, or the name, lead elsewhere by now.
        if failure.code().is_none_or(|code| code == "READONLY") {
            self.drop_connection();
        }
        let given = self.0.settings.ca_pem.is_some();
        Err(EngineError::of_redis(&failure, &self.0.host, given))
    }

    fn drop_connection(&self) {
        // Whoever connects holds it, and is about to fail as well.
        if let Ok(mut connection) = self.0.connection.try_lock() {
            *connection = None;
        }
    }

    async fn connection(&self) -> Result<MultiplexedConnection, RedisError> {
        let mut held = self.0.connection.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        let connection = self.connect().await?;
        Ok(held.insert(connection).clone())
    }

    /// A connection of one's own, for a question whose answer may be long in coming.
    pub(crate) async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        let client = match &self.0.settings.url.sentinel_name {
            None => self.client()?,
            Some(name) => self.sentinels(name)?.async_get_client().await?,
        };
        // How long an answer may take is decided where it is asked for.
        let config = AsyncConnectionConfig::new()
            .set_response_timeout(None)
            .set_connection_timeout(Some(Duration::from_secs(5)));
        client
            .get_multiplexed_async_connection_with_config(&config)
            .await
    }

    fn client(&self) -> Result<Client, RedisError> {
        let info = self.info()?;
        match self.certificates() {
            Some(certificates) => Client::build_with_tls(info, certificates),
            None => Client::open(info),
        }
    }

    fn info(&self) -> Result<ConnectionInfo, RedisError> {
        let url = &self.0.settings.url;
        let mut login = RedisConnectionInfo::default()
            .set_db(url.database.into())
            .set_skip_set_lib_name();
        if let Some(user) = &url.user {
            login = login.set_username(user);
        }
        if let Some(password) = &self.0.settings.password {
            login = login.set_password(password.expose_secret());
        }
        let first = self.addresses().next();
        let address = first.unwrap_or_else(|| ConnectionAddr::Tcp(String::new(), 0));
        Ok(address.into_connection_info()?.set_redis_settings(login))
    }

    fn addresses(&self) -> impl Iterator<Item = ConnectionAddr> {
        let url = &self.0.settings.url;
        url.hosts.iter().map(|(host, port)| {
            if url.tls {
                ConnectionAddr::TcpTls {
                    host: host.clone(),
                    port: *port,
                    insecure: false,
                    tls_params: None,
                }
            } else {
                ConnectionAddr::Tcp(host.clone(), *port)
            }
        })
    }

    fn certificates(&self) -> Option<TlsCertificates> {
        let url = &self.0.settings.url;
        url.tls.then(|| TlsCertificates {
            client_tls: None,
            root_cert: self.0.settings.ca_pem.clone(),
        })
    }

    /// They are asked anew for each connection: the server may be another one by now. They take no
    /// password of ours.
    fn sentinels(&self, name: &str) -> Result<SentinelClient, RedisError> {
        let settings = &self.0.settings;
        let addresses: Vec<_> = self.addresses().collect();
        let mut builder = SentinelClientBuilder::new(addresses, name, SentinelServerType::Master)?
            .set_client_to_redis_db(settings.url.database.into());
        if let Some(user) = &settings.url.user {
            builder = builder.set_client_to_redis_username(user);
        }
        if let Some(password) = &settings.password {
            builder = builder.set_client_to_redis_password(password.expose_secret());
        }
        if let Some(certificates) = self.certificates() {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_certificates(certificates);
        }
        builder.build()
    }
}
