//! Following real files.

use std::io::Write;
use std::time::Duration;

use rstest::rstest;

use super::*;
use clocks::ManualClock;

const NOW: &str = "2026-11-23T12:00:00Z";

struct Bench {
    dir: tempfile::TempDir,
    follower: Follower,
    /// Every written file is newer than the one before, whatever the clock of the machine does.
    written: u64,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let glob = dir.path().join("*ExternalServiceProvider*");
        let follower = Follower::new(&glob, TimeZone::UTC).unwrap();
        Self {
            dir,
            follower,
            written: 0,
        }
    }

    fn append(&mut self, day: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(day);
        let mut open = fs::OpenOptions::new();
        let mut file = open.append(true).create(true).open(path).unwrap();
        file.write_all(bytes.as_ref()).unwrap();
        self.written += 1;
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + self.written);
        file.set_modified(at).unwrap();
    }

    fn path(&self, day: &str) -> PathBuf {
        let name = format!("eucsrv_ExternalServiceProvider_{day}.log");
        self.dir.path().join(name)
    }

    fn look(&mut self) -> (Vec<String>, FollowState) {
        let mut lines = Vec::new();
        let state = self.follower.look(NOW.parse().unwrap(), &mut |line| {
            lines.push(line.text.to_string());
        });
        (lines, state)
    }

    fn lines(&mut self) -> Vec<String> {
        self.look().0
    }
}

#[test]
fn without_a_file_it_says_so_and_waits() {
    let mut bench = Bench::new();
    fs::write(bench.dir.path().join("ctisrv.log"), "another log\n").unwrap();
    let (lines, state) = bench.look();
    assert!(lines.is_empty());
    assert!(
        matches!(&state, FollowState::Waiting(why) if why.contains("there is no such file yet")),
        "{state:?}"
    );
    bench.append("1", "first\n");
    let (lines, state) = bench.look();
    assert_eq!(lines, ["first"]);
    assert_eq!(state, FollowState::Following(bench.path("1")));
}

#[test]
fn a_folder_that_is_not_there_is_waited_for() {
    let mut follower = Follower::new(Path::new("/nonexistent/logs/*.log"), TimeZone::UTC).unwrap();
    let state = follower.look(NOW.parse().unwrap(), &mut |_| {});
    assert!(
        matches!(&state, FollowState::Waiting(why) if why.contains("No such file")),
        "{state:?}"
    );
}

#[test]
fn the_first_file_begins_with_its_last_200_lines() {
    let mut bench = Bench::new();
    let long = "x".repeat(500);
    let lines: Vec<_> = (0..2_000)
        .map(|number| format!("{number} {long}"))
        .collect();
    bench.append("1", lines.join("\n") + "\n");
    let lines = bench.lines();
    assert_eq!(lines.len(), 200);
    assert!(lines[0].starts_with("1800 ") && lines[199].starts_with("1999 "));
    bench.append("1", "next\n");
    assert_eq!(bench.lines(), ["next"]);
}

#[test]
fn daily_rotation_finishes_the_old_file_and_begins_the_new_one_at_its_beginning() {
    let mut bench = Bench::new();
    bench.append("2026-11-22", "yesterday\n");
    assert_eq!(bench.lines(), ["yesterday"]);
    bench.append("2026-11-22", "late\nunfinished");
    bench.append("2026-11-23", "one\ntwo\n");
    assert_eq!(bench.lines(), ["late", "unfinished", "one", "two"]);
    bench.append("2026-11-23_2", "three\n");
    assert_eq!(bench.lines(), ["three"]);
}

#[test]
fn two_files_that_are_written_in_turn_are_not_read_twice() {
    let mut bench = Bench::new();
    bench.append("a", "a1\n");
    assert_eq!(bench.lines(), ["a1"]);
    bench.append("b", "b1\n");
    assert_eq!(bench.lines(), ["b1"]);
    bench.append("a", "a2\n");
    assert_eq!(bench.lines(), ["a2"]);
    bench.append("b", "b2\n");
    assert_eq!(bench.lines(), ["b2"]);
}

#[test]
fn rotation_by_rename_does_not_read_the_old_file_again() {
    let mut bench = Bench::new();
    bench.append("1", "one\n");
    bench.lines();
    fs::rename(bench.path("1"), bench.path("old")).unwrap();
    assert!(bench.lines().is_empty());
    bench.append("1", "two\n");
    assert_eq!(bench.lines(), ["two"]);
}

#[test]
fn truncation_and_lines_in_pieces() {
    let mut bench = Bench::new();
    bench.append("1", "a line of some length\nhalf a li");
    assert_eq!(bench.lines(), ["a line of some length"]);
    bench.append("1", "ne\r\n");
    assert_eq!(bench.lines(), ["half a line"]);
    fs::write(bench.path("1"), "anew\n").unwrap();
    assert_eq!(bench.lines(), ["anew"]);
}

#[rstest]
#[case::utf8("Größe 5 €\n".as_bytes().to_vec())]
#[case::utf8_bom("\u{FEFF}Größe 5 €\n".as_bytes().to_vec())]
#[case::windows(b"Gr\xF6\xDFe 5 \x80\r\n".to_vec())]
#[case::utf16_le("Größe 5 €\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect())]
#[case::utf16_le_bom("\u{FEFF}Größe 5 €\n".encode_utf16().flat_map(u16::to_le_bytes).collect())]
#[case::utf16_be_bom("\u{FEFF}Größe 5 €\n".encode_utf16().flat_map(u16::to_be_bytes).collect())]
fn any_encoding_is_read_also_in_pieces(#[case] bytes: Vec<u8>) {
    let mut bench = Bench::new();
    let mut lines = Vec::new();
    for byte in bytes.chunks(3) {
        bench.append("1", byte);
        lines.extend(bench.lines());
    }
    assert_eq!(lines, ["Größe 5 €"]);
}

#[test]
fn long_lines_are_cut_and_harm_is_taken_out() {
    let mut bench = Bench::new();
    bench.append(
        "1",
        format!("\u{1b}]52;c;evil\u{7}{}\nnext\n", "x".repeat(100_000)),
    );
    let lines = bench.lines();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0].chars().count(), 2_000);
    assert!(lines[0].starts_with("]52;c;evilxx"));
    assert_eq!(lines[1], "next");
}

#[rstest]
#[case("/var/*/x.log")]
#[case("/")]
fn a_glob_that_cannot_be_followed_is_refused(#[case] glob: &str) {
    let error = Follower::new(Path::new(glob), TimeZone::UTC).unwrap_err();
    assert!(error.to_string().contains("[log] follow"), "{error}");
}

#[test]
fn the_sink_gets_every_line_and_how_it_stands() {
    let mut bench = Bench::new();
    let (sink, lines) = channel();
    let glob = bench.dir.path().join("*ExternalServiceProvider*");
    let follower = Follower::new(&glob, TimeZone::UTC).unwrap();
    let clock = Arc::new(ManualClock::at(NOW.parse().unwrap()));
    let pace = Duration::from_millis(2);
    let take = move |line| sink.send(line).unwrap();
    let guard = follower.spawn(take, clock, pace).unwrap();
    let next = || lines.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(next().text.starts_with("waiting for"));
    bench.append("1", "2026-11-23 11:04:05 WARN slow\n");
    let line = next();
    assert_eq!((&*line.text, line.level), ("slow", Some(Level::WARN)));
    assert!(next().text.starts_with("following"));
    drop(guard);
    // The thread ends, and the sink with it.
    while lines.recv_timeout(Duration::from_secs(20)).is_ok() {}
}

#[test]
fn a_folder_under_the_name_is_named_and_a_file_is_followed_later() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ExternalServiceProvider.log");
    fs::create_dir(&path).unwrap();
    let mut follower = Follower::new(&path, TimeZone::UTC).unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let FollowState::Waiting(why) = follower.look(now, &mut |_| {}) else {
        panic!("a folder is followed");
    };
    assert!(
        why.contains("is no regular file") && why.contains("[log] follow"),
        "{why}"
    );
    assert!(follower.oddity().unwrap().contains("[log] follow"));
    fs::remove_dir(&path).unwrap();
    assert_eq!(follower.oddity(), None);
    fs::write(&path, "a line\n").unwrap();
    assert_eq!(follower.oddity(), None);
    let mut lines = Vec::new();
    follower.look(now, &mut |line| lines.push(line.text.to_string()));
    assert_eq!(lines, ["a line"]);
}
