//! Why the engine does not do its work.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use model::cause::{Cause, EngineFault, Trouble};
use redis::{ErrorKind, RedisError, ServerErrorKind};

/// A question to the engine failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineError(Trouble);

impl EngineError {
    /// Why, and the sentence for the log.
    #[must_use]
    pub const fn trouble(&self) -> &Trouble {
        &self.0
    }

    /// What this server said or did; `given`: certificates of one's own are configured.
    pub(crate) fn of_redis(error: &RedisError, host: &str, given: bool) -> Self {
        let cause = cause(error, host, given);
        // What a server answers is another program's text: bounded, and never more than its code and
        // its words.
        let words: String = error.to_string().chars().take(200).collect();
        let message = format!("the engine {host} does not do its work: {words}");
        Self(Trouble::new(
            cause,
            model::text::harmless(&message).into_owned(),
        ))
    }

    /// It does not answer.
    pub(crate) fn timed_out(host: &str, within: Duration) -> Self {
        let cause = Cause::TimeOut(host.into());
        let seconds = within.as_secs_f64();
        let message = format!("the engine {host} does not answer within {seconds} s");
        Self(Trouble::new(cause, message))
    }

    /// It answers what it never should.
    pub(crate) fn odd(host: &str) -> Self {
        let cause = Cause::Engine(EngineFault::Odd);
        let message = format!("the engine {host} answers something unexpected");
        Self(Trouble::new(cause, message))
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for EngineError {}

fn cause(error: &RedisError, host: &str, given: bool) -> Cause {
    let name: Arc<str> = host.into();
    match error.kind() {
        ErrorKind::AuthenticationFailed => return Cause::Engine(EngineFault::Password),
        ErrorKind::Server(ServerErrorKind::NoPerm) => return Cause::Engine(EngineFault::Right),
        ErrorKind::Server(ServerErrorKind::ReadOnly) => {
            return Cause::Engine(EngineFault::ReadOnly);
        }
        _ => {}
    }
    match error.code() {
        Some("OOM") => return Cause::Engine(EngineFault::Full),
        Some("NOAUTH" | "WRONGPASS") => return Cause::Engine(EngineFault::Password),
        Some(_) => return Cause::Engine(EngineFault::Odd),
        None => {}
    }
    if error.is_timeout() {
        return Cause::TimeOut(name);
    }
    match error.source() {
        Some(source) => tls::connection_cause(source, host, given),
        None => Cause::Connection(name),
    }
}
