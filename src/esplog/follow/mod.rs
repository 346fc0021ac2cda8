//! Follows the log of a real UCServer: the newest file that a glob matches, across its daily and
//! size rotation, in any encoding, whatever the lines look like.

mod followed;
mod glob;
mod guess;

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::Level;

use files::FileId;
use followed::Followed;
use model::clock::Clock;
use model::text::harmless;

/// So many files that were followed before are remembered with the place reached in them, so that
/// a file that becomes the newest again is not read a second time.
const REMEMBERED: usize = 4;

/// A line of the followed log. Harmless text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedLine {
    /// When, where the line says so in one of the usual ways.
    pub at: Option<Timestamp>,
    /// How bad, where it says so.
    pub level: Option<Level>,
    /// The rest; the whole line where neither was found.
    pub text: Arc<str>,
}

/// How the following stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowState {
    /// This file is read.
    Following(PathBuf),
    /// Nothing matches, or it cannot be read; in an administrator's words.
    Waiting(Arc<str>),
}

/// A glob that cannot be followed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.words().in_lang(words::Lang::En))]
pub struct FollowError(String);

impl FollowError {
    /// Why, in both languages.
    #[must_use]
    pub fn words(&self) -> words::Words {
        words::Words::say(|t| t.errors.follow, &[("glob", &self.0)])
    }
}

/// Follows the newest file that a glob matches.
#[derive(Debug)]
pub struct Follower {
    folder: PathBuf,
    pattern: String,
    time_zone: TimeZone,
    current: Option<Followed>,
    earlier: VecDeque<Followed>,
}

impl Follower {
    /// Follows what `glob` matches: a folder, and a file name with `*` and `?`, in any case.
    /// Times without a zone are taken as times of `time_zone`.
    ///
    /// # Errors
    /// When the folder holds a wildcard, or there is no file name.
    pub fn new(glob: &Path, time_zone: TimeZone) -> Result<Self, FollowError> {
        let refused = || FollowError(harmless(&glob.to_string_lossy()).into_owned());
        let folder = glob.parent().unwrap_or(Path::new(""));
        let pattern = glob
            .file_name()
            .and_then(OsStr::to_str)
            .ok_or_else(refused)?;
        if folder.to_string_lossy().contains(['*', '?']) {
            return Err(refused());
        }
        let here = folder.as_os_str().is_empty();
        Ok(Self {
            folder: if here { Path::new(".") } else { folder }.to_owned(),
            pattern: pattern.to_owned(),
            time_zone,
            current: None,
            earlier: VecDeque::new(),
        })
    }

    /// What matches and cannot be followed, because it is a pipe, a folder or a device; nothing where
    /// there is a file, or nothing yet. For whoever does not follow by himself.
    #[must_use]
    pub fn oddity(&self) -> Option<String> {
        let nothing = self.newest().is_ok_and(|newest| newest.is_none());
        self.other().filter(|_| nothing)
    }

    /// Reads everything that is new. The first file begins with its last 200 lines, every later
    /// one with its first line.
    pub fn look(&mut self, now: Timestamp, sink: &mut dyn FnMut(FollowedLine)) -> FollowState {
        let newest = self.newest();
        let zone = self.time_zone.clone();
        let mut take = |text: &str| sink(line(text, now, &zone));
        let mut failed = self
            .current
            .as_mut()
            .and_then(|file| file.read(now, &mut take).err());
        match newest {
            Ok(Some((path, id))) if self.current.as_ref().is_none_or(|file| file.id() != id) => {
                failed = self.turn_to(&path, id, now, &mut take).err();
            }
            Ok(Some(_)) => {}
            Ok(None) => return self.waiting(&self.why_none()),
            Err(error) => return self.waiting(&error.to_string()),
        }
        match (failed, &self.current) {
            (Some(error), _) => self.waiting(&error.to_string()),
            (None, Some(file)) => FollowState::Following(file.path().to_owned()),
            (None, None) => self.waiting("there is no such file yet"),
        }
    }

    /// Follows until the guard is dropped, on a thread of its own, into `sink`; says there which
    /// file is read, and that there is none yet. Looks every `pace`.
    ///
    /// # Errors
    /// When the system has no more threads.
    pub fn spawn(
        mut self,
        sink: impl Fn(FollowedLine) + Send + 'static,
        clock: Arc<dyn Clock>,
        pace: Duration,
    ) -> std::io::Result<FollowGuard> {
        let (stop, stopped) = channel::<()>();
        let thread = std::thread::Builder::new().name("follow".to_owned());
        thread.spawn(move || {
            let mut told = None;
            loop {
                let now = clock.wall();
                let state = self.look(now, &mut |line| sink(line));
                if told.as_ref() != Some(&state) {
                    sink(status(&state, now));
                    told = Some(state);
                }
                if stopped.recv_timeout(pace) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        })?;
        Ok(FollowGuard(stop))
    }

    fn turn_to(
        &mut self,
        path: &Path,
        id: FileId,
        now: Timestamp,
        take: &mut dyn FnMut(&str),
    ) -> std::io::Result<()> {
        let first = self.current.is_none();
        let before = self.earlier.iter().position(|file| file.id() == id);
        let mut next = match before.and_then(|at| self.earlier.remove(at)) {
            Some(file) => file,
            None if first => Followed::open_at_end(path)?,
            None => Followed::open(path)?,
        };
        if let Some(mut last) = self.current.take() {
            last.finish(take);
            self.earlier.push_back(last);
            let surplus = self.earlier.len().saturating_sub(REMEMBERED);
            self.earlier.drain(..surplus);
        }
        let read = next.read(now, take);
        self.current = Some(next);
        read
    }

    /// The file that was written last; of several written at once the one that is read already,
    /// else the last by name.
    fn newest(&self) -> std::io::Result<Option<(PathBuf, FileId)>> {
        let current = self.current.as_ref().map(Followed::id);
        let matching = fs::read_dir(&self.folder)?.filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name();
            let found = glob::matches(&self.pattern, name.to_str()?);
            let metadata = fs::metadata(entry.path()).ok().filter(|_| found)?;
            let id = FileId::from_metadata(&metadata);
            let written = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let order = (written, Some(id) == current, name);
            metadata.is_file().then(|| (order, entry.path(), id))
        });
        let newest = matching.max_by(|(a, ..), (b, ..)| a.cmp(b));
        Ok(newest.map(|(_, path, id)| (path, id)))
    }

    fn why_none(&self) -> String {
        let none = || "there is no such file yet".to_owned();
        self.other().unwrap_or_else(none)
    }

    /// Somebody who named a pipe waits in vain.
    fn other(&self) -> Option<String> {
        let mut names = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let other = names.find(|entry| {
            let name = entry.file_name();
            name.to_str()
                .is_some_and(|name| glob::matches(&self.pattern, name))
        })?;
        Some(format!(
            "{} is no regular file but a folder, a pipe or a device, and is not read; name a file \
             with [log] follow",
            harmless(&other.file_name().to_string_lossy())
        ))
    }

    fn waiting(&self, why: &str) -> FollowState {
        let glob = self.folder.join(&self.pattern);
        let text = format!("waiting for {}: {why}", glob.display());
        FollowState::Waiting(harmless(&text).into())
    }
}

fn line(text: &str, now: Timestamp, time_zone: &TimeZone) -> FollowedLine {
    let found = guess::guess(text, now, time_zone);
    FollowedLine {
        at: found.at,
        level: found.level,
        text: found.text.into(),
    }
}

fn status(state: &FollowState, now: Timestamp) -> FollowedLine {
    let (level, text) = match state {
        FollowState::Following(path) => {
            let text = format!("following {}", path.display());
            (Level::INFO, harmless(&text).into())
        }
        FollowState::Waiting(why) => (Level::WARN, Arc::clone(why)),
    };
    FollowedLine {
        at: Some(now),
        level: Some(level),
        text,
    }
}

/// Ends the following when it is dropped.
#[derive(Debug)]
pub struct FollowGuard(#[allow(dead_code, reason = "dropping it is its use")] Sender<()>);

#[cfg(test)]
mod tests;
