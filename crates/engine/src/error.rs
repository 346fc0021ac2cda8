//! Why the engine does not do its work.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use model::cause::{Cause, EngineFault, Trouble};
use redis::{ErrorKind, RedisError};

use crate::Settings;

/// A question to the engine failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineError(Trouble);

impl EngineError {
    /// Why, and the sentence for the log.
    #[must_use]
    pub const fn trouble(&self) -> &Trouble {
        &self.0
    }

    /// What this server said or did.
    pub(crate) fn of_redis(error: &RedisError, host: &str) -> Self {
        // What a server answers is another program's text: bounded, and never more than its code and
        // its words.
        let words: String = error.to_string().chars().take(200).collect();
        Self::of_cause(
            cause(error, host),
            &format!("the engine {host} does not do its work: {words}"),
        )
    }

    /// What this server says before it is asked anything: that it takes nobody.
    pub(crate) fn of_greeting(said: &str, host: &str) -> Self {
        let said = said.trim_start_matches('-').trim_end();
        let (code, words) = said.split_once(' ').unwrap_or((said, ""));
        Self::of_cause(
            Cause::Engine(fault(code, words)),
            &format!("the engine {host} takes nobody: {said}"),
        )
    }

    /// No connection came about.
    pub(crate) fn of_way(error: &(dyn Error + 'static), host: &str, settings: &Settings) -> Self {
        let cause = tls::connection_cause(error, host, settings.ca_pem.is_some());
        Self::of_cause(
            cause,
            &format!("no connection to the engine {host}: {error}"),
        )
    }

    pub(crate) fn of_cause(cause: Cause, message: &str) -> Self {
        let message = model::text::harmless(message);
        Self(Trouble::new(cause, message.into_owned()))
    }

    /// Whether the connection is of no more use: broken, or to a server that is none by now (a replica,
    /// one that loads or has lost its own primary): the sentinels, or the name, lead elsewhere.
    pub(crate) const fn ends_connection(&self) -> bool {
        use EngineFault::{Disk, Full, Password, Replicas, Right};
        !matches!(
            self.0.cause,
            Cause::Engine(Disk | Full | Password | Replicas | Right)
        )
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

fn cause(error: &RedisError, host: &str) -> Cause {
    let fault = match error.kind() {
        ErrorKind::AuthenticationFailed => EngineFault::Password,
        ErrorKind::Io => return Cause::ConnectionBroken(host.into()),
        _ => match error.clone().into_server_errors().as_deref() {
            // Of several commands sent together, the first that was refused.
            Some([(_, refused), ..]) => {
                fault(refused.code(), refused.details().unwrap_or_default())
            }
            // At the log-in only the words are left of an answer.
            _ => fault("", error.detail().unwrap_or_default()),
        },
    };
    Cause::Engine(fault)
}

/// What each code of an answer says.
const CODES: [(&str, EngineFault); 14] = [
    ("NOAUTH", EngineFault::Password),
    ("WRONGPASS", EngineFault::Password),
    ("NOPERM", EngineFault::Right),
    ("READONLY", EngineFault::ReadOnly),
    ("MASTERDOWN", EngineFault::ReadOnly),
    ("OOM", EngineFault::Full),
    ("DENIED", EngineFault::Protected),
    ("LOADING", EngineFault::Loading),
    ("MISCONF", EngineFault::Disk),
    ("NOREPLICAS", EngineFault::Replicas),
    ("MOVED", EngineFault::Cluster),
    ("ASK", EngineFault::Cluster),
    ("CROSSSLOT", EngineFault::Cluster),
    ("CLUSTERDOWN", EngineFault::Cluster),
];

/// What is only said in words: rights within a script, whatever is answered to the log-in, and what has no code.
const WORDS: [(&str, EngineFault); 8] = [
    ("ACL failure in script", EngineFault::Right),
    ("The user executing the script", EngineFault::Right),
    ("no permissions to run", EngineFault::Right),
    ("Authentication required", EngineFault::Password),
    ("max number of clients", EngineFault::Clients),
    ("loading the dataset", EngineFault::Loading),
    ("cluster mode", EngineFault::Cluster),
    ("DB index", EngineFault::Database),
];

/// By the code of an answer. What a script hands on has it at the beginning of the words of an `ERR` (7.0) or
/// somewhere in them (6.0).
fn fault(code: &str, words: &str) -> EngineFault {
    let in_script = words.contains("script") || code.contains("script");
    let says = |what: &str| {
        let mut said = words
            .split_ascii_whitespace()
            .map(|word| word.trim_start_matches('-'));
        let begins = said.clone().next() == Some(what);
        code == what || begins || in_script && said.any(|word| word == what)
    };
    let by_code = CODES.into_iter().find(|(code, _)| says(code));
    let by_words = || WORDS.into_iter().find(|(part, _)| words.contains(part));
    let found = by_code.or_else(by_words);
    found.map_or(EngineFault::Odd, |(_, fault)| fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Redis 6.0 and 7 say it.
    #[test]
    fn a_fault_in_a_script_is_found_in_its_words() {
        for (code, words, expected) in [
            (
                "OOM",
                "command not allowed when used memory > 'maxmemory'.",
                EngineFault::Full,
            ),
            (
                "ERR",
                "Error running script (call to f_1): @user_script:9: @user_script: 9: -OOM command not allowed",
                EngineFault::Full,
            ),
            (
                "@user_script:",
                "10: -OOM command not allowed when used memory > 'maxmemory'.",
                EngineFault::Full,
            ),
            (
                "@user_script:",
                "12: -READONLY You can't write against a read only replica. in a script",
                EngineFault::ReadOnly,
            ),
            (
                "ERR",
                "ACL failure in script: User lampfield has no permissions to run the 'info' command",
                EngineFault::Right,
            ),
            (
                "@user_script:",
                "12: The user executing the script can't run this command or subcommand",
                EngineFault::Right,
            ),
            (
                "ERR",
                "OOM command not allowed when used memory > 'maxmemory'.",
                EngineFault::Full,
            ),
            ("ERR", "unknown command 'OOM'", EngineFault::Odd),
            (
                "LOADING",
                "Redis is loading the dataset in memory",
                EngineFault::Loading,
            ),
            (
                "ERR",
                "SELECT is not allowed in cluster mode",
                EngineFault::Cluster,
            ),
            ("", "DB index is out of range", EngineFault::Database),
            ("", "Authentication required.", EngineFault::Password),
            (
                "",
                "this user has no permissions to run the 'select' command",
                EngineFault::Right,
            ),
            ("MOVED", "3999 127.0.0.1:6381", EngineFault::Cluster),
            ("ERR", "max number of clients reached", EngineFault::Clients),
        ] {
            assert_eq!(fault(code, words), expected, "{code} {words}");
        }
    }
}
