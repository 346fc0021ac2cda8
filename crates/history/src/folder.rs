//! The files of the recording: their names, and which have to go.

use std::path::{Path, PathBuf};
use std::time::Duration;

use files::OpenRules;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use model::clock::advance;

/// Its folder below the state directory.
pub const FOLDER: &str = "history";

const ENDING: &str = "history";

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// One file of a recording.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HourFile {
    /// When the hour began that it is from.
    pub(super) hour: Timestamp,
    /// Which one of that hour, counted from 1.
    pub(super) number: u32,
    pub(super) path: PathBuf,
    /// In bytes, when it was looked at.
    pub(super) length: u64,
}

/// The hour that a moment is in, by UTC: files do not come twice where summer time ends.
pub(super) fn hour_of(at: Timestamp) -> Timestamp {
    let seconds = at.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(3_600)).unwrap_or(at)
}

impl HourFile {
    /// The file in `folder` for the tenant `stem`.
    pub(super) fn new(folder: &Path, stem: &str, hour: Timestamp, number: u32) -> Self {
        let hour_name = hour.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H");
        let name = format!("{stem}-{hour_name}Z-{number:04}.{ENDING}");
        Self {
            hour,
            number,
            path: folder.join(name),
            length: 0,
        }
    }

    /// Reads the name of a file: whose recording it is of, and which file.
    pub(super) fn of_path(path: &Path) -> Option<(String, Self)> {
        let name = path.file_name()?.to_str()?;
        let name = name.strip_suffix(ENDING)?.strip_suffix('.')?;
        let mut parts = name.rsplitn(3, '-');
        let number = parts.next()?.parse().ok()?;
        let hour = parts.next()?.strip_suffix('Z')?;
        let hour = DateTime::strptime("%Y%m%dT%H:%M", format!("{hour}:00")).ok()?;
        let hour = hour.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let file = Self {
            hour,
            number,
            path: path.to_owned(),
            length: std::fs::symlink_metadata(path).map_or(0, |found| found.len()),
        };
        Some((parts.next()?.to_owned(), file))
    }

    fn remove(&self) -> bool {
        OpenRules::ours(&self.path).remove().is_ok()
    }
}

/// The files in `folder`, oldest first: those of the tenant `stem`, or of every tenant.
pub(super) fn files(folder: &Path, stem: Option<&str>) -> std::io::Result<Vec<(String, HourFile)>> {
    let entries = std::fs::read_dir(folder)?.flatten();
    let found = entries.filter_map(|entry| HourFile::of_path(&entry.path()));
    let mut found: Vec<_> = found
        .filter(|(of, _)| stem.is_none_or(|stem| stem == of))
        .collect();
    found.sort_by(|(_, a), (_, b)| a.cmp(b));
    Ok(found)
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) keep: Duration,
    /// In bytes.
    pub(super) size: u64,
}

/// Removes what is too old, and the oldest of what is too much once `coming` bytes are added.
/// `open` is written to and stays. How many bytes are left.
pub(super) fn prune(
    (folder, stem): (&Path, &str),
    limits: Limits,
    now: Timestamp,
    (open, coming): (Option<&Path>, u64),
) -> u64 {
    let found = files(folder, Some(stem)).unwrap_or_default();
    let files = found.into_iter().map(|(_, file)| file);
    let (mut left, mut files): (u64, Vec<_>) = (0, files.collect());
    left += files.iter().map(|file| file.length).sum::<u64>();
    files.retain(|file| Some(file.path.as_path()) != open);
    for file in files {
        let end = file.hour.saturating_add(HOUR).unwrap_or(file.hour);
        // Whoever keeps nothing has no use for the present hour either.
        let is_old = limits.keep.is_zero() || advance(end, limits.keep) < now;
        let is_much = left.saturating_add(coming) > limits.size;
        if (is_old || is_much) && file.remove() {
            left = left.saturating_sub(file.length);
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn put(folder: &Path, hour: &str, length: usize) -> PathBuf {
        let file = HourFile::new(folder, "corp-example", at(hour), 1);
        std::fs::write(&file.path, vec![0; length]).unwrap();
        file.path
    }

    #[test]
    fn a_name_says_whose_and_when() {
        let file = HourFile::new(
            Path::new("/x"),
            "corp-example",
            at("2026-11-25T14:00:00Z"),
            3,
        );
        let name = file.path.file_name().unwrap().to_str().unwrap();
        assert_eq!(name, "corp-example-20261125T14Z-0003.history");
        let (stem, read) = HourFile::of_path(&file.path).unwrap();
        assert_eq!((stem.as_str(), read), ("corp-example", file));
        assert!(HourFile::of_path(Path::new("/x/lock-1.history")).is_none());
    }

    #[test]
    fn an_hour_begins_when_its_minutes_do() {
        let hour = hour_of(at("2026-11-25T14:59:59.999Z"));
        assert_eq!(hour, at("2026-11-25T14:00:00Z"));
        assert_eq!(hour_of(hour), hour);
    }

    #[test]
    fn what_is_too_old_and_the_oldest_of_what_is_too_much_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let old = put(path, "2026-11-25T01:00:00Z", 10);
        let first = put(path, "2026-11-25T10:00:00Z", 10);
        let second = put(path, "2026-11-25T11:00:00Z", 10);
        let open = put(path, "2026-11-25T12:00:00Z", 10);
        let other = HourFile::new(path, "other", at("2026-11-24T01:00:00Z"), 1).path;
        std::fs::write(&other, b"x").unwrap();
        let limits = Limits {
            keep: Duration::from_hours(8),
            size: 30,
        };
        let now = at("2026-11-25T12:30:00Z");
        let left = prune((path, "corp-example"), limits, now, (Some(&open), 5));
        let nothing = Limits {
            keep: Duration::ZERO,
            size: 30,
        };
        assert_eq!(left, 20);
        let there = [&old, &first, &second, &open, &other].map(|file| file.exists());
        assert_eq!(there, [false, false, true, true, true]);
        assert_eq!(prune((path, "corp-example"), nothing, now, (None, 0)), 0);
        assert!(!open.exists() && other.exists());
    }
}
