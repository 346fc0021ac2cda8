//! What everybody who looks gets to see: everything the bridge knows, immutable.
//!
//! The latest snapshot wins; nobody waits for anybody. A snapshot shares everything that did not
//! change with the one before, so that publishing 20,000 users costs next to nothing.

mod change;
mod cluster;
mod event;
mod history;
mod lease;
mod links;
mod marks;
mod packed;
mod poll;
mod seen;
mod shown;
mod user;

pub use change::{LeaseChange, Parts, RowChange};
pub use cluster::{ClusterView, EngineView, MemberView};
pub use event::{UserEvent, UserEventKind};
pub use history::{HISTORY_LENGTH, History};
pub use lease::{LeaseCounts, LeasePhase, LeaseView, Verdict};
pub use marks::{MarkRun, ReadMarks};

pub use links::{DirectoryView, Link, LinkStatus, Links};
pub use poll::{ChunkView, CycleView, LatencyView, PollView};
pub use seen::{BridgeView, Lack, Missing, PastView, Seen};
pub use shown::InProcall;
pub use user::{CallView, Note, ReadMark, STALE_INTERVALS, UserRow};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::answer::{BudgetView, TokenView};
use crate::cause::Trouble;
use crate::presence::{Coverage, ProcallUser, UnmatchedUser, UserName};

/// Everything the bridge knows at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Counts up with every snapshot.
    pub serial: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// When the bridge started.
    pub started_at: Timestamp,
    /// Which tenant, which source.
    pub tenant: Arc<TenantView>,
    /// How it came to whoever shows it.
    pub seen: Seen,
    /// Whether we write.
    pub mode: Mode,
    /// Every matched user, in the order of ProCall's list.
    pub rows: Arc<Vec<Arc<UserRow>>>,
    /// When each row was last read; same order and length as [`Snapshot::rows`].
    pub reads: Arc<ReadMarks>,
    /// Who is not matched, and why.
    pub unmatched: Arc<Vec<UnmatchedUser>>,
    /// Whom the administrator took out.
    pub excluded: Arc<Vec<ProcallUser>>,
    /// The sum that adds up.
    pub coverage: Arc<Coverage>,
    /// Timing and outcome of the last poll cycles.
    pub poll: Arc<PollView>,
    /// How much of Graph's request budget is used.
    pub budget: BudgetView,
    /// The leases, counted.
    pub leases: LeaseCounts,
    /// How often our own InACall came back and was not taken for a Teams call.
    pub echoes_suppressed: u64,
    /// When Entra's directory was read, and how many users it had.
    pub directory: Arc<DirectoryView>,
    /// Whether there is a token, and until when.
    pub token: TokenView,
    /// Every hop of the way.
    pub links: Arc<Links>,
    /// Our clock minus Microsoft's, in milliseconds, from the `Date` header.
    pub clock_skew_ms: Option<i64>,
    /// How far the machine's clock is ahead of the time that everything here goes by, because
    /// somebody has set it since the start: to be added where a time of day is shown.
    pub wall_ahead: SignedDuration,
    /// Values that no documentation names, and how often they were seen.
    pub unknown_values: Arc<Vec<(Arc<str>, u64)>>,
    /// Records of Graph's answers that could not be read as they came, and how often.
    pub odd_records: Arc<Vec<(Arc<str>, u64)>>,
    /// Lines of the log since the start that never got to its disk.
    pub log_lines_lost: u64,
    /// Who else there is for this tenant; nothing without `[cluster]`.
    pub cluster: Option<Arc<ClusterView>>,
}

/// What does not change while the bridge runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantView {
    /// Tenant id or domain.
    pub tenant_id: Arc<str>,
    /// Whether this is the demo tenant.
    pub demo: bool,
    /// Host of Graph.
    pub graph_host: Arc<str>,
    /// Host of Entra.
    pub authority_host: Arc<str>,
    /// The ProCall source.
    pub procall: Arc<str>,
    /// The process that is its bridge.
    pub bridge: BridgeView,
    /// The least severe level that its log records (`info`); nothing where it does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_level: Option<Arc<str>>,
    /// Its name in the configuration of a bridge that carries several tenants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<Arc<str>>,
}

impl TenantView {
    /// What people call it: its name in the configuration, where it has one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.site.as_deref().unwrap_or(&self.tenant_id)
    }
}

/// Whether we write to Teams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// This process writes to Teams.
    #[default]
    Writing,
    /// We only show what we would write.
    Observing(ObserveReason),
    /// The administrator has paused writing.
    Paused,
}

impl Mode {
    /// Whether it is this process's to write: now, or when the administrator resumes it.
    #[must_use]
    pub const fn may_write(&self) -> bool {
        matches!(self, Self::Writing | Self::Paused)
    }

    /// Whether another lampfield on this machine is the tenant's bridge.
    #[must_use]
    pub const fn is_beside_bridge(&self) -> bool {
        matches!(self, Self::Observing(ObserveReason::OtherWriter { .. }))
    }

    /// Whether another member of the cluster leads, so that this process keeps quiet.
    #[must_use]
    pub const fn is_standby(&self) -> bool {
        matches!(self, Self::Observing(ObserveReason::Standby))
    }
}

/// Why we only observe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObserveReason {
    /// `--observe`.
    Flag,
    /// `set.enabled = false`.
    Config,
    /// A command that never writes (`snapshot`, `watch`).
    ReadOnlyCommand,
    /// Another lampfield on this machine writes for this tenant.
    OtherWriter {
        /// Its process id, where it could be read.
        pid: Option<u32>,
    },
    /// The state directory cannot be used, so leases could not be cleared after a crash.
    NoState(Trouble),
    /// estos' own Teams integration is active on this UCServer.
    NativeIntegration,
    /// Another member of the cluster leads, or nobody does yet.
    Standby,
    /// The engine of the cluster is lost, and with it the right to write.
    EngineLost,
}

impl Snapshot {
    /// Whether whoever leads cannot be heard: what is shown is what it showed last, and it hears of no command.
    #[must_use]
    pub fn is_cut_off_from_leader(&self) -> bool {
        let cluster = self.cluster.as_ref();
        self.mode.is_standby() && cluster.is_some_and(|it| it.engine.is_lost())
    }

    /// The snapshot before anything is known.
    #[must_use]
    pub fn empty(tenant: Arc<TenantView>, at: Timestamp) -> Self {
        Self {
            serial: 0,
            at,
            started_at: at,
            tenant,
            seen: Seen::Own,
            mode: Mode::default(),
            rows: Arc::default(),
            reads: Arc::default(),
            unmatched: Arc::default(),
            excluded: Arc::default(),
            coverage: Arc::default(),
            poll: Arc::default(),
            budget: BudgetView::default(),
            leases: LeaseCounts::default(),
            echoes_suppressed: 0,
            directory: Arc::default(),
            token: TokenView::default(),
            links: Arc::default(),
            clock_skew_ms: None,
            wall_ahead: SignedDuration::ZERO,
            unknown_values: Arc::default(),
            odd_records: Arc::default(),
            log_lines_lost: 0,
            cluster: None,
        }
    }

    /// The row of a user.
    #[must_use]
    pub fn row(&self, user_name: &UserName) -> Option<(usize, &Arc<UserRow>)> {
        self.rows
            .iter()
            .enumerate()
            .find(|(_, row)| row.user_name == *user_name)
    }

    /// When the row at this index was last read.
    #[must_use]
    pub fn read_mark(&self, at: usize) -> ReadMark {
        self.reads.get(at).unwrap_or_default()
    }
}
