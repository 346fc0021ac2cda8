//! What happens to the console, and what it wants done.

use std::sync::Arc;
use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;

use super::logs::LogEntry;
use super::past::PastWish;
use super::pointer::Pointer;
use super::theme::ThemeName;
use model::command::Command;
use model::snapshot::Snapshot;
use words::Words;

/// Something that changes the state: a key, a snapshot, a log line, a signal.
#[derive(Clone, Debug)]
pub(crate) enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The theme that fits the background of the terminal.
    Fitting(ThemeName),
    /// A button or the wheel of the mouse.
    Pointer(Pointer),
    /// The terminal has another size now.
    Resize(u16, u16),
    /// The bridge has a newer snapshot.
    Snapshot(Arc<Snapshot>),
    /// A log has a new line.
    Log(LogEntry),
    /// The log up to the moment of the past that is shown.
    PastLog(Vec<LogEntry>),
    /// Why a command, or a wish to see another moment, was not met.
    Said(Words),
    /// So many log lines were dropped before they came here.
    LogDropped(u64),
    /// The bridge has ended.
    BridgeEnded,
    /// Frames take long to leave, or no longer.
    SlowTerminal(bool),
    /// The bridge did not take the last command.
    QueueFull,
    /// A file was written: its name, or why it was not.
    Wrote(Result<String, Words>),
}

/// What the console wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Tell the bridge.
    Send(Command),
    /// Show another moment.
    Past(PastWish),
    /// Put this on the clipboard of the terminal.
    Copy(String),
    /// Write a new file.
    Write {
        /// Where: as it was typed.
        file: String,
        /// The text to copy.
        text: String,
    },
    /// Ring the bell of the terminal.
    Bell,
    /// Notify whoever looks.
    Notify(String),
    /// Have the terminal report the mouse, or no longer.
    Mouse(bool),
    /// Draw everything afresh.
    Redraw,
    /// Go to the background.
    Suspend,
    /// Leave the console.
    Quit,
}

/// The intervals that `+` and `-` step through.
pub(crate) const INTERVALS: [Duration; 10] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(15),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(2),
    Duration::from_mins(5),
    Duration::from_mins(10),
];
