//! Several lampfields for one tenant, of which one writes: this member's part in it.
//!
//! | file | what |
//! | --- | --- |
//! | `seat` | what this member may do, for whoever writes; what the engine keeps, for whoever keeps the ledger |
//! | `procall` | what is set in ProCall, kept by the engine for whoever leads next |
//! | `about` | what a member says of itself |
//! | `yielding` | when a leader leaves the lead to another one |
//! | `task` | asks the engine who leads, tells the engine that we are there, tells the core who else is |
//! | `picture` | the leader's picture, told by the leader and shown by whoever stands by |
//! | `commands` | commands from a member that stands by, for the leader |
//! | `onlooker` | a tenant as whoever is no member sees it through the engine |
//! | `trouble` | why the engine does not do its work, as a cause |
//!
//! The fence stands at the ledger: a write goes out only after the engine has taken its entry, and it
//! takes entries of the present leader alone. See [`cluster::Election`] for who that is.

mod about;
mod commands;
mod onlooker;
mod picture;
mod procall;
mod seat;
mod task;
mod trouble;
mod yielding;

use std::sync::Arc;

use cluster::{MemberId, Rules};
use engine::Engine;
use jiff::Timestamp;

pub use onlooker::{NotTaken, Onlooker, Remote, Sight, Wanted, watch_through_engine};

pub(super) use commands::{Answered, Forwarded, answered_words, forward, receive};
pub(super) use picture::{LeaderPicture, follow, standing_by, tell};
pub(super) use procall::ProcallLedger;
pub(super) use seat::{Seat, Standing};
pub(super) use task::MemberTask;

/// What a member of a cluster is made of.
pub struct ClusterParts {
    /// The server that the members agree on.
    pub engine: Engine,
    /// The host of it, for messages.
    pub host: Arc<str>,
    /// The times that all members go by.
    pub rules: Rules,
    /// This member; another one after each start.
    pub member: MemberId,
    /// Its name for people: `host:pid`.
    pub name: Arc<str>,
    /// When it started, as a time of day.
    pub since: Timestamp,
    /// Whether a leader that loses the engine goes on writing alone.
    pub alone: bool,
}
