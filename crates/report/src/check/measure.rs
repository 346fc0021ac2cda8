//! A value and its bounds.

use std::time::Duration;

use jiff::Timestamp;

use super::{Area, State};
use model::clock::elapsed;
use model::snapshot::{LeasePhase, STALE_INTERVALS, Snapshot, UserRow, Verdict};

/// A lease that no poll has seen after this time is not confirmed: the next poll should have.
const READ_BACK_WITHIN: Duration = Duration::from_mins(1);

/// From where on a value is odd, and wrong. In the unit of the measure; nothing: never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// Odd.
    pub warn: Option<u64>,
    /// Wrong.
    pub crit: Option<u64>,
}

impl Bounds {
    /// Both.
    #[must_use]
    pub const fn new(warn: u64, crit: u64) -> Self {
        Self {
            warn: Some(warn),
            crit: Some(crit),
        }
    }

    /// Only from where on it is odd.
    #[must_use]
    pub const fn warning(warn: u64) -> Self {
        Self {
            warn: Some(warn),
            crit: None,
        }
    }
}

/// The bounds of all measures. The defaults ask for nobody's attention while all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Seconds since the last good read; nothing: by the interval of the polls.
    pub read_age: Option<Bounds>,
    /// Per cent of the matched users whose value is stale.
    pub stale: Bounds,
    /// Per cent of the users, without those who are excluded, who are matched at least.
    pub matched: Bounds,
    /// Leases that no poll has seen within a minute.
    pub unconfirmed: Bounds,
    /// Leases that another status hides.
    pub masked: Bounds,
    /// Leases of which nothing came.
    pub no_effect: Bounds,
    /// Seconds for which Microsoft still wants us to wait.
    pub throttled: Bounds,
    /// Seconds that the token still lives at least.
    pub token: Bounds,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            read_age: None,
            stale: Bounds::new(2, 20),
            matched: Bounds::new(50, 10),
            unconfirmed: Bounds::new(0, 9),
            masked: Bounds::warning(10),
            no_effect: Bounds::new(0, 4),
            throttled: Bounds::new(0, 60),
            token: Bounds::new(120, 0),
        }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// Since the last good read.
    ReadAge,
    /// How long the last cycle took.
    PollDuration,
    /// Requests of the last minute that failed.
    Errors,
    /// Users whose value is stale.
    Stale,
    /// Users who are matched.
    Matched,
    /// Leases that are held.
    Leases,
    /// Leases that no poll has seen.
    Unconfirmed,
    /// Leases that another status hides.
    Masked,
    /// Leases of which nothing came.
    NoEffect,
    /// How much of the budget is used.
    Budget,
    /// How long we still have to wait.
    Throttled,
    /// How long the token still lives.
    Token,
}

/// What a value counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// Per cent, 0 to 100.
    Percent,
    /// Things.
    Count,
}

impl Key {
    /// The name in every format: letters and `_`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadAge => "read_age",
            Self::PollDuration => "poll_duration",
            Self::Errors => "errors",
            Self::Stale => "stale",
            Self::Matched => "matched",
            Self::Leases => "leases",
            Self::Unconfirmed => "unconfirmed",
            Self::Masked => "masked",
            Self::NoEffect => "no_effect",
            Self::Budget => "budget",
            Self::Throttled => "throttled",
            Self::Token => "token",
        }
    }

    /// Where it belongs.
    #[must_use]
    pub const fn area(self) -> Area {
        match self {
            Self::ReadAge | Self::PollDuration | Self::Errors => Area::Reading,
            Self::Stale | Self::Matched => Area::Users,
            Self::Leases | Self::Unconfirmed | Self::Masked | Self::NoEffect => Area::Leases,
            Self::Budget | Self::Throttled | Self::Token => Area::Access,
        }
    }

    /// What it counts.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::ReadAge | Self::PollDuration | Self::Throttled | Self::Token => Unit::Seconds,
            Self::Stale | Self::Matched | Self::Budget => Unit::Percent,
            _ => Unit::Count,
        }
    }

    /// Whether it is the small values that are wrong.
    #[must_use]
    pub const fn is_wrong_below(self) -> bool {
        matches!(self, Self::Matched | Self::Token)
    }
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// What it is.
    pub key: Key,
    /// In the unit of the key, never negative.
    pub value: f64,
    /// From where on it is odd or wrong.
    pub bounds: Bounds,
}

impl Measure {
    /// How it stands: beyond a bound, not at it.
    #[must_use]
    pub fn state(&self) -> State {
        if self.is_beyond(self.bounds.crit) {
            State::Critical
        } else if self.is_beyond(self.bounds.warn) {
            State::Warning
        } else {
            State::Ok
        }
    }

    fn is_beyond(&self, bound: Option<u64>) -> bool {
        let Some(bound) = bound.map(float) else {
            return false;
        };
        if self.key.is_wrong_below() {
            // What has run out is below every bound, also below 0.
            return self.value < bound || (bound == 0.0 && self.value == 0.0);
        }
        self.value > bound
    }
}

/// Exact up to 2^53, far beyond anything that is counted here.
#[allow(clippy::cast_precision_loss)]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}

fn count(many: usize) -> f64 {
    float(u64::try_from(many).unwrap_or(u64::MAX))
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    count(part) * 100.0 / count(whole)
}

/// Everything that can be measured now.
pub(super) fn all(snapshot: &Snapshot, now: Timestamp, limits: &Thresholds) -> Vec<Measure> {
    let none = Bounds::default();
    let of = |key, value, bounds| Measure { key, value, bounds };
    let poll = &snapshot.poll;
    let since = poll.last_good_at.unwrap_or(snapshot.started_at);
    let read_age = limits.read_age.unwrap_or_else(|| by_interval(poll.interval));
    let throttled = snapshot.budget.throttled_until.filter(|until| *until > now);
    let throttled = throttled.map_or(0.0, |until| elapsed(now, until).as_secs_f64());
    let leases = &snapshot.leases;
    let (used, allowed) = (snapshot.budget.used_30s, snapshot.budget.allowed_30s);
    let used = f64::from(used) * 100.0 / f64::from(allowed.max(1));
    let mut measures = vec![
        of(Key::ReadAge, elapsed(since, now).as_secs_f64(), read_age),
        of(Key::PollDuration, poll.duration.as_secs_f64(), none),
        of(Key::Errors, f64::from(poll.errors_last_minute), none),
        of(Key::Stale, stale(snapshot, now), limits.stale),
    ];
    // Before the directory was read nobody is matched yet.
    if snapshot.directory.full_at.is_some() {
        measures.push(of(Key::Matched, matched(snapshot), limits.matched));
    }
    let unconfirmed = unconfirmed(snapshot, now);
    measures.extend([
        of(Key::Leases, count(leases.held), none),
        of(Key::Unconfirmed, unconfirmed, limits.unconfirmed),
        of(Key::Masked, count(leases.masked), limits.masked),
        of(Key::NoEffect, count(leases.no_effect), limits.no_effect),
        of(Key::Budget, used, none),
        of(Key::Throttled, throttled, limits.throttled),
    ]);
    if let Some(ends) = snapshot.token.expires_at {
        let left = elapsed(now, ends).as_secs_f64();
        measures.push(of(Key::Token, left, limits.token));
    }
    measures
}

/// Three intervals are late, ten are wrong; a fast poll may miss a few.
fn by_interval(interval: Duration) -> Bounds {
    let stale = interval.saturating_mul(STALE_INTERVALS).as_secs();
    let wrong = interval.saturating_mul(10).as_secs();
    Bounds::new(stale.max(30), wrong.max(120))
}

fn stale(snapshot: &Snapshot, now: Timestamp) -> f64 {
    let interval = snapshot.poll.interval;
    let stale = snapshot.reads.iter();
    let stale = stale.filter(|read| read.read_at.is_some() && read.is_stale(now, interval));
    percent(stale.count(), snapshot.rows.len())
}

fn matched(snapshot: &Snapshot) -> f64 {
    let coverage = &snapshot.coverage;
    let all = coverage.procall_users.saturating_sub(coverage.excluded);
    percent(coverage.matched, all)
}

fn unconfirmed(snapshot: &Snapshot, now: Timestamp) -> f64 {
    let is_late = |row: &&std::sync::Arc<UserRow>| {
        row.lease.as_deref().is_some_and(|lease| {
            lease.phase == LeasePhase::Held
                && lease.verdict == Verdict::Pending
                && elapsed(lease.set_at, now) > READ_BACK_WITHIN
        })
    };
    count(snapshot.rows.iter().filter(is_late).count())
}
