//! The bridge: a pure state machine and the tasks around it.
//!
//! In: readings from Graph, calls from ProCall, commands from the console. Out: writes to
//! Graph, presence to ProCall, a [`Snapshot`] for whoever looks. [`Core`] decides
//! everything and does no I/O; the tasks do the I/O and decide nothing.

mod cluster;
mod core;
mod directory;
mod event;
mod ledger;
mod ledger_queue;
mod line;
mod lock;
mod others;
mod outbox;
mod pace;
mod parts;
mod poll;
mod set;
mod shrink_guard;
mod state_thread;
mod tasks;
mod wiring;
mod writership;

pub use self::cluster::{
    ClusterParts, NotTaken, Onlooker, Remote, Sight, Wanted, watch_through_engine,
};
pub use self::core::{Core, CoreSettings, Evidence, GivingBack};
pub use event::{
    ChunkRead, CycleEnd, Effect, Event, LedgerEntry, OddList, PollScope, WriteId, WriteOp,
    WriteOrder, WriteOutcome, WriteResult,
};
pub use ledger::{Ledger, LedgerError, Opening, Sent, file_stem};
pub use line::{LineKind, LineValues, LogLine, LogTarget, Notice};
pub use lock::{LockError, Taken, WriterLock};
pub use model::command::Command;
pub use model::snapshot::{
    BridgeView, CallView, ChunkView, CycleView, DirectoryView, HISTORY_LENGTH, History, InProcall,
    LatencyView, LeaseCounts, LeasePhase, LeaseView, Link, LinkStatus, Links, Mode, Note,
    ObserveReason, PollView, ReadMark, ReadMarks, STALE_INTERVALS, Seen, Snapshot, TenantView,
    UserEvent, UserEventKind, UserRow, Verdict,
};
pub use parts::{Change, LogSink, Parts, StatePlace};
pub use wiring::{Bridge, Farewell, refused_line};
