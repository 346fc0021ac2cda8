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
#[path = "writer_tests.rs"]
mod tests;
