//! The poll: its timing, its chunks, its last cycles.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::answer::{Failure, RequestTiming};
use crate::cause::Trouble;

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
    /// Graph answers nobody: what it said last.
    pub down: Option<Trouble>,
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
