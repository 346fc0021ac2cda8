//! All bridges that are known, a row each, the worst first.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use super::SCHEMA;
use super::cells::{cut, width};
use super::json::BridgeLine;
use super::line::millis;
use super::look::{Look, Paint};
use super::span::span;
use model::clock::elapsed;
use model::problem::{Problem, Severity, find};
use model::snapshot::{LatencyView, LeaseCounts, Mode, ObserveReason, Snapshot};
use model::text::harmless;
use words::{Lang, Texts, Words, problem, texts};

/// A bridge of the fleet, or what is in the way of seeing it.
#[derive(Clone, Debug)]
pub struct FleetSite {
    /// Its socket.
    pub socket: PathBuf,
    /// What it shows, and the present moment by its clock; or why nothing is seen.
    pub seen: Result<(Arc<Snapshot>, Timestamp), Words>,
}

/// A row, as it is judged.
struct Row<'a> {
    site: &'a FleetSite,
    /// The worst first; none where nothing is seen.
    problems: Vec<Problem>,
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

fn rows(sites: &[FleetSite]) -> Vec<Row<'_>> {
    let mut rows: Vec<_> = sites.iter().map(Row::new).collect();
    rows.sort_by(|a, b| {
        let order = |row: &Row<'_>| {
            let (severity, affected) = row.harm();
            (severity.is_none(), severity, std::cmp::Reverse(affected))
        };
        let places = (a.name(), &a.site.socket).cmp(&(b.name(), &b.site.socket));
        order(a).cmp(&order(b)).then(places)
    });
    rows
}

/// The titles of the table.
#[must_use]
pub fn fleet_titles(t: &Texts) -> [&str; 9] {
    let f = &t.fleet;
    [
        &f.state, &f.tenant, &f.bridge, &f.read, &f.users, &f.leases, &f.budget, &f.latency,
        &f.problem,
    ]
}

/// A row of the table, for a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetRow {
    /// Its socket.
    pub socket: PathBuf,
    /// Whether there is a bridge that is seen.
    pub seen: bool,
    /// Its cells, in the order of [`fleet_titles`].
    pub cells: [String; 9],
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
            socket: row.site.socket.clone(),
            seen,
            cells: cells(row, look).map(|(text, _)| text),
            paint: if seen {
                paint_of(row)
            } else {
                Some(Paint::Red)
            },
        }
    });
    told.collect()
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

fn cells(row: &Row<'_>, look: &Look) -> [Cell; 9] {
    let t = look.spelled_texts();
    let f = &t.fleet;
    let (shown, now) = match &row.site.seen {
        Ok(seen) => seen,
        Err(why) => {
            let why = harmless(why.in_lang(look.lang)).into_owned();
            let blank = || (String::new(), None);
            let place = row.site.socket.display().to_string();
            let gone = (f.unseen.clone(), Some(Paint::Red));
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
    let bridge = &shown.tenant.bridge;
    let LeaseCounts {
        held,
        confirmed,
        masked,
        no_effect,
    } = shown.leases;
    let odd = masked + no_effect;
    let leases = if odd == 0 {
        format!("{confirmed}/{held}")
    } else {
        format!("{confirmed}/{held} !{odd}")
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
        (
            harmless(&format!("{}:{}", bridge.host, bridge.pid)).into_owned(),
            None,
        ),
        (read.unwrap_or_else(|| "-".to_owned()), None),
        (shown.coverage.matched.to_string(), None),
        (leases, None),
        (
            format!("{}/{}", shown.budget.used_30s, shown.budget.allowed_30s),
            None,
        ),
        (p95_of(latency), None),
        (told, paint_of(row)),
    ]
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
    match &shown.mode {
        Mode::Writing => &f.writing,
        Mode::Paused => &f.paused,
        Mode::Observing(ObserveReason::Standby) => &f.standby,
        Mode::Observing(_) => &f.observing,
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
    let well = rows.iter().filter(|row| row.harm().0.is_none()).count();
    let unseen = rows.iter().filter(|row| row.site.seen.is_err()).count();
    let values: [(&str, &dyn std::fmt::Display); 3] =
        [("n", &rows.len()), ("well", &well), ("unseen", &unseen)];
    words::fill(&t.fleet.sum, &values) + "\n"
}

#[derive(Serialize)]
struct Whole<'a> {
    schema: u32,
    bridges: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    socket: &'a Path,
    /// Why nothing is seen.
    error: Option<String>,
    #[serde(flatten)]
    seen: Option<SeenLine<'a>>,
}

#[derive(Serialize)]
struct SeenLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
    tenant: &'a str,
    bridge: BridgeLine<'a>,
    read_age_ms: Option<u64>,
    matched: usize,
    leases: LeaseCounts,
    used_30s: u32,
    allowed_30s: u32,
    p50_ms: Option<u64>,
    p95_ms: Option<u64>,
    problems: Vec<ProblemLine>,
}

#[derive(Serialize)]
struct ProblemLine {
    code: &'static str,
    severity: &'static str,
    affected: usize,
    text: String,
}

/// The fleet as one JSON object, in the order of the table. Text is English, whatever `--lang` says.
///
/// # Errors
/// None that anything in a snapshot could cause.
pub fn fleet_json(sites: &[FleetSite]) -> Result<String, serde_json::Error> {
    let rows = rows(sites);
    let whole = Whole {
        schema: SCHEMA,
        bridges: rows.iter().map(line).collect(),
    };
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

fn line<'a>(row: &Row<'a>) -> Line<'a> {
    let error = row.site.seen.as_ref().err();
    let seen = row.site.seen.as_ref().ok().map(|(shown, now)| SeenLine {
        tenant: &shown.tenant.tenant_id,
        site: shown.tenant.site.as_deref(),
        bridge: BridgeLine::from_snapshot(shown),
        read_age_ms: shown.poll.last_good_at.map(|at| millis(elapsed(at, *now))),
        matched: shown.coverage.matched,
        leases: shown.leases,
        used_30s: shown.budget.used_30s,
        allowed_30s: shown.budget.allowed_30s,
        p50_ms: measured(&shown.poll.latency, |it| it.p50),
        p95_ms: measured(&shown.poll.latency, |it| it.p95),
        problems: row.problems.iter().map(|it| told(it, *now)).collect(),
    });
    Line {
        socket: &row.site.socket,
        error: error.map(|why| why.in_lang(Lang::En).to_owned()),
        seen,
    }
}

fn measured(latency: &LatencyView, of: fn(&LatencyView) -> Duration) -> Option<u64> {
    (latency.samples > 0).then(|| millis(of(latency)))
}

fn told(of: &Problem, now: Timestamp) -> ProblemLine {
    ProblemLine {
        code: of.kind.code(),
        severity: match of.severity {
            Severity::Dead => "critical",
            Severity::Bad => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        },
        affected: of.affected,
        text: problem(of, now, texts(Lang::En)).0,
    }
}
