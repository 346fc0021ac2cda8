//! The terminal's life: entering and leaving it, and everything that can end it.
//!
//! In: keys, signals, the hang-up of the line, each on a thread of its own. Out: [`Wake`]s into
//! one bounded channel, and frames through a thread of their own. Whatever happens, the terminal
//! is as it was before, except when it is gone: then nothing is written to it any more; and where
//! it takes nothing, nobody waits for it.

mod beside;
mod environment;
mod guard;
mod hangup;
mod input;
mod keyboard;
mod signals;
mod sink;
mod stopping;
mod tty;
mod watchdog;
mod writing;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::Size;

use super::ConsoleExit;
use super::background::Background;
use super::pointer::Pointer;
use model::clock::Clock;
use words::Words;

pub(super) use beside::{BELL, mouse, notification, titled};
pub(super) use environment::{TerminalEnvironment, osc52};
pub(super) use guard::{Guard, leave, stop};
pub(super) use hangup::is_gone;
pub(super) use sink::FrameSink;
pub(super) use stopping::suspend;
pub(super) use tty::size;
pub(super) use watchdog::arm;

use sink::Said;
use tty::Tty;
use writing::Terminal;

/// What comes in from outside.
#[derive(Debug)]
pub(super) enum Wake {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has told its background.
    Background(Background),
    /// A button or the wheel of the mouse.
    Pointer(Pointer),
    /// The terminal has another size.
    Resize(Size),
    /// Everything has left for the terminal: it can take the next frame.
    Free,
    /// Somebody wants us to end, or the terminal is gone.
    End(ConsoleExit),
    /// Somebody wants us to stop: SIGTSTP, from Ctrl-Z or from outside.
    Stop,
    /// The process goes on after it was stopped.
    Continued,
    /// The bridge or a log has something new.
    News,
    /// A file was written: its name, or why it was not.
    Wrote(Result<String, Words>),
    /// The bridge has ended.
    BridgeEnded,
}

/// A terminal with everything that is needed to leave it again, whatever is short by then.
pub(super) struct Opened {
    tty: &'static Tty,
    sink: FrameSink,
}

/// Opens the terminal and the way to it; nothing is written yet.
///
/// # Errors
/// When there is no terminal, or the system has no descriptor or thread left.
pub(super) fn open(clock: &Arc<dyn Clock>, to: &SyncSender<Wake>) -> io::Result<Opened> {
    let tty = Tty::open()?;
    watchdog::start()?;
    let to = to.clone();
    let say = move |said| match said {
        // A full channel is read soon, and then the loop looks by itself.
        Said::Free => drop(to.try_send(Wake::Free)),
        Said::Gone => {
            watchdog::arm(ConsoleExit::HungUp.code());
            let _ = to.send(Wake::End(ConsoleExit::HungUp));
        }
    };
    let screen = Terminal::new(tty.screen().try_clone()?);
    let sink = FrameSink::start(screen, Arc::clone(clock), say)?;
    Ok(Opened { tty, sink })
}

impl Opened {
    /// Where frames are handed over.
    pub(super) fn sink(&self) -> FrameSink {
        self.sink.clone()
    }

    /// Takes the terminal.
    ///
    /// # Errors
    /// When it is gone already.
    pub(super) fn enter(&self) -> io::Result<Guard> {
        Guard::enter(self.tty, self.sink())
    }

    /// Starts the threads that listen. They end with the process: each waits in the kernel and
    /// costs nothing.
    ///
    /// # Errors
    /// When the signals cannot be watched, or the system has no thread left.
    pub(super) fn watch(&self, clock: &Arc<dyn Clock>, to: &SyncSender<Wake>) -> io::Result<()> {
        signals::watch(to.clone())?;
        hangup::watch(self.tty, to.clone())?;
        input::watch(self.tty, Arc::clone(clock), to.clone())
    }
}
