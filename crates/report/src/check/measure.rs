//! A value and its bounds.

use std::time::Duration;

use jiff::Timestamp;

use super::State;
use super::key::{Bounds, Key};
use model::clock::elapsed;
use model::snapshot::{LeasePhase, Snapshot, UserRow, Verdict};

/// A lease that no poll has seen after this time is not confirmed: the next poll should have.
const READ_BACK_WITHIN: Duration = Duration::from_mins(1);

/// Bounds that somebody has named, before the usual ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thresholds(Vec<(Key, Bounds)>);

impl Thresholds {
    /// From now on these bounds hold for `key`.
    pub fn set(&mut self, key: Key, bounds: Bounds) {
        self.0.retain(|(known, _)| *known != key);
        self.0.push((key, bounds));
    }

    fn bounds(&self, key: Key, interval: Duration) -> Bounds {
        let named = self.0.iter().find(|(known, _)| *known == key);
        named.map_or_else(|| key.usual_bounds(interval), |(_, bounds)| *bounds)
    }
}

/// One value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// What it is.
    pub key: Key,
    /// In the unit of the key; negative only where a time has passed.
    pub value: f64,
    /// From where on it is odd or wrong.
    pub bounds: Bounds,
}

impl Measure {
    /// How it stands.
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

    fn is_beyond(&self, bound: Option<f64>) -> bool {
        let below = self.key.is_wrong_below();
        bound.is_some_and(|bound| {
            if below {
                self.value < bound
            } else {
                self.value > bound
            }
        })
    }
}

/// Everything that can be measured now. What nothing is known of is not there: a lack of it is a flaw.
pub(super) fn all(snapshot: &Snapshot, now: Timestamp, thresholds: &Thresholds) -> Vec<Measure> {
    let interval = snapshot.poll.interval;
    let values = Key::ALL.into_iter().filter_map(|key| {
        let value = value(key, snapshot, now)?;
        let bounds = thresholds.bounds(key, interval);
        Some(Measure { key, value, bounds })
    });
    values.collect()
}

fn value(key: Key, snapshot: &Snapshot, now: Timestamp) -> Option<f64> {
    let (poll, leases, coverage) = (&snapshot.poll, &snapshot.leases, &snapshot.coverage);
    // Before the directory was read nobody is matched yet.
    let matching = snapshot.directory.full_at.is_some();
    Some(match key {
        Key::Uptime => elapsed(snapshot.started_at, now).as_secs_f64(),
        Key::ReadAge => return read_age(snapshot, now),
        Key::Latency => poll.latency.p95.as_secs_f64(),
        Key::Late => poll.late_p95.as_secs_f64(),
        Key::Errors => f64::from(poll.errors_last_minute),
        Key::Stale => stale(snapshot, now),
        Key::Matched => return matching.then(|| count(coverage.matched)),
        Key::Unmatched => return matching.then(|| count(coverage.unmatched_total())),
        Key::UnmatchedPercent => return matching.then(|| unmatched_percent(snapshot)),
        Key::Leases => count(leases.held),
        Key::Confirmed => count(leases.confirmed),
        Key::Unconfirmed => unconfirmed(snapshot, now),
        Key::Masked => count(leases.masked),
        Key::NoEffect => count(leases.no_effect),
        Key::Silence => {
            let since = snapshot.links.procall_silent_since;
            since.map_or(0.0, |since| elapsed(since, now).as_secs_f64())
        }
        Key::Budget => return budget(snapshot),
        Key::Throttled => {
            let until = snapshot.budget.throttled_until;
            until.map_or(0.0, |until| elapsed(now, until).as_secs_f64())
        }
        Key::Token => {
            let ends = snapshot.token.expires_at?;
            ends.duration_since(now).as_secs_f64()
        }
        Key::Skew => Duration::from_millis(snapshot.clock_skew_ms?.unsigned_abs()).as_secs_f64(),
    })
}

/// Nothing where there is nobody to read.
fn read_age(snapshot: &Snapshot, now: Timestamp) -> Option<f64> {
    let since = snapshot.poll.last_good_at.unwrap_or(snapshot.started_at);
    (!snapshot.rows.is_empty()).then(|| elapsed(since, now).as_secs_f64())
}

fn stale(snapshot: &Snapshot, now: Timestamp) -> f64 {
    let interval = snapshot.poll.interval;
    let read = snapshot.reads.iter().filter(|read| read.read_at.is_some());
    let stale = read.filter(|read| read.is_stale(now, interval));
    percent(stale.count(), snapshot.rows.len())
}

fn unmatched_percent(snapshot: &Snapshot) -> f64 {
    let coverage = &snapshot.coverage;
    let all = coverage.procall_users.saturating_sub(coverage.excluded);
    percent(coverage.unmatched_total(), all)
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

/// More than all of it, where a 429 has made less of it.
fn budget(snapshot: &Snapshot) -> Option<f64> {
    let budget = &snapshot.budget;
    let known = budget.allowed_30s > 0;
    known.then(|| f64::from(budget.used_30s) * 100.0 / f64::from(budget.allowed_30s))
}

/// Exact up to 2^53, far beyond anything that is counted here.
#[allow(clippy::cast_precision_loss)]
const fn count(many: usize) -> f64 {
    many as f64
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    count(part) * 100.0 / count(whole)
}
