//! Signals, on a thread of their own.

use std::io;
use std::sync::mpsc::SyncSender;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;

use super::{Wake, size, watchdog};
use crate::ConsoleExit;
use crate::ignored::Ignored;

/// Ends the console on SIGTERM, SIGINT and SIGHUP; draws everything afresh on SIGCONT. What was
/// ignored when we were started stays ignored.
pub(super) fn watch(to: SyncSender<Wake>) -> io::Result<()> {
    let ignored = Ignored::at_start();
    let wanted = [SIGTERM, SIGINT, SIGHUP, SIGCONT, SIGTSTP, SIGWINCH];
    let wanted = wanted.into_iter().filter(|signal| !ignored.has(*signal));
    let mut signals = Signals::new(wanted)?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if to.send(wake(signal)).is_err() {
                    return;
                }
            }
        })
        .map(drop)
}

fn wake(signal: i32) -> Wake {
    match signal {
        SIGCONT => Wake::Continued,
        SIGTSTP => Wake::Stop,
        SIGWINCH => Wake::Resize(size()),
        SIGTERM => end(ConsoleExit::Terminated),
        SIGHUP => end(ConsoleExit::HungUp),
        _ => end(ConsoleExit::Quit),
    }
}

/// Also where something else is stuck.
fn end(exit: ConsoleExit) -> Wake {
    watchdog::arm(exit.code());
    Wake::End(exit)
}
