//! The keyboard is a stream of bytes: this makes keys of it.
//!
//! In: bytes as they come, cut anywhere, and the time. Out: keys and pasted text. Pure: no clock,
//! no terminal. What a terminal sends of its own accord (answers to questions that somebody else
//! asked, however late: OSC, DCS, APC, PM, SOS, device attributes, cursor, mode and size reports,
//! focus, mouse) is swallowed. Ctrl-C comes out at once, whatever it stands in.
//!
//! One byte is ambiguous: ESC is a key and begins everything else. Alone for [`ESCAPE_ALONE`] it
//! is the key. Whatever is further than that is no key yet, and waits for its end for
//! [`SILENCE`]; so that a lost end costs a moment and not the keyboard, it never waits longer than
//! [`TRICKLE`] for what comes in keystrokes.

mod sequence;
mod unended;

use std::time::Duration;

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use model::clock::{advance, elapsed};
use sequence::{Meaning, control_sequence, single_shift};
use unended::{Paste, Text};

/// An ESC that nothing follows for so long is the Escape key. As long as nvim's `ttimeoutlen` and
/// libtermkey have it: what one write of a terminal becomes on its way is seldom further apart.
pub(super) const ESCAPE_ALONE: Duration = Duration::from_millis(50);
/// What has begun and says nothing for so long does not end any more.
pub(super) const SILENCE: Duration = Duration::from_secs(1);
/// What has begun and comes in keystrokes for so long is somebody typing.
pub(super) const TRICKLE: Duration = Duration::from_secs(5);
/// More bytes at once than keystrokes are.
const KEYSTROKES: usize = 16;
/// Longest parameters of a control sequence that is looked at; a key needs 20 bytes.
const PARAMETERS: usize = 64;
/// X10 mouse reports: button, column and line.
const MOUSE_REPORT: usize = 3;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;

/// What was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A key.
    Key(KeyEvent),
    /// Text that was pasted; the first [`unended::PASTE_LIMIT`] bytes of it.
    Paste(String),
}

/// Where in the stream we are.
#[derive(Debug, Default)]
enum State {
    /// Between keys.
    #[default]
    Ground,
    /// In a character of several bytes.
    Character { bytes: [u8; 4], got: usize },
    /// After ESC.
    Escape,
    /// After ESC O.
    SingleShift,
    /// After ESC [: its parameters are in `parameters`.
    Control,
    /// After ESC [ [: a function key of the Linux console.
    LinuxFunction,
    /// In an X10 mouse report: so many of its parts are missing.
    Mouse { missing: usize, wide: bool },
    /// In a string of the terminal: OSC, DCS, APC, PM, SOS.
    Text(Text),
    /// In pasted text.
    Paste(Paste),
}

/// Makes keys of bytes.
#[derive(Debug)]
pub(super) struct Keyboard {
    state: State,
    parameters: Vec<u8>,
    /// Longer than anything that means something.
    too_long: bool,
    /// The last byte, where ESC and it began something: alone they are Alt and a key.
    introducer: Option<u8>,
    /// When the last byte came.
    last: Timestamp,
    /// When a string or a paste began, or more than keystrokes came of it.
    bulk: Timestamp,
    typed: Vec<Typed>,
}

impl Keyboard {
    /// A keyboard on which nothing has been typed.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            state: State::Ground,
            parameters: Vec::with_capacity(PARAMETERS),
            too_long: false,
            introducer: None,
            last: now,
            bulk: now,
            typed: Vec::new(),
        }
    }

    /// Takes bytes that have come; without any: nothing has come until `now`.
    pub(super) fn step(&mut self, bytes: &[u8], now: Timestamp) -> Vec<Typed> {
        let due = self.deadline().is_some_and(|at| at <= now);
        let keystrokes = bytes.len() <= KEYSTROKES;
        if due && (bytes.is_empty() || keystrokes && self.is_typed_into(now)) {
            self.give_up();
        }
        if !bytes.is_empty() {
            self.last = now;
        }
        if !keystrokes {
            self.bulk = now;
        }
        for byte in bytes {
            self.take(*byte);
        }
        std::mem::take(&mut self.typed)
    }

    /// When to say that nothing has come; never, where nothing is open.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let silence = advance(self.last, SILENCE);
        match self.state {
            State::Ground => None,
            State::Escape => Some(advance(self.last, ESCAPE_ALONE)),
            State::Text(_) | State::Paste(_) => Some(silence.min(advance(self.bulk, TRICKLE))),
            _ => Some(silence),
        }
    }

    /// How many bytes are kept.
    #[cfg(test)]
    fn held(&self) -> usize {
        let pasted = match &self.state {
            State::Paste(paste) => paste.held(),
            _ => 0,
        };
        pasted + self.parameters.len()
    }

    /// Whether somebody has been typing into something that does not end.
    fn is_typed_into(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Text(_) | State::Paste(_)) && elapsed(self.bulk, now) >= TRICKLE
    }

    /// What is open does not end any more: what of it was typed after all.
    fn give_up(&mut self) {
        match std::mem::take(&mut self.state) {
            State::Escape => self.escape(),
            State::Paste(paste) => self.typed.push(Typed::Paste(paste.text())),
            _ => {}
        }
        if let Some(introducer) = self.introducer.take() {
            self.alt(introducer);
        }
    }

    fn take(&mut self, byte: u8) {
        self.introducer = None;
        if byte == CTRL_C {
            return self.interrupt();
        }
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte),
            State::Character { bytes, got } => self.character(bytes, got, byte),
            State::Escape => self.escaped(byte),
            State::SingleShift => self.single_shift(byte),
            State::Control => self.control(byte),
            State::LinuxFunction => self.linux_function(byte),
            State::Mouse { missing, wide } => self.mouse(missing, wide, byte),
            State::Text(text) => self.text(text, byte),
            State::Paste(paste) => self.paste(paste, byte),
        }
    }

    /// Ctrl-C. The rest of a string or of pasted text stays what it is.
    fn interrupt(&mut self) {
        match self.state {
            State::Text(_) | State::Paste(_) => {}
            State::Escape => {
                self.escape();
                self.state = State::Ground;
            }
            _ => self.state = State::Ground,
        }
        self.control_key(CTRL_C, KeyModifiers::NONE);
    }

    fn ground(&mut self, byte: u8) {
        match byte {
            ESC => self.state = State::Escape,
            0x00..=0x1f | 0x7f => self.control_key(byte, KeyModifiers::NONE),
            0x20..=0x7e => self.character_key(char::from(byte), KeyModifiers::NONE),
            0x80..=0x9f => self.c1(byte),
            0xc2..=0xf4 => {
                let bytes = [byte, 0, 0, 0];
                self.state = State::Character { bytes, got: 1 };
            }
            // Not in UTF-8: no character, no key.
            _ => {}
        }
    }

    /// A control character of eight bits: ESC and another byte in one.
    fn c1(&mut self, byte: u8) {
        match byte {
            0x8f => self.begin(State::SingleShift),
            0x9b => self.begin(State::Control),
            0x90 | 0x98 | 0x9d..=0x9f => self.begin(State::Text(Text::default())),
            _ => {}
        }
    }

    fn begin(&mut self, state: State) {
        self.parameters.clear();
        self.too_long = false;
        self.bulk = self.last;
        self.state = state;
    }

    fn character(&mut self, mut bytes: [u8; 4], got: usize, byte: u8) {
        if !matches!(byte, 0x80..=0xbf) {
            // The character stays torn.
            return self.ground(byte);
        }
        if let Some(place) = bytes.get_mut(got) {
            *place = byte;
        }
        let got = got + 1;
        if got < length_of(bytes) {
            self.state = State::Character { bytes, got };
            return;
        }
        let whole = bytes.get(..got).map(str::from_utf8);
        if let Some(Ok(text)) = whole {
            text.chars().for_each(|c| self.wide_character(c));
        }
    }

    fn wide_character(&mut self, c: char) {
        match u8::try_from(u32::from(c)) {
            Ok(byte @ 0x80..=0x9f) => self.c1(byte),
            _ => self.character_key(c, KeyModifiers::NONE),
        }
    }

    fn escaped(&mut self, byte: u8) {
        match byte {
            ESC => {
                self.escape();
                self.state = State::Escape;
                return;
            }
            b'[' => self.begin(State::Control),
            b'O' => self.begin(State::SingleShift),
            b']' | b'P' | b'_' | b'^' | b'X' => self.begin(State::Text(Text::default())),
            // The end of a string whose beginning is over.
            b'\\' => return,
            0x00..=0x7f => return self.alt(byte),
            _ => {
                self.escape();
                return self.ground(byte);
            }
        }
        self.introducer = Some(byte);
    }

    fn single_shift(&mut self, byte: u8) {
        match byte {
            b'0'..=b'9' | b';' => {
                self.remember(byte);
                self.state = State::SingleShift;
            }
            0x20..=0x7e => {
                let key = single_shift(&self.parameters, byte);
                self.mean(key);
            }
            _ => self.ground(byte),
        }
    }

    fn control(&mut self, byte: u8) {
        match (byte, self.parameters.as_slice()) {
            (0x20..=0x3f, _) => {
                self.remember(byte);
                self.state = State::Control;
            }
            (b'[', []) => self.state = State::LinuxFunction,
            (b'M', []) => {
                self.state = State::Mouse {
                    missing: MOUSE_REPORT,
                    wide: false,
                }
            }
            (0x40..=0x7e, parameters) => {
                let meaning = control_sequence(parameters, byte);
                let meaning = if self.too_long {
                    Meaning::Nothing
                } else {
                    meaning
                };
                self.mean(meaning);
            }
            // A key: the sequence is torn.
            _ => self.ground(byte),
        }
    }

    fn remember(&mut self, byte: u8) {
        if self.parameters.len() < PARAMETERS {
            self.parameters.push(byte);
        } else {
            self.too_long = true;
        }
    }

    fn linux_function(&mut self, byte: u8) {
        match byte {
            b'A'..=b'E' => self.key(KeyCode::F(byte - b'A' + 1), KeyModifiers::NONE),
            0x20..=0x7e => {}
            _ => self.ground(byte),
        }
    }

    /// Each part is one byte, or a character of two bytes (mode 1005).
    fn mouse(&mut self, missing: usize, wide: bool, byte: u8) {
        let (missing, wide) = match byte {
            0x80..=0xbf if wide => (missing, false),
            0x01..=0x1f => return self.ground(byte),
            _ if missing == 0 => return self.ground(byte),
            // 0 stands for a place that is too far away to be told.
            _ => (missing - 1, matches!(byte, 0xc2..=0xdf)),
        };
        if missing > 0 || wide {
            self.state = State::Mouse { missing, wide };
        }
    }

    fn text(&mut self, mut text: Text, byte: u8) {
        match text.take(byte) {
            unended::Next::Goes => self.state = State::Text(text),
            unended::Next::Ended => {}
            unended::Next::CutBy => self.ground(byte),
            unended::Next::CutByEscapeAnd => self.escaped(byte),
        }
    }

    fn paste(&mut self, mut paste: Paste, byte: u8) {
        if paste.take(byte) {
            self.typed.push(Typed::Paste(paste.text()));
        } else {
            self.state = State::Paste(paste);
        }
    }

    fn mean(&mut self, meaning: Meaning) {
        match meaning {
            Meaning::Key(key) => self.typed.push(Typed::Key(key)),
            Meaning::PasteBegins => self.begin(State::Paste(Paste::default())),
            Meaning::Nothing => {}
        }
    }

    fn escape(&mut self) {
        self.key(KeyCode::Esc, KeyModifiers::NONE);
    }

    /// ESC and a key at once: what a terminal makes of Alt.
    fn alt(&mut self, byte: u8) {
        match byte {
            0x20..=0x7e => self.character_key(char::from(byte), KeyModifiers::ALT),
            _ => self.control_key(byte, KeyModifiers::ALT),
        }
    }

    fn control_key(&mut self, byte: u8, more: KeyModifiers) {
        let control = more | KeyModifiers::CONTROL;
        match byte {
            b'\r' => self.key(KeyCode::Enter, more),
            b'\t' => self.key(KeyCode::Tab, more),
            0x7f => self.key(KeyCode::Backspace, more),
            0x00 => self.key(KeyCode::Char(' '), control),
            0x01..=0x1a => self.key(KeyCode::Char(char::from(byte - 1 + b'a')), control),
            0x1c..=0x1f => self.key(KeyCode::Char(char::from(byte - 0x1c + b'4')), control),
            _ => {}
        }
    }

    fn character_key(&mut self, c: char, more: KeyModifiers) {
        let shift = if c.is_uppercase() {
            KeyModifiers::SHIFT
        } else {
            KeyModifiers::NONE
        };
        self.key(KeyCode::Char(c), more | shift);
    }

    fn key(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.typed.push(Typed::Key(KeyEvent::new(code, modifiers)));
    }
}

/// How many bytes a character has, by its first.
const fn length_of(bytes: [u8; 4]) -> usize {
    match bytes {
        [..=0xdf, ..] => 2,
        [0xe0..=0xef, ..] => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
