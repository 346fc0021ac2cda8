//! The timing of the poll as it is shown: lateness is ours, latency is the network's and
//! Microsoft's; they are never added up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tracing::Level;

use super::super::event::{ChunkRead, CycleEnd};
use super::super::line::{LineValues, LogTarget};
use super::Core;
use super::journal::{several, span};
use graph::Failure;
use model::cause::Trouble;
use model::clock::{advance, elapsed};
use model::snapshot::{ChunkView, CycleView, LatencyView, PollView};

/// Percentiles are taken over the requests of this time.
const LATENCY_WINDOW: Duration = Duration::from_mins(5);

/// At most so many requests: five minutes of 20,000 users at 5 s are 1,860.
const LATENCY_SAMPLES: usize = 4096;

/// Cycles that are remembered: ten minutes at 5 s.
const CYCLES: usize = 120;

/// Chunks of a cycle that are remembered; a bisection may make many.
const CHUNKS: usize = 1024;

/// Failed requests are counted over this time.
const ERROR_WINDOW: Duration = Duration::from_mins(1);

/// What is needed to show the poll.
#[derive(Debug)]
pub(super) struct Polling {
    view: Arc<PollView>,
    latencies: VecDeque<(Timestamp, Duration)>,
    errors: VecDeque<Timestamp>,
    chunks: Vec<ChunkView>,
    chunk_size: usize,
    held: bool,
}

impl Polling {
    pub(super) fn new(interval: Duration) -> Self {
        let view = PollView {
            interval,
            ..PollView::default()
        };
        Self {
            view: Arc::new(view),
            latencies: VecDeque::new(),
            errors: VecDeque::new(),
            chunks: Vec::new(),
            chunk_size: 0,
            held: false,
        }
    }

    pub(super) fn view(&self) -> Arc<PollView> {
        Arc::clone(&self.view)
    }

    pub(super) fn set_interval(&mut self, interval: Duration, chosen: bool) {
        let view = Arc::make_mut(&mut self.view);
        (view.interval, view.chosen) = (interval, chosen);
    }

    /// Nothing is to be polled, or everything again; whether that is new.
    pub(super) const fn hold(&mut self, hold: bool) -> bool {
        std::mem::replace(&mut self.held, hold) != hold
    }

    /// Whether somebody else polls.
    pub(super) const fn is_held(&self) -> bool {
        self.held
    }

    /// A cycle has begun, or the next one is due at another time.
    pub(super) fn moved(&mut self, running_since: Option<Timestamp>, next_at: Timestamp) {
        let view = Arc::make_mut(&mut self.view);
        view.running_since = running_since;
        view.next_at = Some(next_at);
    }

    fn set_down(&mut self, why: Option<Trouble>) {
        Arc::make_mut(&mut self.view).down = why;
    }

    /// When anything was last read well.
    pub(super) fn last_good_at(&self) -> Option<Timestamp> {
        self.view.last_good_at
    }

    /// Takes note of one request.
    pub(super) fn chunk(&mut self, read: &ChunkRead, now: Timestamp) {
        let failure = read.outcome.as_ref().err();
        let view = Arc::make_mut(&mut self.view);
        if failure.is_none() {
            view.last_good_at = view.last_good_at.max(Some(read.timing.finished));
        } else {
            push_bounded(&mut self.errors, now, LATENCY_SAMPLES);
        }
        forget_before(&mut self.errors, now, ERROR_WINDOW, |at| *at);
        view.errors_last_minute = count(self.errors.len());
        self.chunk_size = self.chunk_size.max(read.asked.len());
        let sample = (read.timing.finished, read.timing.latency());
        push_bounded(&mut self.latencies, sample, LATENCY_SAMPLES);
        if self.chunks.len() < CHUNKS {
            self.chunks.push(ChunkView {
                chunk: read.chunk,
                timing: read.timing,
                users: read.asked.len(),
                failure: failure.map(|failure| Arc::new(failure.clone())),
            });
        }
    }

    /// Takes note of a whole cycle.
    pub(super) fn cycle(&mut self, end: &CycleEnd, now: Timestamp) -> CycleView {
        let mut chunks = std::mem::take(&mut self.chunks);
        chunks.sort_by_key(|chunk| (chunk.chunk, chunk.timing.started));
        let slowest = chunks.iter().map(|chunk| chunk.timing.latency()).max();
        let cycle = CycleView {
            started: end.started,
            duration: elapsed(end.started, end.finished),
            late: elapsed(end.scheduled, end.started),
            slowest: slowest.unwrap_or_default(),
            errors: end.errors,
        };
        forget_before(&mut self.latencies, now, LATENCY_WINDOW, |(at, _)| *at);
        forget_before(&mut self.errors, now, ERROR_WINDOW, |at| *at);
        let view = Arc::make_mut(&mut self.view);
        view.cycle = end.cycle;
        view.started_at = Some(end.started);
        view.duration = cycle.duration;
        view.requests = end.requests;
        view.errors = end.errors;
        view.late = cycle.late;
        view.next_at = Some(end.next_at);
        view.running_since = None;
        view.latency = percentiles(self.latencies.iter().map(|(_, latency)| *latency));
        let cycles = Arc::make_mut(&mut view.cycles);
        push_bounded(cycles, cycle, CYCLES);
        let window = advance_back(now, LATENCY_WINDOW);
        let recent = cycles.iter().filter(|cycle| cycle.started >= window);
        view.late_p95 = percentiles(recent.map(|cycle| cycle.late)).p95;
        view.chunks = chunks.into();
        view.errors_last_minute = count(self.errors.len());
        view.chunk_size = std::mem::take(&mut self.chunk_size).max(view.chunk_size);
        cycle
    }
}

fn push_bounded<T>(ring: &mut VecDeque<T>, item: T, limit: usize) {
    while ring.len() >= limit {
        ring.pop_front();
    }
    ring.push_back(item);
}

fn forget_before<T>(
    ring: &mut VecDeque<T>,
    now: Timestamp,
    window: Duration,
    at: impl Fn(&T) -> Timestamp,
) {
    while ring
        .front()
        .is_some_and(|item| elapsed(at(item), now) > window)
    {
        ring.pop_front();
    }
}

fn advance_back(now: Timestamp, by: Duration) -> Timestamp {
    let by = jiff::SignedDuration::try_from(by).unwrap_or(jiff::SignedDuration::MAX);
    now.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

/// Nearest-rank percentiles.
fn percentiles(samples: impl Iterator<Item = Duration>) -> LatencyView {
    let mut sorted: Vec<Duration> = samples.collect();
    sorted.sort_unstable();
    let rank = |percent: usize| {
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    };
    LatencyView {
        p50: rank(50),
        p95: rank(95),
        p99: rank(99),
        max: rank(100),
        samples: sorted.len(),
    }
}

impl Core {
    /// Graph answers nobody, or does again: said once each.
    pub(super) fn graph_down(&mut self, failure: Option<Failure>) {
        let values = failure.as_ref().map(LineValues::from).unwrap_or_default();
        let why = failure.map(|failure| failure.trouble());
        self.polling.set_down(why.clone());
        let (level, message) = match why {
            Some(why) => (
                Level::ERROR,
                format!(
                    "Graph is down for everybody: {why}. It is asked by one request a cycle, ever more seldom, until it answers"
                ),
            ),
            None => (Level::INFO, "Graph answers again".to_owned()),
        };
        self.log_of(values, level, LogTarget::Poll, None, message);
    }

    pub(super) fn cycle_ended(&mut self, end: &CycleEnd, now: Timestamp) {
        let cycle = self.polling.cycle(end, now);
        self.links.cycle(end);
        self.hold_polling();
        self.log_what_was_left_out();
        let message = format!(
            "cycle {}: {} in {}, {}, {} late, slowest request {}, {}",
            end.cycle,
            several(self.roster.users().len(), "user"),
            several(end.requests as usize, "request"),
            span(cycle.duration),
            span(cycle.late),
            span(cycle.slowest),
            several(end.errors as usize, "error")
        );
        let level = if end.errors == 0 {
            Level::INFO
        } else {
            Level::WARN
        };
        self.log(level, LogTarget::Poll, None, message);
        self.watch_cycle(end, &cycle, now);
        self.check_freshness(now);
        let later = self.settings.interval.saturating_mul(3) / 2;
        self.alarms.check_freshness_at(advance(now, later));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let view = percentiles((1..=100).map(Duration::from_millis));
        assert_eq!(view.p50, Duration::from_millis(50));
        assert_eq!(view.p95, Duration::from_millis(95));
        assert_eq!(view.p99, Duration::from_millis(99));
        assert_eq!((view.max, view.samples), (Duration::from_millis(100), 100));
        assert_eq!(percentiles(std::iter::empty()), LatencyView::default());
    }
}
