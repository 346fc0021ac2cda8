use std::sync::Arc;

use jiff::SignedDuration;
use rstest::rstest;
use uuid::Uuid;

use super::*;
use crate::answer::{Failure, FailureKind};
use crate::cause::Cause;
use crate::presence::{Coverage, EntraId};
use crate::procall::Obstacle;
use crate::snapshot::{
    ClusterView, CycleView, DirectoryView, EngineView, Link, LinkStatus, Links, MemberView,
    PollView, Snapshot, UserRow,
};
use crate::source_fault::SourceFault;

pub(super) fn now() -> Timestamp {
    Timestamp::from_second(1_795_439_047).unwrap()
}

pub(super) fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn row(at: u128, notes: &[Note]) -> Arc<UserRow> {
    let name = UserName::new(&format!("u{at}@corp.example"));
    Arc::new(UserRow {
        notes: notes.into(),
        ..UserRow::named(name, "".into(), "".into(), EntraId(Uuid::from_u128(at)))
    })
}

pub(super) fn works(at: i64) -> Link {
    Link {
        status: LinkStatus::Up,
        last_ok: Some(ago(at)),
        ..Link::default()
    }
}

pub(super) fn fails(status: LinkStatus, cause: Cause) -> Link {
    Link {
        status,
        last_ok: Some(ago(7)),
        last_error: Some((ago(1), Trouble::new(cause, "in the words of the server"))),
        latency: None,
    }
}

/// A bridge that works, with so many users who have these notes.
pub(super) fn well(users: u128, notes: &[Note]) -> Snapshot {
    let mut snapshot = Snapshot::empty(Arc::default(), now());
    snapshot.rows = Arc::new((0..users).map(|at| row(at, notes)).collect());
    snapshot.coverage = Arc::new(Coverage {
        procall_users: users as usize,
        matched: users as usize,
        ..Coverage::default()
    });
    snapshot.poll = Arc::new(PollView {
        interval: Duration::from_secs(5),
        cycle: 9,
        last_good_at: Some(ago(2)),
        ..PollView::default()
    });
    snapshot.links = Arc::new(Links {
        entra: works(60),
        graph_read: works(2),
        graph_write: works(2),
        procall: works(1),
        procall_silent_since: None,
        storage: works(1),
        alerts: Link::default(),
    });
    snapshot.token.expires_at = Some(ago(-3_000));
    snapshot.directory = Arc::new(DirectoryView {
        full_at: Some(ago(600)),
        ..DirectoryView::default()
    });
    snapshot
}

const EXPIRED: Cause = Cause::Entra { code: 7_000_222 };

fn refused(cause: Cause) -> Failure {
    Failure::new(FailureKind::Credentials, "the secret expired").because(cause)
}

fn of_failure(cause: &Cause) -> Note {
    Note::WriteFailing(Arc::new(Trouble::new(cause.clone(), "could not write")))
}

pub(super) fn codes(snapshot: &Snapshot) -> Vec<&'static str> {
    let found = find(snapshot, now());
    found.iter().map(|problem| problem.kind.code()).collect()
}

/// The secret has expired, and with it everything else fails: what 31 users' rows, every hop, the
/// directory and the poll say of it is one problem.
fn without_secret() -> Snapshot {
    let mut snapshot = well(31, &[of_failure(&EXPIRED), Note::Stale]);
    snapshot.token.expires_at = Some(ago(3));
    snapshot.token.failure = Some(refused(EXPIRED));
    let trouble = Trouble::new(EXPIRED, "the secret expired");
    snapshot.links = Arc::new(Links {
        entra: fails(LinkStatus::Down, EXPIRED),
        graph_read: fails(LinkStatus::Down, EXPIRED),
        graph_write: fails(LinkStatus::Down, EXPIRED),
        ..(*snapshot.links).clone()
    });
    snapshot.directory = Arc::new(DirectoryView {
        failure: Some(Arc::new(refused(EXPIRED))),
        ..(*snapshot.directory).clone()
    });
    snapshot.poll = Arc::new(PollView {
        down: Some(trouble),
        errors_last_minute: 12,
        late_p95: Duration::from_secs(9),
        last_good_at: Some(ago(90)),
        ..(*snapshot.poll).clone()
    });
    snapshot
}

#[test]
fn a_bridge_that_works_has_no_problem() {
    assert_eq!(codes(&well(31, &[])), Vec::<&str>::new());
}

#[test]
fn an_expired_secret_is_one_problem_of_31_users() {
    let found = find(&without_secret(), now());
    let [problem] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(problem.kind.code(), "no_token");
    assert_eq!((problem.severity, problem.affected), (Severity::Dead, 31));
}

#[test]
fn what_a_row_says_of_it_is_hidden_and_what_is_its_own_is_not() {
    let mut snapshot = without_secret();
    let roots = Roots::of(&snapshot, now());
    assert_eq!(roots.shown_note(&snapshot.rows[0]), None);
    assert!(roots.hide_any(&snapshot.rows[0]));
    let masked = Note::Masked("Away/Away".into());
    snapshot.rows = Arc::new(vec![row(1, &[of_failure(&EXPIRED), masked.clone()])]);
    assert_eq!(roots.shown_note(&snapshot.rows[0]), Some(&masked));
    assert_eq!(codes(&snapshot), ["no_token", "masked"]);
}

#[test]
fn a_token_that_holds_while_it_cannot_be_renewed_is_no_outage() {
    let mut snapshot = well(31, &[]);
    snapshot.token.failure = Some(refused(EXPIRED));
    snapshot.links = Arc::new(Links {
        entra: fails(LinkStatus::Down, EXPIRED),
        ..(*snapshot.links).clone()
    });
    assert_eq!(codes(&snapshot), ["token_not_renewed"]);
    assert_eq!(
        token_state(&snapshot, now()),
        TokenState::Valid(ago(-3_000))
    );
    assert_eq!(writing(&snapshot, now()), Writing::Yes);
}

/// Graph says 401, and Entra gives no other.
#[rstest]
#[case::entra_refuses(Some(refused(EXPIRED)), EXPIRED)]
#[case::graph_takes_no_new_one_either(None, Cause::Token { clock_ahead: None })]
fn a_token_that_graph_does_not_take_is_not_called_valid(
    #[case] failure: Option<Failure>,
    #[case] cause: Cause,
) {
    let mut snapshot = well(31, &[]);
    snapshot.token.failure = failure;
    snapshot.links = Arc::new(Links {
        graph_read: fails(LinkStatus::Degraded, cause),
        ..(*snapshot.links).clone()
    });
    assert_eq!(token_state(&snapshot, now()), TokenState::Refused);
    assert_eq!(writing(&snapshot, now()), Writing::Cannot);
    assert_eq!(reading(&snapshot, now()), Reading::NoAnswer(Some(ago(2))));
    assert_eq!(codes(&snapshot), ["no_token"]);
}

#[test]
fn a_network_that_is_gone_is_one_problem_for_entra_and_graph() {
    let way = |host: &str| Cause::NameResolution(host.into());
    let mut snapshot = well(31, &[of_failure(&way("graph")), Note::Stale]);
    let failure = Failure::new(FailureKind::Network, "dns").because(way("login"));
    snapshot.token.failure = Some(failure.clone());
    snapshot.links = Arc::new(Links {
        entra: fails(LinkStatus::Degraded, way("login")),
        graph_read: fails(LinkStatus::Down, way("graph")),
        graph_write: fails(LinkStatus::Down, way("graph")),
        ..(*snapshot.links).clone()
    });
    snapshot.directory = Arc::new(DirectoryView {
        failure: Some(Arc::new(failure.because(way("graph")))),
        ..(*snapshot.directory).clone()
    });
    assert_eq!(codes(&snapshot), ["read_fails"]);
}

#[test]
fn a_missing_permission_is_said_once() {
    let cause = Cause::Permission {
        name: "Presence.ReadWrite.All".into(),
        delegated: false,
    };
    let mut snapshot = well(31, &[of_failure(&cause)]);
    snapshot.token.roles = Arc::from(["Presence.Read.All".into()]);
    snapshot.links = Arc::new(Links {
        graph_write: fails(LinkStatus::Down, cause),
        ..(*snapshot.links).clone()
    });
    assert_eq!(codes(&snapshot), ["permission"]);
}

#[test]
fn throttling_is_the_root_of_what_fails_meanwhile() {
    let cause = Cause::Throttled { wait: Some(30) };
    let mut snapshot = well(31, &[of_failure(&Cause::Throttled { wait: None })]);
    snapshot.budget.throttled_until = Some(ago(-30));
    snapshot.links = Arc::new(Links {
        graph_read: fails(LinkStatus::Degraded, cause),
        ..(*snapshot.links).clone()
    });
    snapshot.poll = Arc::new(PollView {
        errors_last_minute: 3,
        late_p95: Duration::from_secs(30),
        ..(*snapshot.poll).clone()
    });
    assert_eq!(codes(&snapshot), ["throttled"]);
    assert_eq!(writing(&snapshot, now()), Writing::Cannot);
}

#[test]
fn writes_that_fail_for_one_reason_are_one_problem() {
    let server = Cause::Server { status: Some(503) };
    let mut snapshot = well(31, &[of_failure(&server)]);
    snapshot.links = Arc::new(Links {
        graph_write: fails(LinkStatus::Degraded, server.clone()),
        ..(*snapshot.links).clone()
    });
    let found = find(&snapshot, now());
    assert_eq!((found.len(), found[0].affected), (1, 31));
    assert_eq!(found[0].kind.code(), "write_failing");
    snapshot.links = Arc::new(Links {
        graph_write: fails(LinkStatus::Down, server),
        ..(*snapshot.links).clone()
    });
    let found = find(&snapshot, now());
    assert_eq!((found.len(), found[0].affected), (1, 31));
    assert_eq!(found[0].kind.code(), "write_fails");
    assert_eq!(writing(&snapshot, now()), Writing::Cannot);
}

#[rstest]
#[case::a_right_of_the_service_account(Note::Obstacle(Obstacle::MayNotSetPresence), 2, 1)]
#[case::stale_rows(Note::Stale, 2, 1)]
#[case::each_his_own(Note::NoEffect, 5, 5)]
#[case::too_many_to_name(Note::NoEffect, 6, 1)]
fn users_with_the_same_thing_are_one_problem_where_the_cause_is_one(
    #[case] note: Note,
    #[case] users: u128,
    #[case] problems: usize,
) {
    let found = find(&well(users, &[note]), now());
    assert_eq!(found.len(), problems);
    let affected: usize = found.iter().map(|problem| problem.affected).sum();
    assert_eq!(affected as u128, users);
    assert_eq!(found[0].user.is_none(), problems == 1);
}

/// Sorted by harm, whatever the order of the checks is.
#[test]
fn a_source_that_is_gone_comes_before_one_users_leftover() {
    let mut snapshot = well(31, &[]);
    let mut rows = (*snapshot.rows).clone();
    rows[3] = row(3, &[Note::NoEffect]);
    rows[4] = row(4, &[of_failure(&Cause::NotFound)]);
    snapshot.rows = Arc::new(rows);
    snapshot.links = Arc::new(Links {
        procall: fails(
            LinkStatus::Degraded,
            Cause::Files([SourceFault::Hangs].into()),
        ),
        ..(*snapshot.links).clone()
    });
    snapshot.clock_skew_ms = Some(40_000);
    let order = codes(&snapshot);
    let expected = ["procall_fails", "write_failing", "no_effect", "clock_skew"];
    assert_eq!(order, expected);
}

#[test]
fn a_presence_that_is_set_by_hand_in_procall_is_a_fact() {
    let snapshot = well(3, &[Note::Obstacle(Obstacle::ForeignPresence)]);
    assert_eq!(codes(&snapshot), Vec::<&str>::new());
}

fn late(snapshot: &mut Snapshot, slowest: Duration) {
    let cycle = CycleView {
        started: ago(20),
        duration: slowest,
        late: Duration::from_secs(3),
        slowest,
        errors: 0,
    };
    snapshot.poll = Arc::new(PollView {
        late_p95: Duration::from_secs(3),
        cycles: Arc::new([cycle].into()),
        ..(*snapshot.poll).clone()
    });
}

#[test]
fn a_slow_graph_is_not_a_busy_machine() {
    let by = |snapshot: &Snapshot| match find(snapshot, now()).as_slice() {
        [
            Problem {
                kind: ProblemKind::Late(_, by),
                ..
            },
        ] => *by,
        other => panic!("{other:?}"),
    };
    let mut snapshot = well(3, &[]);
    late(&mut snapshot, Duration::from_secs(8));
    assert_eq!(by(&snapshot), LateBy::SlowAnswers(Duration::from_secs(8)));
    late(&mut snapshot, Duration::from_millis(80));
    assert_eq!(by(&snapshot), LateBy::Machine);
    snapshot.budget.waiting = 7;
    assert_eq!(by(&snapshot), LateBy::Budget);
}

#[test]
fn a_problem_is_still_the_same_with_other_numbers() {
    let before = find(&without_secret(), now());
    let mut later = without_secret();
    later.rows = Arc::new(Vec::new());
    let after = find(&later, now());
    assert!(after[0].is_still(&before[0]));
    let one = find(&well(1, &[Note::NoEffect]), now());
    assert!(!one[0].is_still(&before[0]));
}

/// Whoever leads says itself what is wrong with it; without the engine nobody knows how the others are.
#[rstest]
#[case::stands_by("two:2", EngineView::Answers, true)]
#[case::leads("one:1", EngineView::Answers, false)]
#[case::not_heard("two:2", EngineView::Lost { since: Timestamp::UNIX_EPOCH, trouble: "gone".into() }, false)]
fn a_member_that_could_not_take_over_is_a_problem(
    #[case] lacks: &str,
    #[case] engine: EngineView,
    #[case] said: bool,
) {
    let mut snapshot = well(1, &[]);
    let member = |name: &str| MemberView {
        name: name.into(),
        since: Timestamp::UNIX_EPOCH,
        trouble: (name == lacks).then(|| "no token".into()),
    };
    snapshot.cluster = Some(Arc::new(ClusterView {
        leader: Some("one:1".into()),
        members: ["one:1", "two:2"].map(member).into(),
        fence: 1,
        engine,
    }));
    let problems = find(&snapshot, now());
    let of_standby = |it: &&Problem| matches!(it.kind, ProblemKind::StandbyFails { .. });
    assert_eq!(
        problems.iter().filter(of_standby).count(),
        usize::from(said)
    );
    let problem = problems.iter().find(of_standby);
    assert!(problem.is_none_or(|it| it.severity == Severity::Warning));
}
