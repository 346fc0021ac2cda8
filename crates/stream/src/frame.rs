//! The frames.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::answer::{BudgetView, TokenView};
use model::command::Command;
use model::presence::{Coverage, ProcallUser, UnmatchedUser, UserName};
use model::snapshot::{
    ChunkView, ClusterView, CycleView, DirectoryView, History, LeaseChange, LeaseCounts, Links,
    MarkRun, Mode, PollView, RowChange, TenantView, UserEvent, UserRow,
};
use serde::{Deserialize, Serialize};

/// The version of the format. It counts up with every change that an older reader would
/// misunderstand; members that it may pass over do not count.
pub const PROTOCOL: u32 = 5;

/// What the bridge's side sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frame {
    /// Who is talking; the first frame.
    Welcome(Welcome),
    /// Why nothing follows; the last frame.
    Refused(Refusal),
    /// A new picture: so many rows follow, whatever was said before is void.
    Picture {
        /// How many rows there will be.
        rows: usize,
    },
    /// The next rows of a picture, without their histories.
    Rows(#[serde(with = "crate::rows")] Vec<Arc<UserRow>>),
    /// Histories of a picture's rows that have one, by the row's place.
    Histories(Vec<(usize, History)>),
    /// A row that has changed.
    Row {
        /// Its place.
        at: usize,
        /// What is different in it.
        #[serde(default, skip_serializing_if = "RowChange::is_empty")]
        row: Box<RowChange>,
        /// What is different in its lease, where it had one and has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lease: Option<Box<LeaseChange>>,
        /// What has become of its history, where that has changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        history: Option<HistoryTail>,
    },
    /// When rows were read: from this place on.
    Reads(usize, Vec<MarkRun>),
    /// What is not about one user, as far as it has changed.
    Shared(Box<Shared>),
    /// Everything up to here makes the snapshot with this serial.
    Commit {
        /// The snapshot's serial.
        serial: u64,
        /// When it was taken, by the bridge's clock.
        at: Timestamp,
        /// Whether the picture is whole.
        stage: CommitStage,
    },
    /// A line of a log.
    Log(LogRecord),
    /// So many lines of the log were too fast for this reader.
    LogLost(u64),
    /// What became of a request.
    Answer(Answer),
}

impl Frame {
    /// Whether anything would be missed without it: not of a row that has not changed.
    #[must_use]
    pub fn says_something(&self) -> bool {
        match self {
            Self::Row {
                row,
                lease,
                history,
                ..
            } => !row.is_empty() || lease.is_some() || history.is_some(),
            _ => true,
        }
    }
}

/// How much of a picture is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommitStage {
    /// All rows; their histories follow.
    Rows,
    /// Everything.
    Whole,
}

/// What has become of a list that grows at its end: the oldest entries are dropped, new ones added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tail<T> {
    /// How many of the old entries stay, counted from the newest.
    pub keep: usize,
    /// The new entries, oldest first.
    pub add: Vec<T>,
}

/// What has become of a history.
pub type HistoryTail = Tail<UserEvent>;

/// Values, and how often each was seen.
pub type Tally = Vec<(Arc<str>, u64)>;

/// What is not about one user. Each part is there where it has changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shared {
    /// [`model::snapshot::Snapshot::started_at`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Which tenant, which source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Arc<TenantView>>,
    /// Whether the bridge writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// Who is not matched, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmatched: Option<Arc<Vec<UnmatchedUser>>>,
    /// Whom the administrator took out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded: Option<Arc<Vec<ProcallUser>>>,
    /// The sum that adds up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<Arc<Coverage>>,
    /// The poll, without the two lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poll: Option<Arc<PollView>>,
    /// The requests of the last cycle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunks: Option<Arc<[ChunkView]>>,
    /// What has become of the list of the last cycles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cycles: Option<Tail<CycleView>>,
    /// The budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetView>,
    /// The leases, counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leases: Option<LeaseCounts>,
    /// How many echoes were suppressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub echoes_suppressed: Option<u64>,
    /// The directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<Arc<DirectoryView>>,
    /// The token; never the token itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<TokenView>,
    /// Every hop of the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Arc<Links>>,
    /// The bridge's clock minus Microsoft's, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_skew_ms: Option<i64>,
    /// How far the machine's clock is ahead of the bridge's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_ahead: Option<SignedDuration>,
    /// Values that no documentation names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_values: Option<Arc<Tally>>,
    /// Records that could not be read as they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odd_records: Option<Arc<Tally>>,
    /// How many lines never got to the log's disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_lines_lost: Option<u64>,
    /// Who else there is for this tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster: Option<Arc<ClusterView>>,
}

impl Shared {
    /// Whether nothing has changed but how much of the budget is used, which goes up and down all the time.
    #[must_use]
    pub fn is_budget_alone(&self) -> bool {
        let budget = self.budget.clone();
        *self
            == Self {
                budget,
                ..Self::default()
            }
    }
}

/// Which log a line is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogSource {
    /// The bridge's own.
    Ours,
    /// The followed log of UCServer.
    UcServer,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord {
    /// The log that it is from.
    pub source: LogSource,
    /// Its time of day; nothing where a followed line has none that can be read.
    pub at: Option<Timestamp>,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: Arc<str>,
    /// Which part it is about; may be empty.
    pub target: Arc<str>,
    /// Whom it is about.
    pub user: Option<UserName>,
    /// The message, without control characters and without secrets.
    pub text: Arc<str>,
}

/// Who is talking. Whose bridge it is stands in the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// [`PROTOCOL`] of the bridge.
    pub protocol: u32,
    /// The bridge's version of lampfield.
    pub version: Arc<str>,
    /// The present moment by the bridge's own clock, by which all times of the picture go.
    pub now: Timestamp,
    /// How many look, whoever is greeted included.
    pub watchers: usize,
}

/// Why nobody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The two speak different versions.
    Protocol {
        /// The bridge's.
        ours: u32,
    },
    /// As many look as may at a time.
    Full {
        /// How many that is.
        limit: usize,
    },
}

/// What those who look send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// The first line.
    Hello {
        /// Their [`PROTOCOL`].
        protocol: u32,
        /// Their version of lampfield.
        version: Arc<str>,
        /// Whether a summary will do: no more rows than those of users with something odd, and no log.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        summary: bool,
    },
    /// A wish of the administrator.
    Command {
        /// Told again in the answer.
        id: u64,
        /// The wish.
        command: Command,
    },
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The bridge has it.
    Taken {
        /// Of the command.
        id: u64,
    },
    /// Whoever asked may look and not command.
    NotAllowed {
        /// Of the command.
        id: u64,
    },
    /// The bridge is too busy to take it.
    Busy {
        /// Of the command.
        id: u64,
    },
}
