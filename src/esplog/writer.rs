//! Writes our log. A disk that is full or cannot be written never stops the program: lines are
//! counted as lost, tried again with every line, and the loss is written down when it works again.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing::Level;

use super::line::{Layout, Line};
use super::rotation::{LogName, Rotation};
use files::{FileId, OpenRules, ends_in_a_line, io_refusal, make_folder};
use model::cause::{Cause, Trouble};
use model::file_fault::{FileRefusal, StorageFault, StoragePart};
use words::explained;

/// Who was on the phone and when is nobody's business on a shared machine: owner and group only,
/// as /var/log has it.
const MODE: u32 = 0o640;

/// The mode of the log directory, where it is made.
pub const LOG_FOLDER: u32 = 0o750;

/// Where and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The folder; created where it does not exist.
    pub directory: PathBuf,
    /// A file is not larger than this, in MiB; 0: no limit.
    pub max_size_mb: u64,
    /// So many files stay, the current one included; at least 1.
    pub keep: usize,
    /// Old files are never deleted.
    pub archive: bool,
    /// Lines that are less important are left out.
    pub level: Level,
    /// How a line is written.
    pub layout: Layout,
}

/// The log on disk.
#[derive(Debug)]
pub struct LogWriter {
    settings: LogSettings,
    rotation: Rotation,
    time_zone: TimeZone,
    open: Option<Open>,
    /// Since it was last written down.
    lost: u64,
    lost_total: u64,
    failing: bool,
    /// The seam at which the tests fill the disk.
    opens: fn(&Path) -> io::Result<File>,
}

#[derive(Debug)]
struct Open {
    name: LogName,
    file: File,
    size: u64,
    /// The last line was cut off by a full disk, now or in an earlier run: the next one begins on
    /// a line of its own.
    torn: bool,
}

/// Told when the state of the log changes: `Some` with an administrator's words when lines begin
/// to be lost, `None` when it works again.
pub type TroubleChange = Option<Trouble>;

impl LogWriter {
    /// Takes the settings; opens nothing before the first line. Times are local.
    #[must_use]
    pub fn open(settings: LogSettings) -> Self {
        Self::in_time_zone(settings, TimeZone::system())
    }

    /// The same with times of another zone.
    #[must_use]
    pub fn in_time_zone(settings: LogSettings, time_zone: TimeZone) -> Self {
        let max_bytes = match settings.max_size_mb {
            0 => u64::MAX,
            megabytes => megabytes.saturating_mul(1024 * 1024),
        };
        let rotation = Rotation {
            max_bytes,
            keep: settings.keep,
            archive: settings.archive,
        };
        Self {
            settings,
            rotation,
            time_zone,
            open: None,
            lost: 0,
            lost_total: 0,
            failing: false,
            opens: |path| Ok(OpenRules::ours(path).mode(MODE).append()?),
        }
    }

    /// Writes a line, if it is important enough, with one `write(2)`. Returns whether the log
    /// begins to fail or works again; nothing while that stays as it is.
    pub fn write(&mut self, at: Timestamp, line: &Line<'_>) -> Option<TroubleChange> {
        if line.level > self.settings.level {
            return None;
        }
        let outcome = self.write_with_loss(at, line);
        match (outcome, self.failing) {
            (Ok(()), false) => None,
            (Ok(()), true) => {
                self.failing = false;
                Some(None)
            }
            (Err(error), failing) => {
                self.note_lost(1);
                self.failing = true;
                (!failing).then(|| Some(self.trouble(&error)))
            }
        }
    }

    /// Counts lines that did not even get here.
    pub fn note_lost(&mut self, lines: u64) {
        self.lost += lines;
        self.lost_total += lines;
    }

    /// Lines that were lost since the start.
    #[must_use]
    pub const fn lost_total(&self) -> u64 {
        self.lost_total
    }

    fn write_with_loss(&mut self, at: Timestamp, line: &Line<'_>) -> io::Result<()> {
        let at = at.to_zoned(self.time_zone.clone());
        if self.lost > 0 {
            let message = format!("{} lines lost: the log could not be written", self.lost);
            let loss = Line {
                level: Level::WARN,
                target: "bridge",
                user: None,
                message: &message,
                tenant: None,
                site: None,
                values: None,
            };
            self.append(at.date(), &loss.laid_out(self.settings.layout, &at))?;
            self.lost = 0;
        }
        self.append(at.date(), &line.laid_out(self.settings.layout, &at))
    }

    fn append(&mut self, today: Date, text: &str) -> io::Result<()> {
        let open = self.file_for(today, text.len() as u64)?;
        let mut bytes = text.as_bytes().to_vec();
        if open.torn && open.size > 0 {
            bytes.insert(0, b'\n');
        }
        let written = open.file.write(&bytes)?;
        open.size += written as u64;
        open.torn = written < bytes.len() && (open.torn || written > 0);
        if written < bytes.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// The file, where whoever looks for it under its name finds what we write: not where somebody
    /// has removed it, renamed it, or put another in its place. Where somebody has emptied it, it
    /// is as short as they left it.
    fn in_place(&self, mut open: Open) -> Option<Open> {
        let path = self.settings.directory.join(open.name.to_string());
        let ours = open.file.metadata().ok()?;
        let named = fs::symlink_metadata(path).ok()?;
        open.size = ours.len();
        (FileId::from_metadata(&ours) == FileId::from_metadata(&named)).then_some(open)
    }

    /// The open file, if the line belongs there and it still has its name; else the next one.
    fn file_for(&mut self, today: Date, incoming: u64) -> io::Result<&mut Open> {
        let still = self.open.take().filter(|open| {
            let last = Some((open.name, open.size));
            self.rotation.next(today, last, incoming) == open.name
        });
        let open = match still.and_then(|open| self.in_place(open)) {
            Some(open) => open,
            None => self.open_next(today, incoming)?,
        };
        Ok(self.open.insert(open))
    }

    fn open_next(&self, today: Date, incoming: u64) -> io::Result<Open> {
        let directory = &self.settings.directory;
        make_folder(directory, LOG_FOLDER)?;
        let mut existing = self.existing()?;
        let last = existing
            .iter()
            .copied()
            .filter(|name| name.date == today)
            .max();
        let last = last.map(|name| {
            let size = fs::symlink_metadata(directory.join(name.to_string()))
                .map_or(0, |found| found.len());
            (name, size)
        });
        let name = self.rotation.next(today, last, incoming);
        let path = directory.join(name.to_string());
        let file = (self.opens)(&path)?;
        let size = file.metadata()?.len();
        existing.push(name);
        for old in self.rotation.surplus(&existing, name) {
            // One that cannot be deleted is tried again at the next rotation.
            let _ = OpenRules::ours(&directory.join(old.to_string())).remove();
        }
        let torn = !ends_in_a_line(&file);
        Ok(Open {
            name,
            file,
            size,
            torn,
        })
    }

    fn existing(&self) -> io::Result<Vec<LogName>> {
        let entries = fs::read_dir(&self.settings.directory)?;
        let names = entries.filter_map(|entry| LogName::parse(entry.ok()?.file_name().to_str()?));
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn trouble(&self, error: &io::Error) -> Trouble {
        log_trouble(&self.settings.directory, io_refusal(error))
    }
}

/// Why lines of the log in this folder are lost.
pub(crate) fn log_trouble(directory: &Path, why: FileRefusal) -> Trouble {
    let fault = StorageFault::unwritten(StoragePart::Log, directory, why);
    explained(Cause::Storage(Arc::new(fault)))
}

#[cfg(test)]
mod tests {
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
        let long = "x".repeat(3_900);
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
}
