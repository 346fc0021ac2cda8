//! The snapshot as one JSON object, in the names and spellings that scripts rely on.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::SCHEMA;
use super::line::{UserLine, instant, millis, wall};
use super::table::lines;
use model::answer::BudgetView;
use model::presence::Coverage;
use model::snapshot::{
    ClusterView, LeaseCounts, MemberView, Mode, ObserveReason, PollView, Seen, Snapshot,
};

#[derive(Serialize)]
struct Whole<'a> {
    schema: u32,
    users: Vec<UserLine<'a>>,
    poll: PollLine,
    coverage: &'a Coverage,
    budget: BudgetLine,
    leases: LeaseCounts,
    echoes_suppressed: u64,
    bridge: BridgeLine<'a>,
}

/// Whose picture it is.
#[derive(Serialize)]
pub(super) struct BridgeLine<'a> {
    pid: u32,
    host: &'a str,
    since: String,
    mode: &'static str,
    attached: usize,
    source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<ClusterLine<'a>>,
}

/// Who else there is for the tenant.
#[derive(Serialize)]
struct ClusterLine<'a> {
    leader: Option<&'a str>,
    members: Vec<MemberLine<'a>>,
    fence: u64,
    engine: &'static str,
}

#[derive(Serialize)]
struct MemberLine<'a> {
    name: &'a str,
    since: String,
    trouble: Option<&'a str>,
}

impl<'a> ClusterLine<'a> {
    fn new(view: &'a ClusterView) -> Self {
        let member = |member: &'a MemberView| MemberLine {
            name: &member.name,
            since: instant(member.since),
            trouble: member.trouble.as_ref().map(|it| &*it.message),
        };
        Self {
            leader: view.leader.as_deref(),
            members: view.members.iter().map(member).collect(),
            fence: view.fence,
            engine: view.engine.as_str(),
        }
    }
}

impl<'a> BridgeLine<'a> {
    pub(super) fn from_snapshot(snapshot: &'a Snapshot) -> Self {
        let bridge = &snapshot.tenant.bridge;
        let (attached, source) = match snapshot.seen {
            Seen::Own => (0, "direct"),
            Seen::Attached { watchers } => (watchers, "attached"),
            Seen::ThroughEngine => (0, "engine"),
            Seen::Lost { .. } => (0, "lost"),
            Seen::Past(_) => (0, "recorded"),
        };
        Self {
            pid: bridge.pid,
            host: &bridge.host,
            since: instant(bridge.since),
            mode: match snapshot.mode {
                Mode::Writing => "writing",
                Mode::Observing(ObserveReason::Standby) => "standby",
                Mode::Observing(_) => "observing",
                Mode::Paused => "paused",
            },
            attached,
            source,
            cluster: snapshot.cluster.as_deref().map(ClusterLine::new),
        }
    }
}

#[derive(Serialize)]
struct PollLine {
    started_at: Option<String>,
    duration_ms: u64,
    requests: u32,
    late_ms: u64,
    p50_ms: u64,
    p95_ms: u64,
    errors: u32,
}

#[derive(Serialize)]
struct BudgetLine {
    used_30s: u32,
    limit_30s: u32,
    throttled_until: Option<String>,
}

impl PollLine {
    fn from_view(poll: &PollView, ahead: SignedDuration) -> Self {
        Self {
            started_at: poll.started_at.map(|at| wall(at, ahead)),
            duration_ms: millis(poll.duration),
            requests: poll.requests,
            late_ms: millis(poll.late),
            p50_ms: millis(poll.latency.p50),
            p95_ms: millis(poll.latency.p95),
            errors: poll.errors,
        }
    }
}

impl BudgetLine {
    fn from_view(budget: &BudgetView, now: Timestamp, ahead: SignedDuration) -> Self {
        let until = budget.throttled_until.filter(|until| *until > now);
        Self {
            used_30s: budget.used_30s,
            limit_30s: budget.limit_30s,
            throttled_until: until.map(|at| wall(at, ahead)),
        }
    }
}

/// The snapshot as one JSON object on one line, with a line end.
///
/// # Errors
/// None that anything in a snapshot could cause.
pub fn json(snapshot: &Snapshot, now: Timestamp) -> Result<String, serde_json::Error> {
    let ahead = snapshot.wall_ahead;
    let whole = Whole {
        schema: SCHEMA,
        users: lines(snapshot, now).collect(),
        poll: PollLine::from_view(&snapshot.poll, ahead),
        coverage: &snapshot.coverage,
        budget: BudgetLine::from_view(&snapshot.budget, now, ahead),
        leases: snapshot.leases,
        echoes_suppressed: snapshot.echoes_suppressed,
        bridge: BridgeLine::from_snapshot(snapshot),
    };
    Ok(serde_json::to_string(&whole)? + "\n")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixture;
    use model::clock::advance;

    #[test]
    fn the_json_of_six_users() {
        let text = json(&fixture::snapshot(), fixture::now()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&value).unwrap());
    }

    /// Somebody has set the machine's clock: times of day go by it, ages do not.
    #[test]
    fn times_are_those_of_the_machines_clock() {
        let mut moved = fixture::snapshot();
        moved.wall_ahead = SignedDuration::from_hours(1);
        let [as_it_was, moved] = [fixture::snapshot(), moved].map(|snapshot| {
            let text = json(&snapshot, fixture::now()).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        });
        let user = |whole: &serde_json::Value| {
            let users = whole["users"].as_array().unwrap().iter();
            let mut calling = users.filter(|user| user["calls"][0].is_object());
            calling.next().unwrap().clone()
        };
        let time =
            |value: &serde_json::Value| -> Timestamp { value.as_str().unwrap().parse().unwrap() };
        for place in [
            "/lease/set_at",
            "/lease/expires_at",
            "/calls/0/since",
            "/since",
        ] {
            let [before, after] = [&as_it_was, &moved].map(|whole| {
                let user = user(whole);
                time(
                    user.pointer(place)
                        .unwrap_or_else(|| panic!("{place} in {user}")),
                )
            });
            assert_eq!(
                after.duration_since(before),
                SignedDuration::from_hours(1),
                "{place}"
            );
        }
        let started = |whole: &serde_json::Value| time(&whole["poll"]["started_at"]);
        assert_eq!(
            started(&moved).duration_since(started(&as_it_was)),
            SignedDuration::from_hours(1)
        );
        assert_eq!(user(&moved)["read_age_ms"], user(&as_it_was)["read_age_ms"]);
    }

    #[test]
    fn the_fields_stand_in_the_documented_order() {
        let text = json(&fixture::snapshot(), fixture::now()).unwrap();
        let documented = [
            "{\"schema\":1,\"users\":[{\"user_name\":",
            "\"display_name\":",
            "\"entra_id\":",
            "\"availability\":",
            "\"activity\":",
            "\"lamp\":",
            "\"tooltip\":",
            "\"procall_presence\":",
            "\"rule\":",
            "\"lease\":{\"activity\":",
            "\"set_at\":",
            "\"expires_at\":",
            "\"renewals\":",
            "\"verdict\":",
            "\"read_age_ms\":",
            "\"poll_latency_ms\":",
            "\"stale\":",
            "\"note\":",
            "\"department\":",
            "\"procall_shows\":",
            "\"calls\":[",
            "\"since\":",
            "\"poll\":{\"started_at\":",
            "\"duration_ms\":",
            "\"requests\":",
            "\"late_ms\":",
            "\"p50_ms\":",
            "\"p95_ms\":",
            "\"errors\":",
            "\"coverage\":{\"procall_users\":",
            "\"matched\":",
            "\"excluded\":",
            "\"unmatched\":{",
            "\"budget\":{\"used_30s\":",
            "\"limit_30s\":",
            "\"throttled_until\":",
            "\"leases\":{\"held\":",
            "\"confirmed\":",
            "\"masked\":",
            "\"no_effect\":",
            "\"echoes_suppressed\":",
        ];
        let mut rest = text.as_str();
        for field in documented {
            let (_, after) = rest.split_once(field).unwrap_or_else(|| panic!("{field}"));
            rest = after;
        }
    }

    #[test]
    fn a_throttle_that_is_over_is_none() {
        let later = advance(fixture::now(), Duration::from_hours(1));
        let value: serde_json::Value =
            serde_json::from_str(&json(&fixture::snapshot(), later).unwrap()).unwrap();
        assert!(value["budget"]["throttled_until"].is_null());
    }
}
