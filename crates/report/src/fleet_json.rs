//! All bridges that are known, as one JSON object.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

use super::SCHEMA;
use super::fleet::{FleetPlace, FleetSite, Row, measured, rows};
use super::json::BridgeLine;
use super::line::millis;
use model::clock::elapsed;
use model::problem::{Problem, Severity};
use model::snapshot::LeaseCounts;
use words::{Lang, problem, texts};

#[derive(Serialize)]
struct Whole<'a> {
    schema: u32,
    bridges: Vec<Line<'a>>,
    /// Those that cannot be asked.
    engines: Vec<EngineLine<'a>>,
}

#[derive(Serialize)]
struct EngineLine<'a> {
    engine: &'a str,
    error: String,
}

#[derive(Serialize)]
struct Line<'a> {
    socket: Option<&'a Path>,
    /// Through which it is seen, where that is not a socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    engine: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    /// Why nothing is seen.
    error: Option<String>,
    #[serde(flatten)]
    seen: Option<SeenLine<'a>>,
}

#[derive(Serialize)]
struct SeenLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
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
    let bridges = rows.iter().filter(|row| row.site.place.is_bridge());
    let whole = Whole {
        schema: SCHEMA,
        bridges: bridges.map(line).collect(),
        engines: rows.iter().filter_map(engine_line).collect(),
    };
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

fn engine_line<'a>(row: &Row<'a>) -> Option<EngineLine<'a>> {
    let (FleetPlace::Engine(engine), Err(why)) = (&row.site.place, &row.site.seen) else {
        return None;
    };
    Some(EngineLine {
        engine,
        error: why.in_lang(Lang::En).to_owned(),
    })
}

fn line<'a>(row: &Row<'a>) -> Line<'a> {
    let error = row.site.seen.as_ref().err();
    let shown = row.site.seen.as_ref().ok();
    let (socket, engine, known) = match &row.site.place {
        FleetPlace::Socket(path) => (Some(&**path), None, None),
        FleetPlace::Tenant { engine, tenant } => (None, Some(&**engine), Some(&**tenant)),
        FleetPlace::Engine(engine) => (None, Some(&**engine), None),
        FleetPlace::Site(name) => (None, None, Some(&**name)),
    };
    let seen = shown.map(|(shown, now)| SeenLine {
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
        socket,
        engine,
        tenant: shown.map(|(shown, _)| &*shown.tenant.tenant_id).or(known),
        error: error.map(|why| why.in_lang(Lang::En).to_owned()),
        seen,
    }
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
