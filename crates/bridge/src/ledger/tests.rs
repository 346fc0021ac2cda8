//! What must survive: crashes at every byte, full disks, foreign hands.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use model::presence::{CallActivity, UserName};

const TENANT: &str = "corp.example";
const CLIENT: &str = "11111111-2222-3333-4444-555555555555";

fn entry(number: u128) -> LedgerEntry {
    let set_at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000);
    LedgerEntry {
        entra_id: EntraId(Uuid::from_u128(number)),
        user_name: UserName::new(&format!("user{number}@corp.example")),
        activity: CallActivity::InACall,
        set_at,
        expires_at: set_at + SignedDuration::from_mins(5),
    }
}

fn open(dir: &Path) -> (Ledger, Vec<LedgerEntry>) {
    Ledger::open(dir, TENANT, CLIENT).expect("the ledger opens")
}

fn journal_of(dir: &Path) -> PathBuf {
    dir.join("leases-corp.example.jsonl")
}

#[test]
fn a_thousand_leases_survive_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, held) = open(dir.path());
    assert!(held.is_empty());
    for number in 0..1_000 {
        ledger.put(&entry(number)).unwrap();
    }
    for number in 0..100 {
        ledger.remove(entry(number).entra_id).unwrap();
    }
    // A crash: nothing of the ledger is dropped, flushed or closed.
    std::mem::forget(ledger);
    let (ledger, held) = open(dir.path());
    assert_eq!(held, (100..1_000).map(entry).collect::<Vec<_>>());
    assert_eq!(ledger.opening(), &Opening::default());
}

#[test]
fn a_renewed_lease_replaces_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = open(dir.path());
    ledger.put(&entry(1)).unwrap();
    let renewed = LedgerEntry {
        activity: CallActivity::InAConferenceCall,
        expires_at: entry(1).expires_at + SignedDuration::from_mins(3),
        ..entry(1)
    };
    ledger.put(&renewed).unwrap();
    assert_eq!(open(dir.path()).1, [renewed]);
}

/// A request of a second in which `count` went out.
fn sent(second: i64, count: u32) -> Sent {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second);
    Sent { at, count }
}

#[test]
fn what_was_sent_lately_survives_a_crash_and_a_journal_written_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = open(dir.path());
    ledger.sent(sent(1_000, 7)).unwrap();
    // Set and cleared again and again: no lease is left, and the journal is written anew.
    for second in 1_030..1_060 {
        for number in 0..40 {
            ledger.put(&entry(number)).unwrap();
            ledger.sent(sent(second, 1)).unwrap();
            ledger.sent(sent(second, 1)).unwrap();
            ledger.remove(entry(number).entra_id).unwrap();
        }
    }
    std::mem::forget(ledger);
    let (ledger, held) = open(dir.path());
    assert!(held.is_empty());
    let lately: Vec<_> = ledger.sent_lately().collect();
    let expected: Vec<_> = (1_030..1_060).map(|second| sent(second, 80)).collect();
    assert_eq!(lately, expected, "and nothing older than the window");
}

#[test]
fn leases_of_another_application_or_tenant_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).0.put(&entry(1)).unwrap();
    let (_, held) = Ledger::open(dir.path(), "other.example", CLIENT).unwrap();
    assert!(held.is_empty());
    let (ledger, held) = Ledger::open(dir.path(), TENANT, "another").unwrap();
    assert!(held.is_empty());
    assert_eq!(ledger.opening().foreign, 1);
}

#[test]
fn broken_lines_are_counted_and_the_rest_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut bytes = journal::whole(CLIENT, [entry(1)].iter(), &SentLately::default());
    bytes.extend(b"\xFF\xFEgarbage\n\n{\"put\":{}}\n");
    bytes.extend(journal::put(&entry(2)));
    fs::write(journal_of(dir.path()), bytes).unwrap();
    let (ledger, held) = open(dir.path());
    assert_eq!(held, [entry(1), entry(2)]);
    assert_eq!(ledger.opening().broken_lines, 2);
    assert!(!ledger.opening().torn);
    // They are gone once they were reported.
    assert_eq!(open(dir.path()).0.opening(), &Opening::default());
}

/// Somebody has looked into it with an editor of Windows, or a power loss left NULs in it.
#[rstest::rstest]
#[case::mark(|text: &str| format!("\u{FEFF}{text}").into_bytes())]
#[case::windows(|text: &str| text.replace('\n', "\r\n").into_bytes())]
#[case::utf16(|text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect())]
#[case::hole(|text: &str| [vec![0; 512], text.as_bytes().to_vec(), vec![0; 512]].concat())]
fn a_journal_that_was_saved_by_an_editor_is_read(#[case] saved: fn(&str) -> Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let bytes = journal::whole(CLIENT, [entry(1), entry(2)].iter(), &SentLately::default());
    let text = String::from_utf8(bytes).unwrap();
    fs::write(journal_of(dir.path()), saved(&text)).unwrap();
    let (ledger, held) = open(dir.path());
    assert_eq!(held, [entry(1), entry(2)]);
    assert_eq!(ledger.opening().broken_lines, 0);
}

#[test]
fn the_journal_does_not_grow_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let (mut ledger, _) = open(dir.path());
    for _ in 0..3_000 {
        ledger.put(&entry(1)).unwrap();
        ledger.remove(entry(1).entra_id).unwrap();
    }
    ledger.put(&entry(2)).unwrap();
    let lines = fs::read_to_string(journal_of(dir.path()))
        .unwrap()
        .lines()
        .count();
    assert!(lines <= SPARE_LINES + 6, "{lines} lines");
    assert_eq!(open(dir.path()).1, [entry(2)]);
}

#[test]
fn the_file_is_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state/lampfield");
    fs::write(dir.path().join("x"), "").unwrap();
    let (mut ledger, _) = open(&state);
    ledger.put(&entry(1)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&journal_of(&state)), 0o600);
    assert_eq!(mode(&state), 0o700);
    // One that was opened up is closed again.
    fs::set_permissions(journal_of(&state), fs::Permissions::from_mode(0o644)).unwrap();
    open(&state);
    assert_eq!(mode(&journal_of(&state)), 0o600);
}

#[test]
fn a_directory_that_cannot_be_written_says_what_to_do() {
    // Not even root may create files there.
    let error = Ledger::open(Path::new("/proc/self"), TENANT, CLIENT).unwrap_err();
    assert_eq!(error.doing, "written");
    assert!(error.to_string().contains("[state] directory"), "{error}");
    let error = Ledger::open(Path::new("/proc/lampfield"), TENANT, CLIENT).unwrap_err();
    assert!(
        error.to_string().contains("leases-corp.example.jsonl"),
        "{error}"
    );
}

#[test]
fn a_read_only_directory_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(dir.path().join("probe"), "").is_ok() {
        println!("skipped: this user may write to read-only directories (root)");
        return;
    }
    let error = Ledger::open(dir.path(), TENANT, CLIENT).unwrap_err();
    assert_eq!(error.source.kind(), ErrorKind::PermissionDenied);
}

#[test]
fn a_tenant_cannot_leave_the_directory() {
    assert_eq!(file_stem("../../etc/passwd"), ".._.._etc_passwd");
    assert_eq!(file_stem(" Corp.Example "), "corp.example");
}

/// A disk with so many bytes free. Shared, so that a "restart" finds what was written.
#[derive(Clone, Debug, Default)]
struct SmallDisk {
    bytes: Arc<Mutex<Vec<u8>>>,
    room: Arc<AtomicUsize>,
}

impl SmallDisk {
    fn with_room(room: usize) -> Self {
        let disk = Self::default();
        disk.room.store(room, Ordering::SeqCst);
        disk
    }

    fn open(&self) -> (Ledger, Vec<LedgerEntry>) {
        Ledger::open_on(Box::new(self.clone()), "ledger".into(), CLIENT).unwrap()
    }
}

impl Disk for SmallDisk {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(self.bytes.lock().unwrap().clone())
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let mut bytes = self.bytes.lock().unwrap();
        let free = self.room.load(Ordering::SeqCst).saturating_sub(bytes.len());
        bytes.extend(line.iter().take(free));
        if free < line.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    fn replace(&mut self, new: &[u8]) -> io::Result<()> {
        if self.room.load(Ordering::SeqCst) < new.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        *self.bytes.lock().unwrap() = new.to_vec();
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_and_everything_is_written_when_there_is_room_again() {
    let disk = SmallDisk::with_room(700);
    let (mut ledger, _) = disk.open();
    let failed = (0..10)
        .filter(|number| ledger.put(&entry(*number)).is_err())
        .count();
    assert!((1..10).contains(&failed), "{failed} of 10 failed");
    let error = ledger.put(&entry(3)).unwrap_err();
    assert!(
        error.to_string().contains("Make room on that disk"),
        "{error}"
    );
    assert_eq!(ledger.entries().len(), 10);

    disk.room.store(1_000_000, Ordering::SeqCst);
    ledger.sync().unwrap();
    assert_eq!(disk.open().1.len(), 10);
}

#[test]
fn what_was_held_is_read_although_the_disk_is_full() {
    let disk = SmallDisk::default();
    *disk.bytes.lock().unwrap() = journal::whole(CLIENT, [entry(1)].iter(), &SentLately::default());
    let (ledger, held) = disk.open();
    assert_eq!(held, [entry(1)]);
    assert!(ledger.opening().not_written.is_some());
}

#[test]
fn a_full_file_system_fails_the_write_itself() {
    let mut full = JournalFile::new(Path::new("/dev/full"));
    // `/dev/full` in the place of the journal: only the append goes there.
    full.append_to(
        fs::OpenOptions::new()
            .append(true)
            .open("/dev/full")
            .unwrap(),
    );
    let error = full.append(b"line\n").unwrap_err();
    assert!(io_refusal(&error).is_full(), "{error}");
}

/// Everything that can be done to a ledger.
#[derive(Clone, Debug)]
enum Step {
    Put(u128),
    Remove(u128),
    Restart,
    Room(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0..6_u128).prop_map(Step::Put),
        3 => (0..6_u128).prop_map(Step::Remove),
        1 => Just(Step::Restart),
        1 => (0..3_000_usize).prop_map(Step::Room),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    /// Whatever happens, memory is right, and so is the disk whenever the last call was well.
    #[test]
    fn memory_and_disk_agree_whenever_the_disk_has_room(steps in steps()) {
        let disk = SmallDisk::with_room(3_000);
        let (mut ledger, _) = disk.open();
        let mut model = BTreeMap::new();
        for step in steps {
            let outcome = match step {
                Step::Put(number) => {
                    model.insert(entry(number).entra_id, entry(number));
                    ledger.put(&entry(number))
                }
                Step::Remove(number) => {
                    model.remove(&entry(number).entra_id);
                    ledger.remove(entry(number).entra_id)
                }
                Step::Restart => {
                    disk.room.store(1_000_000, Ordering::SeqCst);
                    ledger.sync().unwrap();
                    ledger = disk.open().0;
                    Ok(())
                }
                Step::Room(room) => {
                    disk.room.store(room, Ordering::SeqCst);
                    ledger.sync()
                }
            };
            prop_assert!(ledger.entries().eq(model.values()));
            if outcome.is_ok() {
                let on_disk = journal::read(&disk.bytes.lock().unwrap(), CLIENT);
                prop_assert_eq!(&on_disk.entries, &model);
            }
        }
    }

    #[test]
    fn anything_may_stand_in_the_file(bytes: Vec<u8>) {
        let _ = journal::read(&bytes, CLIENT);
    }
}

fn check_cut(bytes: &[u8], at: usize, entries: &[LedgerEntry]) {
    let read = journal::read(&bytes[..at], CLIENT);
    let ends: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
    // The first line says whose the leases are. A line without its end is whole as well.
    let whole = ends
        .iter()
        .filter(|end| **end <= at)
        .count()
        .saturating_sub(1);
    let held: Vec<_> = read.entries.into_values().collect();
    assert_eq!(held, entries[..whole], "cut at {at}");
    assert_eq!(read.opening.broken_lines, 0);
}

/// A journal cut off at any byte holds exactly the leases of its whole lines.
#[test]
fn every_byte_is_a_place_to_be_cut_off_at() {
    let entries: Vec<_> = (0..4).map(entry).collect();
    let bytes = journal::whole(CLIENT, entries.iter(), &SentLately::default());
    for at in 0..=bytes.len() {
        check_cut(&bytes, at, &entries);
    }
}
