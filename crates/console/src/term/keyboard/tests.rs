//! A row a case. Where a case has several reads, `|` stands between them.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use rstest::rstest;

use super::*;
use crate::theme::ThemeName;

const START: Timestamp = Timestamp::UNIX_EPOCH;

/// A keyboard and what has been typed on it, in short: `q`, `Ctrl-c`, `Up`, `paste(text)`.
struct Typist {
    keyboard: Keyboard,
    now: Timestamp,
    typed: Vec<String>,
    /// The backgrounds that were told.
    told: Vec<ThemeName>,
}

impl Typist {
    fn new() -> Self {
        Self {
            keyboard: Keyboard::new(START),
            now: START,
            typed: Vec::new(),
            told: Vec::new(),
        }
    }

    fn send(&mut self, bytes: &[u8]) {
        let typed = self.keyboard.step(bytes, self.now);
        for typed in &typed {
            match typed {
                Typed::Background(background) => self.told.push(background.theme()),
                typed => self.typed.push(short(typed)),
            }
        }
    }

    /// So much time passes, and the keyboard is told whenever it wants to be.
    fn wait(&mut self, time: Duration) {
        let until = advance(self.now, time);
        while let Some(at) = self.keyboard.deadline().filter(|at| *at <= until) {
            self.now = at;
            self.send(&[]);
        }
        self.now = until;
    }

    fn typed(&mut self) -> String {
        std::mem::take(&mut self.typed).join(" ")
    }
}

fn short(typed: &Typed) -> String {
    match typed {
        Typed::Paste(text) => format!("paste({text})"),
        Typed::Key(key) => spell(key),
        Typed::Background(_) => String::new(),
    }
}

fn spell(key: &KeyEvent) -> String {
    let named = [
        (KeyModifiers::CONTROL, "Ctrl-"),
        (KeyModifiers::ALT, "Alt-"),
        (KeyModifiers::SUPER, "Super-"),
    ];
    let mut name: String = named
        .iter()
        .filter(|(modifier, _)| key.modifiers.contains(*modifier))
        .map(|(_, name)| *name)
        .collect();
    if key.modifiers.contains(KeyModifiers::SHIFT) && !matches!(key.code, KeyCode::Char(_)) {
        name += "Shift-";
    }
    name + &match key.code {
        KeyCode::Char(' ') => "Space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::F(number) => format!("F{number}"),
        code => format!("{code:?}"),
    }
}

/// What comes of reads apart by `pause`, and then silence.
fn typed(reads: &[&[u8]], pause: Duration) -> String {
    let mut typist = Typist::new();
    for read in reads {
        typist.send(read);
        typist.wait(pause);
    }
    typist.wait(SILENCE * 2);
    typist.typed()
}

fn just_before(time: Duration) -> Duration {
    time.saturating_sub(Duration::from_millis(1))
}

fn cut(reads: &[u8]) -> Vec<&[u8]> {
    reads.split(|byte| *byte == b'|').collect()
}

fn keys_of(bytes: &[u8]) -> String {
    typed(&[bytes], Duration::ZERO)
}

#[rstest]
#[case(b"q", "q")]
#[case(b"Rr", "R r")]
#[case(b"\r\t\x7f", "Enter Tab Backspace")]
#[case(
    b"\x00\x01\x08\x0a\x1a\x1c\x1f",
    "Ctrl-Space Ctrl-a Ctrl-h Ctrl-j Ctrl-z Ctrl-4 Ctrl-7"
)]
#[case("äß€👩".as_bytes(), "ä ß € 👩")]
#[case(b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "Up Down Right Left Home End")]
#[case(b"\x1bOA\x1bOB\x1bOC\x1bOD\x1bOH\x1bOF", "Up Down Right Left Home End")]
#[case(b"\x1bOP\x1bOQ\x1bOR\x1bOS\x1b[R", "F1 F2 F3 F4 F3")]
#[case(
    b"\x1b[1~\x1b[2~\x1b[3~\x1b[4~\x1b[5~\x1b[6~\x1b[7~\x1b[8~",
    "Home Insert Delete End PageUp PageDown Home End"
)]
#[case(
    b"\x1b[11~\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~\x1b[25~\x1b[29~\x1b[34~",
    "F1 F5 F6 F10 F11 F12 F13 F16 F20"
)]
#[case(b"\x1b[[A\x1b[[E", "F1 F5")]
#[case(b"\x1b[Z", "Shift-BackTab")]
#[case(
    b"\x1b[1;5A\x1b[1;2F\x1b[5;5~\x1b[1;5P\x1bO5A\x1b[5D",
    "Ctrl-Up Shift-End Ctrl-PageUp Ctrl-F1 Ctrl-Up Ctrl-Left"
)]
#[case(b"\x1bOM\x1bOj\x1bOk\x1bOp\x1bOy\x1bOX", "Enter * + 0 9 =")]
#[case(b"\x1bT\x1b\r\x1b\x7f", "Alt-T Alt-Enter Alt-Backspace")]
#[case("\x1bä".as_bytes(), "Esc ä")]
#[case(b"\x1b\x1b[A", "Esc Up")]
#[case(b"\x1b\x1b\x1b", "Esc Esc Esc")]
#[case::kitty(b"\x1b[99;5u\x1b[97u\x1b[97;2u\x1b[97:65;2u\x1b[27u\x1b[13u\x1b[9;2u\x1b[127u\x1b[57414u\x1b[57400u", "Ctrl-c a A A Esc Enter Shift-BackTab Backspace Enter 1")]
#[case::kitty_release_is_no_key(b"\x1b[97;1:1u\x1b[97;1:3u\x1b[1;1:3A\x1b[3;1:2~", "a Delete")]
#[case::kitty_cyrillic_ctrl_c(b"\x1b[1089::99;5u", "Ctrl-c")]
#[case::kitty_lock_is_no_key(b"\x1b[57358u\x1b[97;129u", "a")]
#[case::modify_other_keys(b"\x1b[27;5;99~\x1b[27;2;65~", "Ctrl-c A")]
#[case::eight_bit(b"\x9bA\x8fP\x9b5~", "Up F1 PageUp")]
#[case::eight_bit_in_utf_8(b"\xc2\x9bA", "Up")]
fn keys_are_keys(#[case] bytes: &[u8], #[case] wanted: &str) {
    assert_eq!(keys_of(bytes), wanted);
}

/// Bytes that are no text in UTF-8: no key, and no key after them is lost.
#[rstest]
#[case::latin_1(b"\xe4q")]
#[case::torn(b"\xe2\x82q")]
#[case::continuation(b"\xa0\xbfq")]
#[case::overlong(b"\xc0\xafq")]
#[case::overlong_of_three(b"\xe0\x80\xafq")]
#[case::half_a_surrogate(b"\xed\xa0\x80q")]
#[case::beyond_unicode(b"\xf4\x90\x80\x80\xf5\xffq")]
#[case::control_of_eight_bits(b"\x85\x9cq")]
#[case::torn_by_a_sequence(b"\xe2\x82\x1b[Iq")]
fn what_is_no_utf_8_is_no_key(#[case] bytes: &[u8]) {
    assert_eq!(keys_of(bytes), "q");
}

/// What terminals send of their own accord. Reported elsewhere as keys that nobody pressed:
/// tmux/tmux#4846, zellij-org/zellij#5138, d2learn/xlings#368, 1jehuang/jcode#970.
pub(super) const REPLIES: &[&[u8]] = &[
    b"\x1b]11;rgb:1e1e/2e2e/3e3e\x1b\\",
    b"\x1b]10;rgb:cccc/cccc/cccc\x07",
    b"\x1b]4;1;rgb:cccc/0000/0000\x9c",
    b"\x1b]52;c;V1dXWA==\x07",
    b"\x1b]lW\xc5\x9cr\xc4\x9bting\x1b\\",
    b"\x1b]Licon\x1b\\",
    b"\x1b]1337;Capabilities=T3LrMSc7\x1b\\",
    b"\x1b]7;file://host/tmp\xc2\x9c",
    b"\x1bP>|WezTerm 20240203-110809-5046fc22\x1b\\",
    b"\x1bP1+r524742=382F382F38\x1b\\",
    b"\x1bP0+r\x1b\\",
    b"\x1bP!|7E565445\x1b\\",
    b"\x1bP1$r0 q\x1b\\",
    b"\x1bP1!u41+8;5\x1b\\",
    b"\x1b_Gi=31;OK\x1b\\",
    b"\x1b^private\x1b\\",
    b"\x1bXstring\x1b\\",
    b"\x9d11;rgb:0/0/0\x9c",
    b"\x90>|xterm\x9c",
    b"\x9fGi=1;OK\x9c",
    b"\x9eprivate\x9c",
    b"\x98string\x9c",
    b"\x1b[?62;22;52c",
    b"\x1b[>41;390;0c",
    b"\x1b[=0;0c",
    b"\x1b[24;80R",
    b"\x1b[1;5R",
    b"\x1b[?24;80;1R",
    b"\x1b[0n",
    b"\x1b[?997;1n",
    b"\x1b[?2026;2$y",
    b"\x1b[4;2$y",
    b"\x1b[?1u",
    b"\x1b[>4;2m",
    b"\x1b[I",
    b"\x1b[O",
    b"\x1b[48;30;100;600;1000t",
    b"\x1b[8;24;80t",
    b"\x1b[4;600;800t",
    b"\x1b[2;1;1;112;112;1;0x",
    b"\x1b[?1;0;256S",
    b"\x1b[M !!",
    b"\x1b[M#\xff\xf0",
    b"\x1b[M \xc4\x80\xc4\x81",
    b"\x1b[M \x00\x00",
    b"\x1b[<0;12;7M",
    b"\x1b[<0;12;7m",
    b"\x1b[32;12;7M",
    b"\x1b[<35;93;",
    b"\x9b?62c",
    b"\xc2\x9b>1;2;3c",
    b"\x1b[201~",
    b"\x1b\\",
    b"\x1b[?4:1;5;99999999999999999999999999999999999999999999999999999999999999999999999999c",
];

/// Those that end; one of the above is the beginning of a mouse report that was lost.
pub(super) fn whole_replies() -> impl Iterator<Item = &'static [u8]> {
    REPLIES
        .iter()
        .copied()
        .filter(|reply| !reply.ends_with(b";"))
}

#[test]
fn replies_are_no_keys() {
    for reply in REPLIES {
        assert_eq!(keys_of(reply), "", "{}", reply.escape_ascii());
    }
    for reply in whole_replies() {
        let bytes = [b"a", reply, b"\x1b[A"].concat();
        assert_eq!(keys_of(&bytes), "a Up", "{}", reply.escape_ascii());
    }
}

/// The one answer that we ask for, in every form and however it is cut; and it is no key.
#[rstest]
#[case(b"\x1b]11;rgb:1e1e/2e2e/3e3e\x1b\\", Some(ThemeName::Dark))]
#[case(b"\x1b]11;rgb:ffff/ffff/ffff\x07", Some(ThemeName::Light))]
#[case(b"\x9d11;rgb:0/0/0\x9c", Some(ThemeName::Dark))]
#[case(b"\x1b]11;rgba:ffff/ffff/ffff/ffff\x1b\\", Some(ThemeName::Light))]
#[case(b"\x1b]10;rgb:ffff/ffff/ffff\x1b\\", None)]
#[case(b"\x1bP11;rgb:ffff/ffff/ffff\x1b\\", None)]
#[case(
    b"\x1b]11;rgb:ffff/ffff/ffff/and much more than an answer has\x07",
    None
)]
#[case(b"\x1b]11;rgb:ffff/ff\x18", None)]
fn the_background_is_heard_and_is_no_key(#[case] answer: &[u8], #[case] theme: Option<ThemeName>) {
    let told: Vec<ThemeName> = theme.into_iter().collect();
    for at in 1..answer.len() {
        let (one, other) = answer.split_at(at);
        let mut typist = Typist::new();
        typist.send(one);
        let pause = if one == b"\x1b" {
            ESCAPE_ALONE
        } else {
            SILENCE
        };
        typist.wait(just_before(pause));
        typist.send(other);
        typist.wait(SILENCE * 2);
        let keys = typist.typed().replace("Ctrl-x", "");
        assert_eq!((keys.as_str(), &typist.told), ("", &told), "at {at}");
    }
}

/// However they are cut, and however long the parts take; only ESC alone cannot wait.
#[test]
fn replies_that_come_in_pieces_are_no_keys() {
    for reply in whole_replies() {
        for at in 1..reply.len() {
            let pause = match reply.split_at(at) {
                (b"\x1b", _) => just_before(ESCAPE_ALONE),
                _ => just_before(SILENCE),
            };
            let (one, other) = reply.split_at(at);
            let said = typed(&[b"a", one, other, b"b"], Duration::ZERO);
            assert_eq!(said, "a b", "{}", reply.escape_ascii());
            let mut typist = Typist::new();
            typist.send(one);
            typist.wait(pause);
            typist.send(other);
            typist.send(b"b");
            assert_eq!(typist.typed(), "b", "{} at {at}", reply.escape_ascii());
        }
        let bytes: Vec<&[u8]> = reply.chunks(1).collect();
        let slow = typed(&bytes, just_before(ESCAPE_ALONE));
        assert_eq!(slow, "", "{}", reply.escape_ascii());
    }
}

/// An ESC that was too late is a key: there is no other way. What follows it is none.
#[test]
fn replies_torn_right_after_their_first_byte_are_no_text() {
    let continued = |reply: &&[u8]| matches!(reply, [b'\x1b', b'[' | b']' | b'P' | b'_', ..]);
    for reply in whole_replies().filter(continued) {
        let (one, other) = reply.split_at(1);
        let said = typed(&[b"a", one, other, b"b"], just_before(DOUBT));
        assert_eq!(said, "a Esc b", "{}", reply.escape_ascii());
    }
}

/// sinelaw/fresh#2793, jvanderberg/markless#53, earendil-works/pi#7876.
#[rstest]
#[case(b"\x1b|[A", 49, "Up")]
#[case(b"\x1b[|A", 49, "Up")]
#[case(b"\x1b[5|~", 900, "PageUp")]
#[case(b"\x1bO|A", 900, "Up")]
#[case(b"\x1b|[|1|;|5|A", 49, "Ctrl-Up")]
#[case(b"\x1b|\r", 49, "Alt-Enter")]
#[case(b"\xe2|\x82|\xac", 900, "€")]
#[case::escape_is_a_key(b"\x1b|q", 50, "Esc q")]
#[case::too_late_and_yet_no_text(b"\x1b|[A", 50, "Esc Up")]
#[case(b"\x1b|]11;rgb:1e1e/2e2e/3e3e\x1b\\q", 999, "Esc q")]
#[case(b"\x1b|]|1|1|;|r|g|b|:|0|/|0|/|0|\x07|q", 200, "Esc q")]
#[case(b"\x1b|P>q\x1b\\", 200, "Esc")]
#[case(b"\x1b|_Gi=31;OK\x1b\\", 200, "Esc")]
#[case(b"\x1b|[?62;4c", 200, "Esc")]
#[case::typed_after_escape(b"\x1b|P", 100, "Esc P")]
#[case(b"\x1b|P1", 300, "Esc")]
#[case(b"\x1b|P|1", 300, "Esc P 1")]
#[case(b"\x1b|]q", 100, "Esc ] q")]
#[case(b"\x1b|[|\x1b[A", 100, "Esc [ Up")]
#[case::long_after_escape(b"\x1b|]1", 2_000, "Esc ] 1")]
#[case::only_right_after_it(b"\x1b|q]1", 100, "Esc q ] 1")]
#[case(b"\x1b|\x1b", 10, "Esc Esc")]
#[case::nothing_follows(b"\x1b[", 0, "Alt-[")]
#[case(b"\x1bP", 0, "Alt-P")]
#[case(b"\x1bO", 0, "Alt-O")]
#[case::no_alt_with_eight_bits(b"\x9b", 0, "")]
#[case(b"\x1b[1;", 0, "")]
#[case(b"\xe2\x82", 0, "")]
fn pieces_become_one_key(#[case] reads: &[u8], #[case] pause: u64, #[case] wanted: &str) {
    assert_eq!(typed(&cut(reads), Duration::from_millis(pause)), wanted);
}

#[test]
fn escape_alone_waits_no_longer_than_it_must() {
    let mut typist = Typist::new();
    typist.send(b"\x1b");
    typist.wait(just_before(ESCAPE_ALONE));
    assert_eq!(typist.typed(), "");
    typist.wait(Duration::from_millis(1));
    assert_eq!(typist.typed(), "Esc");
    assert_eq!(typist.keyboard.deadline(), None, "idle costs nothing");
}

/// A machine that was busy for longer than an Escape takes reads both pieces at once.
#[test]
fn bytes_that_wait_go_before_the_time() {
    let mut typist = Typist::new();
    typist.send(b"\x1b");
    typist.now = advance(typist.now, ESCAPE_ALONE * 3);
    typist.send(b"[A");
    assert_eq!(typist.typed(), "Up");
}

mod ends;
