//! All bridges that are known, a row each, the worst first.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cells::{cut, width};
use super::line::millis;
use super::look::{Look, MASKED, NO_EFFECT, Paint};
use super::span::span;
use model::clock::elapsed;
use model::problem::{Problem, Severity, find};
use model::snapshot::{BridgeView, LatencyView, LeaseCounts, Mode, ObserveReason, Snapshot};
use model::text::harmless;
use words::{Texts, Words, problem};

/// Where a bridge of the fleet is seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FleetPlace {
    /// At the local socket of a bridge of this machine.
    Socket(PathBuf),
    /// Through the engine of its cluster: no bridge of it is seen on this machine.
    Tenant {
        /// The engine's address, without a password.
        engine: Arc<str>,
        /// The tenant, as the engine's keys have it.
        tenant: Arc<str>,
    },
    /// An engine that cannot be asked; which tenants it knows is not seen.
    Engine(Arc<str>),
    /// A tenant of the configuration that nobody can read: where its bridge would be is not known.
    Site(Arc<str>),
}

impl FleetPlace {
    /// What stands for its name where nothing is seen.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Socket(path) => path.display().to_string(),
            Self::Tenant { tenant, .. } => tenant.to_string(),
            Self::Engine(name) | Self::Site(name) => name.to_string(),
        }
    }

    pub(crate) const fn is_bridge(&self) -> bool {
        !matches!(self, Self::Engine(_))
    }
}

/// A bridge of the fleet, or what is in the way of seeing it.
#[derive(Clone, Debug)]
pub struct FleetSite {
    /// Where it is seen.
    pub place: FleetPlace,
    /// What it shows, and the present moment by its clock; or why nothing is seen.
    pub seen: Result<(Arc<Snapshot>, Timestamp), Words>,
}

/// A row, as it is judged.
pub(crate) struct Row<'a> {
    pub(crate) site: &'a FleetSite,
    /// The worst first; none where nothing is seen.
    pub(crate) problems: Vec<Problem>,
}

impl Row<'_> {
    fn new(site: &FleetSite) -> Row<'_> {
        let problems = site.seen.as_ref().map(|(shown, now)| find(shown, *now));
        let mut problems = problems.unwrap_or_default();
        problems.retain(|problem| problem.severity != Severity::Hint);
        Row { site, problems }
    }

    /// What is not seen may be as bad as anything.
    fn harm(&self) -> (Option<Severity>, usize) {
        if self.site.seen.is_err() {
            return (Some(Severity::Dead), usize::MAX);
        }
        let worst = self.problems.first();
        let affected = worst.map_or(0, |worst| worst.affected.max(1));
        (worst.map(|worst| worst.severity), affected)
    }

    fn name(&self) -> &str {
        let shown = self.site.seen.as_ref().ok();
        shown.map_or("", |(shown, _)| shown.tenant.name())
    }
}

/// The worst first.
pub(crate) fn rows(sites: &[FleetSite]) -> Vec<Row<'_>> {
    let mut rows: Vec<_> = sites.iter().map(Row::new).collect();
    rows.sort_by(|a, b| {
        let order = |row: &Row<'_>| {
            let (severity, affected) = row.harm();
            (severity.is_none(), severity, std::cmp::Reverse(affected))
        };
        let places = (a.name(), &a.site.place).cmp(&(b.name(), &b.site.place));
        order(a).cmp(&order(b)).then(places)
    });
    rows
}

/// The titles of the table.
#[must_use]
pub fn fleet_titles(t: &Texts) -> [&str; 9] {
    let f = &t.fleet;
    [
        f.state, f.tenant, f.bridge, f.read, f.users, f.leases, f.budget, f.latency, f.problem,
    ]
}

/// A row of the table, for a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetRow {
    /// Where it is seen.
    pub place: FleetPlace,
    /// Whether there is a bridge that is seen.
    pub seen: bool,
    /// Its cells, in the order of [`fleet_titles`].
    pub cells: [String; 9],
    /// What a cell is sorted by where that is a number: age and latency in ms, counts.
    pub numbers: [Option<u64>; 9],
    /// How the state and the problem are painted.
    pub paint: Option<Paint>,
}

/// The rows of the table, the worst first.
#[must_use]
pub fn fleet_rows(sites: &[FleetSite], look: &Look) -> Vec<FleetRow> {
    let rows = rows(sites);
    let told = rows.iter().map(|row| {
        let seen = row.site.seen.is_ok();
        FleetRow {
            place: row.site.place.clone(),
            seen,
            cells: cells(row, look).map(|(text, _)| text),
            numbers: row.site.seen.as_ref().map_or([None; 9], numbers),
            paint: if seen {
                paint_of(row)
            } else {
                Some(Paint::Red)
            },
        }
    });
    told.collect()
}

fn numbers((shown, now): &(Arc<Snapshot>, Timestamp)) -> [Option<u64>; 9] {
    let count = |count: usize| u64::try_from(count).ok();
    let read = shown.poll.last_good_at.map(|at| millis(elapsed(at, *now)));
    [
        None,
        None,
        None,
        // What was never read is older than anything.
        read.or(Some(u64::MAX)),
        count(shown.coverage.matched),
        count(shown.leases.held),
        Some(shown.budget.used_30s.into()),
        measured(&shown.poll.latency, |it| it.p95).or(Some(0)),
        None,
    ]
}

/// How many there are, and how many are well.
#[must_use]
pub fn fleet_sum(sites: &[FleetSite], t: &Texts) -> String {
    sum(&rows(sites), t).trim_end().to_owned()
}

/// The fleet as a table: as wide as it needs to be, or as the terminal is.
#[must_use]
pub fn fleet_table(sites: &[FleetSite], look: &Look) -> String {
    let t = look.spelled_texts();
    let head = fleet_titles(t).map(|title| (title.to_owned(), Some(Paint::Title)));
    let rows = rows(sites);
    let mut lines = vec![head];
    lines.extend(rows.iter().map(|row| cells(row, look)));
    let widest = |at: usize| {
        let cells = lines.iter().filter_map(|line| line.get(at));
        cells.map(|(text, _)| width(text)).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..9).map(widest).collect();
    let text: String = lines
        .iter()
        .map(|line| drawn(line, &widths, look))
        .collect();
    text + &sum(&rows, t)
}

/// Text, and how it is painted.
type Cell = (String, Option<Paint>);

/// How many of those held are confirmed, then those that are not as they should be, with the signs of a dashboard.
fn leases(counts: LeaseCounts, look: &Look) -> String {
    let mut text = format!("{}/{}", counts.confirmed, counts.held);
    for (count, sign) in [(counts.masked, MASKED), (counts.no_effect, NO_EFFECT)] {
        if count > 0 {
            let _ = write!(text, " {count}{}", look.sign(sign));
        }
    }
    text
}

fn cells(row: &Row<'_>, look: &Look) -> [Cell; 9] {
    let t = look.spelled_texts();
    let f = &t.fleet;
    let (shown, now) = match &row.site.seen {
        Ok(seen) => seen,
        Err(why) => {
            let why = harmless(why.in_lang(look.lang)).into_owned();
            let blank = || (String::new(), None);
            let place = row.site.place.name();
            let gone = (f.unseen.to_owned(), Some(Paint::Red));
            return [
                gone,
                (harmless(&place).into_owned(), None),
                blank(),
                blank(),
                blank(),
                blank(),
                blank(),
                blank(),
                (why, Some(Paint::Red)),
            ];
        }
    };
    let read = shown.poll.last_good_at.map(|at| span(elapsed(at, *now)));
    let worst = row.problems.first();
    let told = worst.map(|worst| harmless(&problem(worst, *now, t).0).into_owned());
    let more = row.problems.len().saturating_sub(1);
    let told = match (told, more) {
        (None, _) => String::new(),
        (Some(told), 0) => told,
        (Some(told), more) => format!("{told} (+{more})"),
    };
    let latency = &shown.poll.latency;
    [
        (mode(shown, t).to_owned(), paint_of(row)),
        (harmless(shown.tenant.name()).into_owned(), None),
        (harmless(&bridge(shown)).into_owned(), None),
        (read.unwrap_or_else(|| "-".to_owned()), None),
        (shown.coverage.matched.to_string(), None),
        (leases(shown.leases, look), None),
        (
            format!("{}/{}", shown.budget.used_30s, shown.budget.allowed_30s),
            None,
        ),
        (p95_of(latency), None),
        (told, paint_of(row)),
    ]
}

/// The process that polls and writes for the tenant, and how many stand by.
fn bridge(shown: &Snapshot) -> String {
    let Some(cluster) = &shown.cluster else {
        let BridgeView { host, pid, .. } = &shown.tenant.bridge;
        return format!("{host}:{pid}");
    };
    let leader = cluster.leader.as_deref();
    let others =
        cluster.members.len() - usize::from(leader.is_some() && !cluster.members.is_empty());
    match others {
        0 => leader.unwrap_or("-").to_owned(),
        others => format!("{} +{others}", leader.unwrap_or("-")),
    }
}

fn p95_of(latency: &LatencyView) -> String {
    match latency.samples {
        0 => "-".to_owned(),
        _ => format!("{}ms", millis(latency.p95)),
    }
}

fn paint_of(row: &Row<'_>) -> Option<Paint> {
    match row.harm().0 {
        None => None,
        Some(Severity::Dead | Severity::Bad) => Some(Paint::Red),
        Some(Severity::Warning | Severity::Hint) => Some(Paint::Yellow),
    }
}

fn mode<'t>(shown: &Snapshot, t: &'t Texts) -> &'t str {
    let f = &t.fleet;
    let leads = shown.cluster.as_ref().is_none_or(|it| it.leader.is_some());
    match &shown.mode {
        Mode::Observing(ObserveReason::Standby) if !leads => f.no_leader,
        Mode::Writing => f.writing,
        Mode::Paused => f.paused,
        Mode::Observing(ObserveReason::Standby) => f.standby,
        Mode::Observing(_) => f.observing,
    }
}

fn drawn(line: &[Cell], widths: &[usize], look: &Look) -> String {
    let mark = if look.ascii { "~" } else { "…" };
    let mut text = String::new();
    let mut left = look.width.unwrap_or(usize::MAX);
    for (at, ((cell, paint), wide)) in line.iter().zip(widths).enumerate() {
        let room = left.min(*wide);
        let shown = cut(cell, room, mark);
        let pad = room.saturating_sub(width(&shown));
        text.push_str(&look.paint(*paint, &shown));
        left = left.saturating_sub(room + 2);
        if left == 0 || at + 1 == widths.len() {
            break;
        }
        text.extend(std::iter::repeat_n(' ', pad + 2));
    }
    text.trim_end().to_owned() + "\n"
}

/// How many there are, and how many are well.
fn sum(rows: &[Row<'_>], t: &Texts) -> String {
    let rows = || rows.iter().filter(|row| row.site.place.is_bridge());
    let well = rows().filter(|row| row.harm().0.is_none()).count();
    let unseen = rows().filter(|row| row.site.seen.is_err()).count();
    let values: [(&str, &dyn std::fmt::Display); 3] =
        [("n", &rows().count()), ("well", &well), ("unseen", &unseen)];
    words::fill(t.fleet.sum, &values) + "\n"
}

/// Nothing before the first request.
pub(crate) fn measured(latency: &LatencyView, of: fn(&LatencyView) -> Duration) -> Option<u64> {
    (latency.samples > 0).then(|| millis(of(latency)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_are_counted_by_verdict() {
        let counts = |masked, no_effect| LeaseCounts {
            held: 9,
            confirmed: 5,
            masked,
            no_effect,
        };
        let plain = Look::default();
        assert_eq!(leases(counts(0, 0), &plain), "5/9");
        assert_eq!(leases(counts(3, 1), &plain), "5/9 3▒ 1✗");
        let ascii = Look {
            ascii: true,
            ..plain
        };
        assert_eq!(leases(counts(3, 1), &ascii), "5/9 3M 1X");
        assert_eq!(leases(counts(0, 2), &ascii), "5/9 2X");
    }
}
