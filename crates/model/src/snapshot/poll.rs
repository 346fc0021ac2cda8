//! The poll: its timing, its chunks, its last cycles.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::{Failure, RequestTiming};
use crate::cause::Trouble;

/// Timing and outcome of the last poll cycles. Written without the two lists, which change seldom
/// and go by themselves.
#[derive(Clone, Debug, Default, Serialize, Deserialize, PartialEq)]
pub struct PollView {
    /// The interval in force.
    pub interval: Duration,
    /// An administrator has chosen it at a console: it is not the configuration's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub chosen: bool,
    /// Which cycle, counted from 1; 0 before the first.
    pub cycle: u64,
    /// When the last finished cycle began.
    pub started_at: Option<Timestamp>,
    /// How long it took.
    pub duration: Duration,
    /// Requests that it sent, retries and bisection included.
    pub requests: u32,
    /// Requests of it that failed.
    pub errors: u32,
    /// How late it began.
    pub late: Duration,
    /// When the next one is due; while one is running, when that one was.
    pub next_at: Option<Timestamp>,
    /// Since when one has been running; nothing between two of them.
    #[serde(default)]
    pub running_since: Option<Timestamp>,
    /// Graph answers nobody: what it said last.
    pub down: Option<Trouble>,
    /// When anything was last read well.
    pub last_good_at: Option<Timestamp>,
    /// Latency of the requests of the last minutes.
    pub latency: LatencyView,
    /// Lateness of the cycles of the last minutes, 95th percentile.
    pub late_p95: Duration,
    /// The chunks of the last cycle.
    #[serde(skip)]
    pub chunks: Arc<[ChunkView]>,
    /// The last cycles, oldest first.
    #[serde(skip)]
    pub cycles: Arc<VecDeque<CycleView>>,
    /// Failed requests of the last minute.
    pub errors_last_minute: u32,
    /// Users per request.
    pub chunk_size: usize,
}

/// Percentiles over the requests of the last minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyView {
    /// Half of the requests took no longer.
    pub p50: Duration,
    /// 95 % of the requests took no longer.
    pub p95: Duration,
    /// 99 % of the requests took no longer.
    pub p99: Duration,
    /// The slowest request took so long.
    pub max: Duration,
    /// How many requests.
    pub samples: usize,
}

/// One request of a poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkView {
    /// The number of the chunk within its cycle.
    pub chunk: usize,
    /// When the request was due, sent and answered.
    pub timing: RequestTiming,
    /// How many ids were asked for.
    pub users: usize,
    /// What went wrong.
    pub failure: Option<Arc<Failure>>,
}

/// One cycle, for the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleView {
    /// When it began.
    pub started: Timestamp,
    /// How long it took.
    pub duration: Duration,
    /// How late it began.
    pub late: Duration,
    /// The slowest request.
    pub slowest: Duration,
    /// Requests of the cycle that failed.
    pub errors: u32,
}
