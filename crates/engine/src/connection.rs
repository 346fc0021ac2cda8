//! One connection to the engine, made when it is needed and anew after each loss.

use std::sync::Arc;
use std::time::Duration;

use redis::{FromRedisValue, RedisError, ScriptInvocation};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::Settings;
use crate::error::EngineError;
use crate::scripts::{Keys, Scripts};
use crate::way::{Link, Way};

/// A handle of the engine. Clones share the connection.
#[derive(Clone)]
pub struct Engine(Arc<Shared>);

struct Shared {
    settings: Settings,
    keys: Keys,
    server: Arc<Server>,
}

/// What is the same for all tenants of a server.
struct Server {
    /// For messages.
    host: String,
    scripts: Scripts,
    way: Way,
    connection: Mutex<Option<Link>>,
}

impl Engine {
    /// Nothing is connected before the first question.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let server = Server {
            host: settings.url.to_string(),
            scripts: Scripts::new(),
            way: Way::new(),
            connection: Mutex::default(),
        };
        Self::of_server(settings, Arc::new(server))
    }

    fn of_server(settings: Settings, server: Arc<Server>) -> Self {
        Self(Arc::new(Shared {
            keys: Keys::new(&settings.prefix, &settings.tenant),
            settings,
            server,
        }))
    }

    /// The same server for another tenant, over the same connection.
    #[must_use]
    pub fn of_tenant(&self, tenant: &str) -> Self {
        let settings = Settings {
            tenant: tenant.into(),
            ..self.0.settings.clone()
        };
        Self::of_server(settings, Arc::clone(&self.0.server))
    }

    /// For which tenant.
    #[must_use]
    pub fn tenant(&self) -> &Arc<str> {
        &self.0.settings.tenant
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn scripts(&self) -> &Scripts {
        &self.0.server.scripts
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn odd(&self) -> EngineError {
        EngineError::odd(&self.0.server.host)
    }

    /// The answer of a script, within the time that all members go by.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        script: &ScriptInvocation<'_>,
    ) -> Result<T, EngineError> {
        self.within(self.0.settings.rules.answer_within, async {
            let mut connection = self.connection().await?;
            let answer = script.invoke_async(&mut connection).await;
            answer.map_err(|error| self.failed(&error))
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
            let answer = call.query_async(&mut connection).await;
            answer.map_err(|error| self.failed(&error))
        })
        .await
    }

    /// Several commands whose answers do not matter.
    pub(crate) async fn query_all(&self, calls: &redis::Pipeline) -> Result<(), EngineError> {
        self.within(self.0.settings.rules.answer_within, async {
            let mut connection = self.connection().await?;
            let answer = calls.query_async(&mut connection).await;
            answer.map_err(|error| self.failed(&error))
        })
        .await
    }

    pub(crate) fn failed(&self, error: &RedisError) -> EngineError {
        EngineError::of_redis(error, &self.0.server.host)
    }

    /// What `ask` brings, within a time. A connection that has failed is not used again.
    pub(crate) async fn within<T>(
        &self,
        time: Duration,
        ask: impl Future<Output = Result<T, EngineError>>,
    ) -> Result<T, EngineError> {
        let late = |_| Err(EngineError::timed_out(&self.0.server.host, time));
        let answer = timeout(time, ask).await.unwrap_or_else(late);
        if answer.as_ref().is_err_and(EngineError::ends_connection) {
            self.drop_connection();
        }
        answer
    }

    fn drop_connection(&self) {
        // Whoever connects holds it, and is about to fail as well.
        if let Ok(mut connection) = self.0.server.connection.try_lock() {
            *connection = None;
        }
    }

    /// The one that all share.
    pub(crate) async fn connection(&self) -> Result<Link, EngineError> {
        let mut held = self.0.server.connection.lock().await;
        if let Some(connection) = &*held {
            return Ok(connection.clone());
        }
        let connection = self.connect().await?;
        Ok(held.insert(connection).clone())
    }

    /// A connection of one's own, for a question whose answer may be long in coming.
    pub(crate) async fn connect(&self) -> Result<Link, EngineError> {
        self.0.server.way.connect(&self.0.settings).await
    }
}
