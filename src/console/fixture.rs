//! A fixed picture of a small tenant: for the tests, the benchmark and the example that draws the
//! screens without a bridge. Nothing in here is random and nothing reads a clock.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tracing::Level;
use uuid::Uuid;

use super::logs::{LogEntry, LogSource};
use crate::bridge::{
    CallView, ChunkView, CycleView, LatencyView, LeaseCounts, LeasePhase, LeaseView, Link,
    LinkStatus, Links, Note, PollView, ReadMark, Snapshot, TenantView, UserEvent, UserEventKind,
    UserRow, Verdict,
};
use crate::graph::{BudgetView, RequestId, RequestTiming, TokenView};
use crate::presence::{
    CallActivity, CallKind, Coverage, EntraId, Mapping, ProcallUser, TeamsPresence,
    UnmatchedReason, UnmatchedUser, UserName,
};

/// The moment of the picture: 2026-11-23 13:04:07 UTC.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_second(1_795_439_047).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn ago(seconds: i64) -> Timestamp {
    now()
        .checked_sub(SignedDuration::from_secs(seconds))
        .unwrap_or(Timestamp::UNIX_EPOCH)
}

/// One user before it becomes a row.
struct Person {
    name: &'static str,
    user: &'static str,
    teams: (&'static str, &'static str),
    call: Option<(CallKind, i64)>,
    lease: Option<(LeasePhase, Verdict)>,
    notes: Vec<Note>,
    latency: u64,
    age: i64,
}

fn person(name: &'static str, user: &'static str, teams: (&'static str, &'static str)) -> Person {
    Person {
        name,
        user,
        teams,
        call: None,
        lease: None,
        notes: Vec::new(),
        latency: 41,
        age: 2,
    }
}

impl Person {
    fn on(mut self, kind: CallKind, phase: LeasePhase, verdict: Verdict) -> Self {
        self.call = Some((kind, 60));
        self.lease = Some((phase, verdict));
        self
    }

    fn noted(mut self, note: Note) -> Self {
        self.notes.push(note);
        self
    }
}

fn people() -> Vec<Person> {
    let mut stale =
        person("Emil 山田", "emil.yamada", ("Available", "Available")).noted(Note::Stale);
    stale.age = 31;
    let mut slow = person("Karl Lange", "karl.lange", ("BeRightBack", "BeRightBack"));
    slow.latency = 640;
    vec![
        person("Anna Becker", "anna.becker", ("Available", "Available")),
        person("Bernd Kowalski", "bernd.kowalski", ("Busy", "InACall"))
            .on(CallKind::Tapi, LeasePhase::Held, Verdict::Confirmed)
            .noted(Note::EchoHeld),
        person(
            "Carla Müller",
            "carla.mueller",
            ("DoNotDisturb", "DoNotDisturb"),
        )
        .on(CallKind::Tapi, LeasePhase::Held, Verdict::Masked)
        .noted(Note::Masked("DoNotDisturb/DoNotDisturb".into())),
        person("Dora O'Neil", "dora.oneil", ("Away", "Away")),
        stale,
        person("Fatima Rahimi", "fatima.rahimi", ("Offline", "Offline"))
            .on(CallKind::Softphone, LeasePhase::Held, Verdict::NoEffect)
            .noted(Note::NoEffect),
        person(
            "Gustav Steinbrück-Hallenberg",
            "gustav.steinbrueck",
            ("Busy", "Busy"),
        )
        .on(CallKind::Meeting, LeasePhase::Setting, Verdict::Pending),
        person(
            "Helga Thoma",
            "helga.thoma",
            ("PresenceUnknown", "PresenceUnknown"),
        )
        .noted(Note::Unknown("PresenceUnknown".into())),
        person("Ines Vogt", "ines.vogt", ("DoNotDisturb", "Presenting")),
        person("Jürgen Weiß", "juergen.weiss", ("Busy", "InAMeeting")),
        slow,
        person("Zoë 👩‍💻 Nguyen", "zoe.nguyen", ("Busy", "InACall")),
    ]
}

fn row(at: usize, person: &Person) -> UserRow {
    let teams = TeamsPresence::parse(person.teams.0, person.teams.1);
    let rule = Mapping::built_in().rule_for(Some(&teams));
    let ours = person.lease.is_some();
    UserRow {
        user_name: UserName::new(&format!("{}@corp.example", person.user)),
        display_name: person.name.into(),
        phone: format!("+49 30 5550 {}", 100 + at).into(),
        entra_id: EntraId(Uuid::from_u128(0x1000 + at as u128)),
        teams: Some(teams.clone()),
        out_of_office: false,
        since: Some(ago(95)),
        rule,
        procall: if ours && teams.is_call() {
            crate::presence::ProcallPresence::Unchanged
        } else {
            rule.procall
        },
        procall_since: Some(ago(95)),
        calls: calls(person),
        lease: lease(person),
        notes: person.notes.clone().into(),
        paused: false,
        history: Arc::new(history(person, &teams)),
    }
}

fn calls(person: &Person) -> Arc<[CallView]> {
    person
        .call
        .iter()
        .map(|(kind, since)| CallView {
            kind: *kind,
            connected: true,
            since: ago(*since),
        })
        .collect()
}

fn lease(person: &Person) -> Option<LeaseView> {
    let (phase, verdict) = person.lease?;
    let activity = person.call.and_then(|(kind, _)| kind.activity())?;
    let held = phase == LeasePhase::Held;
    Some(LeaseView {
        activity,
        phase,
        set_at: ago(22),
        expires_at: ago(-278),
        renew_at: held.then(|| ago(-158)),
        renewals: u32::from(verdict == Verdict::Masked),
        verdict,
        verdict_after: (verdict != Verdict::Pending).then(|| Duration::from_millis(3_100)),
        masked_by: (verdict == Verdict::Masked)
            .then(|| TeamsPresence::parse(person.teams.0, person.teams.1)),
        request_id: held.then(request_id),
    })
}

fn request_id() -> RequestId {
    RequestId("7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11".into())
}

fn history(person: &Person, teams: &TeamsPresence) -> VecDeque<UserEvent> {
    let mut events = vec![(95, UserEventKind::TeamsChanged(teams.clone()))];
    if let (Some((kind, since)), Some((_, verdict))) = (person.call, person.lease) {
        let activity = kind.activity().unwrap_or(CallActivity::InACall);
        events.push((since, UserEventKind::CallConnected(kind)));
        events.push((since, UserEventKind::LeaseOrdered(activity)));
        if verdict != Verdict::Pending {
            events.push((
                59,
                UserEventKind::LeaseAccepted(activity, Some(request_id())),
            ));
            events.push((
                56,
                UserEventKind::Verdict(verdict, Duration::from_millis(3_100)),
            ));
        }
    }
    events
        .into_iter()
        .map(|(seconds, kind)| UserEvent {
            at: ago(seconds),
            kind,
        })
        .collect()
}

/// Six users that are not matched, one for most reasons.
fn unmatched() -> Vec<UnmatchedUser> {
    use UnmatchedReason as Reason;
    [
        ("Lager Nord", "lager.nord", Reason::NoEntraUser),
        ("Empfang", "empfang", Reason::NoEntraUser),
        ("Max Doppel", "max.doppel", Reason::SeveralEntraUsers),
        ("Extern Gast", "extern.gast", Reason::Guest),
        ("Uwe Alt", "uwe.alt", Reason::Disabled),
        ("Fax", "fax", Reason::NoTeamsPresence),
    ]
    .into_iter()
    .map(|(name, user, reason)| UnmatchedUser {
        procall: ProcallUser {
            user_name: UserName::new(&format!("{user}@corp.example")),
            display_name: name.into(),
            phone: "".into(),
            excluded: false,
        },
        reason,
    })
    .collect()
}

fn coverage(matched: usize, unmatched: &[UnmatchedUser]) -> Coverage {
    let mut reasons = BTreeMap::new();
    for user in unmatched {
        *reasons.entry(user.reason).or_default() += 1;
    }
    Coverage {
        procall_users: matched + unmatched.len() + 1,
        matched,
        excluded: 1,
        unmatched: reasons,
    }
}

fn poll() -> PollView {
    let cycles = [
        41_u64, 38, 44, 39, 180, 52, 41, 40, 95, 43, 41, 640, 47, 42, 41, 39,
    ];
    let timing = RequestTiming {
        scheduled: ago(2),
        started: ago(2),
        first_byte: Some(ago(2)),
        finished: ago(2) + SignedDuration::from_millis(41),
    };
    PollView {
        interval: Duration::from_secs(5),
        cycle: 1_842,
        started_at: Some(ago(2)),
        duration: Duration::from_millis(41),
        requests: 1,
        errors: 0,
        late: Duration::from_millis(3),
        next_at: Some(ago(-3)),
        last_good_at: Some(ago(2)),
        latency: LatencyView {
            p50: Duration::from_millis(41),
            p95: Duration::from_millis(180),
            p99: Duration::from_millis(640),
            max: Duration::from_millis(640),
            samples: 512,
        },
        late_p95: Duration::from_millis(3),
        chunks: Arc::from([ChunkView {
            chunk: 0,
            timing,
            users: 12,
            failure: None,
        }]),
        cycles: Arc::new(
            cycles
                .iter()
                .zip(0_i64..)
                .map(|(millis, at)| cycle(*millis, at))
                .collect(),
        ),
        errors_last_minute: 0,
        chunk_size: 650,
    }
}

fn cycle(millis: u64, at: i64) -> CycleView {
    CycleView {
        started: ago(2 + 5 * (15 - at)),
        duration: Duration::from_millis(millis),
        late: Duration::from_millis(3),
        slowest: Duration::from_millis(millis),
        errors: 0,
    }
}

fn links() -> Links {
    let up = |millis: u64| Link {
        status: LinkStatus::Up,
        last_ok: Some(ago(2)),
        last_error: None,
        latency: Some(Duration::from_millis(millis)),
    };
    Links {
        entra: up(212),
        graph_read: up(41),
        graph_write: Link {
            status: LinkStatus::Degraded,
            last_error: Some((ago(130), "503 Service Unavailable".into())),
            ..up(66)
        },
        procall: up(1),
        storage: up(0),
    }
}

fn tenant() -> TenantView {
    TenantView {
        tenant_id: "corp.example".into(),
        demo: false,
        graph_host: "graph.microsoft.com".into(),
        authority_host: "login.microsoftonline.com".into(),
        procall: "users.csv + calls.jsonl".into(),
    }
}

/// The picture: twelve matched users, six unmatched, one excluded.
#[must_use]
pub fn snapshot() -> Snapshot {
    let people = people();
    let rows = people
        .iter()
        .enumerate()
        .map(|(at, person)| Arc::new(row(at, person)));
    let reads = people.iter().map(|person| ReadMark {
        read_at: Some(ago(person.age)),
        latency: Duration::from_millis(person.latency),
        failures: if person.age > 15 { 3 } else { 0 },
    });
    let unmatched = unmatched();
    Snapshot {
        serial: 1_842,
        started_at: ago(7_200),
        rows: Arc::new(rows.collect()),
        reads: Arc::new(reads.collect()),
        coverage: Arc::new(coverage(people.len(), &unmatched)),
        unmatched: Arc::new(unmatched),
        poll: Arc::new(poll()),
        budget: BudgetView {
            used_30s: 12,
            limit_30s: 1_500,
            allowed_30s: 1_200,
            ..BudgetView::default()
        },
        leases: LeaseCounts {
            held: 4,
            confirmed: 1,
            masked: 1,
            no_effect: 1,
        },
        echoes_suppressed: 7,
        token: TokenView {
            expires_at: Some(ago(-3_480)),
            renewed_at: Some(ago(120)),
            roles: Arc::from(["Presence.ReadWrite.All".into(), "User.Read.All".into()]),
            failure: None,
        },
        links: Arc::new(links()),
        clock_skew_ms: Some(120),
        ..Snapshot::empty(Arc::new(tenant()), now())
    }
}

/// The picture with `count` users: the twelve over and over.
#[must_use]
pub fn crowd(count: usize) -> Snapshot {
    let mut snapshot = snapshot();
    let seed: Vec<(Arc<UserRow>, ReadMark)> = snapshot
        .rows
        .iter()
        .cloned()
        .zip(snapshot.reads.iter().copied())
        .collect();
    let many = (0..count)
        .zip(seed.iter().cycle())
        .map(|(at, (row, read))| {
            let mut row = UserRow::clone(row);
            row.user_name = UserName::new(&format!("u{at:05}.{}", row.user_name));
            row.entra_id = EntraId(Uuid::from_u128(at as u128));
            (Arc::new(row), *read)
        });
    let (rows, reads): (Vec<_>, Vec<_>) = many.unzip();
    snapshot.coverage = Arc::new(coverage(count, &snapshot.unmatched));
    snapshot.rows = Arc::new(rows);
    snapshot.reads = Arc::new(reads);
    snapshot
}

/// A few lines of both logs.
#[must_use]
pub fn log_lines() -> Vec<LogEntry> {
    let line = |source, seconds, level, target: &str, user: Option<&str>, text: &str| LogEntry {
        source,
        at: ago(seconds),
        level,
        target: target.into(),
        user: user.map(UserName::new),
        text: text.into(),
    };
    let (ours, theirs) = (LogSource::Ours, LogSource::UcServer);
    let bernd = Some("bernd.kowalski@corp.example");
    let carla = Some("carla.mueller@corp.example");
    vec![
        line(
            ours,
            62,
            Level::DEBUG,
            "poll",
            None,
            "cycle 1830: 1 request, 41 ms, 0 ms late",
        ),
        line(
            ours,
            60,
            Level::INFO,
            "procall",
            bernd,
            "TAPI call connected",
        ),
        line(ours, 59, Level::INFO, "set", bernd, "Busy/InACall accepted"),
        line(
            ours,
            56,
            Level::INFO,
            "presence",
            bernd,
            "Busy/InACall confirmed after 3.1 s",
        ),
        line(
            ours,
            30,
            Level::ERROR,
            "poll",
            None,
            "cycle 1837: no answer within 5 s",
        ),
        line(
            ours,
            12,
            Level::WARN,
            "set",
            carla,
            "masked by DoNotDisturb/DoNotDisturb",
        ),
        line(
            theirs,
            61,
            Level::INFO,
            "",
            None,
            "CTI: call 4711 connected, line 101",
        ),
        line(
            theirs,
            11,
            Level::WARN,
            "",
            None,
            "Presence provider: bernd.kowalski@corp.example delayed",
        ),
    ]
}
