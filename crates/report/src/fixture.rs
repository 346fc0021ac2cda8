//! Six users, made by hand: a lease in each verdict that matters, a stale one, an unknown one,
//! and one with a name that would do harm.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use model::answer::{BudgetView, Failure, FailureKind, RequestId};
use model::cause::Cause;
use model::presence::{
    CallActivity, CallKind, Coverage, EntraId, Mapping, ProcallPresence, ProcallUser,
    TeamsPresence, UnmatchedReason, UnmatchedUser, Upn, UserName,
};
use model::snapshot::{
    CallView, History, LatencyView, LeaseCounts, LeasePhase, LeaseView, Note, PollView, ReadMark,
    Snapshot, UserEvent, UserEventKind, UserRow, Verdict,
};

pub(super) fn now() -> Timestamp {
    "2026-03-02T14:03:10Z".parse().unwrap()
}

fn ago(seconds: u64) -> Timestamp {
    now() - Duration::from_secs(seconds)
}

fn user(number: u128, name: &str, display_name: &str, teams: Option<(&str, &str)>) -> UserRow {
    let teams = teams.map(|(availability, activity)| TeamsPresence::parse(availability, activity));
    let rule = Mapping::built_in().rule_for(teams.as_ref());
    let id = EntraId(Uuid::from_u128(number));
    UserRow {
        teams,
        rule: rule.into(),
        procall: rule.procall,
        ..UserRow::named(UserName::new(name), display_name.into(), "".into(), id)
    }
}

fn lease(verdict: Verdict, phase: LeasePhase) -> LeaseView {
    LeaseView {
        activity: CallActivity::InACall,
        phase,
        set_at: ago(120),
        expires_at: now() + Duration::from_mins(3),
        renew_at: Some(now() + Duration::from_mins(1)),
        renewals: 1,
        verdict,
        verdict_after: Some(Duration::from_secs(3)),
        masked_by: None,
        request_id: None,
    }
}

fn rows() -> Vec<UserRow> {
    vec![
        UserRow {
            department: Some("Vertrieb, Süd".into()),
            procall: ProcallPresence::Unchanged,
            lease: Some(Box::new(lease(Verdict::Confirmed, LeasePhase::Held))),
            notes: [Note::EchoHeld].into(),
            since: Some(ago(118).into()),
            calls: [CallView {
                kind: CallKind::Tapi,
                connected: true,
                since: ago(121),
                stale_since: None,
            }]
            .into(),
            history: history(),
            ..user(
                1,
                "anna@corp.example",
                "Anna Müller",
                Some(("Busy", "InACall")),
            )
        },
        user(
            2,
            "bjørn@corp.example",
            "Bjørn 👩‍💻",
            Some(("DoNotDisturb", "Presenting")),
        ),
        UserRow {
            lease: Some(Box::new(lease(Verdict::Masked, LeasePhase::Held))),
            notes: [Note::Masked("Away/Away".into())].into(),
            ..user(
                3,
                "o'neil@corp.example",
                "Chloé O'Neil",
                Some(("Away", "Away")),
            )
        },
        UserRow {
            notes: [Note::Stale].into(),
            ..user(
                4,
                "dieter@corp.example",
                "山田 太郎",
                Some(("Available", "Available")),
            )
        },
        UserRow {
            lease: Some(Box::new(lease(Verdict::Pending, LeasePhase::Settling))),
            notes: [Note::Unknown("FutureValue".into())].into(),
            ..user(
                5,
                "eva@corp.example",
                "Eva",
                Some(("FutureValue", "Something")),
            )
        },
        user(
            6,
            "frank@corp.example",
            "=HYPERLINK(\"\u{1b}]0;x\u{7}\u{202e}\")",
            None,
        ),
    ]
}

/// A call, from the ringing to the renewal that Graph refused.
fn history() -> History {
    let id = |id: u128| Some(RequestId(Uuid::from_u128(id).into()));
    let refused = Failure {
        status: Some(503),
        request_id: id(8),
        cause: Cause::Server { status: Some(503) },
        ..Failure::new(FailureKind::Server, "Graph has trouble (HTTP 503)")
    };
    let pair = TeamsPresence::parse("Busy", "InACall");
    let events = [
        (125, UserEventKind::CallRinging(CallKind::Tapi)),
        (121, UserEventKind::CallConnected(CallKind::Tapi)),
        (121, UserEventKind::LeaseOrdered(CallActivity::InACall)),
        (
            120,
            UserEventKind::LeaseAccepted(CallActivity::InACall, id(7)),
        ),
        (118, UserEventKind::TeamsChanged(pair)),
        (118, UserEventKind::EchoHeld),
        (
            117,
            UserEventKind::Verdict(Verdict::Confirmed, Duration::from_secs(3)),
        ),
        (5, UserEventKind::WriteFailed(Arc::new(refused))),
    ];
    let events = events.map(|(seconds, kind)| UserEvent {
        at: ago(seconds),
        kind,
    });
    events.into_iter().collect()
}

fn unmatched(name: &str, shown: &str, reason: UnmatchedReason) -> UnmatchedUser {
    let procall = ProcallUser {
        user_name: UserName::new(name),
        display_name: shown.into(),
        phone: "".into(),
        excluded: false,
    };
    UnmatchedUser {
        procall,
        reason,
        near: None,
    }
}

fn mark(age: u64) -> ReadMark {
    ReadMark {
        read_at: Some(ago(age)),
        latency: Duration::from_millis(45),
        failures: 0,
    }
}

fn poll() -> PollView {
    PollView {
        interval: Duration::from_secs(5),
        cycle: 9,
        started_at: Some(ago(2)),
        duration: Duration::from_millis(240),
        requests: 1,
        errors: 0,
        late: Duration::from_millis(2),
        latency: LatencyView {
            p50: Duration::from_millis(41),
            p95: Duration::from_millis(80),
            ..LatencyView::default()
        },
        ..PollView::default()
    }
}

/// The snapshot at [`now`].
pub(super) fn snapshot() -> Snapshot {
    let reasons = [
        (UnmatchedReason::NoEntraUser, 2),
        (UnmatchedReason::Guest, 1),
    ];
    Snapshot {
        rows: Arc::new(rows().into_iter().map(Arc::new).collect()),
        reads: Arc::new(
            [
                mark(2),
                mark(2),
                mark(2),
                mark(95),
                mark(2),
                ReadMark::default(),
            ]
            .into_iter()
            .collect(),
        ),
        unmatched: Arc::new(vec![
            UnmatchedUser {
                near: Some(Upn::new("gerd@corp.example")),
                ..unmatched(
                    "gerd@old.corp.example",
                    "Gerd",
                    UnmatchedReason::NoEntraUser,
                )
            },
            unmatched(
                "hanna@old.corp.example",
                "Hanna",
                UnmatchedReason::NoEntraUser,
            ),
            unmatched("gast@corp.example", "Ein Gast", UnmatchedReason::Guest),
        ]),
        excluded: Arc::new(vec![ProcallUser {
            excluded: true,
            ..unmatched("foyer@corp.example", "Foyer", UnmatchedReason::Guest).procall
        }]),
        coverage: Arc::new(Coverage {
            procall_users: 10,
            matched: 6,
            excluded: 1,
            unmatched: reasons.into(),
        }),
        poll: Arc::new(poll()),
        budget: BudgetView {
            used_30s: 7,
            limit_30s: 1500,
            throttled_until: Some(now() + Duration::from_secs(12)),
            ..BudgetView::default()
        },
        leases: LeaseCounts {
            held: 2,
            confirmed: 1,
            masked: 1,
            no_effect: 0,
        },
        echoes_suppressed: 4,
        ..Snapshot::empty(Arc::default(), now())
    }
}
