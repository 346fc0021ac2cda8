//! What was shown is shown again, whatever has happened to the files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use files::OpenError;
use jiff::Timestamp;
use model::answer::{Failure, FailureKind};
use model::clock::advance;
use model::presence::{
    CallActivity, CallKind, EntraId, ProcallUser, TeamsPresence, UnmatchedReason, UnmatchedUser,
    Upn, UserName,
};
use model::snapshot::{
    History, LeasePhase, LeaseView, Link, Links, Note, ReadMark, Snapshot, UserEvent,
    UserEventKind, UserRow, Verdict,
};
use proptest::prelude::*;
use stream::{LogRecord, LogSource};

use crate::block::{About, Head, Kind, block};
use crate::hour::Hour;
use crate::{Lack, Lines, Missing, OtherVersion, ReadError, Recorder, Recording, Settings};

const BEGAN: &str = "2026-11-25T14:00:00Z";

fn at(seconds: u64) -> Timestamp {
    advance(BEGAN.parse().unwrap(), Duration::from_secs(seconds))
}

/// Names that no recording without names may have.
const NAMES: [&str; 5] = ["anna", "Anna", "corp.example", "+49", "7f1c2f0e"];

fn failure() -> Failure {
    Failure::new(
        FailureKind::NotFound,
        "404 for anna@corp.example (+49 30 12)",
    )
}

fn row(n: u128) -> Arc<UserRow> {
    let id = 0x7f1c_2f0e_51c5_4a83_9d1e_0c6f_6a4b_2d11 + n;
    Arc::new(UserRow {
        department: Some("Anna and nobody else".into()),
        ..UserRow::named(
            UserName::new(&format!("anna{n}@corp.example")),
            format!("Anna {n}").into(),
            format!("+49 30 {n}").into(),
            EntraId(uuid::Uuid::from_u128(id)),
        )
    })
}

fn picture(users: u128) -> Arc<Snapshot> {
    let mut shown = Snapshot::empty(Arc::default(), at(0));
    let rows: Vec<_> = (0..users).map(row).collect();
    let reads = rows.iter().map(|_| ReadMark::default());
    shown.reads = Arc::new(reads.collect());
    shown.rows = Arc::new(rows);
    let procall = ProcallUser {
        user_name: UserName::new("anna.unmatched@corp.example"),
        display_name: "Anna Unmatched".into(),
        phone: "+49 30 99".into(),
        excluded: false,
    };
    shown.excluded = Arc::new(vec![ProcallUser {
        excluded: true,
        ..procall.clone()
    }]);
    let unmatched = UnmatchedUser {
        procall,
        reason: UnmatchedReason::NoEntraUser,
        near: Some(Upn::new("anna.unmatched@other.example")),
    };
    shown.unmatched = Arc::new(vec![unmatched]);
    Arc::new(shown)
}

/// The next second: something happens to the user `who`.
fn after(shown: &Arc<Snapshot>, who: usize, n: u64) -> Arc<Snapshot> {
    let mut next = Snapshot::clone(shown);
    next.serial += 1;
    next.at = at(n);
    let rows = Arc::make_mut(&mut next.rows);
    let who = who % rows.len();
    let row = Arc::make_mut(&mut rows[who]);
    let kind = match n % 4 {
        0 => UserEventKind::CallRinging(CallKind::Tapi),
        1 => UserEventKind::WriteFailed(Arc::new(failure())),
        2 => UserEventKind::TeamsChanged(TeamsPresence::parse("Busy", "InACall")),
        _ => UserEventKind::BecameStale,
    };
    row.history = row.history.with(&UserEvent { at: at(n), kind });
    row.since = Some(at(n).into());
    // There, the same for a while, and gone.
    row.lease = (n % 4 != 3).then(|| Box::new(lease(n)));
    row.notes = match n % 3 {
        0 => [Note::WriteFailing(Arc::new(failure().trouble()))].into(),
        _ => [].into(),
    };
    next.links = Arc::new(Links {
        graph_read: Link {
            last_error: n.is_multiple_of(5).then(|| (at(n), failure().trouble())),
            ..Link::default()
        },
        ..Links::default()
    });
    Arc::new(next)
}

fn lease(n: u64) -> LeaseView {
    LeaseView {
        activity: CallActivity::InACall,
        phase: LeasePhase::Held,
        set_at: at(0),
        expires_at: at(n / 2 + 300),
        renew_at: None,
        renewals: 0,
        verdict: Verdict::Pending,
        verdict_after: None,
        masked_by: None,
        request_id: None,
    }
}

fn line(n: u64) -> LogRecord {
    LogRecord {
        source: LogSource::Ours,
        at: Some(at(n)),
        level: "info".into(),
        target: "bridge".into(),
        user: Some(UserName::new("anna1@corp.example")),
        text: format!("Anna rings for the {n}th time").into(),
    }
}

fn settings(folder: &Path, names: bool) -> Settings {
    Settings {
        folder: folder.join("history"),
        stem: "corp.example".into(),
        keep: Duration::from_hours(24),
        max_bytes: 200 << 20,
        names,
    }
}

/// A recorder and the log that its lines are of.
struct Logged {
    recorder: Recorder,
    log: Vec<LogRecord>,
}

impl Logged {
    fn new(settings: Settings) -> Self {
        Self {
            recorder: Recorder::new(settings),
            log: Vec::new(),
        }
    }

    fn with_bases_every(self, bytes: usize) -> Self {
        Self {
            recorder: self.recorder.with_bases_every(bytes),
            ..self
        }
    }

    fn record(
        &mut self,
        shown: &Arc<Snapshot>,
        new: Vec<LogRecord>,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        self.log.extend(new.iter().cloned());
        let surplus = self.log.len().saturating_sub(1_000);
        self.log.drain(..surplus);
        let last = || self.log.clone();
        let lines = Lines { new, last: &last };
        self.recorder.record(shown, lines, now)
    }
}

/// What was shown at second `n`, for all of them: something happens in every one of `whom`.
fn record(folder: &Path, users: u128, whom: &[usize]) -> Vec<Arc<Snapshot>> {
    let mut recorder = Logged::new(settings(folder, true)).with_bases_every(2_000);
    let mut shown = vec![picture(users)];
    recorder.record(&shown[0], vec![line(0)], at(0)).unwrap();
    for (n, who) in (1..).zip(whom) {
        let next = after(shown.last().unwrap(), *who, n);
        recorder.record(&next, vec![line(n)], at(n)).unwrap();
        shown.push(next);
    }
    shown
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.join("history")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn open(folder: &Path) -> Recording {
    Recording::open(&folder.join("history"), Some("corp.example")).unwrap()
}

#[test]
fn every_second_is_shown_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let shown = record(folder.path(), 7, &[0, 1, 1, 5, 3, 3, 3, 3, 6]);
    let mut recording = open(folder.path());
    for (n, expected) in (0..).zip(&shown) {
        let place = recording.at(at(n)).unwrap();
        assert_eq!(recording.time(place).unwrap(), at(n));
        let now = recording.show(place).unwrap();
        assert_eq!(now.snapshot, *expected, "second {n}");
        assert_eq!(recording.show(place).unwrap().snapshot, *expected, "again");
        assert_eq!(now.lines.last(), Some(&line(n)));
        assert_eq!(now.lines.len() as u64, n + 1);
        assert_eq!(
            without_histories(&recording.glance(place).unwrap()),
            without_histories(expected)
        );
    }
    // Backwards it is the same.
    let place = recording.at(at(2)).unwrap();
    assert_eq!(recording.show(place).unwrap().snapshot, shown[2]);
}

fn without_histories(of: &Snapshot) -> Snapshot {
    let mut of = of.clone();
    for row in Arc::make_mut(&mut of.rows) {
        Arc::make_mut(row).history = History::default();
    }
    of
}

#[test]
fn the_next_hour_is_another_file_with_the_whole_picture() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Logged::new(settings(folder.path(), true));
    let first = picture(3);
    recorder.record(&first, vec![line(0)], at(3_598)).unwrap();
    let second = after(&first, 1, 3_599);
    recorder.record(&second, vec![line(1)], at(3_599)).unwrap();
    let third = after(&second, 2, 3_600);
    recorder.record(&third, vec![line(2)], at(3_600)).unwrap();
    let files = files(folder.path());
    assert_eq!(files.len(), 2, "{files:?}");
    std::fs::remove_file(&files[0]).unwrap();
    let mut recording = open(folder.path());
    let last = recording.last().unwrap();
    let shown = recording.show(last).unwrap();
    assert_eq!(shown.snapshot, third);
    assert_eq!(shown.lines, [line(0), line(1), line(2)]);
}

#[test]
fn users_who_come_and_go_are_shown_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Logged::new(settings(folder.path(), true));
    let first = after(&picture(3), 1, 1);
    recorder.record(&first, vec![], at(1)).unwrap();
    let mut fewer = Snapshot::clone(&first);
    fewer.rows = Arc::new(fewer.rows[1..].to_vec());
    fewer.reads = Arc::new(fewer.reads.iter().skip(1).collect());
    let fewer = Arc::new(fewer);
    recorder.record(&fewer, vec![], at(2)).unwrap();
    let mut recording = open(folder.path());
    let place = recording.last().unwrap();
    assert_eq!(recording.show(place).unwrap().snapshot, fewer);
}

#[test]
fn nothing_new_takes_no_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Logged::new(settings(folder.path(), true));
    let shown = picture(3);
    recorder.record(&shown, vec![], at(0)).unwrap();
    let length = std::fs::metadata(&files(folder.path())[0]).unwrap().len();
    recorder.record(&shown, vec![], at(1)).unwrap();
    assert_eq!(
        std::fs::metadata(&files(folder.path())[0]).unwrap().len(),
        length
    );
}

#[test]
fn files_are_for_their_owner_only_and_follow_no_link() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    std::fs::write(&elsewhere, "").unwrap();
    std::fs::create_dir(folder.path().join("history")).unwrap();
    let name = "corp.example-20261125T14Z-0001.history";
    let link = folder.path().join("history").join(name);
    std::os::unix::fs::symlink(&elsewhere, &link).unwrap();
    record(folder.path(), 3, &[1]);
    assert_eq!(std::fs::read(&elsewhere).unwrap(), b"");
    let file = files(folder.path()).pop().unwrap();
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn the_files_stay_below_what_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let max_bytes = 60_000;
    let mut recorder = Logged::new(Settings {
        max_bytes,
        ..settings(folder.path(), true)
    });
    let mut shown = picture(50);
    for n in 1..2_000 {
        shown = after(&shown, usize::try_from(n * 7).unwrap(), n);
        recorder.record(&shown, vec![line(n)], at(n * 10)).unwrap();
        let sizes = files(folder.path())
            .into_iter()
            .map(|file| std::fs::metadata(file).unwrap().len());
        let sum: u64 = sizes.sum();
        assert!(sum <= max_bytes, "{sum} after {n}");
    }
    let mut recording = open(folder.path());
    let last = recording.last().unwrap();
    assert_eq!(recording.show(last).unwrap().snapshot.at, shown.at);
    let first = recording.first();
    assert!(recording.time(first).unwrap() > at(10));
}

#[test]
fn a_file_without_names_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Logged::new(settings(folder.path(), false));
    let mut shown = picture(5);
    for n in 1..20 {
        shown = after(&shown, usize::try_from(n).unwrap(), n);
        recorder.record(&shown, vec![line(n)], at(n)).unwrap();
    }
    let mut raw = Vec::new();
    for file in files(folder.path()) {
        let bytes = std::fs::read(file).unwrap();
        raw.extend(crate::unpacked(&bytes).unwrap());
    }
    let text = String::from_utf8(raw).unwrap();
    assert!(text.contains("user-"), "{text}");
    for name in NAMES {
        assert!(!text.contains(name), "{name} in {text}");
    }
    let mut recording = open(folder.path());
    let last = recording.last().unwrap();
    let now = recording.show(last).unwrap();
    let (of, was) = (&now.snapshot.rows[1], &shown.rows[1]);
    assert_eq!(of.history.len(), was.history.len());
    assert_eq!(of.since, was.since);
    // Whoever is looked for twice is the same both times.
    let first = recording.first();
    let first = recording.show(first).unwrap();
    assert_eq!(first.snapshot.rows[1].user_name, of.user_name);
}

#[test]
fn steps_lead_to_events_and_problems() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Logged::new(settings(folder.path(), true));
    let mut shown = picture(3);
    recorder.record(&shown, vec![], at(0)).unwrap();
    for n in 1..=6 {
        let mut next = Snapshot::clone(&shown);
        next.serial = n;
        shown = Arc::new(next);
        if n == 2 || n == 3 {
            // At 3 a note appears.
            shown = after(&shown, 1, n);
        }
        recorder.record(&shown, vec![], at(n)).unwrap();
    }
    let mut recording = open(folder.path());
    let first = recording.first();
    let event = recording.next_event(first).unwrap();
    assert_eq!(recording.time(event).unwrap(), at(2));
    let event = recording.next_event(event).unwrap();
    assert_eq!(recording.time(event).unwrap(), at(3));
    assert_eq!(recording.next_event(event), None);
    let problem = recording.next_problem(first).unwrap();
    assert_eq!(problem, event);
    let last = recording.last().unwrap();
    assert_eq!(recording.event_before(last), Some(event));
    assert_eq!(recording.problem_before(last), Some(event));
    assert_eq!(recording.problem_before(problem), None);
}

#[test]
fn a_time_without_a_recording_is_named() {
    let folder = tempfile::tempdir().unwrap();
    record(folder.path(), 3, &[1, 2]);
    // It ended, and begins again ten minutes later.
    let mut recorder = Logged::new(settings(folder.path(), true));
    let again = after(&picture(3), 1, 600);
    recorder.record(&again, vec![], at(600)).unwrap();
    let mut recording = open(folder.path());
    let lack = Lack {
        from: at(2),
        to: Some(at(600)),
        why: Missing::NotRecorded,
    };
    assert_eq!(recording.lack_at(at(300)).unwrap(), Some(lack));
    assert_eq!(recording.lack_at(at(1)).unwrap(), None);
    assert_eq!(recording.lack_at(at(600)).unwrap(), None);
}

#[test]
fn after_an_error_it_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be.
    std::fs::write(folder.path().join("history"), "").unwrap();
    let mut recorder = Logged::new(settings(folder.path(), true));
    let shown = picture(3);
    recorder.record(&shown, vec![], at(0)).unwrap_err();
    std::fs::remove_file(folder.path().join("history")).unwrap();
    recorder.record(&shown, vec![], at(1)).unwrap();
    let mut recording = open(folder.path());
    let last = recording.last().unwrap();
    assert_eq!(recording.show(last).unwrap().snapshot, shown);
}

#[test]
fn what_is_no_recording_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.history");
    for bytes in [&b""[..], b"garbage", &[0xA7; 500]] {
        std::fs::write(&file, bytes).unwrap();
        let why = Recording::open(&file, None).err().unwrap().to_string();
        assert_eq!(why, "there is no recording");
    }
    let why = Recording::open(folder.path(), Some("corp")).err().unwrap();
    assert_eq!(why.to_string(), "there is no recording");
}

#[test]
fn a_recording_of_another_version_is_named_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let head = Head {
        kind: Kind::Picture,
        about: About::default(),
        protocol: 3,
        chain: 1,
        number: 0,
        at: at(0).as_millisecond(),
    };
    let file = folder.path().join("corp.example-20261125T14Z-0001.history");
    std::fs::write(&file, block(&head, b"")).unwrap();
    for place in [file.as_path(), folder.path()] {
        let why = Recording::open(place, None).err().unwrap();
        assert!(matches!(why, ReadError::Protocol { theirs: 3 }), "{why}");
    }
}

/// They lie there for a day after an upgrade.
#[test]
fn files_of_another_version_beside_ours_are_left_out_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let shown = record(folder.path(), 3, &[0]);
    assert_eq!(open(folder.path()).other_version(), None);
    let before = |seconds| at(0) - Duration::from_secs(seconds);
    let head = |seconds| Head {
        kind: Kind::Picture,
        about: About::default(),
        protocol: 3,
        chain: 1,
        number: 0,
        at: before(seconds).as_millisecond(),
    };
    for (hour, seconds) in [("12", [7_000, 6_000]), ("13", [3_000, 2_000])] {
        let blocks = seconds.map(|seconds| block(&head(seconds), b""));
        let name = format!("history/corp.example-20261125T{hour}Z-0001.history");
        std::fs::write(folder.path().join(name), blocks.concat()).unwrap();
    }
    let mut recording = open(folder.path());
    let expected = OtherVersion {
        files: 2,
        from: before(7_000),
        to: before(2_000),
        theirs: 3,
    };
    assert_eq!(recording.other_version(), Some(expected));
    let first = recording.first();
    assert_eq!(recording.show(first).unwrap().snapshot, shown[0]);
}

/// Something that happens to a file.
#[derive(Clone, Debug)]
enum Harm {
    Cut(f64),
    Flip(f64, u8),
    /// From there, so many bytes are gone.
    Hole(f64, usize),
    /// From there, so many bytes are zero: a block of a disk that was never written.
    Zero(f64, usize),
}

fn harm() -> impl Strategy<Value = Harm> {
    let place = || 0.0..1.0_f64;
    prop_oneof![
        place().prop_map(Harm::Cut),
        (place(), 0..8_u8).prop_map(|(place, bit)| Harm::Flip(place, bit)),
        (place(), 1..400_usize).prop_map(|(place, length)| Harm::Hole(place, length)),
        (place(), 1..400_usize).prop_map(|(place, length)| Harm::Zero(place, length)),
    ]
}

impl Harm {
    fn to(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss
        )]
        let place = |part: f64| (part * length as f64) as usize;
        match *self {
            Self::Cut(at) => bytes.truncate(place(at)),
            Self::Flip(at, bit) => {
                if let Some(byte) = bytes.get_mut(place(at)) {
                    *byte ^= 1 << bit;
                }
            }
            Self::Hole(at, many) => {
                let from = place(at);
                bytes.drain(from..(from + many).min(length));
            }
            Self::Zero(at, many) => {
                let from = place(at);
                bytes[from..(from + many).min(length)].fill(0);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever is shown is what was shown then, and where nothing is shown that is said.
    #[test]
    fn what_is_whole_is_shown_and_the_rest_is_named(
        whom in prop::collection::vec(0..40_usize, 1..40),
        harms in prop::collection::vec(harm(), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let shown = record(folder.path(), 20, &whom);
        let file = files(folder.path()).remove(0);
        let mut bytes = std::fs::read(&file).unwrap();
        for harm in &harms {
            harm.to(&mut bytes);
        }
        std::fs::write(&file, &bytes).unwrap();
        let Ok(hour) = Hour::new(bytes) else { return Ok(()) };
        let Ok(mut recording) = Recording::open(&file, None) else {
            prop_assert!(hour.entries.is_empty());
            return Ok(());
        };
        for (n, expected) in (0..).zip(&shown) {
            let place = recording.at(at(n)).unwrap();
            if recording.time(place).unwrap() != at(n) {
                let lacks = recording.lacks(place).unwrap();
                // At the very beginning nothing tells when it began; a clean cut tells nothing either.
                let first = recording.first();
                let before = at(n) < recording.time(first).unwrap();
                let last = recording.last().unwrap();
                let after = at(n) > recording.time(last).unwrap();
                let named = lacks.iter().any(|lack| lack.from < at(n) && lack.to.is_none_or(|to| at(n) < to));
                prop_assert!(before || after || named, "second {}: {:?}", n, lacks);
                continue;
            }
            let seen = recording.show(place).unwrap().snapshot;
            prop_assert_eq!(without_histories(&seen), without_histories(expected));
            let glance = recording.glance(place).unwrap();
            prop_assert_eq!(without_histories(&glance), without_histories(expected));
            for (row, was) in seen.rows.iter().zip(expected.rows.iter()) {
                let all: Vec<_> = was.history.iter().collect();
                let part: Vec<_> = row.history.iter().collect();
                prop_assert!(all.ends_with(&part), "{:?} of {:?}", part, all);
            }
        }
    }
}
