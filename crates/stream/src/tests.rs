//! What goes in comes out; what does not fit is refused.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use model::answer::{Failure, FailureKind, Priority};
use model::cause::{Cause, Trouble};
use model::presence::{
    CallActivity, CallKind, EntraId, Mapping, ProcallPresence, ProcallUser, TeamsPresence,
    UnmatchedReason, UnmatchedUser, Upn, UserName,
};
use model::procall::{ShownPresence, ShownState};
use model::snapshot::{
    CallView, CycleView, HISTORY_LENGTH, History, LeasePhase, LeaseView, Mode, Note, ObserveReason,
    ReadMark, Snapshot, UserEvent, UserEventKind, UserRow, Verdict,
};
use model::string_pool::ArcStr;
use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn all_changes(old: &Snapshot, new: &Snapshot) -> Vec<Frame> {
    changes(old, new).collect()
}

fn failure() -> Failure {
    Failure {
        status: Some(403),
        retry_after: Some(Duration::from_millis(1_500)),
        ..Failure::new(FailureKind::Permission, "refused").because(Cause::Permission {
            name: "Presence.ReadWrite.All".into(),
            delegated: false,
        })
    }
}

fn event(seconds: i64, kind: UserEventKind) -> UserEvent {
    let at = at(seconds);
    UserEvent { at, kind }
}

/// One of each kind that carries something.
fn events(count: i64) -> History {
    let rule = Mapping::built_in().rule_for(Some(&TeamsPresence::parse("Busy", "InACall")));
    let kinds = [
        UserEventKind::CallConnected(CallKind::Softphone),
        UserEventKind::LeaseOrdered(CallActivity::InACall),
        UserEventKind::WriteFailed(Arc::new(failure())),
        UserEventKind::LeaseAccepted(CallActivity::InACall, None),
        UserEventKind::TeamsChanged(TeamsPresence::parse("Busy", "SomethingNew")),
        UserEventKind::Verdict(Verdict::Confirmed, Duration::from_millis(4_200)),
        UserEventKind::ProcallSet(rule.into()),
        UserEventKind::WouldWrite(None),
    ];
    (0..count)
        .zip(kinds.into_iter().cycle())
        .map(|(n, kind)| event(n, kind))
        .collect()
}

fn row(n: u128, busy: bool, history: i64) -> Arc<UserRow> {
    let pair = TeamsPresence::parse("Busy", "InACall");
    let lease = LeaseView {
        activity: CallActivity::InACall,
        phase: LeasePhase::Held,
        set_at: at(1),
        expires_at: at(301),
        renew_at: Some(at(181)),
        renewals: 2,
        verdict: Verdict::Masked,
        verdict_after: Some(Duration::from_millis(4_200)),
        masked_by: Some(TeamsPresence::parse("Away", "Away")),
        request_id: Some(model::answer::RequestId(
            "7f1c2f0e-51c5-4a83-9d1e-0c6f6a4b2d11".into(),
        )),
    };
    let call = CallView {
        kind: CallKind::Tapi,
        connected: true,
        since: at(0),
        stale_since: Some(at(5)),
    };
    let notes = [
        Note::WriteFailing(Arc::new(failure().trouble())),
        Note::Masked("Away/Away".into()),
    ];
    Arc::new(UserRow {
        user_name: UserName::new(&format!("user{n}@corp.example")),
        display_name: format!("Üser \u{201e}{n}\u{201c}").into(),
        phone: "".into(),
        entra_id: EntraId(uuid::Uuid::from_u128(n)),
        department: n.is_multiple_of(2).then(|| "Vertrieb".into()),
        teams: busy.then(|| pair.clone()),
        out_of_office: n.is_multiple_of(2),
        since: busy.then(|| at(3).into()),
        rule: Mapping::built_in().rule_for(busy.then_some(&pair)).into(),
        procall: if n.is_multiple_of(11) {
            ProcallPresence::BusyInACall
        } else {
            ProcallPresence::Unchanged
        },
        procall_since: n.is_multiple_of(11).then(|| at(2).into()),
        shows: busy.then_some(ShownPresence {
            state: ShownState::Busy,
            in_a_call: n.is_multiple_of(2),
        }),
        shown_before: n.is_multiple_of(3).then_some(ShownState::Available),
        calls: if busy { [call].into() } else { [].into() },
        lease: busy.then(|| Box::new(lease)),
        notes: if busy { notes.into() } else { [].into() },
        paused: n.is_multiple_of(5),
        cleared: n.is_multiple_of(7),
        teams_right: n.is_multiple_of(3).then_some(true),
        history: events(history),
    })
}

fn mark(n: u32) -> ReadMark {
    ReadMark {
        read_at: (n > 0).then(|| at(n.into())),
        latency: Duration::from_micros(u64::from(n) * 17),
        failures: n % 2,
    }
}

/// A snapshot of `rows` users, of whom every third is on the phone.
fn snapshot(serial: u64, rows: u128) -> Snapshot {
    let mut snapshot = Snapshot::empty(Arc::default(), at(0));
    let name = UserName::new("nobody@corp.example");
    let procall = ProcallUser {
        user_name: name,
        display_name: "Nobody".into(),
        phone: "".into(),
        excluded: false,
    };
    snapshot.serial = serial;
    snapshot.at = at(9);
    snapshot.rows = Arc::new((0..rows).map(|n| row(n, n % 3 == 0, 4)).collect());
    snapshot.reads = Arc::new(
        (0..rows)
            .map(|n| mark(u32::try_from(n / 650).unwrap()))
            .collect(),
    );
    snapshot.excluded = Arc::new(vec![ProcallUser {
        excluded: true,
        ..procall.clone()
    }]);
    snapshot.unmatched = Arc::new(vec![UnmatchedUser {
        procall,
        reason: UnmatchedReason::NoEntraUser,
        near: Some(Upn::new("somebody@corp.example")),
    }]);
    snapshot.mode = Mode::Observing(ObserveReason::OtherWriter { pid: Some(7) });
    let links = Arc::make_mut(&mut snapshot.links);
    links.procall.last_error = Some((at(2), Trouble::new(Cause::LogIn { code: 113 }, "no")));
    snapshot.token.failure = Some(failure());
    snapshot.clock_skew_ms = Some(-40);
    snapshot.wall_ahead = SignedDuration::from_millis(1_500);
    snapshot.log_lines_lost = 3;
    snapshot.budget.sent_total = [(Priority::Poll, 12), (Priority::Set, 2)].into();
    snapshot.budget.failed_total = [(FailureKind::Timeout, 1)].into();
    snapshot
}

/// Through lines and back.
fn taken(decoder: &mut Decoder, frames: impl IntoIterator<Item = Frame>) -> Arc<Snapshot> {
    let mut last = None;
    for frame in frames {
        let mut line = Vec::new();
        write_line(&frame, &mut line).unwrap();
        assert_eq!(line.split(|byte| *byte == b'\n').count(), 2);
        if let Some(committed) = decoder.take(read_line(&line).unwrap()).unwrap() {
            last = Some(committed);
        }
    }
    last.expect("a commit")
}

#[test]
fn a_picture_comes_out_as_it_went_in() {
    for rows in [0, 1, 511, 512, 1_300] {
        let snapshot = snapshot(3, rows);
        assert_eq!(
            *taken(&mut Decoder::default(), picture(&snapshot)),
            snapshot
        );
    }
}

#[test]
fn a_department_is_kept_once_however_many_rows_tell_it() {
    let (old, mut decoder) = (snapshot(3, 8), Decoder::default());
    let first = taken(&mut decoder, picture(&old));
    let mut new = old.clone();
    let mut moved = UserRow::clone(&old.rows[1]);
    moved.department = old.rows[0].department.clone();
    Arc::make_mut(&mut new.rows)[1] = Arc::new(moved);
    let second = taken(&mut decoder, changes(&old, &new));
    for (rows, expected) in [(&first.rows, 4), (&second.rows, 5)] {
        let known: Vec<_> = rows
            .iter()
            .filter_map(|row| row.department.as_ref())
            .collect();
        assert_eq!(known.len(), expected);
        assert!(known.iter().all(|one| ArcStr::ptr_eq(one, known[0])));
    }
}

#[test]
fn the_rows_are_there_before_their_histories() {
    let snapshot = snapshot(3, 600);
    let mut decoder = Decoder::default();
    let first = picture(&snapshot).find_map(|frame| decoder.take(frame).unwrap());
    let first = first.expect("a commit");
    assert_eq!(first.rows.len(), 600);
    assert!(first.rows.iter().all(|row| row.history.is_empty()));
}

/// Whoever shows them meanwhile need not hold all of them twice.
#[test]
fn a_row_that_is_shown_is_not_copied_to_take_its_history() {
    let snapshot = snapshot(3, 600);
    let mut decoder = Decoder::default();
    let commits = picture(&snapshot).filter_map(|frame| decoder.take(frame).unwrap());
    let commits: Vec<_> = commits.collect();
    let [rows, whole] = commits.try_into().unwrap();
    assert_eq!(*whole, snapshot);
    let pairs = rows.rows.iter().zip(whole.rows.iter());
    assert!(pairs.into_iter().all(|(a, b)| Arc::ptr_eq(a, b)));
}

/// What is told is the summary of what the bridge holds.
#[test]
fn whoever_wants_a_summary_keeps_one() {
    let mut whole = snapshot(3, 1_300);
    let mut decoder = Decoder::for_summary();
    let held = taken(&mut decoder, picture(&whole));
    assert!(*held == summary(&whole));
    let odd = |snapshot: &Snapshot| {
        snapshot
            .rows
            .iter()
            .filter(|it| it.odd_note().is_some())
            .count()
    };
    assert_eq!(held.rows.len(), odd(&whole).min(500));
    happens(&mut whole, Change::Users(3));
    assert!(taken(&mut decoder, picture(&whole)).rows.is_empty());
}

#[test]
fn of_a_row_only_what_is_different_is_told() {
    let old = snapshot(3, 4);
    let mut new = old.clone();
    let rows = Arc::make_mut(&mut new.rows);
    // The same once more, told from the old one by its pointer alone.
    rows[1] = Arc::new(UserRow::clone(&rows[1]));
    let row = Arc::make_mut(&mut rows[3]);
    row.teams = None;
    row.lease.as_mut().unwrap().verdict = Verdict::Confirmed;
    let frames = all_changes(&old, &new);
    assert_eq!(frames.len(), 2, "{frames:?}");
    let mut line = Vec::new();
    write_line(&frames[0], &mut line).unwrap();
    let expected = br#"{"row":{"at":3,"row":{"teams":null},"lease":{"verdict":"confirmed"}}}"#;
    assert_eq!(line.trim_ascii_end(), expected);
}

#[test]
fn nothing_new_is_one_line() {
    let old = snapshot(3, 20);
    let new = Snapshot {
        serial: 4,
        at: at(10),
        ..old.clone()
    };
    assert!(matches!(
        all_changes(&old, &new)[..],
        [Frame::Commit { serial: 4, .. }]
    ));
}

#[test]
fn what_does_not_fit_is_refused() {
    let snapshot = snapshot(3, 2);
    let mut decoder = Decoder::default();
    let lone = all_changes(&snapshot, &snapshot).remove(0);
    assert_eq!(decoder.take(lone.clone()), Err(Misfit::NoPicture));
    decoder.take(Frame::Picture { rows: 1 }).unwrap();
    assert_eq!(decoder.take(lone), Err(Misfit::RowCount));
    let two = Frame::Rows(snapshot.rows.to_vec());
    assert_eq!(decoder.take(two), Err(Misfit::RowCount));
    let mut decoder = Decoder::default();
    taken(&mut decoder, picture(&snapshot));
    for far in [2, usize::MAX] {
        let frame = Frame::Row {
            at: far,
            row: Box::default(),
            lease: None,
            history: None,
        };
        assert_eq!(decoder.take(frame), Err(Misfit::NoSuchRow));
        let runs = snapshot
            .reads
            .runs_since(&model::snapshot::ReadMarks::default());
        let frame = Frame::Reads(far, runs[0].1.clone());
        assert_eq!(decoder.take(frame), Err(Misfit::NoSuchRow));
    }
}

/// A bridge of a version that did not count yet.
#[test]
fn a_budget_without_counts_is_read() {
    let line = br#"{"shared":{"budget":{"used_30s":4,"limit_30s":1500,"allowed_30s":1200,
        "throttled_until":null,"throttled_total":0,"waiting":0}}}"#;
    let Frame::Shared(shared) = read_line(line).unwrap() else {
        panic!("another frame");
    };
    let budget = shared.budget.unwrap();
    assert_eq!(budget.used_30s, 4);
    assert!(budget.sent_total.is_empty() && budget.failed_total.is_empty());
}

#[test]
fn a_user_of_a_kind_that_was_not_told_is_no_frame() {
    let mut line = Vec::new();
    write_line(&Frame::Rows(vec![row(1, false, 0)]), &mut line).unwrap();
    let line = String::from_utf8(line).unwrap();
    let (alike, users) = line.split_once(r#"],"users""#).unwrap();
    let (head, _) = alike.split_once('[').unwrap();
    assert!(read_line::<Frame>(line.as_bytes()).is_ok());
    let line = format!(r#"{head}[],"users"{users}"#);
    assert!(read_line::<Frame>(line.as_bytes()).is_err());
}

#[test]
fn an_error_quotes_nothing() {
    let error = read_line::<Frame>(br#"{"rows":"client_secret=abc"}"#).unwrap_err();
    assert!(!error.to_string().contains("abc"));
}

/// What may become of a snapshot.
#[derive(Clone, Copy, Debug)]
enum Change {
    Row(u8, bool, u8),
    Event(u8, u8),
    Lease(u8, u8),
    Read(u8, u8),
    Users(u8),
    Poll(u8),
    Mode(bool),
    Skew(Option<i64>),
    Token(bool),
    Counts(u8),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        (any::<u8>(), any::<bool>(), 0..30_u8).prop_map(|(n, busy, h)| Change::Row(n, busy, h)),
        (any::<u8>(), any::<u8>()).prop_map(|(n, h)| Change::Event(n, h)),
        (any::<u8>(), any::<u8>()).prop_map(|(n, m)| Change::Lease(n, m)),
        (any::<u8>(), any::<u8>()).prop_map(|(n, m)| Change::Read(n, m)),
        (0..40_u8).prop_map(Change::Users),
        any::<u8>().prop_map(Change::Poll),
        any::<bool>().prop_map(Change::Mode),
        any::<Option<i64>>().prop_map(Change::Skew),
        any::<bool>().prop_map(Change::Token),
        any::<u8>().prop_map(Change::Counts),
    ]
}

fn ended(second: i64) -> CycleView {
    let took = Duration::from_millis(40);
    CycleView {
        started: at(second),
        duration: took,
        late: Duration::ZERO,
        slowest: took,
        errors: 0,
    }
}

fn happens(snapshot: &mut Snapshot, change: Change) {
    let rows = snapshot.rows.len();
    let place = |n: u8| usize::from(n) % rows.max(1);
    match change {
        Change::Row(n, busy, history) if rows > 0 => {
            let number = u128::try_from(place(n)).unwrap();
            Arc::make_mut(&mut snapshot.rows)[place(n)] = row(number, busy, history.into());
        }
        Change::Event(n, kind) if rows > 0 => {
            let row = &mut Arc::make_mut(&mut snapshot.rows)[place(n)];
            let row = Arc::make_mut(row);
            let kinds: Vec<_> = events(8).iter().collect();
            row.history = row.history.with(&kinds[usize::from(kind) % kinds.len()]);
            assert!(row.history.len() <= HISTORY_LENGTH);
        }
        Change::Read(n, m) if rows > 0 => {
            let marks = snapshot.reads.iter().enumerate();
            let new = marks.map(|(at, old)| if at == place(n) { mark(m.into()) } else { old });
            snapshot.reads = Arc::new(new.collect());
        }
        Change::Lease(n, renewals) if rows > 0 => {
            let row = &mut Arc::make_mut(&mut snapshot.rows)[place(n)];
            if let Some(lease) = &mut Arc::make_mut(row).lease {
                lease.renewals = renewals.into();
                lease.renew_at = (renewals % 2 == 0).then(|| at(renewals.into()));
                lease.masked_by = (renewals % 3 == 0).then(|| TeamsPresence::parse("Away", "Away"));
                lease.request_id = lease.request_id.take().filter(|_| renewals % 5 > 0);
            }
        }
        Change::Row(..) | Change::Event(..) | Change::Lease(..) | Change::Read(..) => {}
        Change::Users(count) => {
            snapshot.rows = Arc::new((0..count.into()).map(|n| row(n, false, 1)).collect());
            snapshot.reads = Arc::new((0..count.into()).map(mark).collect());
        }
        Change::Poll(cycle) => {
            let poll = Arc::make_mut(&mut snapshot.poll);
            poll.cycle = cycle.into();
            poll.down = (cycle % 2 == 0).then(|| failure().trouble());
            let cycles = Arc::make_mut(&mut poll.cycles);
            cycles.extend((0..cycle % 7).map(|n| ended(n.into())));
            let surplus = cycles.len().saturating_sub(5);
            cycles.drain(..surplus);
        }
        Change::Mode(writing) => {
            snapshot.mode = if writing { Mode::Writing } else { Mode::Paused };
        }
        Change::Skew(skew) => snapshot.clock_skew_ms = skew,
        Change::Token(fails) => snapshot.token.failure = fails.then(failure),
        Change::Counts(count) => {
            snapshot.log_lines_lost = (count / 8).into();
            let sent = &mut snapshot.budget.sent_total;
            *sent.entry(Priority::Poll).or_default() += u64::from(count % 8);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whoever came when, and however many snapshots they missed: after a commit they hold what
    /// the bridge holds.
    #[test]
    fn everybody_holds_what_the_bridge_holds(
        steps in prop::collection::vec((change(), any::<[bool; 3]>(), any::<bool>()), 1..24),
    ) {
        let mut now = snapshot(1, 8);
        let mut summing: Option<(Decoder, Snapshot)> = None;
        let mut looking: [Option<(Decoder, Snapshot)>; 3] = [None, None, None];
        for (change, looks, leaves) in steps {
            happens(&mut now, change);
            now.serial += 1;
            let sum = match &mut summing {
                Some((decoder, had)) => taken(decoder, changes(had, &now)),
                none => {
                    let (decoder, _) = none.insert((Decoder::for_summary(), now.clone()));
                    taken(decoder, picture(&now))
                }
            };
            prop_assert!(*sum == summary(&now), "summary {}", now.serial);
            if let Some((_, had)) = &mut summing {
                *had = now.clone();
            }
            for (place, looks) in looking.iter_mut().zip(looks) {
                if !looks {
                    continue;
                }
                let held = if let Some((decoder, had)) = place {
                    taken(decoder, changes(had, &now))
                } else {
                    let (decoder, _) = place.insert((Decoder::default(), now.clone()));
                    taken(decoder, picture(&now))
                };
                prop_assert!(*held == now, "snapshot {}", now.serial);
                if let Some((_, had)) = place {
                    *had = now.clone();
                }
                if leaves {
                    *place = None;
                }
            }
        }
    }
}
