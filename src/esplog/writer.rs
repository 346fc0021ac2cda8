//! Writes our log. A disk that is full or cannot be written never stops the program: lines are
//! counted as lost, tried again with every line, and the loss is written down when it works again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tracing::Level;

use super::line::Line;
use super::rotation::{LogName, Rotation};
use files::give_to_owner_of;

/// Who was on the phone and when is nobody's business on a shared machine: owner and group only,
/// as /var/log has it.
const MODE: u32 = 0o640;

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
}

/// The log on disk.
#[derive(Debug)]
pub struct LogWriter {
    settings: LogSettings,
    rotation: Rotation,
    time_zone: TimeZone,
    open: Option<Open>,
    lost: u64,
    failing: bool,
    /// The last line was cut off by a full disk: the next one begins on a line of its own.
    torn: bool,
}

#[derive(Debug)]
struct Open {
    name: LogName,
    file: File,
    size: u64,
}

/// Told when the state of the log changes: `Some` with an administrator's words when lines begin
/// to be lost, `None` when it works again.
pub type TroubleChange = Option<Arc<str>>;

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
            failing: false,
            torn: false,
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
                self.lost += 1;
                self.failing = true;
                (!failing).then(|| Some(self.trouble(&error)))
            }
        }
    }

    /// Counts lines that did not even get here.
    pub fn note_lost(&mut self, lines: u64) {
        self.lost += lines;
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
            };
            self.append(at.date(), &loss.layout(&at))?;
            self.lost = 0;
        }
        self.append(at.date(), &line.layout(&at))
    }

    fn append(&mut self, today: Date, text: &str) -> io::Result<()> {
        let torn = self.torn;
        let open = self.file_for(today, text.len() as u64)?;
        let mut bytes = text.as_bytes().to_vec();
        if torn {
            bytes.insert(0, b'\n');
        }
        let written = open.file.write(&bytes)?;
        open.size += written as u64;
        self.torn = written < bytes.len() && (torn || written > 0);
        if written < bytes.len() {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(())
    }

    /// The open file, if the line belongs there and nobody has deleted it; else the next one.
    fn file_for(&mut self, today: Date, incoming: u64) -> io::Result<&mut Open> {
        let fits = self.open.as_ref().is_some_and(|open| {
            let last = Some((open.name, open.size));
            let there = open.file.metadata().is_ok_and(|found| found.nlink() > 0);
            there && self.rotation.next(today, last, incoming) == open.name
        });
        if !fits {
            self.open = None;
            self.torn = false;
        }
        let open = match self.open.take() {
            Some(open) => open,
            None => self.open_next(today, incoming)?,
        };
        Ok(self.open.insert(open))
    }

    fn open_next(&self, today: Date, incoming: u64) -> io::Result<Open> {
        let directory = &self.settings.directory;
        fs::create_dir_all(directory)?;
        let mut existing = self.existing()?;
        let last = existing
            .iter()
            .copied()
            .filter(|name| name.date == today)
            .max();
        let last = last.map(|name| {
            let size =
                fs::metadata(directory.join(name.to_string())).map_or(0, |found| found.len());
            (name, size)
        });
        let name = self.rotation.next(today, last, incoming);
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(MODE)
            .open(directory.join(name.to_string()))?;
        // Where that fails it is ours all the same.
        let _ = give_to_owner_of(directory, &file);
        let size = file.metadata()?.len();
        existing.push(name);
        for old in self.rotation.surplus(&existing, name) {
            // One that cannot be deleted is tried again at the next rotation.
            let _ = fs::remove_file(directory.join(old.to_string()));
        }
        Ok(Open { name, file, size })
    }

    fn existing(&self) -> io::Result<Vec<LogName>> {
        let entries = fs::read_dir(&self.settings.directory)?;
        let names = entries.filter_map(|entry| LogName::parse(entry.ok()?.file_name().to_str()?));
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    fn trouble(&self, error: &io::Error) -> Arc<str> {
        let directory = self.settings.directory.display();
        let advice = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "Make room on that disk",
            _ => "Give lampfield's user the right to write there, or set [log] directory",
        };
        format!("the log in {directory} cannot be written: {error}. {advice}; lines are lost meanwhile, everything else goes on").into()
    }
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
        };
        LogWriter::in_time_zone(settings, TimeZone::get("Europe/Berlin").unwrap())
    }

    fn line(message: &str) -> Line<'_> {
        Line {
            level: Level::INFO,
            target: "bridge",
            user: None,
            message,
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
        assert!(trouble.contains("cannot be written"), "{trouble}");
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
    fn a_full_disk_is_trouble_and_no_panic() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ExternalServiceProvider_2026-11-23.log");
        symlink("/dev/full", &path).unwrap();
        let mut writer = writer(dir.path());
        let now = at("2026-11-23T12:00:00Z");
        let trouble = writer.write(now, &line("one")).flatten().expect("trouble");
        assert!(trouble.contains("Make room on that disk"), "{trouble}");
        assert_eq!(writer.write(now, &line("two")), None);
        // The next day there is a file that takes it.
        let next = writer.write(at("2026-11-24T12:00:00Z"), &line("three"));
        assert_eq!(next, Some(None));
        let path = dir.path().join("ExternalServiceProvider_2026-11-24.log");
        assert!(fs::read_to_string(path).unwrap().contains("2 lines lost"));
    }
}
