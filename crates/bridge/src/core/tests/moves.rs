//! What may happen in the world.

use super::teams::{Client, Preferred};
use graph::FailureKind;
use model::presence::CallKind;
use procall::CallState;

/// How Graph treats writes at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writes {
    /// They are accepted within so many seconds (0 to 1).
    Work(u64),
    /// They are refused, and not applied.
    Refused(FailureKind),
    /// They are carried out, but the answer is lost.
    AnswerLost,
    /// They are lost on the way.
    Lost,
    /// The budget holds them back.
    Held,
}

/// How Graph treats reads at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reads {
    Work,
    Fail,
    Missing,
    Unknown,
    Null,
}

/// What happens next.
#[derive(Clone, Debug)]
pub(super) enum Move {
    Wait(u64),
    /// The machine sleeps, or its clock is set forward: time is gone in which nobody did anything.
    Sleep(u64),
    Call(usize, usize, CallKind, CallState),
    Client(usize, Client),
    Preferred(usize, Option<Preferred>),
    Writes(Writes),
    Reads(Reads),
    /// Reads show what was so many seconds ago, and take so many seconds.
    Lag(u64, u64),
    Refresh,
    Resync,
    /// The bridge is killed and started again; the lists come before the calls, or after.
    Restart(bool),
    Directory(Vec<usize>),
    /// ProCall's list of users is another one.
    Users(Vec<usize>),
    Quarantine(usize),
    Release(usize),
    Pause(bool),
    PauseUser(usize, bool),
    ClearLease(usize),
    ClearAllLeases,
    /// Another lampfield has the writer lock and does what a bridge does; or it is killed, and the
    /// lock with its ledger is ours.
    Other(bool),
    /// estos' own Teams integration is active, or is not any more.
    Native(bool),
    /// ProCall is gone, or is back.
    Procall(Procall),
}

/// How the way to ProCall is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Procall {
    /// The connection breaks, and the source says so at once.
    Broken,
    /// It stays open, and nothing comes any more.
    Mute,
    /// It is back, and everything is told anew.
    Back,
}
