//! What comes out of the bytes of a keyboard.

use ratatui::crossterm::event::KeyEvent;

use crate::background::Background;

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::term) enum Typed {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text that was pasted; the first [`super::unended::PASTE_LIMIT`] bytes of it.
    Paste(String),
    /// The terminal has told its background.
    Background(Background),
}
