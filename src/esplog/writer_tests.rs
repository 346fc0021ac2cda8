use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;

fn writer(directory: &Path) -> LogWriter {
    let settings = LogSettings {
        directory: directory.to_owned(),
        max_size_mb: 1,
        keep: 5,
        archive: false,
        level: Level::INFO,
        layout: Layout::default(),
    };
    LogWriter::in_time_zone(settings, TimeZone::get("Europe/Berlin").unwrap())
}

fn line(message: &str) -> Line<'_> {
    Line {
        level: Level::INFO,
        target: "bridge",
        user: None,
        message,
        tenant: None,
        site: None,
        values: None,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_day_is_a_day_in_local_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    // 22:59 UTC is 23:59 in Berlin, 23:01 UTC is the next day.
    assert_eq!(writer.write(at("2026-11-23T22:59:00Z"), &line("a")), None);
    assert_eq!(writer.write(at("2026-11-23T23:01:00Z"), &line("b")), None);
    assert_eq!(
        files(dir.path()),
        [
            "ExternalServiceProvider_2026-11-23.log",
            "ExternalServiceProvider_2026-11-24.log"
        ]
    );
}

#[test]
fn a_full_file_gets_a_successor_and_only_the_newest_stay() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), "not ours").unwrap();
    let mut writer = writer(dir.path());
    // Points are in no notation of secrets: nothing else takes as little time.
    let long = ".".repeat(3_900);
    for _ in 0..2_000 {
        assert_eq!(writer.write(at("2026-11-23T12:00:00Z"), &line(&long)), None);
    }
    let names = files(dir.path());
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(names.contains(&"notes.txt".to_owned()));
    assert!(!names.contains(&"ExternalServiceProvider_2026-11-23.log".to_owned()));
    assert!(names.contains(&"ExternalServiceProvider_2026-11-23_8.log".to_owned()));
    for name in names.iter().filter(|name| *name != "notes.txt") {
        assert!(fs::metadata(dir.path().join(name)).unwrap().len() <= 1024 * 1024);
    }
}

#[test]
fn a_restart_goes_on_with_the_last_file() {
    let dir = tempfile::tempdir().unwrap();
    for message in ["one", "two"] {
        writer(dir.path()).write(at("2026-11-23T12:00:00Z"), &line(message));
    }
    let path = dir.path().join("ExternalServiceProvider_2026-11-23.log");
    assert_eq!(fs::read_to_string(path).unwrap().lines().count(), 2);
}

#[test]
fn unimportant_lines_are_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let mut debug = line("noise");
    debug.level = Level::DEBUG;
    writer(dir.path()).write(at("2026-11-23T12:00:00Z"), &debug);
    assert!(files(dir.path()).is_empty());
}

#[test]
fn a_log_that_was_deleted_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    writer.write(at("2026-11-23T12:00:00Z"), &line("one"));
    let path = dir.path().join("ExternalServiceProvider_2026-11-23.log");
    fs::remove_file(&path).unwrap();
    writer.write(at("2026-11-23T12:00:01Z"), &line("two"));
    assert!(fs::read_to_string(&path).unwrap().contains("two"));
}

#[test]
fn trouble_is_told_once_and_the_loss_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    fs::write(&logs, "a file in the place of the folder").unwrap();
    let mut writer = writer(&logs);
    let now = at("2026-11-23T12:00:00Z");
    let trouble = writer.write(now, &line("one")).flatten().expect("trouble");
    assert!(trouble.message.contains("cannot be written"), "{trouble}");
    assert_eq!(writer.write(now, &line("two")), None);
    writer.note_lost(5);
    fs::remove_file(&logs).unwrap();
    assert_eq!(writer.write(now, &line("three")), Some(None));
    let path = logs.join("ExternalServiceProvider_2026-11-23.log");
    let text = fs::read_to_string(path).unwrap();
    let messages: Vec<_> = text
        .lines()
        .map(|line| line.split_once("-  ").unwrap().1)
        .collect();
    assert_eq!(
        messages,
        ["7 lines lost: the log could not be written", "three"]
    );
}

#[test]
fn a_log_that_was_renamed_replaced_or_emptied_is_written_under_its_name_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut writer = writer(dir.path());
    let now = at("2026-11-23T12:00:00Z");
    let path = dir.path().join("ExternalServiceProvider_2026-11-23.log");
    let text = || fs::read_to_string(&path).unwrap();
    writer.write(now, &line("one"));
    fs::rename(&path, dir.path().join("old")).unwrap();
    writer.write(now, &line("two"));
    assert!(text().contains("two") && !text().contains("one"));
    fs::write(dir.path().join("other"), "another file\n").unwrap();
    fs::rename(dir.path().join("other"), &path).unwrap();
    writer.write(now, &line("three"));
    assert!(text().starts_with("another file\n") && text().contains("three"));
    fs::write(&path, "").unwrap();
    writer.write(now, &line("four"));
    assert!(text().contains("four") && !text().contains('\0'));
    fs::remove_dir_all(dir.path()).unwrap();
    writer.write(now, &line("five"));
    assert!(text().contains("five"));
}

#[rstest::rstest]
#[case::in_an_earlier_run("a line that the disk had no room fo", "fo\n")]
#[case::a_whole_line("a line\n", "line\n")]
fn a_torn_line_does_not_join_the_next(#[case] before: &str, #[case] end: &str) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ExternalServiceProvider_2026-11-23.log");
    fs::write(&path, before).unwrap();
    writer(dir.path()).write(at("2026-11-23T12:00:00Z"), &line("one"));
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(end) && text.lines().count() == 2, "{text}");
}

/// What has the name of the log and is no file stops it as long as it is there, and is named.
#[test]
fn a_pipe_in_the_place_of_the_log_is_trouble_and_it_goes_on_behind_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ExternalServiceProvider_2026-11-23.log");
    let mut writer = writer(dir.path());
    let now = at("2026-11-23T12:00:00Z");
    writer.write(now, &line("one"));
    fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.unwrap().success());
    let trouble = writer.write(now, &line("two")).flatten().expect("trouble");
    assert!(trouble.message.contains("a named pipe"), "{trouble}");
    assert!(trouble.message.contains("[log] directory"), "{trouble}");
    assert_eq!(writer.write(now, &line("three")), None);
    fs::remove_file(&path).unwrap();
    assert_eq!(writer.write(now, &line("four")), Some(None));
    let text = fs::read_to_string(path).unwrap();
    assert!(
        text.contains("2 lines lost") && text.contains("four"),
        "{text}"
    );
}

#[test]
fn a_full_disk_is_trouble_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ExternalServiceProvider_2026-11-23.log");
    symlink("/dev/full", &path).unwrap();
    let mut writer = writer(dir.path());
    // No link is followed any more, but this device is the only full disk everywhere.
    writer.opens = |path| fs::OpenOptions::new().append(true).create(true).open(path);
    let now = at("2026-11-23T12:00:00Z");
    let trouble = writer.write(now, &line("one")).flatten().expect("trouble");
    assert!(
        trouble.message.contains("Make room on that disk"),
        "{trouble}"
    );
    assert_eq!(writer.write(now, &line("two")), None);
    // The next day there is a file that takes it.
    let next = writer.write(at("2026-11-24T12:00:00Z"), &line("three"));
    assert_eq!(next, Some(None));
    let path = dir.path().join("ExternalServiceProvider_2026-11-24.log");
    assert!(fs::read_to_string(path).unwrap().contains("2 lines lost"));
}
