//! Wakes the reader when `calls.jsonl` changes, so that a call need not wait for the next look
//! and an idle program sleeps.
//!
//! The system reports changes (inotify, on Linux). It does not where the file lies on another machine
//! or in some containers; so the reader looks by itself all the same, and where it finds what was not
//! reported, the watch is not trusted any more and the looks come as often as without one.

use std::io::{PipeReader, PipeWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(target_os = "linux")]
use rustix::fs::inotify;

/// So many changes in a row may go unreported: the report of one may have been on its way.
const FORGIVEN: u32 = 1;

/// Why a wait is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// The time is up.
    Time,
    /// The file changed, or may have.
    Change,
    /// The [`StopHandle`] was dropped.
    Stop,
}

/// Dropped, it ends the waiting.
pub(super) struct StopHandle {
    _held: PipeWriter,
}

/// Waits for changes of one file, for a time limit, and for the [`StopHandle`].
pub(super) struct FileWatch {
    stop: PipeReader,
    inotify: Option<Inotify>,
    woken: Wake,
    missed: u32,
}

impl FileWatch {
    /// A watch for this file, and the handle that stops it.
    ///
    /// # Errors
    /// Where the system has no more file descriptors.
    pub(super) fn start(file: Option<&Path>) -> std::io::Result<(Self, StopHandle)> {
        let (stop, held) = std::io::pipe()?;
        let watch = Self {
            stop,
            inotify: file.and_then(Inotify::new),
            woken: Wake::Change,
            missed: 0,
        };
        Ok((watch, StopHandle { _held: held }))
    }

    /// To be called before each look: from now on every change wakes it, also that of another file
    /// that has taken the name.
    pub(super) fn arm(&mut self) {
        if self.inotify.as_mut().is_some_and(|inotify| !inotify.arm()) {
            self.inotify = None;
        }
    }

    /// The look has found something new, which should have been reported.
    pub(super) fn found_change(&mut self) {
        let silent =
            self.woken == Wake::Time && !self.inotify.as_ref().is_some_and(Inotify::has_events);
        self.missed = if silent { self.missed + 1 } else { 0 };
        if self.missed > FORGIVEN {
            self.inotify = None;
        }
    }

    /// Whether changes are still expected to be reported.
    pub(super) const fn is_trusted(&self) -> bool {
        self.inotify.is_some()
    }

    /// Waits for the first of all.
    pub(super) fn wait(&mut self, time: Duration) -> Wake {
        let woken = self.wait_for(time);
        if woken == Wake::Change
            && let Some(inotify) = &self.inotify
        {
            inotify.drain();
        }
        self.woken = woken;
        woken
    }

    fn wait_for(&self, time: Duration) -> Wake {
        let mut waiting = vec![PollFd::new(&self.stop, PollFlags::IN)];
        if let Some(inotify) = &self.inotify {
            waiting.push(PollFd::new(inotify.file(), PollFlags::IN));
        }
        let time = Timespec::try_from(time).ok();
        let polled = poll(&mut waiting, time.as_ref());
        let stop = waiting
            .first()
            .is_some_and(|stop| !stop.revents().is_empty());
        match polled {
            Ok(_) if stop => Wake::Stop,
            Ok(0) => Wake::Time,
            // A signal, or a change: a look does no harm.
            _ => Wake::Change,
        }
    }
}

/// inotify on the file and on its folder.
#[cfg(target_os = "linux")]
struct Inotify {
    inotify: std::os::fd::OwnedFd,
    path: PathBuf,
}

#[cfg(target_os = "linux")]
impl Inotify {
    fn new(path: &Path) -> Option<Self> {
        let flags = inotify::CreateFlags::CLOEXEC | inotify::CreateFlags::NONBLOCK;
        Some(Self {
            inotify: inotify::init(flags).ok()?,
            path: path.to_owned(),
        })
    }

    /// Watches the folder for another file under the name, and the file that has it now. A watch
    /// that is there already is only renewed. Whether the folder can be watched.
    fn arm(&mut self) -> bool {
        use inotify::WatchFlags as On;
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let names = On::CREATE | On::MOVED_TO | On::ONLYDIR;
        let watched = inotify::add_watch(&self.inotify, folder.unwrap_or(Path::new(".")), names);
        // Not there yet: then the folder reports it.
        let _ = inotify::add_watch(&self.inotify, &self.path, On::MODIFY | On::DELETE_SELF);
        watched.is_ok()
    }

    const fn file(&self) -> &std::os::fd::OwnedFd {
        &self.inotify
    }

    /// Whether it has reported something that was not waited for yet.
    fn has_events(&self) -> bool {
        let mut waiting = [PollFd::new(&self.inotify, PollFlags::IN)];
        poll(&mut waiting, Some(&Timespec::default())).is_ok_and(|events| events > 0)
    }

    fn drain(&self) {
        let mut events = [0; 4096];
        while rustix::io::read(&self.inotify, &mut events).is_ok_and(|bytes| bytes > 0) {}
    }
}

/// Without inotify nothing is reported.
#[cfg(not(target_os = "linux"))]
struct Inotify {
    never: std::convert::Infallible,
    never_ready: PipeReader,
    path: PathBuf,
}

#[cfg(not(target_os = "linux"))]
impl Inotify {
    fn new(_: &Path) -> Option<Self> {
        None
    }

    fn arm(&mut self) -> bool {
        match self.never {}
    }

    fn file(&self) -> &PipeReader {
        match self.never {}
    }

    fn has_events(&self) -> bool {
        match self.never {}
    }

    fn drain(&self) {
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

    fn room() -> (tempfile::TempDir, PathBuf, FileWatch, StopHandle) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let (mut watch, stop) = FileWatch::start(Some(&path)).unwrap();
        watch.arm();
        (folder, path, watch, stop)
    }

    #[test]
    fn a_file_that_comes_grows_and_is_replaced_wakes_it() {
        let (folder, path, mut watch, _stop) = room();
        fs::write(&path, "one\n").unwrap();
        assert_eq!(watch.wait(LONG), Wake::Change);
        watch.arm();
        let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
        std::io::Write::write_all(&mut file, b"two\n").unwrap();
        assert_eq!(watch.wait(LONG), Wake::Change);
        watch.arm();
        fs::write(folder.path().join("new"), "three\n").unwrap();
        watch.wait(LONG);
        fs::rename(folder.path().join("new"), &path).unwrap();
        assert_eq!(watch.wait(LONG), Wake::Change);
        assert!(watch.is_trusted());
    }

    #[test]
    fn what_other_files_write_does_not_wake_it() {
        let (folder, path, mut watch, _stop) = room();
        let other = folder.path().join("procall.jsonl");
        fs::write(&path, "").unwrap();
        fs::write(&other, "").unwrap();
        watch.wait(LONG);
        watch.arm();
        watch.wait(Duration::ZERO);
        fs::write(&other, "a line\n").unwrap();
        assert_eq!(watch.wait(Duration::ZERO), Wake::Time);
    }

    #[test]
    fn dropping_the_handle_stops_it() {
        let (_folder, _path, mut watch, stop) = room();
        drop(stop);
        assert_eq!(watch.wait(LONG), Wake::Stop);
    }

    #[test]
    fn a_watch_that_reports_nothing_is_not_trusted() {
        let (_folder, _path, mut watch, _stop) = room();
        for _ in 0..=FORGIVEN {
            assert!(watch.is_trusted());
            assert_eq!(watch.wait(Duration::ZERO), Wake::Time);
            watch.found_change();
        }
        assert!(!watch.is_trusted());
    }

    #[test]
    fn without_a_folder_there_is_no_watch() {
        let (mut watch, _stop) = FileWatch::start(Some(Path::new("/nowhere/calls.jsonl"))).unwrap();
        watch.arm();
        assert!(!watch.is_trusted());
    }
}
