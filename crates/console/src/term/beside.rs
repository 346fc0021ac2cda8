//! What the terminal is told beside the frames: the title of its window, that something has
//! happened, and whether it reports the mouse.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use super::environment::{Between, TerminalEnvironment};

/// Keeps the title (xterm's ctlseqs, "Window manipulation").
const KEEP_TITLE: &str = "\x1b[22;2t";
/// No title of ours any more, and the kept one again where the terminal keeps titles.
const TITLE_BACK: &[u8] = b"\x1b]2;\x07\x1b[23;2t";
/// Presses and the wheel, with places beyond column 223. No movement: that would be bytes without
/// end.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";
/// Longest notification, in characters.
const LONGEST: usize = 200;

/// The title is ours.
static TITLED: AtomicBool = AtomicBool::new(false);

/// The terminals (the beginnings of their TERM) that take a title; others would show it as text or
/// have none, as the console of Linux.
const TITLED_TERMINALS: [&str; 17] = [
    "xterm",
    "tmux",
    "screen",
    "rxvt",
    "alacritty",
    "foot",
    "kitty",
    "wezterm",
    "ghostty",
    "konsole",
    "gnome",
    "vte",
    "putty",
    "mintty",
    "mlterm",
    "contour",
    "st-",
];

impl TerminalEnvironment {
    /// Whether the terminal takes a title.
    pub(crate) fn takes_title(&self) -> bool {
        let mut known = TITLED_TERMINALS.into_iter();
        known.any(|name| self.term.starts_with(name))
    }
}

/// Sets the title of the window; the first time what it was is kept.
pub(crate) fn titled(text: &str) -> Vec<u8> {
    let keep = if TITLED.swap(true, Ordering::Relaxed) {
        ""
    } else {
        KEEP_TITLE
    };
    let text = model::text::harmless_up_to(text, LONGEST);
    format!("{keep}\x1b]2;{text}\x07").into_bytes()
}

/// Gives the title back; nothing where it is not ours.
pub(super) fn title_back() -> &'static [u8] {
    if TITLED.swap(false, Ordering::Relaxed) {
        TITLE_BACK
    } else {
        b""
    }
}

/// Switches the reports of the mouse.
pub(crate) const fn mouse(on: bool) -> &'static [u8] {
    if on { MOUSE_ON } else { MOUSE_OFF }
}

/// The bell: also tmux and screen know what to do with it.
pub(crate) const BELL: &[u8] = b"\x07";

/// A notification on the desktop of whoever looks (OSC 9), also through tmux where that passes it
/// on.
pub(crate) fn notification(text: &str, between: Between) -> Vec<u8> {
    let text = model::text::harmless_up_to(text, LONGEST);
    let sequence = format!("\x1b]9;{text}\x07");
    let mut all = sequence.clone();
    if between.is_tmux() {
        let _ = write!(all, "\x1bPtmux;\x1b{sequence}\x1b\\");
    }
    all.into_bytes()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("xterm-256color", true)]
    #[case("screen.xterm-256color", true)]
    #[case("tmux-256color", true)]
    #[case("linux", false)]
    #[case("vt220", false)]
    #[case("dumb", false)]
    #[case("", false)]
    fn a_title_is_only_for_who_takes_it(#[case] term: &str, #[case] takes: bool) {
        let env = TerminalEnvironment {
            term: term.into(),
            ..TerminalEnvironment::default()
        };
        assert_eq!(env.takes_title(), takes);
    }

    /// The only test that touches the title: whether it is ours is one fact of the process.
    #[test]
    fn a_title_is_kept_once_and_given_back_once() {
        assert_eq!(title_back(), b"");
        assert_eq!(titled("a\u{1b}]b"), b"\x1b[22;2t\x1b]2;a]b\x07");
        assert_eq!(titled("c"), b"\x1b]2;c\x07");
        assert_eq!(title_back(), TITLE_BACK);
        assert_eq!(title_back(), b"");
    }

    #[test]
    fn a_notification_ends_nothing_and_passes_tmux() {
        let plain = notification("1\u{7}2\u{9c}", Between::default());
        assert_eq!(plain, b"\x1b]9;12\x07");
        let inside = notification("x", Between::in_tmux());
        assert!(inside.ends_with(b"\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\"));
    }
}
