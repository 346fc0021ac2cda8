//! The line is gone: the SSH connection broke, the window was closed.
//!
//! Nobody may tell us: under `sudo`, a wrapper or with SIGHUP ignored no signal comes, and
//! crossterm 0.29 then reads the end of the file at 100 % CPU for ever. So one thread waits for
//! the hang-up itself; it costs nothing until then.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::mpsc::SyncSender;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{Wake, watchdog};
use crate::Exit;

const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// Ends the console when the terminal is gone.
pub(super) fn watch(to: SyncSender<Wake>) -> io::Result<()> {
    let terminal = own_terminal()?;
    std::thread::Builder::new()
        .name("hang-up".into())
        .spawn(move || {
            while !hung_up(&terminal, None) {}
            watchdog::arm(Exit::HungUp);
            // A full channel is read soon, or the watchdog ends us.
            let _ = to.send(Wake::End(Exit::HungUp));
        })
        .map(drop)
}

/// Whether the terminal is gone.
pub(crate) fn is_gone() -> bool {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    own_terminal().is_ok_and(|terminal| hung_up(&terminal, Some(&now)))
}

fn own_terminal() -> io::Result<OwnedFd> {
    use std::os::fd::AsFd;
    io::stdout().as_fd().try_clone_to_owned()
}

/// Waits until the terminal says something about itself; data does not count.
fn hung_up(terminal: &OwnedFd, wait: Option<&Timespec>) -> bool {
    let mut fds = [PollFd::new(terminal, PollFlags::empty())];
    match poll(&mut fds, wait) {
        Ok(_) => fds.iter().any(|fd| fd.revents().intersects(GONE)),
        Err(rustix::io::Errno::INTR) => false,
        Err(_) => true,
    }
}
