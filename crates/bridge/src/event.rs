//! What goes into the state machine and what comes out of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::line::{LogLine, Notice};
use graph::{
    Accepted, BudgetView, Failure, OddRecords, PresenceReading, Priority, RequestTiming, TokenView,
};
use model::cause::Trouble;
use model::clock::shifted;
use model::command::Command;
use model::packed_list::PackedList;
use model::presence::{CallActivity, EntraId, EntraUser, UserName};
use model::snapshot::{ClusterView, ObserveReason, Snapshot};
use procall::{PresenceChange, ProcallEvent};

/// What happened outside.
#[derive(Clone, Debug)]
pub enum Event {
    /// The ledger of an earlier run, before anything else.
    Ledger(Vec<LedgerEntry>),
    /// What the ledger of another process names that writes for this tenant, while we do not.
    OthersLeases(Vec<LedgerEntry>),
    /// The whole Entra directory (delta already merged).
    Directory {
        /// Everybody in Entra, in no particular order.
        users: PackedList<EntraUser>,
        /// Whether this came from the full list rather than a delta.
        full: bool,
    },
    /// Records of an answer that were left out, or read but for a part.
    Odd {
        /// Of which list.
        list: OddList,
        /// The records, and what was odd about them.
        records: OddRecords,
    },
    /// The directory could not be read; the last one, if there is one, stays in force.
    DirectoryFailed(Failure),
    /// ProCall said something.
    Procall(ProcallEvent),
    /// One request of a poll ended, well or badly.
    Read(ChunkRead),
    /// A poll cycle has begun, or the next one is due at another time than was said when the last
    /// one ended.
    PollMoved {
        /// When the one under way began; nothing between two of them.
        running_since: Option<Timestamp>,
        /// When the next one is due; of the one under way, when it was.
        next_at: Timestamp,
    },
    /// A poll cycle ended.
    CycleEnded(CycleEnd),
    /// Graph answers nobody, and why; `None`: it answers again.
    GraphDown(Option<Failure>),
    /// Graph fails whenever this id is asked for; the others are unharmed.
    Quarantined {
        /// The user whose id makes Graph fail.
        id: EntraId,
        /// What Graph said.
        failure: Failure,
    },
    /// An id in quarantine was answered again.
    Released(EntraId),
    /// A write ended, well or badly.
    Written(WriteResult),
    /// The token's state changed.
    Token(TokenView),
    /// The budget's state changed.
    Budget(BudgetView),
    /// Our clock differs from Microsoft's by so many milliseconds (ours minus theirs).
    ClockSkew(i64),
    /// From now on nothing is written.
    Observe(ObserveReason),
    /// The writer lock is ours: write.
    Write,
    /// The log or the ledger cannot be written (full disk, read-only); `None`: it can again.
    StorageTrouble {
        /// Which: `log` or `ledger`.
        what: &'static str,
        /// Why.
        trouble: Option<Trouble>,
    },
    /// An alert could not be sent, and why; `None`: one was.
    AlertsTrouble(Option<Trouble>),
    /// The administrator wants something.
    Command(Command),
    /// A time asked for with [`Effect::WakeAt`] has come.
    Woke,
    /// Who else there is in the cluster, and how its engine is.
    Cluster(Arc<ClusterView>),
    /// This member leads in the place of another one, which showed this last.
    TookOver {
        /// It.
        last: Arc<Snapshot>,
        /// When that was, by our clock.
        told_at: Timestamp,
    },
    /// The configuration names another interval.
    Interval(Duration),
    /// The program ends: clear the leases if asked to, write nothing new.
    Stopping,
    /// The program ends and another member is to take over: nothing new is written, and the leases stay.
    HandingOver,
    /// It may: nothing of ours is under way any more.
    HandedOver,
}

/// What an odd record stood in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OddList {
    /// The answer to a poll.
    Presence,
    /// A page of the directory.
    Directory,
}

/// One request of a poll.
#[derive(Clone, Debug)]
pub struct ChunkRead {
    /// Which cycle, counted from 1; manual refreshes of one user carry the current one.
    pub cycle: u64,
    /// Which chunk of the cycle; parts of a bisected chunk keep its number.
    pub chunk: usize,
    /// Who was asked for. Ids without an entry in the answer are missing.
    pub asked: Arc<[EntraId]>,
    /// When the request was due, sent and answered.
    pub timing: RequestTiming,
    /// What was in the answer.
    pub outcome: Result<Vec<PresenceReading>, Failure>,
    /// Entries with a value that is documented nowhere, by value.
    pub unknown_values: Vec<Arc<str>>,
}

/// A whole poll.
#[derive(Clone, Debug)]
pub struct CycleEnd {
    /// Which, counted from 1.
    pub cycle: u64,
    /// When it should have begun.
    pub scheduled: Timestamp,
    /// When it began.
    pub started: Timestamp,
    /// When the last chunk was done.
    pub finished: Timestamp,
    /// Requests sent, retries and bisection included.
    pub requests: u32,
    /// Requests that failed.
    pub errors: u32,
    /// When the next one is due.
    pub next_at: Timestamp,
}

/// What the state machine wants done.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Write to Teams. A newer order for the same user replaces one that was not sent yet.
    Write(WriteOrder),
    /// Send nothing for this user that has not gone out yet; its order ends as
    /// [`WriteOutcome::NotSent`].
    Withdraw(EntraId),
    /// Tell ProCall what Teams shows for one user.
    SetProcall(PresenceChange),
    /// Another lampfield writes: what is set in ProCall is that one's from now on.
    LetGoOfProcall,
    /// The program ends: what was set in ProCall before it, or by whoever led before, is taken back as well.
    RecallProcall,
    /// From now on these ids are polled.
    PollSet(Arc<[EntraId]>),
    /// Poll now, beside the cycle.
    PollNow(PollScope),
    /// Poll at this interval.
    SetInterval(Duration),
    /// Another member of the cluster polls: nothing is to be polled here, or everything again.
    HoldPolling(bool),
    /// Keep this lease on disk, before the write that it announces is sent.
    LedgerPut(LedgerEntry),
    /// This user holds no lease any more.
    LedgerRemove(EntraId),
    /// A line for the ExternalServiceProvider log.
    Log(LogLine),
    /// A line for the system's log: what an operator must know.
    Notify(Notice),
    /// The row at this index of the snapshot changed visibly.
    Changed(usize),
    /// Send [`Event::Woke`] at this time; a later call replaces an earlier one.
    WakeAt(Timestamp),
}

/// What to poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollScope {
    /// All users of the poll set.
    All,
    /// This user only.
    One(EntraId),
}

/// The number of a write order: answers name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WriteId(pub u64);

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteOp {
    /// Take a lease.
    Set(CallActivity),
    /// Set the same lease again before it expires.
    Renew(CallActivity),
    /// Give it back.
    Clear,
}

impl WriteOp {
    /// Its place in the queue.
    #[must_use]
    pub const fn priority(self) -> Priority {
        match self {
            Self::Set(_) => Priority::Set,
            Self::Renew(_) => Priority::Renew,
            Self::Clear => Priority::Clear,
        }
    }
}

/// An order to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteOrder {
    /// Its number; a newer order of any user has a higher one.
    pub id: WriteId,
    /// The user in ProCall.
    pub user_name: UserName,
    /// The same user in Entra.
    pub entra_id: EntraId,
    /// What to do with the user's lease.
    pub op: WriteOp,
    /// For [`WriteOp::Clear`]: nothing of ours can be in Teams unless an order of this user is
    /// still under way, so when the replaced order was never sent this one need not be either.
    pub only_if_sent: bool,
}

/// How an order ended.
#[derive(Clone, Debug)]
pub struct WriteResult {
    /// The order that ended.
    pub order: WriteOrder,
    /// When it was sent; nothing where it never was (replaced by a newer one, or needless).
    pub sent_at: Option<Timestamp>,
    /// When the answer was there.
    pub finished_at: Timestamp,
    /// What came back.
    pub outcome: WriteOutcome,
}

/// What became of a write order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// Graph took it.
    Accepted(Accepted),
    /// It was never sent: a newer order took its place, there was nothing to clear, or it is not
    /// ours to write any more.
    NotSent,
    /// Graph refused it or did not answer; it may have been applied all the same.
    Failed(Failure),
}

/// One lease on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The user in Entra.
    pub entra_id: EntraId,
    /// The same user in ProCall, for the log.
    pub user_name: UserName,
    /// What it asserts.
    pub activity: CallActivity,
    /// When it was first written.
    pub set_at: Timestamp,
    /// When it ends by itself at the latest.
    pub expires_at: Timestamp,
}

impl LedgerEntry {
    /// The same by a clock that is so far ahead.
    pub(super) fn shifted(self, ahead: SignedDuration) -> Self {
        Self {
            set_at: shifted(self.set_at, ahead),
            expires_at: shifted(self.expires_at, ahead),
            ..self
        }
    }
}
