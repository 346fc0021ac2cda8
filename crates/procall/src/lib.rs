//! ProCall's side: one trait, and the sources behind it.
//!
//! In: who is on the phone. Out: what Teams says about each user. [`mod@file`] is the first source;
//! [`ucserver`] talks to a real UCServer.

pub mod file;
mod mark;
pub mod ucserver;

use std::sync::Arc;
use std::time::Duration;

use model::presence::MatchKey;

pub use model::procall::{
    CallEvent, CallState, Obstacle, PresenceChange, PresenceStep, ProcallEvent, ShownPresence,
    ShownState, UserFacts,
};

/// What a bridge wants of ProCall.
#[derive(Clone, Debug)]
pub enum PresenceOrder {
    /// Show this for one user.
    Show(PresenceChange),
    /// Another lampfield writes from now on: what is set stays, for that one to renew and to take back.
    LetGo,
    /// What an earlier run or another machine has set is ours, also where nothing was to be shown since: the end takes it
    /// back.
    Recall,
}

/// What comes of a question to a [`SharedLedger`].
pub type Told<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;

/// Where several machines keep what each has set in ProCall: whichever writes next knows it again.
pub trait SharedLedger: Send + Sync {
    /// What was kept and has not ended; nothing where it cannot be asked.
    fn entries(&self) -> Told<Vec<Vec<u8>>>;

    /// Keeps what may be set for this user, for so long, in place of what it says. Whether this machine may set
    /// anything: another one may write by now. Asked for in turn, it is done in turn.
    fn keep(&self, user: &MatchKey, entry: Vec<u8>, kept: Duration) -> Told<bool>;

    /// Nothing of ours is set for this user any more.
    fn forget(&self, user: &MatchKey);
}

/// A side of ProCall: tells of users and calls, takes presence.
pub trait Source: Send + 'static {
    /// Runs until `shutdown` says so or nobody listens any more; never gives up by itself.
    ///
    /// The first events are [`ProcallEvent::Users`] and [`ProcallEvent::Calls`]: only with both
    /// can leases of an earlier run be adopted or cleared.
    fn run(
        self: Box<Self>,
        events: tokio::sync::mpsc::Sender<ProcallEvent>,
        orders: tokio::sync::mpsc::Receiver<PresenceOrder>,
        shutdown: tokio::sync::watch::Receiver<bool>,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

    /// Several machines write for this tenant in turn, and share this. For a source where nothing stays set, nothing
    /// follows from that.
    fn share(&mut self, _ledger: Arc<dyn SharedLedger>) {}

    /// What the topology calls this source, for example `users.csv + calls.jsonl`.
    fn label(&self) -> Arc<str>;
}
