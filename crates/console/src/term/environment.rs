//! What the environment says about the terminal. Read once, by the wiring; the rest is pure.

use std::fmt::Write as _;

use base64::Engine;

use crate::theme::{ColorChoice, Depth, ThemeName};
use words::shows_more_than_ascii;

/// The variables that count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TerminalEnvironment {
    pub(crate) no_color: bool,
    pub(crate) force_color: bool,
    pub(crate) term: String,
    pub(crate) colorterm: String,
    pub(crate) colorfgbg: String,
    /// The terminal shows more than ASCII.
    pub(crate) utf8: bool,
    pub(crate) between: Between,
}

/// What stands between us and the terminal; also both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Between {
    tmux: bool,
    /// GNU screen.
    screen: bool,
}

impl Between {
    pub(super) const fn is_tmux(self) -> bool {
        self.tmux
    }

    #[cfg(test)]
    pub(super) const fn in_tmux() -> Self {
        Self {
            tmux: true,
            screen: false,
        }
    }
}

impl TerminalEnvironment {
    /// As it is now.
    pub(crate) fn read() -> Self {
        let get = |name: &str| std::env::var(name).unwrap_or_default();
        let term = get("TERM");
        Self {
            no_color: !get("NO_COLOR").is_empty(),
            force_color: !matches!(get("CLICOLOR_FORCE").as_str(), "" | "0"),
            colorterm: get("COLORTERM"),
            colorfgbg: get("COLORFGBG"),
            utf8: shows_more_than_ascii(|name| std::env::var(name).ok()),
            between: Between {
                // `sudo` takes TMUX away; a TERM of `screen` may be either.
                tmux: !get("TMUX").is_empty() || term.starts_with("tmux"),
                screen: !get("STY").is_empty(),
            },
            term,
        }
    }

    /// Whether there are colours, and they are wanted.
    pub(crate) fn has_colors(&self, choice: ColorChoice) -> bool {
        match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                self.force_color || (!self.no_color && !matches!(self.term.as_str(), "" | "dumb"))
            }
        }
    }

    /// Whether the terminal can be asked for its background. Old ones would show the question.
    pub(crate) fn can_be_asked(&self) -> bool {
        let old = ["dumb", "linux", "vt", "ansi", "cons", "sun", "wy"];
        !self.term.is_empty() && !old.iter().any(|name| self.term.starts_with(name))
    }

    /// The background where nobody answers: as `COLORFGBG` says (rxvt, Konsole), otherwise dark.
    pub(crate) fn background(&self) -> ThemeName {
        let ground = self.colorfgbg.rsplit(';').next();
        match ground.and_then(|number| number.parse().ok()) {
            Some(7 | 15_u8) => ThemeName::Light,
            _ => ThemeName::Dark,
        }
    }

    /// How many colours there are.
    pub(crate) fn depth(&self) -> Depth {
        if matches!(self.colorterm.as_str(), "truecolor" | "24bit")
            || self.term.ends_with("-direct")
        {
            return Depth::True;
        }
        if self.term.contains("256color") {
            return Depth::Indexed;
        }
        Depth::Sixteen
    }
}

/// Longest part of a string that GNU screen passes on at once; it holds 768 bytes.
const SCREEN_PASSES: usize = 700;

/// Asks the terminal that shows us, wherever it is, to put text on its clipboard.
///
/// The plain sequence goes out whatever stands between: tmux takes it with `set-clipboard on` and
/// passes nothing on since 3.3 (tmux/tmux#3287); the wrapped one is for those that pass it on.
pub(crate) fn osc52(text: &str, between: Between) -> Vec<u8> {
    let clean = model::text::harmless(text);
    let encoded = base64::engine::general_purpose::STANDARD.encode(clean.as_bytes());
    let sequence = format!("\x1b]52;c;{encoded}\x07");
    let mut all = sequence.clone();
    if between.tmux {
        let _ = write!(all, "\x1bPtmux;\x1b{sequence}\x1b\\");
    }
    if between.screen {
        for part in sequence.as_bytes().chunks(SCREEN_PASSES) {
            let _ = write!(all, "\x1bP{}\x1b\\", String::from_utf8_lossy(part));
        }
    }
    all.into_bytes()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("xterm-256color", "", Depth::Indexed)]
    #[case("xterm-256color", "truecolor", Depth::True)]
    #[case("linux", "", Depth::Sixteen)]
    fn the_depth_is_known(#[case] term: &str, #[case] colorterm: &str, #[case] depth: Depth) {
        let env = TerminalEnvironment {
            term: term.into(),
            colorterm: colorterm.into(),
            ..TerminalEnvironment::default()
        };
        assert_eq!(env.depth(), depth);
    }

    #[rstest]
    #[case(ColorChoice::Auto, true, "xterm", false)]
    #[case(ColorChoice::Always, true, "xterm", true)]
    #[case(ColorChoice::Never, false, "xterm", false)]
    #[case(ColorChoice::Auto, false, "dumb", false)]
    #[case(ColorChoice::Auto, false, "xterm", true)]
    fn no_color_is_kept(
        #[case] choice: ColorChoice,
        #[case] no_color: bool,
        #[case] term: &str,
        #[case] colors: bool,
    ) {
        let env = TerminalEnvironment {
            no_color,
            term: term.into(),
            ..TerminalEnvironment::default()
        };
        assert_eq!(env.has_colors(choice), colors);
    }

    #[rstest]
    #[case("xterm-256color", "", true, ThemeName::Dark)]
    #[case("tmux-256color", "0;15", true, ThemeName::Light)]
    #[case("rxvt", "0;default;15", true, ThemeName::Light)]
    #[case("xterm", "15;0", true, ThemeName::Dark)]
    #[case("linux", "", false, ThemeName::Dark)]
    #[case("vt220", "", false, ThemeName::Dark)]
    #[case("", "7", false, ThemeName::Light)]
    fn the_background_is_asked_for_where_the_question_does_not_show(
        #[case] term: &str,
        #[case] colorfgbg: &str,
        #[case] asked: bool,
        #[case] assumed: ThemeName,
    ) {
        let env = TerminalEnvironment {
            term: term.into(),
            colorfgbg: colorfgbg.into(),
            ..TerminalEnvironment::default()
        };
        assert_eq!((env.can_be_asked(), env.background()), (asked, assumed));
    }

    /// anomalyco/opencode#25253 and #28590, tmux/tmux#3287.
    #[rstest]
    #[case::nothing(false, false, b"\x1b]52;c;YWI=\x07")]
    #[case::tmux(
        true,
        false,
        b"\x1b]52;c;YWI=\x07\x1bPtmux;\x1b\x1b]52;c;YWI=\x07\x1b\\"
    )]
    #[case::screen(false, true, b"\x1b]52;c;YWI=\x07\x1bP\x1b]52;c;YWI=\x07\x1b\\")]
    fn the_clipboard_gets_harmless_text(
        #[case] tmux: bool,
        #[case] screen: bool,
        #[case] wanted: &[u8],
    ) {
        let sent = osc52("a\x1bb", Between { tmux, screen });
        assert_eq!(sent, wanted, "{}", sent.escape_ascii());
    }

    /// skaji/remote-pbcopy-iterm2#1.
    #[test]
    fn screen_gets_long_text_in_parts() {
        let between = Between {
            tmux: false,
            screen: true,
        };
        let sent = String::from_utf8(osc52(&"x".repeat(3_000), between)).unwrap();
        let (plain, wrapped) = sent.split_once('\x07').unwrap();
        let parts: Vec<&str> = wrapped.split_inclusive("\x1b\\").collect();
        assert!(
            parts.iter().all(|part| part.len() <= 768),
            "{}",
            parts.len()
        );
        let whole = wrapped.replace("\x1bP", "").replace("\x1b\\", "");
        assert_eq!(whole, format!("{plain}\x07"));
    }
}
