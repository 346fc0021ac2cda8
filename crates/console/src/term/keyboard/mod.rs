//! The keyboard is a stream of bytes: this makes keys of it.
//!
//! In: bytes as they come, cut anywhere, and the time. Out: keys, pasted text, and the one answer that
//! we ask for. Pure: no clock,
//! no terminal. What a terminal sends of its own accord (answers to questions that somebody else
//! asked, however late: OSC, DCS, APC, PM, SOS, device attributes, cursor, mode and size reports,
//! focus, mouse) is swallowed. Ctrl-C comes out at once, whatever it stands in.
//!
//! One byte is ambiguous: ESC is a key and begins everything else. Alone for [`ESCAPE_ALONE`] it
//! is the key; what comes after that and can only be the rest of an answer is still taken for one
//! ([`DOUBT`]). Whatever is further than ESC is no key yet, and waits for its end for
//! [`SILENCE`]; so that a lost end costs a moment and not the keyboard, it never waits longer than
//! [`TRICKLE`] for what comes in keystrokes.

mod one;
mod pieces;
mod sequence;
mod typed;
mod unended;

use std::time::Duration;

use jiff::Timestamp;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use model::clock::{advance, elapsed};
use one::{of_byte, of_character};
use pieces::{Character, Mouse, Piece};
use sequence::{Meaning, control_sequence, single_shift};
pub(super) use typed::Typed;
use unended::{Paste, Text};

/// An ESC that nothing follows for so long is the Escape key. As long as nvim's `ttimeoutlen` and
/// libtermkey have it: what one write of a terminal becomes on its way is seldom further apart.
pub(super) const ESCAPE_ALONE: Duration = Duration::from_millis(50);
/// How long a key that would continue an ESC which was too late waits for the byte that decides.
pub(super) const DOUBT: Duration = Duration::from_millis(250);
/// What has begun and says nothing for so long does not end any more.
pub(super) const SILENCE: Duration = Duration::from_secs(1);
/// What has begun and comes in keystrokes for so long is somebody typing.
pub(super) const TRICKLE: Duration = Duration::from_secs(5);
/// More bytes at once than keystrokes are.
const KEYSTROKES: usize = 16;
/// Longest parameters of a control sequence that is looked at; a key needs 20 bytes.
const PARAMETERS: usize = 64;

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;

/// Where in the stream we are.
#[derive(Debug, Default)]
enum State {
    /// No sequence is under way.
    #[default]
    Ground,
    /// In a character of several bytes.
    Character(Character),
    /// ESC was read: a key by itself, or the beginning of a sequence.
    Escape,
    /// After an ESC that was the Escape key, and a byte that may continue it.
    Doubt(u8),
    /// After ESC O.
    SingleShift,
    /// After ESC [: its parameters are in `parameters`.
    Control,
    /// After ESC [ [: a function key of the Linux console.
    LinuxFunction,
    /// In an X10 mouse report.
    Mouse(Mouse),
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
    /// When an ESC was the Escape key because nothing followed, until something does.
    escaped_at: Option<Timestamp>,
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
            escaped_at: None,
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
            self.give_up(now);
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
            State::Doubt(_) => Some(advance(self.last, DOUBT)),
            State::Text(_) | State::Paste(_) => Some(silence.min(advance(self.bulk, TRICKLE))),
            _ => Some(silence),
        }
    }

    /// How many bytes are kept.
    #[cfg(test)]
    fn held(&self) -> usize {
        let pasted = match &self.state {
            State::Paste(paste) => paste.held(),
            State::Text(text) => text.held(),
            _ => 0,
        };
        pasted + self.parameters.len()
    }

    /// Whether somebody has been typing into something that does not end.
    fn is_typed_into(&self, now: Timestamp) -> bool {
        matches!(self.state, State::Text(_) | State::Paste(_)) && elapsed(self.bulk, now) >= TRICKLE
    }

    /// What is open does not end any more: what of it was typed after all.
    fn give_up(&mut self, now: Timestamp) {
        match std::mem::take(&mut self.state) {
            State::Escape => {
                self.escape();
                self.escaped_at = Some(now);
            }
            State::Doubt(byte) => self.ground(byte),
            State::Paste(paste) => self.typed.push(Typed::Paste(paste.text())),
            _ => {}
        }
        if let Some(introducer) = self.introducer.take() {
            self.key(of_byte(introducer, KeyModifiers::ALT));
        }
    }

    fn take(&mut self, byte: u8) {
        self.introducer = None;
        if byte == CTRL_C {
            return self.interrupt();
        }
        match std::mem::take(&mut self.state) {
            State::Ground if self.may_continue(byte) => self.state = State::Doubt(byte),
            State::Ground => self.ground(byte),
            State::Character(character) => self.character(character, byte),
            State::Escape => self.escaped(byte),
            State::Doubt(before) => self.doubt(before, byte),
            State::SingleShift => self.single_shift(byte),
            State::Control => self.control(byte),
            State::LinuxFunction => self.linux_function(byte),
            State::Mouse(mouse) => self.mouse(mouse, byte),
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
        self.key(of_byte(CTRL_C, KeyModifiers::NONE));
    }

    fn ground(&mut self, byte: u8) {
        match byte {
            ESC => self.state = State::Escape,
            0x00..=0x7f => self.key(of_byte(byte, KeyModifiers::NONE)),
            0x80..=0x9f => self.c1(byte),
            0xc2..=0xf4 => self.state = State::Character(Character::begun_by(byte)),
            // Not in UTF-8: no character, no key.
            _ => {}
        }
    }

    /// A control character of eight bits: ESC and another byte in one.
    fn c1(&mut self, byte: u8) {
        match byte {
            0x8f => self.begin(State::SingleShift),
            0x9b => self.begin(State::Control),
            0x9d => self.begin(State::Text(Text::of_command())),
            0x90 | 0x98 | 0x9e | 0x9f => self.begin(State::Text(Text::default())),
            _ => {}
        }
    }

    fn begin(&mut self, state: State) {
        self.parameters.clear();
        self.too_long = false;
        self.bulk = self.last;
        self.state = state;
    }

    fn character(&mut self, mut character: Character, byte: u8) {
        match character.take(byte) {
            Piece::Missing => self.state = State::Character(character),
            Piece::Whole(c) => self.wide_character(c),
            Piece::Nothing => {}
            Piece::Torn => self.ground(byte),
        }
    }

    fn wide_character(&mut self, c: char) {
        match u8::try_from(u32::from(c)) {
            Ok(byte @ 0x80..=0x9f) => self.c1(byte),
            _ => self.key(of_character(c, KeyModifiers::NONE)),
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
            b']' => self.begin(State::Text(Text::of_command())),
            b'P' | b'_' | b'^' | b'X' => self.begin(State::Text(Text::default())),
            // The end of a string whose beginning is over.
            b'\\' => return,
            0x00..=0x7f => return self.key(of_byte(byte, KeyModifiers::ALT)),
            _ => {
                self.escape();
                return self.ground(byte);
            }
        }
        self.introducer = Some(byte);
    }

    /// Whether this byte, right after an ESC that was too late, may continue it.
    fn may_continue(&mut self, byte: u8) -> bool {
        let escaped_at = self.escaped_at.take();
        let soon = escaped_at.is_some_and(|at| elapsed(at, self.last) <= SILENCE);
        soon && matches!(byte, b'[' | b']' | b'P' | b'_')
    }

    /// Nobody types these two within a moment; terminals send them.
    fn doubt(&mut self, before: u8, byte: u8) {
        let continues = match before {
            b'[' => matches!(byte, b'0'..=b'9' | b'<'..=b'?' | b'A'..=b'Z'),
            b']' => matches!(byte, b'0'..=b'9' | b'l' | b'L'),
            b'P' => matches!(byte, b'0'..=b'9' | b'>' | b'!'),
            _ => byte == b'G',
        };
        if continues {
            self.escaped(before);
        } else {
            self.ground(before);
        }
        self.take(byte);
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
            (b'M', []) => self.state = State::Mouse(Mouse::default()),
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
            b'A'..=b'E' => self.key(KeyEvent::new(
                KeyCode::F(byte - b'A' + 1),
                KeyModifiers::NONE,
            )),
            0x20..=0x7e => {}
            _ => self.ground(byte),
        }
    }

    fn mouse(&mut self, mut mouse: Mouse, byte: u8) {
        match mouse.take(byte) {
            Piece::Missing => self.state = State::Mouse(mouse),
            Piece::Torn => self.ground(byte),
            Piece::Nothing | Piece::Whole(_) => {}
        }
    }

    fn text(&mut self, mut text: Text, byte: u8) {
        match text.take(byte) {
            unended::Next::Goes => self.state = State::Text(text),
            unended::Next::Ended => {
                let told = text.background().map(Typed::Background);
                self.typed.extend(told);
            }
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
        self.key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE));
    }

    fn key(&mut self, key: KeyEvent) {
        self.typed.push(Typed::Key(key));
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
