//! ProCall's side: one trait, and the sources behind it.
//!
//! In: who is on the phone. Out: what Teams says about each user. [`mod@file`] is the first source;
//! [`ucserver`] talks to a real UCServer.

pub mod file;
mod mark;
pub mod ucserver;

use std::sync::Arc;

pub use model::procall::{
    CallEvent, CallState, Obstacle, PresenceChange, PresenceStep, ProcallEvent, ShownPresence,
    ShownState, UserFacts,
};

/// A side of ProCall: tells of users and calls, takes presence.
pub trait Source: Send + 'static {
    /// Runs until `shutdown` says so or nobody listens any more; never gives up by itself.
    ///
    /// The first events are [`ProcallEvent::Users`] and [`ProcallEvent::Calls`]: only with both
    /// can leases of an earlier run be adopted or cleared.
    fn run(
        self: Box<Self>,
        events: tokio::sync::mpsc::Sender<ProcallEvent>,
        changes: tokio::sync::mpsc::Receiver<PresenceChange>,
        shutdown: tokio::sync::watch::Receiver<bool>,
    ) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

    /// What the topology calls this source, for example `users.csv + calls.jsonl`.
    fn label(&self) -> Arc<str>;
}
