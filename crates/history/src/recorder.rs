//! Snapshots become files. Whoever calls it does so where waiting is allowed: the disk may be slow.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use files::{OpenError, OpenRules, PRIVATE_FOLDER, make_folder};
use jiff::Timestamp;
use model::snapshot::Snapshot;
use stream::LogRecord;

use crate::folder::{HourFile, Limits, hour_of, prune};
use crate::hush::Hush;
use crate::open_hour::{Chain, Open};

/// So many bytes of changes may lie before a moment that one jumps to.
const BETWEEN_BASES: usize = 8 << 20;

/// A file is not larger, in bytes.
const FILE_LIMIT: u64 = 64 << 20;

/// So many files fit in what may be kept, at least.
const FILES: u64 = 4;

/// A file of an hour that is begun more often than this would be one of a disk that is broken.
const PER_HOUR: u32 = 9_999;

/// What is kept, and where.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder; made when needed.
    pub folder: PathBuf,
    /// The tenant, as part of a file name.
    pub stem: String,
    /// How long.
    pub keep: Duration,
    /// How much, in bytes.
    pub max_bytes: u64,
    /// With names; otherwise with pseudonyms.
    pub names: bool,
}

/// Where the last lines of the log come from.
pub type LastLines<'a> = &'a dyn Fn() -> Vec<LogRecord>;

/// The lines of the log that go with what is shown.
pub struct Lines<'a> {
    /// Those since the last time.
    pub new: Vec<LogRecord>,
    /// The last that there were, the new ones among them: asked for where a picture is recorded, and kept by whoever has
    /// them anyway.
    pub last: LastLines<'a>,
}

impl Default for Lines<'_> {
    /// None.
    fn default() -> Self {
        Self {
            new: Vec::new(),
            last: &Vec::new,
        }
    }
}

/// Writes what a bridge shows.
pub struct Recorder {
    settings: Settings,
    hush: Option<Hush>,
    open: Option<Open>,
    /// Whether nothing was recorded since this recorder began, or since it last failed.
    after_pause: bool,
    chains: u64,
    /// See [`BETWEEN_BASES`].
    between_bases: usize,
}

impl Recorder {
    /// Nothing is opened yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            hush: (!settings.names).then(Hush::default),
            settings,
            open: None,
            after_pause: true,
            chains: 0,
            between_bases: BETWEEN_BASES,
        }
    }

    /// A base after so many bytes of changes.
    #[cfg(test)]
    pub(super) const fn with_bases_every(mut self, bytes: usize) -> Self {
        self.between_bases = bytes;
        self
    }

    /// Records what is shown at the time of day `now`, and the lines of the log. After an error the next call begins
    /// anew.
    ///
    /// # Errors
    /// As the operating system says: no room, no permission.
    pub fn record(
        &mut self,
        shown: &Arc<Snapshot>,
        lines: Lines<'_>,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        let shown = self
            .hush
            .as_mut()
            .map_or_else(|| Arc::clone(shown), |hush| hush.hushed(shown));
        // Lines name people.
        let lines = if self.settings.names {
            lines
        } else {
            Lines::default()
        };
        let done = self.write(&shown, lines, now);
        if done.is_err() {
            (self.open, self.after_pause) = (None, true);
        }
        done
    }

    /// Removes what is too old: also where nothing is recorded any more.
    pub fn prune(&self, now: Timestamp) {
        let open = self.open.as_ref().map(|open| open.name.path.as_path());
        prune(self.place(), self.limits(), now, (open, 0));
    }

    fn write(
        &mut self,
        shown: &Arc<Snapshot>,
        lines: Lines<'_>,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        if let Some(open) = &mut self.open {
            open.follow(shown, lines.new, now)?;
        }
        let limit = (self.settings.max_bytes / FILES).min(FILE_LIMIT);
        let open = self.open.as_ref();
        let ends =
            open.is_none_or(|open| open.name.hour != hour_of(now) || open.name.length > limit);
        if ends {
            return self.begin(shown, lines.last, now);
        }
        self.go_on(shown, lines.last, now)
    }

    /// A new file, with the whole picture.
    fn begin(
        &mut self,
        shown: &Arc<Snapshot>,
        last: LastLines<'_>,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        self.open = None;
        let chain = Chain::new(self.next_chain(now), shown)?;
        let stored = prune(self.place(), self.limits(), now, (None, 0));
        let (file, name) = self.make(now)?;
        let mut open = Open {
            file,
            name,
            chain,
            stored,
        };
        open.picture(now, self.after_pause)?;
        open.context(last(), now)?;
        self.open = Some(open);
        self.after_pause = false;
        self.make_room(now);
        Ok(())
    }

    /// In the same file: a picture or a base where it is time for one, and room for it.
    fn go_on(
        &mut self,
        shown: &Arc<Snapshot>,
        last: LastLines<'_>,
        now: Timestamp,
    ) -> Result<(), OpenError> {
        let chain = self.next_chain(now);
        let between = self.between_bases;
        if let Some(open) = &mut self.open {
            if !Arc::ptr_eq(&open.chain.last, shown) {
                open.chain = Chain::new(chain, shown)?;
                open.picture(now, false)?;
                open.context(last(), now)?;
            } else if open.chain.is_long(between) {
                open.base(now)?;
            }
        }
        self.make_room(now);
        Ok(())
    }

    fn make_room(&mut self, now: Timestamp) {
        let limits = self.limits();
        if let Some(open) = &mut self.open
            && open.stored > limits.size
        {
            let place = (self.settings.folder.as_path(), self.settings.stem.as_str());
            open.stored = prune(place, limits, now, (Some(&open.name.path), 0));
        }
    }

    fn make(&self, now: Timestamp) -> Result<(File, HourFile), OpenError> {
        let (folder, stem) = self.place();
        make_folder(folder, PRIVATE_FOLDER)?;
        for number in 1..=PER_HOUR {
            let name = HourFile::new(folder, stem, hour_of(now), number);
            match OpenRules::ours(&name.path).make() {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                made => return Ok((made?, name)),
            }
        }
        Err(io::Error::from(ErrorKind::AlreadyExists).into())
    }

    /// Told from every chain of this recorder, and from those of others by when it began.
    fn next_chain(&mut self, now: Timestamp) -> u64 {
        self.chains += 1;
        let began = u64::try_from(now.as_millisecond()).unwrap_or_default();
        began.wrapping_mul(1_000).wrapping_add(self.chains)
    }

    fn place(&self) -> (&std::path::Path, &str) {
        (&self.settings.folder, &self.settings.stem)
    }

    const fn limits(&self) -> Limits {
        Limits {
            keep: self.settings.keep,
            size: self.settings.max_bytes,
        }
    }
}
