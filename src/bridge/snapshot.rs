//! What everybody who looks gets to see: one immutable picture of the whole bridge.
//!
//! The latest picture wins; nobody waits for anybody. A picture shares everything that did not
//! change with the one before, so that publishing 20,000 users costs next to nothing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::clock::elapsed;
use crate::graph::{BudgetView, Failure, RequestId, RequestTiming, TokenView};
use crate::presence::{
    CallActivity, CallKind, Coverage, EntraId, ProcallPresence, Rule, TeamsPresence, UnmatchedUser,
    UserName,
};
use crate::procall::{Obstacle, PresenceStep};

/// How many events of a user are kept: enough for the chain of causes of two calls. They are half of
/// all the memory that 20,000 users take.
pub const HISTORY_LENGTH: usize = 20;

/// A value is stale when its last good read is older than this many intervals (design, rule 3).
pub const STALE_INTERVALS: u32 = 3;

/// The whole picture.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Counts up with every picture.
    pub serial: u64,
    /// When it was taken.
    pub at: Timestamp,
    /// When the bridge started.
    pub started_at: Timestamp,
    /// Which tenant, which source.
    pub tenant: Arc<TenantView>,
    /// Whether we write.
    pub mode: Mode,
    /// Every matched user, in the order of ProCall's list.
    pub rows: Arc<Vec<Arc<UserRow>>>,
    /// When each row was last read; same order and length as [`Snapshot::rows`].
    pub reads: Arc<Vec<ReadMark>>,
    /// Who is not matched, and why.
    pub unmatched: Arc<Vec<UnmatchedUser>>,
    /// The sum that adds up.
    pub coverage: Arc<Coverage>,
    /// The poll.
    pub poll: Arc<PollView>,
    /// The budget.
    pub budget: BudgetView,
    /// The leases, counted.
    pub leases: LeaseCounts,
    /// How often our own InACall came back and was not taken for a Teams call.
    pub echoes_suppressed: u64,
    /// The directory.
    pub directory: Arc<DirectoryView>,
    /// The token.
    pub token: TokenView,
    /// Every hop of the way.
    pub links: Arc<Links>,
    /// Our clock minus Microsoft's, in milliseconds, from the `Date` header.
    pub clock_skew_ms: Option<i64>,
    /// Values that no documentation names, and how often they were seen.
    pub unknown_values: Arc<Vec<(Arc<str>, u64)>>,
}

/// What does not change while the bridge runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
}

/// Whether we write to Teams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// We do.
    #[default]
    Writing,
    /// We only show what we would write.
    Observing(ObserveReason),
    /// The administrator has paused writing.
    Paused,
}

/// Why we only observe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    NoState(Arc<str>),
    /// estos' own Teams integration is active on this UCServer.
    NativeIntegration,
}

/// One matched user.
#[derive(Clone, Debug, PartialEq)]
pub struct UserRow {
    /// The user name: the row's identity.
    pub user_name: UserName,
    /// The name people know. Harmless text.
    pub display_name: Arc<str>,
    /// Extension or number; may be empty.
    pub phone: Arc<str>,
    /// Entra's object id.
    pub entra_id: EntraId,
    /// The last pair that Graph gave; nothing before the first read, or while Graph has none.
    pub teams: Option<TeamsPresence>,
    /// `isOutOfOffice` of the last read.
    pub out_of_office: bool,
    /// Since when the pair is what it is (as we saw it).
    pub since: Option<Timestamp>,
    /// The rule of the mapping for the pair: lamp and tooltip.
    pub rule: &'static Rule,
    /// What we hold in ProCall for this user.
    pub procall: ProcallPresence,
    /// Since when.
    pub procall_since: Option<Timestamp>,
    /// Calls that last (and those that ring), as ProCall reports them.
    pub calls: Arc<[CallView]>,
    /// What we hold, or are about to hold, in Teams. Most of the 20,000 have none, and no room for
    /// one either.
    pub lease: Option<Box<LeaseView>>,
    /// What is wrong or odd, worst first; empty for most.
    pub notes: Arc<[Note]>,
    /// Writing is paused for this user.
    pub paused: bool,
    /// Whether ProCall has given the user the Teams right (bit 8192), where it says.
    pub teams_right: Option<bool>,
    /// The last [`HISTORY_LENGTH`] events, oldest first.
    pub history: History,
}

/// The last events of a user, oldest first.
pub type History = Arc<VecDeque<UserEvent>>;

/// When a row was last read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadMark {
    /// When the last good answer arrived; nothing before the first.
    pub read_at: Option<Timestamp>,
    /// How long that request took.
    pub latency: Duration,
    /// How many reads in a row failed since.
    pub failures: u32,
}

impl ReadMark {
    /// The age of the value.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<Duration> {
        self.read_at.map(|read| elapsed(read, now))
    }

    /// Whether the value is too old to be believed; also where there is none yet.
    #[must_use]
    pub fn is_stale(&self, now: Timestamp, interval: Duration) -> bool {
        self.age(now)
            .is_none_or(|age| age > interval.saturating_mul(STALE_INTERVALS))
    }
}

/// One call of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallView {
    /// What kind.
    pub kind: CallKind,
    /// Talking; otherwise it rings.
    pub connected: bool,
    /// Since when.
    pub since: Timestamp,
}

/// A lease as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseView {
    /// What it asserts.
    pub activity: CallActivity,
    /// Where it stands.
    pub phase: LeasePhase,
    /// When it was first accepted; while it is being set, when it was ordered.
    pub set_at: Timestamp,
    /// When it ends by itself; with [`LeasePhase::Settling`], when the window ends.
    pub expires_at: Timestamp,
    /// When it will be renewed, if the call lasts.
    pub renew_at: Option<Timestamp>,
    /// How often it was renewed.
    pub renewals: u32,
    /// What the polls say.
    pub verdict: Verdict,
    /// From accepted to the read that gave the verdict.
    pub verdict_after: Option<Duration>,
    /// What hides it, with [`Verdict::Masked`].
    pub masked_by: Option<TeamsPresence>,
    /// `request-id` of the last accepted write.
    pub request_id: Option<RequestId>,
}

/// Where a lease stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LeasePhase {
    /// It would be set if we were writing.
    Observed,
    /// Ordered, not accepted yet.
    Setting,
    /// Accepted.
    Held,
    /// The call is over; the clear is ordered.
    Clearing,
    /// Cleared or expired; InACall from Graph still counts as ours until the window ends.
    Settling,
}

/// What the polls say about a lease.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No poll has seen it yet.
    #[default]
    Pending,
    /// A poll has seen it.
    Confirmed,
    /// A status set by hand, or a stronger one, hides it.
    Masked,
    /// Graph accepted it, yet nothing came of it.
    NoEffect,
}

impl Verdict {
    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Masked => "masked",
            Self::NoEffect => "no_effect",
        }
    }
}

/// What is wrong or odd about a user; the order of the variants is the order of severity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The last write failed; it is tried again.
    WriteFailing(Arc<str>),
    /// Graph accepted the lease, yet nothing came of it.
    NoEffect,
    /// The lease is hidden by this Teams status.
    Masked(Arc<str>),
    /// ProCall itself is in the way: a right is missing, or somebody set a presence by hand.
    Obstacle(Obstacle),
    /// The last good read is older than three intervals.
    Stale,
    /// The answer had no entry for this user.
    Missing,
    /// Graph says PresenceUnknown, null, or a value that is documented nowhere.
    Unknown(Arc<str>),
    /// The presence changed more often than a person changes it.
    Flapping,
    /// InACall came back while we hold (or just gave back) a lease: ours, not a Teams call.
    EchoHeld,
    /// We only observe: this is what would be written.
    WouldWrite(CallActivity),
    /// Writing is paused for this user.
    Paused,
}

impl Note {
    /// The name in JSON.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WriteFailing(_) => "write_failing",
            Self::NoEffect => "no_effect",
            Self::Masked(_) => "masked",
            Self::Obstacle(_) => "obstacle",
            Self::Stale => "stale",
            Self::Missing => "missing",
            Self::Unknown(_) => "unknown",
            Self::Flapping => "flapping",
            Self::EchoHeld => "echo_held",
            Self::WouldWrite(_) => "would_write",
            Self::Paused => "paused",
        }
    }

    /// Whether it says only that all is well: a held echo belongs to every lease that works.
    #[must_use]
    pub const fn is_usual(&self) -> bool {
        matches!(self, Self::EchoHeld)
    }
}

impl UserRow {
    /// The worst of what is odd about the user: what tables, files and lines say in one word.
    #[must_use]
    pub fn odd_note(&self) -> Option<&Note> {
        self.notes.iter().find(|note| !note.is_usual())
    }
}

/// One link of the chain of causes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserEvent {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: UserEventKind,
}

/// See [`UserEvent`]. Kept small: 20,000 users keep twenty each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserEventKind {
    /// A call rings.
    CallRinging(CallKind),
    /// A call is connected.
    CallConnected(CallKind),
    /// A call is over.
    CallEnded(CallKind),
    /// A lease was ordered.
    LeaseOrdered(CallActivity),
    /// We only observe: this would have been written (`None`: cleared).
    WouldWrite(Option<CallActivity>),
    /// Graph accepted the lease.
    LeaseAccepted(CallActivity, Option<RequestId>),
    /// Graph accepted the renewal.
    LeaseRenewed(CallActivity, Option<RequestId>),
    /// Graph accepted the clear (or there was nothing to clear).
    LeaseCleared(Option<RequestId>),
    /// The lease ran out before it could be cleared.
    LeaseExpired,
    /// A lease of an earlier run was taken over.
    LeaseAdopted(CallActivity),
    /// A write failed.
    WriteFailed(Arc<Failure>),
    /// A read gave a verdict.
    Verdict(Verdict, Duration),
    /// Teams shows something else.
    TeamsChanged(TeamsPresence),
    /// Our own InACall came back and was held.
    EchoHeld,
    /// InACall stayed after the settling window: a real Teams call.
    EchoReleased,
    /// ProCall was told, by this rule of the mapping.
    ProcallSet(ProcallPresence, &'static Rule),
    /// What became of it in ProCall.
    ProcallStep(PresenceStep),
    /// The value became stale.
    BecameStale,
    /// It is fresh again.
    BecameFresh,
}

/// The poll.
#[derive(Clone, Debug, Default)]
pub struct PollView {
    /// The interval in force.
    pub interval: Duration,
    /// Which cycle, counted from 1; 0 before the first.
    pub cycle: u64,
    /// When the last finished cycle began.
    pub started_at: Option<Timestamp>,
    /// How long it took.
    pub duration: Duration,
    /// Its requests.
    pub requests: u32,
    /// Its failed requests.
    pub errors: u32,
    /// How late it began.
    pub late: Duration,
    /// When the next one is due.
    pub next_at: Option<Timestamp>,
    /// When anything was last read well.
    pub last_good_at: Option<Timestamp>,
    /// Latency of the requests of the last minutes.
    pub latency: LatencyView,
    /// Lateness of the cycles of the last minutes, 95th percentile.
    pub late_p95: Duration,
    /// The chunks of the last cycle.
    pub chunks: Arc<[ChunkView]>,
    /// The last cycles, oldest first.
    pub cycles: Arc<VecDeque<CycleView>>,
    /// Failed requests of the last minute.
    pub errors_last_minute: u32,
    /// Users per request.
    pub chunk_size: usize,
}

/// Percentiles over the requests of the last minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LatencyView {
    /// Median.
    pub p50: Duration,
    /// 95th percentile.
    pub p95: Duration,
    /// 99th percentile.
    pub p99: Duration,
    /// The slowest.
    pub max: Duration,
    /// How many requests.
    pub samples: usize,
}

/// One request of a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChunkView {
    /// Which.
    pub chunk: usize,
    /// When.
    pub timing: RequestTiming,
    /// How many ids were asked for.
    pub users: usize,
    /// What went wrong.
    pub failure: Option<Arc<Failure>>,
}

/// One cycle, for the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CycleView {
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// How late it began.
    pub late: Duration,
    /// The slowest request.
    pub slowest: Duration,
    /// Failed requests.
    pub errors: u32,
}

/// The leases, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeaseCounts {
    /// Held (confirmed, masked, without effect or pending).
    pub held: usize,
    /// Seen by a poll.
    pub confirmed: usize,
    /// Hidden.
    pub masked: usize,
    /// Without effect.
    pub no_effect: usize,
}

/// The directory.
#[derive(Clone, Debug, Default)]
pub struct DirectoryView {
    /// Users in Entra.
    pub entra_users: usize,
    /// When it was last read in full.
    pub full_at: Option<Timestamp>,
    /// When a delta was last read.
    pub delta_at: Option<Timestamp>,
    /// Why the last attempt failed, if it did.
    pub failure: Option<Arc<Failure>>,
}

/// Every hop of the way.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The token endpoint.
    pub entra: Link,
    /// Reading presence.
    pub graph_read: Link,
    /// Writing presence.
    pub graph_write: Link,
    /// The ProCall source.
    pub procall: Link,
    /// Log and ledger on disk.
    pub storage: Link,
}

/// One hop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// How it is.
    pub status: LinkStatus,
    /// When it last worked.
    pub last_ok: Option<Timestamp>,
    /// When it last failed, and how, in plain words.
    pub last_error: Option<(Timestamp, Arc<str>)>,
    /// How long the last use took.
    pub latency: Option<Duration>,
}

/// See [`Link`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// Not used yet.
    #[default]
    Idle,
    /// The last use worked.
    Up,
    /// Some uses fail.
    Degraded,
    /// The last uses failed.
    Down,
}

impl Snapshot {
    /// The picture before anything is known.
    #[must_use]
    pub fn empty(tenant: Arc<TenantView>, at: Timestamp) -> Self {
        Self {
            serial: 0,
            at,
            started_at: at,
            tenant,
            mode: Mode::default(),
            rows: Arc::default(),
            reads: Arc::default(),
            unmatched: Arc::default(),
            coverage: Arc::default(),
            poll: Arc::default(),
            budget: BudgetView::default(),
            leases: LeaseCounts::default(),
            echoes_suppressed: 0,
            directory: Arc::default(),
            token: TokenView::default(),
            links: Arc::default(),
            clock_skew_ms: None,
            unknown_values: Arc::default(),
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
        self.reads.get(at).copied().unwrap_or_default()
    }
}
