//! The engine: a Redis (6.0 or later) or Valkey on which several lampfields of one tenant agree who
//! writes, and which keeps what the next leader must know.
//!
//! Who leads is decided by [`cluster::Election`]; here is what it asks, as Lua scripts that run as one
//! on the server. An entry of the ledger is taken from the present leader alone, with its present number.
//!
//! | file | what |
//! | --- | --- |
//! | `server_url` | where it is: one server, or the sentinels that know it |
//! | `connection` | one connection, made when it is needed and anew after each loss |
//! | `way` | the way there: name, TCP, TLS, login; which server it is, by the sentinels |
//! | `calls` | what is asked of it: who leads, ledger, budget, members |
//! | `picture` | the leader's picture, told and followed |
//! | `commands` | commands for the leader, and their answers |
//! | `tenants` | which tenants there are, and who is there, for whoever is no member |
//! | `scripts` | the scripts, and which keys they are about |
//! | `error` | why it does not do its work |
//!
//! What it keeps, each under `prefix:{tenant}:` and for a day at most: `leader`, `counter`, `released`,
//! `run`, `ledger`, `swept`, `procall`, `procall-swept`, `spent`, `members`, `picture`, `commands`, `answer:ID`. No name stands in a key. A user of
//! its own needs no more than this:
//!
//! ```text
//! ACL SETUSER lampfield on >PASSWORD ~lampfield:* +evalsha +script|load +info +time +hmget +hset +hdel
//!   +hgetall +hincrby +pexpire +pttl +incr +set +del +xadd +xread +xrevrange +lpush +brpop +select +scan
//! ```

mod calls;
mod commands;
mod connection;
mod error;
mod picture;
mod scripts;
mod server_url;
mod tenants;
mod way;

use std::sync::Arc;

use cluster::Rules;
use secrecy::SecretString;

pub use calls::{Ledger, Left, Put, Spent};
pub use commands::Commands;
pub use connection::Engine;
pub use error::EngineError;
pub use picture::{Follower, Part, Published};
pub use server_url::{ServerUrl, UrlError};
pub use tenants::Members;

/// Where the engine is, and what is kept there for whom.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where it is.
    pub url: ServerUrl,
    /// The password that it takes.
    pub password: Option<SecretString>,
    /// Whom to trust besides the system, PEM.
    pub ca_pem: Option<Vec<u8>>,
    /// What all keys begin with.
    pub prefix: Arc<str>,
    /// The tenant, without braces.
    pub tenant: Arc<str>,
    /// The times that all members go by.
    pub rules: Rules,
}
