//! The metrics, one row each.

use std::sync::Arc;
use std::time::Duration;

use model::answer::{FailureKind, Priority};
use model::presence::UnmatchedReason;
use model::snapshot::{ClusterView, Link, LinkStatus, Mode, Snapshot};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;

use super::{Number, Reading, Sample, seconds};

/// A metric.
#[derive(Debug)]
pub struct Metric {
    /// Its name without the prefix, the unit, and what counters end in.
    pub name: &'static str,
    /// What it says, without a full stop.
    pub help: &'static str,
    /// The name of its label, where it has one.
    pub label: Option<&'static str>,
    kind: Kind,
    samples: fn(&Reading) -> Vec<Sample>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Something that goes up and down.
    Gauge,
    /// The same, in seconds.
    Seconds,
    /// What only ever grows while the bridge runs.
    Counter,
    /// A text, as its label's value.
    Info,
}

impl Metric {
    /// Its name as Prometheus has it.
    #[must_use]
    pub fn full_name(&self) -> String {
        let (prefix, name) = (super::PREFIX, self.name);
        match self.kind {
            Kind::Gauge => format!("{prefix}_{name}"),
            Kind::Seconds => format!("{prefix}_{name}_seconds"),
            Kind::Counter => format!("{prefix}_{name}_total"),
            Kind::Info => format!("{prefix}_{name}_info"),
        }
    }

    pub(super) fn unit(&self) -> Option<Unit> {
        (self.kind == Kind::Seconds).then_some(Unit::Seconds)
    }

    pub(super) const fn kind(&self) -> MetricType {
        match self.kind {
            Kind::Gauge | Kind::Seconds => MetricType::Gauge,
            Kind::Counter => MetricType::Counter,
            Kind::Info => MetricType::Info,
        }
    }

    pub(super) fn samples(&self, reading: &Reading) -> Vec<Sample> {
        (self.samples)(reading)
    }
}

macro_rules! metrics {
    ($($kind:ident $name:ident $([$label:ident])?, $help:literal, $samples:expr;)*) => {
        /// All metrics, in the order in which they are written.
        pub const METRICS: &[Metric] = &[$(Metric {
            name: stringify!($name),
            help: $help,
            label: metrics!(@label $($label)?),
            kind: Kind::$kind,
            samples: $samples,
        },)*];
    };
    (@label $label:ident) => { Some(stringify!($label)) };
    (@label) => { None };
}

metrics! {
    Info build [version], "The version of the bridge",
        |r| vec![labelled(&r.snapshot.tenant.bridge.version, Number::Whole(1))];
    Seconds bridge_start_time, "When the bridge started, since 1970",
        |r| one(Number::Real(r.time_of_day(r.snapshot.started_at)));
    Gauge bridge_mode [mode], "1 for what the bridge does: writing, observing or paused",
        |r| modes(&r.snapshot.mode);
    Gauge cluster_leader, "1 where this process leads its cluster, 0 where it does not; nothing without a cluster",
        |r| clustered(r, |_| r.snapshot.mode == Mode::Writing);
    Gauge cluster_members, "Members of the cluster that were heard a moment ago; nothing without a cluster",
        |r| members(&r.snapshot);
    Gauge engine_up, "0 where the engine of the cluster is lost, else 1; nothing without a cluster",
        |r| clustered(r, |cluster| !cluster.engine.is_lost());
    Gauge procall_users, "Users that ProCall lists",
        |r| one(count(r.snapshot.coverage.procall_users));
    Gauge matched_users, "Users whose presence is carried",
        |r| one(count(r.snapshot.coverage.matched));
    Gauge excluded_users, "Users that the administrator took out",
        |r| one(count(r.snapshot.coverage.excluded));
    Gauge unmatched_users [reason], "Users of ProCall whose presence is not carried, and why",
        |r| unmatched(&r.snapshot);
    Gauge stale_users, "Matched users whose last good read is older than three intervals",
        |r| one(count(stale(r)));
    Gauge directory_users, "Users that Entra lists",
        |r| one(count(r.snapshot.directory.entra_users));
    Seconds directory_last_read_timestamp, "When the directory was last read, since 1970",
        |r| at(r, r.snapshot.directory.full_at.max(r.snapshot.directory.delta_at));
    Gauge leases [verdict], "Leases held in Teams, by what the polls say of them",
        |r| leases(&r.snapshot);
    Counter echoes_suppressed, "How often our own InACall came back and was not taken for a Teams call",
        |r| one(Number::Whole(r.snapshot.echoes_suppressed));
    Counter poll_cycles, "Poll cycles that have ended",
        |r| one(Number::Whole(r.snapshot.poll.cycle));
    Seconds poll_interval, "From one poll to the next",
        |r| time(r.snapshot.poll.interval);
    Seconds poll_duration, "How long the last poll took",
        |r| of_cycle(r, time(r.snapshot.poll.duration));
    Seconds poll_lateness, "How late the last poll began",
        |r| of_cycle(r, time(r.snapshot.poll.late));
    Gauge poll_requests, "Requests of the last poll",
        |r| of_cycle(r, one(Number::Whole(r.snapshot.poll.requests.into())));
    Gauge poll_errors, "Requests of the last poll that failed",
        |r| of_cycle(r, one(Number::Whole(r.snapshot.poll.errors.into())));
    Seconds poll_last_success_timestamp, "When presence was last read well, since 1970",
        |r| at(r, r.snapshot.poll.last_good_at);
    Seconds poll_last_success_age, "How long ago presence was last read well",
        |r| age(r);
    Seconds request_latency [percentile], "How long requests for presence took within the last minutes",
        |r| latency(&r.snapshot);
    Counter requests [purpose], "Requests to Graph, those for a token not among them",
        |r| requests(&r.snapshot);
    Counter request_failures [kind], "Calls of Graph that failed, by kind",
        |r| failures(&r.snapshot);
    Counter throttled_requests, "Requests that Graph answered with 429",
        |r| one(Number::Whole(r.snapshot.budget.throttled_total));
    Seconds throttle_remaining, "How long nothing is sent because Graph asked to wait, 0 where it does not",
        |r| throttle(r);
    Gauge budget_used_requests, "Requests of the last 30 seconds",
        |r| one(Number::Whole(r.snapshot.budget.used_30s.into()));
    Gauge budget_limit_requests, "Requests that Microsoft allows in 30 seconds, as configured",
        |r| one(Number::Whole(r.snapshot.budget.limit_30s.into()));
    Gauge budget_allowed_requests, "Requests that the bridge allows itself in 30 seconds now",
        |r| one(Number::Whole(r.snapshot.budget.allowed_30s.into()));
    Gauge budget_waiting_requests, "Requests that wait for their turn",
        |r| one(Number::Whole(r.snapshot.budget.waiting.into()));
    Gauge link_up [link], "0 where the last uses of a link failed, 1 where they did not; nothing before its first use",
        |r| links(&r.snapshot);
    Seconds procall_silence, "How long nothing has been heard of ProCall, 0 while it is heard",
        |r| silence(r);
    Seconds token_expiry_timestamp, "When the access token ends, since 1970",
        |r| at(r, r.snapshot.token.expires_at);
    Seconds clock_skew, "How far this machine's clock is ahead of Microsoft's",
        |r| skew(&r.snapshot);
    Counter undocumented_values, "Presence values that no documentation names",
        |r| one(tally(&r.snapshot.unknown_values));
    Counter odd_records, "Records of Graph's answers that could not be read as they came",
        |r| one(tally(&r.snapshot.odd_records));
    Counter log_lines_lost, "Lines of the log that never got to its disk",
        |r| one(Number::Whole(r.snapshot.log_lines_lost));
}

fn one(number: Number) -> Vec<Sample> {
    vec![(None, number)]
}

fn labelled(value: &Arc<str>, number: Number) -> Sample {
    (Some(Arc::clone(value)), number)
}

fn named(value: &str, number: Number) -> Sample {
    (Some(value.into()), number)
}

fn count(number: usize) -> Number {
    Number::Whole(number as u64)
}

fn time(time: Duration) -> Vec<Sample> {
    let time = time.try_into().map_or(f64::INFINITY, seconds);
    one(Number::Real(time))
}

/// Nothing where it has not happened yet.
fn at(reading: &Reading, at: Option<jiff::Timestamp>) -> Vec<Sample> {
    let at = at.map(|at| (None, Number::Real(reading.time_of_day(at))));
    at.into_iter().collect()
}

/// Nothing before the first cycle has ended.
fn of_cycle(reading: &Reading, samples: Vec<Sample>) -> Vec<Sample> {
    match reading.snapshot.poll.started_at {
        Some(_) => samples,
        None => Vec::new(),
    }
}

fn clustered(r: &Reading, is: impl Fn(&ClusterView) -> bool) -> Vec<Sample> {
    let cluster = r.snapshot.cluster.as_deref();
    cluster.map_or_else(Vec::new, |it| one(Number::Whole(is(it).into())))
}

fn members(snapshot: &Snapshot) -> Vec<Sample> {
    let cluster = snapshot.cluster.as_deref();
    cluster.map_or_else(Vec::new, |it| one(count(it.members.len())))
}

fn modes(mode: &Mode) -> Vec<Sample> {
    let is = |name: &str, it: bool| named(name, Number::Whole(it.into()));
    vec![
        is("writing", *mode == Mode::Writing),
        is("observing", matches!(mode, Mode::Observing(_))),
        is("paused", *mode == Mode::Paused),
    ]
}

fn unmatched(snapshot: &Snapshot) -> Vec<Sample> {
    let of = |reason| snapshot.coverage.unmatched.get(&reason);
    let reasons = UnmatchedReason::ALL.into_iter();
    let samples =
        reasons.map(|reason| named(reason.as_str(), count(of(reason).copied().unwrap_or(0))));
    samples.collect()
}

fn stale(reading: &Reading) -> usize {
    let interval = reading.snapshot.poll.interval;
    let marks = reading.snapshot.reads.iter();
    let stale = marks.filter(|mark| mark.is_stale(reading.now, interval));
    stale.count()
}

fn leases(snapshot: &Snapshot) -> Vec<Sample> {
    use model::snapshot::Verdict::{Confirmed, Masked, NoEffect, Pending};
    let counts = snapshot.leases;
    let judged = counts.confirmed + counts.masked + counts.no_effect;
    let by_verdict = [
        (Pending, counts.held.saturating_sub(judged)),
        (Confirmed, counts.confirmed),
        (Masked, counts.masked),
        (NoEffect, counts.no_effect),
    ];
    let samples = by_verdict.map(|(verdict, held)| named(verdict.as_str(), count(held)));
    samples.into()
}

fn age(reading: &Reading) -> Vec<Sample> {
    let age = reading.snapshot.poll.last_good_at;
    let age = age.map(|at| (None, Number::Real(reading.seconds_since(at))));
    age.into_iter().collect()
}

/// Nothing where nothing was measured.
fn latency(snapshot: &Snapshot) -> Vec<Sample> {
    let latency = &snapshot.poll.latency;
    if latency.samples == 0 {
        return Vec::new();
    }
    let percentiles = [
        ("50", latency.p50),
        ("95", latency.p95),
        ("99", latency.p99),
        ("100", latency.max),
    ];
    let samples = percentiles.map(|(name, latency)| {
        let latency = latency.try_into().map_or(f64::INFINITY, seconds);
        named(name, Number::Real(latency))
    });
    samples.into()
}

fn requests(snapshot: &Snapshot) -> Vec<Sample> {
    let sent = &snapshot.budget.sent_total;
    let of = |priority| Number::Whole(sent.get(&priority).copied().unwrap_or(0));
    let purposes = Priority::ALL.into_iter();
    let samples = purposes.map(|priority| named(priority.as_str(), of(priority)));
    samples.collect()
}

fn failures(snapshot: &Snapshot) -> Vec<Sample> {
    let failed = &snapshot.budget.failed_total;
    let of = |kind| Number::Whole(failed.get(&kind).copied().unwrap_or(0));
    let kinds = FailureKind::ALL.into_iter();
    let samples = kinds.map(|kind| named(kind.as_str(), of(kind)));
    samples.collect()
}

fn throttle(reading: &Reading) -> Vec<Sample> {
    let until = reading.snapshot.budget.throttled_until;
    let left = until.map_or(0.0, |until| seconds(until.duration_since(reading.now)));
    one(Number::Real(left.max(0.0)))
}

fn links(snapshot: &Snapshot) -> Vec<Sample> {
    let links = &snapshot.links;
    let by_name: [(&str, &Link); 6] = [
        ("entra", &links.entra),
        ("graph_read", &links.graph_read),
        ("graph_write", &links.graph_write),
        ("procall", &links.procall),
        ("storage", &links.storage),
        ("alerts", &links.alerts),
    ];
    let used = by_name
        .into_iter()
        .filter(|(_, link)| link.status != LinkStatus::Idle);
    let samples = used.map(|(name, link)| {
        named(
            name,
            Number::Whole((link.status != LinkStatus::Down).into()),
        )
    });
    samples.collect()
}

fn silence(reading: &Reading) -> Vec<Sample> {
    let since = reading.snapshot.links.procall_silent_since;
    one(Number::Real(
        since.map_or(0.0, |since| reading.seconds_since(since)),
    ))
}

/// Nothing before the first answer with a date.
fn skew(snapshot: &Snapshot) -> Vec<Sample> {
    let skew = snapshot.clock_skew_ms;
    let skew = skew.map(|ms| seconds(jiff::SignedDuration::from_millis(ms)));
    skew.map(|skew| (None, Number::Real(skew)))
        .into_iter()
        .collect()
}

fn tally(tally: &[(Arc<str>, u64)]) -> Number {
    Number::Whole(tally.iter().map(|(_, count)| count).sum())
}
