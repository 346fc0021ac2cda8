//! Signals, on a thread of their own.

use std::io;
use std::sync::mpsc::SyncSender;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
use signal_hook::iterator::Signals;

use super::{Wake, watchdog};
use crate::Exit;

/// Ends the console on SIGTERM, SIGINT and SIGHUP; draws everything afresh on SIGCONT.
pub(super) fn watch(to: SyncSender<Wake>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGCONT, SIGTSTP])?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                let wake = match signal {
                    SIGCONT => Wake::Continued,
                    SIGTSTP => Wake::Stop,
                    SIGTERM => end(Exit::Terminated),
                    SIGHUP => end(Exit::HungUp),
                    _ => end(Exit::Quit),
                };
                if to.send(wake).is_err() {
                    return;
                }
            }
        })
        .map(drop)
}

/// Also where the screen's thread is stuck writing to a terminal that takes nothing.
fn end(exit: Exit) -> Wake {
    watchdog::arm(exit);
    Wake::End(exit)
}
