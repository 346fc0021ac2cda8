//! What a whole sequence means: a key, the beginning of pasted text, or nothing to us.
//!
//! Sources: xterm's ctlseqs ("PC-Style Function Keys", "Alternate modifyOtherKeys"), the kitty
//! keyboard protocol (<https://sw.kovidgoyal.net/kitty/keyboard-protocol/>).

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::pointer::{Pointer, PointerAct};

/// What a sequence means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A key was pressed.
    Key(KeyEvent),
    /// Pasted text follows.
    PasteBegins,
    /// A button was pressed or the wheel turned.
    Pointer(Pointer),
    /// An answer, a report, a key that is released: nothing of ours.
    Nothing,
}

impl Meaning {
    fn key(code: Option<KeyCode>, modifiers: KeyModifiers) -> Self {
        code.map_or(Self::Nothing, |code| {
            Self::Key(KeyEvent::new(code, modifiers))
        })
    }
}

/// ESC O: cursor and function keys, and the keypad, in application mode.
pub(super) fn single_shift(parameters: &[u8], last: u8) -> Meaning {
    let Some(fields) = Fields::read(parameters) else {
        return Meaning::Nothing;
    };
    let code = cursor(last).or_else(|| function(last)).or(match last {
        b'R' => Some(KeyCode::F(3)),
        b'M' => Some(KeyCode::Enter),
        b'X' => Some(KeyCode::Char('=')),
        b'j'..=b'y' => Some(KeyCode::Char(char::from(last - 0x40))),
        _ => None,
    });
    Meaning::key(code, fields.last_modifiers())
}

/// ESC [. Whatever has a private mark or an intermediate byte is an answer; so is a cursor report,
/// which would otherwise be F3 with modifiers.
pub(super) fn control_sequence(parameters: &[u8], last: u8) -> Meaning {
    if let Some(report) = parameters.strip_prefix(b"<") {
        return pointer(report, last);
    }
    let Some(fields) = Fields::read(parameters) else {
        return Meaning::Nothing;
    };
    if fields.is_release() {
        return Meaning::Nothing;
    }
    match last {
        b'~' => numbered(&fields),
        b'u' => kitty(&fields),
        b'Z' => Meaning::key(Some(KeyCode::BackTab), KeyModifiers::SHIFT),
        b'R' if parameters.is_empty() => Meaning::key(Some(KeyCode::F(3)), KeyModifiers::NONE),
        _ => {
            let code = cursor(last).or_else(|| function(last));
            Meaning::key(code, fields.last_modifiers())
        }
    }
}

/// ESC [ < button ; column ; line M (xterm's ctlseqs, "Extended coordinates", mode 1006): the left
/// button and the wheel. Releases, movements and other buttons are nothing of ours.
fn pointer(report: &[u8], last: u8) -> Meaning {
    /// Shift, Meta and Control, however they are held.
    const HELD: u32 = 4 + 8 + 16;
    let Some(fields) = Fields::read(report).filter(|_| last == b'M') else {
        return Meaning::Nothing;
    };
    let act = match fields.get(0, 0).map(|button| button & !HELD) {
        Some(0) => PointerAct::Press,
        Some(64) => PointerAct::WheelUp,
        Some(65) => PointerAct::WheelDown,
        _ => return Meaning::Nothing,
    };
    let place = |field| {
        let from_one = fields.get(field, 0)?.checked_sub(1)?;
        u16::try_from(from_one).ok()
    };
    match (place(1), place(2)) {
        (Some(column), Some(row)) => Meaning::Pointer(Pointer { act, column, row }),
        _ => Meaning::Nothing,
    }
}

const fn cursor(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        _ => return None,
    })
}

const fn function(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'P' => KeyCode::F(1),
        b'Q' => KeyCode::F(2),
        b'S' => KeyCode::F(4),
        _ => return None,
    })
}

/// ESC [ number ~
fn numbered(fields: &Fields) -> Meaning {
    let number = fields.get(0, 0).unwrap_or_default();
    let code = match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        27 => return key_of_code(fields.get(2, 0), fields, 1),
        200 => return Meaning::PasteBegins,
        _ => return Meaning::key(numbered_function(number), fields.modifiers(1)),
    };
    Meaning::key(Some(code), fields.modifiers(1))
}

fn numbered_function(number: u32) -> Option<KeyCode> {
    let number = u8::try_from(number).ok()?;
    Some(KeyCode::F(match number {
        11..=15 => number - 10,
        17..=21 => number - 11,
        23..=26 => number - 12,
        28 | 29 => number - 13,
        31..=34 => number - 14,
        _ => return None,
    }))
}

/// ESC [ code : shifted : base ; modifiers : event ; text u
fn kitty(fields: &Fields) -> Meaning {
    let modifiers = fields.modifiers(1);
    let code = fields.get(0, 0);
    // Ctrl-C is Ctrl-C on a keyboard that has no Latin letters, too.
    let latin = fields.get(0, 2).filter(|_| {
        modifiers.contains(KeyModifiers::CONTROL) && code.is_some_and(|code| code > 0x7f)
    });
    let shifted = fields
        .get(0, 1)
        .filter(|_| modifiers.contains(KeyModifiers::SHIFT));
    key_of_code(latin.or(shifted).or(code), fields, 1)
}

/// A key by the number of its character, with the modifiers of that field.
fn key_of_code(code: Option<u32>, fields: &Fields, modifiers: usize) -> Meaning {
    let modifiers = fields.modifiers(modifiers);
    let code = match code {
        Some(8 | 127) => Some(KeyCode::Backspace),
        Some(9) if modifiers.contains(KeyModifiers::SHIFT) => Some(KeyCode::BackTab),
        Some(9) => Some(KeyCode::Tab),
        Some(13) => Some(KeyCode::Enter),
        Some(27) => Some(KeyCode::Esc),
        Some(code @ 57_344..=63_743) => keypad(code),
        code => code
            .and_then(char::from_u32)
            .filter(|c| !c.is_control())
            .map(|c| KeyCode::Char(shifted(c, modifiers))),
    };
    Meaning::key(code, modifiers)
}

/// The character that Shift makes of a letter, where no other key is meant.
fn shifted(c: char, modifiers: KeyModifiers) -> char {
    if modifiers.contains(KeyModifiers::CONTROL) {
        return c.to_ascii_lowercase();
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) if modifiers.contains(KeyModifiers::SHIFT) => one,
        _ => c,
    }
}

/// The keypad, by kitty's numbers.
fn keypad(code: u32) -> Option<KeyCode> {
    Some(match code {
        57_399..=57_408 => KeyCode::Char(char::from_digit(code - 57_399, 10)?),
        57_409 => KeyCode::Char('.'),
        57_410 => KeyCode::Char('/'),
        57_411 => KeyCode::Char('*'),
        57_412 => KeyCode::Char('-'),
        57_413 => KeyCode::Char('+'),
        57_414 => KeyCode::Enter,
        57_415 => KeyCode::Char('='),
        57_417 => KeyCode::Left,
        57_418 => KeyCode::Right,
        57_419 => KeyCode::Up,
        57_420 => KeyCode::Down,
        57_421 => KeyCode::PageUp,
        57_422 => KeyCode::PageDown,
        57_423 => KeyCode::Home,
        57_424 => KeyCode::End,
        57_425 => KeyCode::Insert,
        57_426 => KeyCode::Delete,
        _ => return None,
    })
}

/// Parameters: fields apart by `;`, their parts by `:`. No sequence of a key has more than three
/// of each.
#[derive(Debug, Default)]
struct Fields {
    parts: [[Option<u32>; 3]; 3],
    count: usize,
}

impl Fields {
    /// Reads them; nothing where there is anything else.
    fn read(parameters: &[u8]) -> Option<Self> {
        let text = str::from_utf8(parameters).ok()?;
        if !text.bytes().all(|b| matches!(b, b'0'..=b'9' | b':' | b';')) {
            return None;
        }
        let mut fields = Self::default();
        if text.is_empty() {
            return Some(fields);
        }
        fields.count = text.split(';').count();
        for (field, to) in text.split(';').zip(&mut fields.parts) {
            for (part, to) in field.split(':').zip(to) {
                *to = part.parse().ok();
            }
        }
        Some(fields)
    }

    fn get(&self, field: usize, part: usize) -> Option<u32> {
        *self.parts.get(field)?.get(part)?
    }

    fn is_release(&self) -> bool {
        self.get(1, 1) == Some(3)
    }

    /// Of a key whose last field they are: `1;5`, and `5` of older terminals.
    fn last_modifiers(&self) -> KeyModifiers {
        self.modifiers(self.count.saturating_sub(1).min(1))
    }

    fn modifiers(&self, field: usize) -> KeyModifiers {
        let mask = self.get(field, 0).unwrap_or(1).saturating_sub(1);
        [
            (1, KeyModifiers::SHIFT),
            (2, KeyModifiers::ALT),
            (4, KeyModifiers::CONTROL),
            (8, KeyModifiers::SUPER),
            (16, KeyModifiers::HYPER),
            (32, KeyModifiers::META),
        ]
        .into_iter()
        .filter(|(bit, _)| mask & bit != 0)
        .fold(KeyModifiers::NONE, |all, (_, one)| all | one)
    }
}
