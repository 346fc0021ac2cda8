//! Where somebody is in a recording, and how time goes by there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use attach::LogRecord;
use history::{Place, ReadError, Recording, Shown};
use jiff::Timestamp;
use model::clock::advance;
use tokio::time::Instant;

use crate::bridge::Snapshot;
use crate::console::SPEEDS;

/// A recording that is still being written is read anew at its end this often.
const REREAD: Duration = Duration::from_secs(1);

/// Where the recording is: a folder with the tenant's part of the file names, or a file.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Archive {
    pub(in crate::commands) place: PathBuf,
    pub(in crate::commands) stem: Option<String>,
}

impl Archive {
    /// Reads it.
    ///
    /// # Errors
    /// [`ReadError`].
    pub(in crate::commands) fn open(&self) -> Result<Recording, ReadError> {
        Recording::open(&self.place, self.stem.as_deref())
    }
}

/// Where somebody is in the past.
pub(super) struct Past {
    pub(super) recording: Recording,
    pub(super) place: Place,
    /// The time of day.
    pub(super) moment: Timestamp,
    /// What is shown there.
    pub(super) shown: Arc<Snapshot>,
    /// The log up to there, until it is shown.
    pub(super) log: Option<Vec<LogRecord>>,
    pub(super) speed: u32,
    /// The speed of the next playing.
    wanted: u32,
    read: Instant,
    pub(super) ticked: Instant,
}

impl Past {
    pub(super) fn new(
        mut recording: Recording,
        place: Place,
        moment: Timestamp,
    ) -> Result<Self, ReadError> {
        let Shown { snapshot, lines } = recording.show(place)?;
        Ok(Self {
            recording,
            place,
            moment,
            shown: snapshot,
            log: Some(lines),
            speed: 0,
            wanted: 1,
            read: Instant::now(),
            ticked: Instant::now(),
        })
    }

    pub(super) fn go(&mut self, place: Place) -> Result<(), ReadError> {
        let Shown { snapshot, lines } = self.recording.show(place)?;
        (self.shown, self.log) = (snapshot, Some(lines));
        self.place = place;
        Ok(())
    }

    pub(super) fn play_or_stop(&mut self) {
        self.speed = if self.speed == 0 { self.wanted } else { 0 };
        self.ticked = Instant::now();
    }

    /// With what was recorded since.
    pub(super) fn read_anew(&mut self, archive: &Archive) -> Result<(), ReadError> {
        self.read = Instant::now();
        self.recording = archive.open()?;
        self.place = self.recording.at(self.moment)?;
        Ok(())
    }

    /// The next speed; also of what plays.
    pub(super) fn faster(&mut self) {
        let next = SPEEDS.into_iter().find(|speed| *speed > self.wanted);
        self.wanted = next.unwrap_or(1);
        if self.speed > 0 {
            self.speed = self.wanted;
        }
    }

    /// Time has gone by; whether there is more to come.
    pub(super) fn tick(&mut self, archive: &Archive, grows: bool) -> Result<bool, ReadError> {
        let now = Instant::now();
        let gone_by = now.duration_since(self.ticked).saturating_mul(self.speed);
        self.ticked = now;
        let moment = advance(self.moment, gone_by);
        let last = self.recording.last()?;
        if moment > self.recording.time(last)? && grows && self.read.elapsed() > REREAD {
            self.read_anew(archive)?;
        }
        let last = self.recording.last()?;
        let end = self.recording.time(last)?;
        self.moment = moment.min(end.max(self.moment));
        let place = self.recording.at(self.moment)?;
        if place != self.place {
            self.go(place)?;
        }
        // What is still being written ends a second before now, and goes on.
        Ok(grows || moment < end)
    }
}
