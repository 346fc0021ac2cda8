//! The terminal's life: entering and leaving it, and everything that can end it.
//!
//! In: keys, signals, the hang-up of the line, each on a thread of its own. Out: [`Wake`]s into
//! one bounded channel. Whatever happens, the terminal is as it was before, except when it is
//! gone: then nothing is written to it any more.

mod environment;
mod guard;
mod hangup;
mod input;
mod signals;
mod stopping;
mod watchdog;

use std::sync::mpsc::SyncSender;

use ratatui::crossterm::event::KeyEvent;

pub(super) use environment::{Environment, osc52};
pub(super) use guard::{Guard, size, stop};
pub(super) use hangup::is_gone;
pub(super) use stopping::suspend;

/// What comes in from outside.
#[derive(Debug)]
pub(super) enum Wake {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Somebody wants us to end, or the terminal is gone.
    End(super::Exit),
    /// Somebody wants us to stop: SIGTSTP, from Ctrl-Z or from outside.
    Stop,
    /// The process goes on after it was stopped.
    Continued,
    /// The bridge or a log has something new.
    News,
    /// The bridge has ended.
    BridgeEnded,
}

/// Starts the threads. They end with the process: each waits in the kernel and costs nothing.
///
/// # Errors
/// When the signals cannot be watched.
pub(super) fn watch(to: &SyncSender<Wake>) -> std::io::Result<()> {
    signals::watch(to.clone())?;
    hangup::watch(to.clone())?;
    input::watch(to.clone())
}

pub(super) use watchdog::arm;
