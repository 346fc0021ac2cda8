//! One byte or one character, one key.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The key of an ASCII character; not of ESC, which is a matter of time. Names as crossterm has
/// them: Ctrl-4 to Ctrl-7 are what DEC's terminals had there.
pub(super) fn of_byte(byte: u8, more: KeyModifiers) -> KeyEvent {
    let control = more | KeyModifiers::CONTROL;
    let letter = |first: u8, base: u8| KeyCode::Char(char::from(byte - first + base));
    match byte {
        b'\r' => KeyEvent::new(KeyCode::Enter, more),
        b'\t' => KeyEvent::new(KeyCode::Tab, more),
        0x7f => KeyEvent::new(KeyCode::Backspace, more),
        0x00 => KeyEvent::new(KeyCode::Char(' '), control),
        0x01..=0x1a => KeyEvent::new(letter(0x01, b'a'), control),
        0x1b => KeyEvent::new(KeyCode::Esc, more),
        0x1c..=0x1f => KeyEvent::new(letter(0x1c, b'4'), control),
        _ => of_character(char::from(byte), more),
    }
}

/// The key of a character.
pub(super) fn of_character(c: char, more: KeyModifiers) -> KeyEvent {
    let shift = if c.is_uppercase() {
        KeyModifiers::SHIFT
    } else {
        KeyModifiers::NONE
    };
    KeyEvent::new(KeyCode::Char(c), more | shift)
}
