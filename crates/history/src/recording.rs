//! All files as one recording.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use files::OpenError;
use jiff::Timestamp;
use model::snapshot::{Lack, Missing, Snapshot};
use stream::{LineError, LogRecord, Misfit, PROTOCOL};
use words::{Value, Words};

use crate::block::About;
use crate::folder::{HourFile, files};
use crate::glance::glance;
use crate::hour::{Entry, Hour};
use crate::other_version::OtherVersion;
use crate::walk::Walk;

/// So many files are kept in memory: that of the moment, and the one beside it.
const HELD: usize = 2;

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().in_lang(words::Lang::En))]
pub enum ReadError {
    /// It cannot be opened.
    Open(#[from] OpenError),
    /// It cannot be unpacked.
    Io(#[from] std::io::Error),
    /// There is none: no file, or nothing in it that is one.
    NoRecording,
    /// It was made by a lampfield that speaks another version of the stream.
    Protocol {
        /// That version.
        theirs: u32,
    },
    /// Its frames do not fit together.
    Misfit(#[from] Misfit),
    /// A line that is no frame.
    Line(#[from] LineError),
}

impl ReadError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> Words {
        match self {
            Self::Open(why) => why.words(),
            Self::Io(why) => files::io_words(why),
            Self::NoRecording => Words::of_replay(|t| t.no_recording, &[]),
            Self::Protocol { theirs } => {
                let values: [(&str, &dyn Value); 2] = [("theirs", theirs), ("ours", &PROTOCOL)];
                Words::of_replay(|t| t.other_version, &values)
            }
            Self::Misfit(_) | Self::Line(_) => Words::of_replay(|t| t.misfit, &[]),
        }
    }
}

/// A moment of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    file: usize,
    entry: usize,
}

/// What a moment shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The snapshot, as the bridge had it; of the chain of causes at least the newest events.
    pub snapshot: Arc<Snapshot>,
    /// The last log lines up to then, oldest first.
    pub lines: Vec<LogRecord>,
}

/// The files of one tenant, or one file.
pub struct Recording {
    files: Vec<Listed>,
    other_version: Option<OtherVersion>,
    held: Vec<(usize, Arc<Hour>)>,
    walk: Option<Walk>,
}

/// A file, and since when it goes, where its name says so.
struct Listed {
    path: PathBuf,
    from: Option<Timestamp>,
}

impl Listed {
    fn new(path: PathBuf) -> Self {
        let from = HourFile::of_path(&path).map(|(_, file)| file.hour);
        Self { path, from }
    }

    /// Whether nothing in it is as old as `time`: then it need not be read.
    fn is_after(&self, time: Timestamp) -> bool {
        self.from.is_some_and(|from| from > time)
    }
}

/// Which steps there are.
type Wanted = fn(&About) -> bool;

impl Recording {
    /// Opens a file, or the files of a folder: those of the tenant `stem`; without, those of the
    /// tenant that was recorded last.
    ///
    /// # Errors
    /// [`ReadError`]: nothing there, or nothing that can be read.
    pub fn open(path: &Path, stem: Option<&str>) -> Result<Self, ReadError> {
        let found = std::fs::metadata(path).map_err(OpenError::from)?;
        let mut files = if found.is_dir() {
            of_folder(path, stem)?
        } else {
            vec![path.to_owned()]
        };
        let newest = files.last().cloned();
        let other_version = OtherVersion::take_out(&mut files);
        let mut recording = Self {
            files: files.into_iter().map(Listed::new).collect(),
            other_version,
            held: Vec::new(),
            walk: None,
        };
        recording.leave_out_unreadable();
        if recording.files.is_empty() {
            // Why, where there is something.
            let newest = newest.as_deref().unwrap_or(path);
            Hour::read(newest)
                .map(drop)
                .and(Err(ReadError::NoRecording))
        } else {
            Ok(recording)
        }
    }

    /// Files at either end that show nothing are left out, so that there is a first and a last moment.
    fn leave_out_unreadable(&mut self) {
        while let Some(last) = self.files.len().checked_sub(1)
            && !self.shows_something(last)
        {
            self.files.pop();
            self.held.clear();
        }
        while !self.files.is_empty() && !self.shows_something(0) {
            self.files.remove(0);
            self.held.clear();
        }
    }

    fn shows_something(&mut self, file: usize) -> bool {
        self.hour(file).is_ok_and(|hour| !hour.entries.is_empty())
    }

    fn hour(&mut self, file: usize) -> Result<Arc<Hour>, ReadError> {
        if let Some((_, hour)) = self.held.iter().find(|(held, _)| *held == file) {
            return Ok(Arc::clone(hour));
        }
        let listed = self.files.get(file).ok_or(ReadError::NoRecording)?;
        let hour = Arc::new(Hour::read(&listed.path)?);
        if self.held.len() >= HELD {
            self.held.remove(0);
        }
        self.held.push((file, Arc::clone(&hour)));
        Ok(hour)
    }

    /// What is left out because a lampfield of another version of the stream has made it.
    #[must_use]
    pub const fn other_version(&self) -> Option<OtherVersion> {
        self.other_version
    }

    /// The first moment.
    #[must_use]
    pub const fn first(&self) -> Place {
        Place { file: 0, entry: 0 }
    }

    /// The last moment.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn last(&mut self) -> Result<Place, ReadError> {
        let file = self.files.len().saturating_sub(1);
        let entries = self.hour(file)?.entries.len();
        let entry = entries.checked_sub(1).ok_or(ReadError::NoRecording)?;
        Ok(Place { file, entry })
    }

    /// When a moment was, as a time of day.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn time(&mut self, at: Place) -> Result<Timestamp, ReadError> {
        let hour = self.hour(at.file)?;
        let entry = hour.entries.get(at.entry).ok_or(ReadError::NoRecording)?;
        Ok(entry.head.time())
    }

    /// The last moment up to `time`; the first one, where that is before it.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn at(&mut self, time: Timestamp) -> Result<Place, ReadError> {
        for file in (0..self.files.len()).rev() {
            if self.files.get(file).is_some_and(|file| file.is_after(time)) {
                continue;
            }
            // One that cannot be read is as if it were not there.
            let Ok(hour) = self.hour(file) else { continue };
            let up_to = |entry: &Entry| entry.head.time() <= time;
            if let Some(entry) = hour.entries.iter().rposition(up_to) {
                return Ok(Place { file, entry });
            }
        }
        Ok(self.first())
    }

    /// Who is where at a moment, as fast as it goes: without the chain of causes.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn glance(&mut self, at: Place) -> Result<Arc<Snapshot>, ReadError> {
        glance(&*self.hour(at.file)?, at.entry)
    }

    /// Everything at a moment.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn show(&mut self, at: Place) -> Result<Shown, ReadError> {
        let hour = self.hour(at.file)?;
        let goes_on = self
            .walk
            .take()
            .filter(|walk| walk.is_before(&hour, at.entry));
        let mut walk = match goes_on {
            Some(walk) => walk,
            None => Walk::new(hour)?,
        };
        let snapshot = walk.to(at.entry)?;
        let lines = walk.lines.iter().cloned().collect();
        self.walk = Some(walk);
        Ok(Shown { snapshot, lines })
    }

    /// The moment after; nothing at the end.
    pub fn next(&mut self, at: Place) -> Option<Place> {
        self.step(at, |_| true)
    }

    /// The next moment at which something happened to a user.
    pub fn next_event(&mut self, at: Place) -> Option<Place> {
        self.step(at, |about| about.event)
    }

    /// The last moment before at which something happened to a user.
    pub fn event_before(&mut self, at: Place) -> Option<Place> {
        self.step_back(at, |about| about.event)
    }

    /// The next moment at which something went wrong or was right again.
    pub fn next_problem(&mut self, at: Place) -> Option<Place> {
        self.step(at, |about| about.problem)
    }

    /// The last moment before at which something went wrong or was right again.
    pub fn problem_before(&mut self, at: Place) -> Option<Place> {
        self.step_back(at, |about| about.problem)
    }

    fn step(&mut self, at: Place, wanted: Wanted) -> Option<Place> {
        let mut from = at.entry + 1;
        for file in at.file..self.files.len() {
            if let Ok(hour) = self.hour(file) {
                let mut rest = hour.entries.iter().enumerate().skip(from);
                if let Some((entry, _)) = rest.find(|(_, entry)| wanted(&entry.about())) {
                    return Some(Place { file, entry });
                }
            }
            from = 0;
        }
        None
    }

    fn step_back(&mut self, at: Place, wanted: Wanted) -> Option<Place> {
        let mut before = at.entry;
        for file in (0..=at.file).rev() {
            if let Ok(hour) = self.hour(file) {
                let earlier = hour.entries.iter().take(before);
                if let Some(entry) = earlier.rev_position(wanted) {
                    return Some(Place { file, entry });
                }
            }
            before = usize::MAX;
        }
        None
    }

    /// Why nothing can be shown of `time` itself, where something is missing there.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn lack_at(&mut self, time: Timestamp) -> Result<Option<Lack>, ReadError> {
        let place = self.at(time)?;
        let shown = self.time(place)?;
        let lacks = self.lacks(place)?;
        let covers = |lack: &&Lack| lack.from <= shown && lack.to.is_none_or(|to| time < to);
        let found = lacks.iter().rev().find(covers).copied();
        Ok(found.filter(|lack| lack.from < time || time < shown))
    }

    /// What is missing in the file of this moment, and between it and the next file.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn lacks(&mut self, at: Place) -> Result<Vec<Lack>, ReadError> {
        let mut lacks = self.hour(at.file)?.lacks.clone();
        let after = (at.file + 1..self.files.len()).find_map(|file| self.first_of(file));
        let Some(next) = after else { return Ok(lacks) };
        let hour = self.hour(at.file)?;
        let from = hour
            .entries
            .last()
            .map_or(next.head.time(), |last| last.head.time());
        let to = Some(next.head.time());
        match lacks.last_mut() {
            Some(open) if open.to.is_none() => open.to = to,
            _ if next.about().first => lacks.push(Lack {
                from,
                to,
                why: Missing::NotRecorded,
            }),
            _ => {}
        }
        Ok(lacks)
    }

    fn first_of(&mut self, file: usize) -> Option<Entry> {
        self.hour(file).ok()?.entries.first().cloned()
    }
}

trait RevPosition<'a> {
    fn rev_position(self, wanted: Wanted) -> Option<usize>;
}

impl<'a, I: Iterator<Item = &'a Entry>> RevPosition<'a> for I {
    fn rev_position(self, wanted: Wanted) -> Option<usize> {
        let found = self.enumerate().filter(|(_, entry)| wanted(&entry.about()));
        found.last().map(|(at, _)| at)
    }
}

fn of_folder(folder: &Path, stem: Option<&str>) -> Result<Vec<PathBuf>, ReadError> {
    let found = files(folder, stem).map_err(OpenError::from)?;
    let latest = found.last().map(|(stem, _)| stem.clone());
    let latest = latest.ok_or(ReadError::NoRecording)?;
    let of_tenant = found.into_iter().filter(|(stem, _)| *stem == latest);
    Ok(of_tenant.map(|(_, file)| file.path).collect())
}
