//! Rings when `calls.jsonl` changes, so that a call need not wait for the next look and an idle
//! program sleeps.
//!
//! The system rings (inotify, on Linux). It does not where the file lies on another machine or in
//! some containers; so the reader looks by itself all the same, and where it finds what nobody
//! has rung for, the bell is not trusted any more and the looks come as often as without one.

use std::io::{PipeReader, PipeWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(target_os = "linux")]
use rustix::fs::inotify;

/// So often the bell may fail to ring. Once it may have been about to.
const FORGIVEN: u32 = 1;

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rung {
    /// The time is up.
    Time,
    /// The file changed, or may have.
    Change,
    /// Whoever held the rope has let go.
    Stop,
}

/// Dropped, it ends the waiting.
pub(super) struct Rope {
    _held: PipeWriter,
}

/// See the module.
pub(super) struct Bell {
    stop: PipeReader,
    ear: Option<Ear>,
    rung: Rung,
    missed: u32,
}

impl Bell {
    /// A bell for this file, and the rope to stop it.
    ///
    /// # Errors
    /// Where the system has no more file descriptors.
    pub(super) fn hang(file: Option<&Path>) -> std::io::Result<(Self, Rope)> {
        let (stop, held) = std::io::pipe()?;
        let bell = Self {
            stop,
            ear: file.and_then(Ear::new),
            rung: Rung::Change,
            missed: 0,
        };
        Ok((bell, Rope { _held: held }))
    }

    /// To be called before each look: from now on every change rings, also that of another file
    /// that has taken the name.
    pub(super) fn listen(&mut self) {
        if self.ear.as_mut().is_some_and(|ear| !ear.listen()) {
            self.ear = None;
        }
    }

    /// The look has found something new: should the bell have rung?
    pub(super) fn judge(&mut self) {
        let silent = self.rung == Rung::Time && !self.ear.as_ref().is_some_and(Ear::hears);
        self.missed = if silent { self.missed + 1 } else { 0 };
        if self.missed > FORGIVEN {
            self.ear = None;
        }
    }

    /// Whether changes ring.
    pub(super) const fn is_trusted(&self) -> bool {
        self.ear.is_some()
    }

    /// Waits for the first of all.
    pub(super) fn wait(&mut self, time: Duration) -> Rung {
        let rung = self.wait_for(time);
        if rung == Rung::Change
            && let Some(ear) = &self.ear
        {
            ear.empty();
        }
        self.rung = rung;
        rung
    }

    fn wait_for(&self, time: Duration) -> Rung {
        let mut waiting = vec![PollFd::new(&self.stop, PollFlags::IN)];
        if let Some(ear) = &self.ear {
            waiting.push(PollFd::new(ear.file(), PollFlags::IN));
        }
        let time = Timespec::try_from(time).ok();
        let rang = poll(&mut waiting, time.as_ref());
        let stop = waiting
            .first()
            .is_some_and(|stop| !stop.revents().is_empty());
        match rang {
            Ok(_) if stop => Rung::Stop,
            Ok(0) => Rung::Time,
            // A signal, or a change: a look does no harm.
            _ => Rung::Change,
        }
    }
}

/// The system's side.
#[cfg(target_os = "linux")]
struct Ear {
    inotify: std::os::fd::OwnedFd,
    path: PathBuf,
}

#[cfg(target_os = "linux")]
impl Ear {
    fn new(path: &Path) -> Option<Self> {
        let flags = inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK;
        Some(Self {
            inotify: inotify::init(flags).ok()?,
            path: path.to_owned(),
        })
    }

    /// Watches the folder for another file under the name, and the file that has it now. A watch
    /// that is there already is only renewed. Whether the folder can be watched.
    fn listen(&mut self) -> bool {
        use inotify::WatchFlags as On;
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let names = On::CREATE | On::MOVED_TO | On::ONLYDIR;
        let watched = inotify::add_watch(&self.inotify, folder.unwrap_or(Path::new(".")), names);
        // Not there yet: then the folder rings.
        let _ = inotify::add_watch(&self.inotify, &self.path, On::MODIFY | On::DELETE_SELF);
        watched.is_ok()
    }

    const fn file(&self) -> &std::os::fd::OwnedFd {
        &self.inotify
    }

    /// Whether it has heard something that was not waited for yet.
    fn hears(&self) -> bool {
        let mut waiting = [PollFd::new(&self.inotify, PollFlags::IN)];
        poll(&mut waiting, Some(&Timespec::default())).is_ok_and(|heard| heard > 0)
    }

    fn empty(&self) {
        let mut heard = [0; 4096];
        while rustix::io::read(&self.inotify, &mut heard).is_ok_and(|bytes| bytes > 0) {}
    }
}

/// Without inotify nobody rings.
#[cfg(not(target_os = "linux"))]
struct Ear {
    never: std::convert::Infallible,
    never_rings: PipeReader,
    path: PathBuf,
}

#[cfg(not(target_os = "linux"))]
impl Ear {
    fn new(_: &Path) -> Option<Self> {
        None
    }

    fn listen(&mut self) -> bool {
        match self.never {}
    }

    fn file(&self) -> &PipeReader {
        match self.never {}
    }

    fn hears(&self) -> bool {
        match self.never {}
    }

    fn empty(&self) {
        match self.never {}
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;

    use super::*;

    /// Far longer than any event takes.
    const LONG: Duration = Duration::from_secs(20);

    fn room() -> (tempfile::TempDir, PathBuf, Bell, Rope) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let (mut bell, rope) = Bell::hang(Some(&path)).unwrap();
        bell.listen();
        (folder, path, bell, rope)
    }

    #[test]
    fn a_file_that_comes_grows_and_is_replaced_rings() {
        let (folder, path, mut bell, _rope) = room();
        fs::write(&path, "one\n").unwrap();
        assert_eq!(bell.wait(LONG), Rung::Change);
        bell.listen();
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        std::io::Write::write_all(&mut file, b"two\n").unwrap();
        assert_eq!(bell.wait(LONG), Rung::Change);
        bell.listen();
        fs::write(folder.path().join("new"), "three\n").unwrap();
        bell.wait(LONG);
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert_eq!(bell.wait(LONG), Rung::Change);
        assert!(bell.is_trusted());
    }

    #[test]
    fn what_other_files_write_does_not_ring() {
        let (folder, path, mut bell, _rope) = room();
        let other = folder.path().join("procall.jsonl");
        fs::write(&path, "").unwrap();
        fs::write(&other, "").unwrap();
        bell.wait(LONG);
        bell.listen();
        bell.wait(Duration::ZERO);
        fs::write(&other, "a line\n").unwrap();
        assert_eq!(bell.wait(Duration::ZERO), Rung::Time);
    }

    #[test]
    fn letting_go_of_the_rope_stops_it() {
        let (_folder, _path, mut bell, rope) = room();
        drop(rope);
        assert_eq!(bell.wait(LONG), Rung::Stop);
    }

    #[test]
    fn a_bell_that_does_not_ring_is_not_trusted() {
        let (_folder, _path, mut bell, _rope) = room();
        for _ in 0..=FORGIVEN {
            assert!(bell.is_trusted());
            assert_eq!(bell.wait(Duration::ZERO), Rung::Time);
            bell.judge();
        }
        assert!(!bell.is_trusted());
    }

    #[test]
    fn without_a_folder_there_is_no_bell() {
        let (mut bell, _rope) = Bell::hang(Some(Path::new("/nowhere/calls.jsonl"))).unwrap();
        bell.listen();
        assert!(!bell.is_trusted());
    }
}
