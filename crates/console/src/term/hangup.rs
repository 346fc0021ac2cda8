//! The line is gone: the SSH connection broke, the window was closed.
//!
//! Nobody may tell us: under `sudo`, a wrapper or with SIGHUP ignored no signal comes. So one
//! thread waits for the hang-up itself; it costs nothing until then.

use std::fs::File;
use std::io;
use std::sync::mpsc::SyncSender;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::tty::Tty;
use super::{Wake, watchdog};
use crate::ConsoleExit;

pub(super) const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// Ends the console when the terminal is gone.
pub(super) fn watch(tty: &'static Tty, to: SyncSender<Wake>) -> io::Result<()> {
    std::thread::Builder::new()
        .name("hang-up".into())
        .spawn(move || {
            while !hung_up(tty.screen(), None) {}
            watchdog::arm(ConsoleExit::HungUp.code());
            // A full channel is read soon, or the watchdog ends us.
            let _ = to.send(Wake::End(ConsoleExit::HungUp));
        })
        .map(drop)
}

/// Whether the terminal is gone.
pub(crate) fn is_gone() -> bool {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    Tty::get().is_some_and(|tty| hung_up(tty.screen(), Some(&now)))
}

/// Waits until the terminal says something about itself; data does not count.
fn hung_up(terminal: &File, wait: Option<&Timespec>) -> bool {
    let mut fds = [PollFd::new(terminal, PollFlags::empty())];
    match poll(&mut fds, wait) {
        Ok(_) => fds.iter().any(|fd| fd.revents().intersects(GONE)),
        Err(rustix::io::Errno::INTR) => false,
        Err(_) => true,
    }
}
